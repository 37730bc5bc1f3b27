"""Group F of the verification plan: a backup is whole or none, and says which.

F3 (a full disk), F4 (a locked stick), F10 (a stick pulled out), F6 (a damaged byte). What a broken
backup would do is shown beside each: a copy that is declared whole before it was read back.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import hashlib
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from unittest import mock

import pytest

from app.crypto.secret import SecretKey
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.restoring import tried
from app.services import attachments, backups, casework
from db import backup as backup_module
from db.backup import MadeBackup, make_backup, read_source
from db.backup_found import found_backups, lying_at
from db.backup_manifest import MANIFEST_NAME, NUMBER_MAX, Manifest
from db.folder import unlock
from db.key_slots import rotated
from db.laptop_copy import COPY_NAME
from db.laptop_files import READY_NAME, VAULT_NAME
from db.restore import by_words, probe, restoring
from db.store import Store, create_store, open_store
from db.vault import Entered, new_vault
from tests.support.every import some
from tests.support.file_faults import in_child
from tests.support.laptops import NOON_MS, Laptop, definitions, make_desk
from tests.support.old_vault import first_format
from tests.support.pulled import AFTER, BEFORE, Pulled
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE

DAY = date(2026, 11, 26)
PIECE = 256 * 1024
STEP = some(4, 1)
"""Of the operations on files, each fourth; ``QISPI_EVERY=1``: each."""
OPENS = by_words(PASSPHRASE, bounds=CHEAP_BOUNDS)
pytestmark = pytest.mark.timeout(300)


def quiet(*_: int) -> None:
    """Nobody looks at how far it is."""


@dataclass
class Working:
    """An open laptop with a case, a scan and a batch's worth of changes."""

    folder: Path
    vault: Entered
    laptop: Laptop

    @property
    def store(self) -> Store:
        return self.laptop.store

    def backup(
        self,
        place: Path,
        *,
        ms: int = NOON_MS,
        day: date = DAY,
        piece_bytes: int = PIECE,
        keep: int = 4,
        progress: Callable[[int, int], None] = quiet,
        seed: int = 1,
    ) -> MadeBackup:
        """Make a backup as the program does, on one thread."""
        chance = random.Random(seed)
        source = read_source(
            self.store.stand_still(),
            self.vault.key,
            program="0",
            made_ms=ms,
            day=day,
            last_number=self.laptop.run(backups.last_number),
            bounds=CHEAP_BOUNDS,
        )
        try:
            made = make_backup(
                place,
                source,
                lambda: source.standing.holds,
                progress,
                draw=chance.randbytes,
                keep=keep,
                piece_bytes=piece_bytes,
            )
        finally:
            source.standing.end()
        about = tried(made.found.folder.name, made.found.manifest, was_opened=True)
        self.laptop.run(lambda uow: backups.note_made(uow, self.laptop.desk, about, is_apart=True))
        return made


def set_up(folder: Path, words: str = PASSPHRASE) -> Working:
    folder.mkdir()
    vault = new_vault(words, cost=CHEAP, bounds=CHEAP_BOUNDS).keep(folder / VAULT_NAME)
    create_store(folder, vault.key, definitions().registry).close()
    laptop = Laptop(open_store(folder, vault.key, definitions().registry), make_desk())
    case_id = laptop.open_case()
    scan = b"%PDF-1.7 " + random.Random(1).randbytes(900_000)
    laptop.run(lambda uow: attachments.attach(uow, laptop.desk, case_id, case_id, scan))
    laptop.run(lambda uow: (uow.local.put("laptop/device_seed", b"seed"), uow.commit()))
    return Working(folder, vault, laptop)


@pytest.fixture
def working(tmp_path: Path) -> Iterator[Working]:
    made = set_up(tmp_path / "laptop")
    yield made
    made.store.close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    place = tmp_path / "stick"
    place.mkdir()
    return place


