"""What is compressed and padded comes back; a frame asks for no more memory than any reader has."""

from __future__ import annotations

import pytest

from sync.envelope.padding import PaddingError, unwrap
from tests.support.bombs import padded
from tests.support.windows_of_zstd import with_window

CONTENT = bytes(range(256)) * 3


@pytest.mark.parametrize("log", [10, 23, 24])
def test_a_window_that_every_reader_has_room_for_is_no_fault(log: int) -> None:
    assert unwrap(padded(with_window(CONTENT, log))) == CONTENT


@pytest.mark.parametrize(("log", "eighths"), [(24, 1), (25, 0), (31, 7)])
def test_a_larger_window_is_refused_also_where_this_reader_had_room(log: int, eighths: int) -> None:
    with pytest.raises(PaddingError):
        unwrap(padded(with_window(CONTENT, log, eighths)))
