"""Measurements against peers and limits, in one run; nothing here asserts."""