def test_of_several_laptops_on_a_stick_the_words_find_their_own(
    working: Working, stick: Path, tmp_path: Path
) -> None:
    """The newest backup is another laptop's. Control: words that are nobody's open none."""
    words = "otras palabras de otro equipo"
    other = set_up(tmp_path / "other", words)
    working.backup(stick, ms=NOON_MS)
    wanted = working.backup(stick, seed=2, ms=NOON_MS + 1).found
    other.backup(stick, seed=3, ms=NOON_MS + 2)
    assert probe(stick, OPENS, quiet).name == wanted.folder.name
    assert probe(stick, by_words(words, bounds=CHEAP_BOUNDS), quiet).name != wanted.folder.name
    with pytest.raises(DomainError, match="passphrase_wrong"):
        probe(stick, by_words("palabras que son de nadie", bounds=CHEAP_BOUNDS), quiet)
    other.store.close()


def test_of_two_laptops_the_one_that_was_backed_up_last_comes_first(
    working: Working, stick: Path, tmp_path: Path
) -> None:
    """Whichever holds more: of the first one is asked by which sheets it opens."""
    other = set_up(tmp_path / "other")
    for _ in range(3):
        working.laptop.open_case()
    working.backup(stick, ms=NOON_MS)
    last = other.backup(stick, seed=3, ms=NOON_MS + 1).found
    assert lying_at(stick).laptops[0][0].folder.name == last.folder.name
    other.store.close()


def test_a_clock_that_fell_back_years_hides_no_later_backup_and_takes_none_away(
    working: Working, stick: Path
) -> None:
    """Its battery was spent: what was written since would not be restored, and would go first.
    Control: with the clock as it was the later one is the lying_at, too."""
    years_ms = 11 * 365 * 86_400_000
    working.backup(stick, ms=NOON_MS)
    for number in range(1, 4):
        working.laptop.open_case()
        last = working.backup(stick, ms=NOON_MS - years_ms + number, seed=number + 1, keep=2)
        assert probe(stick, OPENS, quiet).name == last.found.folder.name
    assert [one.manifest.made_ms - NOON_MS + years_ms for one in found_backups(stick)] == [3, 2]
    working.laptop.open_case()
    last = working.backup(stick, ms=NOON_MS + 1, seed=9, keep=2)
    assert probe(stick, OPENS, quiet).name == last.found.folder.name


def test_what_was_done_since_an_older_one_was_restored_comes_first(
    working: Working, stick: Path, tmp_path: Path
) -> None:
    """It holds less than the backup that was not at hand then, and later. Control: that one lies there, and
    is the newest until it is made."""
    other = tmp_path / "other"
    other.mkdir()
    working.backup(other, ms=NOON_MS)
    for _ in range(3):
        working.laptop.open_case()
    more = working.backup(stick, ms=NOON_MS + 1, seed=2)
    assert lying_at(stick).laptops[0][0].folder.name == more.found.folder.name
    working.store.close()
    shutil.rmtree(working.folder)
    registry = definitions().registry
    with restoring(other, working.folder, OPENS, registry, quiet):
        pass
    found = unlock(working.folder, PASSPHRASE, registry, bounds=CHEAP_BOUNDS)
    working.vault, working.laptop = found.vault, Laptop(found.store, make_desk(seed=5))
    working.laptop.open_case()
    later = working.backup(stick, ms=NOON_MS + 2, seed=3)
    facts = later.found.manifest.facts
    assert facts.changes < more.found.manifest.facts.changes
    assert lying_at(stick).laptops[0][0].folder.name == later.found.folder.name


@pytest.mark.parametrize("ahead_ms", [365 * 86_400_000, 40 * 86_400_000])
def test_a_clock_that_ran_ahead_once_hides_no_later_backup(
    working: Working, stick: Path, ahead_ms: int
) -> None:
    """Somebody set the year wrong, or the month, and right again: what was written since would not
    be restored until then, and would go first. Control: the one that is dated later goes."""
    ahead = working.backup(stick, ms=NOON_MS + ahead_ms).found.folder.name
    for number in range(1, 4):
        working.laptop.open_case()
        last = working.backup(stick, ms=NOON_MS + number, seed=number + 1, keep=2)
        assert probe(stick, OPENS, quiet).name == last.found.folder.name
    assert [one.manifest.made_ms - NOON_MS for one in found_backups(stick)] == [3, 2]
    assert ahead not in {one.name for one in stick.iterdir()}


