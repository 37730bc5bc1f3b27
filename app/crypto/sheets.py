"""Three paper sheets, any two of which open what one alone does not.

A secret is born of three parts of 168 bits each: HKDF-SHA256 (RFC 5869) of all of them, one behind
the other. A sheet bears two of the three: the first and the second, the second and the third, the
third and the first. Whoever has one sheet lacks a part, and with it 168 bits; whoever has two has
all three, and the part that both bear must be the same. There is no arithmetic in it that anybody
would have to write again to open a sheet when this program is gone (``docs/adr/0023``).
"""

from __future__ import annotations

import enum
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Self

from app.crypto.derive import derive_bytes_of
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from app.domain.sheet_rows import read_rows, write_rows

__all__ = ["PARTS", "PART_BYTES", "Sheet", "SheetKind", "joined", "new_sheets"]

PART_BYTES: Final = 21
PARTS: Final = 3
_VERSION: Final = 1
_SET_BYTES: Final = 5
_FRONT: Final = 3


class SheetKind(enum.IntEnum):
    """What the sheets open: a centre's recovery key, or a region's root key."""

    CENTRE = 1
    ROOT = 2


@dataclass(frozen=True, slots=True, repr=False)
class Sheet:
    """One of three sheets. ``number`` from 1 to 3; ``set_id``: five random bytes that the three
    share; ``parts``: the two that it bears. Shows nothing of these."""

    kind: SheetKind
    set_id: bytes
    number: int
    parts: tuple[bytes, bytes]

    def __repr__(self) -> str:
        return f"Sheet({self.kind.name}, {self.set_id.hex()}, {self.number})"

    def rows(self) -> tuple[str, ...]:
        """Return the sheet as it is printed."""
        front = bytes([_VERSION, self.kind, self.number])
        return write_rows(front + self.set_id + b"".join(self.parts))

    @classmethod
    def typed(cls, rows: tuple[str, ...]) -> Self:
        """Return a sheet as somebody typed it. Raises DomainError as
        :func:`app.domain.sheet_rows.read_rows`, ``sheet_newer`` and ``sheet_unknown`` (what was
        typed is right, and no sheet of this program)."""
        content = read_rows(rows)
        version, kind, number = content[:_FRONT]
        if version > _VERSION:
            raise DomainError("sheet_newer")
        if version < 1 or kind not in tuple(SheetKind) or not 1 <= number <= PARTS:
            raise DomainError("sheet_unknown")
        at = _FRONT + _SET_BYTES
        return cls(
            SheetKind(kind),
            content[_FRONT:at],
            number,
            (content[at : at + PART_BYTES], content[at + PART_BYTES :]),
        )


def new_sheets(
    kind: SheetKind, draw: Callable[[int], bytes]
) -> tuple[SecretKey, tuple[Sheet, Sheet, Sheet]]:
    """Return a new secret and its sheets. ``draw(n)`` gives n random bytes
    (``secrets.token_bytes``)."""
    set_id = draw(_SET_BYTES)
    first, second, third = (draw(PART_BYTES) for _ in range(PARTS))
    sheets = (
        Sheet(kind, set_id, 1, (first, second)),
        Sheet(kind, set_id, 2, (second, third)),
        Sheet(kind, set_id, 3, (third, first)),
    )
    return _secret(kind, first, second, third), sheets


def joined(one: Sheet, other: Sheet) -> SecretKey:
    """Return the secret of two sheets, in whatever order. Whether it is the right one only its
    public key tells: that is for the caller.

    Raises DomainError ``sheets_same`` (one sheet twice), ``sheets_apart`` (of two sets, or one of
    them was not written by this program).
    """
    if (one.kind, one.set_id) != (other.kind, other.set_id):
        raise DomainError("sheets_apart")
    if one.number == other.number:
        raise DomainError("sheets_same" if one.parts == other.parts else "sheets_apart")
    parts: dict[int, bytes] = {}
    for sheet in (one, other):
        for at, part in zip((sheet.number, sheet.number % PARTS + 1), sheet.parts, strict=True):
            if not hmac.compare_digest(parts.setdefault(at, part), part):
                raise DomainError("sheets_apart")
    return _secret(one.kind, *(parts[at] for at in range(1, PARTS + 1)))


def _secret(kind: SheetKind, *parts: bytes) -> SecretKey:
    return SecretKey(derive_bytes_of(b"".join(parts), f"sheets/{kind.name.lower()}", 32))
