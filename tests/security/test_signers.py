"""Who signs at a laptop is presented in its own audit; whoever writes in a colleague's name by a
key that she made is found (A1)."""

from __future__ import annotations

from pathlib import Path

from app.domain.change import RecordId
from app.domain.signing_keys import BY_COPY, UNPRESENTED, KeysSeen
from app.laptop import Laptop
from app.people_keys import LaptopPeople
from app.services import casework, staff
from app.services.account_ports import NewPerson
from db.presence import DATABASE_NAME, VAULT_NAME
from tests.security.test_people import enter
from tests.support.forged_audit import forge
from tests.support.stations import open_again, set_up

ANA = NewPerson("Ana Inventada", "psicologia", ("coordinacion",))


def keys_of(laptop: Laptop) -> KeysSeen:
    with laptop.store.unit() as uow:
        found = uow.audit.check()
    assert (found.broken, found.unsigned) == (None, 0)
    return found.keys


def with_ana(folder: Path) -> tuple[Laptop, RecordId, str, str]:
    laptop = set_up(folder)
    keys = LaptopPeople(folder / VAULT_NAME, laptop)
    words = keys.draw()
    tag = keys.add(ANA, words)
    with laptop.store.unit() as uow:
        ana = next(
            one.id for one in staff.list_staff(uow, laptop.desk, keys.tags) if not one.is_self
        )
    return laptop, ana, words, tag


def test_who_writes_in_a_colleagues_name_by_a_key_of_her_own_is_found(tmp_path: Path) -> None:
    """(A1) Control: what she signed herself, with the key by which she was let in, is not."""
    laptop, ana, words, tag = with_ana(tmp_path)
    laptop.close()
    hers = enter(tmp_path, words, tag)
    with hers.store.unit() as uow:
        casework.open_case(uow, hers.desk)
    assert keys_of(hers).found == (), "the control"
    assert keys_of(hers).before == 0
    hers.close()
    again = open_again(tmp_path)
    forge(again.store, ana)
    forge(again.store, ana)
    (found,) = keys_of(again).found
    assert (found.person, found.how, found.entries) == (ana, UNPRESENTED, 2)
    again.close()


def test_a_key_is_found_though_its_person_never_entered(tmp_path: Path) -> None:
    """(A1) Control: that she was let in is not told."""
    laptop, ana, _, _ = with_ana(tmp_path)
    assert keys_of(laptop).found == (), "the control"
    forge(laptop.store, ana, "sheets_custody")
    assert [one.how for one in keys_of(laptop).found] == [UNPRESENTED]
    laptop.close()


def test_words_given_anew_present_the_key_that_comes_with_them(tmp_path: Path) -> None:
    laptop, ana, _, _ = with_ana(tmp_path)
    given = LaptopPeople(tmp_path / VAULT_NAME, laptop).draw()
    tag = LaptopPeople(tmp_path / VAULT_NAME, laptop).give_words(ana, given)
    laptop.close()
    hers = enter(tmp_path, given, tag)
    LaptopPeople(tmp_path / VAULT_NAME, hers).choose_words(
        given, LaptopPeople(tmp_path / VAULT_NAME, hers).draw()
    )
    assert keys_of(hers).found == ()
    hers.close()


def test_a_laptop_opened_again_and_again_begins_to_present_once(tmp_path: Path) -> None:
    laptop, _, words, tag = with_ana(tmp_path)
    laptop.close()
    enter(tmp_path, words, tag).close()
    again = open_again(tmp_path)
    with again.store.unit() as uow:
        assert len(uow.audit.details("keys_presented", "", 9)) == 1
    again.close()


def test_who_enters_a_database_older_than_her_words_presents_herself_and_it_is_told(
    tmp_path: Path,
) -> None:
    laptop, ana, _, _ = with_ana(tmp_path)
    laptop.close()
    older = (tmp_path / DATABASE_NAME).read_bytes()
    first = open_again(tmp_path)
    keys = LaptopPeople(tmp_path / VAULT_NAME, first)
    given = keys.draw()
    tag = keys.give_words(ana, given)
    first.close()
    (tmp_path / DATABASE_NAME).write_bytes(older)
    hers = enter(tmp_path, given, tag)
    assert [(one.person, one.how) for one in keys_of(hers).found] == [(ana, BY_COPY)]
    hers.close()


def test_words_given_again_beside_an_older_database_leave_a_vault_that_opens(
    tmp_path: Path,
) -> None:
    laptop, ana, _, _ = with_ana(tmp_path)
    laptop.close()
    older = (tmp_path / DATABASE_NAME).read_bytes()
    first = open_again(tmp_path)
    keys = LaptopPeople(tmp_path / VAULT_NAME, first)
    former = keys.draw()
    former_tag = keys.give_words(ana, former)
    first.close()
    (tmp_path / DATABASE_NAME).write_bytes(older)
    again = open_again(tmp_path)
    keys = LaptopPeople(tmp_path / VAULT_NAME, again)
    given = keys.draw()
    tag = keys.give_words(ana, given)
    assert former_tag not in keys.tags.values()
    again.close()
    hers = enter(tmp_path, given, tag)
    assert hers.desk.actor.id == ana
    hers.close()
    open_again(tmp_path).close()
