"""Runs Alembic over a closed database. Imported only when a migration is due."""

from __future__ import annotations

from pathlib import Path

import sqlcipher3.dbapi2 as sqlcipher
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from app.crypto.secret import SecretKey
from db.engine import connect

__all__ = ["upgrade"]


def upgrade(scripts: Path, path: Path, key: SecretKey) -> None:
    """Bring the database at ``path`` to the newest script, in one transaction.

    On a connection of its own without the authorizer, and with foreign keys off: SQLite changes a
    table by copying and dropping it. They are checked before the commit.
    """
    connection = connect(path, key, guarded=False)
    connection.execute("PRAGMA foreign_keys = OFF")
    engine = create_engine(
        "sqlite://",
        module=sqlcipher,
        creator=lambda: connection,
        poolclass=StaticPool,
        hide_parameters=True,
    )
    try:
        with engine.connect() as opened:
            opened.exec_driver_sql("BEGIN IMMEDIATE")
            config = Config()
            config.set_main_option("script_location", str(scripts).replace("%", "%%"))
            config.attributes["connection"] = opened
            command.upgrade(config, "head")
            broken = opened.exec_driver_sql("PRAGMA foreign_key_check").first()
            if broken is not None:
                raise RuntimeError(f"the migration breaks a reference of table {broken[0]}")
            opened.commit()
    finally:
        connection.close()
        engine.dispose()
