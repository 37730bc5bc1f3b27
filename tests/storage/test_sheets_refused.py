"""What two sheets do not open, and what opens nothing for them (K7)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.crypto.recipient import RecipientKey
from app.crypto.secret import SecretKey
from app.crypto.sheets import SheetKind, new_sheets
from app.domain.errors import DomainError
from db import key_slots
from db.engine import connect
from db.folder import VAULT_NAME, set_up
from db.presence import DATABASE_NAME
from db.sheet_keys import VaultSheets, open_by_sheets
from db.sheets_only import leave_to_sheets
from db.store import Store
from db.vault import Entered
from tests.support.old_vault import first_format
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE, REGISTRY

SECRET, SHEETS = new_sheets(SheetKind.CENTRE, secrets.token_bytes)
ROWS = [one.rows() for one in SHEETS]


@dataclass
class Held:
    """What holds the vault of an open laptop."""

    vault: Entered | None


@dataclass
class Place:
    """A laptop on disk, open, and the keys behind its sheets."""

    folder: Path
    store: Store
    vault: Entered
    keys: VaultSheets
    is_open: bool = True

    def close(self) -> None:
        if self.is_open:
            self.store.close()
        self.is_open = False

    def refusal(self) -> str:
        """Return why two sheets do not open it."""
        with pytest.raises(DomainError) as refused:
            open_by_sheets(self.folder, ROWS[0], ROWS[1], REGISTRY, bounds=CHEAP_BOUNDS)
        return refused.value.message_id


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = set_up(
        tmp_path, PASSPHRASE, REGISTRY, lambda uow: uow.commit(), cost=CHEAP, bounds=CHEAP_BOUNDS
    )
    keys = VaultSheets(tmp_path / VAULT_NAME, Held(made.vault), CHEAP_BOUNDS)
    keys.keep(keys.read_pair(ROWS[0], ROWS[1]))
    found = Place(tmp_path, made.store, made.vault, keys)
    yield found
    found.close()


def test_two_sheets_open_it(place: Place) -> None:
    """(control of all that follows)"""
    assert place.keys.try_pair(ROWS[0], ROWS[2]) == (1, 3)
    place.close()
    open_by_sheets(place.folder, ROWS[1], ROWS[2], REGISTRY, bounds=CHEAP_BOUNDS).store.close()


def test_sheets_that_open_another_key_than_this_laptops_do_not_pass_the_drill(
    place: Place,
) -> None:
    file, other = key_slots.new_file(PASSPHRASE, cost=CHEAP, draw=secrets.token_bytes)
    file = key_slots.with_recovery(file, other.key, SHEETS[0].set_id, RecipientKey(SECRET).public)
    of_another = replace(place.vault, file=key_slots.without_people(file))
    keys = VaultSheets(place.folder / VAULT_NAME, Held(of_another), CHEAP_BOUNDS)
    with pytest.raises(DomainError, match="vault_altered"):
        keys.try_pair(ROWS[0], ROWS[1])


def test_where_nobody_came_in_there_is_no_key_behind_any_sheet(place: Place) -> None:
    keys = VaultSheets(place.folder / VAULT_NAME, Held(None), CHEAP_BOUNDS)
    for work in (keys.draw, lambda: keys.try_pair(ROWS[0], ROWS[1]), keys.leave_to_sheets):
        with pytest.raises(DomainError, match="sheets_not_here"):
            work()


def test_a_database_that_is_damaged_or_newer_is_said_to_be_so(place: Place) -> None:
    place.close()
    connection = connect(place.folder / DATABASE_NAME, place.vault.key)
    connection.execute("UPDATE alembic_version SET version_num = '9999_of_next_year'")
    connection.commit()
    connection.close()
    assert place.refusal() == "file_newer"
    (place.folder / DATABASE_NAME).write_bytes(b"x" * 8192)
    assert place.refusal() == "database_damaged"


def test_a_laptop_of_the_first_format_is_not_left_to_sheets_that_it_does_not_have(
    place: Place,
) -> None:
    old = first_format(SecretKey(b"k" * 32), PASSPHRASE, cost=CHEAP)
    (place.folder / VAULT_NAME).write_bytes(old)
    with pytest.raises(DomainError, match="sheets_first_format"):
        leave_to_sheets(place.folder, bounds=CHEAP_BOUNDS)
    assert (place.folder / VAULT_NAME).read_bytes() == old
