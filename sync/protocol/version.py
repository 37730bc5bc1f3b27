"""Versions and suites. What is not listed here is refused by its reason, never guessed."""

from __future__ import annotations

from typing import Final

__all__ = ["PROTOCOL_VERSION", "STATEMENT_VERSION", "SUITE", "SUITES", "VERSIONS"]

PROTOCOL_VERSION: Final = 1
"""The version that this program writes, of batches and of messages."""

VERSIONS: Final = frozenset({1})
"""The versions that this program reads."""

SUITE: Final = 1
"""Ed25519, BLAKE2b-256, HKDF-SHA256, ChaCha20-Poly1305."""

SUITES: Final = frozenset({1})

STATEMENT_VERSION: Final = 1
"""The version of roster statements; statements of other versions are kept and ignored."""
