"""``lotes.bin``: every sealed batch a second time, in a file beside the database that only grows.

A database that a hard power-off damaged is made anew from it (:mod:`app.recovery`). Own batches and
received ones, those set aside with their bytes, where each stands in the region's verified log, and
how far that was verified. Frames are those of :mod:`db.frames`; the body of each is a salt (16)
and what follows, sealed under a key made of the database's as :mod:`app.crypto.sealing` does (kind
``batch-archive``, the kind of the frame as associated data). So without the vault the file does not
even say which laptops there are.

====  =======================================================================================
kind  body
====  =======================================================================================
1     a batch, as it was sealed
2     log id (16), and for each place: batch id (32), position (8), chain (32), ``01`` when the
      batch's bytes are kept; without a known chain, zeros
3     the cursor: log id (16), position (8), chain (32)
4     a mark, the last frame of what was appended at once: where that begins in the file (8), and
      what the database held then (32)
5     a batch id (32), and ``01`` when it was set aside since as what a laptop that was taken out
      may have written behind that, ``00`` when it was taken in after all; the last word counts
====  =======================================================================================

It is written right after the commit that touched batches, and never in its way: what the disk
refuses is owed, and written after the next commit or at the next opening. Storage thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import logging
import os
import secrets
import struct
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, bindparam, func, literal, select, union_all

from app.atomic_file import sync_folder
from app.crypto.sealing import SALT_BYTES, TAG_BYTES, seal_under
from app.crypto.secret import SecretKey
from app.domain.errors import EnvironmentFault
from app.services.batch_ports import REVOKED_DEVICE, Cursor
from app.services.rebuild import LogPlace
from db.archive_contents import (
    BATCH,
    CURSOR,
    CURSOR_BODY,
    KIND,
    MARK,
    NO_CHAIN,
    PLACE,
    SEEN,
    SHUT,
    SHUT_BODY,
    ArchiveContents,
    archive_key,
    opened_frame,
    read_archive,
)
from db.batch_journal import BatchJournal
from db.errors import fault_of_system
from db.frames import OVERHEAD_BYTES, Frame, frame_at, framed, scan
from db.schema import batch, batch_content, cursor, log_place, set_aside

__all__ = ["ARCHIVE_NAME", "Archive"]

ARCHIVE_NAME: Final = "lotes.bin"

_MARK_BODY: Final = struct.Struct(">Q32s")
_MARK_BYTES: Final = OVERHEAD_BYTES + SALT_BYTES + TAG_BYTES + _MARK_BODY.size
_PLACES_AT_ONCE: Final = 8_000
_OWNER_ONLY: Final = 0o600
_OPEN_FLAGS: Final = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)

_LOG: Final = logging.getLogger("qispi.archive")

_COUNTS = select(func.count(), func.count(batch.c.position))
_WAITING = select(batch.c.id).where(batch.c.position.is_(None)).order_by(batch.c.seq)
_IS_SHUT = (
    set_aside.c.content.is_not(None)
    & (set_aside.c.reason == REVOKED_DEVICE)
    & set_aside.c.position.is_(None)
)
_SHUT_IDS = select(set_aside.c.batch).where(_IS_SHUT)
_ASIDE = select(
    func.count(set_aside.c.content),
    func.max(set_aside.c.seq),
    func.count(),
    func.count().filter(_IS_SHUT),
)
_CURSOR_ROW = select(cursor.c.log_id, cursor.c.position, cursor.c.chain)
_STORED = (
    select(batch_content.c.content)
    .join(batch, batch_content.c.batch_seq == batch.c.seq)
    .where(batch.c.id == bindparam("of_batch"))
)
_ASIDE_CONTENT = select(set_aside.c.content).where(set_aside.c.batch == bindparam("of_batch"))
_CHAINS = select(log_place.c.position, log_place.c.chain).where(
    log_place.c.position.between(bindparam("first"), bindparam("last"))
)
_IDS = select(batch.c.id).order_by(batch.c.seq)
_ASIDE_IDS = (
    select(set_aside.c.batch)
    .where(set_aside.c.content.is_not(None), set_aside.c.reason != REVOKED_DEVICE)
    .order_by(set_aside.c.seq)
)
_PLACES = union_all(
    select(batch.c.id, batch.c.position, literal(1), log_place.c.chain)
    .outerjoin_from(batch, log_place, log_place.c.position == batch.c.position)
    .where(batch.c.position.is_not(None)),
    select(
        set_aside.c.batch,
        set_aside.c.position,
        set_aside.c.content.is_not(None),
        log_place.c.chain,
    )
    .outerjoin_from(set_aside, log_place, log_place.c.position == set_aside.c.position)
    .where(set_aside.c.position.is_not(None)),
)


class Archive:
    """The file of one open database. ``trouble`` is why something is owed to it, or None."""

    def __init__(self, path: Path, key: SecretKey) -> None:
        """``key`` is the database's; only what is derived from it is kept."""
        self._path = path
        self._key = archive_key(key)
        self._descriptor: int | None = None
        self._end = 0
        self._was_other: ArchiveContents | None = None
        self._has_more = False
        """The file has batches that the database lacked when it was read: the next opening reads it
        again, in case they were not taken in."""
        self.is_behind = True
        self.trouble: str | None = None

    def bring_level(self, connection: Connection, *, reads_all: bool = False) -> None:
        """Append what the database has and the file lacks; cut what was torn off its end.

        Without ``reads_all`` the whole file is read only when its last mark does not say the same
        as the database. Raises nothing that people could act on: see ``trouble``.
        """
        try:
            state = _state(connection)
            said = self._said()
            if reads_all or said != state:
                contents = self._was_other = read_archive(self._path, self._key)
                self._has_more = bool(_beyond(connection, contents))
                self._cut_to(contents)
                lacking = self._lacking(connection, contents)
                first = next(lacking, None)
                if first is not None:
                    self._append(itertools.chain((first,), lacking), state)
                elif said != (_MORE if self._has_more else state):
                    self._append((), state)
        except (OSError, EnvironmentFault) as error:
            self._owe(error)
        else:
            self.is_behind, self.trouble = False, None

    def lacking_in(self, connection: Connection) -> dict[bytes, bytes]:
        """Return the batches, by their ids, that the file has and the database does not, when the
        file had to be read because the two did not say the same; else nothing. Raises OSError."""
        contents, self._was_other = self._was_other, None
        if contents is None:
            return {}
        return {one: contents.content(one) for one in _beyond(connection, contents)}

    def frames_of(self, connection: Connection, journal: BatchJournal) -> tuple[list[bytes], bytes]:
        """Return what a unit that is about to commit has to append, and the state behind it."""
        frames = [self._sealed(BATCH, one.content) for one in journal.batches]
        frames += [self._sealed(SHUT, SHUT_BODY.pack(*one)) for one in journal.shut]
        places = {position: (name, kept) for name, position, kept in journal.seen}
        now = connection.execute(_CURSOR_ROW).first()
        if now is not None:
            frames += self._seen(connection, now.log_id, places)
            frames.append(self._sealed(CURSOR, CURSOR_BODY.pack(*now)))
        return frames, _state(connection)

    def append(self, frames: Iterable[bytes], state: bytes) -> None:
        """Write and wait until it is on the disk; what the disk refuses is owed."""
        try:
            self._append(frames, state)
        except OSError as error:
            self._owe(error)

    def close(self) -> None:
        """Let the file go, and forget the key."""
        self._key.wipe()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        if self._descriptor is None:
            is_new = not self._path.exists()
            self._descriptor = os.open(self._path, _OPEN_FLAGS, _OWNER_ONLY)
            if is_new:
                sync_folder(self._path.parent)
            self._end = os.fstat(self._descriptor).st_size
        return self._descriptor

    def _said(self) -> bytes | None:
        """Return the state that the last mark names; None when the end of the file is torn."""
        if not self._path.exists():
            return _EMPTY
        self._open()
        begin = self._end - _MARK_BYTES
        with self._path.open("rb") as file:
            mark = frame_at(file, begin, self._end)
            body = opened_frame(self._key, mark) if mark and mark.kind == MARK else None
            if body is None or len(body) != _MARK_BODY.size:
                return None
            appended_at, said = _MARK_BODY.unpack(body)
            # What was written at once may have reached the disk in another order.
            is_whole = appended_at <= begin and all(
                isinstance(one, Frame) for one in scan(file, begin, start=appended_at)
            )
        return bytes(said) if is_whole else None

    def _cut_to(self, contents: ArchiveContents) -> None:
        descriptor = self._open()
        if contents.end < contents.size:
            os.ftruncate(descriptor, contents.end)
            os.fsync(descriptor)
        self._end = contents.end

    def _lacking(self, connection: Connection, contents: ArchiveContents) -> Iterator[bytes]:
        for ids, content_of in ((_IDS, _STORED), (_ASIDE_IDS, _ASIDE_CONTENT)):
            for one in connection.execute(ids).scalars().all():
                if one not in contents.batches:
                    content = connection.execute(content_of, {"of_batch": one}).scalar_one()
                    yield self._sealed(BATCH, content)
        shut = set(connection.execute(_SHUT_IDS).scalars())
        known = _known(connection)
        for one in contents.batches:
            # An older database that does not know of it takes no word back.
            if (one in shut) != (one in contents.shut) and one in known:
                yield self._sealed(SHUT, SHUT_BODY.pack(one, one in shut))
        now = connection.execute(_CURSOR_ROW).first()
        if now is None:
            return
        held = contents.places.get(now.log_id, {})
        lacking = {}
        for name, position, is_kept, chain in connection.execute(_PLACES):
            # A log put back to an old state may have the same batch there behind others.
            if held.get(position) != LogPlace(name, chain, bool(is_kept)):
                lacking[position] = (name, bool(is_kept))
        yield from self._seen(connection, now.log_id, lacking)
        said = CURSOR_BODY.pack(*now)
        if contents.cursor != Cursor(*CURSOR_BODY.unpack(said)):
            yield self._sealed(CURSOR, said)

    def _append(self, frames: Iterable[bytes], state: bytes) -> None:
        descriptor = self._open()
        begin = self._end
        try:
            os.lseek(descriptor, begin, os.SEEK_SET)
            at = begin
            for one in frames:
                at += _write(descriptor, one)
            said = _MORE if self._has_more else state
            at += _write(descriptor, self._sealed(MARK, _MARK_BODY.pack(begin, said)))
            os.fsync(descriptor)
        except OSError:
            # The next writing begins where this one did; if even this fails, the reader cuts it.
            with contextlib.suppress(OSError):
                os.ftruncate(descriptor, begin)
            raise
        self._end = at

    def _seen(
        self, connection: Connection, log_id: bytes, places: Mapping[int, tuple[bytes, bool]]
    ) -> Iterator[bytes]:
        positions = sorted(places)
        for begin in range(0, len(positions), _PLACES_AT_ONCE):
            part = positions[begin : begin + _PLACES_AT_ONCE]
            rows = connection.execute(_CHAINS, {"first": part[0], "last": part[-1]})
            chains = {row.position: row.chain for row in rows}
            entries = [
                PLACE.pack(places[at][0], at, chains.get(at, NO_CHAIN), places[at][1])
                for at in part
            ]
            yield self._sealed(SEEN, b"".join((log_id, *entries)))

    def _sealed(self, kind: int, body: bytes) -> bytes:
        salt = secrets.token_bytes(SALT_BYTES)
        return framed(kind, salt, seal_under(self._key, KIND, body, salt=salt, bound=bytes([kind])))

    def _owe(self, error: OSError | EnvironmentFault) -> None:
        fault = error if isinstance(error, EnvironmentFault) else fault_of_system(error)
        if not (self.is_behind and self.trouble == fault.message_id):
            _LOG.warning("archive_behind", extra={"reason": fault.message_id})
        self.is_behind, self.trouble = True, fault.message_id


