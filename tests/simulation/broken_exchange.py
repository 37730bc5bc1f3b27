"""Bugs in what goes out and comes in: proof, cursor, batches, sticks, the region."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import bindparam, delete, select

import db.batch_log
from app.services import replication
from app.services.ports import Cursor
from app.services.replication import Arrived, Taken
from db.batch_log import SqlBatchLog
from db.schema import batch, batch_change, change, outbox
from sync.client import folder, proof
from sync.client.keys import HeldKeys
from sync.client.requests import Store
from sync.client.session import _Run
from sync.protocol.batch import batch_id
from sync.protocol.compact import Standing
from sync.server import resuming, services
from sync.server import schema as server_schema
from sync.server.sql_store import SqlStore
from tests.simulation.swapped import swapped

__all__ = [
    "answer_is_proof",
    "any_log_agrees",
    "copy_goes_unnoticed",
    "courier_forgets",
    "cursor_before_changes",
    "gap_passed_over",
    "known_by_number",
    "names_trusted",
    "newer_edit_cleared",
    "number_used_again",
    "only_own_offered",
    "outbox_cleared_on_answer",
    "position_without_batch",
    "restored_log_ignored",
    "session_of_anyone",
    "set_aside_forgotten",
    "statements_not_given_again",
    "unopened_dropped",
    "urgency_not_carried",
]

# --- what an answer proves -------------------------------------------------------------------------


def answer_is_proof() -> AbstractContextManager[None]:
    """A receipt gives the batch its place, though the log was not seen up to there."""

    def broken(real: Any) -> Any:
        def hear(self: _Run, said: Any) -> Any:
            def believe(uow: Any) -> None:
                for receipt in said.receipts:
                    uow.batches.mark_seen(receipt.batch, receipt.position)
                uow.commit()

            yield from real(self, said)
            yield Store(believe)

        return hear

    return swapped(_Run, "_hear_refusals", broken)


def outbox_cleared_on_answer() -> AbstractContextManager[None]:
    """What was offered leaves the queue as soon as anything is answered."""

    def broken(real: Any) -> Any:
        def hear(self: _Run, said: Any) -> Any:
            def clear(uow: Any) -> None:
                uow._connection.execute(delete(outbox).where(outbox.c.is_sealed == 1))
                uow.commit()

            yield from real(self, said)
            yield Store(clear)

        return hear

    return swapped(_Run, "_hear_refusals", broken)


def newer_edit_cleared() -> AbstractContextManager[None]:
    """A batch that was seen takes every waiting change of its records out of the queue."""

    def broken(real: Any) -> Any:
        def take_seen(connection: Any, batch_seq: int) -> None:
            real(connection, batch_seq)
            records = (
                select(change.c.record_id)
                .join(batch_change, batch_change.c.change_seq == change.c.seq)
                .where(batch_change.c.batch_seq == batch_seq)
            )
            connection.execute(delete(outbox).where(outbox.c.record_id.in_(records)))

        return take_seen

    return swapped(db.batch_log, "take_seen", broken)


# --- the cursor ------------------------------------------------------------------------------------


def cursor_before_changes() -> AbstractContextManager[None]:
    """The cursor is written in a transaction of its own, before what lies behind it."""

    def broken(real: Any) -> Any:
        def take(
            uow: Any, desk: Any, envelope: Any, arrived: Any, cursor: Cursor | None, **named: Any
        ) -> Taken:
            if cursor is not None:
                uow.batches.set_cursor(cursor)
                uow.commit()
            return real(uow, desk, envelope, arrived, cursor, **named)  # type: ignore[no-any-return]

        return take

    return swapped(replication, "take", broken)


def gap_passed_over() -> AbstractContextManager[None]:
    """Entries are taken as they come, without looking whether each continues the chain."""

    def broken(_real: Any) -> Any:
        def take(self: _Run, answer: Any, sent: Any, _kept: Any = None) -> Any:
            arrived = [
                (position, chain, Arrived(batch_id(content), content, position))
                for position, chain, content in proof._in_order(answer, sent)
            ]
            if not arrived:
                return True
            at = Cursor(answer.log_id, *arrived[-1][:2])
            yield from self._learn_devices(one.content for _, _, one in arrived)
            batches = [one for _, _, one in arrived]
            yield Store(lambda uow: replication.take(uow, self.desk, self.envelope, batches, at))
            self.cursor = at
            return True

        return take

    return swapped(_Run, "_take", broken)


def restored_log_ignored() -> AbstractContextManager[None]:
    """A server with another log is followed from there on; what it lost is not offered again."""

    def broken(_real: Any) -> Any:
        def fall_back(uow: Any, cursor: Cursor, start: Cursor) -> Cursor:
            del start
            uow.batches.set_cursor(cursor)
            uow.commit()
            return cursor

        return fall_back

    return swapped(replication, "fall_back", broken)


# --- batches ---------------------------------------------------------------------------------------


def known_by_number() -> AbstractContextManager[None]:
    """A batch counts as known when its session has one of that number."""

    def broken(real: Any) -> Any:
        def keep(uow: Any, desk: Any, one: Arrived, opened: Any, *here: Any) -> Any:
            if uow.batches.by_number(opened.device, opened.session, opened.number):
                return ()
            return real(uow, desk, one, opened, *here)

        return keep

    return swapped(replication, "_keep", broken)


def number_used_again() -> AbstractContextManager[None]:
    """The number of a batch is given a second time in the same run of the program."""

    def broken(real: Any) -> Any:
        def last_of_session(self: SqlBatchLog, device: bytes, session: bytes) -> Any:
            last = real(self, device, session)
            return (last[0] - 1, last[1]) if last and last[0] > 1 else last

        return last_of_session

    return swapped(SqlBatchLog, "last_of_session", broken)


def copy_goes_unnoticed() -> AbstractContextManager[None]:
    """Two batches of one number are kept, and nobody is told."""
    return swapped(replication, "_note_fork", lambda _real: lambda _uow, _desk, _opened: None)


def session_of_anyone() -> AbstractContextManager[None]:
    """Whose session it is counts for nothing: a colleague's batch of that number makes a copy."""
    of_anyone = (
        select(batch.c.id)
        .where(batch.c.session == bindparam("session"), batch.c.number == bindparam("number"))
        .order_by(batch.c.seq)
    )
    return swapped(db.batch_log, "_BY_NUMBER", lambda _real: of_anyone)


