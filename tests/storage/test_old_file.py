"""A full file of the first version, opened by this one: what is derived for the work is there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from app.crypto.secret import SecretKey
from app.domain.records import Kind, Name
from app.services import agenda, casework, forms, people, referral_answers, referrals
from app.services.people_models import PersonProbe
from app.services.ports import FieldKey
from app.services.work_ports import AgendaFilter
from db.engine import connect
from db.folder import VAULT_NAME
from db.migrate import MIGRATIONS, Migrations
from db.store import DATABASE_NAME
from db.vault import open_vault
from tests.support.stations import open_again, set_up
from tests.support.storage import CHEAP_BOUNDS, PASSPHRASE

FIRST = "0001"
LATER_COLUMNS = (
    ("batch", "is_urgent"),
    ("batch", "device"),
    ("batch_change", "place"),
    ("batch_awaited", "place"),
    ("set_aside", "awaits"),
    ("audit", "version"),
    ("audit", "role"),
    ("audit", "session"),
    ("audit", "signer"),
    ("audit", "signature"),
)
LATER_INDEXES = ("ix_set_aside_awaits", "ix_audit_object")
_TABLES = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"


def _schema(path: Path, key: SecretKey) -> dict[str, list[str]]:
    connection = connect(path, key, guarded=False)
    try:
        return {
            name: sorted(re.sub(r"[\s\"(),]+", " ", part) for part in sql.split("CONSTRAINT"))
            for name, sql in connection.execute(_TABLES)
        }
    finally:
        connection.close()


def _first_schema(folder: Path, key: SecretKey) -> dict[str, list[str]]:
    """Return the schema as the first version made it."""
    scripts = folder / "migrations"
    shutil.copytree(MIGRATIONS.scripts, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    for one in (scripts / "versions").glob("0*.py"):
        if not one.name.startswith(FIRST):
            one.unlink()
    path = folder / DATABASE_NAME
    connect(path, key, create=True, guarded=False).close()
    Migrations((FIRST,), scripts).upgrade(path, key, "empty")
    return _schema(path, key)


def _make_old(path: Path, key: SecretKey, first: dict[str, list[str]]) -> None:
    """Take out of a file whatever the first version did not have."""
    connection = connect(path, key, guarded=False)
    try:
        connection.execute("PRAGMA foreign_keys = OFF")
        names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql IS NOT NULL"
        for (name,) in connection.execute(names).fetchall():
            if name not in first:
                connection.execute(f'DROP TABLE "{name}"')
        for index in LATER_INDEXES:
            connection.execute(f'DROP INDEX "{index}"')
        for table, column in LATER_COLUMNS:
            connection.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
        connection.execute("DELETE FROM local WHERE name GLOB 'people_index/*'")
        connection.execute("DELETE FROM local WHERE name GLOB 'referral_rows/*'")
        connection.execute("DELETE FROM local WHERE name GLOB 'agenda*'")
        connection.execute("UPDATE alembic_version SET version_num = ?", (FIRST,))
        connection.commit()
    finally:
        connection.close()


def test_people_referrals_and_tasks_of_an_old_file_are_found(tmp_path: Path) -> None:
    folder, other = tmp_path / "data", tmp_path / "first"
    other.mkdir()
    laptop = set_up(folder)
    with laptop.store.unit() as uow:
        case_id = casework.open_case(uow, laptop.desk)
        for name, value in (("names", "Nantip"), ("surname_1", "Inventada")):
            forms.set_field(uow, laptop.desk, forms.FICHA, case_id, name, value)
        referral_id = referrals.open_referral(uow, laptop.desk, case_id)
        key_of_state = FieldKey(Kind.REFERRAL, referral_id, Name.STATE)
        forms.change_fields(uow, laptop.desk, {key_of_state: "issued"})
        uow.commit()
    laptop.close()
    key = open_vault(folder / VAULT_NAME, PASSPHRASE, bounds=CHEAP_BOUNDS)
    first = _first_schema(other, key)
    _make_old(folder / DATABASE_NAME, key, first)
    assert _schema(folder / DATABASE_NAME, key) == first

    laptop = open_again(folder)

    try:
        with laptop.store.unit() as uow:
            probe = PersonProbe(names="Nantip", surname_1="Inventada")
            assert len(people.find_people(uow, laptop.desk, probe)) == 1
            (open_one,) = referral_answers.ageing(uow, laptop.desk)
            assert open_one.referral.referral_id == referral_id
            shown = agenda.agenda(uow, laptop.desk, AgendaFilter())
            assert {one.task.case_id for one in shown.rows} == {case_id}
    finally:
        laptop.close()
