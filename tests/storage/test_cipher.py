"""SQLCipher that is not there, or too old: nothing is opened or made. And folders of odd names."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from db import engine
from db.folder import set_up, unlock
from db.store import DATABASE_NAME, create_store, open_store
from tests.support.storage import CHEAP, CHEAP_BOUNDS, KEY, PASSPHRASE, REGISTRY


def without_cipher(*arguments: Any, **named: Any) -> sqlite3.Connection:
    """What the standard library gives: it takes a key without a word, and ignores it."""
    return sqlite3.connect(*arguments, **named)


def test_where_sqlite_does_not_encrypt_nothing_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(D3) Control: the same connection, unasked, writes in clear."""
    plain = without_cipher(tmp_path / "plain.db")
    plain.execute(f"PRAGMA key = \"x'{KEY.reveal().hex()}'\"")
    plain.execute("CREATE TABLE story (words TEXT)")
    plain.close()
    assert b"CREATE TABLE story" in (tmp_path / "plain.db").read_bytes()
    (tmp_path / "plain.db").unlink()

    monkeypatch.setattr(engine.sqlcipher, "connect", without_cipher)
    with pytest.raises(RuntimeError, match="does not encrypt"):
        create_store(tmp_path, KEY, REGISTRY)
    assert list(tmp_path.iterdir()) == []


def test_a_laptop_is_not_opened_where_sqlite_does_not_encrypt_or_is_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(D3) Control: with the version that is there it opens."""
    create_store(tmp_path, KEY, REGISTRY).close()
    before = (tmp_path / DATABASE_NAME).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(engine.sqlcipher, "connect", without_cipher)
        with pytest.raises(RuntimeError, match="does not encrypt"):
            open_store(tmp_path, KEY, REGISTRY)
    with monkeypatch.context() as patch:
        patch.setattr(engine, "CIPHER_VERSION_MIN", (99, 0))
        with pytest.raises(RuntimeError, match="does not encrypt"):
            open_store(tmp_path, KEY, REGISTRY)
    assert (tmp_path / DATABASE_NAME).read_bytes() == before
    open_store(tmp_path, KEY, REGISTRY).close()


@pytest.mark.parametrize(
    "name", ["Ñahui Pérez", "Nãhui", "a'b; DROP TABLE change --", "awajún ̈", "x" * 240]
)
def test_a_folder_of_any_name_is_a_laptops(tmp_path: Path, name: str) -> None:
    """(F11)"""
    folder = tmp_path / name / "datos de Qispi"
    assert len(str(folder)) > 260 or len(name) < 240
    set_up(
        folder, PASSPHRASE, REGISTRY, lambda unit: unit.commit(), cost=CHEAP, bounds=CHEAP_BOUNDS
    ).store.close()
    unlock(folder, PASSPHRASE, REGISTRY, bounds=CHEAP_BOUNDS).store.close()
