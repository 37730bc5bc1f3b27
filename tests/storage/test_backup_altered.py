"""Somebody had the stick for a minute: what she wrote there opens nothing, hides nothing that does,
and takes the place of none. What is passed over is told."""

from __future__ import annotations

import dataclasses
import hashlib
import random
import shutil
from pathlib import Path

import pytest

from app.crypto.recipient import RecipientKey
from app.crypto.secret import SecretKey
from app.crypto.sheets import SheetKind, new_sheets
from app.domain.errors import DomainError
from app.domain.sheet_rows import write_name
from app.services.backup_ports import PassedOver
from db.backup_found import FoundBackup, found_backups
from db.backup_manifest import MANIFEST_NAME, NUMBER_MAX, Manifest
from db.hold import FolderHold
from db.key_slots import with_recovery
from db.laptop_files import VAULT_NAME
from db.presence import is_set_up
from db.restore import OpenedBy, Probed, by_sheets, by_words, probe, restoring, set_of_backup
from db.rotation import rotate
from db.store import open_store
from db.vault import new_vault
from tests.storage.test_backup import OPENS, Working, quiet
from tests.storage.test_backup import stick as stick
from tests.storage.test_backup import working as working
from tests.support.laptops import NOON_MS, Laptop, definitions, make_desk
from tests.support.storage import CHEAP, CHEAP_BOUNDS

pytestmark = pytest.mark.timeout(300)


def copied(found: FoundBackup, ending: str) -> Path:
    """Somebody lays a copy of a backup beside it."""
    folder = found.folder.with_name(f"respaldo-2026-12-31-{ending}")
    return Path(shutil.copytree(found.folder, folder))


def write(folder: Path, **changed: object) -> None:
    """Somebody without the key writes something else into an index."""
    path = folder / MANIFEST_NAME
    said = Manifest.from_bytes(path.read_bytes())
    path.write_bytes(dataclasses.replace(said, **changed).to_bytes())  # type: ignore[arg-type]


def write_vault(folder: Path, vault: bytes, **changed: object) -> None:
    """Somebody lays another vault file into a backup, and its size and hash into the index."""
    (folder / VAULT_NAME).write_bytes(vault)
    said = Manifest.from_bytes((folder / MANIFEST_NAME).read_bytes())
    one = type(said.files[0])(VAULT_NAME, len(vault), hashlib.sha256(vault).hexdigest())
    write(folder, files=(one, *said.files[1:]), **changed)


def of_a_newer_program(folder: Path) -> None:
    path = folder / MANIFEST_NAME
    path.write_bytes(path.read_bytes().replace(b'"version":3', b'"version":4'))


def under_another_key(working: Working) -> None:
    """The laptop's key is replaced, as once a year and when somebody leaves."""
    key, registry = SecretKey(b"n" * 32), definitions().registry
    former, working.vault = working.vault, working.vault.under(key)
    working.store.close()
    hold = FolderHold(working.folder)
    rotate(working.folder, former.key, key, working.vault.file.to_bytes(), registry, hold=hold)
    hold.release()
    working.laptop = Laptop(open_store(working.folder, key, registry), make_desk(seed=7))


def test_a_number_in_an_index_that_does_not_hold_blocks_no_later_backup(
    working: Working, stick: Path
) -> None:
    """It is passed over and told, and one vault file is opened once: it costs a second or more.
    Control: alone it is refused."""
    asked: list[bytes] = []

    def opener(vault: bytes) -> OpenedBy:
        asked.append(vault)
        return OPENS(vault)

    first = working.backup(stick).found
    write(first.folder, number=NUMBER_MAX - 1)
    with pytest.raises(DomainError, match="backup_altered"):
        probe(stick, OPENS, quiet)
    other = copied(first, "BC")
    write(other, number=NUMBER_MAX - 2)
    for seed in (2, 3):
        working.laptop.open_case()
        last = working.backup(stick, seed=seed).found
    found = probe(stick, opener, quiet)
    assert found.name == last.folder.name
    assert found.passed_over == (
        PassedOver(first.folder.name, "backup_altered"),
        PassedOver(other.name, "backup_altered"),
    )
    assert len(asked) == 1
    assert probe(last.folder, OPENS, quiet).passed_over == ()


