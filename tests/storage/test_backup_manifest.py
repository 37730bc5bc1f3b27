"""What lies open on a stick is read within bounds, whatever somebody put there (I, F6)."""

from __future__ import annotations

import dataclasses
import random
from datetime import date
from pathlib import Path

import pytest

from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from db.backup_found import found_backups, lying_at, new_name, remove_unfinished
from db.backup_manifest import (
    MANIFEST_BYTES_MAX,
    MANIFEST_NAME,
    NUMBER_MAX,
    PIECE_BYTES_MAX,
    BackedFile,
    Manifest,
    piece_name,
)
from db.laptop_files import READY_NAME, VAULT_NAME
from db.store_facts import StoreFacts
from tests.support.every import some
from tests.support.storage import KEY

HASH = "ab" * 32
FACTS = StoreFacts(5, 2, 1, 9, b"h" * 32, "0006")


def manifest(*files: BackedFile, made_ms: int = 1, number: int = 0) -> Manifest:
    held = files or (BackedFile(VAULT_NAME, 9, HASH), BackedFile(piece_name(1), 8192, HASH))
    return Manifest(made_ms, "0.1.0", b"v" * 16, 3, FACTS, held, number).sealed(KEY)


def test_what_was_written_is_read_and_only_its_key_says_so() -> None:
    for number in (0, 1, NUMBER_MAX):
        made = manifest(number=number)
        assert Manifest.from_bytes(made.to_bytes()) == made
        assert made.is_of(KEY)
        assert not made.is_of(SecretKey(b"o" * 32))
        assert not dataclasses.replace(made, number=number ^ 1).is_of(KEY)


@pytest.mark.parametrize("seed", range(some(40, 400)))
def test_bytes_that_somebody_changed_are_refused_in_words_or_not_of_the_key(seed: int) -> None:
    chance, whole = random.Random(seed), manifest().to_bytes()
    for _ in range(50):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(content))
            choice = chance.randrange(3)
            if choice == 0:
                content[at] = chance.randrange(256)
            elif choice == 1:
                del content[at : at + chance.randint(1, 40)]
            else:
                content[at:at] = chance.randbytes(chance.randint(1, 20))
        if bytes(content) == whole:
            continue
        try:
            found = Manifest.from_bytes(bytes(content))
        except DomainError as refusal:
            assert refusal.message_id in ("backup_damaged", "file_newer")
        else:
            assert not found.is_of(KEY)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[" * 100_000,
        b'{"format":"qispi-backup","version":1}',
        b"\xff\xfe",
        b" " * (MANIFEST_BYTES_MAX + 1),
        manifest().to_bytes() + b"\n",
        manifest(number=1).to_bytes().replace(b'"number":1', b'"number":-1'),
        manifest(number=1).to_bytes().replace(b'"number":1', b'"number":2147483649'),
        manifest(number=1).to_bytes().replace(b'"version":3', b'"version":2'),
    ],
)
def test_what_is_no_index_is_refused(content: bytes) -> None:
    with pytest.raises(DomainError, match="backup_damaged"):
        Manifest.from_bytes(content)


def test_one_of_a_newer_program_says_so() -> None:
    content = manifest().to_bytes().replace(b'"version":1', b'"version":4')
    with pytest.raises(DomainError, match="file_newer"):
        Manifest.from_bytes(content)


@pytest.mark.parametrize(
    "files",
    [
        (BackedFile(VAULT_NAME, 9, HASH),),
        (BackedFile(piece_name(1), 8192, HASH),),
        (BackedFile(VAULT_NAME, 9, HASH), BackedFile(piece_name(2), 8192, HASH)),
        (BackedFile(VAULT_NAME, 9, HASH), BackedFile(piece_name(1), 0, HASH)),
        (BackedFile(VAULT_NAME, 9, HASH), BackedFile(piece_name(1), PIECE_BYTES_MAX + 1, HASH)),
        (BackedFile(VAULT_NAME, 1 << 20, HASH), BackedFile(piece_name(1), 8192, HASH)),
        (BackedFile("../llaves.json", 9, HASH), BackedFile(piece_name(1), 8192, HASH)),
        (
            BackedFile(VAULT_NAME, 9, HASH),
            BackedFile("/etc/passwd", 9, HASH),
            BackedFile(piece_name(1), 8192, HASH),
        ),
        (
            BackedFile(VAULT_NAME, 9, HASH),
            BackedFile(piece_name(1), 8192, HASH),
            BackedFile(piece_name(1), 8192, HASH),
        ),
    ],
)
def test_files_that_are_not_those_of_a_backup_are_refused_though_the_key_fits(
    files: tuple[BackedFile, ...],
) -> None:
    with pytest.raises(DomainError, match="backup_damaged"):
        Manifest.from_bytes(manifest(*files).to_bytes())


def _lay(place: Path, name: str, number: int, *, is_ready: bool = True) -> Path:
    folder = place / name
    folder.mkdir()
    (folder / MANIFEST_NAME).write_bytes(manifest(number=number).to_bytes())
    if is_ready:
        (folder / READY_NAME).write_bytes(b"")
    return folder


def test_the_newest_is_the_one_that_was_made_last_and_a_damaged_one_hides_none(
    tmp_path: Path,
) -> None:
    _lay(tmp_path, "respaldo-2026-11-26-BC", 5)
    last = _lay(tmp_path, "respaldo-2026-01-01-BD", 9)
    broken = _lay(tmp_path, "respaldo-2026-12-01-BF", 99)
    (broken / MANIFEST_NAME).write_bytes(b"{}")
    _lay(tmp_path, "respaldo-2026-12-02-BG", 100, is_ready=False)
    assert [one.manifest.number for one in found_backups(tmp_path)] == [9, 5]
    assert lying_at(tmp_path).laptops[0][0].folder == last
    with pytest.raises(DomainError, match="backup_damaged"):
        lying_at(broken).laptops[0][0]
    remove_unfinished(tmp_path)
    assert {one.name[-2:] for one in tmp_path.iterdir()} == {"BC", "BD", "BF"}


def test_a_stick_on_which_every_name_of_the_day_is_taken_ends_the_search(tmp_path: Path) -> None:
    letters = "BCDFGHJKLMNPQRST"
    for one in letters:
        for other in letters:
            (tmp_path / f"RESPALDO-2026-11-26-{one}{other}").mkdir()
    chance = random.Random(1)
    with pytest.raises(OSError, match="space"):
        new_name(tmp_path, date(2026, 11, 26), chance.randbytes)
    assert new_name(tmp_path, date(2026, 11, 27), chance.randbytes).startswith("respaldo-")
