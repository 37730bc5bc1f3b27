"""Nobody remembers the words: two sheets open the laptop, and it is seen who did it (K6, K7)."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.clock import FixedClock
from app.domain.change import RecordId
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.ids import SystemIds
from app.laptop import Laptop
from app.opening import open_laptop, set_up_laptop
from app.people_keys import LaptopPeople
from app.services import accounts, casework, recovery_sheets
from app.services.account_ports import NewPerson
from app.services.read_models import CentreProfile
from app.sheet_opening import SheetOpening
from db import key_slots
from db.folder import VAULT_NAME
from db.key_file import KeyFile
from db.laptop_files import LOG_NAME
from db.presence import DATABASE_NAME
from db.sheet_keys import VaultSheets
from db.sheets_only import leave_to_sheets
from tests.support.file_faults import DIED, dies_at, failing, in_child
from tests.support.laptops import NOON_MS, definitions
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE

WORDS = "ábaco sandía trébol gaviota farol"
CENTRE = CentreProfile("Centro Inventado", "", "", "", "", "")
COMES = NewPerson("Beto Inventado", "social")
NEVER = 10**9


@dataclass
class Place:
    """A closed laptop of one person, Ana, with its three sheets."""

    folder: Path
    clock: FixedClock
    rows: dict[int, tuple[str, ...]] = field(default_factory=dict)
    ana: RecordId | None = None

    @property
    def opening(self) -> SheetOpening:
        return SheetOpening(
            self.folder,
            self.clock,
            SystemIds(self.clock),
            bounds=CHEAP_BOUNDS,
            cost=CHEAP,
            definitions=definitions(),
        )

    @property
    def vault(self) -> KeyFile:
        return KeyFile.from_bytes((self.folder / VAULT_NAME).read_bytes(), CHEAP_BOUNDS)

    def open(self, words: str) -> Laptop:
        return open_laptop(
            self.folder,
            words,
            self.clock,
            SystemIds(self.clock),
            bounds=CHEAP_BOUNDS,
            definitions=definitions(),
        )

    def audited(self) -> list[tuple[str, str, str]]:
        """Return who did what about what, in the order done; by Ana's words or the new ones."""
        for words in (PASSPHRASE, WORDS):
            try:
                laptop = self.open(words)
            except DomainError:
                continue
            entries = actions_of(laptop)
            laptop.close()
            return entries
        raise AssertionError("nobody comes in")


def actions_of(laptop: Laptop) -> list[tuple[str, str, str]]:
    with laptop.store.unit() as uow:
        rows = uow._connection.exec_driver_sql(  # read below the port
            "SELECT hex(actor), action, detail FROM audit ORDER BY number"
        )
        return [(actor.lower(), action, detail) for actor, action, detail in rows]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "laptop", FixedClock(NOON_MS))
    laptop = set_up_laptop(
        made.folder,
        PASSPHRASE,
        person="Ana Inventada",
        role="coordinacion",
        centre=CENTRE,
        clock=made.clock,
        ids=SystemIds(made.clock),
        cost=CHEAP,
        bounds=CHEAP_BOUNDS,
        definitions=definitions(),
    )
    made.ana = RecordId(laptop.desk.actor.id)
    keys = VaultSheets(made.folder / VAULT_NAME, laptop)
    with laptop.store.unit() as uow:
        making = recovery_sheets.draw(uow, laptop.desk, keys)
        made.rows = {one.number: one.rows for one in making.drawn.sheets}
        typed = {one.number: made.rows[one.number][one.row - 1] for one in making.asked}
        recovery_sheets.keep(uow, laptop.desk, keys, making, typed)
    laptop.close()
    yield made


def test_who_has_two_sheets_says_who_she_is_and_that_they_were_used_is_noted_first(
    place: Place,
) -> None:
    people = place.opening.look(place.rows[1], place.rows[3])
    assert [(one.name, one.roles) for one in people] == [("Ana Inventada", ("coordinacion",))]
    assert ("0" * 32, "sheets_opened", "A+C") in place.audited()
    assert len(place.vault.slots) == 1


def test_somebody_of_the_laptop_gets_another_way_in_for_the_one_she_lost(place: Place) -> None:
    before = place.vault.slots[0].id
    who = NewPerson("Ana Inventada", "coordinacion", known=place.ana)
    laptop = place.opening.enter(place.rows[2], place.rows[1], WORDS, who)
    assert (laptop.desk.actor.id, laptop.desk.actor.name) == (place.ana, "Ana Inventada")
    laptop.close()
    assert [one.id == before for one in place.vault.slots] == [False]
    with pytest.raises(DomainError, match="passphrase_wrong"):
        place.open(PASSPHRASE)  # the words that she forgot open nothing any more
    done = [action for actor, action, _ in place.audited() if actor == place.ana]
    assert done[-3:] == ["sheets_opened", "words_given", "key_renewed"]


