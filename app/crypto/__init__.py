"""Secrets, key derivation, sealing and signing: a thin composition of PyCA ``cryptography``."""
