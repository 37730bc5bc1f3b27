"""The recovery sheets through the doors: made, tried, typed wrongly, and used to come in (K7)."""

from __future__ import annotations

import itertools
import os
import secrets
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.clock import FixedClock
from app.crypto.secret import SecretKey
from app.crypto.sheets import SheetKind, new_sheets
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.domain.sheet_rows import read_row
from app.services import accounts, recovery_sheets
from app.services.accounts import Account
from app.services.ports import Desk, UnitOfWork
from app.services.recovery_sheets import MONTH_MS, YEAR_MS, Custody, Making
from app.services.sheet_ports import NO_SHEETS
from db import key_slots
from db.folder import VAULT_NAME, set_up, unlock
from db.key_file import KeyFile
from db.sheet_keys import VaultSheets, open_by_sheets, set_at_door
from db.store import Store
from db.vault import Entered, read_key_file
from tests.support.file_faults import failing, in_child
from tests.support.laptops import NOON_MS, Laptop, definitions, make_desk
from tests.support.old_vault import first_format
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE

WORDS = "ábaco sandía trébol gaviota farol"
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
PAIRS = list(itertools.permutations((1, 2, 3), 2))


@dataclass
class Held:
    """What holds the vault of an open laptop."""

    vault: Entered | None


@dataclass
class Place:
    """A laptop on disk, open."""

    folder: Path
    laptop: Laptop
    keys: VaultSheets
    is_open: bool = True

    def draw(self) -> Making:
        return self.laptop.run(lambda uow: recovery_sheets.draw(uow, self.laptop.desk, self.keys))

    def keep(self, making: Making, typed: dict[int, str] | None = None) -> None:
        rows = proof(making) if typed is None else typed
        self.laptop.run(
            lambda uow: recovery_sheets.keep(uow, self.laptop.desk, self.keys, making, rows)
        )

    def made(self) -> dict[int, tuple[str, ...]]:
        """Make a set; return its rows by sheet."""
        making = self.draw()
        self.keep(making)
        return {one.number: one.rows for one in making.drawn.sheets}

    def drill(self, one: tuple[str, ...], other: tuple[str, ...]) -> str:
        return self.laptop.run(
            lambda uow: recovery_sheets.drill(uow, self.laptop.desk, self.keys, one, other)
        ).pair

    def state(self) -> recovery_sheets.SheetsState:
        return self.laptop.run(lambda uow: recovery_sheets.state(uow, self.laptop.desk, self.keys))

    def close(self) -> bytes:
        """Close the laptop; return its vault file."""
        if self.is_open:
            self.laptop.store.close()
            self.is_open = False
        return (self.folder / VAULT_NAME).read_bytes()


def of_role(role: str) -> Desk:
    """The desk of somebody who holds this role alone."""
    desk = make_desk()
    return replace(desk, actor=replace(desk.actor, role=role, roles=(role,)))


def opened_place(folder: Path, store: Store, vault: Entered, ms: int = NOON_MS) -> Place:
    desk = make_desk(ms=ms)
    return Place(folder, Laptop(store, desk), VaultSheets(folder / VAULT_NAME, Held(vault)))


def reopened(folder: Path) -> Place:
    found = unlock(folder, PASSPHRASE, definitions().registry, bounds=CHEAP_BOUNDS)
    return opened_place(folder, found.store, found.vault)


def new_laptop(folder: Path) -> Place:
    found = set_up(
        folder,
        PASSPHRASE,
        definitions().registry,
        lambda uow: uow.commit(),
        cost=CHEAP,
        bounds=CHEAP_BOUNDS,
    )
    return opened_place(folder, found.store, found.vault)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = new_laptop(tmp_path / "laptop")
    yield made
    made.close()


def proof(making: Making) -> dict[int, str]:
    sheets = {one.number: one for one in making.drawn.sheets}
    return {one.number: sheets[one.number].rows[one.row - 1] for one in making.asked}


