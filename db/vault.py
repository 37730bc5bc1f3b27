"""The vault file ``llaves.json``: whoever has words of this laptop comes by it to the database.

The second format (:mod:`db.key_file`) has a slot for each person (:mod:`db.key_slots`). A file of
the first is opened, too, and once the database opened by it, it is written anew with the same
words: nobody is asked for anything. A changed cost of a guess is brought in alike.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from app.atomic_file import write_atomically
from app.crypto.passphrase import STANDARD, Argon2Bounds, Argon2Cost
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError, EnvironmentFault
from app.word_list import spoken
from db import key_slots
from db.errors import translated
from db.key_file import FILE_BYTES_MAX, FORMAT, UNREADABLE, KeyFile
from db.key_slots import Draw, Opened
from db.vault_v1 import VERSION as FIRST
from db.vault_v1 import open_first_format

__all__ = [
    "BOUNDS",
    "Entered",
    "create_vault",
    "enter",
    "enter_content",
    "new_vault",
    "open_vault",
    "read_content",
    "read_key_file",
    "tags",
]

BOUNDS: Final = Argon2Bounds()


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody's words opened the vault: the file as it stands or shall stand, and what they
    opened. ``is_kept``: it stands so on the disk."""

    file: KeyFile
    opened: Opened
    is_kept: bool = True

    @property
    def key(self) -> SecretKey:
        """The key of the database."""
        return self.opened.key

    def keep(self, path: Path) -> Entered:
        """Write the file unless it stands so. Raises EnvironmentFault, with the old one left."""
        if self.is_kept:
            return self
        content = self.file.to_bytes()
        with translated():
            try:
                write_atomically(path, content)
            except OSError:
                # Refused once the new file had its name: it is the one that counts.
                if _read(path) != content:
                    raise
        return replace(self, is_kept=True)

    def with_person(
        self, words: str, *, former: bytes | None = None, draw: Draw = secrets.token_bytes
    ) -> tuple[Entered, Opened]:
        """Return the same with one person more, and what her words open: her slot comes after her
        ``former`` one where she had one; a guess costs what it costs for who entered. Slow. Raises
        as :func:`db.key_slots.with_person` does."""
        cost = self.opened.slot.cost
        file, made = key_slots.with_person(
            self.file, self.key, words, cost=cost, draw=draw, former=former
        )
        return replace(self, file=file, is_kept=False), made

    def slot_after(self, former: bytes) -> bytes:
        """Return the slot that comes after a former one (:func:`db.key_slots.slot_after`)."""
        return key_slots.slot_after(self.key, former)

    def without(self, *slots: bytes) -> Entered:
        """Return the same without these slots. Raises as :func:`db.key_slots.without` does."""
        return replace(self, file=key_slots.without(self.file, self.key, slots), is_kept=False)

    def with_words(self, words: str, *, draw: Draw = secrets.token_bytes) -> Entered:
        """Return the same, opened by other words of who entered. Slow. Raises as
        :func:`db.key_slots.changed_words` does."""
        cost = self.opened.slot.cost
        file = key_slots.changed_words(self.file, self.opened, words, cost=cost, draw=draw)
        return self._with(file)

    def confirm(self, words: str) -> None:
        """Raise DomainError ``passphrase_wrong`` unless these are the words of who entered.
        Slow."""
        _opened(self.file, [self.opened.slot.tag], words)

    def under(self, key: SecretKey, *, leaving: Collection[bytes] = ()) -> Entered:
        """Return the same of the next generation, leading to another key of the database, for all
        but the slots ``leaving``. Raises as :func:`db.key_slots.rotated` does."""
        made = self._with(key_slots.rotated(self.file, self.key, key, leaving=leaving))
        return replace(made, opened=replace(made.opened, key=key))

    def _with(self, file: KeyFile) -> Entered:
        slot = next(one for one in file.slots if one.id == self.opened.slot.id)
        return Entered(file, replace(self.opened, slot=slot), is_kept=False)

    def at_cost(self, words: str, cost: Argon2Cost, *, draw: Draw = secrets.token_bytes) -> Entered:
        """Return the same with a guess at this cost; where it costs that already, nothing changes.
        Slow (Argon2id). ``words`` are those that opened it."""
        if self.opened.slot.cost == cost:
            return self
        return self._with(
            key_slots.wrapped_anew(self.file, self.opened, words, cost=cost, draw=draw)
        )


