"""What a paper sheet holds, in rows that a person types or reads aloud over a telephone.

A row is sixteen letters of Crockford's base 32, in fours, and two figures that check it together
with its place on the sheet: (the row's number, as a figure of base 32, plus its place) modulo 97.
As 97 is a prime greater than 32 and divides no difference of two powers of 32 that lie side by
side, every letter that is mistyped and every two neighbours that are swapped change the figures,
and so does a row in another's place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from app.domain.errors import DomainError

__all__ = [
    "CONTENT_BYTES",
    "NAME_BYTES",
    "ROWS",
    "read_row",
    "read_rows",
    "scanned",
    "split_rows",
    "write_name",
    "write_rows",
]

ROWS: Final = 5
CONTENT_BYTES: Final = 50
NAME_BYTES: Final = 5

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS: Final = 16
_ROW_BYTES: Final = CONTENT_BYTES // ROWS
_GROUP: Final = 4
_PRIME: Final = 97
_CHECK: Final = 2
_MISREAD: Final = str.maketrans("OIL", "011")
_BETWEEN: Final = str.maketrans("", "", " \t\r\n\u00a0-–.·")


def write_rows(content: bytes) -> tuple[str, ...]:
    """Return the rows of these 50 bytes: «AB3D 9KQ2 71WX 0000 · 47». Raises ValueError for another
    length."""
    if len(content) != CONTENT_BYTES:
        raise ValueError(f"a sheet holds {CONTENT_BYTES} bytes")
    return tuple(
        _written(place, int.from_bytes(content[at : at + _ROW_BYTES], "big"))
        for place, at in enumerate(range(0, CONTENT_BYTES, _ROW_BYTES), 1)
    )


def read_row(place: int, typed: str) -> bytes:
    """Return the ten bytes of the row at this place, from 1 on. Small letters, blanks and dashes
    make no difference, and O, I and L are the figures that they look like.

    Raises DomainError ``sheet_row_length`` (``row``, ``count`` of 18), ``sheet_row_sign`` (``row``,
    ``sign``: one that no sheet has), ``sheet_row_wrong`` (``row``).
    """
    signs = typed.translate(_BETWEEN).upper().translate(_MISREAD)
    if len(signs) != _LETTERS + _CHECK:
        raise DomainError("sheet_row_length", row=place, count=len(signs))
    letters, check = signs[:_LETTERS], signs[_LETTERS:]
    odd = next((sign for sign in letters if sign not in _ALPHABET), None) or next(
        (sign for sign in check if sign not in _ALPHABET[:10]), None
    )
    if odd is not None:
        raise DomainError("sheet_row_sign", row=place, sign=odd)
    value = 0
    for sign in letters:
        value = value << 5 | _ALPHABET.index(sign)
    if check != _check(place, value):
        raise DomainError("sheet_row_wrong", row=place)
    return value.to_bytes(_ROW_BYTES, "big")


def read_rows(typed: Sequence[str]) -> bytes:
    """Return the 50 bytes of a typed sheet. Raises DomainError ``sheet_rows_missing`` (``count`` of
    5), or that of the first row that does not fit (:func:`read_row`)."""
    if len(typed) != ROWS:
        raise DomainError("sheet_rows_missing", count=len(typed))
    return b"".join(read_row(place, row) for place, row in enumerate(typed, 1))


def scanned(rows: Sequence[str]) -> str:
    """Return the rows as a code reader types them: letters, figures and blanks alone, which a QR
    code holds in half the room."""
    return " ".join(row.translate(_BETWEEN) for row in rows)


def split_rows(text: str) -> tuple[str, ...]:
    """Return the rows of what was scanned or pasted at once: lines, or the signs of a whole sheet
    one behind the other. What is neither comes back as it is, as one row."""
    lines = tuple(line for line in text.splitlines() if line.strip())
    if len(lines) > 1:
        return lines
    signs = text.translate(_BETWEEN)
    length = _LETTERS + _CHECK
    if len(signs) != ROWS * length:
        return (text,)
    return tuple(signs[at : at + length] for at in range(0, len(signs), length))


def write_name(set_id: bytes) -> str:
    """Return how a set of sheets is called on paper: «7K2Q-9B4D». Raises ValueError for another
    length than five bytes."""
    if len(set_id) != NAME_BYTES:
        raise ValueError(f"a set is named by {NAME_BYTES} bytes")
    value = int.from_bytes(set_id, "big")
    letters = "".join(_ALPHABET[value >> 5 * at & 31] for at in reversed(range(2 * _GROUP)))
    return f"{letters[:_GROUP]}-{letters[_GROUP:]}"


def _written(place: int, value: int) -> str:
    letters = "".join(_ALPHABET[value >> 5 * at & 31] for at in reversed(range(_LETTERS)))
    groups = " ".join(letters[at : at + _GROUP] for at in range(0, _LETTERS, _GROUP))
    return f"{groups} · {_check(place, value)}"


def _check(place: int, value: int) -> str:
    return f"{(value + place) % _PRIME:0{_CHECK}d}"