def refusal(work: object) -> QispiError:
    with pytest.raises(QispiError) as found:
        work()  # type: ignore[operator]
    return found.value


def by_sheets(folder: Path, one: tuple[str, ...], other: tuple[str, ...]) -> tuple[Store, Entered]:
    """Come in by two sheets."""
    found = open_by_sheets(folder, one, other, definitions().registry, bounds=CHEAP_BOUNDS)
    try:
        entered = found.with_person(WORDS, cost=CHEAP)
        with found.store.unit() as uow:
            recovery_sheets.note_opened(uow, make_desk(), found.set_name, found.pair)
            uow.commit()
        return found.store, found.keep(entered)
    except BaseException:
        found.store.close()
        raise


def audited(place: Place) -> int:
    return place.laptop.run(lambda uow: uow.audit.count())


# Made.


def test_a_set_opens_only_once_a_row_of_each_sheet_was_typed_back(place: Place) -> None:
    before = (place.folder / VAULT_NAME).read_bytes()
    making = place.draw()
    assert [one.letter for one in making.drawn.sheets] == ["A", "B", "C"]
    assert (place.folder / VAULT_NAME).read_bytes() == before
    assert place.state().set_name == ""
    place.keep(making)
    assert place.state().set_name == making.drawn.name
    assert place.state().made_ms == place.laptop.desk.clock.now_ms()


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_row_that_is_not_the_one_on_the_paper_keeps_nothing(place: Place, number: int) -> None:
    making = place.draw()
    asked = next(one for one in making.asked if one.number == number)
    right = proof(making)
    other = next(one for one in making.drawn.sheets if one.number != number)
    before = (place.folder / VAULT_NAME).read_bytes()
    for typed, said in (
        ("", "sheet_proof_wrong"),
        (right[number][1:], "sheet_proof_wrong"),
        (other.rows[asked.row - 1], "sheet_proof_other"),
    ):
        fault = refusal(lambda typed=typed: place.keep(making, right | {number: typed}))
        assert fault.message_id == said
        assert fault.parameters == {"sheet": "ABC"[number - 1], "row": asked.row}
    assert (place.folder / VAULT_NAME).read_bytes() == before
    place.keep(making, right)  # the control: the right rows are taken, in small letters too
    assert place.state().set_name == making.drawn.name


def test_sheets_that_were_printed_and_given_up_change_nothing(place: Place) -> None:
    rows = place.made()
    name = place.state().set_name
    given_up = {one.number: one.rows for one in place.draw().drawn.sheets}
    assert place.state().set_name == name
    assert place.drill(rows[1], rows[3]) == "A+C"
    assert refusal(lambda: place.drill(given_up[1], given_up[2])).message_id == "sheets_of_another"


def test_a_new_set_makes_the_old_one_worthless(place: Place) -> None:
    old, before = place.made(), place.state().set_name
    place.laptop.run(
        lambda uow: recovery_sheets.note_custody(
            uow, place.laptop.desk, place.keys, [Custody("Ana", "Sobre")] * 3
        )
    )
    new = place.made()
    assert place.state().former == before
    assert place.state().custody == (Custody(), Custody(), Custody())
    assert place.drill(new[1], new[2]) == "A+B"
    for one, other in PAIRS:
        fault = refusal(lambda one=one, other=other: place.drill(old[one], old[other]))
        assert fault.message_id == "sheets_of_another"
    assert refusal(lambda: place.drill(old[1], new[2])).message_id == "sheets_apart"
    folder = place.folder
    place.close()
    fault = refusal(lambda: by_sheets(folder, old[1], old[2]))
    assert fault.message_id == "sheets_of_another"


