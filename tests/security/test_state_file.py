"""A database that lost its end says so: the log deleted after a kill, or an older file put back
(F2, F5)."""

from __future__ import annotations

import hmac
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.crypto.derive import derive_bytes
from app.domain.change import RecordId
from app.laptop import Laptop
from app.services import casework, evidence
from db.laptop_files import DATABASE_NAME, LOG_NAME, STATE_NAME
from db.state_file import State, StateFile
from tests.support.stations import open_again, set_up
from tests.support.storage import KEY


def write_a_case(laptop: Laptop) -> RecordId:
    with laptop.store.unit() as uow:
        return casework.open_case(uow, laptop.desk)


def told(folder: Path) -> bool:
    """Open the laptop; return whether it says that its end is gone."""
    laptop = open_again(folder)
    with laptop.store.unit() as uow:
        found = "end_lost" in evidence.unseen(uow, ())
        evidence.note_seen(uow)
    laptop.close()
    return found


def killed(folder: Path, work: Callable[[Laptop], object]) -> None:
    """Open the laptop in a process of its own, work, and let it be killed."""
    child = os.fork()
    if child == 0:
        work(open_again(folder))
        os._exit(9)
    os.waitpid(child, 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "data"
    laptop = set_up(place)
    write_a_case(laptop)
    laptop.close()
    return place


def test_a_laptop_that_was_closed_or_killed_has_lost_nothing(folder: Path) -> None:
    """(control of D5, F5)"""
    assert not told(folder)
    killed(folder, write_a_case)
    assert (folder / LOG_NAME).exists()
    assert not told(folder)
    killed(folder, lambda laptop: laptop.store.checkpoint())
    assert not told(folder)


def test_the_log_deleted_after_a_kill_is_told_once(folder: Path) -> None:
    """(F5)"""
    killed(folder, write_a_case)
    (folder / LOG_NAME).unlink()
    (folder / f"{DATABASE_NAME}-shm").unlink(missing_ok=True)
    assert told(folder)
    assert not told(folder)


def test_an_older_database_put_back_is_told(folder: Path) -> None:
    """(D5)"""
    older = folder.parent / "older.db"
    shutil.copyfile(folder / DATABASE_NAME, older)
    laptop = open_again(folder)
    write_a_case(laptop)
    laptop.close()
    shutil.copyfile(older, folder / DATABASE_NAME)
    assert told(folder)


def test_another_history_of_the_same_length_is_told(folder: Path) -> None:
    """(D5)"""
    older = folder.parent / "older.db"
    shutil.copyfile(folder / DATABASE_NAME, older)
    laptop = open_again(folder)
    write_a_case(laptop)
    laptop.close()
    state = (folder / STATE_NAME).read_bytes()
    shutil.copyfile(older, folder / DATABASE_NAME)
    (folder / STATE_NAME).unlink()
    laptop = open_again(folder)
    write_a_case(laptop)
    laptop.close()
    (folder / STATE_NAME).write_bytes(state)
    assert told(folder)


def test_without_the_file_or_with_another_nothing_is_known_and_nobody_is_held_up(
    folder: Path,
) -> None:
    whole = (folder / STATE_NAME).read_bytes()
    spoilt = [b"", whole[:-1], whole + b"x", *(_flipped(whole, at) for at in range(len(whole)))]
    for content in spoilt:
        (folder / STATE_NAME).write_bytes(content)
        assert StateFile(folder, KEY).read() is None
    (folder / STATE_NAME).write_bytes(spoilt[5])
    assert not told(folder)
    (folder / STATE_NAME).unlink()
    assert not told(folder)
    assert (folder / STATE_NAME).exists()


def test_one_bit_changed_anywhere_is_not_believed(tmp_path: Path) -> None:
    """(F6) Control: unchanged it is believed."""
    state = StateFile(tmp_path, KEY)
    said = State(is_open=True, number=7, head=bytes(range(32)))
    state.write(said)
    assert state.read() == said
    whole = (tmp_path / STATE_NAME).read_bytes()
    for at in range(len(whole)):
        (tmp_path / STATE_NAME).write_bytes(_flipped(whole, at))
        assert state.read() is None


@pytest.mark.parametrize(("at", "sign"), [(0, b"X"), (4, b"\x02")])
def test_another_kind_of_file_or_version_is_not_believed_though_its_seal_fits(
    tmp_path: Path, at: int, sign: bytes
) -> None:
    """Control: sealed anew as it was, it is believed."""
    said = State(is_open=True, number=7, head=bytes(range(32)))
    state = StateFile(tmp_path, KEY)
    state.write(said)
    front = (tmp_path / STATE_NAME).read_bytes()[:-32]
    for content, believed in ((front, said), (front[:at] + sign + front[at + 1 :], None)):
        mac = hmac.digest(derive_bytes(KEY, "state-file", 32), content, "sha256")
        (tmp_path / STATE_NAME).write_bytes(content + mac)
        assert state.read() == believed


def test_the_file_says_nothing_of_whose_it_is(folder: Path) -> None:
    assert len((folder / STATE_NAME).read_bytes()) < 100


def _flipped(content: bytes, at: int) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)
