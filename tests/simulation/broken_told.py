"""Bugs in portions, snapshots and pages, between two centres, and in what people are told."""

from __future__ import annotations

import dataclasses
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import insert, select, update

from app.domain.errors import QispiError
from app.services import (
    conflicts,
    evidence,
    ledger,
    replication,
    sealing,
    snapshot,
    sync_facts,
    whereabouts,
)
from app.services.replication import Taken
from app.services.unsent_statements import UnsentStatements
from app.services.whereabouts_ports import Reach, Whereabouts
from sync.client import engine
from sync.protocol.chain import chain_after
from sync.server.schema import centre, log
from sync.server.sql_store import SqlStore
from sync.server.store import LogHead, LogRow
from tests.simulation.swapped import swapped

__all__ = [
    "another_centres_given",
    "backup_unsaid",
    "deleted_unasked",
    "held_by_whoever_holds_any",
    "nothing_waits_it_says",
    "other_history_unsaid",
    "place_without_its_batch",
    "portion_is_all",
    "reach_forgotten",
    "snapshot_is_all",
    "stopped_is_done",
    "sweep_ends_early",
    "taken_in_from_outside",
    "undone_by_half",
    "urgent_in_its_turn",
]

# --- portions, sweeps, snapshots -------------------------------------------------------------------


def portion_is_all() -> AbstractContextManager[None]:
    """The cursor moves behind all that came, though one transaction took in a portion of it."""

    def broken(real: Any) -> Any:
        def take(
            uow: Any, desk: Any, envelope: Any, arrived: Any, cursor: Any, **how: Any
        ) -> Taken:
            taken: Taken = real(uow, desk, envelope, arrived, cursor, **how)
            if cursor is None:
                return taken
            uow.batches.set_cursor(cursor)
            return dataclasses.replace(taken, done=len(arrived), cursor=cursor)

        return take

    return swapped(replication, "take_uncommitted", broken)


def sweep_ends_early() -> AbstractContextManager[None]:
    """What was set aside counts as tried when the first of it is."""

    def broken(real: Any) -> Any:
        return lambda uow, _after, last, mark: real(uow, last, last, mark)

    return swapped(replication, "note_sweep", broken)


def snapshot_is_all() -> AbstractContextManager[None]:
    """Whoever began with a snapshot never reads the log behind it."""
    return swapped(snapshot, "finish", lambda _real: lambda uow, at: uow.batches.set_cursor(at))


# --- the server ------------------------------------------------------------------------------------


def another_centres_given() -> AbstractContextManager[None]:
    """The server gives what stands at a place, whichever centre's log that is."""

    def broken(_real: Any) -> Any:
        def contents(self: SqlStore, _centre: bytes, positions: Any) -> dict[int, bytes]:
            wanted = select(log.c.position, log.c.content).where(log.c.position.in_(positions))
            with self._engine.begin() as connection:
                rows = connection.execute(wanted.order_by(log.c.centre)).all()
            return {row.position: row.content for row in rows}

        return contents

    return swapped(SqlStore, "contents", broken)


def place_without_its_batch() -> AbstractContextManager[None]:
    """A place of the log is given in one transaction, and its batch written in the next, once it was
    looked whether it stands there."""

    def broken(real: Any) -> Any:
        def append(self: SqlStore, of: bytes, batch: Any) -> Any:
            head = self.head(of)
            if self.positions_of(of, [batch.id]):
                return real(self, of, batch)
            position, chain = head.position + 1, chain_after(head.chain, batch.id)
            with self._engine.begin() as connection:
                moved = update(centre).where(centre.c.id == of)
                connection.execute(moved.values(position=position, chain=chain))
            assert not self.positions_of(of, [batch.id])
            assert self.head(of).position == position
            row = {
                "centre": of,
                "position": position,
                "batch_id": batch.id,
                "chain": chain,
                "device": batch.device,
                "session": batch.session,
                "number": batch.number,
                "size": len(batch.content),
                "content": batch.content,
            }
            with self._engine.begin() as connection:
                connection.execute(insert(log).values(**row))
            placed = LogRow(position, batch.id, chain, len(batch.content))
            return LogHead(head.log_id, position, chain), placed

        return append

    return swapped(SqlStore, "append", broken)


# --- who was taken out -----------------------------------------------------------------------------


def taken_in_from_outside() -> AbstractContextManager[None]:
    """What comes by stick of a laptop that was taken out is taken in like any other's."""
    return swapped(replication, "_may_be_a_thiefs", lambda _real: lambda _uow, _one: False)


# --- what people are told --------------------------------------------------------------------------


def nothing_waits_it_says() -> AbstractContextManager[None]:
    """Who was taken out waits to be told of, and it is said that nothing waits."""
    return swapped(sync_facts, "unsent_statements", lambda _real: lambda _uow: UnsentStatements())


def reach_forgotten() -> AbstractContextManager[None]:
    """What the region received is said to be on a stick for ever."""
    return swapped(
        whereabouts, "_received", lambda _real: lambda _letters: Whereabouts(Reach.ON_STICK)
    )


def held_by_whoever_holds_any() -> AbstractContextManager[None]:
    """A laptop that said to hold one batch counts as holding every one that waits."""

    def broken(_real: Any) -> Any:
        def at(_one: Any, _writers: Any, holders: Any, own: Any) -> Any:
            return frozenset(device for some in holders.values() for device in some) - {own}

        return at

    return swapped(whereabouts, "_at", broken)


def stopped_is_done() -> AbstractContextManager[None]:
    """A synchronisation that somebody stopped is said to have ended well."""

    def broken(real: Any) -> Any:
        def drive(*session: Any, **driven: Any) -> Any:
            try:
                return real(*session, **driven)
            except QispiError as fault:
                if fault.message_id != engine.CANCELLED:
                    raise

        return drive

    return swapped(engine, "drive", broken)


def urgent_in_its_turn() -> AbstractContextManager[None]:
    """What is urgent is sealed and sent when its turn comes."""

    def broken(_real: Any) -> Any:
        return lambda _definitions, changes: (tuple(changes), 0)

    return swapped(sealing, "urgent_first", broken)


def other_history_unsaid() -> AbstractContextManager[None]:
    """The server shows another history, and nobody is told."""
    return swapped(evidence, "note_other_history", lambda _real: lambda _uow, _desk, _proof: None)


def backup_unsaid() -> AbstractContextManager[None]:
    """A backup is put back, and nobody is told."""
    return swapped(evidence, "note_machine", lambda _real: lambda *_: None)


def deleted_unasked() -> AbstractContextManager[None]:
    """A record that one laptop deleted and another put back is gone until somebody is asked."""
    return swapped(ledger, "_STAYS", lambda _real: (True,))


def undone_by_half() -> AbstractContextManager[None]:
    """A decision that is undone brings one of its values back, twice."""

    def broken(real: Any) -> Any:
        def distinct(changes: Any) -> Any:
            found = real(changes)
            return [found[0] for _ in found]

        return distinct

    return swapped(conflicts, "distinct", broken)
