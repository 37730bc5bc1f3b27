"""What batches prove of each other, and of the log that the server shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.services.ports import Cursor, MissingBatch, SealedBatch, UnitOfWork
from db.store import Store
from db.witness import MISSING_MAX

LOG, OTHER = b"log-0000", b"log-0001"
DEVICE, SESSION = b"d" * 16, b"session1"


@pytest.fixture
def unit(ram_store: Store) -> Iterator[UnitOfWork]:
    with ram_store.unit() as opened:
        yield opened


def _chain(position: int, history: str = "a") -> bytes:
    return f"{history}{position}".encode()


def _show(unit: UnitOfWork, upto: int, history: str = "a") -> None:
    unit.witness.note_places([(at, _chain(at, history)) for at in range(1, upto + 1)])
    unit.batches.set_cursor(Cursor(LOG, upto, _chain(upto, history)))


def _await(unit: UnitOfWork, name: bytes, number: int) -> None:
    unit.witness.await_batch(name, device=DEVICE, session=SESSION, number=number)


def test_devices_that_saw_this_log_contradict_nothing(unit: UnitOfWork) -> None:
    _show(unit, 5)
    unit.witness.note_seen(b"1", Cursor(LOG, 3, _chain(3)))
    unit.witness.note_seen(b"2", Cursor(LOG, 0, b"the beginning"))
    unit.witness.note_seen(b"3", Cursor(OTHER, 3, b"of another log"))
    assert unit.witness.contradicted() == ()


def test_a_device_that_saw_another_chain_is_named_once(unit: UnitOfWork) -> None:
    _show(unit, 5)
    unit.witness.note_seen(b"1", Cursor(LOG, 3, _chain(3, "b")))
    assert unit.witness.contradicted() == (b"1",)
    assert unit.witness.contradicted() == ()


def test_what_a_device_saw_further_on_is_compared_when_the_log_is_verified_there(
    unit: UnitOfWork,
) -> None:
    unit.witness.note_seen(b"0", Cursor(LOG, 2, _chain(2, "b")))
    assert unit.witness.contradicted() == (), "no log is known yet"
    _show(unit, 2)
    unit.witness.note_seen(b"1", Cursor(LOG, 4, _chain(4, "b")))
    assert unit.witness.contradicted() == (b"0",)
    _show(unit, 4)
    assert unit.witness.contradicted() == (b"1",)


def test_a_log_that_fell_back_is_compared_anew(unit: UnitOfWork) -> None:
    _show(unit, 5)
    unit.batches.forget_positions_after(2)
    unit.batches.set_cursor(Cursor(LOG, 2, _chain(2)))
    unit.witness.note_seen(b"1", Cursor(LOG, 4, _chain(4)))
    assert unit.witness.contradicted() == ()
    _show(unit, 4, "b")
    assert unit.witness.contradicted() == (b"1",)


def test_a_batch_that_is_not_here_is_missing_until_it_comes(unit: UnitOfWork) -> None:
    _await(unit, b"1" * 32, 1)
    _await(unit, b"1" * 32, 1)
    _await(unit, b"2" * 32, 7)
    assert unit.witness.missing() == 2
    both = (MissingBatch(DEVICE, SESSION, 1), MissingBatch(DEVICE, SESSION, 7))
    assert unit.witness.newly_missing() == both
    assert unit.witness.newly_missing() == ()
    unit.batches.add(
        SealedBatch(b"1" * 32, b"sealed"), device=DEVICE,
        session=SESSION, number=1, is_own=False, change_ids=[], at_ms=1,
    )  # fmt: skip
    unit.aside.put(
        SealedBatch(b"2" * 32, b"sealed"),
        reason="batch_unknown_key", at_ms=1, is_signed=True, may_open_later=True,
    )  # fmt: skip
    assert unit.witness.missing() == 0
    _await(unit, b"1" * 32, 1)
    _await(unit, b"2" * 32, 7)
    assert unit.witness.missing() == 0, "they are here, in use or not"


def test_a_device_that_names_batches_without_end_fills_nothing(unit: UnitOfWork) -> None:
    for number in range(MISSING_MAX + 3):
        _await(unit, number.to_bytes(32, "big"), number + 1)
    assert unit.witness.missing() == MISSING_MAX
    other = b"e" * 16
    unit.witness.await_batch(b"o" * 32, device=other, session=SESSION, number=1)
    assert unit.witness.missing() == MISSING_MAX + 1, "what another one names is noted"
    unit.batches.add(
        SealedBatch(bytes(32), b"sealed"), device=DEVICE,
        session=SESSION, number=1, is_own=False, change_ids=[], at_ms=1,
    )  # fmt: skip
    _await(unit, b"n" * 32, 1)
    assert unit.witness.missing() == MISSING_MAX + 1, "there is room again"