def test_backups_that_were_made_on_two_sticks_stand_in_their_order_on_one(
    working: Working, stick: Path, tmp_path: Path
) -> None:
    """Somebody copies them to where they are kept, and the clock was wrong when each was made."""
    other = tmp_path / "other"
    other.mkdir()
    made = []
    for number, place in enumerate((stick, other, stick, other)):
        working.laptop.open_case()
        made.append(working.backup(place, ms=NOON_MS - number, seed=number + 1).found.folder.name)
    for folder in other.iterdir():
        shutil.copytree(folder, stick / folder.name)
    assert [one.folder.name for one in found_backups(stick)] == made[::-1]


def test_a_backup_of_before_they_were_numbered_is_older_than_each_that_is(
    working: Working, stick: Path
) -> None:
    """Its index is read as it was written. Control: it opens, where it is chosen."""
    old = working.backup(stick, ms=NOON_MS + 9).found
    said = dataclasses.replace(old.manifest, number=0).sealed(working.vault.key)
    (old.folder / MANIFEST_NAME).write_bytes(said.to_bytes())
    assert b"number" not in said.to_bytes().replace(b"audit_number", b"")
    later = working.backup(stick, ms=NOON_MS, seed=2).found
    assert lying_at(stick).laptops[0][0].folder.name == later.folder.name
    assert probe(old.folder, OPENS, quiet).name == old.folder.name


def test_a_number_that_somebody_wrote_into_an_index_uses_up_none(
    working: Working, stick: Path
) -> None:
    """Whoever has the stick can write one; it is passed over, and what is there besides is read.
    Control: where it is of this laptop's key the next one is greater."""
    first = working.backup(stick).found
    said = dataclasses.replace(first.manifest, number=NUMBER_MAX - 1)
    (first.folder / MANIFEST_NAME).write_bytes(said.to_bytes())
    working.laptop.open_case()
    last = working.backup(stick, seed=2).found
    assert last.manifest.number == 2
    with pytest.raises(DomainError, match="backup_altered"):
        probe(first.folder, OPENS, quiet)
    assert probe(stick, OPENS, quiet).name == last.folder.name
    (first.folder / MANIFEST_NAME).write_bytes(said.sealed(working.vault.key).to_bytes())
    for seed in (3, 4):  # and none is greater than the greatest
        assert working.backup(stick, seed=seed).found.manifest.number == NUMBER_MAX


def test_what_was_written_before_an_older_one_was_restored_does_not_go(
    working: Working, stick: Path, tmp_path: Path
) -> None:
    """The backup that was not at hand then may be all there is of it. Control: the older ones of
    its time go; and it, too, once there is more than it holds."""
    old = shutil.copytree(working.folder, tmp_path / "old")
    for number in range(2):
        working.laptop.open_case()
        more = working.backup(stick, ms=NOON_MS + number, seed=number + 1)
    working.store.close()
    shutil.rmtree(working.folder)
    shutil.copytree(old, working.folder)
    working.laptop = Laptop(
        open_store(working.folder, working.vault.key, definitions().registry), make_desk(seed=5)
    )
    for number in range(3, 6):
        made = working.backup(stick, ms=NOON_MS + number, seed=number + 1, keep=2)
        there = {one.folder.name for one in found_backups(stick)}
        assert more.found.folder.name in there
        assert lying_at(stick).laptops[0][0].folder.name == made.found.folder.name
    assert len(there) == 3
    for _ in range(3):
        working.laptop.open_case()
    working.backup(stick, ms=NOON_MS + 7, seed=8, keep=2)
    assert [one.manifest.made_ms - NOON_MS for one in found_backups(stick)] == [7, 5]


def test_of_two_with_dates_that_cannot_be_the_later_one_is_the_newest(
    working: Working, stick: Path
) -> None:
    """Somebody only read meanwhile."""
    case_id = working.laptop.open_case()
    working.backup(stick, ms=2_000)
    working.laptop.run(lambda uow: casework.note_view(uow, working.laptop.desk, case_id))
    later = working.backup(stick, ms=1_000, seed=2)
    assert lying_at(stick).laptops[0][0].folder.name == later.found.folder.name


