"""The first synchronisation of a new laptop: from a snapshot, when that spares much of the log.

A snapshot that is of no use is passed over, with the reason in the program's log, and the log is
read from its beginning: slower, never wrong. What was typed before goes to the server at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Final

from app.domain.errors import DomainError, EnvironmentFault
from app.services import replication, snapshot
from app.services.ports import (
    SNAPSHOT,
    UNUSABLE,
    Desk,
    Envelope,
    SnapshotContent,
    UnitOfWork,
)
from app.services.read_models import SyncStep
from sync.client.keys import CentreKeys
from sync.client.lane_asks import LANE_UNKNOWN, SnapshotsThere
from sync.client.lane_pace import LanePace
from sync.client.offer import next_offer
from sync.client.pieces import Pieces, refusal_of
from sync.client.requests import Ask, Exchange, Exchanged, Note, RosterExchange, Store
from sync.envelope.centre_blobs import REVOKED_SNAPSHOT, CentreBlobs
from sync.protocol.blob import BLOB_HEAD_BYTES
from sync.protocol.lane import SnapshotReply, SnapshotState

__all__ = ["SPARES_MIN", "begin_from_snapshot", "take_in"]

SPARES_MIN: Final = 256 << 10
"""Bytes of log more than the snapshot weighs: less is not worth another way of beginning."""

Session = Generator[Ask, Any, Any]
log = logging.getLogger("qispi.lane")


def begin_from_snapshot(
    desk: Desk, envelope: Envelope, blobs: CentreBlobs, keys: CentreKeys, pace: LanePace
) -> Generator[Ask, Any, None]:
    """Take in a snapshot, if this laptop holds nothing of the log yet and there is a good one.

    Cut anywhere, it goes on there at the next run. Raises EnvironmentFault of the link, since the
    log could not be read either.
    """
    if not (yield Store(snapshot.is_new)):
        return
    yield Note(SyncStep.PREPARE)
    yield Note(SyncStep.CONNECT)
    try:
        reply: SnapshotReply = yield SnapshotsThere()
    except EnvironmentFault as fault:
        if fault.message_id == LANE_UNKNOWN:
            return
        raise
    offered = [one for one in reply.snapshots if one.log_bytes - one.size >= SPARES_MIN]
    if offered:
        beginning = _Beginning(desk, envelope, blobs, keys, pace, reply.log_id)
        yield from beginning.first_of(offered)


def take_in(desk: Desk, content: SnapshotContent) -> Generator[Ask, Any, None]:
    """Take a verified snapshot in, part by part, and stand at its place in the log."""
    heads = content.heads
    for start in range(0, len(heads), snapshot.PART):
        yield Note(SyncStep.RECEIVE, 0, 0, start, len(heads))
        yield Store(_taking(desk, content, start))

    def finish(uow: UnitOfWork) -> None:
        snapshot.finish(uow, content.at)
        for one in uow.blobs.of_kind(SNAPSHOT):
            uow.blobs.drop(one.name)
        uow.commit()

    yield Store(finish)


@dataclass(slots=True)
class _Beginning:
    desk: Desk
    envelope: Envelope
    blobs: CentreBlobs
    keys: CentreKeys
    pace: LanePace
    log_id: bytes
    offered: set[bytes] = field(default_factory=set)
    """Batches of our own that went up meanwhile."""

    def first_of(self, offered: list[SnapshotState]) -> Session:
        """Begin from the first snapshot that is of use: one that came in part already, then the
        newest."""
        if self.keys.has_news():
            request = self.keys.roster_request()
            if self.keys.agrees(request, (yield RosterExchange(request))):
                yield Store(self.keys.keep)
        held: dict[bytes, int] = yield Store(lambda uow: self._noted(uow, offered))
        usable = [one for one in offered if one.name in held]
        for state in sorted(usable, key=lambda one: held[one.name], reverse=True):
            content: SnapshotContent | None = yield from self._get(state)
            if content is not None:
                yield from take_in(self.desk, content)
                return

    def _noted(self, uow: UnitOfWork, offered: list[SnapshotState]) -> dict[bytes, int]:
        """Note what is offered and forget what is no longer; return what is held of each."""
        names = {one.name for one in offered}
        for one in uow.blobs.of_kind(SNAPSHOT):
            if one.name not in names:
                uow.blobs.drop(one.name)
        held = {}
        for state in offered:
            uow.blobs.note_there(state.name, SNAPSHOT, None, state.size, self.log_id)
            kept = uow.blobs.get(state.name)
            if kept is not None and (kept.kind, kept.size) == (SNAPSHOT, state.size):
                held[state.name] = kept.held
        uow.commit()
        return held

    def _get(self, state: SnapshotState) -> Session:
        """Return what a snapshot says, or None when it is of no use."""

        def between() -> Session:
            yield from self._send_typed()
            front: bytes = yield Store(lambda uow: uow.blobs.read(state.name, 0, BLOB_HEAD_BYTES))
            return not self.blobs.is_of_one_taken_out(front)

        pieces = Pieces(self.pace, between, SyncStep.RECEIVE)
        try:
            content = yield from pieces.down(state.name)
            if content is None:
                raise DomainError(REVOKED_SNAPSHOT)
            said = self.blobs.open_snapshot(content)
            if (said.at.log_id, said.at.position) != (self.log_id, state.position):
                raise DomainError("snapshot_malformed")
        except DomainError as refusal:
            reason = refusal.message_id
        except EnvironmentFault as fault:
            if (refused := refusal_of(fault)) is None:
                raise
            reason = refused
        else:
            return said
        log.warning("a snapshot is passed over: %s", reason)
        yield Store(_marking(state.name, state.size, self.log_id))
        return None

    def _send_typed(self) -> Session:
        """Send what was typed, and take nothing in: this laptop stands nowhere in the log yet."""
        is_typed: bool = yield Store(_has_news(self.offered))
        if is_typed:
            while (
                yield Store(lambda uow: replication.seal_pending(uow, self.desk, self.envelope))
            ):
                pass
            offer = yield Store(
                lambda uow: next_offer(
                    uow, None, offered=self.offered, promised=(), unfinished=None
                )
            )
            # Nothing stands before position 1: so nothing comes down.
            said: Exchanged = yield Exchange(None, offer.batches, behind=1)
            self.offered |= {one.batch for one in said.receipts}
            self.offered |= {one.batch for one in said.refused}


def _has_news(offered: set[bytes]) -> Callable[[UnitOfWork], bool]:
    def look(uow: UnitOfWork) -> bool:
        is_typed = bool(uow.changes.pending(1))
        return is_typed or any(one.id not in offered for one in uow.batches.to_offer())

    return look


def _taking(desk: Desk, content: SnapshotContent, start: int) -> Callable[[UnitOfWork], None]:
    part = content.heads[start : start + snapshot.PART]
    return lambda uow: snapshot.take_part(uow, desk, part)


def _marking(name: bytes, size: int, log_id: bytes) -> Callable[[UnitOfWork], None]:
    def mark(uow: UnitOfWork) -> None:
        uow.blobs.drop(name)
        uow.blobs.note_there(name, UNUSABLE, None, size, log_id)
        uow.commit()

    return mark
