"""What a snapshot says: every head of a centre's records at one place of its log.

An accelerator and nothing more: a new laptop shows the files from it at once, and fetches the whole
log behind it. The heads travel as the changes that they are, with their bases, so that taking a
snapshot in is taking changes in, and the log that comes later only fills in the history. Beside
each head stands the batch that brought it and its place there, by which later batches may name it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Annotated, Final

import msgspec
import zstandard

from app.domain.change import Change
from app.domain.errors import DomainError
from app.domain.registry import FieldRegistry
from app.services.ports import NO_CONTEXT, Cursor, PlacedHead, SnapshotContent
from sync.envelope.padding import BombError, decompressed
from sync.envelope.payload import CHANGES_MAX, decode_changes, encode_changes
from sync.envelope.varints import read_varints, write_varints
from sync.protocol.messages import Hash32, Id16, Position

__all__ = ["HEADS_MAX", "decode_snapshot", "encode_snapshot"]

_VERSION: Final = 1
_LEVEL: Final = 12
"""A laptop makes one now and then, and waits for it: half the time of 19, four per cent more."""
_PART: Final = 20_000
HEADS_MAX: Final = 1_000_000
CONTENT_MAX: Final = 192 << 20
PARTS_MAX: Final = HEADS_MAX // 1_000
_CONTEXT_BYTES: Final = len(NO_CONTEXT)


class _Content(msgspec.Struct, frozen=True, array_like=True):
    version: Annotated[int, msgspec.Meta(ge=1, le=255)]
    log_id: Id16
    position: Position
    chain: Hash32
    parts: Annotated[tuple[bytes, ...], msgspec.Meta(max_length=PARTS_MAX)]
    contexts: bytes
    context_of: bytes
    place_of: bytes


def encode_snapshot(registry: FieldRegistry, snapshot: SnapshotContent) -> bytes:
    """Return the content of a snapshot. Raises DomainError ``snapshot_over_limit``."""
    heads = snapshot.heads
    if len(heads) > HEADS_MAX:
        raise DomainError("snapshot_over_limit")
    places: dict[bytes, int] = {}
    of = [places.setdefault(head.context, len(places)) for head in heads]
    content = _Content(
        version=_VERSION,
        log_id=snapshot.at.log_id,
        position=snapshot.at.position,
        chain=snapshot.at.chain,
        parts=tuple(
            encode_changes(registry, [head.change for head in heads[start : start + _PART]])
            for start in range(0, len(heads), _PART)
        ),
        contexts=b"".join(places),
        context_of=write_varints(of),
        place_of=write_varints(head.place for head in heads),
    )
    encoded = msgspec.msgpack.encode(content)
    if len(encoded) > CONTENT_MAX:
        raise DomainError("snapshot_over_limit")
    return zstandard.ZstdCompressor(level=_LEVEL, write_content_size=True).compress(encoded)


def decode_snapshot(registry: FieldRegistry, content: bytes) -> SnapshotContent:
    """Return the snapshot of these bytes, with the ids of its changes computed anew.

    Raises DomainError ``snapshot_malformed``, ``snapshot_over_limit``, ``snapshot_newer``.
    """
    try:
        said = msgspec.msgpack.decode(decompressed(content, CONTENT_MAX), type=_Content)
        if said.version > _VERSION:
            raise DomainError("snapshot_newer")
        changes = tuple(_changes(registry, said.parts))
        return SnapshotContent(
            Cursor(said.log_id, said.position, said.chain), tuple(_heads(changes, said))
        )
    except BombError:
        raise DomainError("snapshot_over_limit") from None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise DomainError("snapshot_malformed") from None


def _changes(registry: FieldRegistry, parts: Sequence[bytes]) -> Iterator[Change]:
    for number, part in enumerate(parts):
        if (number + 1) * _PART > HEADS_MAX + CHANGES_MAX:
            raise DomainError("snapshot_over_limit")
        try:
            yield from decode_changes(registry, part)
        except DomainError as refusal:
            is_newer = refusal.message_id == "batch_unknown_version"
            raise DomainError("snapshot_newer" if is_newer else "snapshot_malformed") from None


def _heads(changes: Sequence[Change], said: _Content) -> Iterator[PlacedHead]:
    contexts = [
        said.contexts[at : at + _CONTEXT_BYTES]
        for at in range(0, len(said.contexts), _CONTEXT_BYTES)
    ]
    if len(said.contexts) % _CONTEXT_BYTES or len({one.id for one in changes}) != len(changes):
        raise ValueError("a table cut off, or a change twice")
    columns = (read_varints(said.context_of), read_varints(said.place_of))
    rows = itertools.zip_longest(changes, *columns)
    for change, of, place in rows:
        if change is None or of is None or place is None or of >= len(contexts):
            raise ValueError("columns do not fit")
        yield PlacedHead(change, contexts[of], place)
