"""Backups of this laptop: made, tried, and when the next one is due."""