def test_somebody_who_comes_is_of_the_centre_from_then_on(place: Place) -> None:
    laptop = place.opening.enter(place.rows[2], place.rows[3], WORDS, COMES)
    actor = laptop.desk.actor
    assert (actor.name, actor.role) == ("Beto Inventado", "social")
    with laptop.store.unit() as uow:
        assert uow.audit.verify() is None
    laptop.close()
    assert len(place.vault.slots) == 2
    again = place.open(WORDS)
    assert again.desk.actor == actor
    entries = actions_of(again)
    assert (actor.id, "sheets_opened", "B+C") in entries
    with again.store.unit() as uow:
        rows = uow._connection.exec_driver_sql(  # read below the port
            "SELECT role, signature IS NOT NULL FROM audit WHERE action IN"
            " ('sheets_opened', 'person_added')"
        ).fetchall()
    assert [tuple(row) for row in rows] == [("social", 1)] * 2  # by the key of her new words
    again.close()
    place.open(PASSPHRASE).close()  # nobody else's way in was touched


def test_after_the_panic_key_it_opens_by_sheets_alone(place: Place) -> None:
    path = place.folder / VAULT_NAME
    path.write_bytes(key_slots.without_people(place.vault).to_bytes())
    with pytest.raises(DomainError, match=r"passphrase_wrong|vault_by_sheets"):
        place.open(PASSPHRASE)
    who = NewPerson("Ana Inventada", "coordinacion", known=place.ana)
    place.opening.enter(place.rows[1], place.rows[2], WORDS, who).close()
    laptop = place.open(WORDS)
    assert laptop.desk.actor.id == place.ana
    laptop.close()


def test_behind_the_sheets_an_old_vault_with_words_of_before_opens_nothing_new(
    place: Place,
) -> None:
    """(K4, K6) Of somebody who was forced to say hers before the laptop was closed, or of a backup.
    Control: they opened the old copy."""
    laptop = place.open(PASSPHRASE)
    eva = "gaviota farol ábaco sandía trébol"
    LaptopPeople(place.folder / VAULT_NAME, laptop).add(NewPerson("Eva Inventada", "legal"), eva)
    laptop.close()
    copied = (place.folder / VAULT_NAME).read_bytes()
    place.open(eva).close()
    leave_to_sheets(place.folder, bounds=CHEAP_BOUNDS)
    who = NewPerson("Ana Inventada", "coordinacion", known=place.ana)
    place.opening.enter(place.rows[2], place.rows[1], WORDS, who).close()

    place.open(WORDS).close()  # which replaces the key
    (place.folder / VAULT_NAME).write_bytes(copied)
    with pytest.raises(DomainError, match="database_damaged"):
        place.open(eva)


def test_sheets_that_others_replaced_open_nothing_new_by_an_old_vault(place: Place) -> None:
    """(K4, K7) Whoever noted two down while they were read out. Control: with the old copy they
    opened it, and the new ones do."""
    copied = (place.folder / VAULT_NAME).read_bytes()
    place.opening.look(place.rows[1], place.rows[2])
    laptop = place.open(PASSPHRASE)
    keys = VaultSheets(place.folder / VAULT_NAME, laptop)
    with laptop.store.unit() as uow:
        making = recovery_sheets.draw(uow, laptop.desk, keys)
        new = {one.number: one.rows for one in making.drawn.sheets}
        typed = {one.number: new[one.number][one.row - 1] for one in making.asked}
        recovery_sheets.keep(uow, laptop.desk, keys, making, typed)
    laptop.close()

    place.open(PASSPHRASE).close()  # which replaces the key
    place.opening.look(new[1], new[3])
    (place.folder / VAULT_NAME).write_bytes(copied)
    with pytest.raises(DomainError, match="database_damaged"):
        place.opening.look(place.rows[1], place.rows[2])


def test_sheets_that_were_replaced_open_nothing_new_wherever_the_making_was_cut_off(
    place: Place, tmp_path: Path
) -> None:
    """(K4, K7) At any operation on a file, and nobody looks at the page of the sheets again.
    Control: cut off before the file is another, the set of before opens."""
    before = (place.folder / VAULT_NAME).read_bytes()
    whole, number, is_through, is_other = place.folder, 0, False, []
    while not is_through:
        number += 1
        place.folder = shutil.copytree(whole, tmp_path / str(number))

        def make(number: int = number) -> None:
            laptop = place.open(PASSPHRASE)
            keys = VaultSheets(place.folder / VAULT_NAME, laptop)
            with laptop.store.unit() as uow:
                making = recovery_sheets.draw(uow, laptop.desk, keys)
                new = {one.number: one.rows for one in making.drawn.sheets}
                typed = {one.number: new[one.number][one.row - 1] for one in making.asked}
                with dies_at(number):
                    recovery_sheets.keep(uow, laptop.desk, keys, making, typed)

        is_through = in_child(make, NEVER)
        is_other.append((place.folder / VAULT_NAME).read_bytes() != before)
        place.open(PASSPHRASE).close()
        if is_other[-1]:
            (place.folder / VAULT_NAME).write_bytes(before)
            with pytest.raises(DomainError, match="database_damaged"):
                place.opening.look(place.rows[1], place.rows[2])
    assert is_other[0] is False
    assert is_other[-2:] == [True, True]