def test_of_laptops_that_do_not_say_which_they_are_no_backup_goes(
    working: Working, stick: Path, tmp_path: Path
) -> None:
    """A vault file of the first format names none: another laptop's backups were taken for its own.
    Control: of one that says which it is the oldest go."""
    other = set_up(tmp_path / "other")
    for one in (working, other):
        content = first_format(one.vault.key, PASSPHRASE, cost=CHEAP)
        kept = (one.folder / VAULT_NAME).read_bytes()
        (one.folder / VAULT_NAME).write_bytes(content)
        for seed in range(3):
            one.backup(stick, seed=seed + 7 * (one is other), keep=2, ms=NOON_MS + seed)
        (one.folder / VAULT_NAME).write_bytes(kept)
    assert len(found_backups(stick)) == 6
    for seed in range(20, 24):
        working.backup(stick, seed=seed, keep=2, ms=NOON_MS + seed)
    assert len(found_backups(stick)) == 6 + 2
    other.store.close()


def outcome(place: Path) -> str:
    """Open the newest backup with the words; return what it says."""
    try:
        probe(place, OPENS, quiet)
    except QispiError as refusal:
        return refusal.message_id
    return "opens"


def test_a_backup_holds_what_the_laptop_holds_in_pieces_and_nothing_in_clear(
    working: Working, stick: Path
) -> None:
    made = working.backup(stick)
    folder = made.found.folder
    names = {one.name for one in folder.iterdir()}
    pieces = {one.name for one in made.found.manifest.pieces}
    assert len(pieces) > 2
    assert names == {VAULT_NAME, COPY_NAME, MANIFEST_NAME, READY_NAME, *pieces}
    assert folder.name.startswith("respaldo-2026-11-26-")
    joined = b"".join((folder / one).read_bytes() for one in sorted(pieces))
    assert joined == (working.folder / "datos.db").read_bytes()
    assert (folder / VAULT_NAME).read_bytes() == (working.folder / VAULT_NAME).read_bytes()
    assert (folder / COPY_NAME).read_bytes() == (working.folder / COPY_NAME).read_bytes()
    said = made.found.manifest
    assert (said.facts.attachments, said.facts.audit_number > 0) == (1, True)
    assert said.facts.changes == working.laptop.run(lambda uow: uow.changes.count())
    assert probe(stick, OPENS, quiet).manifest == said
    whole = working.backup(stick, piece_bytes=1 << 30, seed=2)
    assert len(whole.found.manifest.pieces) == 1
    assert probe(whole.found.folder, OPENS, quiet).was_opened


def test_work_goes_on_while_it_is_copied_and_is_not_in_it(working: Working, stick: Path) -> None:
    during: list[object] = []

    def work(done: int, total: int) -> None:
        if len(during) < 5:
            during.append(working.laptop.open_case())

    before = working.laptop.run(lambda uow: uow.changes.count())
    made = working.backup(stick, progress=work)
    assert len(during) == 5
    assert working.laptop.run(lambda uow: uow.changes.count()) > before
    assert made.found.manifest.facts.changes == before
    assert outcome(stick) == "opens"
    again = working.backup(stick, seed=2, ms=NOON_MS + 1)
    assert again.found.manifest.facts.changes > before, "the log was moved into the file again"


def test_a_laptop_that_moves_its_file_meanwhile_makes_no_backup(
    working: Working, stick: Path
) -> None:
    """The positive control of standing still: without it, two states in one copy."""
    moved = []

    def work(done: int, total: int) -> None:
        if not moved:
            moved.append(working.laptop.open_case())
            working.store.checkpoint()

    with pytest.raises(EnvironmentFault, match="backup_interrupted"):
        working.backup(stick, progress=work)
    assert list(stick.iterdir()) == []


def test_somebody_who_cancels_leaves_nothing_behind(working: Working, stick: Path) -> None:
    def stop(done: int, total: int) -> None:
        if done > total // 3:
            raise DomainError("backup_cancelled")

    working.backup(stick)
    with pytest.raises(DomainError, match="backup_cancelled"):
        working.backup(stick, progress=stop, seed=2)
    assert len(list(stick.iterdir())) == 1
    assert outcome(stick) == "opens"


