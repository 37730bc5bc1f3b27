"""Who said to hold what, in the database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.services.ports import Cursor, SealedBatch, UnitOfWork
from db.store import Store

A, B, C = (bytes([number]) * 16 for number in (0xA, 0xB, 0xC))
ONE, TWO, THREE = (bytes([number]) * 32 for number in (3, 1, 2))
LOG, CHAIN = b"\x10" * 16, b"\x20" * 32


@pytest.fixture
def unit(ram_store: Store) -> Iterator[UnitOfWork]:
    with ram_store.unit() as opened:
        for number, name in enumerate((ONE, TWO, THREE), 1):
            opened.batches.add(
                SealedBatch(name, b"sealed"),
                device=A,
                session=b"\x01" * 8,
                number=number,
                is_own=True,
                change_ids=(),
                at_ms=number,
            )
        yield opened


def test_who_holds_a_batch_that_the_log_lacks_is_kept_once(unit: UnitOfWork) -> None:
    assert unit.holdings.keep(B, (ONE, TWO, b"\x09" * 32)) == 2, "of what is not here nothing"
    assert unit.holdings.keep(C, (TWO,)) == 1
    assert unit.holdings.keep(B, (ONE, TWO)) == 0
    assert unit.holdings.holders((ONE, TWO, THREE)) == {ONE: {B}, TWO: {B, C}}
    assert unit.holdings.holders(()) == {}


def test_an_older_word_takes_nothing_back(unit: UnitOfWork) -> None:
    unit.holdings.keep(B, (ONE, TWO))
    unit.holdings.keep(B, ())
    assert unit.holdings.holders((ONE, TWO)) == {ONE: {B}, TWO: {B}}


def test_a_word_is_kept_until_the_laptop_is_known_to_have_read_as_much_of_the_log(
    unit: UnitOfWork,
) -> None:
    unit.holdings.keep(B, (ONE, TWO))
    unit.batches.mark_seen(ONE, 1)
    unit.witness.note_places([(1, CHAIN)])
    unit.batches.set_cursor(Cursor(LOG, 1, CHAIN))
    assert unit.holdings.keep(C, (ONE, TWO)) == 2, "it said so before it read the log"
    unit.devices.note(B, format=1, seen=Cursor(LOG, 1, bytes(32)))
    assert unit.holdings.keep(B, (ONE,)) == 0
    assert unit.holdings.holders((ONE,)) == {ONE: {B, C}}, "B had read another history"
    unit.devices.note(C, format=1, seen=Cursor(LOG, 1, CHAIN))
    assert unit.holdings.keep(C, (ONE, THREE)) == 1
    assert unit.holdings.holders((ONE, TWO, THREE)) == {ONE: {B}, TWO: {B, C}, THREE: {C}}


def test_what_lies_outside_the_log_is_told_rising_and_of_too_much_the_newest(
    unit: UnitOfWork,
) -> None:
    assert unit.holdings.outside(9) == (TWO, THREE, ONE)
    assert unit.holdings.outside(2) == (TWO, THREE)
    unit.batches.mark_seen(TWO, 1)
    assert unit.holdings.outside(9) == (THREE, ONE)