def new_vault(
    words: str,
    *,
    cost: Argon2Cost = STANDARD,
    bounds: Argon2Bounds = BOUNDS,
    draw: Draw = secrets.token_bytes,
) -> Entered:
    """Return the vault of a new laptop, not kept yet. Slow (Argon2id).

    Raises as ``check_new_passphrase`` does; EnvironmentFault ``not_enough_memory``; ValueError for
    a cost outside the bounds, which tests alone loosen.
    """
    if not bounds.allow(cost):
        raise ValueError("the cost of a guess lies outside the bounds")
    return Entered(*key_slots.new_file(words, cost=cost, draw=draw), is_kept=False)


def create_vault(
    path: Path, words: str, *, cost: Argon2Cost = STANDARD, bounds: Argon2Bounds = BOUNDS
) -> SecretKey:
    """Make the vault file of a first laptop and return the new key to which it leads.

    Raises DomainError ``already_set_up``, and as :func:`new_vault`; EnvironmentFault, with nothing
    written.
    """
    if path.exists():
        raise DomainError("already_set_up")
    return new_vault(words, cost=cost, bounds=bounds).keep(path).key


def open_vault(
    path: Path, words: str, *, tag: str | None = None, bounds: Argon2Bounds = BOUNDS
) -> SecretKey:
    """Return the key of the database. Slow. Raises as :func:`enter` does."""
    return enter(path, words, tag=tag, bounds=bounds).key


def enter(
    path: Path,
    words: str,
    *,
    tag: str | None = None,
    bounds: Argon2Bounds = BOUNDS,
    draw: Draw = secrets.token_bytes,
) -> Entered:
    """Return what these words open, in the slot of the ``tag``; without one, in whichever they do.
    Slow (Argon2id for each slot that is tried). Never writes.

    Raises DomainError ``passphrase_wrong``, ``vault_altered``, ``file_not_ours``, ``file_damaged``,
    ``file_newer``, ``vault_by_sheets`` (nobody's words open it any more); EnvironmentFault
    ``not_enough_memory`` or of the disk.
    """
    return enter_content(_content(path), words, tag=tag, bounds=bounds, draw=draw)


def enter_content(
    content: bytes,
    words: str,
    *,
    tag: str | None = None,
    bounds: Argon2Bounds = BOUNDS,
    draw: Draw = secrets.token_bytes,
) -> Entered:
    """Do the same with what a vault file holds that lies elsewhere, in a backup for instance."""
    if _is_of_first_format(content):
        key, cost = open_first_format(content, words, bounds)
        file, opened = key_slots.new_file(words, cost=cost, draw=draw, key=key, is_checked=False)
        return Entered(file, opened, is_kept=False)
    file = KeyFile.from_bytes(content, bounds)
    if not file.slots and file.recovery is not None:
        raise DomainError("vault_by_sheets")
    found = [tag] if tag is not None else [slot.tag for slot in file.slots]
    return Entered(file, _opened(file, found, words))


def _opened(file: KeyFile, found: Iterable[str], words: str) -> Opened:
    """Return what the words open in the first of the slots of these tags in which they do. One that
    asks for more memory than there is hides none behind it; where none opens, that is said."""
    lacking: EnvironmentFault | None = None
    for one in found:
        for said in spoken(words):
            try:
                return key_slots.opened(file, one, said)
            except DomainError as refusal:
                if refusal.message_id != "passphrase_wrong":
                    raise
            except EnvironmentFault as fault:
                lacking = fault
    raise lacking or DomainError("passphrase_wrong")


def tags(path: Path, *, bounds: Argon2Bounds = BOUNDS) -> tuple[str, ...]:
    """Return the tags of those who open this laptop, in the order in which they came; none for a
    file of the first format. Fast. Raises as :func:`enter` does for the file."""
    content = _content(path)
    if _is_of_first_format(content):
        return ()
    return tuple(one.tag for one in KeyFile.from_bytes(content, bounds).slots)


def read_key_file(path: Path, *, bounds: Argon2Bounds = BOUNDS) -> KeyFile | None:
    """Return what the vault file holds for everybody to see; None for one of the first format.
    Fast. Raises as :func:`enter` does for the file."""
    return read_content(_content(path), bounds=bounds)


def read_content(content: bytes, *, bounds: Argon2Bounds = BOUNDS) -> KeyFile | None:
    """Return the same of a vault file that lies elsewhere, in a backup for instance."""
    return None if _is_of_first_format(content) else KeyFile.from_bytes(content, bounds)


def _content(path: Path) -> bytes:
    with translated():
        return _read(path)


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(FILE_BYTES_MAX + 1)


class _Version(msgspec.Struct, frozen=True):
    format: str
    version: int


def _is_of_first_format(content: bytes) -> bool:
    try:
        said = msgspec.json.decode(content[: FILE_BYTES_MAX + 1], type=_Version)
    except UNREADABLE:
        return False
    return (said.format, said.version) == (FORMAT, FIRST)
