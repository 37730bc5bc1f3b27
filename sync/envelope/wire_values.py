"""Values of fields as they travel: MessagePack, with two extensions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec.msgpack import Ext

from app.domain.errors import DomainError
from app.domain.value import Absent, Value

__all__ = [
    "CODES_MAX",
    "TEXTS_MAX",
    "TEXT_LENGTH_MAX",
    "WireValue",
    "count_texts",
    "from_wire",
    "to_wire",
]

TEXT_LENGTH_MAX: Final = 1 << 20
"""Characters of one text; what is sealed must also fit into a batch."""
CODES_MAX: Final = 10_000
TEXTS_MAX: Final = 200_000
"""Codes of all sets of a batch, together: each takes two bytes inside it, and sixty in memory. A
file in which everything is ticked has one or two a change; four of all that a batch may hold."""
DIGITS_MAX: Final = 4000

_FEW_TEXTS, _SOME_TEXTS, _MANY_TEXTS = range(0x90, 0xA0), 0xDC, 0xDD
"""How an array of MessagePack begins: with its length in itself, in two bytes, in four."""
_ABSENT: Final = 1
_LARGE_NUMBER: Final = 2
_ABSENT_CODES: Final[Mapping[Absent, bytes]] = {
    Absent.NOT_ASKED: b"\1",
    Absent.UNKNOWN: b"\2",
    Absent.DECLINED: b"\3",
}
_ABSENT_OF: Final = {code: absent for absent, code in _ABSENT_CODES.items()}

Text = Annotated[str, msgspec.Meta(max_length=TEXT_LENGTH_MAX)]
Codes = Annotated[tuple[Text, ...], msgspec.Meta(max_length=CODES_MAX)]
WireValue = Text | int | bool | Codes | Ext | None
Sized = TypeVar("Sized", str, bytes, tuple[str, ...])


def to_wire(value: Value) -> WireValue:
    """Return a value as it travels. Raises DomainError ``batch_over_limit``."""
    match value:
        case Absent():
            return Ext(_ABSENT, _ABSENT_CODES[value])
        case bool():
            return value
        case int() if not -(2**63) <= value < 2**64:
            return Ext(_LARGE_NUMBER, _within(str(value).encode("ascii"), DIGITS_MAX))
        case str():
            return _within(value, TEXT_LENGTH_MAX)
        case tuple():
            return tuple(_within(code, TEXT_LENGTH_MAX) for code in _within(value, CODES_MAX))
        case _:
            return value


def from_wire(value: WireValue) -> Value:
    """Return the value again. Raises ValueError for what :func:`to_wire` does not give."""
    if not isinstance(value, Ext):
        return value
    data = bytes(value.data)
    if value.code == _ABSENT and data in _ABSENT_OF:
        return _ABSENT_OF[data]
    if value.code == _LARGE_NUMBER and len(data) <= DIGITS_MAX:
        number = int(data.decode("ascii"))
        if to_wire(number) == value:
            return number
    raise ValueError("unknown kind of value")


def count_texts(values: Iterable[msgspec.Raw]) -> int:
    """Return how many texts the sets among these values say that they hold; nothing is decoded."""
    count = 0
    for value in values:
        content = memoryview(value)
        first = content[0]
        if first in _FEW_TEXTS:
            count += first - _FEW_TEXTS.start
        elif first == _SOME_TEXTS:
            count += int.from_bytes(content[1:3], "big")
        elif first == _MANY_TEXTS:
            count += int.from_bytes(content[1:5], "big")
    return count


def _within(content: Sized, limit: int) -> Sized:
    if len(content) > limit:
        raise DomainError("batch_over_limit")
    return content
