"""Stamps order changes totally and never go back within a run."""

from __future__ import annotations

import pytest

from app.domain.errors import DomainError
from app.domain.stamp import Stamp, Stamper


def test_stamps_of_a_run_rise_when_the_clock_is_put_back() -> None:
    stamper = Stamper(b"12345678")

    stamps = [stamper.next(ms) for ms in (2_000_000, 5, 1_999_999, 3_000_000)]

    assert stamps == sorted(stamps)
    assert len(set(stamps)) == 4


def test_a_clock_beyond_every_limit_still_gives_a_stamp() -> None:
    stamper = Stamper(b"12345678")

    first = stamper.next(2**62)
    second = stamper.next(2**62)

    assert first < second


@pytest.mark.parametrize(
    ("wall_ms", "session", "counter"),
    [(-1, b"12345678", 0), (2**60, b"12345678", 0), (0, b"123", 0), (0, b"12345678", 2**32)],
)
def test_a_stamp_out_of_range_is_refused(wall_ms: int, session: bytes, counter: int) -> None:
    with pytest.raises(DomainError):
        Stamp(wall_ms, session, counter)
