"""A database damaged anywhere is told of in words, and made anew from what stands beside it."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from app.clock import SystemClock
from app.crypto.passphrase import SMALL_MACHINE
from app.demo.actors import Typist
from app.domain.change import RecordId
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.ids import SystemIds
from app.laptop import Laptop
from app.opening import set_up_laptop
from app.recovery import recover
from app.services import attachments, casework, evidence, intake
from app.services.messages import SENTENCES
from app.services.ports import BatchOutline, Cursor, FieldKey, UnitOfWork
from app.services.read_models import CaseFilter
from db.archive import ARCHIVE_NAME
from db.engine import connect
from db.laptop_copy import COPY_NAME
from db.presence import DATABASE_NAME, REBUILT_NAME, VAULT_NAME
from db.vault import open_vault
from sync.client.folder import BATCH
from sync.client.keys import KEYRING
from sync.client.stick import FOLDER_NAME
from sync.client.stick_blobs import SCAN
from sync.envelope.blob import open_blob
from sync.protocol.batch import NO_BATCH, batch_id
from tests.e2e.test_commands import english, said
from tests.support.centres import PROFILE
from tests.support.every import some
from tests.support.false_scans import waits_to_go_up
from tests.support.file_faults import failing, in_child
from tests.support.laptops import EVERY_SERVICE
from tests.support.leakscan import scan
from tests.support.spoilt import written
from tests.support.stations import RegionPlace, impatient, make_anew, open_again, served
from tests.support.storage import CHEAP_BOUNDS, PASSPHRASE

PAGE = 4096
WAL = f"{DATABASE_NAME}-wal"
JPEG = b"\xff\xd8\xff\xe0 una foto inventada" * 400
COPIED = FieldKey("case", RecordId("77" * 16), "code")
ODD = some(2, 1)
"""Every second operation is spoilt: the odd ones by a kill, the others by a full disk."""
FOR_DAMAGE = ("file_damaged", "database_damaged")
STORY = "Relato inventado de una persona que no existe. "
DERIVED = {
    "record": "id, kind",
    "field": "record_id, kind, field, value, shown, is_conflict, changed_ms, author, refers_to",
    "head": "record_id, kind, field, change_id",
    "case_row": "case_id, code, person, age, risk_level, district, changed_ms, has_conflict, place",
    "person_row": "record_id, kind, names, surnames, alias, document, district, workplace",
    "referral_row": "*",
    "change_base": "base_id",
}


@dataclass(frozen=True)
class State:
    """What a laptop holds."""

    digest: bytes
    changes: int
    derived: dict[str, Counter[Any]]
    cursor: Cursor | None
    own: int
    audit: int


@dataclass(frozen=True)
class Centre:
    """A laptop that synchronised, as it lay on its disk, and the region it belongs to."""

    region: RegionPlace
    folder: Path
    closed: Path
    """As it is after a lock: everything is sealed."""
    killed: Path
    """As it is after a kill: the last saves stand in the write-ahead log and in no batch."""
    state: State
    marker: str


def _state(laptop: Laptop) -> State:
    driver = laptop.store._driver_connection()
    rows = {
        table: Counter(driver.cursor().execute(f"SELECT {columns} FROM {table}").fetchall())
        for table, columns in DERIVED.items()
        if table != "referral_row"
    }
    (own,) = driver.cursor().execute("SELECT sum(is_own) FROM change").fetchone()
    with laptop.store.unit() as uow:
        assert uow.changes.digest()
        return State(
            uow.changes.digest(),
            uow.changes.count(),
            rows,
            uow.batches.cursor(),
            own,
            uow.audit.count(),
        )


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    """Two laptops that met at a server; the first goes on working."""
    place = tmp_path_factory.mktemp("region")
    region = RegionPlace.make(place)
    with served(region) as address:
        region.url = f"https://{address}"
        first, second = region.pair()
        for number, typist in enumerate((first, second, first, second)):
            for _ in range(2):
                typist.register({"EDAD_VICTIMA": 20 + number, "relato": STORY * 40})
            assert typist.sync().failure is None
        assert first.sync().failure is None
        folder = place / "laptop-1"
        yield _left(region, folder, first, place)
        second.laptop.close()


def _left(region: RegionPlace, folder: Path, first: Typist, place: Path) -> Centre:
    desk = first.laptop.desk
    first.register({"EDAD_VICTIMA": 77})
    first.laptop.seal()
    case_id, _ = first.register({"EDAD_VICTIMA": 78})
    first.run(lambda uow: attachments.attach(uow, desk, case_id, case_id, JPEG, "foto"))
    first.run(lambda uow: intake.keep_draft(uow, desk, {"names": "Borrador Inventado"}))
    first.run(lambda uow: casework.note_view(uow, desk, case_id))
    state = _state(first.laptop)
    killed = shutil.copytree(folder, place / "killed")
    first.laptop.close()
    return Centre(region, folder, Path(folder), Path(killed), state, STORY)


@pytest.fixture
def closed(centre: Centre, tmp_path: Path) -> Path:
    """The folder of the laptop after a lock, to be spoilt."""
    return Path(shutil.copytree(centre.closed, tmp_path / "laptop"))


@pytest.fixture
def killed(centre: Centre, tmp_path: Path) -> Path:
    """The folder of the laptop after a kill, to be spoilt."""
    return Path(shutil.copytree(centre.killed, tmp_path / "laptop"))


def _is_as_before(folder: Path, state: State, *, audit: bool = True) -> None:
    laptop = open_again(folder)
    now = _state(laptop)
    laptop.close()
    assert now.digest == state.digest
    assert now.derived == state.derived
    assert replace(now, audit=0) == replace(state, audit=0)
    if audit:
        assert now.audit == state.audit + 1  # that it was made anew is noted, too


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Any]:
    """The database of a folder, by the driver itself."""
    key = open_vault(folder / VAULT_NAME, PASSPHRASE, bounds=CHEAP_BOUNDS)
    connection = connect(folder / DATABASE_NAME, key)
    yield connection
    connection.close()


def _spoil(path: Path, *places: int) -> None:
    content = bytearray(path.read_bytes())
    for at in places:
        content[at] ^= 0x10
    path.write_bytes(content)


def _everything(path: Path) -> None:
    size = path.stat().st_size
    _spoil(path, *range(200, size, PAGE))


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 5 * PAGE + 17)


SPOILT: dict[str, Callable[[Path], None]] = {
    "salt": lambda path: _spoil(path, 3),
    "first page": lambda path: _spoil(path, 1_000),
    "first page is zeros": lambda path: path.write_bytes(bytes(PAGE) + path.read_bytes()[PAGE:]),
    "second page": lambda path: _spoil(path, PAGE + 100),
    "every page": _everything,
    "cut": _cut,
    "emptied": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "another file": lambda path: path.write_bytes(b"a letter, perhaps\n" * 2_000),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_damaged_database_is_told_of_and_made_anew(
    centre: Centre, closed: Path, how: str
) -> None:
    SPOILT[how](closed / DATABASE_NAME)
    before = {path.name: path.read_bytes() for path in closed.iterdir()}
    if how != "second page":  # nothing of it is read at the opening
        for _ in range(2):
            with pytest.raises(DomainError, match="database_damaged"):
                open_again(closed)
        assert {path.name: path.read_bytes() for path in closed.iterdir()} == before

    done = make_anew(closed)

    is_nothing_left = how in ("every page", "emptied", "gone", "another file")
    assert done.is_old_readable != is_nothing_left
    _is_as_before(closed, centre.state, audit=how in ("salt", "first page"))
    damaged = before.get(DATABASE_NAME)
    if damaged is not None:
        assert (closed / done.aside).read_bytes() == damaged
    assert done.attachments_missing == (0 if done.copied.get("attachment") else 1)
    assert not (closed / REBUILT_NAME).exists()


def test_with_its_first_page_damaged_not_even_a_draft_is_lost(centre: Centre, closed: Path) -> None:
    _spoil(closed / DATABASE_NAME, 500)
    done = make_anew(closed)
    assert done.lost == Counter()
    assert done.attachments_missing == 0
    laptop = open_again(closed)
    with laptop.store.unit() as uow:
        assert intake.draft(uow, laptop.desk).typed == {"names": "Borrador Inventado"}
        assert uow.audit.verify() is None
    laptop.close()


@pytest.mark.parametrize("seed", range(some(6, 12)))
def test_a_page_damaged_anywhere_costs_at_most_what_stood_on_it(
    centre: Centre, closed: Path, seed: int
) -> None:
    """(F6)"""
    path = closed / DATABASE_NAME
    chance = random.Random(seed)
    _spoil(path, chance.randrange(path.stat().st_size))
    make_anew(closed)
    _is_as_before(closed, centre.state, audit=False)


def test_what_was_in_no_batch_yet_comes_out_of_the_damaged_file(
    centre: Centre, killed: Path
) -> None:
    # Everything into the file, as a program does now and then, and then the damage.
    laptop = open_again(killed)
    laptop.store.checkpoint()
    state = _state(laptop)
    laptop.store.close()
    assert state == centre.state
    _spoil(killed / DATABASE_NAME, 1_000)
    done = make_anew(killed)
    assert done.other_changes > 0
    _is_as_before(killed, state)
    reopened = open_again(killed)
    with reopened.store.unit() as uow:
        assert len(uow.changes.pending(100)) == 0, "what was rebuilt was sealed when it closed"
    reopened.close()


def test_damage_in_the_write_ahead_log_is_told_of_and_costs_nothing(
    centre: Centre, killed: Path
) -> None:
    """(F5)"""
    size = (killed / WAL).stat().st_size
    assert size > 40 * PAGE
    for at in (4, 40, 300, PAGE + 60):
        folder = Path(shutil.copytree(killed, killed.with_name(f"at-{at}")))
        _spoil(folder / WAL, at)
        with pytest.raises(DomainError, match="database_damaged"):
            open_again(folder)
        make_anew(folder)
        _is_as_before(folder, centre.state, audit=False)


def test_a_page_damaged_in_the_log_costs_no_more_than_what_stood_on_it(
    centre: Centre, killed: Path
) -> None:
    _spoil(killed / WAL, (killed / WAL).stat().st_size // 2)
    done = make_anew(killed)
    laptop = open_again(killed)
    now = _state(laptop)
    laptop.close()
    assert done.sealed_changes <= now.changes <= centre.state.changes
    assert now.changes >= centre.state.changes - 4
    if now.changes < centre.state.changes:
        assert done.lost


def test_a_whole_database_can_be_made_anew_as_well(centre: Centre, killed: Path) -> None:
    done = make_anew(killed)
    assert done.lost == Counter()
    _is_as_before(killed, centre.state)
    assert make_anew(killed).aside != done.aside
    assert {path.name for path in killed.iterdir()} >= {"datos.db.danado-1", "datos.db.danado-2"}


@pytest.mark.parametrize("is_row_lost", [False, True])
def test_a_copy_that_was_told_of_is_told_once_by_the_audit_and_counted_once(
    closed: Path, tmp_path: Path, is_row_lost: bool
) -> None:
    typist = impatient(open_again(closed))
    stick = tmp_path / "stick"
    (stick / FOLDER_NAME).mkdir(parents=True)
    for number in range(3):
        outline = BatchOutline(b"\x77" * 8, 1, NO_BATCH, None)
        content = written(typist, COPIED, f"2026-Z000{number}", outline)
        (stick / FOLDER_NAME / f"{batch_id(content).hex()}{BATCH}").write_bytes(content)
    assert typist.use_stick(stick).failure is None
    typist.workplace.close()
    with opened(closed) as connection:
        connection.execute("BEGIN IMMEDIATE")
        found = connection.execute("SELECT detail FROM audit WHERE action = 'fork_seen'").fetchall()
        assert len(found) == 1
        if is_row_lost:
            connection.execute("DELETE FROM audit WHERE action = 'fork_seen'")
        connection.execute("COMMIT")
    make_anew(closed)
    with opened(closed) as connection:
        again = connection.execute("SELECT detail FROM audit WHERE action = 'fork_seen'").fetchall()
    assert [one[0].split("/")[:2] for one in again] == [found[0][0].split("/")[:2]]
    laptop = open_again(closed)
    with laptop.store.unit() as uow:
        (copied,) = [one for one in evidence.facts(uow) if one.message_id == "laptops_copied"]
    laptop.close()
    assert (copied.count, copied.times) == (1, 2)


def test_another_history_is_counted_once_however_often_the_database_is_made_anew(
    closed: Path, tmp_path: Path
) -> None:
    typist = impatient(open_again(closed))
    now = typist.run(lambda uow: uow.batches.cursor())
    assert now is not None
    stick = tmp_path / "stick"
    (stick / FOLDER_NAME).mkdir(parents=True)
    outline = BatchOutline(b"\x77" * 8, 1, NO_BATCH, replace(now, chain=b"\x09" * 32))
    content = written(typist, COPIED, "2026-Z0001", outline)
    (stick / FOLDER_NAME / f"{batch_id(content).hex()}{BATCH}").write_bytes(content)
    assert typist.use_stick(stick).failure is None
    typist.run(lambda uow: _shown_by_server(uow, typist, now))
    assert _times_told(typist.laptop) == 2
    typist.workplace.close()
    for _ in range(2):
        make_anew(closed)
        laptop = open_again(closed)
        assert _times_told(laptop) == 2, "one that a batch shows, and one that the server showed"
        laptop.close()


def _shown_by_server(uow: UnitOfWork, typist: Typist, now: Cursor) -> None:
    evidence.note_other_history(uow, typist.laptop.desk, now.chain)
    uow.commit()


def _times_told(laptop: Laptop) -> int:
    with laptop.store.unit() as uow:
        return {one.message_id: one.count for one in evidence.facts(uow)}["other_history_seen"]


def test_both_files_damaged_give_what_is_whole_in_either(centre: Centre, closed: Path) -> None:
    archive = closed / ARCHIVE_NAME
    _spoil(archive, 60)
    _spoil(closed / DATABASE_NAME, 1_000)
    done = make_anew(closed)
    assert done.frames_damaged == 1
    _is_as_before(closed, centre.state)


def test_what_is_whole_nowhere_is_counted_and_fetched_again(centre: Centre, closed: Path) -> None:
    _spoil(closed / ARCHIVE_NAME, 60)
    (closed / DATABASE_NAME).unlink()
    done = make_anew(closed)
    assert done.frames_damaged == 1
    assert done.position == 0
    typist = impatient(open_again(closed))
    report = typist.sync()
    assert report.failure is None
    assert _state(typist.laptop).digest == centre.state.digest
    typist.laptop.close()


def test_the_next_synchronisation_does_not_fetch_the_log_again(
    centre: Centre, closed: Path
) -> None:
    _everything(closed / DATABASE_NAME)
    done = make_anew(closed)
    assert centre.state.cursor is not None
    assert done.position == centre.state.cursor.position
    typist = impatient(open_again(closed))
    report = typist.sync()
    assert (report.failure, report.batches_received) == (None, 0)
    assert report.bytes_down < 6_000
    typist.laptop.close()


def test_a_scan_that_was_on_its_way_leaves_whole_afterwards(closed: Path, tmp_path: Path) -> None:
    before = impatient(open_again(closed))
    waits_to_go_up(before, sha256(JPEG).digest(), JPEG)
    before.laptop.close()
    make_anew(closed)

    typist = impatient(open_again(closed))
    (tmp_path / "stick").mkdir()
    assert typist.use_stick(tmp_path / "stick").failure is None
    (lies,) = (tmp_path / "stick").rglob("*" + SCAN)
    keys = typist.laptop.keys
    assert keys is not None
    assert open_blob(keys.keyring, lies.read_bytes())[1] == JPEG
    typist.laptop.close()


def test_without_the_copy_of_the_keys_a_readable_database_gives_them(
    centre: Centre, closed: Path
) -> None:
    (closed / COPY_NAME).unlink()
    _spoil(closed / DATABASE_NAME, 40 * PAGE + 100)
    make_anew(closed)
    _is_as_before(closed, centre.state, audit=False)
    assert (closed / COPY_NAME).exists()


def test_a_keyring_of_which_a_page_came_back_as_zeros_is_taken_from_the_copy(
    centre: Centre, closed: Path
) -> None:
    # So does SQLCipher give a damaged page of a long row, when it is read once more.
    with opened(closed) as connection:
        name = (KEYRING,)
        (stored,) = connection.execute("SELECT content FROM local WHERE name = ?", name).fetchone()
        half = len(stored) // 2
        zeros = stored[:half] + bytes(len(stored) - half)
        connection.execute("UPDATE local SET content = ? WHERE name = ?", (zeros, *name))
    make_anew(closed)
    _is_as_before(closed, centre.state)


def test_with_neither_nothing_changes_and_it_is_said(closed: Path) -> None:
    (closed / COPY_NAME).write_bytes(b"QSPE")
    _everything(closed / DATABASE_NAME)
    before = {path.name: path.read_bytes() for path in closed.iterdir()}
    with pytest.raises(DomainError, match="rebuild_without_keys"):
        make_anew(closed)
    assert {path.name: path.read_bytes() for path in closed.iterdir()} == before


def test_wrong_words_and_an_open_program_refuse_it(closed: Path) -> None:
    clock = SystemClock()
    with pytest.raises(DomainError, match="passphrase_wrong"):
        recover(closed, "otras cinco palabras que no son", clock, SystemIds(clock),
                bounds=CHEAP_BOUNDS)  # fmt: skip
    laptop = open_again(closed)
    with pytest.raises(EnvironmentFault, match="file_in_use"):
        make_anew(closed)
    laptop.close()
    with pytest.raises(DomainError, match="not_set_up"):
        make_anew(closed.with_name("nothing"))


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
@pytest.mark.timeout(900)
def test_killed_at_any_file_operation_the_old_state_or_the_new_one_is_there(
    centre: Centre, killed: Path
) -> None:
    _spoil(killed / WAL, 300)
    number, told = 1 - ODD, set()
    is_through = False
    while not is_through:
        number += ODD
        folder = Path(shutil.copytree(killed, killed.with_name(f"killed-{number}")))
        is_through = in_child(lambda folder=folder: make_anew(folder), number)  # type: ignore[misc]
        try:
            _is_as_before(folder, centre.state)
            told.add("new")
        except QispiError as fault:
            assert fault.message_id == "database_damaged"
            told.add("old")
            assert (folder / WAL).read_bytes() == (killed / WAL).read_bytes()
            make_anew(folder)
            _is_as_before(folder, centre.state)
        assert not (folder / REBUILT_NAME).exists()
        assert {path.name for path in folder.iterdir()} >= {
            "datos.db.danado-1", "datos.db.danado-1-wal", VAULT_NAME,
        }  # fmt: skip
        shutil.rmtree(folder)
    assert told == {"old", "new"}
    assert number > 8


@pytest.mark.timeout(900)
def test_a_full_disk_at_any_file_operation_changes_nothing_or_finishes_later(
    centre: Centre, killed: Path
) -> None:
    """(F3)"""
    _spoil(killed / WAL, 300)
    number, called = 0, ["the first"]
    while len(called) >= number:
        number += ODD
        folder = Path(shutil.copytree(killed, killed.with_name(f"full-{number}")))
        with failing(number) as called:
            try:
                make_anew(folder)
            except EnvironmentFault as fault:
                assert fault.message_id == "disk_full"
        try:
            _is_as_before(folder, centre.state)
        except DomainError:
            assert (folder / DATABASE_NAME).read_bytes() == (killed / DATABASE_NAME).read_bytes()
            make_anew(folder)
            _is_as_before(folder, centre.state)
        shutil.rmtree(folder)
    assert number > 8


def test_nothing_of_it_stands_in_clear(centre: Centre, killed: Path) -> None:
    markers = [STORY.strip(), "Borrador Inventado", "una foto inventada", "Persona Inventada"]
    _spoil(killed / WAL, 300)
    make_anew(killed)
    assert scan([killed], markers) == []


def test_a_database_put_back_takes_its_later_batches_in_by_itself(
    centre: Centre, closed: Path
) -> None:
    laptop = open_again(closed)
    older = closed.with_name("older")
    laptop.store.checkpoint()
    shutil.copy(closed / DATABASE_NAME, older)
    typist = impatient(laptop)
    typist.register({"EDAD_VICTIMA": 44})
    laptop.seal()
    state = _state(laptop)
    laptop.close()
    shutil.copy(older, closed / DATABASE_NAME)
    laptop = open_again(closed)
    assert _state(laptop).digest == state.digest
    with laptop.store.unit() as uow:
        assert casework.count_cases(uow, CaseFilter()) == 11
    laptop.close()


def test_what_was_typed_is_sealed_when_the_program_locks(centre: Centre, closed: Path) -> None:
    typist = impatient(open_again(closed))
    typist.register({"EDAD_VICTIMA": 45})
    with typist.laptop.store.unit() as uow:
        assert uow.changes.pending(100)
        digest = uow.changes.digest()
    typist.workplace.close()
    (closed / DATABASE_NAME).unlink()
    assert make_anew(closed).other_changes == 0
    laptop = open_again(closed)
    assert _state(laptop).digest == digest
    laptop.close()


def _laptop_on_a_small_machine(folder: Path) -> Laptop:
    clock = SystemClock()
    return set_up_laptop(
        folder,
        PASSPHRASE,
        person="Persona Inventada",
        role="social",
        roles=EVERY_SERVICE,
        centre=PROFILE,
        clock=clock,
        ids=SystemIds(clock),
        cost=SMALL_MACHINE,
    )


def test_whatever_page_is_damaged_the_doctor_ends_in_words_that_are_true(tmp_path: Path) -> None:
    whole, spoilt = tmp_path / "whole", tmp_path / "spoilt"
    typist = Typist.at(_laptop_on_a_small_machine(whole))
    for _ in range(3):
        typist.register({"EDAD_VICTIMA": 30, "relato": STORY * 40})
    typist.laptop.close()
    pages = (whole / DATABASE_NAME).stat().st_size // PAGE
    told = Counter[str]()
    for page in range(1, pages, pages // some(8, 24)):
        shutil.copytree(whole, spoilt)
        _spoil(spoilt / DATABASE_NAME, page * PAGE + 100)
        ended = said("--data", str(spoilt), "doctor", "--rebuild", "--passphrase", PASSPHRASE)
        shutil.rmtree(spoilt)
        assert ended.exit_code == 1
        *before, last = ended.output.strip().splitlines()
        (fault,) = [name for name in FOR_DAMAGE if SENTENCES[name] == last]
        told[fault] += 1
        assert [line.partition(" (")[0] for line in before] == (
            ["Archivo: dañado"] if fault == "file_damaged" else []
        )
    assert told["file_damaged"]


def test_the_command_says_what_came_back_in_plain_spanish(tmp_path: Path) -> None:
    folder = tmp_path / "laptop"
    laptop = _laptop_on_a_small_machine(folder)
    with laptop.store.unit() as uow:
        casework.open_case(uow, laptop.desk)
    state = _state(laptop)
    laptop.close()
    _spoil(folder / DATABASE_NAME, 1_000)
    doctor = ("--data", str(folder), "doctor", "--passphrase", PASSPHRASE)
    refused = said(*doctor)
    assert refused.exit_code == 1
    assert refused.output.strip() == SENTENCES["database_damaged"]
    done = said(*doctor, "--rebuild-from-batches")
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert lines[0].startswith("Base de datos rehecha. La dañada queda en datos.db.danado-1")
    assert "De la base dañada se pudo leer todo." in lines
    assert "Archivo: sin daños" in lines
    assert "Copia de los paquetes sellados: al día" in lines
    assert english(done.output.replace("rebuild-from-batches", "")) == []
    assert state.digest.hex()[:32] in done.output