def test_where_there_is_no_vault_there_are_no_sheets(laptop: Laptop) -> None:
    for work in (
        lambda uow: recovery_sheets.draw(uow, laptop.desk, NO_SHEETS),
        lambda uow: recovery_sheets.drill(uow, laptop.desk, NO_SHEETS, (), ()),
        lambda uow: recovery_sheets.adopt(uow, laptop.desk, NO_SHEETS, (), ()),
    ):
        assert refusal(lambda work=work: laptop.run(work)).message_id == "sheets_not_here"
    assert laptop.run(lambda uow: recovery_sheets.state(uow, laptop.desk, NO_SHEETS)).set_name == ""


def test_who_leads_makes_them_and_anybody_tries_them(place: Place) -> None:
    rows = place.made()
    desk = of_role("social")
    before = (place.folder / VAULT_NAME).read_bytes()
    for work in (
        lambda uow: recovery_sheets.draw(uow, desk, place.keys),
        lambda uow: recovery_sheets.adopt(uow, desk, place.keys, rows[1], rows[2]),
        lambda uow: recovery_sheets.note_custody(uow, desk, place.keys, [Custody()] * 3),
    ):
        fault = refusal(lambda work=work: place.laptop.run(work))
        assert fault.message_id == "access_reason_centre"
    assert (place.folder / VAULT_NAME).read_bytes() == before
    done = place.laptop.run(
        lambda uow: recovery_sheets.drill(uow, desk, place.keys, rows[1], rows[2])
    )
    assert done.pair == "A+B"


# Tried once a year.


def test_every_two_sheets_open_this_laptop_and_no_single_one(place: Place) -> None:
    """(K7)"""
    rows = place.made()
    before = (place.folder / VAULT_NAME).read_bytes()
    for one, other in PAIRS:
        expected = "+".join("ABC"[number - 1] for number in sorted((one, other)))
        assert place.drill(rows[one], rows[other]) == expected
    for number in rows:
        fault = refusal(lambda number=number: place.drill(rows[number], rows[number]))
        assert fault.message_id == "sheets_same"
    assert (place.folder / VAULT_NAME).read_bytes() == before
    assert [one.pair for one in place.state().drills][-3:] == ["B+C", "A+C", "B+C"]


def test_each_mistyped_sign_and_swap_is_told_by_its_row_at_the_drill(place: Place) -> None:
    """(K7)"""
    rows = place.made()
    noted = len(place.state().drills)
    count = 0
    for row in range(5):
        signs = rows[2][row].replace(" ", "").replace("·", "")
        for typed in mistyped(signs):
            wrong = (*rows[2][:row], typed, *rows[2][row + 1 :])
            for pair in ((rows[1], wrong), (wrong, rows[1])):
                fault = refusal(lambda pair=pair: place.drill(*pair))
                assert (fault.message_id, fault.parameters["row"]) == ("sheet_row_wrong", row + 1)
            count += 1
    assert count > 5 * (16 * 31 + 2 * 9)
    assert len(place.state().drills) == noted


def mistyped(signs: str) -> Iterator[str]:
    """Every sign replaced by every other one, and every two neighbours swapped. (Of letter and
    figure the swap has a sign that no figure is: it is told as such.)"""
    for at, sign in enumerate(signs):
        for other in LETTERS if at < 16 else LETTERS[:10]:
            if other != sign:
                yield signs[:at] + other + signs[at + 1 :]
    for at in (*range(15), 16):
        if signs[at] != signs[at + 1]:
            yield signs[:at] + signs[at + 1] + signs[at] + signs[at + 2 :]


def test_a_drill_is_due_a_year_after_the_last_one(place: Place) -> None:
    assert place.state().reminder == ""  # without sheets there is nothing to try
    rows = place.made()
    clock = place.laptop.desk.clock
    assert isinstance(clock, FixedClock)
    now = clock.now_ms()
    later = opened_place(
        place.folder,
        place.laptop.store,
        place.keys.laptop.vault,
        now + YEAR_MS + 1,  # type: ignore[arg-type]
    )
    assert place.state().reminder == ""
    assert later.state().reminder == "sheets_drill_due"
    later.drill(rows[1], rows[2])
    assert later.state().reminder == ""


