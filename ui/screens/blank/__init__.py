"""Forms for handwriting, for days without power."""
