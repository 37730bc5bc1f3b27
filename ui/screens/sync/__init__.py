"""The state of the synchronisation in words, what waits, and the stick."""
