"""Folio numbers of papers, with a check code that catches a digit mistyped from paper."""

from __future__ import annotations

import hashlib
import re
from typing import Final

__all__ = ["check_code", "qr_text", "read_code"]

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


_WRITTEN: Final = re.compile(
    r"(?:QISPI|NRO|NO|N)?(?P<year>\d{4})(?P<case>[A-Z]*\d{4,})D(?P<letters>[A-Z]*)(?P<number>\d+)"
)
_NOT_WRITTEN: Final = re.compile(r"[^A-Z0-9]")
_MISREAD: Final = str.maketrans("OIL", "011")
"""The check code has none of these letters, so they can only be figures."""


def read_code(text: str) -> tuple[str, str] | None:
    """Return the folio and the check code that somebody typed from a paper (or read from its QR),
    or None when it is no such code. Blanks, dashes, points and small letters make no difference;
    whether the check code is right is for :func:`check_code` to say."""
    letters = _NOT_WRITTEN.sub("", text.upper())
    body, check = letters[:-CHECK_LENGTH], letters[-CHECK_LENGTH:].translate(_MISREAD)
    found = _WRITTEN.fullmatch(body)
    if found is None:
        return None
    year, case, device, number = found.group("year", "case", "letters", "number")
    return f"{year}-{case}-D{device}{number}", check


def qr_text(folio: str) -> str:
    """Return what the QR of a paper holds: the folio and its check code, nothing of a person."""
    return f"QISPI:{folio}:{check_code(folio)}"
