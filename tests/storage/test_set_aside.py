"""What cannot be used: listed by reason, kept where it may be of use later, bounded where not."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from functools import partial

import pytest

from app.services.batch_ports import REVOKED_DEVICE
from app.services.ports import AsideBatch, Offer, SealedBatch, UnitOfWork
from app.services.read_models import SetAsideRow
from db import set_aside
from db.store import Store

DEVICE = b"d" * 16


@pytest.fixture
def unit(ram_store: Store) -> Iterator[UnitOfWork]:
    with ram_store.unit() as opened:
        yield opened


def _batch(number: int, size: int = 100) -> SealedBatch:
    return SealedBatch(number.to_bytes(32, "big"), bytes([number % 256]) * size)


def _put(
    unit: UnitOfWork,
    batch: SealedBatch,
    reason: str = "batch_unknown_device",
    *,
    is_signed: bool = False,
    may_open_later: bool = True,
    position: int | None = None,
) -> bool:
    return unit.aside.put(
        batch,
        reason=reason,
        at_ms=5,
        is_signed=is_signed,
        may_open_later=may_open_later,
        position=position,
    )


def test_it_is_listed_once_and_by_reason_the_newest_first(unit: UnitOfWork) -> None:
    assert _put(unit, _batch(1), "batch_altered", may_open_later=False)
    assert not _put(unit, _batch(1), "batch_altered", may_open_later=False)
    assert _put(unit, _batch(2, 50), "batch_altered", may_open_later=False)
    assert _put(unit, _batch(3, 7), "batch_unknown_key", is_signed=True)
    assert unit.aside.rows() == (
        SetAsideRow("batch_unknown_key", 1, 7, 5),
        SetAsideRow("batch_altered", 2, 150, 5),
    )


def test_bytes_are_kept_only_where_they_may_be_of_use(unit: UnitOfWork) -> None:
    _put(unit, _batch(1), "batch_altered", may_open_later=False)
    _put(unit, _batch(2), "batch_unknown_device")
    _put(unit, _batch(3), "batch_malformed", is_signed=True, may_open_later=False)
    assert unit.aside.kept() == (
        AsideBatch(_batch(2).id, "batch_unknown_device", False, None),
        AsideBatch(_batch(3).id, "batch_malformed", True, None),
    )
    assert [unit.batches.content(_batch(n).id) for n in (1, 2, 3)] == [
        None,
        _batch(2).content,
        _batch(3).content,
    ]


@pytest.mark.parametrize("is_one_unit", [True, False])
def test_strangers_things_without_end_fill_neither_disk_nor_list(
    ram_store: Store, monkeypatch: pytest.MonkeyPatch, is_one_unit: bool
) -> None:
    monkeypatch.setattr(set_aside, "STRANGERS_BYTES_MAX", 2 * 612 + 50)
    monkeypatch.setattr(set_aside, "STRANGERS_ROWS_MAX", 4)
    for numbers in [range(10)] if is_one_unit else [[one] for one in range(10)]:
        with ram_store.unit() as unit:
            assert all(_put(unit, _batch(number)) for number in numbers)
            unit.commit()
    with ram_store.unit() as unit:
        assert [row.count for row in unit.aside.rows()] == [6]
        kept = [unit.batches.content(one.id) for one in unit.aside.kept()]
        assert kept == [_batch(0).content, _batch(1).content]


def test_things_of_no_use_take_no_room_from_those_that_may_be(
    unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside, "STRANGERS_ROWS_MAX", 4)
    for number in range(10):
        _put(unit, _batch(number), "batch_altered", may_open_later=False)
    _put(unit, _batch(50))
    assert [row.count for row in unit.aside.rows()] == [1, 4]
    assert [one.id for one in unit.aside.kept()] == [_batch(50).id]


def test_what_was_listed_without_its_bytes_and_gets_them_makes_room_in_the_list(
    unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside, "STRANGERS_BYTES_MAX", 2 * 612 + 50)
    monkeypatch.setattr(set_aside, "STRANGERS_ROWS_MAX", 1)
    for number in range(3):
        _put(unit, _batch(number))
    unit.aside.take_back(_batch(0).id)
    _put(unit, _batch(2))
    assert [one.id for one in unit.aside.kept()] == [_batch(1).id, _batch(2).id]
    _put(unit, _batch(3))
    assert [row.count for row in unit.aside.rows()] == [3]


def test_nothing_of_the_log_and_nothing_signed_is_lost_when_there_is_no_room(
    unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside, "STRANGERS_BYTES_MAX", 0)
    monkeypatch.setattr(set_aside, "STRANGERS_ROWS_MAX", 0)
    _put(unit, _batch(1), position=1)
    _put(unit, _batch(2), "batch_unknown_key", is_signed=True)
    _put(unit, _batch(3))
    assert [one.id for one in unit.aside.kept()] == [_batch(1).id, _batch(2).id]


def test_what_a_laptop_that_was_taken_out_leaves_on_a_stick_does_not_fill_the_disk(
    unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside, "STRANGERS_BYTES_MAX", 2 * 612 + 50)
    monkeypatch.setattr(set_aside, "STRANGERS_ROWS_MAX", 4)
    put = partial(_put, reason=REVOKED_DEVICE, is_signed=True, may_open_later=False)
    assert all(put(unit, _batch(number)) for number in range(10))
    assert [row.count for row in unit.aside.rows()] == [6]
    kept = [unit.batches.content(one.id) for one in unit.aside.kept()]
    assert kept == [_batch(0).content, _batch(1).content]
    assert not put(unit, _batch(5), position=3), "what is in the log is kept, whoever wrote it"
    assert unit.batches.content(_batch(5).id) == _batch(5).content


def test_what_waited_is_not_lost_when_its_laptop_is_taken_out_and_there_is_no_room(
    unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside, "STRANGERS_BYTES_MAX", 2 * 612)
    put = partial(_put, reason=REVOKED_DEVICE, is_signed=True, may_open_later=False)
    put(unit, _batch(1))
    put(unit, _batch(2))
    unit.aside.wait(_batch(3), awaits=b"earlier", at_ms=5)
    assert not put(unit, _batch(3))
    assert unit.aside.count_waiting() == 0
    assert unit.batches.content(_batch(3).id) == _batch(3).content
    unit.aside.take_back(_batch(1).id)
    put(unit, _batch(4))
    assert unit.batches.content(_batch(4).id) is None, "it counts among the strangers'"


def test_what_waits_is_given_with_the_others_when_asked_for(unit: UnitOfWork) -> None:
    _put(unit, _batch(1), "batch_unknown_key", is_signed=True)
    unit.aside.wait(_batch(2), awaits=b"earlier", at_ms=5, position=7)
    assert [one.id for one in unit.aside.kept()] == [_batch(1).id]
    both = unit.aside.kept(with_waiting=True)
    assert [one.id for one in both] == [_batch(1).id, _batch(2).id]
    assert [unit.aside.place(one.id) for one in both] == [None, 7]


def test_what_there_was_no_room_for_is_kept_when_it_comes_again(
    unit: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_aside, "STRANGERS_BYTES_MAX", 612 + 50)
    _put(unit, _batch(1))
    _put(unit, _batch(2))
    _put(unit, _batch(3))
    assert [one.id for one in unit.aside.kept()] == [_batch(1).id]
    assert not _put(unit, _batch(2), position=9)
    assert unit.aside.take_back(_batch(1).id) is None
    assert [one.id for one in unit.aside.kept()] == [_batch(2).id]
    assert unit.aside.take_back(_batch(2).id) == 9
    assert [row.count for row in unit.aside.rows()] == [1]


def test_what_a_colleague_signed_is_offered_and_carried_though_it_is_of_no_use_here(
    unit: UnitOfWork,
) -> None:
    own = _batch(1)
    unit.batches.add(
        own, device=DEVICE, session=b"session1", number=1, is_own=True, change_ids=[], at_ms=1
    )
    signed, stranger = _batch(2), _batch(3)
    _put(unit, signed, "batch_unknown_key", is_signed=True)
    _put(unit, stranger)
    assert unit.batches.to_offer() == (
        Offer(own.id, len(own.content), is_own=True, is_urgent=False),
        Offer(signed.id, len(signed.content), is_own=False, is_urgent=False),
    )
    assert unit.batches.content(signed.id) == signed.content
    assert unit.batches.waiting() == (2, 200)
    assert list(unit.batches.ids()) == [own.id, signed.id]
    assert unit.batches.get(signed.id) is None, "it is not in use"
    assert unit.batches.is_held(own.id)
    assert not unit.batches.is_held(signed.id)

    _put(unit, signed, "batch_unknown_key", is_signed=True, position=4)
    assert unit.batches.waiting() == (1, 100)
    assert list(unit.batches.ids()) == [own.id, signed.id]
    unit.batches.forget_positions_after(3)
    assert [one.id for one in unit.batches.to_offer()] == [own.id, signed.id]


def test_what_a_stranger_left_on_a_stick_keeps_nobody_from_being_level(unit: UnitOfWork) -> None:
    """A laptop that is level makes the snapshots that new ones begin with."""
    _put(unit, _batch(1), "batch_unknown_device")
    _put(unit, _batch(2), "batch_revoked_device", is_signed=True)
    assert unit.snapshots.is_level()
    _put(unit, _batch(3), "batch_unknown_key", is_signed=True)
    assert not unit.snapshots.is_level(), "it is still to be offered"


def test_what_stands_in_the_log_and_is_not_understood_keeps_from_being_level(
    unit: UnitOfWork,
) -> None:
    _put(unit, _batch(1), "batch_unknown_device", position=4)
    assert not unit.snapshots.is_level()


def test_whether_a_batch_is_held_is_told_without_reading_it(unit: UnitOfWork) -> None:
    large = SealedBatch(b"l" * 32, bytes(1 << 20))
    assert not unit.batches.is_held(large.id)
    unit.batches.add(
        large, device=DEVICE, session=b"session1", number=1, is_own=False, change_ids=[], at_ms=1
    )
    assert unit.batches.is_held(large.id)
    tracemalloc.start()
    try:
        assert unit.batches.is_held(large.id)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < len(large.content) // 4
