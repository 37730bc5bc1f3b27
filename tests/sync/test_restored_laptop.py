"""A laptop made of a backup, beside the one that the backup was made of: nothing forks, no number
is given twice, nothing is told that is not so, and it joins its centre anew with all that it has.

The procedure is that of ``docs/operator.md``, «Recuperar de una copia».
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.backups import BackupRuns
from app.bootstrap import Direct
from app.clock import SystemClock
from app.demo.actors import Typist
from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.ids import SystemIds
from app.joining_anew import accept_anew, accepted, asked, joins_anew, request_anew
from app.restoring import by_words, restore_laptop
from app.services import accounts, backups
from app.services.backup_ports import BackupReport
from app.services.forms import change_fields
from tests.support.laptops import definitions
from tests.support.stations import impatient, make_anew, open_again, set_up
from tests.support.storage import CHEAP_BOUNDS, PASSPHRASE
from tests.sync.test_healing import Places, heads_to_manual, level, open_at
from tests.sync.test_put_back_or_copied import number_of, told, twice
from tests.ui.test_devices import as_one

FACT = "made_of_backup"


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    made = Places(tmp_path)
    yield made
    made.close()


def back_up(typist: Typist, stick: Path) -> BackupReport:
    """Make a backup as the page does."""
    stick.mkdir(exist_ok=True)
    reports: list[BackupReport] = []
    runs = BackupRuns(typist.laptop, Direct(), bounds=CHEAP_BOUNDS, on_one_disk=lambda *_: False)
    runs.make(stick, lambda _: None, reports.append)
    (report,) = reports
    assert report.fault is None and report.is_noted
    return report


def restored(stick: Path, folder: Path, profile: Path, computer: bytes) -> Typist:
    """Return somebody at another computer, where the laptop was recovered from the stick."""
    clock = SystemClock()
    restore_laptop(
        stick,
        folder,
        by_words(PASSPHRASE, bounds=CHEAP_BOUNDS),
        clock,
        SystemIds(clock),
        definitions=definitions(),
    )
    return open_at(folder, profile, computer)


def again(typist: Typist, folder: Path, profile: Path, computer: bytes) -> Typist:
    typist.laptop.close()
    return open_at(folder, profile, computer)


def test_beside_the_one_that_goes_on_nothing_forks_and_no_number_is_given_twice(
    places: Places, tmp_path: Path
) -> None:
    """(C5)"""
    folder, stick, new = places.region.new_folder(), tmp_path / "stick", tmp_path / "new"
    a = places.region.first_at(folder)
    a = again(a, folder, tmp_path / "profile-a", b"A")
    b = places.region.joining(a)
    a.register({"names": "Primera Inventada"})
    level(a, b)
    report = back_up(a, stick)
    assert report.made is not None
    assert a.run(lambda uow: backups.state(uow, a.laptop.desk)).days == 0
    assert number_of(a, "Después de la copia") == "A0002"
    assert a.sync().failure is None
    assert number_of(a, "Nunca salió") == "A0003"

    r = restored(stick, new, tmp_path / "profile-r", b"R")
    assert told(r) == {FACT: 1}
    heads_to_manual(FACT)
    given = {number_of(r, "En la recuperada") for _ in range(2)}
    assert min(given) > "A0100"
    assert r.sync().failure is None, "what was sent after the backup comes back"
    assert told(r) == {FACT: 1}, "and is no news of a twin"
    level(a, b, r)
    given |= {number_of(one, "Otra") for one in (a, r) for _ in range(2)}
    assert len(given) == 6
    level(a, b, r)
    assert twice(a) == twice(b) == twice(r) == []
    assert "laptops_copied" not in told(b) | told(a) | told(r), "nothing forked"
    r = again(r, new, tmp_path / "profile-r", b"R")
    assert told(r)[FACT] == 1, "told once, not at every start"


def test_two_restored_from_one_backup_go_on_apart(places: Places, tmp_path: Path) -> None:
    """On one computer and the same profile, too, where nothing outside tells them apart."""
    folder, stick = places.region.new_folder(), tmp_path / "stick"
    a = places.region.first_at(folder)
    a.register({"names": "Primera Inventada"})
    back_up(a, stick)
    a.laptop.close()
    made = [restored(stick, tmp_path / f"new-{n}", tmp_path / "profile", b"same") for n in range(3)]
    assert [told(one) for one in made] == [{FACT: 1}] * 3
    given = [number_of(one, "Una") for one in made for _ in range(3)]
    # Of two in 500 one pair shares a stretch; of three drawn from 500 places hardly ever.
    assert len(set(given)) >= 6


def test_a_plain_laptop_joins_anew_and_the_lost_one_is_taken_out(
    places: Places, tmp_path: Path
) -> None:
    stick, new = tmp_path / "stick", tmp_path / "new"
    a = places.region.first()
    b = places.region.joining(a)
    b.register({"names": "De la B"})
    level(a, b)
    back_up(b, stick)
    b.register({"names": "De la B, después"})
    level(a, b)
    r = restored(stick, new, tmp_path / "profile-r", b"R")
    before = r.run(lambda uow: uow.changes.count())
    assert joins_anew(r.laptop)
    request, code = asked(r.laptop)
    assert asked(r.laptop) == (request, code)
    reply, reply_code = a.laptop.grant(request, code)
    r = impatient(accepted(r.laptop, reply, reply_code))
    assert not joins_anew(r.laptop)
    assert r.laptop.desk.device_letter == "C"
    assert r.run(lambda uow: uow.changes.count()) == before
    with pytest.raises(DomainError, match="joins_anew_not_needed"):
        request_anew(r.laptop)
    level(a, r)
    assert number_of(r, "Con otra letra").startswith("C")
    lost = next(one.id for one in a.laptop.devices() if one.letter == "B")
    a.laptop.revoke(lost)
    level(a, r)
    r = again(r, new, tmp_path / "profile-r", b"R")
    assert r.laptop.desk.device_letter == "C"
    level(a, r)
    assert b.sync().failure is not None, "the control: the lost one is out"
    assert r.sync().failure is None


def test_what_synchronises_before_it_is_opened_again_leaves_the_new_key_there(
    places: Places, tmp_path: Path
) -> None:
    """The page says to lock now; the synchronisation may come first, with the keyring of before."""
    stick, new = tmp_path / "stick", tmp_path / "new"
    a = places.region.first()
    b = places.region.joining(a)
    level(a, b)
    back_up(b, stick)
    r = restored(stick, new, tmp_path / "profile-r", b"R")
    reply, code = a.laptop.grant(*request_anew(r.laptop))
    accept_anew(r.laptop, reply, code)
    c = places.region.joining(a)  # what r hears of only now
    level(a, c)
    assert r.sync().failure is None
    r = again(r, new, tmp_path / "profile-r", b"R")
    assert r.laptop.desk.device_letter == "C"
    assert not joins_anew(r.laptop)
    assert len(r.laptop.devices()) == 4
    level(a, r)


def test_the_only_laptop_of_a_centre_lets_itself_in(places: Places, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    a = places.region.first()
    a.register({"names": "Primera Inventada"})
    assert a.sync().failure is None
    back_up(a, stick)
    a.register({"names": "Enviada después"})
    assert a.sync().failure is None
    digest = a.digest()
    a.laptop.close()
    r = restored(stick, tmp_path / "new", tmp_path / "profile-r", b"R")
    request, code = request_anew(r.laptop)
    reply, reply_code = r.laptop.grant(request, code)
    r = impatient(accept_anew(r.laptop, reply, reply_code))
    assert r.laptop.desk.device_letter == "B"
    assert r.sync().failure is None
    assert r.digest() == digest, "the former epoch's batches open"
    assert twice(r) == []
    r.register({"names": "Con la llave nueva"})
    assert r.sync().failure is None


def test_only_its_own_centre_takes_it_in(places: Places, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    a, other = places.region.first(), places.region.first()
    back_up(a, stick)
    r = restored(stick, tmp_path / "new", tmp_path / "profile-r", b"R")
    request, code = request_anew(r.laptop)
    with pytest.raises(DomainError, match="enrolment_other_centre"):
        other.laptop.grant(request, code)
    assert joins_anew(r.laptop)
    with pytest.raises(DomainError, match="joins_anew_not_needed"):
        request_anew(a.laptop)
    with pytest.raises(DomainError, match="enrolment_already"):
        asked(a.laptop)


def test_one_that_belonged_to_no_centre_yet_has_other_letters(tmp_path: Path) -> None:
    stick, new, clock = tmp_path / "stick", tmp_path / "new", SystemClock()
    a = set_up(tmp_path / "laptop")
    request, _ = a.request()
    stick.mkdir()
    reports: list[BackupReport] = []
    BackupRuns(a, Direct(), bounds=CHEAP_BOUNDS).make(stick, lambda _: None, reports.append)
    assert reports[0].fault is None
    opener = by_words(PASSPHRASE, bounds=CHEAP_BOUNDS)
    restore_laptop(stick, new, opener, clock, SystemIds(clock), definitions=definitions())
    r = open_again(new)
    assert r.desk.device_letter != a.desk.device_letter
    assert not joins_anew(r)
    assert asked(r)[0] != request == a.request()[0], "another device asks"
    a.close()
    r.close()


def test_who_only_audits_begins_none(places: Places, tmp_path: Path) -> None:
    """Asked before anything is written, and not when it is to be noted."""
    a, stick = places.region.first(), tmp_path / "stick"
    stick.mkdir()
    held = a.laptop.desk.actor.held
    as_one(a.laptop, "auditoria")
    reports: list[BackupReport] = []
    BackupRuns(a.laptop, Direct(), bounds=CHEAP_BOUNDS).make(stick, lambda _: None, reports.append)
    assert reports[0].fault is not None and reports[0].fault.message_id == "access_role"
    assert list(stick.iterdir()) == []
    as_one(a.laptop, *held)
    assert back_up(a, stick).made is not None, "the control: who attends persons does"


def test_what_can_be_read_of_the_only_backup_which_is_damaged_is_salvaged(
    places: Places, tmp_path: Path
) -> None:
    """Step 6 of the procedure."""
    stick, folder = tmp_path / "stick", tmp_path / "by-hand"
    a = places.region.first()
    for number in range(8):
        a.register({"names": f"Persona {number} Inventada"})
    had = a.run(lambda uow: uow.changes.count())
    report = back_up(a, stick)
    assert report.made is not None
    place = stick / report.made.name
    piece = bytearray((place / "datos.001").read_bytes())
    piece[-2000] ^= 1
    (place / "datos.001").write_bytes(piece)
    with pytest.raises(DomainError, match="backup_damaged"):
        restored(stick, tmp_path / "new", tmp_path / "profile", b"R")
    folder.mkdir()
    for name in ("llaves.json", "equipo.bin"):
        (folder / name).write_bytes((place / name).read_bytes())
    (folder / "datos.db").write_bytes(piece)
    make_anew(folder)
    r = impatient(open_again(folder))
    assert r.run(lambda uow: uow.changes.count()) > had / 2, "all but what stood on that page"
    assert r.sync().failure is None


def test_whoever_left_has_a_restored_laptop_join_nothing(places: Places, tmp_path: Path) -> None:
    """Neither to ask nor to take the answer in. Control: before she left she asks."""
    stick = tmp_path / "stick"
    a = places.region.first_at(places.region.new_folder())
    back_up(a, stick)
    r = restored(stick, tmp_path / "new", tmp_path / "profile-r", b"R")
    content, code = request_anew(r.laptop)
    reply, reply_code = a.laptop.grant(content, code)
    person, desk = RecordId(r.laptop.desk.actor.id), r.laptop.desk
    with r.laptop.store.unit() as uow, uow.access.inside():
        change_fields(uow, desk, {accounts.key_of(person, accounts.LEFT_ON): "2026-11-26"})
        uow.commit()
    with pytest.raises(DomainError, match="access_left"):
        request_anew(r.laptop)
    with pytest.raises(DomainError, match="access_left"):
        accept_anew(r.laptop, reply, reply_code)
    assert joins_anew(r.laptop)
    for one in (a, r):
        one.laptop.close()
