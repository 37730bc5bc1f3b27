"""A disk, a virtual machine or a restore point put back whole, or copied whole, leaves no trace at the
start of the program. What the laptop itself signed and does not have tells it as soon as it comes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from app.demo.actors import Typist
from app.domain.change import RecordId
from app.services.evidence import NOTED_MAX
from app.services.messages import SENTENCES, sentence
from app.services.ports import BatchOutline, FieldKey
from app.services.sync_advice import PROCEDURES, fact_procedure
from app.services.sync_facts import SyncTimes
from db.archive import ARCHIVE_NAME
from db.schema import audit
from db.store import DATABASE_NAME
from sync.client.folder import BATCH
from sync.client.stick import FOLDER_NAME
from sync.protocol.batch import NO_BATCH, batch_id
from tests.support.spoilt import batches_of, written
from tests.support.stations import RegionPlace, make_anew, view
from tests.sync.test_healing import MANUAL, Places, level, open_at

FACT = "put_back_or_copied"
KEY = FieldKey("case", RecordId("77" * 16), "code")


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    made = Places(tmp_path)
    yield made
    made.close()


def told(typist: Typist) -> dict[str, int]:
    facts = view(typist).facts
    return {one.message_id: one.count for one in facts if one.message_id != "case_numbers_twice"}


def twice(typist: Typist) -> list[str]:
    """Return the ends of the numbers that two cases bear."""
    facts = view(typist).facts
    return [
        one[-5:] for fact in facts if fact.message_id == "case_numbers_twice" for one in fact.named
    ]


def rows(typist: Typist) -> list[str]:
    wanted = select(audit.c.detail).where(audit.c.action == FACT).order_by(audit.c.number)
    with typist.laptop.store.unit() as uow:
        return list(uow._connection.execute(wanted).scalars())


def number_of(typist: Typist, names: str) -> str:
    """Open a case and return the end of its number."""
    case_id, _ = typist.register({"names": names})
    code = typist.run(lambda uow: uow.records.fields(case_id)["code"].value)
    assert isinstance(code, str)
    return code[-5:]


def on_stick(stick: Path, *contents: bytes) -> Path:
    folder = stick / FOLDER_NAME
    folder.mkdir(parents=True, exist_ok=True)
    for content in contents:
        (folder / f"{batch_id(content).hex()}{BATCH}").write_bytes(content)
    return stick


class Disk:
    """The disk of a laptop: its data folder, and the profile of its user on it."""

    def __init__(self, folder: Path, profile: Path, computer: bytes = b"A") -> None:
        self.folder, self.profile, self.computer = folder, profile, computer

    def open(self) -> Typist:
        return open_at(self.folder, self.profile, self.computer)

    def image(self, place: Path) -> Disk:
        """Return an image of the whole disk, taken while the program is closed."""
        made = Disk(place / "data", place / "profile", self.computer)
        shutil.copytree(self.folder, made.folder)
        shutil.copytree(self.profile, made.profile)
        return made

    def put_back(self, image: Disk) -> None:
        for mine, its in ((self.folder, image.folder), (self.profile, image.profile)):
            shutil.rmtree(mine)
            shutil.copytree(its, mine)


@pytest.fixture
def disk(places: Places, tmp_path: Path) -> Disk:
    return Disk(places.region.new_folder(), tmp_path / "profile")


def begun(places: Places, disk: Disk) -> tuple[Typist, Typist]:
    """Return a laptop on this disk and a colleague's, level."""
    a = places.region.first_at(disk.folder)
    a.laptop.close()
    a = disk.open()
    b = places.region.joining(a)
    a.register({"names": "Primera Inventada"})
    level(a, b)
    return a, b


