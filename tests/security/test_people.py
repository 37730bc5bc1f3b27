"""Whose words open a laptop: people come, forget, choose, change roles and go (K1, K4, K5, K6)."""

from __future__ import annotations

import errno
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from unittest import mock

import msgspec
import pytest

from app.clock import SystemClock
from app.crypto.secret import SecretKey
from app.domain.change import RecordId
from app.domain.errors import DomainError, EnvironmentFault
from app.domain.value import Value
from app.ids import SystemIds
from app.laptop import CENTRE, DEVICE_SEED, PERSON, FirstPerson, Laptop
from app.opening import open_laptop, set_up_laptop
from app.people_keys import LaptopPeople
from app.recovery import recover
from app.services import accounts, staff
from app.services.account_ports import NewPerson
from app.services.accounts import NOBODY
from app.services.audit_ports import AuditFilter
from app.services.forms import change_fields
from app.services.ports import UnitOfWork
from app.services.read_models import CaseFilter
from app.services.staff import StaffMember
from db.archive import ARCHIVE_NAME
from db.folder import set_up as folder_set_up
from db.presence import DATABASE_NAME, VAULT_NAME
from db.vault import open_vault
from tests.support.centres import PROFILE
from tests.support.file_faults import DIED, dies_at, failing, in_child
from tests.support.laptops import definitions
from tests.support.stations import RegionPlace, open_again, set_up
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE

ANA = NewPerson("Ana Inventada", "psicologia", ("coordinacion",))
EVA = NewPerson("Eva Inventada", "legal")
NEVER = 10**9
"""No operation on a file: whoever works in a child dies where it says so."""


def enter(folder: Path, words: str, tag: str | None = None) -> Laptop:
    clock = SystemClock()
    return open_laptop(
        folder,
        words,
        clock,
        SystemIds(clock),
        tag=tag,
        bounds=CHEAP_BOUNDS,
        definitions=definitions(),
    )


def people(laptop: Laptop, folder: Path) -> LaptopPeople:
    return LaptopPeople(folder / VAULT_NAME, laptop)


def listed(laptop: Laptop, folder: Path) -> dict[str, StaffMember]:
    with laptop.store.unit() as uow:
        found = staff.list_staff(uow, laptop.desk, people(laptop, folder).tags)
    return {one.name: one for one in found}


def audited(laptop: Laptop, action: str, person: RecordId) -> int:
    with laptop.store.unit() as uow:
        return len(uow.audit.details(action, person, 9))


def left_elsewhere(laptop: Laptop, person: RecordId) -> None:
    """Write what another laptop wrote of her, as it arrives here."""
    with laptop.store.unit() as uow, uow.access.inside():
        change_fields(uow, laptop.desk, {accounts.key_of(person, accounts.LEFT_ON): "2026-11-26"})
        uow.commit()


def with_ana(folder: Path) -> tuple[str, str]:
    """Set a laptop up with a second person; return her words and her letters."""
    laptop = set_up(folder)
    keys = people(laptop, folder)
    words = keys.draw()
    tag = keys.add(ANA, words)
    laptop.close()
    return words, tag


def test_each_person_enters_by_her_own_words_and_works_as_herself(tmp_path: Path) -> None:
    words, tag = with_ana(tmp_path)
    laptop = enter(tmp_path, words, tag)
    assert (laptop.desk.actor.name, laptop.desk.actor.role) == ("Ana Inventada", "psicologia")
    assert laptop.desk.actor.held == ("psicologia", "coordinacion")
    ana = RecordId(laptop.desk.actor.id)
    assert audited(laptop, "person_added", ana) == 1
    laptop.close()
    first = open_again(tmp_path)
    assert first.desk.actor.name == "Persona Inventada"
    assert set(listed(first, tmp_path)) == {"Persona Inventada", "Ana Inventada"}
    first.close()


def test_four_letters_of_each_word_are_enough_and_accents_do_not_count(tmp_path: Path) -> None:
    words, tag = with_ana(tmp_path)
    enter(tmp_path, " ".join(one[:4].upper() for one in words.split()), tag).close()


def test_her_letters_with_the_words_of_another_open_nothing(tmp_path: Path) -> None:
    """(K1) Control: the words open with their own letters."""
    _, tag = with_ana(tmp_path)
    with pytest.raises(DomainError, match="passphrase_wrong"):
        enter(tmp_path, PASSPHRASE, tag)
    enter(tmp_path, PASSPHRASE).close()


