"""The open store: one SQLCipher file, one connection, one thread."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine.interfaces import DBAPIConnection

from app.crypto.secret import SecretKey
from app.domain.registry import FieldRegistry
from db.engine import memory_engine, store_engine
from db.errors import environment_fault, translated
from db.hold import FolderHold
from db.migrate import MIGRATIONS, Migrations, create_schema
from db.presence import DATABASE_NAME
from db.unit_of_work import SqlUnitOfWork

__all__ = ["DATABASE_NAME", "Store", "create_store", "memory_store", "open_store"]


class Store:
    """Gives units of work over one open database; every call on the thread that opened it.

    ``hold`` is let go when it closes.
    """

    def __init__(
        self, engine: Engine, registry: FieldRegistry, hold: FolderHold | None = None
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._hold = hold

    def unit(self) -> SqlUnitOfWork:
        """Return a new unit of work. One at a time: there is one connection."""
        return SqlUnitOfWork(self._engine, self._registry)

    def checkpoint(self) -> None:
        """Move everything from the write-ahead log into the file and empty the log.

        What stands in ``datos.db`` cannot be lost with a damaged ``-wal``. Raises
        EnvironmentFault; nothing is lost then, either.
        """
        with translated():
            self._driver_connection().cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def damage(self) -> tuple[str, ...]:
        """Return what is wrong with the file, as page numbers and table names; empty: whole.

        Reads every page (some 20 seconds a gigabyte): for ``doctor`` and for a restored copy, not
        for the start. Checks each page's authentication code, the trees, and the references.
        """
        found: list[str] = []
        cursor = self._driver_connection().cursor()
        for check in ("cipher_integrity_check", "integrity_check", "foreign_key_check"):
            try:
                cursor.execute(f"PRAGMA {check}")
                rows = cursor.fetchall()
            except Exception as error:
                fault = environment_fault(error)
                if fault is None or fault.message_id != "file_damaged":
                    raise
                found.append(f"{check}: unreadable")
            else:
                found += [f"{check}: {row[0]}" for row in rows if row[0] != "ok"]
        return tuple(found)

    def close(self) -> None:
        """Close the file; the last close empties and removes the write-ahead log."""
        try:
            with translated():
                self._driver_connection().close()
            self._engine.dispose()
        finally:
            if self._hold is not None:
                self._hold.release()

    def _driver_connection(self) -> DBAPIConnection:
        with self._engine.connect() as connection:
            driver_connection: DBAPIConnection | None = connection.connection.driver_connection
        assert driver_connection is not None
        return driver_connection


def create_store(folder: Path, key: SecretKey, registry: FieldRegistry) -> Store:
    """Make a new database in ``folder`` and return it open.

    Raises DomainError ``already_set_up`` when a file is there; EnvironmentFault, with no file left.
    """
    path = folder / DATABASE_NAME
    engine = store_engine(path, key, create=True)
    store = Store(engine, registry)
    try:
        create_schema(engine)
        store.checkpoint()
    except BaseException:
        store.close()
        path.unlink(missing_ok=True)
        raise
    return store


def open_store(
    folder: Path,
    key: SecretKey,
    registry: FieldRegistry,
    *,
    migrations: Migrations = MIGRATIONS,
    hold: FolderHold | None = None,
) -> Store:
    """Return the database of ``folder``, open, brought to this version when it is older.

    Raises DomainError ``file_damaged`` (missing, emptied, cut, or locked by another key),
    ``file_not_ours``, ``file_newer``; EnvironmentFault. Nothing is written then; before a
    migration the file is copied beside itself.
    """
    path = folder / DATABASE_NAME
    engine = store_engine(path, key)
    try:
        revision = migrations.check(engine)
    except BaseException:
        Store(engine, registry).close()
        raise
    if revision != migrations.head:
        Store(engine, registry).close()
        migrations.upgrade(path, key, revision)
        engine = store_engine(path, key)
    return Store(engine, registry, hold)


def memory_store(registry: FieldRegistry) -> Store:
    """Return a new store that lives in memory only: practice, and the simulator. Same code."""
    engine = memory_engine()
    create_schema(engine)
    return Store(engine, registry)
