"""The lock screen, and the first start of a laptop."""
