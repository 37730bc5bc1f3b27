"""A backup that was put back and a folder that was copied are noticed at the start, once, and told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.machine_notes import ProfileMachine, read_note, system_name
from app.services import evidence
from app.services.machine_watch import note_start
from app.services.messages import SENTENCES, sentence
from app.services.sync_advice import PROCEDURES, fact_procedure
from db.store import Store, memory_store
from tests.support.laptops import Laptop, definitions, make_desk

HERE, ELSEWHERE = b"a computer", b"another computer"


@pytest.fixture
def store() -> Iterator[Store]:
    made = memory_store(definitions().registry)
    yield made
    made.close()


def start(store: Store, folder: Path, name: bytes | None = HERE) -> dict[str, int]:
    """Start the program once; return what is told."""
    desk = make_desk()
    with store.unit() as uow:
        note_start(uow, desk, ProfileMachine(folder, name))
    with store.unit() as uow:
        return {one.message_id: one.count for one in evidence.facts(uow)}


def inside(store: Store) -> dict[str, bytes | None]:
    names = ("machine/tag", "machine/starts", "machine/computer")
    with store.unit() as uow:
        return {name: uow.local.get(name) for name in names}


def put_back(store: Store, state: dict[str, bytes | None]) -> None:
    with store.unit() as uow:
        for name, content in state.items():
            uow.local.put(name, content)
        uow.commit()


def audited(store: Store) -> int:
    with store.unit() as uow:
        return uow.audit.count()


def test_a_laptop_to_which_nothing_happened_tells_nothing(store: Store, tmp_path: Path) -> None:
    for _ in range(5):
        assert start(store, tmp_path) == {}
    assert audited(store) == 0


def test_an_older_state_that_was_put_back_is_told_once(store: Store, tmp_path: Path) -> None:
    start(store, tmp_path)
    backup = inside(store)
    start(store, tmp_path)
    put_back(store, backup)
    assert start(store, tmp_path) == {"backup_restored": 1}
    assert start(store, tmp_path) == {"backup_restored": 1}
    assert audited(store) == 1
    put_back(store, backup)
    assert start(store, tmp_path) == {"backup_restored": 2}


def test_an_older_state_gives_no_number_a_second_time(store: Store, tmp_path: Path) -> None:
    laptop = Laptop(store, make_desk())
    start(store, tmp_path)
    backup = inside(store)
    start(store, tmp_path)
    put_back(store, backup)
    start(store, tmp_path)
    assert laptop.ficha(laptop.open_case()).case_code == "2026-A0101"


def test_a_folder_that_came_to_another_computer_is_told_once(store: Store, tmp_path: Path) -> None:
    start(store, tmp_path / "one")
    assert start(store, tmp_path / "two", ELSEWHERE) == {"folder_moved": 1}
    assert start(store, tmp_path / "two", ELSEWHERE) == {"folder_moved": 1}
    assert audited(store) == 1


def test_a_power_cut_before_the_note_outside_is_no_alarm(store: Store, tmp_path: Path) -> None:
    start(store, tmp_path)
    (note,) = tmp_path.iterdir()
    before = note.read_bytes()
    start(store, tmp_path)
    note.write_bytes(before)
    assert start(store, tmp_path) == {}


def test_a_profile_made_anew_on_the_same_computer_is_no_alarm(store: Store, tmp_path: Path) -> None:
    start(store, tmp_path / "one")
    assert start(store, tmp_path / "two") == {}


def test_where_the_computer_has_no_name_a_profile_without_the_note_is_another(
    store: Store, tmp_path: Path
) -> None:
    start(store, tmp_path / "one", None)
    assert start(store, tmp_path / "one", None) == {}
    assert start(store, tmp_path / "two", None) == {"folder_moved": 1}


def test_a_profile_that_cannot_be_written_keeps_nobody_out(store: Store, tmp_path: Path) -> None:
    place = tmp_path / "a file, no folder"
    place.write_bytes(b"")
    for _ in range(3):
        assert start(store, place) == {}


@pytest.mark.parametrize("content", [b"", b"QSPM", b"x" * 4096, b"QSPM\x02" + bytes(8)])
def test_a_note_that_is_none_is_passed_over(store: Store, tmp_path: Path, content: bytes) -> None:
    start(store, tmp_path)
    (note,) = tmp_path.iterdir()
    note.write_bytes(content)
    assert start(store, tmp_path) == {}


@given(st.binary(max_size=64))
def test_no_bytes_at_all_break_the_reader_of_notes(content: bytes) -> None:
    found = read_note(content)
    assert found is None or 0 <= found < 2**63


def test_nothing_of_a_person_or_of_the_computer_stands_in_the_note(
    store: Store, tmp_path: Path
) -> None:
    start(store, tmp_path)
    (note,) = tmp_path.iterdir()
    assert note.suffix == ".marca"
    assert len(note.read_bytes()) == 13
    assert HERE not in note.read_bytes()
    assert HERE not in (inside(store)["machine/computer"] or b"")


def test_the_system_gives_this_computer_one_name() -> None:
    assert system_name() == system_name()


@pytest.mark.parametrize("fact", ["backup_restored", "folder_moved", "two_servers"])
def test_every_fact_has_its_sentence_and_its_procedure(fact: str) -> None:
    assert fact in SENTENCES
    assert "17" in sentence(fact, {"count": 17}, str)
    assert fact_procedure(fact) in PROCEDURES
