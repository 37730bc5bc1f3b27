"""Closing the laptop until two recovery sheets come."""