def test_an_image_of_the_whole_disk_is_told_at_both_and_no_number_is_given_twice_from_then_on(
    places: Places, disk: Disk, tmp_path: Path
) -> None:
    """(C4)"""
    a, b = begun(places, disk)
    a.laptop.close()
    other = disk.image(tmp_path / "image")
    a, c = disk.open(), other.open()
    assert told(a) == told(c) == {}, "nothing outside tells one from the other"
    assert number_of(a, "De la original") == number_of(c, "De la copia") == "A0002"

    assert a.sync().failure is None
    assert told(a) == {}
    assert c.sync().failure is None
    assert told(c) == {FACT: 1}
    assert a.sync().failure is None
    assert told(a) == {FACT: 1}
    assert FACT in SENTENCES
    number = fact_procedure(FACT)
    assert number is not None
    assert f"### {number}. {PROCEDURES[number]}" in MANUAL
    given = [number_of(one, "Después") for _ in range(2) for one in (a, c)]
    assert len(set(given)) == 4
    assert min(given) > "A0100"
    level(a, b, c)
    assert twice(a) == twice(b) == ["A0002"], "before they heard of each other"
    assert told(b) == {"audit_contradicted": 1}, "each has an audit of its own"
    # Closed and opened again both go on, and no day adds a number that the other one gave.
    a.laptop.close()
    c.laptop.close()
    a, c = disk.open(), other.open()
    a.register({"names": "De mañana"})
    c.register({"names": "De mañana también"})
    level(a, b, c)
    assert told(a) == told(c) == {FACT: 2}, "a row more for each run of the other one's program"
    assert twice(a) == ["A0002"]
    for one in (a, b, c):
        one.laptop.close()


def test_a_disk_that_was_put_back_with_its_profile_is_told_and_gives_no_number_again(
    places: Places, disk: Disk, tmp_path: Path
) -> None:
    """(C5)"""
    a, b = begun(places, disk)
    a.laptop.close()
    point = disk.image(tmp_path / "point")
    a = disk.open()
    given = [number_of(a, "Después"), number_of(a, "Y otra")]
    level(a, b)
    given.append(number_of(a, "Que nunca salió"))
    a.laptop.close()

    disk.put_back(point)
    a = disk.open()
    assert told(a) == {}
    level(a, b)
    assert told(a) == {FACT: 1}
    assert a.run(lambda uow: uow.local.get(SyncTimes.LAST_SUCCESS)) is not None
    assert number_of(a, "Después de todo") > "A0100" > max(given)
    level(a, b)
    assert told(a) == {FACT: 1}, "over: the number stands still"
    assert told(b) == {"audit_contradicted": 1}, "it told of more entries once"
    for one in (a, b):
        one.laptop.close()


def test_put_back_twice_it_is_told_twice_and_no_number_is_given_again(
    places: Places, disk: Disk, tmp_path: Path
) -> None:
    a, b = begun(places, disk)
    given: list[str] = []
    for turn in range(3):
        a.laptop.close()
        point = disk.image(tmp_path / f"point {turn}")
        a = disk.open()
        a.register({"names": "Que salió"})
        level(a, b)
        given.append(number_of(a, "Que nunca salió"))
        a.laptop.close()
        disk.put_back(point)
        a = disk.open()
        level(a, b)
        assert told(a) == {FACT: turn + 1}
        assert number_of(a, "Nueva") not in given
    for one in (a, b):
        one.laptop.close()


