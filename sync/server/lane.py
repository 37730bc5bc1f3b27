"""What the server does with attachments and snapshots: who signed, how large, whole or not.

It cannot open them. A snapshot has to name a place of the centre's very log; an attachment has only
its label. Pieces are kept as they come; a blob counts once its whole body has the hash that its
signed head names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from sync.protocol import limits
from sync.protocol.blob import (
    BLOB_HEAD_BYTES,
    BODY_PERSON,
    BlobHead,
    BlobKind,
    blob_id,
    check_head_signature,
    parse_head,
    size_of,
)
from sync.protocol.codec import split_ids
from sync.protocol.errors import ProtocolError
from sync.protocol.lane import (
    BlobGet,
    BlobHave,
    BlobHaveReply,
    BlobState,
    SnapshotReply,
    SnapshotState,
)
from sync.protocol.roster import Roster
from sync.server.blobs import BlobRow, Fit, NewBlob, Room
from sync.server.store import Store

__all__ = ["answer_have", "answer_snapshot", "give_piece", "take_piece"]

_REFUSED: Final = {
    Fit.NO_ROOM: "blob_quota",
    Fit.TOO_MANY: "blob_too_many",
    Fit.GONE: "blob_gap",
}


def answer_have(store: Store, centre: bytes, request: BlobHave) -> BlobHaveReply:
    """Say what of some blobs is there, asked by name or label."""
    asked = split_ids(request.asked)
    found = store.blobs.find(centre, asked)
    return BlobHaveReply(
        tuple(
            BlobState(which, row.name, row.size, _said(row))
            for which, one in enumerate(asked)
            for row in found.get(one, ())
        )
    )


def take_piece(
    store: Store, roster: Roster, centre: bytes, name: bytes, start: int, content: bytes
) -> int:
    """Keep a piece of a blob, and return how many bytes of it are held now.

    The first one holds the whole head, or nothing is kept. Raises ProtocolError ``blob_gap`` when
    it does not continue what is held, or what was held made room for others meanwhile;
    ``blob_altered`` when the whole is not what the head names (nothing of it is kept then),
    ``blob_quota``, ``blob_too_many`` of one label, ``snapshot_other_log``, and what is wrong with
    the head.
    """
    if (kept := store.blobs.blob(centre, name)) is None:
        if start:
            raise ProtocolError("blob_gap")
        _begin(store, roster, centre, name, content)
    elif kept.is_whole:
        return kept.size
    held = store.blobs.append(centre, name, start, content)
    kept = store.blobs.blob(centre, name)
    if held is None or kept is None or kept.held < held:
        raise ProtocolError("blob_gap")
    if kept.held == kept.size and not kept.is_whole:
        _finish(store, centre, kept)
    return held


def give_piece(store: Store, centre: bytes, request: BlobGet) -> bytes:
    """Return a piece of a whole blob; nothing behind its end. Raises ProtocolError
    ``blob_unknown``."""
    kept = store.blobs.blob(centre, request.name)
    if kept is None or not kept.is_whole:
        raise ProtocolError("blob_unknown")
    return store.blobs.read(centre, request.name, request.start, request.most)


def answer_snapshot(store: Store, centre: bytes) -> SnapshotReply:
    """Return the snapshots of the centre's log as it is now, the newest first."""
    head = store.head(centre)
    states = tuple(
        SnapshotState(row.name, row.size, row.position, store.blobs.log_bytes(centre, row.position))
        for row in _current(store, centre)
    )
    return SnapshotReply(head.log_id, states[: limits.SNAPSHOTS_MAX], head.position)


def _room() -> Room:
    return Room(
        limits.BLOBS_BYTES_MAX,
        limits.BLOBS_OF_DEVICE_MAX,
        limits.BLOB_UNFINISHED_BYTES_MAX,
        limits.BLOB_UNFINISHED_MAX,
    )


def _said(row: BlobRow) -> int:
    """Return how many bytes of it to tell of: all of them only of what was verified."""
    return row.size if row.is_whole else min(row.held, row.size - 1)


def _begin(store: Store, roster: Roster, centre: bytes, name: bytes, content: bytes) -> None:
    """Look at the signed head before anything is kept."""
    head = parse_head(content)
    if len(content) < BLOB_HEAD_BYTES:
        raise ProtocolError("blob_truncated")
    if blob_id(content) != name:
        raise ProtocolError("blob_altered")
    if head.centre != centre:
        raise ProtocolError("blob_wrong_centre")
    device = roster.devices.get(head.device)
    if device is None or device.centre != centre:
        raise ProtocolError("blob_unknown_device")
    check_head_signature(content, device.sign_key)
    if head.kind == BlobKind.SNAPSHOT and not _is_of_log(store, centre, head):
        raise ProtocolError("snapshot_other_log")
    new = NewBlob(
        name=name,
        kind=head.kind,
        label=head.label,
        log_id=head.log_id,
        position=head.position,
        chain=head.chain,
        size=size_of(head),
        body_hash=head.body_hash,
        device=head.device,
    )
    fit = store.blobs.begin(centre, new, _room())
    if fit is not Fit.FITS:
        raise ProtocolError(_REFUSED[fit])


def _finish(store: Store, centre: bytes, kept: BlobRow) -> None:
    """Verify a whole blob. Of snapshots only the newest stay.

    Hashing takes its time, and nothing is locked meanwhile: what was read may have made room for
    others, and even come again. Then nothing was verified.
    """
    hashed = hashlib.blake2b(digest_size=32, person=BODY_PERSON)
    for piece in _body(store, centre, kept.name):
        hashed.update(piece)
    if hashed.digest() != kept.body_hash:
        was_there = store.blobs.drop(centre, kept)
        raise ProtocolError("blob_altered" if was_there else "blob_gap")
    fit = store.blobs.finish(centre, kept, _room())
    now = store.blobs.blob(centre, kept.name)
    if fit is not Fit.FITS and (now is None or not now.is_whole):
        raise ProtocolError(_REFUSED[fit])
    if kept.kind == BlobKind.SNAPSHOT:
        staying = {row.name for row in _current(store, centre)[: limits.SNAPSHOTS_MAX]}
        for row in store.blobs.snapshots(centre):
            if row.name not in staying:
                store.blobs.drop(centre, row)


def _body(store: Store, centre: bytes, name: bytes) -> Iterator[bytes]:
    left = BLOB_HEAD_BYTES
    for piece in store.blobs.pieces(centre, name):
        yield piece[left:]
        left = max(0, left - len(piece))


def _current(store: Store, centre: bytes) -> list[BlobRow]:
    """Return the whole snapshots whose place is in the log: a server put back to an old state, or
    set up anew, may hold others."""
    return [row for row in store.blobs.snapshots(centre) if _is_of_log(store, centre, row)]


def _is_of_log(store: Store, centre: bytes, said: BlobHead | BlobRow) -> bool:
    if store.head(centre).log_id != said.log_id:
        return False
    return store.chain_at(centre, said.position) == said.chain