def test_another_vault_file_beside_such_a_number_blocks_none_either(
    working: Working, stick: Path
) -> None:
    """One that other words open, one that is none, and one of another laptop's name."""
    made = working.backup(stick).found
    words = "palabras de alguien que tuvo la memoria"
    strange = new_vault(words, cost=CHEAP, bounds=CHEAP_BOUNDS).file.to_bytes()
    folders = [copied(made, ending) for ending in ("BC", "BD", "BF")]
    write_vault(folders[0], strange, number=9)
    write_vault(folders[1], b"{}", number=8)
    write(folders[2], vault=b"w" * 16, made_ms=made.manifest.made_ms + 1)
    found = probe(stick, OPENS, quiet)
    assert found.name == made.folder.name
    assert [one.name for one in found.passed_over] == [
        one.name for one in (folders[2], folders[0], folders[1])
    ]
    nobody = by_words("palabras que son de nadie", bounds=CHEAP_BOUNDS)
    with pytest.raises(DomainError, match="passphrase_wrong"):
        probe(stick, nobody, quiet)


def test_a_vault_file_without_sheets_hides_none_that_sheets_open(
    working: Working, stick: Path
) -> None:
    """Somebody laid it beside such a number. Control: alone it says that no sheets open it."""
    without = working.backup(stick).found
    secret, sheets = new_sheets(SheetKind.CENTRE, random.Random(3).randbytes)
    public, vault = RecipientKey(secret).public, working.vault
    file = with_recovery(vault.file, vault.key, sheets[0].set_id, public)
    (working.folder / VAULT_NAME).write_bytes(file.to_bytes())
    made = working.backup(stick, seed=2).found
    write(without.folder, number=9)
    with pytest.raises(DomainError, match="sheets_none"):
        set_of_backup(without.folder, bounds=CHEAP_BOUNDS)
    assert set_of_backup(stick, bounds=CHEAP_BOUNDS) == write_name(sheets[0].set_id)
    opener = by_sheets(sheets[0].rows(), sheets[2].rows(), bounds=CHEAP_BOUNDS)
    found = probe(stick, opener, quiet)
    assert found.name == made.folder.name
    assert found.passed_over == (PassedOver(without.folder.name, "sheets_none"),)


def test_so_many_vault_files_are_tried_and_no_more(working: Working, stick: Path) -> None:
    """Each costs a guess for each person. Control: who chooses the folder needs none of them."""
    made = working.backup(stick).found
    asked: list[bytes] = []

    def opener(vault: bytes) -> OpenedBy:
        asked.append(vault)
        return OPENS(vault)

    for number, ending in enumerate(f"{one}{other}" for one in "BCDFGHJK" for other in "BCDFGHJ"):
        write_vault(copied(made, ending), b"[%d]" % number, number=number + 2)
    with pytest.raises(DomainError, match="restore_too_many"):
        probe(stick, opener, quiet)
    assert len(asked) == 24
    assert probe(made.folder, OPENS, quiet).name == made.folder.name


def test_one_of_a_former_key_is_taken_where_the_newer_one_does_not_hold(
    working: Working, stick: Path
) -> None:
    """It is asked for under the key of its time."""
    former = working.backup(stick).found
    under_another_key(working)
    later = working.backup(stick, seed=2).found
    assert probe(stick, OPENS, quiet).name == later.folder.name
    write(later.folder, program="9")
    found = probe(stick, OPENS, quiet)
    assert found.name == former.folder.name
    assert found.passed_over == (PassedOver(later.folder.name, "backup_altered"),)


@pytest.mark.parametrize("numbers", [(700, 701, 702), (NUMBER_MAX - 1, NUMBER_MAX - 2, 7_000)])
def test_what_is_not_of_the_key_displaces_no_genuine_one(
    working: Working, stick: Path, numbers: tuple[int, ...]
) -> None:
    """Three of them held three of the four places, and each new backup took the last one's away.
    Control: of the genuine ones the oldest go as before."""
    first = working.backup(stick).found
    for number, ending in zip(numbers, ("BC", "BD", "BF"), strict=True):
        write(copied(first, ending), number=number)
    made = [first]
    for seed in range(2, 7):
        working.laptop.open_case()
        made.append(working.backup(stick, seed=seed).found)
        there = {one.folder.name for one in found_backups(stick)}
        assert {one.folder.name for one in made[-4:]} <= there
    assert first.folder.name not in there
    assert probe(stick, OPENS, quiet).name == made[-1].folder.name


