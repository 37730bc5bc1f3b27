"""The peer: the very same statements on the same SQLite without encryption."""

from __future__ import annotations

from pathlib import Path

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import StaticPool

from app.domain.registry import FieldRegistry
from db.engine import SETTINGS, WAL_BYTES_KEPT
from db.errors import translate_faults
from db.migrate import create_schema
from db.store import Store

__all__ = ["plain_store"]


def plain_store(path: Path, registry: FieldRegistry) -> Store:
    """Return the unencrypted store at ``path``, new if none is there: invented data only."""
    is_new = not path.exists()
    connection = sqlcipher.connect(str(path), isolation_level=None, cached_statements=512)
    for setting in SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_KEPT}")
    engine = create_engine(
        "sqlite://",
        module=sqlcipher,
        creator=lambda: connection,
        poolclass=StaticPool,
        hide_parameters=True,
    )

    def begin(started: Connection) -> None:
        started.exec_driver_sql("BEGIN IMMEDIATE")

    # As the encrypted one has it, so that nothing but the cipher differs.
    translate_faults(engine)
    event.listen(engine, "begin", begin)
    if is_new:
        create_schema(engine)
    return Store(engine, registry)
