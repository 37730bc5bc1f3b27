"""A laptop's backup: its files on a stick, as they are, sealed as they are, and read back.

The database is copied page by page while it stands still and work goes on (:mod:`db.standing`): the
same pages under the same key, in pieces that FAT32 takes. With it lie the vault file with every
person's way in, the copy of what makes the laptop itself, what opens all of it without the program
(:mod:`db.backup_openers`), and what the backup says of itself (:mod:`db.backup_manifest`). Nothing
that is anybody's is in clear on the stick, and nothing there says what it is for.

Only when all of it was read back, each page authenticated under the key, and the database opened
where it lies, is the backup declared whole; only then do older ones go. Network thread.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import sqlcipher3.dbapi2 as sqlcipher

from app.crypto.passphrase import Argon2Bounds
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from db.backup_found import (
    FoundBackup,
    new_name,
    next_number,
    remove_backup,
    remove_older,
    remove_unfinished,
)
from db.backup_manifest import (
    MANIFEST_NAME,
    PIECE_BYTES_MAX,
    PIECES_MAX,
    BackedFile,
    Manifest,
    piece_name,
)
from db.backup_openers import openers as openers_of
from db.backup_stick import (
    BLOCK_BYTES,
    damaged_unless_gone,
    names_in,
    on_stick,
    read_whole,
    reading,
    sync_names,
    writing,
)
from db.cipher_page import PAGE_BYTES, SALT_BYTES, PageCheck
from db.engine import read_only
from db.errors import translated
from db.key_slots import checked
from db.laptop_copy import COPY_NAME
from db.laptop_files import READY_NAME, VAULT_NAME
from db.standing import Standing
from db.store_facts import StoreFacts, facts_of
from db.vault import BOUNDS, read_content

__all__ = [
    "BackupSource",
    "MadeBackup",
    "checked_pieces",
    "checked_small_file",
    "make_backup",
    "opened_facts",
    "read_source",
]

KEPT: Final = 4
"""Backups of one laptop on one stick: of a month, made every week."""

OWNER_ONLY: Final = 0o700
_ROOM_BESIDE: Final = 1 << 20

Progress = Callable[[int, int], None]
"""Is told how many bytes of how many are done; raises to stop."""


@dataclass(frozen=True, slots=True)
class BackupSource:
    """What a backup is made of, as it was at one moment. ``key``: of the database, a copy that is
    wiped when it is done; ``last_number``: of the last backup that this laptop made, 0: none."""

    standing: Standing
    key: SecretKey
    vault: bytes
    vault_id: bytes
    generation: int
    copy: bytes | None
    openers: Mapping[str, bytes]
    program: str
    made_ms: int
    day: date
    last_number: int


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """A backup that was made, read back and opened. ``removed``: how many older ones went; None:
    they could not be looked at. ``unfinished``: the names of the folders beside it that were cut
    off and that the stick does not let go; they count as none."""

    found: FoundBackup
    removed: int | None
    unfinished: tuple[str, ...] = ()


def read_source(
    standing: Standing,
    key: SecretKey,
    *,
    program: str,
    made_ms: int,
    day: date,
    last_number: int,
    openers: Iterable[Path] = (),
    names: bytes = b"",
    bounds: Argon2Bounds = BOUNDS,
) -> BackupSource:
    """Return what a backup of this laptop is made of. ``openers``: the files that open it without
    the program; ``names``: what its fields and codes are called. Storage thread.

    Raises DomainError ``vault_altered`` where the vault file does not lead to this key (a backup
    with it would open for nobody), and as :func:`db.vault.enter` does for the file;
    EnvironmentFault of this laptop's disk.
    """
    folder = standing.path.parent
    with translated():
        vault = (folder / VAULT_NAME).read_bytes()
        path = folder / COPY_NAME
        copy = path.read_bytes() if path.exists() else None
    file = read_content(vault, bounds=bounds)
    vault_id, generation = b"", 0  # of the first format, which says neither
    if file is not None:
        vault_id, generation = checked(file, key).id, file.generation
    return BackupSource(
        standing=standing,
        key=SecretKey(key.reveal()),
        vault=vault,
        vault_id=vault_id,
        generation=generation,
        copy=copy,
        openers=openers_of(openers, names, key, os.urandom),
        program=program,
        made_ms=made_ms,
        day=day,
        last_number=last_number,
    )


def make_backup(
    place: Path,
    source: BackupSource,
    confirm: Callable[[], bool],
    progress: Progress,
    *,
    draw: Callable[[int], bytes] = os.urandom,
    keep: int = KEPT,
    piece_bytes: int = PIECE_BYTES_MAX,
) -> MadeBackup:
    """Make a backup in the folder ``place``, and take away the oldest of more than ``keep``. What
    was cut off there before goes first, and stops nothing where it cannot.

    ``confirm`` says at the end whether the database stood still all the time. When it raises, no
    whole backup was added, and none went. Raises EnvironmentFault ``backup_no_room`` (``needed``,
    ``free``, in MiB), ``backup_no_room_beside`` (``names``, too), ``backup_stick_gone``,
    ``backup_stick_full``, ``backup_stick_read_only``, ``backup_stick_bad`` where it does not give
    back what was written, ``backup_interrupted``; ``file_damaged`` of the database itself; whatever
    ``progress`` raises.
    """
    with translated():
        size = source.standing.path.stat().st_size
    if size % PAGE_BYTES or not size or size > piece_bytes * PIECES_MAX:
        raise EnvironmentFault("file_damaged")
    with on_stick():
        unfinished = remove_unfinished(place)
        _check_room(place, size + sum(map(len, _small_files(source).values())), unfinished)
        number = next_number(place, source.vault_id, source.key, source.last_number)
        folder = place / new_name(place, source.day, draw)
        folder.mkdir(mode=OWNER_ONLY)
    try:
        manifest = _write(folder, source, number, size, piece_bytes, progress)
        _read_back(folder, manifest, source.key, progress)
        if not confirm():
            raise EnvironmentFault("backup_interrupted")
        with on_stick():
            with writing(folder / READY_NAME):
                pass
            sync_names(folder)
            sync_names(place)
    except BaseException:
        # What cannot be taken away has no "listo", or loses it first: it counts as none.
        with contextlib.suppress(OSError):
            remove_backup(folder)
        raise
    found = FoundBackup(folder, manifest)
    try:
        removed = remove_older(place, found, source.key, keep)
    except OSError:
        return MadeBackup(found, None, unfinished)
    return MadeBackup(found, removed, unfinished)


def _check_room(place: Path, needed: int, unfinished: Sequence[str]) -> None:
    free = shutil.disk_usage(place).free
    if free < needed + _ROOM_BESIDE:
        said = {"needed": -(-needed >> 20) or 1, "free": free >> 20}
        if unfinished:
            names = ", ".join(unfinished)
            raise EnvironmentFault("backup_no_room_beside", **said, names=names)
        raise EnvironmentFault("backup_no_room", **said)


def _small_files(source: BackupSource) -> dict[str, bytes]:
    copy = {COPY_NAME: source.copy} if source.copy else {}
    return {VAULT_NAME: source.vault, **copy, **source.openers}


def _write(
    folder: Path,
    source: BackupSource,
    number: int,
    size: int,
    piece_bytes: int,
    progress: Progress,
) -> Manifest:
    small = _small_files(source)
    files = []
    total = 2 * (size + sum(map(len, small.values())))
    done = 0
    for name, content in small.items():
        with on_stick(), writing(folder / name) as write:
            write(content)
        files.append(BackedFile(name, len(content), hashlib.sha256(content).hexdigest()))
        done += len(content)
    with contextlib.ExitStack() as closing:
        with translated():
            database = closing.enter_context(source.standing.path.open("rb", buffering=0))
        for piece in range(1, -(-size // piece_bytes) + 1):
            length = min(piece_bytes, size - (piece - 1) * piece_bytes)
            hashed = hashlib.sha256()
            with on_stick(), writing(folder / piece_name(piece)) as write:
                left = length
                while left:
                    with translated():
                        content = database.read(min(BLOCK_BYTES, left))
                    if not content:
                        raise EnvironmentFault("backup_interrupted")
                    write(content)
                    hashed.update(content)
                    left -= len(content)
                    done += len(content)
                    progress(done, total)
            files.append(BackedFile(piece_name(piece), length, hashed.hexdigest()))
    sealed = Manifest(
        source.made_ms,
        source.program,
        source.vault_id,
        source.generation,
        source.standing.facts,
        tuple(files),
        number,
    ).sealed(source.key)
    with on_stick():
        with writing(folder / MANIFEST_NAME) as write:
            write(sealed.to_bytes())
        sync_names(folder)
    return sealed


def _read_back(folder: Path, manifest: Manifest, key: SecretKey, progress: Progress) -> None:
    """Compare everything with what was written, and open it. Raises EnvironmentFault
    ``backup_stick_bad``; ``file_damaged`` where it was so on the laptop."""
    total, done = 2 * manifest.total_bytes, manifest.total_bytes
    try:
        with on_stick():
            with damaged_unless_gone(folder, MANIFEST_NAME):
                content = read_whole(folder / MANIFEST_NAME, len(manifest.to_bytes()))
            if content != manifest.to_bytes():
                raise DomainError("backup_damaged", file=MANIFEST_NAME)
            for one in manifest.files:
                if one not in manifest.pieces:
                    checked_small_file(folder, one)
                    done += one.size
        for part in checked_pieces(folder, manifest, key, of_laptop="file_damaged"):
            done += len(part)
            progress(done, total)
        if opened_facts(folder, manifest, key) not in (None, manifest.facts):
            raise DomainError("backup_damaged", file=piece_name(1))
    except DomainError as refusal:
        if refusal.message_id != "backup_damaged":
            raise
        raise EnvironmentFault("backup_stick_bad") from None


def checked_small_file(folder: Path, said: BackedFile) -> bytes:
    """Return what a file of a backup holds. Raises DomainError ``backup_damaged`` where that is not
    what the backup says of it, or where it cannot be read; OSError where the stick is gone."""
    with damaged_unless_gone(folder, said.name):
        content = read_whole(folder / said.name, said.size)
    if len(content) != said.size or hashlib.sha256(content).hexdigest() != said.sha256:
        raise DomainError("backup_damaged", file=said.name)
    return content


def checked_pieces(
    folder: Path, manifest: Manifest, key: SecretKey, *, of_laptop: str = "backup_damaged"
) -> Iterator[bytes]:
    """Yield the database from its pieces, block by block, each page authenticated before it is
    given; of each piece the hash is compared behind its last block.

    Raises DomainError ``backup_damaged`` (``file``) where a piece cannot be read or is not what
    the backup says, and ``of_laptop`` where it is, and a page in it is not one of this key all the
    same; EnvironmentFault of the stick where it is gone.
    """
    check, number = None, 0
    for said in manifest.pieces:
        hashed, left, wrong = hashlib.sha256(), said.size, False
        path = folder / said.name
        with on_stick(), damaged_unless_gone(folder, said.name), reading(path) as handle:
            while left:
                block = _block(handle, min(BLOCK_BYTES, left))
                if len(block) != min(BLOCK_BYTES, left):
                    raise DomainError("backup_damaged", file=said.name)
                hashed.update(block)
                left -= len(block)
                check = check or PageCheck(key, block[:SALT_BYTES])
                for at in range(0, len(block), PAGE_BYTES):
                    number += 1
                    wrong = wrong or not check(number, block[at : at + PAGE_BYTES])
                if not wrong:
                    yield block
            is_more = bool(os.read(handle, 1))
        if is_more or hashed.hexdigest() != said.sha256:
            raise DomainError("backup_damaged", file=said.name)
        if wrong:
            raise DomainError(of_laptop, file=said.name)


def _block(handle: int, size: int) -> bytes:
    parts, left = [], size
    while left and (part := os.read(handle, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def opened_facts(
    folder: Path, manifest: Manifest, key: SecretKey, *, is_thorough: bool = False
) -> StoreFacts | None:
    """Open the database where it lies and return what it holds; None where it lies in several
    pieces, which open only when they are joined. ``is_thorough`` looks at its trees, too.

    Raises DomainError ``backup_damaged``; EnvironmentFault of the stick.
    """
    if len(manifest.pieces) != 1:
        return None
    name = manifest.pieces[0].name
    try:
        with contextlib.closing(read_only(folder / name, key)) as connection:
            if is_thorough:
                found = connection.execute("PRAGMA quick_check(1)").fetchone()
                if found != ("ok",):
                    raise DomainError("backup_damaged", file=name)
            return facts_of(connection.cursor())
    except (sqlcipher.Error, QispiError):
        with on_stick():
            names_in(folder)  # one that is gone says so
        raise DomainError("backup_damaged", file=name) from None