def test_whom_somebody_else_gave_words_is_asked_for_others_until_she_chose(tmp_path: Path) -> None:
    words, tag = with_ana(tmp_path)
    laptop = enter(tmp_path, words, tag)
    assert listed(laptop, tmp_path)["Ana Inventada"].is_provisional
    keys = people(laptop, tmp_path)
    own = keys.draw()
    with pytest.raises(DomainError, match="passphrase_wrong"):
        keys.choose_words(PASSPHRASE, own)  # whoever passes by an open laptop
    keys.choose_words(words, own)
    assert not listed(laptop, tmp_path)["Ana Inventada"].is_provisional
    laptop.close()
    with pytest.raises(DomainError, match="passphrase_wrong"):
        enter(tmp_path, words, tag)
    enter(tmp_path, own, tag).close()


def test_words_that_somebody_saw_open_nothing_new_once_she_chose_others(tmp_path: Path) -> None:
    """(K4) With a copy of the vault file, a backup's for instance, and the laptop in his hands.
    Control: for words that a colleague gave her no key is replaced."""
    words, tag = with_ana(tmp_path)
    laptop = enter(tmp_path, words, tag)
    own = people(laptop, tmp_path).draw()
    people(laptop, tmp_path).choose_words(words, own)
    laptop.close()
    laptop = enter(tmp_path, own, tag)
    assert laptop.vault is not None
    assert laptop.vault.file.generation == 1
    copied = (tmp_path / VAULT_NAME).read_bytes()
    other = people(laptop, tmp_path).draw()
    people(laptop, tmp_path).choose_words(own, other)
    laptop.close()
    enter(tmp_path, other, tag).close()  # which replaces the key
    (tmp_path / VAULT_NAME).write_bytes(copied)
    with pytest.raises(DomainError, match="database_damaged"):
        enter(tmp_path, own, tag)


def test_words_that_somebody_saw_open_nothing_new_wherever_choosing_was_cut_off(
    tmp_path: Path,
) -> None:
    """(K4) At any operation on a file. Control: cut off before the file is another, the words of
    before open."""
    words, tag = with_ana(tmp_path / "laptop")
    laptop = enter(tmp_path / "laptop", words, tag)
    keys = people(laptop, tmp_path / "laptop")
    own, other = keys.draw(), keys.draw()
    keys.choose_words(words, own)
    laptop.close()
    copied = (tmp_path / "laptop" / VAULT_NAME).read_bytes()
    number, is_through, opened = 0, False, []
    while not is_through:
        number += 1
        folder = tmp_path / str(number)
        shutil.copytree(tmp_path / "laptop", folder)

        def choose(folder: Path = folder, number: int = number) -> None:
            laptop = enter(folder, own, tag)
            with dies_at(number):
                people(laptop, folder).choose_words(own, other)

        is_through = in_child(choose, NEVER)
        is_other = (folder / VAULT_NAME).read_bytes() != copied
        opened.append(is_other)
        enter(folder, other if is_other else own, tag).close()
        if is_other:
            (folder / VAULT_NAME).write_bytes(copied)
            with pytest.raises(DomainError, match="database_damaged"):
                enter(folder, own, tag)
    assert opened[0] is False
    assert opened[-2:] == [True, True]


def test_whoever_left_chooses_no_words_any_more(tmp_path: Path) -> None:
    """(K4) At another laptop, and this one heard of it. Control: before, she does."""
    words, tag = with_ana(tmp_path)
    laptop = enter(tmp_path, words, tag)
    keys = people(laptop, tmp_path)
    own = keys.draw()
    keys.choose_words(words, own)
    left_elsewhere(laptop, RecordId(laptop.desk.actor.id))
    before = (tmp_path / VAULT_NAME).read_bytes()
    with pytest.raises(DomainError, match="access_left"):
        keys.choose_words(own, keys.draw())
    assert (tmp_path / VAULT_NAME).read_bytes() == before
    laptop.close()


def test_nobody_gives_herself_words_without_saying_those_of_now(tmp_path: Path) -> None:
    """(K5) Whoever passes by an open laptop would have a way in, and a cut in between would take
    hers. Control: with those of now she chooses others."""
    laptop = set_up(tmp_path)
    keys = people(laptop, tmp_path)
    with pytest.raises(DomainError, match="words_own"):
        keys.give_words(RecordId(laptop.desk.actor.id), keys.draw())
    own = keys.draw()
    keys.choose_words(PASSPHRASE, own)
    laptop.close()
    enter(tmp_path, own).close()


