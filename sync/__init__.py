"""Synchronisation: what both sides see, the sealed envelope, the client and the blind server."""
