"""What is said where no backup of a stick is taken: of a mistyped word no stick is called bad, and
who has another backup is told of it."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import pytest

from app.crypto.recipient import RecipientKey
from app.crypto.sheets import SheetKind, new_sheets
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.services.backup_messages import passed_over_words
from app.services.backup_ports import PassedOver
from app.services.messages import sentence
from db.backup_manifest import MANIFEST_NAME
from db.key_slots import with_recovery
from db.laptop_files import VAULT_NAME
from db.presence import is_set_up
from db.restore import OpenedBy, by_sheets, by_words, probe, restoring
from db.vault import new_vault
from tests.storage.test_backup import OPENS, Working, quiet
from tests.storage.test_backup_altered import copied, of_a_newer_program, write, write_vault
from tests.storage.test_backup_altered import stick as stick
from tests.storage.test_backup_altered import working as working
from tests.support.laptops import definitions
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE

pytestmark = pytest.mark.timeout(300)

NOBODY = by_words("palabras que son de nadie", bounds=CHEAP_BOUNDS)


def strange_vault() -> bytes:
    words = "palabras de alguien que tuvo la memoria"
    return new_vault(words, cost=CHEAP, bounds=CHEAP_BOUNDS).file.to_bytes()


def damage(folder: Path, name: str) -> None:
    """Turn a bit in the middle of a file."""
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)


def said(refusal: QispiError) -> str:
    return sentence(refusal.message_id, refusal.parameters, str)


@pytest.mark.parametrize("is_foreign", [False, True])
def test_a_mistyped_word_is_said_and_not_that_another_backup_is_damaged(
    working: Working, stick: Path, is_foreign: bool
) -> None:
    """Who read that the stick is bad would throw it away. Control: where only damaged ones lie
    there, that is said."""
    older = working.backup(stick).found
    newest = working.backup(stick, seed=2).found
    if is_foreign:
        write_vault(newest.folder, b"{}")
    else:
        damage(newest.folder, VAULT_NAME)
    assert probe(stick, OPENS, quiet).name == older.folder.name
    with pytest.raises(DomainError, match="passphrase_wrong"):
        probe(stick, NOBODY, quiet)
    damage(older.folder, VAULT_NAME)
    told = "file_not_ours" if is_foreign else "backup_damaged"
    with pytest.raises(DomainError, match=told):
        probe(stick, NOBODY, quiet)


def test_right_words_are_called_wrong_of_no_older_backup(working: Working, stick: Path) -> None:
    """One that they opened does not hold, and the other is of other words."""
    older = working.backup(stick).found
    newest = working.backup(stick, seed=2).found
    write_vault(older.folder, strange_vault())
    write(newest.folder, program="9")
    with pytest.raises(DomainError, match="backup_altered"):
        probe(stick, OPENS, quiet)


def test_that_not_all_were_tried_is_said(working: Working, stick: Path) -> None:
    """The words may be right: it says how to choose, and of the words nothing certain."""
    made = working.backup(stick).found
    for number in range(30):
        ending = "BCDFGHJ"[number % 7] + "BCDFGHJ"[number // 7]
        write_vault(copied(made, ending), b"[%d]" % number, number=number + 2)
    with pytest.raises(DomainError, match="restore_too_many") as refused:
        probe(stick, OPENS, quiet)
    words = said(refused.value)
    assert "demasiadas para probarlas todas" in words and "«respaldo-…»" in words
    assert "archivos de llaves" not in words
    assert probe(made.folder, OPENS, quiet).name == made.folder.name


@pytest.mark.parametrize("is_damaged", [True, False])
def test_of_what_proves_bad_when_it_is_read_the_older_ones_beside_it_are_named(
    working: Working, stick: Path, tmp_path: Path, is_damaged: bool
) -> None:
    """A piece of the database is read only once the backup was chosen. Control: where no other
    lies there, another stick alone can help."""
    names = []
    for seed in (1, 2, 3):
        working.laptop.open_case()
        names.append(working.backup(stick, seed=seed, piece_bytes=1 << 30).found)
    oldest, older, newest = names
    write(copied(oldest, "BC"), number=2, program="9")
    if is_damaged:
        damage(newest.folder, "datos.001")
    else:
        facts = dataclasses.replace(newest.manifest.facts, changes=1)
        other = dataclasses.replace(newest.manifest, facts=facts).sealed(working.vault.key)
        (newest.folder / MANIFEST_NAME).write_bytes(other.to_bytes())
    alone = "backup_damaged" if is_damaged else "backup_altered"
    new, registry = tmp_path / "new", definitions().registry
    for attempt in ("try", "restore"):
        with pytest.raises(DomainError, match=f"{alone}_beside_older") as refused:
            if attempt == "try":
                probe(stick, OPENS, quiet)
            else:
                with restoring(stick, new, OPENS, registry, quiet):
                    pass
        assert not is_set_up(new)
        words = said(refused.value)
        assert newest.folder.name in words
        # What is broken may be the newest there is: nobody looks for a newer one in vain.
        assert "más nueva" not in words and "use la más reciente" in words
        assert words.index(older.folder.name) < words.index(oldest.folder.name)
        assert words.index(oldest.folder.name) < words.index("respaldo-2026-12-31-BC")
    with pytest.raises(DomainError, match=f"^{alone}$"):
        probe(newest.folder, OPENS, quiet)
    with restoring(older.folder, new, OPENS, registry, quiet):
        pass
    assert is_set_up(new)


def test_a_vault_file_that_asks_for_more_memory_than_there_is_hides_no_other(
    working: Working, stick: Path
) -> None:
    """Somebody wrote it, or it is of a larger machine: that is said. Control: alone it says so."""
    made = working.backup(stick).found
    greedy = strange_vault()
    folder = copied(made, "BC")
    write_vault(folder, greedy, number=9)

    def without_memory(vault: bytes, words: str = PASSPHRASE) -> OpenedBy:
        if vault == greedy:
            raise EnvironmentFault("not_enough_memory")
        return by_words(words, bounds=CHEAP_BOUNDS)(vault)

    found = probe(stick, without_memory, quiet)
    assert found.name == made.folder.name
    assert found.passed_over == (PassedOver(folder.name, "not_enough_memory"),)
    (words,) = passed_over_words(found.passed_over, str)
    assert folder.name in words and "cierre otros programas" in words
    with pytest.raises(DomainError, match="passphrase_wrong"):
        probe(stick, lambda vault: without_memory(vault, "de nadie"), quiet)
    with pytest.raises(EnvironmentFault, match="not_enough_memory"):
        probe(folder, without_memory, quiet)


@pytest.mark.parametrize("is_so", ["no memory", "vault damaged", "index damaged", "newer program"])
def test_right_words_are_not_called_wrong_alone_where_a_newer_backup_was_not_tried(
    working: Working, stick: Path, is_so: str
) -> None:
    """They are of now, and what could be tried is of her former ones: she would type them again
    for ever. Control: of older ones that were not tried nothing is said."""
    older = working.backup(stick).found
    newest = working.backup(stick, seed=2).found
    write_vault(older.folder, strange_vault())
    greedy = (newest.folder / VAULT_NAME).read_bytes() if is_so == "no memory" else None

    def opener(vault: bytes) -> OpenedBy:
        if vault == greedy:
            raise EnvironmentFault("not_enough_memory")
        return OPENS(vault)

    if is_so == "newer program":
        of_a_newer_program(newest.folder)
    elif is_so == "index damaged":
        (newest.folder / MANIFEST_NAME).write_bytes(b"{}")
    elif is_so == "vault damaged":
        damage(newest.folder, VAULT_NAME)
    with pytest.raises(DomainError, match="passphrase_wrong") as refused:
        probe(stick, opener, quiet)
    words = said(refused.value)
    assert words.startswith("Las palabras no son correctas.")
    assert newest.folder.name in words and older.folder.name not in words
    told = {"no memory": "cierre otros programas", "newer program": "actualice el programa"}
    assert "no se pudo probar" in words and told.get(is_so, "copia dañada") in words


def test_of_an_older_backup_that_was_not_tried_nothing_is_said_beside_wrong_words(
    working: Working, stick: Path
) -> None:
    """The newest one refused them. Control: of another laptop's that was not tried it is said."""
    older = working.backup(stick).found
    made = working.backup(stick, seed=2).found
    damage(older.folder, VAULT_NAME)
    with pytest.raises(DomainError, match="passphrase_wrong") as refused:
        probe(stick, NOBODY, quiet)
    assert said(refused.value) == sentence("passphrase_wrong", {}, str)
    other = copied(made, "BC")
    write(other, vault=b"w" * 16, made_ms=made.manifest.made_ms - 1)
    damage(other, VAULT_NAME)
    with pytest.raises(DomainError, match="passphrase_wrong") as refused:
        probe(stick, NOBODY, quiet)
    assert other.name in said(refused.value) and older.folder.name not in said(refused.value)