def test_it_is_told_by_stick_as_well_and_once_for_each_run_of_the_other(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, _ = pair
    first = written(a, KEY, "2026-Z0001", BatchOutline(b"\x77" * 8, 1, NO_BATCH, None))
    second = written(a, KEY, "2026-Z0002", BatchOutline(b"\x77" * 8, 2, batch_id(first), None))
    third = written(a, KEY, "2026-Z0003", BatchOutline(b"\x78" * 8, 1, NO_BATCH, None))
    assert a.use_stick(on_stick(tmp_path / "one", first)).failure is None
    assert told(a) == {FACT: 1}
    assert a.use_stick(on_stick(tmp_path / "two", first, second)).failure is None
    assert told(a) == {FACT: 1}
    assert a.use_stick(on_stick(tmp_path / "three", second, third)).failure is None
    assert told(a) == {FACT: 2}
    assert [one.split("/")[0] for one in rows(a)] == ["77" * 8, "78" * 8]
    assert rows(a)[0].split("/")[2] == batch_id(first).hex(), "its signed header is found by it"


def test_the_audit_has_a_limit_and_the_count_has_none(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, _ = pair
    runs = [
        written(a, KEY, f"dato {number}", BatchOutline(bytes([number]) * 8, 1, NO_BATCH, None))
        for number in range(1, NOTED_MAX + 9)
    ]
    assert a.use_stick(on_stick(tmp_path, *runs)).failure is None
    assert len(rows(a)) == NOTED_MAX
    assert told(a) == {FACT: NOTED_MAX + 8}
    again = written(a, KEY, "más", BatchOutline(b"\x01" * 8, 2, batch_id(runs[0]), None))
    assert a.use_stick(on_stick(tmp_path / "again", again)).failure is None
    assert told(a) == {FACT: NOTED_MAX + 8}


def test_what_comes_back_after_a_backup_that_was_told_is_not_told_once_more(
    places: Places, disk: Disk, tmp_path: Path
) -> None:
    a, b = begun(places, disk)
    a.laptop.close()
    shutil.copytree(disk.folder, tmp_path / "backup")
    a = disk.open()
    a.register({"names": "Después de la copia"})
    level(a, b)
    a.laptop.close()
    shutil.rmtree(disk.folder)
    shutil.copytree(tmp_path / "backup", disk.folder)
    a = disk.open()
    level(a, b)
    assert told(a) == {"backup_restored": 1}

    # All came back: what is put back later with its profile is told by what comes then.
    a.laptop.close()
    point = disk.image(tmp_path / "point")
    a = disk.open()
    a.register({"names": "Otra más"})
    level(a, b)
    a.laptop.close()
    disk.put_back(point)
    a = disk.open()
    level(a, b)
    assert told(a) == {"backup_restored": 1, FACT: 1}
    for one in (a, b):
        one.laptop.close()


def test_the_original_of_a_copied_folder_is_told_and_the_copy_when_the_original_goes_on(
    places: Places, disk: Disk, tmp_path: Path
) -> None:
    a, b = begun(places, disk)
    a.laptop.close()
    shutil.copytree(disk.folder, tmp_path / "copied")
    a = disk.open()
    a.register({"names": "De la original"})
    level(a, b)
    c = Disk(tmp_path / "copied", tmp_path / "another profile", b"C").open()
    c.register({"names": "De la copia"})
    level(c, b)
    assert told(c) == {"folder_moved": 1}, "what came was there before anybody told it"
    level(a, b, c)
    assert told(a) == {FACT: 1}
    a.register({"names": "De la original, que sigue"})
    level(a, b, c)
    assert told(c) == {"folder_moved": 1, FACT: 1}
    assert told(b) == {}
    for one in (a, b, c):
        one.laptop.close()


def test_what_a_damaged_database_lost_and_the_region_gives_back_is_no_copy(
    places: Places, disk: Disk
) -> None:
    a, b = begun(places, disk)
    a.laptop.close()
    short = (disk.folder / ARCHIVE_NAME).read_bytes()
    a = disk.open()
    a.register({"names": "Después"})
    level(a, b)
    a.laptop.close()
    # Both files lost what was written last, in whatever way.
    (disk.folder / ARCHIVE_NAME).write_bytes(short)
    (disk.folder / DATABASE_NAME).write_bytes(b"\x00" * 8192)
    make_anew(disk.folder)
    a = disk.open()
    level(a, b)
    assert told(a) == {}
    for one in (a, b):
        one.laptop.close()


def test_a_database_that_was_put_back_beside_its_newer_batches_takes_them_in_and_is_told_nothing(
    places: Places, disk: Disk, tmp_path: Path
) -> None:
    """They were here all the time: nothing lacks, and no number is given twice."""
    a, b = begun(places, disk)
    a.laptop.close()
    point = disk.image(tmp_path / "point")
    a = disk.open()
    a.register({"names": "Después"})
    level(a, b)
    a.laptop.close()
    newer = (disk.folder / ARCHIVE_NAME).read_bytes()
    disk.put_back(point)
    (disk.folder / ARCHIVE_NAME).write_bytes(newer)
    a = disk.open()
    level(a, b)
    assert told(a) == {}
    for one in (a, b):
        one.laptop.close()


def test_a_laptop_that_begins_from_its_colleagues_and_goes_on_is_told_nothing(
    region: RegionPlace, tmp_path: Path
) -> None:
    """(control of C4, C5)"""
    a, b = region.pair()
    for turn in range(3):
        for one in (a, b):
            one.register({"names": f"Turno {turn}"})
            batches_of(one)
            assert one.use_stick(tmp_path).failure is None
    level(a, b)
    assert told(a) == told(b) == {}
    for one in (a, b):
        one.laptop.close()


def test_it_has_its_sentences() -> None:
    assert "17" in sentence(FACT, {"count": 17}, str)
    assert sentence(f"{FACT}_news", {}, str)
