"""Opens ``datos.db`` so that nothing of a case can reach the disk in clear.

Six traps of SQLCipher and SQLAlchemy were reproduced before this was written, and each is refused
here and in ``tests/storage/test_engine.py``: a forgotten key makes a plain database without a word;
the standard ``sqlite3`` ignores ``PRAGMA key``; a key of 31 bytes is taken for a passphrase;
``ATTACH`` and ``sqlcipher_export`` write plaintext; an emptied file opens as a new one ("no
cases"); statement echo and error texts carry values.
"""

from __future__ import annotations

from pathlib import Path

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from db.errors import translate_faults, translated

__all__ = ["PAGE_BYTES", "check_file", "connect", "memory_engine", "read_only", "store_engine"]

PAGE_BYTES = 4096
CIPHER_VERSION_MIN = (4, 6)
BUSY_SECONDS = 5
CACHED_STATEMENTS = 512
CACHE_KIB = 16 * 1024
WAL_BYTES_KEPT = 8 * 1024 * 1024

SQLITE_HEADER = b"SQLite format 3\0"
DAMAGE_CODES = frozenset({11, 26})  # SQLITE_CORRUPT, SQLITE_NOTADB

# Set on every connection. secure_delete overwrites what is deleted; cell_size_check and
# trusted_schema refuse a doctored file; FULL is what survives a power cut (NORMAL lost
# acknowledged commits in two of three simulated cuts).
SETTINGS = (
    "temp_store = MEMORY",
    "secure_delete = ON",
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    "mmap_size = 0",
    f"cache_size = -{CACHE_KIB}",
    "synchronous = FULL",
)

DENIED_FUNCTIONS = frozenset({"sqlcipher_export", "load_extension"})
DENIED_PRAGMAS = frozenset(
    {
        "activate_extensions",
        "cell_size_check",
        "foreign_keys",
        "hexkey",
        "hexrekey",
        "journal_mode",
        "key",
        "locking_mode",
        "mmap_size",
        "rekey",
        "secure_delete",
        "synchronous",
        "temp_store",
        "temp_store_directory",
        "textkey",
        "textrekey",
        "trusted_schema",
        "writable_schema",
    }
)


def store_engine(path: Path, key: SecretKey, *, create: bool = False) -> Engine:
    """Return an engine over its one connection, made on this thread and bound to it.

    ``create`` makes a new file and refuses to touch an old one. Raises DomainError
    ``file_damaged`` (also for a key that is not this file's: the two cannot be told apart),
    ``file_not_ours``, ``already_set_up``; EnvironmentFault. Nothing is written when it raises.
    """
    if create:
        if path.exists():
            raise DomainError("already_set_up")
    else:
        check_file(path)
    return _engine(connect(path, key, create=create))


def memory_engine() -> Engine:
    """Return an engine over a database that lives in memory only (practice, simulation)."""
    connection = sqlcipher.connect(
        ":memory:", isolation_level=None, cached_statements=CACHED_STATEMENTS
    )
    for setting in SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    connection.set_authorizer(_authorize)
    return _engine(connection)


def connect(
    path: Path, key: SecretKey, *, create: bool = False, guarded: bool = True
) -> sqlcipher.Connection:
    """Return the bare connection, keyed, checked and set up.

    ``guarded`` installs the authorizer; only maintenance (a migration) goes without it. Raises as
    :func:`store_engine` does.
    """
    with translated():
        if create:
            # Before SQLite does: the -wal and -shm beside it take over this mode.
            path.touch(mode=0o600, exist_ok=False)
        connection = sqlcipher.connect(
            str(path),
            isolation_level=None,
            check_same_thread=True,
            timeout=BUSY_SECONDS,
            cached_statements=CACHED_STATEMENTS,
        )
    try:
        _unlock(connection, key)
        with translated():
            for setting in SETTINGS:
                connection.execute(f"PRAGMA {setting}")
            _write_ahead(connection)
            if create:
                _write_first_page(connection, path)
        connection.enable_load_extension(False)
        if guarded:
            connection.set_authorizer(_authorize)
    except BaseException:
        connection.close()
        if create:
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
        raise
    return connection


