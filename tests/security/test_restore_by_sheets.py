"""A laptop made of a backup by two sheets, where nobody has the words of its day either (K7)."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.backups import BackupRuns
from app.bootstrap import Direct
from app.clock import FixedClock
from app.crypto.sheets import SheetKind, new_sheets
from app.domain.errors import DomainError
from app.ids import SystemIds
from app.opening import set_up_laptop
from app.restoring import by_sheets, by_words, restore_laptop
from app.services.account_ports import NewPerson
from app.services.backup_ports import BackupReport, TriedBackup
from db.presence import is_set_up
from db.restore import set_of_backup
from tests.security.test_sheet_opening import CENTRE, COMES, WORDS, Place, actions_of
from tests.security.test_sheet_opening import place as place
from tests.support.laptops import NOON_MS, definitions
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE


def backed_up(place: Place, stick: Path) -> Path:
    """Make a backup of a closed laptop; return the stick."""
    stick.mkdir()
    laptop = place.open(PASSPHRASE)
    reports: list[BackupReport] = []
    BackupRuns(laptop, Direct(), bounds=CHEAP_BOUNDS).make(stick, lambda _: None, reports.append)
    assert reports[0].fault is None
    laptop.close()
    return stick


@pytest.fixture
def stick(place: Place, tmp_path: Path) -> Path:
    return backed_up(place, tmp_path / "stick")


def restored(place: Place, stick: Path, new: Path, one: int, other: int) -> TriedBackup:
    clock = FixedClock(NOON_MS)
    return restore_laptop(
        stick,
        new,
        by_sheets(place.rows[one], place.rows[other], bounds=CHEAP_BOUNDS),
        clock,
        SystemIds(clock),
        definitions=definitions(),
    )


@pytest.mark.parametrize(("one", "other"), [(1, 2), (2, 3), (3, 1)])
def test_two_sheets_make_the_laptop_and_whoever_has_them_gets_words_of_her_own(
    place: Place, stick: Path, tmp_path: Path, one: int, other: int
) -> None:
    new = Place(tmp_path / "new", place.clock, place.rows, place.ana)
    assert set_of_backup(stick, bounds=CHEAP_BOUNDS) == place.opening.set_name()
    restored(place, stick, new.folder, one, other)
    who = NewPerson("Ana Inventada", "coordinacion", known=place.ana)
    laptop = new.opening.enter(place.rows[one], place.rows[other], WORDS, who)
    assert laptop.desk.actor.id == place.ana
    with laptop.store.unit() as uow:
        assert uow.audit.verify() is None
    laptop.close()
    new.open(WORDS).close()
    with pytest.raises(DomainError, match="passphrase_wrong"):
        new.open(PASSPHRASE)
    place.open(PASSPHRASE).close()  # the laptop of which it was made is as it was


def test_that_it_was_made_by_sheets_is_nobody_s_act_until_she_says_who_she_is(
    place: Place, stick: Path, tmp_path: Path
) -> None:
    """(A) What was restored is noted before anybody comes in, and not as the first person's."""
    new = Place(tmp_path / "new", place.clock, place.rows, place.ana)
    restored(place, stick, new.folder, 1, 3)
    laptop = new.opening.enter(place.rows[1], place.rows[3], WORDS, COMES)
    entries = actions_of(laptop)
    made = [(actor, action) for actor, action, _ in entries if action == "made_of_backup"]
    laptop.close()
    assert made == [("0" * 32, "made_of_backup")]
    names = [action for _, action, _ in entries]
    assert names.index("made_of_backup") < names.index("sheets_opened")
    # The control: by words it is whoever has them.
    clock, other = FixedClock(NOON_MS), Place(tmp_path / "other", place.clock)
    opener = by_words(PASSPHRASE, bounds=CHEAP_BOUNDS)
    restore_laptop(stick, other.folder, opener, clock, SystemIds(clock), definitions=definitions())
    found = [actor for actor, action, _ in other.audited() if action == "made_of_backup"]
    assert found == [place.ana]


def test_one_sheet_a_wrong_row_or_another_set_make_no_laptop(
    place: Place, stick: Path, tmp_path: Path
) -> None:
    _, strange = new_sheets(SheetKind.CENTRE, bytes)
    wrong = (place.rows[2][1], *place.rows[2][1:])
    for one, other, said in (
        (place.rows[1], place.rows[1], "sheets_same"),
        (place.rows[1], wrong, "sheet_row_wrong"),
        (strange[0].rows(), strange[1].rows(), "sheets_of_another"),
    ):
        new = tmp_path / said
        clock = FixedClock(NOON_MS)
        with pytest.raises(DomainError, match=said):
            opener = by_sheets(one, other, bounds=CHEAP_BOUNDS)
            restore_laptop(stick, new, opener, clock, SystemIds(clock), definitions=definitions())
        assert not is_set_up(new)


def test_a_backup_of_a_laptop_without_sheets_says_so(place: Place, tmp_path: Path) -> None:
    bare = Place(tmp_path / "bare", place.clock, place.rows)
    set_up_laptop(
        bare.folder,
        PASSPHRASE,
        person="Ana Inventada",
        role="coordinacion",
        centre=CENTRE,
        clock=bare.clock,
        ids=SystemIds(bare.clock),
        cost=CHEAP,
        bounds=CHEAP_BOUNDS,
        definitions=definitions(),
    ).close()
    stick = backed_up(bare, tmp_path / "other-stick")
    with pytest.raises(DomainError, match="sheets_none"):
        set_of_backup(stick, bounds=CHEAP_BOUNDS)
    with pytest.raises(DomainError, match="sheets_none"):
        restored(place, stick, tmp_path / "new", 1, 2)
    assert not is_set_up(tmp_path / "new")
