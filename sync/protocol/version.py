"""Versions and suites. What is not listed here is refused by its reason, never guessed.

Messages and batches count apart: a newer way of carrying batches leaves their bytes as they are.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "BATCH_VERSION",
    "BATCH_VERSIONS",
    "COMPACT_VERSION",
    "FIRST_VERSION",
    "PROTOCOL_VERSION",
    "STATEMENT_VERSION",
    "SUITE",
    "SUITES",
    "VERSIONS",
]

FIRST_VERSION: Final = 1
"""The version of messages that every server and every laptop understands."""

COMPACT_VERSION: Final = 2
"""The first version of messages with the compact exchange, resumable at the byte."""

PROTOCOL_VERSION: Final = 3
"""The newest version of messages that this program speaks."""

VERSIONS: Final = frozenset({FIRST_VERSION, COMPACT_VERSION, PROTOCOL_VERSION})
"""The versions of messages that this program understands."""

BATCH_VERSION: Final = 1
"""The version that this program writes into the header of a batch."""

BATCH_VERSIONS: Final = frozenset({1})
"""The versions of batches that this program reads."""

SUITE: Final = 1
"""Ed25519, BLAKE2b-256, HKDF-SHA256, ChaCha20-Poly1305."""

SUITES: Final = frozenset({1})

STATEMENT_VERSION: Final = 1
"""The version of roster statements; statements of other versions are kept and ignored."""
