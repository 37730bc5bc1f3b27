"""Inputs for a decoder: good ones spoilt in a few places, their parts, and anything at all."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from hypothesis import strategies as st

__all__ = ["inputs"]

SIZE_MAX = 1 << 16

_numbers = st.sampled_from([0, 1, 2, 255, 2**16, 2**31, 2**32 - 1, 2**53, 2**63 - 1, 2**64 - 1, -1])
_packable = st.recursive(
    st.none()
    | st.booleans()
    | _numbers
    | st.floats(allow_nan=True)
    | st.binary(max_size=80)
    | st.text(max_size=20)
    | st.builds(msgspec.msgpack.Ext, st.integers(-128, 127), st.binary(max_size=40)),
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)
_LENGTHS = [bytes(4), b"\xff" * 4, b"\0\0\0\1", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\x10\0\1"]


@st.composite
def inputs(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """Draw an input for a decoder with these good ones."""
    kind = draw(st.integers(0, 9))
    if kind == 0 or not seeds:
        return draw(st.binary(max_size=600))
    if kind == 1:
        return msgspec.msgpack.encode(draw(_packable))
    content = draw(st.sampled_from(seeds))
    if kind == 2 and (other := _restructured(draw, content)) is not None:
        return other
    return _spoilt(draw, content, seeds)


def _restructured(draw: st.DrawFn, content: bytes) -> bytes | None:
    """Another value in the place of an item of a MessagePack array, wherever it begins."""
    for start in (0, 1, 5):
        try:
            items = msgspec.msgpack.decode(content[start:])
        except (msgspec.MsgspecError, ValueError):
            continue
        if not isinstance(items, list) or not items:
            continue
        at = draw(st.integers(0, len(items)))
        value = draw(_packable)
        if at == len(items):
            items.append(value)
        elif isinstance(items[at], bytes) and draw(st.booleans()):
            items[at] = _spoilt(draw, items[at], [b""])
        elif draw(st.integers(0, 5)) == 0:
            del items[at]
        else:
            items[at] = value
        return content[:start] + msgspec.msgpack.encode(items)
    return None


def _spoilt(draw: st.DrawFn, content: bytes, others: Sequence[bytes]) -> bytes:
    spoilt = bytearray(content[:SIZE_MAX])
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(spoilt)))
        match draw(st.integers(0, 6)):
            case 0 if at < len(spoilt):
                spoilt[at] = draw(st.integers(0, 255))
            case 1 if at < len(spoilt):
                spoilt[at] ^= 1 << draw(st.integers(0, 7))
            case 2:
                del spoilt[at:]
            case 3:
                spoilt[at:at] = draw(st.binary(max_size=12))
            case 4:
                spoilt[at : at + 4] = draw(st.sampled_from(_LENGTHS))
            case 5:
                spoilt += spoilt[at : at + 200]
            case _:
                spoilt[at:] = draw(st.sampled_from(others))[at:]
    return bytes(spoilt[:SIZE_MAX])
