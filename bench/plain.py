"""The peer: the very same statements on the same SQLite without encryption."""

from __future__ import annotations

from pathlib import Path

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import StaticPool

from app.domain.registry import FieldRegistry
from db.engine import SETTINGS
from db.migrate import create_schema
from db.store import Store

__all__ = ["plain_store"]


def plain_store(path: Path, registry: FieldRegistry) -> Store:
    """Return a new, unencrypted store at ``path``: invented data only."""
    connection = sqlcipher.connect(str(path), isolation_level=None, cached_statements=512)
    for setting in SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    connection.execute("PRAGMA journal_mode = WAL")
    engine = create_engine(
        "sqlite://",
        module=sqlcipher,
        creator=lambda: connection,
        poolclass=StaticPool,
        hide_parameters=True,
    )

    def begin(started: Connection) -> None:
        started.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "begin", begin)
    create_schema(engine)
    return Store(engine, registry)