def read_only(path: Path, key: SecretKey) -> sqlcipher.Connection:
    """Return a connection that reads a file nobody writes, where it lies: on a stick that is
    locked, too. Nothing is made beside it. Raises as :func:`store_engine` does."""
    check_file(path)
    with translated():
        connection = sqlcipher.connect(
            f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None
        )
    try:
        _unlock(connection, key)
        with translated():
            for setting in SETTINGS:
                connection.execute(f"PRAGMA {setting}")
        connection.enable_load_extension(False)
        connection.set_authorizer(_authorize)
    except BaseException:
        connection.close()
        raise
    return connection


def check_file(path: Path) -> None:
    """Raise DomainError unless the file can be an encrypted database of ours.

    ``file_damaged`` when it is missing, empty or cut short: SQLite would quietly start a new
    one. ``file_not_ours`` when it is a plain database or no ciphertext at all.
    """
    if not path.is_file():
        raise DomainError("file_damaged")
    with translated(), path.open("rb") as file:
        page = file.read(PAGE_BYTES)
    if not page.strip(b"\0"):
        raise DomainError("file_damaged")
    if page.startswith(SQLITE_HEADER) or not _looks_random(page):
        raise DomainError("file_not_ours")
    if len(page) < PAGE_BYTES:
        raise DomainError("file_damaged")


def _looks_random(page: bytes) -> bool:
    # In a page of ciphertext nearly all 256 values occur; in text, or in a page of an office
    # file, not half of them.
    return len(set(page)) >= min(256, len(page)) // 2


def _unlock(connection: sqlcipher.Connection, key: SecretKey) -> None:
    # Values cannot be bound in PRAGMA key. Exactly 64 hexadecimal digits are a raw key; SecretKey
    # has no other length. The log of SQLCipher would write to the terminal.
    connection.execute("PRAGMA cipher_log_level = NONE")
    connection.execute(f"PRAGMA key = \"x'{key.reveal().hex()}'\"")
    version = connection.execute("PRAGMA cipher_version").fetchone()
    if version is None or _numbers(version[0]) < CIPHER_VERSION_MIN:
        raise RuntimeError("this SQLite does not encrypt")
    # cipher_memory_security stays off: it wipes and locks every small allocation, which made the
    # statements of a commit five to twenty times slower (measured: 1.9 ms against 0.6 ms). The
    # key itself lies in SQLCipher's locked heap either way; values are in Python's memory anyhow,
    # and lock ends the process.
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlcipher.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in DAMAGE_CODES:
            raise DomainError("file_damaged") from None
        with translated():
            raise


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split()[0].split(".")[:2])


def _write_ahead(connection: sqlcipher.Connection) -> None:
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != ("wal",):
        raise RuntimeError("the database refuses the write-ahead log")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES_KEPT}")


def _write_first_page(connection: sqlcipher.Connection, path: Path) -> None:
    # Proves on disk that the new file is encrypted, before anything of a case is in it.
    connection.execute("PRAGMA user_version = 1")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("rb") as file:
        page = file.read(PAGE_BYTES)
    if len(page) < PAGE_BYTES or page.startswith(SQLITE_HEADER) or not _looks_random(page):
        raise RuntimeError("the new database is not encrypted")


def _engine(connection: sqlcipher.Connection) -> Engine:
    # "sqlite+pysqlcipher" sends an empty key first; a creator keeps the key out of every URL.
    # hide_parameters keeps values out of the log and of error texts.
    engine = create_engine(
        "sqlite://",
        module=sqlcipher,
        creator=lambda: connection,
        poolclass=StaticPool,
        hide_parameters=True,
    )
    # In this order: a new unit first forgets the last one's fault, then begins.
    translate_faults(engine)
    event.listen(engine, "begin", _begin_immediately)
    return engine


def _begin_immediately(connection: Connection) -> None:
    # A unit that reads first and writes later must not find the file locked half-way.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _authorize(
    action: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None
) -> int:
    if action in (sqlcipher.SQLITE_ATTACH, sqlcipher.SQLITE_DETACH):
        return int(sqlcipher.SQLITE_DENY)
    if action == sqlcipher.SQLITE_FUNCTION and (second or "").lower() in DENIED_FUNCTIONS:
        return int(sqlcipher.SQLITE_DENY)
    if action == sqlcipher.SQLITE_PRAGMA and second is not None:
        name = (first or "").lower()
        if name in DENIED_PRAGMAS or name.startswith("cipher_"):
            return int(sqlcipher.SQLITE_DENY)
    return int(sqlcipher.SQLITE_OK)
