"""Which batches are kept, which the log lacks, and what of a case therefore still waits."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.change import Change
from app.services.ports import Cursor, FieldKey, SealedBatch, StoredBatch, UnitOfWork
from app.services.urgent import UrgentMarks
from app.services.whereabouts_ports import ShareKind
from db.store import Store, memory_store
from tests.support.every import some
from tests.support.storage import REGISTRY, Writer, record_id

DEVICE = b"d" * 16
CODE = FieldKey("case", record_id(1), "code")
LOG = b"log-0000"


@pytest.fixture
def unit(ram_store: Store) -> Iterator[UnitOfWork]:
    with ram_store.unit() as opened:
        yield opened


def _batch(number: int) -> SealedBatch:
    return SealedBatch(bytes([number]) * 32, b"sealed %d" % number)


def _add(
    unit: UnitOfWork, number: int, changes: Sequence[Change] = (), *, is_own: bool = True
) -> bytes:
    batch = _batch(number)
    unit.batches.add(
        batch,
        device=DEVICE,
        session=b"session1",
        number=number,
        is_own=is_own,
        change_ids=[one.id for one in changes],
        at_ms=number,
    )
    return batch.id


def test_a_batch_is_kept_with_its_content_once(unit: UnitOfWork) -> None:
    first = _add(unit, 1)
    _add(unit, 1)
    assert unit.batches.get(first) == StoredBatch(first, b"sealed 1", True, None)
    assert unit.batches.get(b"x" * 32) is None
    assert unit.batches.waiting() == (1, 8)


def test_a_session_knows_its_last_batch_and_shows_a_fork(unit: UnitOfWork) -> None:
    assert unit.batches.last_of_session(DEVICE, b"session1") is None
    first, second = _add(unit, 1), _add(unit, 2)
    assert unit.batches.last_of_session(DEVICE, b"session1") == (2, second)
    assert unit.batches.last_of_session(DEVICE, b"session2") is None
    assert unit.batches.by_number(DEVICE, b"session1", 1) == (first,)
    fork = SealedBatch(b"f" * 32, b"fork")
    _add_of(unit, DEVICE, fork, 1)
    assert unit.batches.by_number(DEVICE, b"session1", 1) == (first, fork.id)


def test_a_session_is_one_of_a_device(unit: UnitOfWork) -> None:
    """Nothing keeps a laptop that lies from using the session of a colleague's."""
    first, other = _add(unit, 1), SealedBatch(b"o" * 32, b"other")
    _add_of(unit, b"e" * 16, other, 2**32 - 1)
    assert unit.batches.last_of_session(DEVICE, b"session1") == (1, first)
    assert unit.batches.by_number(DEVICE, b"session1", 2**32 - 1) == ()
    assert unit.batches.by_number(b"e" * 16, b"session1", 2**32 - 1) == (other.id,)


def _add_of(unit: UnitOfWork, device: bytes, batch: SealedBatch, number: int) -> None:
    unit.batches.add(
        batch,
        device=device,
        session=b"session1",
        number=number,
        is_own=False,
        change_ids=[],
        at_ms=3,
    )


def test_what_the_log_lacks_is_offered_oldest_first_until_it_was_seen(unit: UnitOfWork) -> None:
    ids = [_add(unit, number) for number in range(1, 5)]
    assert [one.id for one in unit.batches.to_offer()] == ids
    unit.batches.mark_seen(ids[0], 7)
    unit.batches.mark_seen(b"unknown" * 4, 8)
    assert [one.id for one in unit.batches.to_offer()] == ids[1:]
    assert unit.batches.waiting() == (3, 24)
    held = unit.batches.get(ids[0])
    assert held is not None
    assert held.position == 7
    unit.batches.mark_seen(ids[1], 9)
    unit.batches.forget_positions_after(7)
    assert [one.id for one in unit.batches.to_offer()] == ids[1:]
    unit.batches.forget_positions_after(0)
    assert [one.id for one in unit.batches.to_offer()] == ids


def test_what_was_seen_in_the_log_is_not_refused_once_the_log_turns_out_shorter(
    unit: UnitOfWork,
) -> None:
    ids = [_add(unit, number) for number in (1, 2)]
    carried = _batch(3)
    unit.aside.put(carried, reason="batch_unusable", at_ms=3, is_signed=True, may_open_later=True)
    ids.append(carried.id)
    unit.refusals.note(dict.fromkeys(ids, "batch_over_limit"), 5)
    assert unit.refusals.count() == 3
    # It is taken after all, and the link breaks before the synchronisation is whole.
    unit.batches.mark_seen(ids[0], 1)
    unit.aside.put(
        carried, reason="batch_unusable", at_ms=3, is_signed=True, may_open_later=True, position=2
    )
    assert unit.refusals.count() == 1
    unit.batches.forget_positions_after(0)
    assert {one.id for one in unit.refusals.rows(9) if one.by_server} == {ids[1]}, "as before"


