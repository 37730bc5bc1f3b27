"""The six traps of SQLCipher and SQLAlchemy, each refused; and the settings that must hold."""

from __future__ import annotations

import logging
import sqlite3
import stat
import threading
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as sqlcipher  # type: ignore[import-untyped]  # ships no types
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, ProgrammingError

from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from db import engine
from db.engine import SETTINGS, connect, store_engine
from db.store import DATABASE_NAME, Store, create_store, open_store
from tests.support.storage import KEY, REGISTRY

ALREADY = frozenset({"secure_delete = ON", "mmap_size = 0", "synchronous = FULL"})
"""What the library does by itself, as it is built here: set all the same, another may not."""


def _run(store: Store, statement: str, **parameters: object) -> list[tuple[object, ...]]:
    with store._engine.connect() as connection:
        result = connection.execute(text(statement), parameters)
        return [tuple(row) for row in result] if result.returns_rows else []


def test_the_file_is_ciphertext_from_its_first_byte(file_store: Store, tmp_path: Path) -> None:
    file_store.checkpoint()
    content = (tmp_path / DATABASE_NAME).read_bytes()
    assert not content.startswith(b"SQLite format 3")
    for word in (b"CREATE TABLE", b"record_id", b"alembic_version"):
        assert word not in content


def test_trap_1_without_a_key_nothing_opens(file_store: Store, tmp_path: Path) -> None:
    """(D1)"""
    file_store.checkpoint()
    bare = sqlcipher.connect(str(tmp_path / DATABASE_NAME))
    with pytest.raises(sqlcipher.DatabaseError):
        bare.execute("SELECT * FROM change")
    bare.close()


def test_trap_2_a_plain_database_is_not_ours(tmp_path: Path) -> None:
    """(D1) Control: the standard library takes the key without a word and writes plainly."""
    path = tmp_path / DATABASE_NAME
    plain = sqlite3.connect(path)
    plain.execute("PRAGMA key = 'ignored in silence'")
    plain.execute("CREATE TABLE change (id)")
    plain.close()
    before = path.read_bytes()
    with pytest.raises(DomainError, match="file_not_ours"):
        open_store(tmp_path, KEY, REGISTRY)
    assert path.read_bytes() == before


def test_trap_3_a_key_has_32_bytes_and_never_31() -> None:
    """(D1)"""
    for length in (0, 16, 31, 33, 64):
        with pytest.raises(ValueError, match="32"):
            SecretKey(bytes(length))


@pytest.mark.parametrize(
    "statement",
    [
        "ATTACH ':memory:' AS other KEY ''",
        "ATTACH 'plain.db' AS plain KEY ''",
        "SELECT sqlcipher_export('main')",
        "SELECT load_extension('x')",
        "PRAGMA key = 'another'",
        "PRAGMA rekey = 'another'",
        "PRAGMA cipher_plaintext_header_size = 32",
        "PRAGMA cipher_use_hmac = OFF",
        "PRAGMA writable_schema = ON",
        "PRAGMA trusted_schema = ON",
        "PRAGMA temp_store = FILE",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA synchronous = OFF",
        "PRAGMA secure_delete = OFF",
        "PRAGMA foreign_keys = OFF",
        "VACUUM INTO 'copy.db'",
    ],
)
def test_trap_4_no_statement_writes_plaintext_or_weakens_the_file(
    file_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    """(D1, D2)"""
    monkeypatch.chdir(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    with file_store._engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        with pytest.raises(
            sqlcipher.DatabaseError, match=r"not authorized|authorization denied|prohibited"
        ):
            driver.execute(statement)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, None])
def test_trap_5_an_emptied_or_missing_file_is_never_a_new_one(
    tmp_path: Path, content: bytes | None
) -> None:
    """(D1)"""
    create_store(tmp_path, KEY, REGISTRY).close()
    path = tmp_path / DATABASE_NAME
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(DomainError, match="file_damaged"):
        open_store(tmp_path, KEY, REGISTRY)
    assert (path.read_bytes() if path.exists() else None) == content
    assert [one.name for one in tmp_path.iterdir()] == ([] if content is None else [path.name])


