"""The recovery sheets of a laptop: drawn, kept in the vault file, tried, and used to come in.

Two sheets give a secret (:mod:`app.crypto.sheets`), the secret a key pair, and to its public key
the key of the database is sealed in the vault file (:mod:`db.key_slots`). Storage thread.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from app.crypto.passphrase import STANDARD, Argon2Bounds, Argon2Cost
from app.crypto.recipient import RecipientKey
from app.crypto.secret import SecretKey
from app.crypto.sheets import Sheet, SheetKind, joined, new_sheets
from app.domain.errors import DomainError, QispiError
from app.domain.registry import FieldRegistry
from app.domain.sheet_rows import write_name
from app.services.sheet_ports import DrawnSet, PaperSheet, Rows
from db import key_slots
from db.hold import held
from db.key_file import KeyFile
from db.laptop_files import LOG_NAME
from db.presence import VAULT_NAME, finish_cut_off, is_set_up
from db.sheets_only import leave_to_sheets
from db.state_file import StateFile
from db.store import Store, open_store, watched
from db.vault import BOUNDS, Entered, read_key_file

__all__ = ["HasVault", "OpenedBySheets", "VaultSheets", "open_by_sheets", "set_at_door"]


class HasVault(Protocol):
    """What holds the vault of an open laptop."""

    vault: Entered | None


@dataclass(frozen=True, slots=True)
class VaultSheets:
    """:class:`app.services.sheet_ports.SheetKeys` of an open laptop, whose vault file lies at
    ``path``."""

    path: Path
    laptop: HasVault
    bounds: Argon2Bounds = BOUNDS

    @property
    def set_name(self) -> str:
        """The set that opens this laptop; empty when none does."""
        return _name_of(self._entered.file) if self.laptop.vault is not None else ""

    def draw(self) -> DrawnSet:
        """Return a new set, in memory alone."""
        self._entered  # noqa: B018  # where nothing could be opened by it, none is drawn
        secret, sheets = new_sheets(SheetKind.CENTRE, secrets.token_bytes)
        try:
            return DrawnSet(
                write_name(sheets[0].set_id),
                tuple(PaperSheet(one.number, one.rows()) for one in sheets),
                sheets[0].set_id,
                RecipientKey(secret).public,
            )
        finally:
            secret.wipe()

    def keep(self, drawn: DrawnSet) -> None:
        """Let this set open the laptop, and the one before no longer."""
        self._write(drawn.set_id, drawn.public)

    def try_pair(self, one: Rows, other: Rows) -> tuple[int, int]:
        """Return the numbers of two sheets that open this laptop, lower one first."""
        entered = self._entered
        if entered.file.recovery is None:
            raise DomainError("sheets_none")
        first, second = _typed(one), _typed(other)
        secret = joined(first, second)
        try:
            _, key = key_slots.opened_by_sheets(entered.file, secret)
        finally:
            secret.wipe()
        is_the_key = key == entered.key
        key.wipe()
        if not is_the_key:
            raise DomainError("vault_altered")
        low, high = sorted((first.number, second.number))
        return low, high

    def read_pair(self, one: Rows, other: Rows) -> DrawnSet:
        """Return the set of these two sheets, so that it can be kept here, too."""
        self._entered  # noqa: B018  # where nothing could be opened by it, none is read
        first = _typed(one)
        if first.kind is not SheetKind.CENTRE:
            raise DomainError("sheets_of_another")
        secret = joined(first, _typed(other))
        try:
            public = RecipientKey(secret).public
        finally:
            secret.wipe()
        return DrawnSet(write_name(first.set_id), (), first.set_id, public)

    def leave_to_sheets(self) -> None:
        """Let nobody open this laptop by words any more."""
        entered = self._entered
        leave_to_sheets(self.path.parent, bounds=self.bounds)
        # What is written from now on by whoever still works here is refused: its seal is broken.
        file = key_slots.without_people(entered.file)
        self.laptop.vault = replace(entered, file=file, is_kept=True)

    @property
    def _entered(self) -> Entered:
        if self.laptop.vault is None:
            raise DomainError("sheets_not_here")
        return self.laptop.vault

    def _write(self, set_id: bytes, public: bytes) -> None:
        entered = self._entered
        file = key_slots.with_recovery(entered.file, entered.key, set_id, public)
        self.laptop.vault = replace(entered, file=file, is_kept=False).keep(self.path)


def set_at_door(folder: Path, *, bounds: Argon2Bounds = BOUNDS) -> str:
    """Return the name of the set that opens the laptop of a folder. Fast; opens nothing.

    Raises DomainError ``not_set_up``, ``sheets_first_format``, ``sheets_none``, and as
    :meth:`db.key_file.KeyFile.from_bytes`; EnvironmentFault.
    """
    return _name_of(_file(folder, bounds))


@dataclass(slots=True)
class OpenedBySheets:
    """A laptop whose database two sheets opened, for nobody yet. ``pair``: their numbers; ``lost``:
    what of the database is gone since it was closed, as :func:`db.state_file.lost_since` says."""

    store: Store
    set_name: str
    pair: tuple[int, int]
    lost: str
    _folder: Path
    _file: KeyFile
    _key: SecretKey

    def with_person(
        self, words: str, *, cost: Argon2Cost = STANDARD, former: bytes | None = None
    ) -> Entered:
        """Return what the vault shall be with one person more, who comes in by these words, by the
        slot after her ``former`` one where she had one; not kept yet. Slow (Argon2id). Raises as
        :func:`db.key_slots.with_person` does."""
        file, opened = key_slots.with_person(
            self._file, self._key, words, cost=cost, draw=secrets.token_bytes, former=former
        )
        return Entered(file, opened, is_kept=False)

    def keep(self, entered: Entered, *, without: Collection[bytes] = ()) -> Entered:
        """Write the vault file, without the slots that this person had before. Raises
        EnvironmentFault, with the old one left."""
        there = {one.id for one in entered.file.slots} & set(without)
        if there:
            file = key_slots.without(entered.file, entered.key, there)
            entered = replace(entered, file=file)
        return entered.keep(self._folder / VAULT_NAME)


def open_by_sheets(
    folder: Path,
    one: Rows,
    other: Rows,
    registry: FieldRegistry,
    *,
    bounds: Argon2Bounds = BOUNDS,
) -> OpenedBySheets:
    """Open the database of a folder with two sheets. Writes nothing into the vault file.

    Raises as :func:`set_at_door`, of the sheets as :meth:`VaultSheets.try_pair`;
    ``vault_altered``, ``database_damaged``; EnvironmentFault.
    """
    _file(folder, bounds)
    with held(folder) as hold:
        finish_cut_off(folder)
        before = _file(folder, bounds)
        first, second = _typed(one), _typed(other)
        secret = joined(first, second)
        try:
            file, key = key_slots.opened_by_sheets(before, secret)
        finally:
            secret.wipe()
        had_log = (folder / LOG_NAME).exists()
        try:
            store = open_store(folder, key, registry, hold=hold)
            lost = watched(store, StateFile(folder, key), had_log=had_log)
        except QispiError as fault:
            if fault.message_id in ("file_damaged", "file_not_ours"):
                raise DomainError("database_damaged") from None
            raise
        low, high = sorted((first.number, second.number))
        return OpenedBySheets(store, _name_of(file), (low, high), lost, folder, file, key)


def _typed(rows: Rows) -> Sheet:
    return Sheet.typed(tuple(rows))


def _file(folder: Path, bounds: Argon2Bounds) -> KeyFile:
    if not is_set_up(folder):
        raise DomainError("not_set_up")
    file = read_key_file(folder / VAULT_NAME, bounds=bounds)
    if file is None:
        raise DomainError("sheets_first_format")
    if file.recovery is None:
        raise DomainError("sheets_none")
    return file


def _name_of(file: KeyFile) -> str:
    return write_name(file.recovery.set_id) if file.recovery is not None else ""