def test_one_sheet_or_a_wrong_row_opens_nothing_and_is_not_noted(place: Place) -> None:
    wrong = (place.rows[2][1], *place.rows[2][1:])
    before = (place.folder / VAULT_NAME).read_bytes()
    count = len(place.audited())
    for one, other, said in (
        (place.rows[1], place.rows[1], "sheets_same"),
        (place.rows[1], wrong, "sheet_row_wrong"),
    ):
        with pytest.raises(DomainError, match=said):
            place.opening.look(one, other)
        with pytest.raises(DomainError, match=said):
            place.opening.enter(one, other, WORDS, COMES)
    assert (place.folder / VAULT_NAME).read_bytes() == before
    assert len(place.audited()) == count
    place.opening.look(place.rows[1], place.rows[2])  # the control: it is noted when it opens
    assert len(place.audited()) == count + 1


def test_a_disk_that_refuses_lets_nobody_in_and_says_so_in_the_accounts(
    place: Place, tmp_path: Path
) -> None:
    """At each operation on a file: who is in the vault file is in the accounts, and nobody else."""
    outcomes = []
    for number in itertools.count(1):
        copy = Place(tmp_path / f"{number}", place.clock, place.rows, place.ana)
        shutil.copytree(place.folder, copy.folder)
        try:
            with failing(number) as called:
                copy.opening.enter(copy.rows[1], copy.rows[2], WORDS, COMES).close()
            outcome = "in"
        except EnvironmentFault:
            outcome = "refused"
        slots = {one.id for one in copy.vault.slots}
        found = copy.open(PASSPHRASE)
        with found.store.unit() as uow:
            living = {one.slot for one in accounts.accounts_of(uow) if one.is_living}
        assert living == slots
        found.close()
        outcomes.append((outcome, len(slots)))
        if len(called) < number:
            break
    assert ("refused", 1) in outcomes
    assert outcomes[-1] == ("in", 2)


def test_the_two_files_of_a_backup_are_enough(place: Place, tmp_path: Path) -> None:
    """As procedure 9 says: put into an empty folder, and nothing else beside them."""
    copy = Place(tmp_path / "vacía", place.clock, place.rows, place.ana)
    copy.folder.mkdir()
    for name in (VAULT_NAME, DATABASE_NAME):
        shutil.copy(place.folder / name, copy.folder)
    laptop = copy.opening.enter(copy.rows[1], copy.rows[3], WORDS, COMES)
    assert laptop.desk.actor.name == COMES.name
    laptop.close()
    copy.open(WORDS).close()


def test_a_laptop_without_sheets_says_so(place: Place) -> None:
    file = place.vault
    bare = KeyFile(file.id, file.generation, file.slots, None, file.mac)
    (place.folder / VAULT_NAME).write_bytes(bare.to_bytes())
    for work in (
        place.opening.set_name,
        lambda: place.opening.look(place.rows[1], place.rows[2]),
    ):
        with pytest.raises(QispiError, match="sheets_none"):
            work()


# What was lost before, and what is lost after.


def killed(place: Place, *, by_sheets: bool) -> None:
    """Have a program killed while somebody works, behind a case that was called saved."""

    def work() -> None:
        if by_sheets:
            laptop = place.opening.enter(place.rows[1], place.rows[2], WORDS, COMES)
        else:
            laptop = place.open(PASSPHRASE)
        laptop.store.checkpoint()
        with laptop.store.unit() as uow:
            casework.open_case(uow, laptop.desk)
        os._exit(DIED)

    in_child(work, 10**9)
    assert (place.folder / LOG_NAME).stat().st_size


def test_after_a_power_cut_two_sheets_say_that_something_is_lost_only_where_it_is(
    place: Place,
) -> None:
    """(F5) They take the log in; whoever enters by words behind them is told of no loss."""
    killed(place, by_sheets=False)
    place.opening.look(place.rows[1], place.rows[2])
    assert "end_lost" not in [action for _, action, _ in place.audited()]
    killed(place, by_sheets=False)
    (place.folder / LOG_NAME).unlink()
    place.opening.look(place.rows[1], place.rows[2])
    told = [(who, what) for who, action, what in place.audited() if action == "end_lost"]
    assert told == [("0" * 32, "log_gone")]


def test_what_is_lost_of_the_work_of_who_came_in_by_sheets_is_told(place: Place) -> None:
    """(F5)"""
    killed(place, by_sheets=True)
    (place.folder / LOG_NAME).unlink()
    assert [what for _, action, what in place.audited() if action == "end_lost"] == ["log_gone"]


def test_two_sheets_used_again_beside_a_database_put_back_leave_a_laptop_that_opens(
    place: Place,
) -> None:
    """As where a disk lost the end of the database though it said that it had it."""
    ana = NewPerson("Ana Inventada", "coordinacion", known=place.ana)
    older = (place.folder / DATABASE_NAME).read_bytes()
    for words in (PASSPHRASE, WORDS):
        (place.folder / DATABASE_NAME).write_bytes(older)
        place.opening.enter(place.rows[1], place.rows[2], words, ana).close()
    assert len(place.vault.slots) == 1
    place.open(WORDS).close()
