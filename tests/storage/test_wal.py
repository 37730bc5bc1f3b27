"""What was called saved and cannot be read is damage; what a power cut leaves is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.errors import DomainError
from app.services.ports import FieldKey
from db.cipher_page import SALT_BYTES, PageCheck
from db.store import DATABASE_NAME, create_store, open_store
from db.wal import is_damaged, mended
from tests.support.every import some
from tests.support.storage import KEY, REGISTRY, Writer, record_id

COMMITS = 12
WAL_NAME = f"{DATABASE_NAME}-wal"
STEP = 4096 + 24


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a database that was killed: twelve commits stand in its write-ahead log."""
    folder, killed = tmp_path_factory.mktemp("open"), tmp_path_factory.mktemp("killed")
    store = create_store(folder, KEY, REGISTRY)
    writer = Writer()
    for number in range(COMMITS):
        with store.unit() as unit:
            key = FieldKey("case", record_id(number), "narrative")
            unit.changes.append([writer.change(key, "n" * 300)], is_own=True)
            unit.commit()
    for path in folder.iterdir():
        shutil.copy(path, killed)
    store.close()
    return killed


def _counted(folder: Path) -> int:
    store = open_store(folder, KEY, REGISTRY)
    try:
        with store.unit() as unit:
            return unit.changes.count()
    finally:
        store.close()


def _check(left: Path) -> PageCheck:
    return PageCheck(KEY, (left / DATABASE_NAME).read_bytes()[:SALT_BYTES])


def _with_log(left: Path, folder: Path, log: bytes) -> Path:
    folder.mkdir()
    shutil.copy(left / DATABASE_NAME, folder)
    (folder / WAL_NAME).write_bytes(log)
    return folder


def test_a_killed_program_loses_nothing_and_nobody_is_alarmed(left: Path, tmp_path: Path) -> None:
    """(control of F5)"""
    log = (left / WAL_NAME).read_bytes()
    assert not is_damaged(log)
    assert _counted(_with_log(left, tmp_path / "x", log)) == COMMITS


def test_a_log_cut_anywhere_is_what_a_power_cut_leaves(left: Path) -> None:
    """(F5, F7)"""
    log = (left / WAL_NAME).read_bytes()
    for end in (*range(0, len(log), some(2_971, 977)), len(log) - 1):
        assert not is_damaged(log[:end])
        assert not is_damaged(log[:end] + bytes(len(log) - end))


def test_a_frame_of_the_last_transaction_that_was_torn_is_no_damage(left: Path) -> None:
    log = bytearray((left / WAL_NAME).read_bytes())
    log[-2_000] ^= 1
    assert not is_damaged(bytes(log))


@pytest.mark.parametrize("at", [5, 20, 30, 33, 40, 50, 56, 200, STEP + 40, 3 * STEP + 1_000])
def test_a_byte_damaged_before_saved_work_is_told_and_can_be_mended(
    left: Path, tmp_path: Path, at: int
) -> None:
    """(F5)"""
    log = bytearray((left / WAL_NAME).read_bytes())
    log[at] ^= 1
    assert is_damaged(bytes(log))
    spoilt = _with_log(left, tmp_path / "spoilt", bytes(log))
    with pytest.raises(DomainError, match="file_damaged"):
        open_store(spoilt, KEY, REGISTRY)
    assert (spoilt / WAL_NAME).read_bytes() == bytes(log)
    whole = _with_log(left, tmp_path / "mended", mended(bytes(log), _check(left)))
    assert _counted(whole) == COMMITS


def test_mending_a_whole_log_changes_none_of_what_it_says(left: Path, tmp_path: Path) -> None:
    log = (left / WAL_NAME).read_bytes()
    assert _counted(_with_log(left, tmp_path / "x", mended(log, _check(left)))) == COMMITS


@given(st.binary(max_size=3 * STEP))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_read_without_an_exception(content: bytes) -> None:
    """(F5)"""
    assert is_damaged(content) in (True, False)
    mended(content, lambda *_: True)
    mended(content, lambda *_: False)
