"""Group F of the verification plan, the way back: a restored laptop is whole or not there (F3, F10).

The composition root's part, and what the region sees, is in ``tests/sync/test_restored_laptop.py``.
"""

from __future__ import annotations

import dataclasses
import errno
import os
import random
import select
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

import db.restore
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from db.backup_manifest import MANIFEST_NAME, Manifest
from db.engine import connect
from db.folder import set_up, unlock
from db.hold import FolderHold
from db.laptop_files import VAULT_NAME
from db.presence import UNFINISHED_NAME, is_set_up
from db.restore import by_words, restoring
from db.store import open_store
from tests.storage.test_backup import OPENS, Working, quiet
from tests.storage.test_backup import set_up as working_at
from tests.support.every import some
from tests.support.file_faults import failing, in_child
from tests.support.laptops import Laptop, definitions, make_desk
from tests.support.pulled import AFTER, BEFORE, Pulled
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE

STEP = some(3, 1)
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def backed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Working, bytes]]:
    """A stick with a backup in pieces, the laptop that it is of, and the digest of that."""
    place = tmp_path_factory.mktemp("backed")
    working = working_at(place / "laptop")
    stick = place / "stick"
    stick.mkdir()
    working.backup(stick)
    digest = working.laptop.run(lambda uow: uow.changes.digest())
    yield stick, working, digest
    working.store.close()


def bring(stick: Path, folder: Path) -> None:
    with restoring(stick, folder, OPENS, definitions().registry, quiet):
        pass


def opened(folder: Path) -> bytes:
    """Open a laptop with the words, look at all of it, and return its digest."""
    found = unlock(folder, PASSPHRASE, definitions().registry, bounds=CHEAP_BOUNDS)
    try:
        assert found.store.damage() == ()
        with found.store.unit() as uow:
            assert uow.audit.count() > 0
            assert len(uow.blobs.attachments()) == 1
            digest: bytes = uow.changes.digest()
    finally:
        found.store.close()
    return digest


def test_a_set_up_that_another_program_left_whole_is_not_overwritten(
    backed: tuple[Path, Working, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was killed behind this one's look and before this one took the folder."""
    folder = tmp_path / "there"
    looks: list[bool] = []

    def dies_behind_the_look(of: Path) -> bool:
        is_there = is_set_up(of)
        if not looks:
            made = set_up(
                folder / UNFINISHED_NAME, PASSPHRASE, definitions().registry,
                lambda uow: uow.commit(), cost=CHEAP, bounds=CHEAP_BOUNDS,
            )  # fmt: skip
            made.store.close()
        looks.append(is_there)
        return is_there

    monkeypatch.setattr(db.restore, "is_set_up", dies_behind_the_look)
    with pytest.raises(DomainError, match="already_set_up"):
        bring(backed[0], folder)
    assert looks[0] is False
    unlock(folder, PASSPHRASE, definitions().registry, bounds=CHEAP_BOUNDS).store.close()


def which(folder: Path, digest: bytes) -> str:
    """Return what is there after the next start: nothing, or all of it."""
    if not is_set_up(folder):
        assert not (folder / VAULT_NAME).exists()
        return "none"
    assert opened(folder) == digest
    assert not (folder / UNFINISHED_NAME).exists()
    return "whole"


def test_a_laptop_is_there_again_with_all_that_it_held(
    backed: tuple[Path, Working, bytes], tmp_path: Path
) -> None:
    stick, working, digest = backed
    folder = tmp_path / "new"
    bring(stick, folder)
    assert which(folder, digest) == "whole"
    assert (folder / VAULT_NAME).read_bytes() == (working.folder / VAULT_NAME).read_bytes()
    assert {one.name for one in folder.iterdir()} >= {"datos.db", VAULT_NAME, "equipo.bin"}


def test_a_laptop_that_is_set_up_or_open_is_never_written_over(
    backed: tuple[Path, Working, bytes], tmp_path: Path
) -> None:
    stick, _, digest = backed
    folder = tmp_path / "there"
    set_up(
        folder,
        PASSPHRASE,
        definitions().registry,
        lambda uow: uow.commit(),
        cost=CHEAP,
        bounds=CHEAP_BOUNDS,
    ).store.close()
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    with pytest.raises(DomainError, match="already_set_up"):
        bring(stick, folder)
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before
    # The control: a vault alone is a laptop, too, whose database somebody may still bring.
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / VAULT_NAME).write_bytes(b"{}")
    with pytest.raises(DomainError, match="already_set_up"):
        bring(stick, tmp_path / "half")
    empty = tmp_path / "held"
    empty.mkdir()
    hold = FolderHold(empty)
    with pytest.raises(EnvironmentFault, match="file_in_use"):
        bring(stick, empty)
    hold.release()
    bring(stick, empty)
    assert which(empty, digest) == "whole"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (VAULT_NAME, "backup_damaged"),
        (MANIFEST_NAME, "backup_damaged|backup_altered"),
        ("datos.002", "backup_damaged"),
    ],
)
def test_what_is_damaged_leaves_no_laptop(
    backed: tuple[Path, Working, bytes], tmp_path: Path, name: str, told: str
) -> None:
    """(F6)"""
    stick = Path(shutil.copytree(backed[0], tmp_path / "stick"))
    path = next(stick.iterdir()) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    folder = tmp_path / "new"
    with pytest.raises(DomainError, match=told):
        bring(stick, folder)
    assert which(folder, b"") == "none"
    assert not (folder / UNFINISHED_NAME).exists()
    bring(backed[0], folder)
    assert which(folder, backed[2]) == "whole"