def test_trap_6_no_value_reaches_an_error_or_the_log(
    file_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """(D1, L6)"""
    caplog.set_level(logging.INFO, logger="sqlalchemy")
    name = "Persona Inventada Uno"
    with pytest.raises(DatabaseError) as refused:
        _run(
            file_store,
            "INSERT INTO local (name, content) VALUES (:a, :b), (:a, :b)",
            a=name,
            b=name.encode(),
        )
    assert name not in f"{refused.value} {refused.value!r} {caplog.text}"
    assert KEY.reveal().hex() not in f"{file_store._engine.url} {file_store._engine!r}"


def test_a_wrong_key_changes_nothing_and_the_right_one_opens_at_once(tmp_path: Path) -> None:
    create_store(tmp_path, KEY, REGISTRY).close()
    before = (tmp_path / DATABASE_NAME).read_bytes()
    with pytest.raises(DomainError, match="file_damaged"):
        open_store(tmp_path, SecretKey(b"w" * 32), REGISTRY)
    assert [one.name for one in tmp_path.iterdir()] == [DATABASE_NAME]
    assert (tmp_path / DATABASE_NAME).read_bytes() == before
    open_store(tmp_path, KEY, REGISTRY).close()


def test_a_new_database_is_never_made_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_NAME
    path.write_bytes(b"")
    with pytest.raises(DomainError, match="already_set_up"):
        create_store(tmp_path, KEY, REGISTRY)
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("secure_delete", 1),
        ("temp_store", 2),
        ("trusted_schema", 0),
        ("cell_size_check", 1),
        ("mmap_size", 0),
        ("cipher_page_size", "4096"),
        ("cipher_hmac_algorithm", "HMAC_SHA512"),
        ("cipher_use_hmac", "1"),
    ],
)
def test_the_settings_hold(file_store: Store, pragma: str, value: object) -> None:
    """(D4)"""
    with file_store._engine.connect() as connection:
        row = connection.exec_driver_sql(f"PRAGMA {pragma}").first()
    assert row is not None
    assert row[0] == value


@pytest.mark.parametrize("left_out", SETTINGS)
def test_a_setting_that_is_left_out_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_out: str
) -> None:
    """(control of D4) What it would be is read in the same way; see ``ALREADY``."""
    monkeypatch.setattr(engine, "SETTINGS", [one for one in SETTINGS if one != left_out])
    connection = connect(tmp_path / DATABASE_NAME, KEY, create=True, guarded=False)
    name = left_out.partition(" = ")[0]
    without = connection.execute(f"PRAGMA {name}").fetchone()
    connection.execute(f"PRAGMA {left_out}")
    with_it = connection.execute(f"PRAGMA {name}").fetchone()
    connection.close()
    assert (without == with_it) is (left_out in ALREADY), f"{without}, {with_it}"


@pytest.mark.usefixtures("file_store")
def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path.name


def test_another_thread_is_refused_loudly(file_store: Store) -> None:
    raised: list[Exception] = []

    def meddle() -> None:
        try:
            file_store.unit()
            _run(file_store, "SELECT 1")
        except ProgrammingError as error:
            raised.append(error)

    thread = threading.Thread(target=meddle)
    thread.start()
    thread.join()
    assert len(raised) == 1
    assert "thread" in str(raised[0])


def test_a_damaged_first_page_and_a_cut_file_are_refused(tmp_path: Path) -> None:
    """(F6)"""
    create_store(tmp_path, KEY, REGISTRY).close()
    path = tmp_path / DATABASE_NAME
    whole = path.read_bytes()
    for content in (
        whole[:100] + bytes([whole[100] ^ 1]) + whole[101:],
        whole[:2000],
        bytes(16) + whole[16:],
    ):
        path.write_bytes(content)
        with pytest.raises(DomainError, match="file_damaged"):
            open_store(tmp_path, KEY, REGISTRY)
        assert path.read_bytes() == content


def test_maintenance_alone_works_without_the_guard(tmp_path: Path) -> None:
    """(control of D2)"""
    create_store(tmp_path, KEY, REGISTRY).close()
    bare = connect(tmp_path / DATABASE_NAME, KEY, guarded=False)
    bare.execute("VACUUM")
    bare.close()


def test_the_store_engine_wants_a_file_that_can_be_ours(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).write_text("Estimada coordinadora: " * 400)
    with pytest.raises(DomainError, match="file_not_ours"):
        store_engine(tmp_path / DATABASE_NAME, KEY)