def test_a_laptop_that_works_for_a_month_without_sheets_is_told(place: Place) -> None:
    now = place.laptop.desk.clock.now_ms()

    def told(ms: int, keys: object = place.keys) -> str:
        desk = make_desk(ms=ms)
        return place.laptop.run(
            lambda uow: recovery_sheets.reminder(uow, desk, keys)  # type: ignore[arg-type]
        )

    def begin(uow: UnitOfWork) -> None:
        accounts.keep(uow, [Account(b"s" * 16, "p" * 32, now)])
        uow.commit()

    place.laptop.run(begin)
    assert told(now + MONTH_MS) == ""
    assert told(now + MONTH_MS + 1) == "sheets_missing_due"
    assert told(now + MONTH_MS + 1, NO_SHEETS) == ""  # practice
    place.made()
    assert told(now + MONTH_MS + 1) == ""
    assert told(now + YEAR_MS + 1) == "sheets_drill_due"


def test_who_keeps_them_is_noted_without_a_name_in_the_audit(place: Place) -> None:
    def note(*custody: Custody) -> None:
        place.laptop.run(
            lambda uow: recovery_sheets.note_custody(uow, place.laptop.desk, place.keys, custody)
        )

    three = (Custody("Ana Inventada", " Sobre 1 "), Custody(), Custody("Beto", "Caja"))
    assert refusal(lambda: note(*three)).message_id == "sheets_none"
    place.made()
    note(*three)
    assert place.state().custody[0] == Custody("Ana Inventada", "Sobre 1")
    long = refusal(lambda: note(Custody("a" * 81), Custody(), Custody()))
    assert (long.message_id, long.parameters) == ("text_too_long", {"limit": 80})
    name = place.state().set_name
    said = place.laptop.run(
        lambda uow: uow.audit.details("sheets_custody", f"recovery-sheets/{name}", 9)
    )
    assert said == ("A,C",)
    count = audited(place)
    note(*place.state().custody)
    assert audited(place) == count  # nothing was changed: nothing to tell


def test_another_laptop_of_the_centre_takes_over_the_set(place: Place, tmp_path: Path) -> None:
    rows, name = place.made(), place.state().set_name
    second = new_laptop(tmp_path / "second")
    assert refusal(lambda: second.drill(rows[1], rows[2])).message_id == "sheets_none"
    taken = second.laptop.run(
        lambda uow: recovery_sheets.adopt(uow, second.laptop.desk, second.keys, rows[3], rows[1])
    )
    assert taken == name == second.state().set_name
    assert second.drill(rows[1], rows[2]) == "A+B"
    assert place.drill(rows[1], rows[2]) == "A+B"
    _, root = new_sheets(SheetKind.ROOT, secrets.token_bytes)
    fault = refusal(
        lambda: second.laptop.run(
            lambda uow: recovery_sheets.adopt(
                uow, second.laptop.desk, second.keys, root[0].rows(), root[1].rows()
            )
        )
    )
    assert fault.message_id == "sheets_of_another"
    assert second.state().set_name == name
    second.laptop.store.close()


# Coming in.


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_every_two_sheets_open_the_laptop_and_give_new_words(
    place: Place, one: int, other: int
) -> None:
    rows = place.made()
    place.close()
    assert set_at_door(place.folder, bounds=CHEAP_BOUNDS) == place.keys.set_name
    store, vault = by_sheets(place.folder, rows[one], rows[other])
    again = opened_place(place.folder, store, vault)
    assert again.state().were_used
    assert again.state().reminder == "sheets_used_due"
    again.made()
    assert again.state().reminder == ""
    store.close()
    for words in (PASSPHRASE, WORDS):  # nobody else's way in was touched
        unlock(place.folder, words, definitions().registry, bounds=CHEAP_BOUNDS).store.close()


