"""The tasks of one case."""
