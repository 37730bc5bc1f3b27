"""What travels behind everything else: the log behind a snapshot, attachments, a new snapshot.

It begins when the records are level and nothing failed. Between any two pieces whatever was typed
goes first; cutting it anywhere costs a part of a piece. A link that breaks here is no failure of
the synchronisation: the lane goes on at the next one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Final

from app.domain.errors import DomainError, EnvironmentFault
from app.services import snapshot
from app.services.ports import (
    Desk,
    Envelope,
    HeldBlob,
    SnapshotContent,
    UnitOfWork,
)
from sync.client.beginning import begin_from_snapshot
from sync.client.history import read_behind
from sync.client.keys import CentreKeys
from sync.client.lane_asks import LANE_UNKNOWN, SnapshotsThere
from sync.client.lane_blobs import add_snapshot, dropping, waiting_snapshot
from sync.client.lane_pace import LanePace
from sync.client.outcome import Outcome
from sync.client.pieces import Load, Pieces, refusal_of
from sync.client.requests import Ask, Store
from sync.client.scans import Scans
from sync.client.session import sync_session
from sync.envelope.centre_blobs import CentreBlobs
from sync.protocol.lane import SnapshotReply

__all__ = ["AUTOMATIC_SECONDS", "KEPT_BACK", "whole_session"]

AUTOMATIC_SECONDS: Final = 60.0
"""So long the lane of a synchronisation may hold the link that nobody asked for."""

_LAST_SNAPSHOT: Final = "sync/last_snapshot"
"""Log id and position of the newest snapshot that the server was known to have."""

_LINK_FAULTS: Final = frozenset(
    {
        LANE_UNKNOWN,
        "answer_cut",
        "answer_not_ours",
        "captive_portal",
        "server_busy",
        "server_not_known",
        "server_other_version",
        "server_refused",
        "server_unreachable",
    }
)
KEPT_BACK: Final = frozenset({"batches_refused", "batches_not_seen"})
"""All else is level: what the server did not take is told of, and holds nothing else up."""

Session = Generator[Ask, Any, Any]
log = logging.getLogger("qispi.lane")


def whole_session(
    desk: Desk,
    envelope: Envelope,
    keys: CentreKeys,
    outcome: Outcome,
    *,
    blobs: CentreBlobs,
    seconds: Callable[[], float],
    limit_seconds: float | None = None,
) -> Session:
    """Synchronise records as :func:`sync.client.session.sync_session` does, a new laptop perhaps
    from a snapshot; then use the lane, for at most ``limit_seconds``. Raises as the session does;
    that the server did not take some batch, behind the lane: it holds nothing else up.
    """
    yield from begin_from_snapshot(desk, envelope, blobs, keys, LanePace(seconds))
    lane = _Lane(desk, envelope, keys, outcome, blobs)
    yield from lane.records()
    yield from lane.run(LanePace(seconds, limit_seconds))
    if lane.kept_back is not None:
        raise lane.kept_back


@dataclass(slots=True)
class _Lane:
    desk: Desk
    envelope: Envelope
    keys: CentreKeys
    outcome: Outcome
    blobs: CentreBlobs
    pieces: Pieces = field(init=False)
    log_id: bytes = b""
    has_spoken: bool = False
    """Whether the last synchronisation of records came to its end."""
    kept_back: EnvironmentFault | None = None
    """That it did, but for batches that the server did not take."""
    waiting: frozenset[bytes] = frozenset()
    """Batches that went through a session and stand where the log is not here yet."""

    def records(self) -> Session:
        """Synchronise records. Raises as the session does, but for what the server did not take."""
        self.has_spoken, self.kept_back = False, None
        try:
            yield from sync_session(self.desk, self.envelope, self.keys, self.outcome)
        except EnvironmentFault as fault:
            if fault.message_id not in KEPT_BACK:
                raise
            self.kept_back = fault
        self.has_spoken = True

    def run(self, pace: LanePace) -> Session:
        """One thing after the other, until all is done, the time is up or the link breaks."""
        self.pieces = Pieces(pace, self.between)
        cursor = yield Store(lambda uow: uow.batches.cursor())
        if cursor is None:
            return
        self.log_id = cursor.log_id
        self.waiting = yield Store(_waiting)
        self.outcome.is_lane_cut = True
        try:
            is_here: bool = yield from read_behind(
                self.desk, self.envelope, self.outcome, pace, self.between
            )
            if not (self.outcome.is_level or self.kept_back):
                # The log behind is another: what counted as arrived has to be seen in it.
                yield from self.records()
            scans = Scans(self.desk, self.keys, self.blobs, self.pieces, self.log_id)
            yield from scans.ask_again()
            yield from scans.up()
            yield from scans.down()
            if is_here:
                self.outcome.tell((yield Store(self._count_unproven)))
                yield from self._snapshot_up()
            self.outcome.is_lane_cut = pace.is_over
        except EnvironmentFault as fault:
            # Records that were typed meanwhile and did not arrive are no matter of the lane.
            if fault.message_id not in _LINK_FAULTS or not self.has_spoken:
                raise
            self.outcome.is_lane_cut = fault.message_id != LANE_UNKNOWN
            log.info("the lane ends: %s", refusal_of(fault) or fault.message_id)

    def _count_unproven(self, uow: UnitOfWork) -> tuple[Exception, ...]:
        return snapshot.count_unproven(uow, self.desk, self.envelope)

    def between(self) -> Session:
        """Let what was typed meanwhile go first; return whether to go on."""
        if (yield Store(self._has_typed)):
            yield from self.records()
            self.waiting = yield Store(_waiting)
            cursor = yield Store(lambda uow: uow.batches.cursor())
            if cursor is None or cursor.log_id != self.log_id:
                return False
        return not self.pieces.pace.is_over

    def _has_typed(self, uow: UnitOfWork) -> bool:
        return bool(uow.changes.pending(1)) or not _waiting(uow) <= self.waiting

    # --- a snapshot ------------------------------------------------------------------------------

    def _snapshot_up(self) -> Session:
        """Make a snapshot when it would spare a new laptop much, and send it."""
        waiting: HeldBlob | None = yield Store(waiting_snapshot)
        if waiting is None:
            if not (yield Store(self._is_worth_it)):
                return
            reply: SnapshotReply = yield SnapshotsThere()
            position = max((one.position for one in reply.snapshots), default=0)
            yield Store(lambda uow: self._note_newest(uow, position))
            content: SnapshotContent | None = yield Store(
                lambda uow: snapshot.content_of(uow) if self._is_worth_it(uow) else None
            )
            if content is None or self.pieces.pace.is_over:
                return
            try:
                sealed = self.blobs.seal_snapshot(content)
            except DomainError as refusal:
                log.warning("no snapshot is made: %s", refusal.message_id)
                yield Store(lambda uow: self._note_newest(uow, content.at.position))
                return
            yield Store(lambda uow: self._note_newest(uow, content.at.position))
            waiting = yield Store(lambda uow: add_snapshot(uow, sealed.id, sealed.content))
            assert waiting is not None, "just added"
        self.pieces.load = Load()
        try:
            is_there = yield from self.pieces.up(waiting)
        except EnvironmentFault as fault:
            if refusal_of(fault) is None:
                raise
            yield Store(dropping(waiting.name))
            return
        if is_there:
            yield Store(dropping(waiting.name))

    def _is_worth_it(self, uow: UnitOfWork) -> bool:
        stored = uow.local.get(_LAST_SNAPSHOT) or b""
        is_same = stored[: len(self.log_id)] == self.log_id
        last = int(stored[len(self.log_id) :]) if is_same else 0
        return snapshot.is_worth_it(uow, last)

    def _note_newest(self, uow: UnitOfWork, position: int) -> None:
        uow.local.put(_LAST_SNAPSHOT, self.log_id + str(position).encode())
        uow.commit()


def _waiting(uow: UnitOfWork) -> frozenset[bytes]:
    return frozenset(one.id for one in uow.batches.to_offer())
