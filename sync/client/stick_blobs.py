"""Attachments on a stick.

The same sealed blobs as travel to the server, one file each, on the shelves beside the batches.
Only their fronts are read, except of what is wanted here; whatever is wrong with one is its own
trouble. Network thread; storage is asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final

from app.domain.errors import DomainError
from app.services import attachment_lane
from app.services.ports import ATTACHMENT, Clock, UnitOfWork
from app.services.read_models import SyncStep
from sync.client.outcome import Outcome
from sync.client.requests import Ask, Note, Store
from sync.client.stick import Found, Stick, Wanted
from sync.client.stick_heads import SPOILT, fronts_of_centre, signed_among
from sync.envelope.blob import SealedBlob
from sync.envelope.centre_blobs import CentreBlobs
from sync.protocol.blob import ATTACHMENT_BODY_MAX, BLOB_HEAD_BYTES, BlobKind, size_of

__all__ = ["SCAN", "SCANS", "exchange_scans"]

SCAN: Final = ".adjunto"
"""The ending of an attachment."""

SCANS: Final[Mapping[str, Wanted]] = {
    SCAN: Wanted(32_768, range(BLOB_HEAD_BYTES + 1, BLOB_HEAD_BYTES + ATTACHMENT_BODY_MAX + 1)),
}
"""So many as some tens of centres make in a year: the name of one does not say whose it is."""
FRONTS_AT_ONCE: Final = 256
"""Read without a pause."""
LEFT_BYTES_MAX: Final = 256 << 20
"""Left on a stick by one visit; the rest goes with the next."""

Session = Generator[Ask, Any, None]
log = logging.getLogger("qispi.lane")


def exchange_scans(
    blobs: CentreBlobs, stick: Stick, scans: Found, clock: Clock, outcome: Outcome
) -> Session:
    """Take in the attachments that lack here, and leave those that the stick lacks, as many as one
    visit should; the others are counted (``attachments_left``). It is noted which lie there,
    whichever laptop wrote them.

    What a laptop of the centre signed and the file holds no more is taken away: whoever has the
    attachment leaves it anew. Where there are more than are listed nothing is left: an attachment
    that is not listed does not lack, and would be left at each visit once more.
    """
    by_label: dict[bytes, list[str]] = {}
    places = list(scans.sizes)
    for start in range(0, len(places), FRONTS_AT_ONCE):
        done, total = (BLOB_HEAD_BYTES * count for count in (start, len(places)))
        yield Note(SyncStep.RECEIVE, done, total, start, len(places))
        sizes = {place: scans.sizes[place] for place in places[start : start + FRONTS_AT_ONCE]}
        fronts = fronts_of_centre(blobs, stick, sizes, BlobKind.ATTACHMENT)
        for place, head in signed_among(blobs, fronts, sizes, BlobKind.ATTACHMENT).items():
            by_label.setdefault(head.label, []).append(place)
        for place, (_, head) in fronts.items():
            if sizes[place] != size_of(head):
                stick.drop(place)  # cut short, as a stick that was pulled out leaves it
    yield from _take_in(blobs, stick, by_label, scans.sizes)
    if not scans.has_more:
        outcome.attachments_left = yield from _leave(blobs, stick, by_label, clock)


def _take_in(
    blobs: CentreBlobs, stick: Stick, by_label: Mapping[bytes, list[str]], sizes: Mapping[str, int]
) -> Session:
    if not by_label:
        return
    lacking: tuple[bytes, ...] = yield Store(lambda uow: attachment_lane.lacking(uow, is_all=True))
    found = {
        sha256: [at for one in blobs.labels(sha256) for at in by_label.get(one, ())]
        for sha256 in lacking
    }
    coming = {sha256: places for sha256, places in found.items() if places}
    done, total = 0, sum(sizes[places[0]] for places in coming.values())
    for number, (sha256, places) in enumerate(coming.items()):
        for place in places:
            yield Note(SyncStep.RECEIVE, done, total, number, len(coming))
            opened = _opened(blobs, stick, place)
            if opened is None:
                continue
            if (yield Store(_keeping(sha256, opened))):
                break
            # Signed, and something else inside: it hides nothing, whoever has it leaves it.
            stick.drop(place)
        done += sizes[places[0]]


def _opened(blobs: CentreBlobs, stick: Stick, place: str) -> bytes | None:
    """Return what an attachment's file holds, or None; what no laptop can use is taken away."""
    content = stick.read(place, BLOB_HEAD_BYTES + ATTACHMENT_BODY_MAX)
    try:
        return blobs.open_attachment(content or b"")
    except DomainError as refusal:
        log.warning("an attachment is passed over: %s", refusal.message_id)
        if content is not None and refusal.message_id in SPOILT:
            stick.drop(place)
        return None


def _leave(
    blobs: CentreBlobs, stick: Stick, by_label: Mapping[bytes, list[str]], clock: Clock
) -> Generator[Ask, Any, int]:
    """Leave what the stick lacks; return how many had no room in this visit."""
    here: Mapping[bytes, int] = yield Store(attachment_lane.here)
    lacking = [one for one in here if not any(map(by_label.get, blobs.labels(one)))]
    if there := tuple(one for one in here if one not in lacking):
        yield Store(_noting(there, clock))
    # How far it is, is said in plain bytes: sealed ones are known one by one, and are more.
    left, done, total = 0, 0, min(LEFT_BYTES_MAX, sum(here[one] for one in lacking))
    for number, sha256 in enumerate(lacking):
        yield Note(SyncStep.SEND, done, total, number, len(lacking))
        done = min(total, done + here[sha256])
        sealed: SealedBlob | None = yield Store(_sealing(blobs, sha256))
        if sealed is None:
            continue
        left += len(sealed.content)
        if left > LEFT_BYTES_MAX:
            return len(lacking) - number
        stick.write(sealed.id.hex() + SCAN, sealed.content)
        yield Store(_noting((sha256,), clock))
    if lacking:
        yield Note(SyncStep.SEND, done, total, len(lacking), len(lacking))
    return 0


def _noting(hashes: tuple[bytes, ...], clock: Clock) -> Callable[[UnitOfWork], None]:
    def note(uow: UnitOfWork) -> None:
        uow.blobs.note_left(hashes, clock.now_ms())
        uow.commit()

    return note


def _keeping(sha256: bytes, content: bytes) -> Callable[[UnitOfWork], bool]:
    def keep(uow: UnitOfWork) -> bool:
        if not attachment_lane.keep(uow, sha256, content):
            log.warning("an attachment is passed over: attachment_altered")
            return False
        uow.commit()
        return True

    return keep


def _sealing(blobs: CentreBlobs, sha256: bytes) -> Callable[[UnitOfWork], SealedBlob | None]:
    def seal(uow: UnitOfWork) -> SealedBlob | None:
        """Return its blob: the one that waits to go up, if there is one."""
        for one in uow.blobs.known_of(sha256):
            if one.log_id is None and one.kind == ATTACHMENT and one.held == one.size:
                return SealedBlob(one.name, uow.blobs.read(one.name, 0, one.size))
        content = uow.attachments.get(sha256.hex())
        return None if content is None else blobs.seal_attachment(content)

    return seal
