"""What laptops told of their audits is noted, and what contradicts itself is found (A).

The rule of order: a smaller number proves something only where it is the later word.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.services.ports import Anchor, AuditHead, Cursor, SealedBatch, UnitOfWork
from db.store import Store

LOG, OTHER_LOG = b"L" * 16, b"M" * 16
DEVICE, OTHER = b"d" * 16, b"e" * 16
RUN, NEXT_RUN = b"session1", b"session2"


@pytest.fixture
def unit(ram_store: Store) -> Iterator[UnitOfWork]:
    with ram_store.unit() as unit:
        unit.batches.set_cursor(Cursor(LOG, 90, b"c" * 32))
        yield unit


def name(number: int) -> bytes:
    return bytes([number]) * 32


def tell(
    unit: UnitOfWork,
    batch: int,
    entry: int,
    *,
    mark: int = 0,
    device: bytes = DEVICE,
    run: bytes = RUN,
    at: int | None = None,
    seen: int = 0,
    log_id: bytes | None = None,
) -> bytes | None:
    """Note that a batch (its number in the run) told of an audit that ends with this entry."""
    unit.batches.add(
        SealedBatch(name(batch), b"x" * 300),
        device=device,
        session=run,
        number=batch,
        is_own=False,
        change_ids=[],
        at_ms=1,
        position=at,
    )
    head = AuditHead(entry, bytes([entry, mark]) * 16)
    log = log_id or (LOG if seen else None)
    return unit.anchors.note(Anchor(name(batch), device, head, run, batch, log, seen))


def test_an_audit_that_grows_contradicts_nothing_in_whatever_order_it_is_told(
    unit: UnitOfWork,
) -> None:
    for batch, entry, at, seen in ((3, 30, 7, 5), (1, 10, None, 0), (4, 30, 8, 7), (2, 20, 5, 2)):
        assert tell(unit, batch, entry, at=at, seen=seen) is None
    assert tell(unit, 9, 5, device=OTHER) is None, "another laptop has an audit of its own"
    assert unit.anchors.newest([DEVICE, OTHER, b"f" * 16]) == {
        DEVICE: AuditHead(30, bytes([30, 0]) * 16),
        OTHER: AuditHead(5, bytes([5, 0]) * 16),
    }
    assert [one.head.number for one in unit.anchors.of_device(DEVICE)] == [10, 20, 30, 30]


def test_another_entry_of_one_number_is_found_always(unit: UnitOfWork) -> None:
    """(A2)"""
    assert tell(unit, 1, 10) is None
    assert tell(unit, 2, 10, mark=1, run=NEXT_RUN) == name(1)
    assert tell(unit, 3, 10, device=OTHER, mark=2) is None


@pytest.mark.parametrize("batches", [(1, 2), (2, 1)])
def test_in_one_run_a_later_batch_tells_no_shorter_audit(
    unit: UnitOfWork, batches: tuple[int, int]
) -> None:
    entries = {1: 30, 2: 20}
    first, second = batches
    assert tell(unit, first, entries[first]) is None
    assert tell(unit, second, entries[second]) == name(first)


def test_of_two_runs_nobody_knows_which_is_the_later(unit: UnitOfWork) -> None:
    assert tell(unit, 1, 30) is None
    assert tell(unit, 2, 20, run=NEXT_RUN) is None


@pytest.mark.parametrize("is_later_first", [False, True])
def test_what_its_device_had_read_in_the_log_is_the_earlier_word(
    unit: UnitOfWork, is_later_first: bool
) -> None:
    """(A2)"""

    def earlier() -> bytes | None:
        return tell(unit, 1, 30, at=7)

    def later() -> bytes | None:
        return tell(unit, 2, 20, run=NEXT_RUN, at=9, seen=7)

    if is_later_first:
        assert later() is None
        assert earlier() == name(2)
    else:
        assert earlier() is None
        assert later() == name(1)


def test_what_it_had_not_read_proves_nothing(unit: UnitOfWork) -> None:
    """The control: not so far, in another log, or a batch that is not known to stand in the log.
    (control of A2)"""
    assert tell(unit, 1, 30, at=7) is None
    assert tell(unit, 2, 29, run=b"session2", seen=6) is None
    assert tell(unit, 3, 28, run=b"session3", seen=80, log_id=OTHER_LOG) is None
    assert tell(unit, 4, 40) is None
    assert tell(unit, 5, 35, run=b"session5", seen=80) is None


def test_one_batch_is_noted_once(unit: UnitOfWork) -> None:
    assert tell(unit, 1, 30) is None
    assert tell(unit, 2, 20) == name(1)
    assert tell(unit, 2, 20) is None
    assert len(unit.anchors.of_device(DEVICE)) == 2