def test_whoever_forgot_gets_other_words_and_stays_who_she_was(tmp_path: Path) -> None:
    """(K5) Control: the words given anew open, as the same person."""
    words, tag = with_ana(tmp_path)
    first = open_again(tmp_path)
    ana = listed(first, tmp_path)["Ana Inventada"].id
    keys = people(first, tmp_path)
    given = keys.draw()
    new_tag = keys.give_words(ana, given)
    first.close()
    for old_tag in (tag, new_tag):
        with pytest.raises(DomainError, match="passphrase_wrong"):
            enter(tmp_path, words, old_tag)
    laptop = enter(tmp_path, given, new_tag)
    assert laptop.desk.actor.id == ana
    laptop.close()


def test_when_somebody_leaves_an_old_vault_with_her_words_opens_nothing_new(tmp_path: Path) -> None:
    """(K4) Control: they opened the old copy."""
    words, tag = with_ana(tmp_path)
    kept = tmp_path / "kept"
    shutil.copytree(tmp_path, kept, ignore=shutil.ignore_patterns("kept"))
    old_key = open_vault(kept / VAULT_NAME, words, tag=tag, bounds=CHEAP_BOUNDS)
    first = open_again(tmp_path)
    ana = listed(first, tmp_path)["Ana Inventada"].id
    people(first, tmp_path).end(ana, leaves_centre=True)
    first.close()
    with pytest.raises(DomainError, match="passphrase_wrong"):
        enter(tmp_path, words, tag)

    again = open_again(tmp_path)  # which replaces the key
    assert again.vault is not None
    assert again.vault.file.generation == 2
    assert again.vault.key != old_key
    gone = listed(again, tmp_path)["Ana Inventada"]
    assert gone.left_on
    assert not gone.is_here
    assert audited(again, "person_left", ana) == 1
    assert audited(again, "key_renewed", RecordId("2")) == 1
    again.close()
    # With the vault of before she comes by the old key, and that opens the database no more.
    shutil.copyfile(kept / VAULT_NAME, tmp_path / VAULT_NAME)
    with pytest.raises(DomainError, match="database_damaged"):
        enter(tmp_path, words, tag)
    # Her own old copy she can still read: that is what people are told.
    enter(kept, words, tag).close()


def test_whoever_left_is_not_let_in_by_a_vault_put_back_before_the_key_was_replaced(
    tmp_path: Path,
) -> None:
    """(K4)"""
    words, tag = with_ana(tmp_path)
    before = (tmp_path / VAULT_NAME).read_bytes()
    first = open_again(tmp_path)
    people(first, tmp_path).end(listed(first, tmp_path)["Ana Inventada"].id, leaves_centre=False)
    first.close()
    (tmp_path / VAULT_NAME).write_bytes(before)
    with pytest.raises(DomainError, match="account_ended"):
        enter(tmp_path, words, tag)
    again = open_again(tmp_path)  # and the next opening leaves her out, whatever the file said
    assert again.vault is not None
    assert [one.tag for one in again.vault.file.slots] != []
    assert tag not in {one.tag for one in again.vault.file.slots}
    again.close()


def test_the_disk_full_while_the_key_is_replaced_holds_no_work_up(tmp_path: Path) -> None:
    with_ana(tmp_path)
    first = open_again(tmp_path)
    people(first, tmp_path).end(listed(first, tmp_path)["Ana Inventada"].id, leaves_centre=True)
    first.close()
    with failing(1, forever=True):
        again = open_again(tmp_path)
    assert again.vault is not None
    assert again.vault.file.generation == 1
    again.close()
    last = open_again(tmp_path)
    assert last.vault is not None
    assert last.vault.file.generation == 2
    last.close()


