"""Columns of whole numbers as variable-length bytes (LEB128): small numbers take one byte."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["from_zigzag", "read_varints", "to_zigzag", "varint_list", "write_varints"]

_VARINT_MAX = 2**64 - 1


def write_varints(numbers: Iterable[int]) -> bytes:
    """Return the numbers (0 to 2^64 - 1), lowest seven bits first."""
    content = bytearray()
    for number in numbers:
        rest = number
        while rest > 0x7F:
            content.append(rest & 0x7F | 0x80)
            rest >>= 7
        content.append(rest)
    return bytes(content)


def varint_list(content: bytes) -> list[int]:
    """Return the numbers. Raises ValueError as :func:`read_varints` does.

    Where each takes one byte, which is usual, none is looked at.
    """
    return list(content) if content.isascii() else list(read_varints(content))


def read_varints(content: bytes) -> Iterator[int]:
    """Yield the numbers. Raises ValueError when the last is cut, one is over 2^64 - 1, or is
    written longer than it need be.
    """
    number = shift = 0
    for byte in content:
        if byte & 0x80:
            number |= (byte & 0x7F) << shift
            shift += 7
            if shift > 63:
                raise ValueError("number too long")
            continue
        if not shift:
            yield byte
            continue
        number |= byte << shift
        if number > _VARINT_MAX or byte == 0:
            raise ValueError("number out of range")
        yield number
        number = shift = 0
    if shift:
        raise ValueError("number cut off")


def to_zigzag(number: int) -> int:
    """Return a signed number as an unsigned one: 0, -1, 1, -2, … become 0, 1, 2, 3, …."""
    return number << 1 if number >= 0 else (-number << 1) - 1


def from_zigzag(number: int) -> int:
    """Return the signed number again."""
    return -(number + 1 >> 1) if number & 1 else number >> 1
