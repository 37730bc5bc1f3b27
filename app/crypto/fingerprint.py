"""32 decimal digits that two people read to each other over a telephone they know (106 bits)."""

from __future__ import annotations

import hashlib
import hmac
import struct

__all__ = ["DIGITS", "fingerprint", "grouped", "is_typed"]

DIGITS = 32
_GROUP = 4


def fingerprint(kind: str, *parts: bytes) -> str:
    """Return the digits of these parts, without spaces. Every part counts with its length."""
    digest = hashlib.blake2b(b"qispi/v1/fingerprint/" + kind.encode("ascii"), digest_size=32)
    for part in parts:
        digest.update(struct.pack(">Q", len(part)) + part)
    return f"{int.from_bytes(digest.digest(), 'big') % 10**DIGITS:0{DIGITS}d}"


def grouped(digits: str) -> str:
    """Return the digits as people read them: eight groups of four."""
    return " ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))


def is_typed(digits: str, typed: str) -> bool:
    """Return whether someone typed exactly these digits; spaces, dots and hyphens do not count."""
    bare = "".join(sign for sign in typed if sign not in " \t\r\n-.·\u00a0")
    # Only ASCII digits: isdigit() would let other scripts' digits through to the comparison.
    return bare.isascii() and hmac.compare_digest(bare, digits)
