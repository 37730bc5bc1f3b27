"""The synchronisation measured beside its peers, over thin links, and killed at any moment."""
