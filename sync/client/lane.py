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
from app.services import attachment_lane, attachment_refusals, snapshot
from app.services.evidence import LANE_QUOTA
from app.services.ports import (
    ATTACHMENT,
    UNUSABLE,
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
from sync.client.pieces import Load, Pieces, refusal_of, whole_states
from sync.client.requests import Ask, Store
from sync.client.session import sync_session
from sync.envelope.centre_blobs import CentreBlobs
from sync.protocol.blob import ATTACHMENT_BODY_MAX, BLOB_HEAD_BYTES
from sync.protocol.lane import BlobState, SnapshotReply

__all__ = ["AUTOMATIC_SECONDS", "whole_session"]

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
_NO_ROOM: Final = "blob_quota"
_OF_ONE: Final = "blob_"
"""How the reasons begin that are about one blob; of the others each is about all that is asked."""
_OF_ALL: Final = frozenset({_NO_ROOM, "blob_gap", "blob_unknown_device"})
"""No room, none for what is on its way, and a laptop that the server does not know (yet)."""
_ATTACHMENT_MAX: Final = BLOB_HEAD_BYTES + ATTACHMENT_BODY_MAX
_LOOKED_AT: Final = 16
"""Attachments that are looked for at once, the newest first."""

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
    from a snapshot; then use the lane, for at most ``limit_seconds``. Raises as the session does.
    """
    yield from begin_from_snapshot(desk, envelope, blobs, keys, LanePace(seconds))
    yield from sync_session(desk, envelope, keys, outcome)
    yield from _Lane(desk, envelope, keys, outcome, blobs, LanePace(seconds, limit_seconds)).run()


@dataclass(slots=True)
class _Lane:
    desk: Desk
    envelope: Envelope
    keys: CentreKeys
    outcome: Outcome
    blobs: CentreBlobs
    pace: LanePace
    pieces: Pieces = field(init=False)
    log_id: bytes = b""
    waiting: frozenset[bytes] = frozenset()
    """Batches that went through a session and stand where the log is not here yet."""

    def __post_init__(self) -> None:
        self.pieces = Pieces(self.pace, self.between)

    def run(self) -> Session:
        """One thing after the other, until all is done, the time is up or the link breaks."""
        cursor = yield Store(lambda uow: uow.batches.cursor())
        if cursor is None:
            return
        self.log_id = cursor.log_id
        self.waiting = yield Store(_waiting)
        self.outcome.is_lane_cut = True
        try:
            is_here: bool = yield from read_behind(
                self.desk, self.envelope, self.outcome, self.pace, self.between
            )
            yield from self._attachments_up()
            yield from self._attachments_down()
            if is_here:
                yield Store(lambda uow: snapshot.count_unproven(uow, self.desk, self.envelope))
                yield from self._snapshot_up()
            self.outcome.is_lane_cut = self.pace.is_over
        except EnvironmentFault as fault:
            # Records that were typed meanwhile and did not arrive are no matter of the lane.
            if fault.message_id not in _LINK_FAULTS or not self.outcome.is_level:
                raise
            self.outcome.is_lane_cut = fault.message_id != LANE_UNKNOWN
            log.info("the lane ends: %s", refusal_of(fault) or fault.message_id)

    def between(self) -> Session:
        """Let what was typed meanwhile go first; return whether to go on."""
        if (yield Store(self._has_typed)):
            yield from sync_session(self.desk, self.envelope, self.keys, self.outcome)
            self.waiting = yield Store(_waiting)
            cursor = yield Store(lambda uow: uow.batches.cursor())
            if cursor is None or cursor.log_id != self.log_id:
                return False
        return not self.pace.is_over

    def _has_typed(self, uow: UnitOfWork) -> bool:
        return bool(uow.changes.pending(1)) or not _waiting(uow) <= self.waiting

    # --- attachments -----------------------------------------------------------------------------

    def _attachments_up(self) -> Session:
        """Seal and send what the server lacks, the oldest first."""
        unsent: tuple[bytes, ...] = yield Store(self._unsent)
        sizes: tuple[int, ...] = yield Store(lambda uow: attachment_lane.weights(uow, unsent))
        load = self.pieces.load = Load.of(sizes)
        size_of = dict(zip(unsent, sizes, strict=True))
        for start in range(0, len(unsent), _LOOKED_AT):
            some = unsent[start : start + _LOOKED_AT]
            there = yield from self._find(some)
            for sha256 in some:
                if self.pace.is_over:
                    return
                load.next(size_of[sha256])
                if states := there.get(sha256):
                    yield Store(self._noting(sha256, states[:1]))
                elif not (yield from self._send(sha256)):
                    return
                load.before += size_of[sha256]

    def _unsent(self, uow: UnitOfWork) -> tuple[bytes, ...]:
        in_vain = attachment_refusals.given_up(uow, self._tried_with)
        every = attachment_lane.unsent(uow, self.log_id)
        return tuple(one for one in every if one not in in_vain)

    @property
    def _tried_with(self) -> bytes:
        return self.log_id + self.keys.mark()

    def _send(self, sha256: bytes) -> Session:
        """Send one attachment; return whether to go on with the next. What the server does not take
        for a reason of its own holds no other up. Raises EnvironmentFault for what concerns all."""
        blob: HeldBlob | None = yield Store(lambda uow: self._sealed(uow, sha256))
        if blob is None:
            return True
        try:
            is_there: bool = yield from self.pieces.up(blob)
        except EnvironmentFault as fault:
            reason = refusal_of(fault)
            if reason == _NO_ROOM:
                yield Store(self._note_no_room)
            if reason is None or reason in _OF_ALL or not reason.startswith(_OF_ONE):
                raise
            log.warning("an attachment is not taken: %s", reason)
            yield Store(lambda uow: self._note_refusal(uow, sha256, blob.name))
            return True
        if is_there:
            yield Store(lambda uow: self._note_sent(uow, blob))
        return is_there

    def _sealed(self, uow: UnitOfWork, sha256: bytes) -> HeldBlob | None:
        """Return the sealed blob of an attachment, made once: what goes on is the same bytes."""
        for one in uow.blobs.known_of(sha256):
            if one.log_id is None and one.kind == ATTACHMENT:
                return one
        content = uow.attachments.get(sha256.hex())
        if content is None:
            return None
        sealed = self.blobs.seal_attachment(content)
        uow.blobs.add(sealed.id, ATTACHMENT, sha256, sealed.content)
        uow.commit()
        return uow.blobs.get(sealed.id)

    def _note_sent(self, uow: UnitOfWork, blob: HeldBlob) -> None:
        uow.blobs.note_there(blob.name, blob.kind, blob.sha256, blob.size, self.log_id)
        if blob.kind == ATTACHMENT:
            uow.local.put(LANE_QUOTA, None)
        uow.commit()

    def _note_no_room(self, uow: UnitOfWork) -> None:
        count = len(attachment_lane.unsent(uow, self.log_id))
        uow.local.put(LANE_QUOTA, str(count).encode())
        uow.commit()

    def _note_refusal(self, uow: UnitOfWork, sha256: bytes, name: bytes) -> None:
        """These bytes are of no use there: others are made if it is tried again."""
        attachment_refusals.note(uow, sha256, self._tried_with)
        uow.blobs.drop(name)
        uow.commit()

    def _attachments_down(self) -> Session:
        """Get what people asked for; and, as long as the link is good, the others."""
        asked: tuple[bytes, ...] = yield Store(
            lambda uow: attachment_lane.lacking(uow, is_all=False)
        )
        if not (yield from self._get_all(asked, are_asked_for=True)):
            return
        if self.pace.is_good is not False:
            every: tuple[bytes, ...] = yield Store(
                lambda uow: attachment_lane.lacking(uow, is_all=True)
            )
            yield from self._get_all([one for one in every if one not in asked])

    def _get_all(self, hashes: Any, *, are_asked_for: bool = False) -> Session:
        for start in range(0, len(hashes), _LOOKED_AT):
            if start and not are_asked_for and self.pace.is_good is None:
                return False  # Nothing of the newest is there: the others may wait.
            some = hashes[start : start + _LOOKED_AT]
            there = yield from self._find(some)
            sizes = {one: min(blob.size for blob in there[one]) for one in some if one in there}
            load = self.pieces.load = Load.of(sizes.values())
            for sha256 in some:
                if sha256 in sizes:
                    load.next(sizes[sha256])
                yield Store(self._noting(sha256, there.get(sha256, [])))
                if not (yield from self._get(sha256)):
                    return False
                load.before += sizes.get(sha256, 0)
                if not are_asked_for and self.pace.is_good is False:
                    return False
        return not self.pace.is_over

    def _get(self, sha256: bytes) -> Session:
        """Get one attachment from the first blob of it that holds its bytes; return whether to go
        on with the next."""
        while True:
            known: tuple[HeldBlob, ...] = yield Store(
                lambda uow: tuple(
                    one for one in uow.blobs.known_of(sha256) if one.log_id == self.log_id
                )
            )
            blob = next((one for one in known if one.kind == ATTACHMENT), None)
            if blob is None:
                return True
            try:
                content: bytes | None = yield from self.pieces.down(blob.name)
            except EnvironmentFault as fault:
                if refusal_of(fault) is None:
                    raise
                yield Store(dropping(blob.name))
                continue
            if content is None:
                return False
            if (yield Store(self._opening(blob, content))):
                return True

    def _opening(self, blob: HeldBlob, content: bytes) -> Callable[[UnitOfWork], bool]:
        return lambda uow: self._open(uow, blob, content)

    def _open(self, uow: UnitOfWork, blob: HeldBlob, content: bytes) -> bool:
        """Keep the bytes of an attachment, or remember that this blob does not hold them; return
        whether they are here."""
        assert blob.sha256 is not None
        try:
            is_kept = attachment_lane.keep(uow, blob.sha256, self.blobs.open_attachment(content))
            reason = "attachment_altered"
        except DomainError as refusal:
            is_kept, reason = False, refusal.message_id
        if is_kept:
            uow.blobs.empty(blob.name)
            for other in uow.blobs.known_of(blob.sha256):
                if other.held or other.kind == UNUSABLE:
                    uow.blobs.drop(other.name)
            uow.commit()
            return True
        log.warning("an attachment is passed over: %s", reason)
        uow.blobs.drop(blob.name)
        uow.blobs.note_there(blob.name, UNUSABLE, blob.sha256, blob.size, self.log_id)
        uow.commit()
        return False

    def _find(self, hashes: Any) -> Session:
        """Return the whole blobs that the server has of each of these attachments."""
        of_label = {label: one for one in hashes for label in self.blobs.labels(one)}
        found: dict[bytes, list[BlobState]] = {}
        if of_label:
            states = yield from whole_states(list(of_label))
            for label, some in states.items():
                fitting = [one for one in some if one.size <= _ATTACHMENT_MAX]
                found.setdefault(of_label[label], []).extend(fitting)
        return found

    def _noting(self, sha256: bytes, states: list[BlobState]) -> Callable[[UnitOfWork], None]:
        def note(uow: UnitOfWork) -> None:
            if not states:
                return
            for own in uow.blobs.known_of(sha256):
                if own.log_id is None:
                    uow.blobs.drop(own.name)  # Another laptop's went up first.
            for one in states:
                uow.blobs.note_there(one.name, ATTACHMENT, sha256, one.size, self.log_id)
            uow.commit()

        return note

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
            if content is None or self.pace.is_over:
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