def test_words_given_anew_end_those_of_before_also_when_giving_them_was_cut_off(
    tmp_path: Path,
) -> None:
    """(K4, K5) Control: that they opened the vault as long as nobody gave others. A slot that no
    account knows would get every key that comes, for ever."""
    words, _ = with_ana(tmp_path)
    open_vault(tmp_path / VAULT_NAME, words, bounds=CHEAP_BOUNDS)

    def cut_off() -> None:
        first = open_again(tmp_path)
        ana = listed(first, tmp_path)["Ana Inventada"].id
        with first.store.unit() as uow:  # what is written before the vault file is
            staff.slot_replaced(uow, first.desk, ana, b"a slot never kept")
        os._exit(DIED)

    in_child(cut_off, NEVER)
    first = open_again(tmp_path)
    ana = listed(first, tmp_path)["Ana Inventada"]
    assert ana.is_unfinished
    keys = people(first, tmp_path)
    given = keys.draw()
    tag = keys.give_words(ana.id, given)
    first.close()
    with pytest.raises(DomainError, match="passphrase_wrong"):
        open_vault(tmp_path / VAULT_NAME, words, bounds=CHEAP_BOUNDS)
    enter(tmp_path, given, tag).close()


def test_the_secret_of_the_centre_is_renewed_when_somebody_leaves_whatever_the_disk_says(
    tmp_path: Path,
) -> None:
    """(K4) Control: it is renewed once, and an opening after it leaves it."""
    region = RegionPlace.make(tmp_path / "region")
    region.url = "https://127.0.0.1:1"  # nobody synchronises
    folder = region.new_folder()
    laptop = region.first_at(folder).laptop
    keys = people(laptop, folder)
    for name in ("Ana Inventada", "Eva Inventada"):
        keys.add(NewPerson(name, "legal"), keys.draw())
    there = listed(laptop, folder)
    epochs = [epoch_of(laptop)]
    with failing(1, forever=True), pytest.raises(EnvironmentFault):
        keys.end(there["Ana Inventada"].id, leaves_centre=True)
    epochs.append(epoch_of(laptop))

    def cut_off() -> None:
        with laptop.store.unit() as uow:
            eva = there["Eva Inventada"].id
            staff.account_ended(uow, laptop.desk, eva, leaves_centre=True)
        os._exit(DIED)

    in_child(cut_off, NEVER)
    laptop.close()
    for _ in range(2):
        again = open_again(folder)
        epochs.append(epoch_of(again))
        assert audited(again, "epoch_renewed", RecordId("")) == 2
        again.close()
    assert len(set(epochs)) == 3
    assert epochs[2] == epochs[3]


def put_back(place: Path) -> Path:
    """Return the folder of a laptop whose database was put back on the day on which somebody left:
    the file of batches has a case more."""
    region = RegionPlace.make(place / "region")
    region.url = "https://127.0.0.1:1"  # nobody synchronises
    folder = region.new_folder()
    typist = region.first_at(folder)
    laptop = typist.laptop
    keys = people(laptop, folder)
    keys.add(EVA, keys.draw())
    keys.end(listed(laptop, folder)[EVA.name].id, leaves_centre=False)
    laptop.store.checkpoint()
    before = (folder / DATABASE_NAME).read_bytes()
    typist.register({"names": "Rosa Inventada"})
    while laptop.seal():
        pass
    laptop.close()
    (folder / DATABASE_NAME).write_bytes(before)
    return folder


def test_what_only_the_file_of_batches_has_comes_in_before_the_key_is_replaced(
    tmp_path: Path,
) -> None:
    """(F2) The database was put back, or lost its log, on a day on which somebody left. Control:
    the next opening replaces the key, and all is there."""
    folder = put_back(tmp_path)
    for generation in (1, 2):
        again = open_again(folder)
        assert again.vault is not None
        assert again.vault.file.generation == generation
        with again.store.unit() as uow:
            assert uow.cases.count(CaseFilter()) == 1
        again.close()


def test_a_file_of_batches_that_could_not_be_read_is_not_made_anew_with_another_key(
    tmp_path: Path,
) -> None:
    """(F2) As above, and another program had it for a moment. Control: once it is read, all of it is
    there, and then the key is replaced."""
    folder = put_back(tmp_path)
    real, refused = Path.open, list[Path]()

    def held(path: Path, *arguments: Any, **more: Any) -> Any:
        if path.name == ARCHIVE_NAME and not refused:
            refused.append(path)
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return real(path, *arguments, **more)

    found = []
    with mock.patch.object(Path, "open", held):
        for _ in range(3):
            again = open_again(folder)
            assert again.vault is not None
            with again.store.unit() as uow:
                found.append((again.vault.file.generation, uow.cases.count(CaseFilter())))
            again.close()
    assert refused
    assert found == [(1, 0), (1, 1), (2, 1)]


def epoch_of(laptop: Laptop) -> bytes:
    assert laptop.keys is not None
    return laptop.keys.keyring.current