def test_sealing_ends_the_wait_for_a_batch_and_seeing_ends_the_wait(unit: UnitOfWork) -> None:
    writer = Writer()
    changes = [writer.change(CODE, f"v{number}") for number in range(4)]
    unit.changes.append(changes, is_own=True)
    batch = _add(unit, 1, changes[:3])
    assert unit.changes.pending(10) == (changes[3],)
    assert unit.changes.pending_by_record() == {CODE.record_id: (4, changes[0].stamp.wall_ms)}
    unit.batches.mark_seen(batch, 1)
    assert unit.changes.pending_by_record() == {CODE.record_id: (1, changes[3].stamp.wall_ms)}
    unit.batches.forget_positions_after(0)
    assert unit.changes.pending_by_record() == {CODE.record_id: (4, changes[0].stamp.wall_ms)}
    assert unit.changes.pending(10) == (changes[3],)


def test_a_batch_waits_though_another_one_brought_all_that_it_holds(unit: UnitOfWork) -> None:
    """Two copies of a laptop seal the same change; the batch of one of them reached the log."""
    one = Writer().change(CODE, "v")
    unit.changes.append([one], is_own=True)
    first, second = _add(unit, 1, [one]), _add(unit, 2, [one])
    assert unit.traces.closed() is None, "it is told by its change"
    unit.batches.mark_seen(second, 1)
    assert unit.changes.pending_by_record() == {}
    closed = unit.traces.closed()
    assert closed is not None
    assert (closed.kind, closed.count, closed.size) == (ShareKind.CLOSED, 1, 8)
    assert unit.traces.shares(UrgentMarks((), ())) == (closed,)
    unit.batches.mark_seen(first, 2)
    assert unit.traces.closed() is None


def test_a_newer_edit_is_never_cleared_with_an_older_one(unit: UnitOfWork) -> None:
    writer = Writer()
    older = writer.change(CODE, "older")
    unit.changes.append([older], is_own=True)
    batch = _add(unit, 1, [older])
    newer = writer.change(CODE, "newer", bases=(older.id,))
    unit.changes.append([newer], is_own=True)
    unit.batches.mark_seen(batch, 1)
    assert unit.changes.pending(10) == (newer,)
    assert unit.changes.pending_by_record() == {CODE.record_id: (1, newer.stamp.wall_ms)}


@settings(max_examples=some(30, 100), deadline=None)
@given(st.randoms(use_true_random=False))
def test_what_waits_is_exactly_what_no_seen_batch_holds(chance: random.Random) -> None:
    """A model in a dozen lines against the outbox, over any order of appending, storing, seeing
    and forgetting; batches overlap, as after a restored backup.
    """
    store = memory_store(REGISTRY)
    writer = Writer()
    changes = [writer.change(CODE, str(number)) for number in range(8)]
    appended: dict[int, bool] = {}
    batches: dict[int, set[int]] = {}
    positions: dict[int, int] = {}
    with store.unit() as unit:
        for step in range(1, 25):
            match chance.choice(["append", "append", "add", "see", "forget"]):
                case "append":
                    which = chance.randrange(8)
                    is_own = chance.random() < 0.5
                    unit.changes.append([changes[which]], is_own=is_own)
                    appended.setdefault(which, is_own)
                case "add":
                    batches[step] = set(chance.sample(range(8), 3))
                    _add(unit, step, [changes[which] for which in batches[step]], is_own=False)
                case "see" if batches:
                    which = chance.choice(list(batches))
                    positions[which] = step
                    unit.batches.mark_seen(_batch(which).id, step)
                case "forget":
                    after = chance.randrange(25)
                    unit.batches.forget_positions_after(after)
                    positions = {one: at for one, at in positions.items() if at <= after}
            held = {which: {one for one in batches if which in batches[one]} for which in appended}
            unsealed = {which for which, own in appended.items() if own and not held[which]}
            waiting = unsealed | {
                which for which in appended if held[which] and held[which].isdisjoint(positions)
            }
            counts = unit.changes.pending_by_record().get(CODE.record_id, (0, 0))
            assert counts[0] == len(waiting)
            assert {one.value for one in unit.changes.pending(99)} == set(map(str, unsealed))
    store.close()


def test_the_cursor_moves_and_leaves_sparse_checkpoints(unit: UnitOfWork) -> None:
    assert unit.batches.cursor() is None
    assert unit.batches.checkpoints() == ()
    for position in range(1, 3_001):
        unit.batches.set_cursor(Cursor(LOG, position, position.to_bytes(4, "big")))
    assert unit.batches.cursor() == Cursor(LOG, 3_000, (3_000).to_bytes(4, "big"))
    checkpoints = unit.batches.checkpoints()
    positions = [one.position for one in checkpoints]
    assert positions == sorted(positions, reverse=True)
    assert positions[0] == 2_999
    assert positions[-1] == 1
    assert len(positions) <= 24
    assert all(one.chain == one.position.to_bytes(4, "big") for one in checkpoints)
    for back_to in (2_998, 2_900, 2_000, 500):
        nearest = max(at for at in positions if at <= back_to)
        assert 3_000 - nearest <= 4 * (3_000 - back_to)


def test_a_log_that_fell_back_drops_its_later_checkpoints(unit: UnitOfWork) -> None:
    for position in (10, 20, 30):
        unit.batches.set_cursor(Cursor(LOG, position, b"old"))
    unit.batches.set_cursor(Cursor(LOG, 20, b"new"))
    assert unit.batches.cursor() == Cursor(LOG, 20, b"new")
    assert unit.batches.checkpoints() == (Cursor(LOG, 10, b"old"),)
    unit.batches.set_cursor(Cursor(b"log-0001", 5, b"other"))
    assert unit.batches.checkpoints() == ()