def test_what_the_panic_key_leaves_opens_by_sheets_alone(place: Place) -> None:
    """(K6)"""
    rows = place.made()
    content = place.close()
    path = place.folder / VAULT_NAME
    file = key_slots.without_people(KeyFile.from_bytes(content, CHEAP_BOUNDS))
    path.write_bytes(file.to_bytes())
    registry = definitions().registry
    with pytest.raises(DomainError, match=r"passphrase_wrong|vault_by_sheets"):
        unlock(place.folder, PASSPHRASE, registry, bounds=CHEAP_BOUNDS)
    store, vault = by_sheets(place.folder, rows[2], rows[3])
    store.close()
    unlock(place.folder, WORDS, registry, bounds=CHEAP_BOUNDS).store.close()
    with pytest.raises(DomainError, match="passphrase_wrong"):
        unlock(place.folder, PASSPHRASE, registry, bounds=CHEAP_BOUNDS)
    assert len(vault.file.slots) == 1


def test_what_does_not_open_leaves_the_vault_file_as_it_was(place: Place) -> None:
    rows = place.made()
    before = place.close()
    folder = place.folder
    wrong = ("0" * 18, *rows[2][1:])
    for one, other, said in (
        (rows[1], rows[1], "sheets_same"),
        (rows[1], wrong, "sheet_row_wrong"),
        (rows[1], rows[2][:4], "sheet_rows_missing"),
    ):
        fault = refusal(lambda one=one, other=other: by_sheets(folder, one, other))
        assert fault.message_id == said
    assert (folder / VAULT_NAME).read_bytes() == before


def test_a_laptop_without_sheets_says_so_at_the_door(place: Place, tmp_path: Path) -> None:
    folder = place.folder
    place.close()
    assert refusal(lambda: set_at_door(folder, bounds=CHEAP_BOUNDS)).message_id == "sheets_none"
    empty = tmp_path / "empty"
    assert refusal(lambda: set_at_door(empty)).message_id == "not_set_up"
    old = first_format(SecretKey(b"k" * 32), PASSPHRASE, cost=CHEAP)
    (folder / VAULT_NAME).write_bytes(old)
    fault = refusal(lambda: set_at_door(folder, bounds=CHEAP_BOUNDS))
    assert fault.message_id == "sheets_first_format"


def test_nobody_comes_in_by_sheets_unseen(place: Place) -> None:
    """The disk refuses the vault file: nobody has a new way in, and the audit knows who tried."""
    rows = place.made()
    count = audited(place)
    before = place.close()
    folder = place.folder
    number = 1
    while True:
        try:
            with failing(number, forever=True):
                store, _ = by_sheets(folder, rows[1], rows[2])
            break
        except EnvironmentFault:
            if (folder / VAULT_NAME).read_bytes() != before:
                # Refused after the new file took its name: whoever is in it stands in the audit.
                assert audited_at(folder) > count
                (folder / VAULT_NAME).write_bytes(before)
            number += 1
    store.close()
    assert number > 3
    assert (folder / VAULT_NAME).read_bytes() != before
    again = reopened(folder)
    assert audited(again) > count
    again.close()


def audited_at(folder: Path) -> int:
    found = reopened(folder)
    count = audited(found)
    found.close()
    return count


# Cut off.