def test_those_of_a_former_key_go_once_there_are_enough_of_the_new_one(
    working: Working, stick: Path
) -> None:
    """Nobody can tell them from others' any more, so none goes before."""
    former = [working.backup(stick, seed=seed).found for seed in range(1, 5)]
    forged = copied(former[0], "BC")
    write(forged, number=5)
    under_another_key(working)
    names = {one.folder.name for one in former}
    for seed in range(5, 8):
        last = working.backup(stick, seed=seed)
        assert names <= {one.folder.name for one in found_backups(stick)}
        assert last.removed == 0
    last = working.backup(stick, seed=8)
    assert last.removed == len(names) + 1
    assert len(found_backups(stick)) == 4


def test_one_of_a_former_key_that_holds_more_than_the_new_ones_stays(
    working: Working, stick: Path, tmp_path: Path
) -> None:
    """A laptop of before the key was replaced was restored: what was written since may be nowhere
    else, whatever somebody else says to hold."""
    old, vault = shutil.copytree(working.folder, tmp_path / "old"), working.vault
    under_another_key(working)
    working.laptop.open_case()
    more = working.backup(stick).found
    facts = dataclasses.replace(more.manifest.facts, changes=10_000)
    write(copied(more, "BC"), facts=facts)
    working.store.close()
    shutil.rmtree(working.folder)
    shutil.copytree(old, working.folder)
    working.vault = vault
    registry = definitions().registry
    working.laptop = Laptop(open_store(working.folder, vault.key, registry), make_desk(seed=5))
    for seed in range(2, 9):
        working.backup(stick, seed=seed)
    there = {one.folder.name for one in found_backups(stick)}
    assert more.folder.name in there
    assert len(there) == 4 + 2


def test_one_that_this_program_cannot_read_is_told_with_why(working: Working, stick: Path) -> None:
    """Of a newer program's, and damaged. Control: with all of them readable nothing is told."""
    for seed in (1, 2, 3):
        working.laptop.open_case()
        working.backup(stick, seed=seed)
    newer, damaged, older = (one.folder for one in found_backups(stick))
    assert probe(stick, OPENS, quiet).passed_over == ()
    of_a_newer_program(newer)
    (damaged / MANIFEST_NAME).write_bytes(b"{}")
    found = probe(stick, OPENS, quiet)
    assert found.name == older.name
    assert set(found.passed_over) == {
        PassedOver(newer.name, "file_newer"),
        PassedOver(damaged.name, "backup_damaged"),
    }


def test_what_is_passed_over_is_said_before_a_laptop_is_made(
    working: Working, stick: Path, tmp_path: Path
) -> None:
    """And whoever does not want that has none. Control: who agrees has it."""
    older = working.backup(stick).found
    newer = working.backup(stick, seed=2).found
    of_a_newer_program(newer.folder)
    told: list[Probed] = []

    def no(about: Probed) -> None:
        told.append(about)
        raise DomainError("of_a_test")

    folder, registry = tmp_path / "new", definitions().registry
    with (
        pytest.raises(DomainError, match="of_a_test"),
        restoring(stick, folder, OPENS, registry, quiet, no),
    ):
        pass
    assert not is_set_up(folder)
    with restoring(stick, folder, OPENS, registry, quiet, told.append):
        pass
    assert is_set_up(folder)
    assert [one.name for one in told] == [older.folder.name] * 2
    assert told[0].passed_over == (PassedOver(newer.folder.name, "file_newer"),)


def test_those_without_a_number_stand_by_their_dates(working: Working, stick: Path) -> None:
    """Earlier builds wrote none; a laptop that was restored from an older one holds less, and
    later. Control: with a number that decides."""
    working.laptop.open_case()
    more = working.backup(stick, ms=NOON_MS).found
    less = working.backup(stick, ms=NOON_MS + 1, seed=2).found
    assert more.manifest.facts.changes == less.manifest.facts.changes
    for one, changes in ((more, 50), (less, 40)):
        facts = dataclasses.replace(one.manifest.facts, changes=changes)
        said = dataclasses.replace(one.manifest, number=0, facts=facts)
        (one.folder / MANIFEST_NAME).write_bytes(said.sealed(working.vault.key).to_bytes())
    assert [one.folder.name for one in found_backups(stick)] == [
        less.folder.name,
        more.folder.name,
    ]
    said = dataclasses.replace(more.manifest, number=1).sealed(working.vault.key)
    (more.folder / MANIFEST_NAME).write_bytes(said.to_bytes())
    assert found_backups(stick)[0].folder.name == more.folder.name
