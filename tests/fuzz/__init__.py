"""Fuzzing of every decoder: ``./run fuzz --minutes N``."""