def test_nobody_takes_the_own_way_in(tmp_path: Path) -> None:
    laptop = set_up(tmp_path)
    with pytest.raises(DomainError, match="people_self"):
        people(laptop, tmp_path).end(RecordId(laptop.desk.actor.id), leaves_centre=True)
    laptop.close()
    open_again(tmp_path).close()


def test_what_the_disk_does_not_keep_is_not_said_to_be(tmp_path: Path) -> None:
    laptop = set_up(tmp_path)
    keys = people(laptop, tmp_path)
    refused = 0
    for number in range(1, 40):
        new, words = NewPerson(f"Ana Inventada {number}", "legal"), keys.draw()
        with failing(number, forever=True):
            try:
                tag = keys.add(new, words)
            except EnvironmentFault:
                refused += 1
                there = listed(laptop, tmp_path).get(new.name)
                assert there is None or not (there.is_here or there.is_unfinished)
                continue
        break
    assert refused > 1
    ana = listed(laptop, tmp_path)[new.name].id
    for number in range(1, 40):
        given = keys.draw()
        with failing(number, forever=True):
            try:
                given_tag = keys.give_words(ana, given)
            except EnvironmentFault:
                continue
        break
    assert not listed(laptop, tmp_path)[new.name].is_unfinished
    laptop.close()
    with pytest.raises(DomainError, match="passphrase_wrong"):
        enter(tmp_path, words, tag)
    enter(tmp_path, given, given_tag).close()


def test_a_person_comes_to_a_laptop_once(tmp_path: Path) -> None:
    laptop = set_up(tmp_path)
    keys = people(laptop, tmp_path)
    keys.add(ANA, keys.draw())
    known = listed(laptop, tmp_path)["Ana Inventada"].id
    with pytest.raises(DomainError, match="people_twice"):
        keys.add(NewPerson(ANA.name, ANA.service, known=known), keys.draw())
    with pytest.raises(DomainError, match="people_incomplete"):
        keys.add(NewPerson("  ", "legal"), keys.draw())
    assert len(keys.tags) == 2
    laptop.close()


def test_two_people_of_one_name_are_told_apart_before_either_has_a_case(tmp_path: Path) -> None:
    """In every list of colleagues the name is all that is chosen by: who may not see a case, whose
    words the sheets give anew. Control: with the other surname she comes; once the one of that name
    left, somebody else of it comes."""
    laptop = set_up(tmp_path)
    keys = people(laptop, tmp_path)
    keys.add(ANA, keys.draw())
    for name in (ANA.name, "ANA  inventada", "Aná Inventada"):
        with pytest.raises(DomainError, match="people_namesake"):
            keys.add(NewPerson(name, "psicologia"), keys.draw())
    assert len(keys.tags) == 2
    keys.add(NewPerson("Ana Inventada Supuesta", "psicologia"), keys.draw())
    keys.end(listed(laptop, tmp_path)[ANA.name].id, leaves_centre=True)
    keys.add(NewPerson(ANA.name, "psicologia"), keys.draw())
    laptop.close()


def test_whoever_enters_has_the_roles_of_now_and_the_audit_says_from_what_they_changed(
    tmp_path: Path,
) -> None:
    words, tag = with_ana(tmp_path)
    first = open_again(tmp_path)
    ana = listed(first, tmp_path)["Ana Inventada"].id
    with first.store.unit() as uow:
        staff.set_roles(uow, first.desk, ana, "social", ())
        assert uow.audit.details("roles_changed", ana, 9) == ("psicologia,coordinacion>social",)
    first.close()
    laptop = enter(tmp_path, words, tag)
    assert laptop.desk.actor.held == ("social",)
    laptop.close()


def test_whoever_a_laptop_is_set_up_for_has_her_roles_though_that_was_cut_off(
    tmp_path: Path,
) -> None:
    """(F) The files are whole before she is written as a person. Else nobody could let anybody in,
    ever."""

    def cut_off() -> None:
        def first(uow: UnitOfWork) -> None:
            person = FirstPerson("0" * 32, "Ana Inventada", "legal", ("legal", "coordinacion"))
            uow.local.put(PERSON, msgspec.msgpack.encode(person))
            uow.local.put(CENTRE, msgspec.msgpack.encode(PROFILE))
            uow.local.put(DEVICE_SEED, SecretKey.random().reveal())
            uow.commit()

        registry = definitions().registry
        folder_set_up(tmp_path, PASSPHRASE, registry, first, cost=CHEAP, bounds=CHEAP_BOUNDS)
        os._exit(DIED)

    in_child(cut_off, NEVER)
    for comes in (EVA, ANA):
        laptop = open_again(tmp_path)
        assert laptop.desk.actor.held == ("legal", "coordinacion")
        assert listed(laptop, tmp_path)["Ana Inventada"].roles == ("legal", "coordinacion")
        keys = people(laptop, tmp_path)
        keys.add(replace(comes, name=f"{comes.name} otra"), keys.draw())
        laptop.close()