def test_wrong_words_leave_no_laptop_and_right_ones_work_at_once(
    backed: tuple[Path, Working, bytes], tmp_path: Path
) -> None:
    stick, _, digest = backed
    folder = tmp_path / "new"
    wrong = by_words("otras cinco palabras bien distintas", bounds=CHEAP_BOUNDS)
    with (
        pytest.raises(DomainError, match="passphrase_wrong"),
        restoring(stick, folder, wrong, definitions().registry, quiet),
    ):
        pass
    bring(stick, folder)
    assert which(folder, digest) == "whole"


def test_what_fails_inside_leaves_no_laptop(
    backed: tuple[Path, Working, bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    with (
        pytest.raises(DomainError, match="of_a_test"),
        restoring(backed[0], folder, OPENS, definitions().registry, quiet),
    ):
        raise DomainError("of_a_test")
    assert which(folder, b"") == "none"
    assert not (folder / UNFINISHED_NAME).exists()


def test_a_disk_without_room_is_told_before_anything_is_written(
    backed: tuple[Path, Working, bytes], tmp_path: Path
) -> None:
    folder = tmp_path / "new"
    usage = shutil.disk_usage(tmp_path)
    with (
        mock.patch.object(shutil, "disk_usage", return_value=usage._replace(free=1 << 20)),
        pytest.raises(EnvironmentFault, match="restore_no_room"),
    ):
        bring(backed[0], folder)
    assert which(folder, b"") == "none"


def test_numbers_of_another_backup_under_the_same_key_are_refused(
    backed: tuple[Path, Working, bytes], tmp_path: Path
) -> None:
    """Who holds the key can make each hash fit; what was backed up is counted all the same."""
    stick = Path(shutil.copytree(backed[0], tmp_path / "stick"))
    path = next(stick.iterdir()) / MANIFEST_NAME
    said = Manifest.from_bytes(path.read_bytes())
    facts = dataclasses.replace(said.facts, changes=said.facts.changes + 1)
    forged = dataclasses.replace(said, facts=facts).sealed(backed[1].vault.key)
    path.write_bytes(forged.to_bytes())
    with pytest.raises(DomainError, match="backup_altered"):
        bring(stick, tmp_path / "new")
    assert which(tmp_path / "new", b"") == "none"


def test_an_index_that_somebody_without_the_key_changed_is_refused(
    backed: tuple[Path, Working, bytes], tmp_path: Path
) -> None:
    """In what nothing else is compared with: when it was made, and by which program."""
    stick = Path(shutil.copytree(backed[0], tmp_path / "stick"))
    path = next(stick.iterdir()) / MANIFEST_NAME
    whole = path.read_bytes()
    for old, new in ((b'"program":"0"', b'"program":"9"'), (b'"made_ms":1', b'"made_ms":2')):
        assert old in whole
        path.write_bytes(whole.replace(old, new, 1))
        with pytest.raises(DomainError, match="backup_altered"):
            bring(stick, tmp_path / "new")
    path.write_bytes(whole)
    bring(stick, tmp_path / "new")
    assert which(tmp_path / "new", backed[2]) == "whole"


def test_a_database_whose_pages_are_whole_and_whose_rows_are_not_is_refused(tmp_path: Path) -> None:
    working = working_at(tmp_path / "laptop")
    working.store.close()
    bare = connect(working.folder / "datos.db", working.vault.key, guarded=False)
    bare.execute("PRAGMA foreign_keys = OFF")
    bare.execute("DELETE FROM change WHERE seq = 1")
    bare.close()
    registry = definitions().registry
    working.laptop = Laptop(open_store(working.folder, working.vault.key, registry), make_desk())
    stick = tmp_path / "stick"
    stick.mkdir()
    working.backup(stick)
    working.store.close()
    with pytest.raises(DomainError, match="backup_damaged"):
        bring(stick, tmp_path / "new")
    assert which(tmp_path / "new", b"") == "none"


@pytest.mark.skipif(sys.platform != "linux", reason="stands between the program and POSIX calls")
class TestCutOff:
    """Whatever cuts it off, there is no laptop, or all of it after the next start."""

    def test_killed_at_any_file_operation(
        self, backed: tuple[Path, Working, bytes], tmp_path: Path
    ) -> None:
        stick, _, digest = backed
        number, is_through, found = 1 - STEP, False, set()
        while not is_through:
            number += STEP
            folder = tmp_path / f"killed-{number}"
            is_through = in_child(lambda folder=folder: bring(stick, folder), number)  # type: ignore[misc]
            end = which(folder, digest)
            found.add(end)
            if end == "none":
                bring(stick, folder)
                assert which(folder, digest) == "whole"
            shutil.rmtree(folder)
        assert found == {"none", "whole"}

    @pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS])
    def test_the_disk_refuses_any_file_operation(
        self, backed: tuple[Path, Working, bytes], tmp_path: Path, error: int
    ) -> None:
        """(F3)"""
        stick, _, digest = backed
        told = {errno.ENOSPC: "disk_full", errno.EROFS: "disk_read_only"}[error]
        number, called, found = 1 - STEP, ["the first"], set()
        while len(called) >= number:
            number += STEP
            folder = tmp_path / f"full-{number}"
            with failing(number, error) as called:
                try:
                    bring(stick, folder)
                except EnvironmentFault as fault:
                    assert fault.message_id == told
            found.add(which(folder, digest))
            shutil.rmtree(folder, ignore_errors=True)
        assert "whole" in found

    @pytest.mark.parametrize("fault", [BEFORE, AFTER])
    def test_the_stick_is_pulled_out_at_any_call(
        self, backed: tuple[Path, Working, bytes], tmp_path: Path, fault: str
    ) -> None:
        """(F10)"""
        stick = Path(shutil.copytree(backed[0], tmp_path / "stick"))
        number, found = 1 - STEP, set()
        while True:
            number += STEP
            pulled = Pulled(stick, number, fault)
            folder = tmp_path / f"new-{number}"
            said = "whole"
            with pulled.patched():
                try:
                    bring(stick, folder)
                except QispiError as refusal:
                    said = refusal.message_id
            found.add(said)
            assert said in ("whole", "backup_stick_gone"), (number, pulled.met, said)
            assert which(folder, backed[2]) == ("whole" if said == "whole" else "none")
            shutil.rmtree(folder)
            if not pulled.met:
                break
        assert found == {"whole", "backup_stick_gone"}

    def test_killed_at_any_moment(
        self, backed: tuple[Path, Working, bytes], tmp_path: Path
    ) -> None:
        """Also while SQLite writes; ``QISPI_EVERY=1``: 200 times."""
        stick, _, digest = backed
        began = time.monotonic()
        bring(stick, tmp_path / "timed")
        takes = time.monotonic() - began
        chance = random.Random(20261126)
        for number in range(some(6, 200)):
            folder = tmp_path / f"moment-{number}"
            child = os.fork()
            if child == 0:
                try:
                    bring(stick, folder)
                finally:
                    os._exit(0)
            ended = os.pidfd_open(child)
            select.select([ended], [], [], chance.uniform(0, 1.2 * takes))
            os.close(ended)
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            which(folder, digest)
            shutil.rmtree(folder, ignore_errors=True)
