"""What is due is said: own words, a backup, the sheets, the half-yearly review; and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.domain.change import RecordId
from app.ids import SystemIds
from app.laptop import Laptop
from app.people_keys import LaptopPeople
from app.recovery import recover
from app.services import accounts, backups, casework, staff, upkeep
from app.services.account_ports import NewPerson
from app.services.backup_ports import TriedBackup
from app.services.forms import change_fields
from app.services.restored import note_restored
from app.services.sheet_ports import NO_SHEETS
from db.presence import VAULT_NAME, damaged_name
from tests.security.test_people import enter, people
from tests.support.laptops import definitions
from tests.support.stations import RegionPlace, open_again, set_up
from tests.support.storage import CHEAP_BOUNDS

DAY_MS = 86_400_000


def said(laptop: Laptop, folder: Path) -> list[str]:
    keys = LaptopPeople(folder / VAULT_NAME, laptop)
    with laptop.store.unit() as uow:
        return [one.message_id for one in upkeep.due(uow, laptop.desk, keys, NO_SHEETS)]


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    made = set_up(tmp_path)
    yield made
    made.close()


def test_of_a_new_laptop_nothing_is_due(laptop: Laptop, tmp_path: Path) -> None:
    assert said(laptop, tmp_path) == []


def test_a_backup_is_due_once_there_is_a_case(laptop: Laptop, tmp_path: Path) -> None:
    with laptop.store.unit() as uow:
        casework.open_case(uow, laptop.desk)
    assert said(laptop, tmp_path) == ["backup_never"]


def test_a_backup_of_before_joining_a_centre_is_told_as_such(tmp_path: Path) -> None:
    """Whatever its day. Control: before it joined, nothing was due."""
    region = RegionPlace.make(tmp_path / "region")
    region.url = "https://127.0.0.1:1"  # nobody synchronises
    folder = region.new_folder()
    laptop = set_up(folder)
    with laptop.store.unit() as uow:
        casework.open_case(uow, laptop.desk)
        now_ms, changes = laptop.desk.clock.now_ms(), uow.changes.count()
        made = TriedBackup("respaldo", now_ms, 1, "1", changes, 0, 1, 1, was_opened=True)
        backups.note_made(uow, laptop.desk, made, is_apart=True)
    assert said(laptop, folder) == []
    reply, code = region.grant_first(*laptop.request())
    joined = laptop.accept(reply, code)
    assert said(joined, folder) == ["backup_before_joining"]
    joined.close()


def test_six_months_after_the_first_account_the_roles_are_due(
    laptop: Laptop, tmp_path: Path
) -> None:
    with laptop.store.unit() as uow:
        first = accounts.accounts_of(uow)[0]
        long_ago = laptop.desk.clock.now_ms() - 200 * DAY_MS
        accounts.keep(uow, [accounts.Account(first.slot, first.person, long_ago)])
        uow.commit()
    assert said(laptop, tmp_path) == ["roles_review_due"]


def test_whom_somebody_gave_words_is_told_first(tmp_path: Path) -> None:
    first = set_up(tmp_path)
    keys = people(first, tmp_path)
    words = keys.draw()
    tag = keys.add(NewPerson("Ana Inventada", "social"), words)
    with first.store.unit() as uow:
        casework.open_case(uow, first.desk)
    assert said(first, tmp_path) == ["backup_never"]  # the words of another are not hers to change
    first.close()
    ana = enter(tmp_path, words, tag)
    assert said(ana, tmp_path) == ["own_words_due", "backup_never"]
    people(ana, tmp_path).choose_words(words, people(ana, tmp_path).draw())
    assert said(ana, tmp_path) == ["backup_never"]
    ana.close()


def test_who_left_at_another_laptop_and_still_opens_this_one_is_told(
    laptop: Laptop, tmp_path: Path
) -> None:
    keys = people(laptop, tmp_path)
    keys.add(NewPerson("Ana Inventada", "social"), keys.draw())
    assert said(laptop, tmp_path) == []  # the control
    with laptop.store.unit() as uow:
        (ana,) = (
            RecordId(one.person)
            for one in accounts.accounts_of(uow)
            if one.person != laptop.desk.actor.id
        )
        left = {accounts.key_of(ana, accounts.LEFT_ON): "2026-11-26"}  # as it comes from there
        change_fields(uow, laptop.desk, left)
        uow.commit()
    assert said(laptop, tmp_path) == ["people_left_open"]
    with laptop.store.unit() as uow:
        found = staff.list_staff(uow, laptop.desk, keys.tags)
    assert [one.id == ana for one in found if one.is_here] == [True, False]
    keys.end(ana, leaves_centre=True)
    assert said(laptop, tmp_path) == []


def test_a_damaged_database_that_stayed_under_a_replaced_key_is_told_until_it_is_gone(
    tmp_path: Path,
) -> None:
    """Whoever left may have the key of then. Control: under the key of now it endangers nobody."""
    laptop = set_up(tmp_path)
    keys = people(laptop, tmp_path)
    words = keys.draw()
    keys.add(NewPerson("Ana Inventada", "social"), words)
    laptop.close()
    clock = SystemClock()
    release = definitions()
    again = recover(
        tmp_path, words, clock, SystemIds(clock), bounds=CHEAP_BOUNDS, definitions=release
    )
    laptop = open_again(tmp_path)
    assert said(laptop, tmp_path) == []
    with laptop.store.unit() as uow:
        found = staff.list_staff(uow, laptop.desk, people(laptop, tmp_path).tags)
    (ana,) = (one.id for one in found if not one.is_self)
    people(laptop, tmp_path).end(ana, leaves_centre=True)
    laptop.close()
    laptop = open_again(tmp_path)
    assert said(laptop, tmp_path) == ["damaged_left"]
    laptop.close()
    laptop = open_again(tmp_path)
    assert said(laptop, tmp_path) == ["damaged_left"]
    for one in tmp_path.glob(f"{again.aside}*"):
        one.unlink()
    assert said(laptop, tmp_path) == []
    laptop.close()


def test_a_database_that_is_damaged_later_is_not_taken_for_one_that_was_deleted(
    tmp_path: Path,
) -> None:
    """It gets the same name and has the key of now: that it be deleted is asked of nobody. Control:
    the one beside it that stayed is told until it is deleted."""
    laptop = set_up(tmp_path)
    with laptop.store.unit() as uow:
        uow.local.put(accounts.RENEWAL, b"1")
        uow.commit()
    keys = people(laptop, tmp_path)
    words = keys.draw()
    keys.add(NewPerson("Ana Inventada", "social"), words)
    laptop.close()
    former = [tmp_path / damaged_name(number) for number in (1, 2)]
    for one in (*former, tmp_path / f"{damaged_name(1)}-wal"):
        one.write_bytes(b"of before")
    laptop = open_again(tmp_path)
    assert said(laptop, tmp_path) == ["damaged_left"]
    laptop.close()
    for one in (former[0], tmp_path / f"{damaged_name(1)}-wal"):
        one.unlink()
    clock = SystemClock()
    release = definitions()
    done = recover(
        tmp_path, words, clock, SystemIds(clock), bounds=CHEAP_BOUNDS, definitions=release
    )
    assert done.aside == former[0].name
    laptop = open_again(tmp_path)
    assert said(laptop, tmp_path) == ["damaged_left"]
    former[1].unlink()
    assert said(laptop, tmp_path) == []
    laptop.close()


def test_a_laptop_made_of_a_backup_asks_who_opens_it_until_somebody_looked(
    laptop: Laptop, tmp_path: Path
) -> None:
    """Its people are those of the day of the backup: whoever left since may enter again."""
    with laptop.store.unit() as uow:
        note_restored(uow, laptop.desk, name="respaldo", made_ms=1)
    assert said(laptop, tmp_path) == ["roles_review_restored"]
    with laptop.store.unit() as uow:
        staff.review_roles(uow, laptop.desk)
    assert said(laptop, tmp_path) == []
