"""Use cases over ports, and the read models that screens and documents show."""
