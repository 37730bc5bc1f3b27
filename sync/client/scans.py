"""Scans in the own lane: up what the region lacks, down what lacks here.

Between any two pieces whatever was typed goes first. What is said to be at the region was found
there; now and then it is asked whether it still is.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.domain.errors import DomainError, EnvironmentFault
from app.services import attachment_lane, attachment_refusals
from app.services.ports import ATTACHMENT, UNUSABLE, Desk, HeldBlob, UnitOfWork
from sync.client.keys import CentreKeys
from sync.client.lane_asks import BlobDown, BlobsThere
from sync.client.lane_blobs import dropping
from sync.client.pieces import Load, Pieces, refusal_of, whole_states
from sync.client.requests import Ask, Store
from sync.envelope.centre_blobs import CentreBlobs
from sync.protocol.blob import ATTACHMENT_BODY_MAX, BLOB_HEAD_BYTES
from sync.protocol.lane import BlobHaveReply, BlobState

__all__ = ["Scans"]

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


@dataclass(slots=True)
class Scans:
    """The scans of one run of the lane, beside the log ``log_id``."""

    desk: Desk
    keys: CentreKeys
    blobs: CentreBlobs
    pieces: Pieces
    log_id: bytes

    def ask_again(self) -> Session:
        """Ask, once in a run of the program, of some scans whether the region still has them: a
        server whose disk lied, or that was put back to a copy, shows the same log and lacks them.
        """
        session = self.desk.stamper.session
        asking: tuple[int, tuple[HeldBlob, ...]] | None = yield Store(
            lambda uow: attachment_lane.to_ask_again(uow, session, self.log_id)
        )
        if asking is None:
            return
        at, noted = asking
        there = set()
        if noted:
            reply: BlobHaveReply = yield BlobsThere(tuple(one.name for one in noted))
            there = {state.name for state in reply.states if state.is_whole}
        gone = [one.name for one in noted if one.name not in there]
        asked = at + len(noted) - len(gone)
        yield Store(lambda uow: attachment_lane.note_asked(uow, session, asked, gone))
        yield from self._look_for_refused()

    def _look_for_refused(self) -> Session:
        """Look for those that are not sent any more: another laptop's may have been taken."""
        refused: tuple[bytes, ...] = yield Store(self._refused)
        own: frozenset[bytes] = yield Store(attachment_lane.own)
        for start in range(0, len(refused), _LOOKED_AT):
            some = refused[start : start + _LOOKED_AT]
            there = yield from self._find(some)
            for sha256 in some:
                states = yield from self._holding(sha256, there, own)
                yield Store(self._noting(sha256, states[:1]))

    def up(self) -> Session:
        """Seal and send what the server lacks, the oldest first."""
        unsent: tuple[bytes, ...] = yield Store(self._unsent)
        sizes: tuple[int, ...] = yield Store(lambda uow: attachment_lane.weights(uow, unsent))
        load = self.pieces.load = Load.of(sizes)
        size_of = dict(zip(unsent, sizes, strict=True))
        own: frozenset[bytes] = yield Store(attachment_lane.own)
        for start in range(0, len(unsent), _LOOKED_AT):
            some = unsent[start : start + _LOOKED_AT]
            there = yield from self._find(some)
            for sha256 in some:
                if self.pieces.pace.is_over:
                    return
                load.next(size_of[sha256])
                states = yield from self._holding(sha256, there, own)
                if states:
                    yield Store(self._noting(sha256, states[:1]))
                elif not (yield from self._send(sha256)):
                    return
                load.before += size_of[sha256]

    def _holding(
        self, sha256: bytes, there: dict[bytes, list[BlobState]], own: frozenset[bytes]
    ) -> Session:
        """Return those of the blobs found under its label that hold an attachment, for all that is
        known here."""
        useless: frozenset[bytes] = yield Store(self._useless(sha256))
        states = [one for one in there.get(sha256, []) if one.name not in useless]
        if sha256 in own:
            states = yield from self._sealed_here(states)
        return states

    def _sealed_here(self, states: list[BlobState]) -> Session:
        """Return those that this laptop signed. What somebody else left under the label of a scan
        that was made here may hold other bytes: for that word nobody puts the paper away."""
        found = []
        for state in states:
            try:
                head: bytes = yield BlobDown(state.name, 0, BLOB_HEAD_BYTES)
            except EnvironmentFault as fault:
                if refusal_of(fault) is None:
                    raise
                continue
            if self.blobs.is_ours(state.name, head):
                found.append(state)
        return found

    def _useless(self, sha256: bytes) -> Callable[[UnitOfWork], frozenset[bytes]]:
        return lambda uow: attachment_lane.useless(uow, sha256)

    def _unsent(self, uow: UnitOfWork) -> tuple[bytes, ...]:
        in_vain = attachment_refusals.given_up(uow, self._tried_with)
        every = attachment_lane.unsent(uow, self.log_id)
        return tuple(one for one in every if one not in in_vain)

    def _refused(self, uow: UnitOfWork) -> tuple[bytes, ...]:
        in_vain = attachment_refusals.given_up(uow, self._tried_with)
        every = attachment_lane.unsent(uow, self.log_id) if in_vain else ()
        return tuple(one for one in every if one in in_vain)

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
            attachment_refusals.note_room(uow)
        uow.commit()

    def _note_no_room(self, uow: UnitOfWork) -> None:
        attachment_refusals.note_no_room(uow, self.log_id)

    def _note_refusal(self, uow: UnitOfWork, sha256: bytes, name: bytes) -> None:
        """These bytes are of no use there: others are made if it is tried again."""
        attachment_refusals.note(uow, sha256, self._tried_with)
        uow.blobs.drop(name)
        uow.commit()

    def down(self) -> Session:
        """Get what people asked for; and, as long as the link is good, the others."""
        asked: tuple[bytes, ...] = yield Store(
            lambda uow: attachment_lane.lacking(uow, is_all=False)
        )
        if not (yield from self._get_all(asked, are_asked_for=True)):
            return
        if self.pieces.pace.is_good is not False:
            every: tuple[bytes, ...] = yield Store(
                lambda uow: attachment_lane.lacking(uow, is_all=True)
            )
            yield from self._get_others([one for one in every if one not in asked])

    def _get_others(self, hashes: list[bytes]) -> Session:
        """Get what nobody asked for, the newest first. Where nothing of the newest is there, a few
        of the older ones are looked for, at each run others: none holds the rest up."""
        newest, older = hashes[:_LOOKED_AT], hashes[_LOOKED_AT:]
        if not (yield from self._get_all(newest)) or not older:
            return
        if self.pieces.pace.is_good is None:
            at: int = yield Store(
                lambda uow: attachment_lane.look_further(uow, len(older), _LOOKED_AT)
            )
            older = older[at:] + older[:at]
        yield from self._get_all(older)

    def _get_all(self, hashes: Sequence[bytes], *, are_asked_for: bool = False) -> Session:
        for start in range(0, len(hashes), _LOOKED_AT):
            if start and not are_asked_for and self.pieces.pace.is_good is None:
                return False  # Nothing of these is there: the others may wait.
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
                if not are_asked_for and self.pieces.pace.is_good is False:
                    return False
        return not self.pieces.pace.is_over

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

    def _find(self, hashes: Sequence[bytes]) -> Session:
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
