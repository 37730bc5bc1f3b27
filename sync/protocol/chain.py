"""The chain over a centre's log: each position's hash covers everything before it.

Two devices that hold the same hash at a position have been shown the same log up to there.
"""

from __future__ import annotations

import hashlib
from typing import Final

__all__ = ["CHAIN_BYTES", "LOG_ID_BYTES", "chain_after", "chain_start"]

LOG_ID_BYTES: Final = 16
CHAIN_BYTES: Final = 32


def chain_start(log_id: bytes) -> bytes:
    """Return H(0), which binds the chain to its log: a restored server draws a new log id."""
    return hashlib.blake2b(log_id, digest_size=CHAIN_BYTES, person=b"qispi-chain-0").digest()


def chain_after(previous: bytes, batch_id: bytes) -> bytes:
    """Return H(p), from H(p-1) and the id of the batch at position p. Positions start at 1."""
    return hashlib.blake2b(
        previous + batch_id, digest_size=CHAIN_BYTES, person=b"qispi-chain-1"
    ).digest()
