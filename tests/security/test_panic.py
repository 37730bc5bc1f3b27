"""K6: a laptop is closed until two sheets come; whatever cuts it off, people open it or the sheets
do, and nothing is lost. Positive controls: before it the words open, without sheets it is refused."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.domain.errors import DomainError, EnvironmentFault
from app.laptop import Laptop
from app.people_keys import LaptopPeople
from app.services import panic
from app.services.account_ports import NewPerson
from db import key_slots
from db.folder import VAULT_NAME
from db.key_file import KeyFile
from db.rotation_files import ROTATED_NAME, declare_whole
from db.sheet_keys import VaultSheets, open_by_sheets
from db.sheets_only import leave_to_sheets
from tests.support.file_faults import failing, in_child
from tests.support.laptops import definitions
from tests.support.stations import open_again, set_up
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="forks; reads what was replaced")


@dataclass(frozen=True, slots=True)
class Place:
    """A closed laptop with three sheets."""

    folder: Path
    rows: dict[int, tuple[str, ...]]

    def a_copy(self, name: str) -> Place:
        folder = self.folder.with_name(f"{self.folder.name}-{name}")
        return Place(Path(shutil.copytree(self.folder, folder)), self.rows)

    @property
    def vault(self) -> KeyFile:
        return KeyFile.from_bytes((self.folder / VAULT_NAME).read_bytes(), CHEAP_BOUNDS)

    def close(self) -> None:
        leave_to_sheets(self.folder, bounds=CHEAP_BOUNDS)

    def who_opens(self) -> str:
        """Return who opens the laptop after its next start: the sheets always do."""
        one, other = self.rows[1], self.rows[3]
        opened = open_by_sheets(
            self.folder, one, other, definitions().registry, bounds=CHEAP_BOUNDS
        )
        opened.store.close()
        try:
            open_again(self.folder).close()
        except DomainError as refusal:
            assert refusal.message_id == "vault_by_sheets"
            return "sheets"
        return "people"


def sheets_of(laptop: Laptop, folder: Path) -> VaultSheets:
    return VaultSheets(folder / VAULT_NAME, laptop, CHEAP_BOUNDS)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("panic") / "data"
    laptop = set_up(folder)
    keys = sheets_of(laptop, folder)
    drawn = keys.draw()
    keys.keep(drawn)
    laptop.close()
    return Place(folder, {one.number: one.rows for one in drawn.sheets})


@pytest.fixture
def place(made: Place, tmp_path: Path) -> Place:
    return Place(Path(shutil.copytree(made.folder, tmp_path / "data")), made.rows)


@pytest.fixture
def working(place: Place) -> tuple[Place, Laptop, VaultSheets]:
    """Somebody at work in it; the test closes the laptop."""
    laptop = open_again(place.folder)
    return place, laptop, sheets_of(laptop, place.folder)


def audited(place: Place) -> list[tuple[str, str]]:
    opened = open_by_sheets(
        place.folder, place.rows[1], place.rows[2], definitions().registry, bounds=CHEAP_BOUNDS
    )
    with opened.store.unit() as uow:
        rows = uow._connection.exec_driver_sql(  # read below the port
            "SELECT action, object_id FROM audit ORDER BY number"
        ).fetchall()
        assert uow.audit.verify() is None
    opened.store.close()
    return [(action, about) for action, about in rows]


def test_closed_no_words_open_it_and_two_sheets_do_and_it_is_noted(
    working: tuple[Place, Laptop, VaultSheets],
) -> None:
    """(K6) Control: two sheets open it."""
    place, laptop, keys = working
    with laptop.store.unit() as uow:
        panic.close(uow, laptop.desk, keys, by_key=False)
    laptop.close()
    with pytest.raises(DomainError, match="vault_by_sheets"):
        open_again(place.folder)
    assert place.who_opens() == "sheets"
    assert audited(place)[-1] == ("left_to_sheets", keys.set_name)


def test_who_came_in_by_sheets_lets_people_in_again(place: Place) -> None:
    place.close()
    opened = open_by_sheets(
        place.folder, place.rows[2], place.rows[3], definitions().registry, bounds=CHEAP_BOUNDS
    )
    opened.keep(opened.with_person(PASSPHRASE, cost=CHEAP))
    opened.store.close()
    assert len(place.vault.slots) == 1


def test_without_sheets_nobody_could_ever_open_it_so_it_is_refused(tmp_path: Path) -> None:
    laptop = set_up(tmp_path)
    keys = sheets_of(laptop, tmp_path)
    before = (tmp_path / VAULT_NAME).read_bytes()
    with laptop.store.unit() as uow, pytest.raises(DomainError, match="sheets_none"):
        panic.close(uow, laptop.desk, keys, by_key=False)
    with laptop.store.unit() as uow, pytest.raises(DomainError, match="sheets_none"):
        panic.switch_key(uow, laptop.desk, keys, is_on=True)
    laptop.close()
    assert (tmp_path / VAULT_NAME).read_bytes() == before
    open_again(tmp_path).close()


def test_the_held_key_does_nothing_until_somebody_switched_it_on(
    working: tuple[Place, Laptop, VaultSheets],
) -> None:
    """(K6)"""
    place, laptop, keys = working
    before = place.vault
    with laptop.store.unit() as uow, pytest.raises(DomainError, match="panic_key_off"):
        panic.close(uow, laptop.desk, keys, by_key=True)
    assert place.vault == before
    for is_on in (True, False, True):
        with laptop.store.unit() as uow:
            panic.switch_key(uow, laptop.desk, keys, is_on=is_on)
        with laptop.store.unit() as uow:
            assert panic.closing(uow, keys) == panic.Closing(keys.set_name, is_on)
    with laptop.store.unit() as uow:
        panic.close(uow, laptop.desk, keys, by_key=True)
    laptop.close()
    assert place.vault == key_slots.without_people(before)


@POSIX
def test_killed_at_any_file_operation_people_open_it_or_the_sheets_alone(place: Place) -> None:
    """(K6)"""
    number, found, is_through = 0, [], False
    while not is_through:
        number += 1
        one = place.a_copy(f"killed-{number}")
        is_through = in_child(one.close, number)
        found.append(one.who_opens())
    assert number > 6
    assert found[0] == "people" and found[-1] == "sheets"
    assert found == sorted(found), "once it is closed it stays so"


@POSIX
def test_a_disk_that_is_full_at_any_file_operation_leaves_the_one_or_the_other(
    place: Place,
) -> None:
    """(F3)"""
    number, called, found = 0, ["the first"], set()
    while len(called) >= number:
        number += 1
        one = place.a_copy(f"full-{number}")
        refused = False
        with failing(number) as called:
            try:
                one.close()
            except EnvironmentFault as fault:
                assert fault.message_id == "disk_full"
                refused = True
        found.add((refused, one.who_opens()))
    assert found == {(True, "people"), (False, "sheets")}, "who was refused is told so"


@POSIX
def test_what_was_replaced_is_not_left_in_the_free_room_of_the_disk(place: Place) -> None:
    """(K6) Control: it was there before."""
    (slot,) = place.vault.slots
    with (place.folder / VAULT_NAME).open("rb") as old:
        assert slot.seed.hex().encode() in old.read(), "the control: it was there"
        place.close()
        old.seek(0)
        assert not old.read().strip(b"\0")
    assert not [
        one.name for one in place.folder.iterdir() if slot.seed.hex().encode() in one.read_bytes()
    ]


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_change_of_the_key_that_was_cut_off_brings_nobody_back(
    place: Place, is_whole: bool
) -> None:
    rotated = place.folder / ROTATED_NAME
    rotated.mkdir()
    shutil.copy(place.folder / VAULT_NAME, rotated)
    if is_whole:
        declare_whole(rotated)
    place.close()
    assert place.who_opens() == "sheets"
    assert not rotated.exists()


def test_whoever_still_works_there_writes_nobody_back(
    working: tuple[Place, Laptop, VaultSheets],
) -> None:
    place, laptop, keys = working
    with laptop.store.unit() as uow:
        panic.close(uow, laptop.desk, keys, by_key=False)
    people = LaptopPeople(place.folder / VAULT_NAME, laptop)
    with pytest.raises(DomainError, match="vault_altered"):
        people.add(NewPerson("Beto Inventado", "social"), "ábaco sandía trébol gaviota farol")
    with pytest.raises(DomainError, match="vault_altered"):
        keys.keep(keys.draw())
    laptop.close()
    assert place.vault.slots == ()
    assert place.who_opens() == "sheets"


def test_it_is_refused_where_the_vault_is_not_ours(place: Place) -> None:
    (place.folder / VAULT_NAME).write_bytes(b"a letter")
    with pytest.raises(DomainError, match="file_not_ours"):
        place.close()
    assert (place.folder / VAULT_NAME).read_bytes() == b"a letter"