def test_a_disk_that_refuses_leaves_the_old_set_or_the_new_one(place: Place) -> None:
    old = place.made()
    outcomes = []
    for number in itertools.count(1):
        making = place.draw()
        new = {one.number: one.rows for one in making.drawn.sheets}
        outcome = "kept"
        try:
            with failing(number) as called:
                place.keep(making)
        except EnvironmentFault:
            outcome = "refused"
        is_new = place.state().set_name == making.drawn.name
        good, bad = (new, old) if is_new else (old, new)
        assert place.drill(good[1], good[2]) == "A+B"
        fault = refusal(lambda bad=bad: place.drill(bad[1], bad[2]))
        assert fault.message_id == "sheets_of_another"
        assert set_at_door(place.folder, bounds=CHEAP_BOUNDS) == place.state().set_name
        old = good
        outcomes.append((outcome, is_new))
        if len(called) < number:
            break
    assert set(outcomes) == {("kept", True), ("refused", False)}
    # Refused once the new file had taken its name: it is the one that counts.
    assert outcomes[-2:] == [("kept", True)] * 2


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
@pytest.mark.timeout(120)
def test_killed_at_each_operation_the_old_set_opens_or_the_new_one(tmp_path: Path) -> None:
    place = new_laptop(tmp_path / "laptop")
    old = place.made()
    place.close()
    outcomes = []
    for number in itertools.count(1):
        making = reopened(place.folder)
        drawn = making.draw()
        making.close()
        came_through = in_child(lambda drawn=drawn: keep_again(place.folder, drawn), number)
        found = reopened(place.folder)
        name = found.state().set_name
        new = {one.number: one.rows for one in drawn.drawn.sheets}
        is_new = name == drawn.drawn.name
        good, bad = (new, old) if is_new else (old, new)
        assert found.drill(good[1], good[2]) == "A+B"
        assert (
            refusal(lambda bad=bad, found=found: found.drill(bad[1], bad[2])).message_id
            == "sheets_of_another"
        )
        assert found.state().made_ms > 0
        entries = found.laptop.run(
            lambda uow, name=name: uow.audit.details("sheets_made", f"recovery-sheets/{name}", 9)
        )
        assert len(entries) == 1  # the audit names the set that opens, once
        found.close()
        outcomes.append(is_new)
        if is_new:
            old = new
        if came_through:
            break
    assert set(outcomes) == {True, False}
    assert len(outcomes) > 3


def keep_again(folder: Path, making: Making) -> None:
    found = reopened(folder)
    found.keep(making)
    found.close()


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_killed_while_a_set_of_another_laptop_is_taken_over_it_is_noted_before_it_opens(
    place: Place, tmp_path: Path
) -> None:
    """(A) No set opens a laptop of which its audit knows nothing."""
    rows, name = place.made(), place.state().set_name
    folder = tmp_path / "second"
    second = new_laptop(folder)
    second.close()
    outcomes = []
    for number in itertools.count(1):
        came_through = in_child(lambda: take_over(folder, rows[1], rows[2]), number)
        opens = read_key_file(folder / VAULT_NAME, bounds=CHEAP_BOUNDS)
        assert opens is not None
        is_taken = opens.recovery is not None
        found = reopened(folder)
        noted = found.laptop.run(
            lambda uow: uow.audit.details("sheets_adopted", f"recovery-sheets/{name}", 99)
        )
        assert noted or not is_taken
        assert found.state().set_name == (name if is_taken else "")
        assert (found.state().made_ms > 0) is is_taken
        found.close()
        outcomes.append(is_taken)
        if came_through or is_taken:
            break
    assert set(outcomes) == {True, False}


def take_over(folder: Path, one: tuple[str, ...], other: tuple[str, ...]) -> None:
    found = reopened(folder)
    found.laptop.run(
        lambda uow: recovery_sheets.adopt(uow, found.laptop.desk, found.keys, one, other)
    )
    found.close()


def test_the_rows_of_a_sheet_are_never_shown_by_what_holds_them(place: Place) -> None:
    making = place.draw()
    shown = f"{making} {making.drawn.sheets!r}"
    for sheet in making.drawn.sheets:
        for number, row in enumerate(sheet.rows, 1):
            assert row not in shown
            assert read_row(number, row).hex() not in shown
    assert os.linesep  # the control: a row is found where it is
    assert making.drawn.sheets[0].rows[0] in str(making.drawn.sheets[0].rows)