def test_the_words_of_its_time_open_it_and_no_others(working: Working, stick: Path) -> None:
    working.backup(stick)
    with pytest.raises(DomainError, match="passphrase_wrong"):
        probe(stick, by_words("otras cinco palabras bien distintas", bounds=CHEAP_BOUNDS), quiet)
    new_key = SecretKey(b"n" * 32)
    former = working.vault
    file = rotated(former.file, former.key, new_key)
    (working.folder / VAULT_NAME).write_bytes(file.to_bytes())
    with pytest.raises(DomainError, match="vault_altered"):
        working.backup(stick, seed=2)
    assert outcome(stick) == "opens"
    assert len(found_backups(stick)) == 1


def test_four_are_kept_and_none_goes_before_the_new_one_was_read_back(
    working: Working, stick: Path
) -> None:
    for number in range(6):
        working.backup(stick, ms=NOON_MS + number, seed=number)
    kept = [one.manifest.made_ms - NOON_MS for one in found_backups(stick)]
    assert kept == [5, 4, 3, 2]
    with (
        mock.patch.object(backup_module, "opened_facts", side_effect=DomainError("backup_damaged")),
        pytest.raises(EnvironmentFault, match="backup_stick_bad"),
    ):
        working.backup(stick, ms=NOON_MS + 9, seed=9)
    assert [one.manifest.made_ms - NOON_MS for one in found_backups(stick)] == kept


def test_a_clock_that_was_put_back_does_not_cost_the_new_one(working: Working, stick: Path) -> None:
    for number in range(4):
        working.backup(stick, ms=NOON_MS + number, seed=number)
    made = working.backup(stick, ms=NOON_MS - 10**9, seed=8)
    assert made.found.folder.exists()
    assert len(found_backups(stick)) == 4


def test_backups_of_another_laptop_and_what_else_lies_there_stay(
    working: Working, stick: Path, tmp_path: Path
) -> None:
    other = set_up(tmp_path / "other")
    other.backup(stick, seed=50)
    other.store.close()
    (stick / "tesis.doc").write_bytes(b"mine")
    odd = stick / "respaldo-2026-01-01-BC"
    odd.mkdir()
    (odd / "foto.jpg").write_bytes(b"mine too")
    for number in range(3):
        working.backup(stick, ms=NOON_MS + number, seed=number, keep=1)
    assert len(found_backups(stick)) == 2
    assert (stick / "tesis.doc").exists() and (odd / "foto.jpg").exists()


def test_an_older_backup_is_told_from_one_that_was_changed(working: Working, stick: Path) -> None:
    """Two generations, and files of both put together: only whole ones open."""
    first = working.backup(stick, piece_bytes=1 << 30)
    working.laptop.open_case()
    second = working.backup(stick, ms=NOON_MS + 1, seed=2, piece_bytes=1 << 30)
    assert outcome(first.found.folder) == outcome(second.found.folder) == "opens"
    for name in ("datos.001", MANIFEST_NAME):
        mixed = stick / "mixed"
        shutil.copytree(second.found.folder, mixed)
        shutil.copy(first.found.folder / name, mixed / name)
        assert outcome(mixed) == "backup_damaged", name
        shutil.rmtree(mixed)
    # Whoever lowers a number and computes the plain hashes anew has no key all the same.
    folder = first.found.folder
    said = (folder / MANIFEST_NAME).read_bytes()
    (folder / MANIFEST_NAME).write_bytes(said.replace(b'"attachments":1', b'"attachments":0'))
    assert outcome(folder) == "backup_altered"


OUTCOMES = {
    VAULT_NAME: {"backup_damaged"},
    COPY_NAME: {"backup_damaged"},
    MANIFEST_NAME: {"backup_damaged", "backup_altered", "file_newer"},
    "datos.001": {"backup_damaged"},
    "datos.002": {"backup_damaged"},
}
"""What the words of its time say of a backup in which one byte of a file is another."""


