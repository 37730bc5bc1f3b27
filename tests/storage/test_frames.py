"""Frames are read back whole, and whatever else stands in a file ends nobody's reading."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.frames import BODY_MAX, OVERHEAD_BYTES, Frame, Gap, frame_at, framed, scan

BODIES = [b"", b"one", b"QSPL" * 5, bytes(range(256)) * 3]


def _read(content: bytes) -> list[Frame | Gap]:
    return list(scan(io.BytesIO(content), len(content)))


def _bodies(content: bytes) -> list[bytes]:
    return [one.body for one in _read(content) if isinstance(one, Frame)]


def test_what_was_framed_is_read_back_in_its_order() -> None:
    file = b"".join(framed(kind, body) for kind, body in enumerate(BODIES))
    read = _read(file)
    assert [(one.kind, one.body) for one in read if isinstance(one, Frame)] == list(
        enumerate(BODIES)
    )
    assert not any(isinstance(one, Gap) for one in read)
    assert frame_at(io.BytesIO(file), 0, len(file)) == read[0]
    with pytest.raises(ValueError, match="limit"):
        framed(1, bytes(BODY_MAX + 1))


def test_a_file_cut_at_any_byte_gives_every_whole_frame_before_the_cut() -> None:
    frames = [framed(1, body) for body in BODIES]
    file = b"".join(frames)
    ends = [sum(map(len, frames[: number + 1])) for number in range(len(frames))]
    for end in range(len(file) + 1):
        assert _bodies(file[:end]) == BODIES[: sum(one <= end for one in ends)], end


def test_a_bit_flipped_anywhere_costs_that_frame_alone() -> None:
    file = b"".join(framed(1, body) for body in BODIES)
    place = [
        number for number, body in enumerate(BODIES) for _ in range(OVERHEAD_BYTES + len(body))
    ]
    for at in range(len(file)):
        spoilt = bytearray(file)
        spoilt[at] ^= 1
        rest = [body for number, body in enumerate(BODIES) if number != place[at]]
        assert _bodies(bytes(spoilt)) == rest, at


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=200),
            st.builds(framed, st.integers(0, 255), st.binary(max_size=60)),
            st.sampled_from([b"QSPL", b"QSPL\x01\x01\xff\xff\xff\xff", b"QSPL\x01\x01\0\0\0\x08"]),
        ),
        max_size=12,
    )
)
@settings(max_examples=400, deadline=None)
def test_every_byte_of_any_file_is_in_a_frame_or_in_a_gap(parts: list[bytes]) -> None:
    file = b"".join(parts)
    at = 0
    for one in _read(file):
        assert one.at == at
        assert one.end > at
        at = one.end
    assert at == len(file)


def test_a_file_made_to_keep_us_busy_is_left() -> None:
    """Each of these heads promises a megabyte, whose hash would have to be worked out."""
    head = framed(1, bytes(BODY_MAX))[:10]
    file = _Counting(head * 60_000 + bytes(BODY_MAX))
    size = len(file.getvalue())
    assert [type(one) for one in scan(file, size)] == [Gap]
    assert file.given < 40 * size


class _Counting(io.BytesIO):
    """Counts the bytes that were asked of it."""

    given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        content = super().read(size)
        self.given += len(content)
        return content
