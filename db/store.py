"""The open store: one SQLCipher file, one connection, one thread."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import Engine, select, update
from sqlalchemy.engine.interfaces import DBAPIConnection

from app.crypto.secret import SecretKey
from app.domain.errors import DomainError, QispiError
from app.domain.registry import FieldRegistry
from app.services.audit_ports import AuditAuthor, Signer
from app.services.ports import Desk
from db.engine import memory_engine, store_engine
from db.errors import environment_fault, translated
from db.hold import FolderHold
from db.migrate import MIGRATIONS, Migrations, create_schema
from db.presence import DATABASE_NAME
from db.put_back import AsideRow, put_back
from db.salvage import Salvage
from db.schema import audit, batch, batch_change, change
from db.second_files import SecondFiles
from db.standing import Standing
from db.state_file import State, StateFile, lost_since
from db.unit_of_work import SqlUnitOfWork
from db.wal import is_damaged

__all__ = ["DATABASE_NAME", "Store", "create_store", "memory_store", "open_store", "watched"]


class Store:
    """Gives units of work over one open database; every call on the thread that opened it.

    ``hold`` is let go when it closes; ``second`` are the files that give it back when it is
    damaged.
    """

    def __init__(
        self,
        engine: Engine,
        registry: FieldRegistry,
        hold: FolderHold | None = None,
        second: SecondFiles | None = None,
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._hold = hold
        self._second = second
        self._standing: Standing | None = None
        self._state: StateFile | None = None
        self._author: AuditAuthor | None = None
        self._desk: Desk | None = None

    def work_at(self, desk: Desk, signer: Signer | None = None) -> None:
        """From now on whoever sits at this desk works in every unit: she is asked about what she
        does there, by her roles, and the audit names her; with ``signer``, her key, she signs it. A
        key that was given before goes on when it is of the same person."""
        before, actor = self._author, desk.actor
        if signer is None and before is not None and before.person == actor.id:
            signer = before.signer
        self._author = AuditAuthor(actor.id, actor.role, desk.stamper.session, signer)
        self._desk = desk

    @property
    def second_trouble(self) -> str | None:
        """Why the second file of batches lags behind, as a message id; None when it does not."""
        return None if self._second is None else self._second.trouble

    def let_go_of_hold(self) -> FolderHold | None:
        """Return the hold of the folder, which closing this store lets go of no more."""
        hold, self._hold = self._hold, None
        return hold

    def watch(self, state: StateFile, *, had_log: bool) -> str:
        """Compare with what the state file says, as :func:`db.state_file.lost_since`, and keep it
        from now on. ``had_log``: whether the log lay there before this database was opened."""
        said = state.read()
        number, head = self._end_of_audit()
        then = None if said is None else self._audit_hash(said.number)
        lost = lost_since(said, had_log=had_log, number=number, head_then=then)
        state.write(State(is_open=True, number=number, head=head))
        self._state = state
        return lost

    def unit(self) -> SqlUnitOfWork:
        """Return a new unit of work. One at a time: there is one connection."""
        return SqlUnitOfWork(self._engine, self._registry, self._second, self._author, self._desk)

    def bring_second_level(self, *, reads_all: bool = False) -> None:
        """Write to the second files what they lack; ``reads_all`` compares every byte of them.

        What the disk refuses is said by ``second_trouble`` and tried again at the next commit.
        """
        if self._second is not None:
            with self._engine.connect() as connection:
                self._second.bring_level(connection, reads_all=reads_all)

    def batches_only_beside(self) -> dict[bytes, bytes]:
        """Return the batches, by their ids, that the second file has and the database lacks: it was
        put back to an older state. Raises EnvironmentFault."""
        if self._second is None:
            return {}
        with translated(), self._engine.connect() as connection:
            return self._second.archive.lacking_in(connection)

    def change_ids(self) -> frozenset[bytes]:
        """Return the ids of every change in the log."""
        with self._engine.connect() as connection:
            return frozenset(connection.execute(select(change.c.id)).scalars())

    def mark_own(self, device: bytes) -> None:
        """Mark the batches that a device signed, and their changes, as made on this laptop: in a
        database that was made anew they came like those of others. Commits."""
        signed = select(batch.c.seq).where(batch.c.device == device)
        within = select(batch_change.c.change_seq).where(batch_change.c.batch_seq.in_(signed))
        with self._engine.begin() as connection:
            connection.execute(update(batch).where(batch.c.seq.in_(signed)).values(is_own=1))
            connection.execute(update(change).where(change.c.seq.in_(within)).values(is_own=1))

    def put_back(
        self,
        *,
        aside: Sequence[AsideRow],
        came: Mapping[bytes, int],
        lacking: Sequence[bytes],
    ) -> None:
        """Put facts of a damaged database into this new one, as :func:`db.put_back.put_back` does.
        Commits. Raises EnvironmentFault."""
        with translated(), self._engine.begin() as connection:
            put_back(connection, aside=aside, came=came, lacking=lacking)

    def copy_hints(self, source: Salvage) -> int:
        """Copy what a snapshot told of places, before batches are taken in by it; return the number
        of rows. Raises EnvironmentFault."""
        return source.copy_hints(self._driver_connection())

    def copy_audit(self, source: Salvage) -> int:
        """Copy the audit out of a damaged database into this new one, before anything is noted in
        it; return the number of rows. Raises EnvironmentFault."""
        return source.copy_audit(self._driver_connection())

    def copy_own_tables(self, source: Salvage) -> dict[str, int]:
        """Copy what else is in no batch out of a damaged database into this new one; return the
        number of rows of each table. Raises EnvironmentFault."""
        return source.copy_own_tables(self._driver_connection())

    def stand_still(self) -> Standing:
        """Have the file stand still, so that it can be copied while work goes on, until the answer
        is told to end, or this store moves it: it says then that it does not hold. Outside of any
        unit. Raises EnvironmentFault."""
        self._let_move()
        self._standing = Standing(self._driver_connection())
        return self._standing

    def checkpoint(self) -> None:
        """Move everything from the write-ahead log into the file and empty the log.

        What stands in ``datos.db`` cannot be lost with a damaged ``-wal``. Raises
        EnvironmentFault; nothing is lost then, either.
        """
        self._let_move()
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
        self._let_move()
        try:
            self._leave_state()
            with translated():
                self._driver_connection().close()
            self._engine.dispose()
        finally:
            if self._second is not None:
                self._second.close()
            if self._hold is not None:
                self._hold.release()

    def _leave_state(self) -> None:
        """Say where the audit ends, before the log goes: a cut in between accuses nobody."""
        if self._state is None:
            return
        with contextlib.suppress(QispiError), translated():  # a damaged file is closed all the same
            number, head = self._end_of_audit()
            self._state.write(State(is_open=False, number=number, head=head))

    def _end_of_audit(self) -> tuple[int, bytes]:
        with self._engine.connect() as connection:
            last = connection.execute(
                select(audit.c.number, audit.c.hash).order_by(audit.c.number.desc()).limit(1)
            ).first()
        return (0, b"") if last is None else (last.number, last.hash)

    def _audit_hash(self, number: int) -> bytes | None:
        with self._engine.connect() as connection:
            found: bytes | None = connection.execute(
                select(audit.c.hash).where(audit.c.number == number)
            ).scalar()
        return found

    def _let_move(self) -> None:
        if self._standing is not None:
            self._standing.end()
            self._standing = None

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

    Raises DomainError ``file_damaged`` (missing, emptied, cut, locked by another key, or with a
    write-ahead log of which something that was called saved cannot be read),
    ``file_not_ours``, ``file_newer``; EnvironmentFault. Nothing is written then; before a
    migration the file is copied beside itself.
    """
    path = folder / DATABASE_NAME
    _check_log(path)
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
    store = Store(engine, registry, hold, SecondFiles(path, key, migrations.head))
    store.bring_second_level()
    return store


def watched(store: Store, state: StateFile, *, had_log: bool) -> str:
    """Return what :meth:`Store.watch` does; where it raises, the store is closed."""
    try:
        return store.watch(state, had_log=had_log)
    except BaseException:
        store.close()
        raise


def memory_store(registry: FieldRegistry) -> Store:
    """Return a new store that lives in memory only: practice, and the simulator. Same code."""
    engine = memory_engine()
    create_schema(engine)
    return Store(engine, registry)


def _check_log(path: Path) -> None:
    # There is one only after a power cut or a kill; a close empties it.
    log = path.with_name(path.name + "-wal")
    with translated():
        content = log.read_bytes() if log.exists() else b""
    if is_damaged(content):
        raise DomainError("file_damaged")