@pytest.mark.parametrize("name", sorted(OUTCOMES))
def test_a_damaged_byte_in_each_region_of_each_file_is_named(
    working: Working, stick: Path, name: str
) -> None:
    """F6, of backups. (F6) Control: undamaged it opens."""
    folder = working.backup(stick).found.folder
    path = folder / name
    whole = path.read_bytes()
    places = {0, len(whole) - 1, *range(16, len(whole), max(1, len(whole) // some(12, 200)))}
    found = set()
    for at in sorted(places):
        damaged = bytearray(whole)
        damaged[at] ^= 0x20
        path.write_bytes(damaged)
        found.add(outcome(folder))
    assert found <= OUTCOMES[name], found
    for cut in (b"", whole[:-1], whole + b"\0"):
        path.write_bytes(cut)
        assert outcome(folder) in OUTCOMES[name] | {"backup_damaged"}, len(cut)
    path.unlink()
    assert outcome(folder) == "backup_damaged"
    path.write_bytes(whole)
    assert outcome(folder) == "opens", "the control: undamaged it opens"


def test_a_page_that_is_not_of_this_key_is_found_though_every_hash_fits(
    working: Working, stick: Path
) -> None:
    """The positive control of the hashes: they are said by who wrote the file. (control of F6)"""
    made = working.backup(stick)
    folder, said = made.found.folder, made.found.manifest
    piece = bytearray((folder / "datos.002").read_bytes())
    piece[5000] ^= 1
    (folder / "datos.002").write_bytes(piece)
    hashed = hashlib.sha256(piece).hexdigest()
    files = tuple(
        type(one)(one.name, one.size, hashed) if one.name == "datos.002" else one
        for one in said.files
    )
    forged = Manifest(said.made_ms, "0", said.vault, said.generation, said.facts, files)
    (folder / MANIFEST_NAME).write_bytes(forged.sealed(working.vault.key).to_bytes())
    assert outcome(folder) == "backup_damaged"


def test_a_page_damaged_on_the_laptop_is_told_of_the_laptop(working: Working, stick: Path) -> None:
    working.store.checkpoint()
    with (working.folder / "datos.db").open("r+b") as file:
        file.seek(-4000, os.SEEK_END)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(QispiError, match="file_damaged"):
        working.backup(stick)
    assert list(stick.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="stands between the program and POSIX calls")
class TestSticks:
    """F3, F4, F10."""

    @pytest.mark.parametrize("fault", [BEFORE, AFTER, errno.ENOSPC, errno.EROFS])
    def test_whatever_happens_at_any_call_the_one_before_opens_and_the_new_one_is_whole_or_none(
        self, working: Working, tmp_path: Path, fault: str | int
    ) -> None:
        """(F3, F4, F10)"""
        told = {
            errno.ENOSPC: "backup_stick_full",
            errno.EROFS: "backup_stick_read_only",
        }.get(fault if isinstance(fault, int) else 0, "backup_stick_gone")
        base = tmp_path / "base"
        base.mkdir()
        working.backup(base)
        number, met, ends = 1 - STEP, set(), set()
        while True:
            number += STEP
            place = Path(shutil.copytree(base, tmp_path / f"stick-{number}"))
            pulled = Pulled(place, number, fault)
            said = "whole"
            with pulled.patched():
                try:
                    working.backup(place, ms=NOON_MS + 1, seed=2)
                except EnvironmentFault as refusal:
                    said = refusal.message_id
            pulled.plug_in()
            if not pulled.met:
                assert said == "whole"
                break
            met.add(pulled.met)
            ends.add(said)
            # One that fails once and is there all the same does not give back what was written.
            is_bad = said == "backup_stick_bad" and pulled.met in ("open", "read", "fstat", "close")
            is_told = said in (told, "whole") or (is_bad and isinstance(fault, int))
            assert is_told, (number, pulled.met, said)
            whole = [one.manifest.made_ms - NOON_MS for one in found_backups(place)]
            # Of one that was pulled out behind the last word nobody knows what it took.
            assert whole in ([0], [1, 0]), (number, pulled.met)
            assert whole == [1, 0] or said != "whole"
            assert outcome(place) == "opens"
            # And the next one cleans up behind it.
            working.backup(place, ms=NOON_MS + 2, seed=3)
            assert all((one / READY_NAME).exists() for one in place.iterdir())
            shutil.rmtree(place)
        assert {"open", "write", "fsync"} <= met
        assert told in ends

    @pytest.mark.parametrize("seed", range(some(15, 200)))
    def test_a_power_cut_of_the_stick_leaves_the_one_before_and_nothing_that_looks_whole(
        self, working: Working, tmp_path: Path, seed: int
    ) -> None:
        """(F7)"""
        chance = random.Random(seed)
        place = tmp_path / "stick"
        place.mkdir()
        working.backup(place)
        pulled = Pulled(place, chance.randrange(5, 110), BEFORE)
        with pulled.patched(), contextlib.suppress(EnvironmentFault):
            working.backup(place, ms=NOON_MS + 1, seed=2)
        pulled.plug_in()
        pulled.cut_power(chance)
        for one in found_backups(place):
            assert outcome(one.folder) == "opens"
        assert found_backups(place)

    def test_killed_at_any_file_operation_nothing_looks_whole_that_is_not(
        self, working: Working, tmp_path: Path
    ) -> None:
        base = tmp_path / "base"
        base.mkdir()
        working.backup(base)
        working.store.checkpoint()
        number, is_through, found = 1 - STEP, False, set()
        while not is_through:
            number += STEP
            place = Path(shutil.copytree(base, tmp_path / f"stick-{number}"))
            is_through = in_child(
                lambda place=place: working.backup(place, ms=NOON_MS + 1, seed=2),  # type: ignore[misc]
                number,
            )
            found.add(len(found_backups(place)))
            assert outcome(place) == "opens"
            shutil.rmtree(place)
        assert found == {1, 2}

    def test_a_backup_that_is_not_read_back_would_be_declared_whole(
        self, working: Working, stick: Path
    ) -> None:
        """The positive control: a stick that loses what it was given is found by reading alone.
        (control of F10)"""
        real = os.write
        wrong: list[int] = []

        def loses(handle: int, content: bytes) -> int:
            if len(content) > 100_000 and not wrong:
                wrong.append(1)
                return real(handle, bytes(len(content)))
            return real(handle, content)

        with (
            mock.patch.object(os, "write", loses),
            mock.patch.object(backup_module, "_read_back"),
        ):
            working.backup(stick)
        assert outcome(stick) == "backup_damaged"
        shutil.rmtree(next(stick.iterdir()))
        wrong.clear()
        with (
            mock.patch.object(os, "write", loses),
            pytest.raises(EnvironmentFault, match="backup_stick_bad"),
        ):
            working.backup(stick)
        assert list(stick.iterdir()) == []


def test_too_little_room_is_told_in_numbers_before_anything_is_written(
    working: Working, stick: Path
) -> None:
    working.backup(stick)
    usage = shutil.disk_usage(stick)
    with (
        mock.patch.object(shutil, "disk_usage", return_value=usage._replace(free=1 << 20)),
        pytest.raises(EnvironmentFault, match="backup_no_room") as refused,
    ):
        working.backup(stick, seed=2)
    assert refused.value.parameters["free"] == 1
    assert len(found_backups(stick)) == 1


def test_nothing_there_is_told_from_one_that_was_cut_off(working: Working, stick: Path) -> None:
    assert outcome(stick) == "backup_none"
    folder = working.backup(stick).found.folder
    (folder / READY_NAME).unlink()
    assert outcome(stick) == outcome(folder) == "backup_unfinished"
    with pytest.raises(DomainError, match="backup_unfinished"):
        lying_at(stick).laptops[0][0]


def test_a_link_or_a_pipe_in_the_place_of_a_file_is_not_followed(
    working: Working, stick: Path, tmp_path: Path
) -> None:
    folder = working.backup(stick).found.folder
    elsewhere = tmp_path / "elsewhere"
    (folder / VAULT_NAME).rename(elsewhere)
    (folder / VAULT_NAME).symlink_to(elsewhere)
    assert outcome(folder) == "backup_damaged"
    (folder / VAULT_NAME).unlink()
    os.mkfifo(folder / VAULT_NAME)
    assert outcome(folder) == "backup_damaged"
