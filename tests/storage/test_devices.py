"""What is known of the other laptops: their programs' formats, and how far they had read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.services.ports import Cursor, UnitOfWork
from db.store import Store

A, B, C = (bytes([number]) * 16 for number in (1, 2, 3))
LOG, OTHER = b"L" * 16, b"O" * 16
CHAIN = b"c" * 32


@pytest.fixture
def unit(ram_store: Store) -> Iterator[UnitOfWork]:
    with ram_store.unit() as opened:
        yield opened


def test_the_oldest_program_of_a_centre_decides_what_is_written(unit: UnitOfWork) -> None:
    unit.devices.note(A, format=2, seen=None)
    unit.devices.note(B, format=3, seen=None)
    assert unit.devices.format_of_all([A, B]) == 2
    assert unit.devices.format_of_all([B]) == 3
    assert unit.devices.format_of_all([A, B, C]) == 0, "one was never heard"
    assert unit.devices.format_of_all([]) is None


def read_up_to(unit: UnitOfWork, position: int, chain: bytes = CHAIN) -> None:
    """This laptop verified the log up to a position."""
    unit.batches.set_cursor(Cursor(LOG, position, chain))
    unit.witness.note_places([(at, chain) for at in range(1, position + 1)])


def test_an_older_batch_that_comes_late_takes_nothing_back(unit: UnitOfWork) -> None:
    read_up_to(unit, 9)
    unit.devices.note(A, format=2, seen=Cursor(LOG, 7, CHAIN))
    unit.devices.note(A, format=1, seen=Cursor(LOG, 3, CHAIN))
    unit.devices.note(A, format=1, seen=None)
    assert unit.devices.format_of_all([A]) == 2
    assert unit.devices.seen_by(7) == (A,)
    assert unit.devices.seen_by(8) == ()


def test_who_had_read_a_position_is_known_of_the_log_of_now_alone(unit: UnitOfWork) -> None:
    unit.devices.note(A, format=1, seen=Cursor(OTHER, 5, CHAIN))
    unit.devices.note(B, format=1, seen=Cursor(LOG, 4, CHAIN))
    assert unit.devices.seen_by(1) == (), "no log is known yet"
    read_up_to(unit, 4)
    assert unit.devices.seen_by(4) == (B,)
    assert unit.devices.positions() == {B: 4}
    unit.devices.note(B, format=1, seen=Cursor(OTHER, 90, CHAIN))
    assert unit.devices.positions() == {B: 4}, "a batch of before this log says nothing of it"
    unit.devices.note(A, format=1, seen=Cursor(LOG, 2, CHAIN))
    assert unit.devices.positions() == {A: 2, B: 4}
    unit.batches.set_cursor(Cursor(OTHER, 1, CHAIN))
    assert unit.devices.positions() == {}, "the log was set up anew"


def test_nobody_had_read_what_the_log_lost(unit: UnitOfWork) -> None:
    read_up_to(unit, 9)
    unit.devices.note(A, format=1, seen=Cursor(LOG, 8, CHAIN))
    unit.devices.note(B, format=1, seen=Cursor(LOG, 3, CHAIN))
    unit.batches.forget_positions_after(5)
    assert unit.devices.positions() == {A: 5, B: 3}


def test_who_had_read_another_history_is_not_said_to_have_read_what_is_left_of_ours(
    unit: UnitOfWork,
) -> None:
    read_up_to(unit, 9)
    unit.devices.note(A, format=1, seen=Cursor(LOG, 8, b"o" * 32))
    unit.devices.note(B, format=1, seen=Cursor(LOG, 8, CHAIN))
    unit.devices.note(C, format=1, seen=Cursor(LOG, 30, CHAIN))
    unit.batches.forget_positions_after(5)
    assert unit.devices.positions() == {B: 5}, "of who stood further than we nothing is known"
    read_up_to(unit, 7)
    unit.devices.note(A, format=1, seen=Cursor(LOG, 6, CHAIN))
    assert unit.devices.positions() == {A: 6, B: 5}


def test_who_had_read_another_history_of_the_log_had_not_read_ours(unit: UnitOfWork) -> None:
    # A server that was put back to an old state gave the position to another batch since.
    unit.devices.note(A, format=1, seen=Cursor(LOG, 2, b"o" * 32))
    unit.devices.note(B, format=1, seen=Cursor(LOG, 2, CHAIN))
    read_up_to(unit, 3)
    assert unit.devices.positions() == {B: 2}
    assert unit.devices.seen_by(1) == (B,)
    unit.devices.note(A, format=1, seen=Cursor(LOG, 3, CHAIN))
    assert unit.devices.positions() == {A: 3, B: 2}


def test_how_far_a_laptop_is_counts_once_that_place_was_verified_here(unit: UnitOfWork) -> None:
    read_up_to(unit, 3)
    unit.devices.note(A, format=1, seen=Cursor(LOG, 5, CHAIN))
    assert unit.devices.positions() == {}
    read_up_to(unit, 5)
    assert unit.devices.positions() == {A: 5}