def test_who_works_beside_the_centre_and_never_signs_in_is_given_no_account(tmp_path: Path) -> None:
    """Whatever asks: the screens do not offer it. Control: another role of the matrix does."""
    folder = tmp_path / "laptop"
    laptop = set_up(folder)
    keys, desk = people(laptop, folder), laptop.desk
    for outside in (replace(ANA, service="interprete"), replace(ANA, roles=("interprete",))):
        with pytest.raises(DomainError, match="people_no_account"):
            keys.add(outside, keys.draw())
    assert ANA.name not in listed(laptop, folder)
    keys.add(ANA, keys.draw())
    ana = listed(laptop, folder)[ANA.name]
    for service, roles in (("interprete", ()), (ANA.service, ("interprete",))):
        with laptop.store.unit() as uow, pytest.raises(DomainError, match="people_no_account"):
            staff.set_roles(uow, desk, ana.id, service, roles)
    assert listed(laptop, folder)[ANA.name].roles == ana.roles
    laptop.close()
    clock = SystemClock()
    with pytest.raises(DomainError, match="people_no_account"):
        set_up_laptop(
            tmp_path / "other",
            PASSPHRASE,
            person="Persona Inventada",
            role="interprete",
            centre=PROFILE,
            clock=clock,
            ids=SystemIds(clock),
        )
    assert not (tmp_path / "other").exists()


def test_the_last_who_may_manage_people_keeps_that_role(tmp_path: Path) -> None:
    """Else nobody could let anybody in, ever; whoever left elsewhere may do nothing here. Control:
    behind somebody else she may give it up."""
    laptop = set_up(tmp_path)
    keys, desk = people(laptop, tmp_path), laptop.desk
    own = RecordId(desk.actor.id)
    keys.add(EVA, keys.draw())

    def give_up(*_: object) -> None:
        with laptop.store.unit() as uow:
            staff.set_roles(uow, desk, own, "social", ("admision",))

    with pytest.raises(DomainError, match="people_last_to_manage"):
        give_up()
    assert "coordinacion" in listed(laptop, tmp_path)["Persona Inventada"].roles
    keys.add(ANA, keys.draw())
    left_elsewhere(laptop, listed(laptop, tmp_path)[ANA.name].id)
    with pytest.raises(DomainError, match="people_last_to_manage"):
        give_up()
    keys.add(NewPerson("Luz Inventada", "coordinacion"), keys.draw())
    give_up()
    assert listed(laptop, tmp_path)["Persona Inventada"].roles == ("social", "admision")
    laptop.close()


def test_the_roles_are_reviewed_every_six_months(tmp_path: Path) -> None:
    laptop = set_up(tmp_path)
    desk = laptop.desk
    with laptop.store.unit() as uow:
        assert not staff.review_of_roles(uow, desk).is_due  # it was set up today
        staff.review_roles(uow, desk)
        done = staff.review_of_roles(uow, desk)
    assert (done.on, done.by, done.is_due) == (desk.clock.today(), "Persona Inventada", False)
    laptop.close()


def test_words_given_anew_open_a_database_that_is_older_than_they_are(tmp_path: Path) -> None:
    """The slot of hers comes after her former one, whoever else came or went."""
    laptop = set_up(tmp_path)
    keys = people(laptop, tmp_path)
    words = keys.draw()
    tag = keys.add(ANA, words)
    ana = listed(laptop, tmp_path)["Ana Inventada"].id
    laptop.close()
    older = (tmp_path / DATABASE_NAME).read_bytes()
    first = open_again(tmp_path)
    given = people(first, tmp_path).draw()
    for _ in range(2):  # the first of them were lost, too
        new_tag = people(first, tmp_path).give_words(ana, given)
    people(first, tmp_path).add(EVA, people(first, tmp_path).draw())
    first.close()
    (tmp_path / DATABASE_NAME).write_bytes(older)  # which knows her by the slot of before
    again = enter(tmp_path, given, new_tag)
    assert again.desk.actor.id == ana
    again.close()
    del tag