def _write(descriptor: int, content: bytes) -> int:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    return len(content)


def _beyond(connection: Connection, contents: ArchiveContents) -> list[bytes]:
    """Return the batches of a file that the database neither holds nor lists, but for what a laptop
    that was taken out may have written since."""
    known = _known(connection) | contents.shut
    return [one for one in contents.batches if one not in known]


def _known(connection: Connection) -> set[bytes]:
    """Return the batches that the database holds or lists."""
    known = set(connection.execute(_IDS).scalars())
    known.update(connection.execute(select(set_aside.c.batch)).scalars())
    return known


def _state(connection: Connection) -> bytes:
    """Return a name for all that the database holds of batches.

    The chain at the cursor proves every batch that was seen in the log; those that wait are named.
    """
    counts = tuple(connection.execute(_COUNTS).one())
    aside = tuple(connection.execute(_ASIDE).one())
    now = connection.execute(_CURSOR_ROW).first()
    if not counts[0] and not aside[2] and now is None:
        return _EMPTY
    state = hashlib.blake2b(digest_size=32, person=b"qispi-lotes-db")
    state.update(repr((counts, aside, tuple(now) if now else None)).encode())
    for one in connection.execute(_WAITING).scalars():
        state.update(one)
    return state.digest()


_EMPTY: Final = bytes(32)
_MORE: Final = b"\xff" * 32
