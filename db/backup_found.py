"""The backups on a stick: which are whole, which were cut off, which go when there are enough.

Folders ``respaldo-AAAA-MM-DD-XX``, two drawn letters at the end; ``listo`` is written into one
last, when it was read back and opened: without it a backup is unfinished, and counts as none.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from app.services.backup_ports import PassedOver
from db.backup_manifest import (
    MANIFEST_BYTES_MAX,
    MANIFEST_NAME,
    NUMBER_MAX,
    Manifest,
    is_file_of_backup,
)
from db.backup_stick import damaged_unless_gone, names_in, on_stick, read_whole, sync_names
from db.key_file import TAG_LETTERS
from db.laptop_files import READY_NAME

__all__ = [
    "FoundBackup",
    "Lying",
    "found_backups",
    "lying_at",
    "new_name",
    "next_number",
    "remove_backup",
    "remove_older",
    "remove_unfinished",
]

_NAME: Final = re.compile(rf"respaldo-\d{{4}}-\d{{2}}-\d{{2}}-[{TAG_LETTERS}]{{2}}")
_LOOKED_AT_MAX: Final = 200
_NAMES_DRAWN_MAX: Final = 2_000
_AHEAD_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class FoundBackup:
    """A whole backup: its folder, and what it says of itself."""

    folder: Path
    manifest: Manifest

    @property
    def held(self) -> tuple[int, int, int]:
        """How much it holds: what rises from one backup to the next where nothing was put back."""
        facts = self.manifest.facts
        return facts.changes, facts.audit_number, self.manifest.made_ms

    @property
    def order(self) -> tuple[int, ...]:
        """What the later one of a laptop's has the greater of: of those without a number nothing
        but their dates is known, for a laptop that was restored holds less, and later."""
        number = self.manifest.number
        return (number, *self.held) if number else (0, self.manifest.made_ms, *self.held)


@dataclass(frozen=True, slots=True)
class Lying:
    """What lies in a folder: of each laptop its backups, and what cannot be read, with why."""

    laptops: tuple[tuple[FoundBackup, ...], ...]
    unread: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True)
class _Listed:
    whole: tuple[FoundBackup, ...]
    unfinished: tuple[Path, ...]
    unread: tuple[PassedOver, ...]
    refusals: tuple[DomainError, ...]
    """Why each of those that cannot be read was not."""


def found_backups(place: Path) -> tuple[FoundBackup, ...]:
    """Return the whole backups in a folder, of one laptop the newest first, as they say themselves:
    by their numbers, for the clock may have been wrong, and what a laptop holds is less than before
    where it was restored from an older backup. Raises EnvironmentFault of the stick."""
    with on_stick():
        return _listed(place).whole


def lying_at(place: Path) -> Lying:
    """Return the backup that a folder is, or else of each laptop those in it, as
    :func:`found_backups` has them, and the laptop first whose newest has the latest date: one stick
    serves several laptops. Nobody vouches for any of it before a key does.

    Raises DomainError ``backup_none``, ``backup_unfinished``, ``backup_damaged`` where none of
    those that are there says what it holds, ``file_newer``; EnvironmentFault of the stick.
    """
    with on_stick():
        if MANIFEST_NAME in names_in(place) or _NAME.fullmatch(place.name):
            return Lying(((_read(place, place),),))
        listed = _listed(place)
        laptops: dict[bytes, list[FoundBackup]] = {}
        for found in listed.whole:
            laptops.setdefault(found.manifest.vault, []).append(found)
    if not laptops:
        # Not read once more: of a dying stick that may give another answer.
        for refusal in listed.refusals:
            raise refusal
        raise DomainError("backup_unfinished" if listed.unfinished else "backup_none")
    ordered = sorted(laptops.values(), key=lambda held: held[0].manifest.made_ms, reverse=True)
    return Lying(tuple(map(tuple, ordered)), listed.unread)


def new_name(place: Path, day: date, draw: Callable[[int], bytes]) -> str:
    """Return a name for a new backup. Raises OSError, also where somebody took all of that day."""
    taken = {one.casefold() for one in names_in(place)}
    for _ in range(_NAMES_DRAWN_MAX):
        end = "".join(TAG_LETTERS[byte % len(TAG_LETTERS)] for byte in draw(2))
        name = f"respaldo-{day.isoformat()}-{end}"
        if name.casefold() not in taken:
            return name
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def next_number(place: Path, vault: bytes, key: SecretKey, last: int) -> int:
    """Return the number of a new backup of a laptop: greater than that of its last one (``last``),
    wherever it lies, and than those that lie here, which it may have been restored behind. What is
    not of its key, a former one's or anybody's, says no number far behind its last: whoever has the
    stick for a minute could else use all of them up. Raises OSError."""
    here = [one.manifest for one in _listed(place).whole if one.manifest.vault == vault]
    believed = [one.number for one in here if one.number <= last + _AHEAD_MAX or one.is_of(key)]
    return min(max(last, *believed, 0) + 1, NUMBER_MAX)


def remove_unfinished(place: Path) -> tuple[str, ...]:
    """Take away what was begun and cut off: it opens nothing, and takes the room of what will.
    Return the names of those that stay because the stick does not let them go; they stop nothing
    else. Raises OSError where the stick is gone."""
    return tuple(one.name for one in _listed(place).unfinished if not _is_removed(one, place))


def remove_older(place: Path, kept: FoundBackup, key: SecretKey, keep: int) -> int:
    """Leave of one laptop's backups the one just made and verified (``kept``) and the newest of the
    others of its key, ``keep`` in all; return how many went. One that does not say what or whose it
    is stays, and so does the one that holds most while that is more than ``kept`` has: an older one
    was restored since, and what was written in between may be nowhere else.

    What is not of the key is a former key's, or somebody wrote it: it takes the place of none, and
    goes only once there are ``keep`` of the key, and not while it says that it is later than
    ``kept`` or holds more. One that the stick does not let go holds no other back. Raises OSError
    where the stick is gone."""
    vault, facts = kept.manifest.vault, kept.manifest.facts
    others = [
        one
        for one in _listed(place).whole
        if vault and one.folder.name != kept.folder.name and one.manifest.vault == vault
    ]
    ours = [one for one in others if one.manifest.is_of(key)]
    most = max((one.held for one in ours), default=kept.held)
    has_more = most[0] > facts.changes
    gone = [one for one in ours[max(0, keep - 1) :] if not (has_more and one.held == most)]
    if len(ours) + 1 >= keep:
        gone += [
            one
            for one in others
            if one not in ours
            and one.manifest.number <= kept.manifest.number
            and one.manifest.facts.changes <= facts.changes
        ]
    return sum(_is_removed(one.folder, place) for one in gone)


def remove_backup(folder: Path) -> None:
    """Take a backup away, its ``listo`` first: cut off, it is unfinished. What else somebody put
    into the folder stays. Raises OSError."""
    names = [one for one, is_folder in names_in(folder).items() if not is_folder]
    ours = sorted(filter(is_file_of_backup, names), key=lambda one: one != READY_NAME)
    for one in ours:
        (folder / one).unlink()
        if one == READY_NAME:
            sync_names(folder)
    if len(ours) == len(names):
        with contextlib.suppress(OSError):  # an empty folder harms nobody
            folder.rmdir()


def _is_removed(folder: Path, place: Path) -> bool:
    """Take a backup away; return whether the stick let it go. Raises OSError where that is gone."""
    try:
        remove_backup(folder)
    except OSError:
        names_in(place)  # one that is gone says so
        return False
    return True


def _listed(place: Path) -> _Listed:
    """Look at the backups in a folder. One of which the stick gives nothing back is one more that
    cannot be read, and none that was cut off: it stays. Raises OSError where the stick is gone."""
    whole, unfinished, unread, refusals = [], [], [], []
    folders = [
        one
        for one, is_folder in names_in(place).items()
        if is_folder is not False and _NAME.fullmatch(one)
    ]
    for name in sorted(folders, reverse=True)[:_LOOKED_AT_MAX]:
        folder = place / name
        try:
            with damaged_unless_gone(place, MANIFEST_NAME):
                held = names_in(folder)
            if READY_NAME in held:
                whole.append(_read(folder, place))
            elif all(is_file_of_backup(one) and not inside for one, inside in held.items()):
                unfinished.append(folder)
        except DomainError as refusal:
            unread.append(PassedOver(name, refusal.message_id))
            refusals.append(refusal)
    whole.sort(key=lambda one: one.order, reverse=True)
    return _Listed(tuple(whole), tuple(unfinished), tuple(unread), tuple(refusals))


def _read(folder: Path, place: Path) -> FoundBackup:
    """Return the backup that a folder is, on the stick that ``place`` lies on."""
    with damaged_unless_gone(place, MANIFEST_NAME):
        if READY_NAME not in names_in(folder):
            raise DomainError("backup_unfinished")
        content = read_whole(folder / MANIFEST_NAME, MANIFEST_BYTES_MAX)
    return FoundBackup(folder, Manifest.from_bytes(content))
