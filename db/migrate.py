"""Brings a database of an older version to this one; Alembic is imported only when that is due."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    create_mock_engine,
    insert,
    inspect,
    select,
)

from app.atomic_file import sync_folder
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from db.errors import translated
from db.schema import SEARCH_DDL
from db.schema_sync import metadata

__all__ = ["MIGRATIONS", "REVISION_TABLE", "Migrations", "create_schema"]

REVISION_TABLE = "alembic_version"
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
"""Every revision of ``db/migrations``, oldest first; a test keeps the two equal. Known here so that
opening an up-to-date file does not import Alembic (some 100 ms)."""


# As Alembic makes it; in a MetaData of its own, for it is no part of the schema.
_revision = Table(
    REVISION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{REVISION_TABLE}_pkc"),
)


@dataclass(frozen=True, slots=True)
class Migrations:
    """Which revisions there are, oldest first, and where their scripts lie."""

    revisions: tuple[str, ...]
    scripts: Path

    @property
    def head(self) -> str:
        """The revision that this version of the program works with."""
        return self.revisions[-1]

    def check(self, engine: Engine) -> str:
        """Return the revision of an open database.

        Raises DomainError ``file_not_ours`` when it has none, ``file_newer`` when this version
        does not know it.
        """
        with engine.connect() as connection:
            if not inspect(connection).has_table(REVISION_TABLE):
                raise DomainError("file_not_ours")
            found = connection.execute(select(_revision.c.version_num)).scalars().all()
        if len(found) != 1:
            raise DomainError("file_damaged")
        if found[0] not in self.revisions:
            raise DomainError("file_newer")
        return str(found[0])

    def upgrade(self, path: Path, key: SecretKey, revision: str) -> None:
        """Bring the closed database at ``path`` from ``revision`` to the head.

        First it is copied, still encrypted, to ``<name>.antes-<revision>``. One transaction: a
        power cut or an error leaves the old revision. Raises EnvironmentFault.
        """
        with translated():
            _copy_synced(path, path.with_name(f"{path.name}.antes-{revision}"))
        # Imported here: Alembic costs more start-up time than everything else of this package.
        run: Callable[[Path, Path, SecretKey], None] = importlib.import_module("db.upgrade").upgrade
        with translated():
            run(self.scripts, path, key)


MIGRATIONS = Migrations(REVISIONS, Path(__file__).with_name("migrations"))


def create_schema(engine: Engine) -> None:
    """Make every table of this version in a new database, in one transaction."""
    with engine.begin() as connection:
        for statement in _statements():
            connection.exec_driver_sql(statement)
        connection.execute(insert(_revision).values(version_num=REVISIONS[-1]))


@cache
def _statements() -> tuple[str, ...]:
    """Return what makes the tables. To word it costs many times what SQLite needs to do it."""
    made: list[str] = []

    def note(statement: Any, *_: object, **__: object) -> None:
        made.append(str(statement.compile(dialect=wording.dialect)))

    wording = create_mock_engine("sqlite://", note)
    metadata.create_all(wording, checkfirst=False)
    made.append(SEARCH_DDL)
    _revision.create(wording, checkfirst=False)
    return tuple(made)


def _copy_synced(source: Path, target: Path) -> None:
    temporary = target.with_name(target.name + ".tmp")
    try:
        with source.open("rb") as old, temporary.open("wb") as new:
            os.fchmod(new.fileno(), 0o600) if os.name != "nt" else None
            while block := old.read(1024 * 1024):
                new.write(block)
            new.flush()
            os.fsync(new.fileno())
        temporary.replace(target)
        sync_folder(target.parent)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
