"""A snapshot on a stick: how a new laptop without a network shows everything before the batches on
the stick are read.

A laptop that is level with the region's log leaves one; a new one takes its heads in, as a claim:
no cursor moves for it, what it says counts as received nowhere, and the batches on the stick and
the server's log are read as if there were none. A snapshot that is of no use is passed over.
Network thread; storage is asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final

from app.domain.errors import DomainError, EnvironmentFault
from app.services import snapshot
from app.services.ports import Cursor, Desk, SnapshotContent, UnitOfWork
from app.services.read_models import SyncStep
from sync.client.beginning import SPARES_MIN
from sync.client.requests import Ask, Note, Store
from sync.client.stick import Stick, Wanted
from sync.client.stick_heads import SPOILT, fronts_of_centre, signed_heads
from sync.envelope.centre_blobs import CentreBlobs
from sync.protocol.blob import BLOB_HEAD_BYTES, SNAPSHOT_BODY_MAX, BlobKind

__all__ = ["SNAPSHOT_FILE", "SNAPSHOT_FILES", "begin_from_stick", "leave_snapshot"]

SNAPSHOT_FILE: Final = ".resumen"
"""The ending of a snapshot."""

SNAPSHOT_FILES: Final[Mapping[str, Wanted]] = {
    SNAPSHOT_FILE: Wanted(
        1_024, range(BLOB_HEAD_BYTES + 1, BLOB_HEAD_BYTES + SNAPSHOT_BODY_MAX + 1)
    ),
}

_NO_ROOM: Final = frozenset({"stick_full", "stick_read_only", "stick_unsuited"})
"""A snapshot spares work and nothing more: a stick that does not take it is no failure."""

Session = Generator[Ask, Any, None]
log = logging.getLogger("qispi.lane")


def begin_from_stick(
    desk: Desk, blobs: CentreBlobs, stick: Stick, found: Mapping[str, int], batch_bytes: int
) -> Session:
    """Take in the newest snapshot on the stick that is of use, if this laptop holds nothing of the
    log yet. ``batch_bytes`` is what the batches there weigh, those of other centres too.

    Cut anywhere, the next stick begins anew. Raises EnvironmentFault ``stick_gone``.
    """
    sizes = {place: size for place, size in found.items() if batch_bytes - size >= SPARES_MIN}
    if not sizes or not (yield Store(snapshot.is_new)):
        return
    heads = signed_heads(blobs, stick, sizes, BlobKind.SNAPSHOT)
    for place in sorted(heads, key=lambda one: heads[one].position, reverse=True):
        content = stick.read(place, sizes[place])
        if content is None:
            continue
        try:
            said = blobs.open_snapshot(content)
        except DomainError as refusal:
            log.warning("a snapshot is passed over: %s", refusal.message_id)
            if refusal.message_id in SPOILT:
                stick.drop(place)
            continue
        for start in range(0, len(said.heads), snapshot.PART):
            yield Note(SyncStep.RECEIVE, 0, 0, start, len(said.heads))
            yield Store(_taking(desk, said, start))
        return


def leave_snapshot(blobs: CentreBlobs, stick: Stick, found: Mapping[str, int]) -> Session:
    """Leave a snapshot when this laptop is level with the log and the stick has none nearly as new,
    and take away the older ones of the centre. Raises EnvironmentFault ``stick_gone``."""
    cursor: Cursor | None = yield Store(lambda uow: uow.batches.cursor())
    if cursor is None:
        return
    heads = signed_heads(blobs, stick, found, BlobKind.SNAPSHOT)
    newest = max((one.position for one in heads.values() if one.log_id == cursor.log_id), default=0)
    content: SnapshotContent | None = yield Store(
        lambda uow: snapshot.content_of(uow) if snapshot.is_worth_it(uow, newest) else None
    )
    if content is None:
        return
    yield Note(SyncStep.SEND)
    try:
        sealed = blobs.seal_snapshot(content)
        name = sealed.id.hex() + SNAPSHOT_FILE
        stick.write(name, sealed.content)
    except DomainError as refusal:
        log.warning("no snapshot is made: %s", refusal.message_id)
        return
    except EnvironmentFault as fault:
        if fault.message_id not in _NO_ROOM:
            raise
        log.info("no snapshot is left: %s", fault.message_id)
        return
    for place in fronts_of_centre(blobs, stick, found, BlobKind.SNAPSHOT):
        if place.lower() != stick.home(name):
            stick.drop(place)


def _taking(desk: Desk, said: SnapshotContent, start: int) -> Callable[[UnitOfWork], None]:
    part = said.heads[start : start + snapshot.PART]
    return lambda uow: snapshot.take_claim(uow, desk, part)