def test_right_sheets_are_not_called_wrong_alone_where_a_newer_backup_was_not_tried(
    working: Working, stick: Path
) -> None:
    """Nor is the stick called bad where they are of another set."""
    secret, sheets = new_sheets(SheetKind.CENTRE, random.Random(3).randbytes)
    _, strange = new_sheets(SheetKind.CENTRE, random.Random(4).randbytes)
    vault, public = working.vault, RecipientKey(secret).public
    file = with_recovery(vault.file, vault.key, sheets[0].set_id, public)
    (working.folder / VAULT_NAME).write_bytes(file.to_bytes())
    working.backup(stick)
    newest = working.backup(stick, seed=2).found
    damage(newest.folder, VAULT_NAME)
    opener = by_sheets(strange[0].rows(), strange[2].rows(), bounds=CHEAP_BOUNDS)
    with pytest.raises(DomainError, match="sheets_of_another") as refused:
        probe(stick, opener, quiet)
    words = said(refused.value)
    assert words.startswith(sentence("sheets_of_another", {}, str))
    assert "no se pudo probar" in words and newest.folder.name in words


@pytest.mark.parametrize("message_id", ["restore_no_room", "backup_no_room"])
def test_room_is_told_in_the_letters_that_a_computer_shows(message_id: str) -> None:
    told = sentence(message_id, {"needed": 20, "free": 3}, str)
    assert "hacen falta 20 MB y hay 3 MB libres" in told
