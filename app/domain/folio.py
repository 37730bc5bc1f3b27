"""Folio numbers of papers, with a check code that catches a digit mistyped from paper."""

from __future__ import annotations

import hashlib

__all__ = ["check_code", "qr_text"]

# Crockford's base 32: no I, L, O, U, so that handwriting is not misread.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK_LENGTH = 2


def check_code(folio: str) -> str:
    """Return the two check characters of a folio: a slip is missed once in 1,024."""
    digest = hashlib.blake2b(
        folio.upper().encode(), digest_size=2, person=b"qispi-folio-1"
    ).digest()
    number = int.from_bytes(digest, "big")
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(CHECK_LENGTH)))


def qr_text(folio: str) -> str:
    """Return what the QR of a paper holds: the folio and its check code, nothing of a person."""
    return f"QISPI:{folio}:{check_code(folio)}"
