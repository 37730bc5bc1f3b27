"""Values as bytes on disk: the same form that the content hash of a change covers.

One form for both: what is stored is exactly what was hashed, integers have no size limit, and a
text is never mistaken for a number. Decoding checks every length, so damage is an error and
never another value.
"""

from __future__ import annotations

import struct
from typing import Final

from app.domain.value import Absent, Value, canonical_bytes

__all__ = ["decode_value", "encode_value"]

encode_value = canonical_bytes

_BLANK: Final = b"n"
_NO: Final = b"f"
_YES: Final = b"t"
_SIZE = struct.Struct(">I")
_TEXT_AT: Final = 1 + _SIZE.size


def decode_value(content: bytes) -> Value:
    """Return the value of these bytes. Raises ValueError when they are no canonical form."""
    letter = content[:1]
    if letter == b"s":
        # Most values by far: told without a step that makes another copy of it.
        if len(content) < _TEXT_AT or _SIZE.unpack_from(content, 1)[0] != len(content) - _TEXT_AT:
            raise ValueError("a stored text is cut, or has a tail")
        return content[_TEXT_AT:].decode()
    if content == _BLANK:
        return None
    if content == _YES:
        return True
    if content == _NO:
        return False
    if letter == b"a":
        return Absent(_only_part(content).decode())
    if letter == b"i":
        return _integer(_only_part(content))
    if letter == b"l":
        return _texts(content)
    raise ValueError("a stored value has an unknown type")


def _only_part(content: bytes) -> bytes:
    part, end = _part(content, 1)
    if end != len(content):
        raise ValueError("a stored value has a tail")
    return part


def _part(content: bytes, start: int) -> tuple[bytes, int]:
    begin = start + _SIZE.size
    if begin > len(content):
        raise ValueError("a stored value is cut")
    end = begin + int(_SIZE.unpack_from(content, start)[0])
    if end > len(content):
        raise ValueError("a stored value is cut")
    return content[begin:end], end


def _integer(digits: bytes) -> int:
    number = int(digits)
    if str(number).encode() != digits:
        raise ValueError("a stored number is not in its one form")
    return number


def _texts(content: bytes) -> tuple[str, ...]:
    if len(content) < 1 + _SIZE.size:
        raise ValueError("a stored value is cut")
    count = int(_SIZE.unpack_from(content, 1)[0])
    texts: list[str] = []
    at = 1 + _SIZE.size
    for _ in range(count):
        part, at = _part(content, at)
        texts.append(part.decode())
    if at != len(content):
        raise ValueError("a stored value has a tail")
    return tuple(texts)