def test_a_database_older_than_a_leaving_and_a_coming_makes_nobody_of_somebody_else(
    tmp_path: Path,
) -> None:
    """(K4, K6) One way in lacks its account and one account its way in, and they are two people's:
    Eva would work as Ana, with her roles. Control: both were written under one key."""
    laptop = set_up(tmp_path)
    people(laptop, tmp_path).add(ANA, people(laptop, tmp_path).draw())
    ana = listed(laptop, tmp_path)["Ana Inventada"].id
    laptop.close()
    older = (tmp_path / DATABASE_NAME).read_bytes()
    first = open_again(tmp_path)
    keys = people(first, tmp_path)
    words = keys.draw()
    keys.end(ana, leaves_centre=True)
    tag = keys.add(EVA, words)
    first.close()
    (tmp_path / DATABASE_NAME).write_bytes(older)
    with pytest.raises(DomainError, match="account_unknown"):
        enter(tmp_path, words, tag)
    again = open_again(tmp_path)
    assert listed(again, tmp_path)["Ana Inventada"].is_unfinished
    again.close()


def test_a_vault_of_somebody_the_database_never_knew_says_so(tmp_path: Path) -> None:
    laptop = set_up(tmp_path)
    laptop.close()
    older = (tmp_path / DATABASE_NAME).read_bytes()
    first = open_again(tmp_path)
    keys = people(first, tmp_path)
    words = keys.draw()
    tag = keys.add(ANA, words)
    first.close()
    (tmp_path / DATABASE_NAME).write_bytes(older)
    with pytest.raises(DomainError, match="account_unknown"):
        enter(tmp_path, words, tag)
    again = open_again(tmp_path)
    with again.store.unit() as uow:
        (only,) = accounts.accounts_of(uow)
    assert only.person == cast(str, again.desk.actor.id)
    again.close()


def test_that_a_database_was_made_anew_is_noted_as_the_act_of_nobody_who_did_not_do_it(
    tmp_path: Path,
) -> None:
    """Whose words opened the file is not known there; whoever enters next is noted behind it.
    Control: what was noted before stays hers who did it."""
    words, _ = with_ana(tmp_path)
    clock = SystemClock()
    recover(
        tmp_path, words, clock, SystemIds(clock), bounds=CHEAP_BOUNDS, definitions=definitions()
    )
    again = open_again(tmp_path)
    with again.store.unit() as uow:
        (rebuilt,) = uow.audit.entries(AuditFilter(actions=frozenset({"database_rebuilt"})), most=9)
        (added,) = uow.audit.entries(AuditFilter(actions=frozenset({"person_added"})), most=9)
    again.close()
    assert (rebuilt.actor, rebuilt.role, rebuilt.is_signed) == (NOBODY, "", False)
    assert added.actor == again.desk.actor.id


def test_whoever_began_a_second_laptop_is_one_person_again(tmp_path: Path) -> None:
    """The way that *Personas* and the manual say: words for the one of before, who enters by them
    and takes the other's way in."""
    folder = tmp_path / "laptop"
    laptop = set_up(folder)
    second = RecordId(laptop.desk.actor.id)
    before = laptop.desk.ids.new_record_id()
    with laptop.store.unit() as uow, uow.access.inside():  # as the first laptop's arrives
        written: dict[str, Value] = {
            accounts.NAME: "Persona Inventada",
            accounts.ROLE: "coordinacion",
        }
        keyed = {accounts.key_of(before, field): value for field, value in written.items()}
        change_fields(uow, laptop.desk, keyed)
        uow.commit()
    words = people(laptop, folder).draw()
    hers = NewPerson("Persona Inventada", "coordinacion", known=before)
    tag = people(laptop, folder).add(hers, words)
    laptop.close()
    again = enter(folder, words, tag)
    assert RecordId(again.desk.actor.id) == before
    people(again, folder).end(second, leaves_centre=True)
    with again.store.unit() as uow:
        there = {one.id: one for one in staff.list_staff(uow, again.desk, {})}
    assert [one for one in there if not there[one].left_on] == [before]
    again.close()
    with pytest.raises(DomainError, match="passphrase_wrong"):
        enter(folder, PASSPHRASE)
    last = enter(folder, words, tag)
    assert RecordId(last.desk.actor.id) == before
    last.close()
