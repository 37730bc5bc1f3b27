"""Coming in by two recovery sheets, when nobody remembers the words of a laptop."""