def unopened_dropped() -> AbstractContextManager[None]:
    """A batch of a laptop not known yet is passed over instead of set aside."""
    return swapped(replication, "set_aside", lambda _real: lambda _uow, _desk, _one, _reason: False)


def set_aside_forgotten() -> AbstractContextManager[None]:
    """What was set aside is never tried again."""

    def broken(_real: Any) -> Any:
        return lambda _uow, _desk, _envelope, _mark: None

    return swapped(replication, "retry_set_aside", broken)


def courier_forgets() -> AbstractContextManager[None]:
    """Other laptops' changes that came by stick do not wait to be seen in the log."""

    def broken(real: Any) -> Any:
        def put(connection: Any, batch_seq: int, change_ids: Any, *, is_seen: bool = False) -> None:
            real(connection, batch_seq, change_ids, is_seen=is_seen)
            foreign = (
                select(change.c.seq)
                .join(batch_change, batch_change.c.change_seq == change.c.seq)
                .where(batch_change.c.batch_seq == batch_seq, change.c.is_own == 0)
            )
            connection.execute(delete(outbox).where(outbox.c.change_seq.in_(foreign)))

        return put

    return swapped(db.batch_log, "put_batch_changes", broken)


def urgency_not_carried() -> AbstractContextManager[None]:
    """What other laptops wrote is carried in its turn, however urgent it is."""
    return swapped(replication, "holds_urgent", lambda _real: lambda _definitions, _changes: False)


def only_own_offered() -> AbstractContextManager[None]:
    """A laptop offers its own batches only, and is no courier for the others."""

    def broken(real: Any) -> Any:
        def to_offer(self: SqlBatchLog) -> Any:
            return tuple(one for one in real(self) if one.is_own)

        return to_offer

    return swapped(SqlBatchLog, "to_offer", broken)


def names_trusted() -> AbstractContextManager[None]:
    """A file on a stick counts as the batch that it is named after, whatever it holds."""

    def broken(real: Any) -> Any:
        def lacking(ids: Any, carried: Mapping[str, int]) -> Any:
            absent = [one for one in ids if folder._name(one) not in carried]
            return real(absent, carried)

        return lacking

    return swapped(folder, "_lacking", broken)


# --- the region ------------------------------------------------------------------------------------


def position_without_batch() -> AbstractContextManager[None]:
    """The server answers with a position, and now and then keeps nothing there."""

    def broken(real: Any) -> Any:
        def append(self: SqlStore, centre_id: bytes, batch: Any) -> Any:
            place = real(self, centre_id, batch)
            if batch.id[0] % 8 == 0:
                log = server_schema.log
                with self._engine.begin() as connection:
                    connection.execute(delete(log).where(log.c.batch_id == batch.id))
            return place

        return append

    return swapped(SqlStore, "append", broken)


@contextlib.contextmanager
def any_log_agrees() -> Iterator[None]:
    """A server put back to an old state answers from a position as if nothing had happened."""

    def first(_real: Any) -> Any:
        def verdict(_store: Any, _centre: bytes, head_: Any, _end: Any) -> Any:
            first, agrees = services.Verdict.FIRST, services.Verdict.AGREES
            return agrees if head_.log_id else first

        return verdict

    def compact(_real: Any) -> Any:
        def standing(_store: Any, _centre: bytes, head_: Any, _end: Any) -> Any:
            return Standing.AGREES if head_.chain else Standing.FIRST

        return standing

    with swapped(services, "_verdict", first), swapped(resuming, "_standing", compact):
        yield


@contextlib.contextmanager
def statements_not_given_again() -> Iterator[None]:
    """A server that lost its statements is not told of them again."""

    def believing(real: Any) -> Any:
        def lacks_any(self: HeldKeys, mark: bytes) -> bool:
            held_there = self._held_there
            said: bool = real(self, mark)
            self._held_there = held_there
            return said

        return lacks_any

    with (
        swapped(HeldKeys, "forget_other_side", lambda _real: lambda _self: None),
        swapped(HeldKeys, "lacks_any", believing),
    ):
        yield
