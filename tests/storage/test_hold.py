"""A data folder is one program's at a time, and nobody's once that program ended, however it did."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.errors import DomainError, EnvironmentFault
from app.services.messages import SENTENCES
from db.folder import set_up, unlock
from db.store import Store
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE, REGISTRY

_ANOTHER_PROGRAM = """
import sys
from pathlib import Path
from db.folder import unlock
from tests.support.storage import CHEAP_BOUNDS, PASSPHRASE, REGISTRY

store = unlock(Path(sys.argv[1]), PASSPHRASE, REGISTRY, bounds=CHEAP_BOUNDS).store
with store.unit() as unit:
    unit.local.put("whose", b"the other program's")
    unit.commit()
print("open", flush=True)
sys.stdin.readline()
store.close()
print("closed", flush=True)
sys.stdin.readline()
"""


def _set_up(folder: Path) -> Store:
    return set_up(
        folder, PASSPHRASE, REGISTRY, lambda unit: unit.commit(), cost=CHEAP, bounds=CHEAP_BOUNDS
    ).store


def _unlock(folder: Path, passphrase: str = PASSPHRASE) -> Store:
    return unlock(folder, passphrase, REGISTRY, bounds=CHEAP_BOUNDS).store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a laptop that was set up and closed."""
    _set_up(tmp_path / "data").close()
    return tmp_path / "data"


@pytest.fixture
def other(folder: Path, checkout: Path) -> Iterator[subprocess.Popen[str]]:
    """Another program that has the folder open."""
    program = subprocess.Popen(
        [sys.executable, "-c", _ANOTHER_PROGRAM, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )
    with program:
        assert program.stdout is not None
        assert program.stdout.readline() == "open\n"
        yield program
        program.kill()


def test_a_second_program_is_refused_in_a_sentence_and_changes_nothing(
    folder: Path, other: subprocess.Popen[str]
) -> None:
    """(K9)"""
    del other
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(EnvironmentFault, match="file_in_use"):
        _unlock(folder)
    with pytest.raises(DomainError, match="already_set_up"):
        _set_up(folder)
    assert SENTENCES["file_in_use"].startswith("Qispi ya está abierto en este equipo.")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_program_that_was_killed_leaves_the_folder_free(
    folder: Path, other: subprocess.Popen[str]
) -> None:
    """(control of K9)"""
    other.kill()
    other.wait()
    store = _unlock(folder)
    with store.unit() as unit:
        assert unit.local.get("whose") == b"the other program's"
    store.close()


def test_a_program_that_closed_leaves_the_folder_free_while_it_still_runs(
    folder: Path, other: subprocess.Popen[str]
) -> None:
    assert other.stdin is not None
    assert other.stdout is not None
    other.stdin.write("close\n")
    other.stdin.flush()
    assert other.stdout.readline() == "closed\n"
    _unlock(folder).close()
    assert other.poll() is None


def test_a_copy_of_an_open_folder_is_a_folder_of_its_own(
    folder: Path, other: subprocess.Popen[str], tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    store = _unlock(tmp_path / "copy")
    with store.unit() as unit:
        assert unit.local.get("whose") == b"the other program's"
    store.close()
    assert other.poll() is None


def test_one_program_opens_a_folder_once(folder: Path) -> None:
    """(K9) Control: behind the first it opens."""
    store = _unlock(folder)
    with pytest.raises(EnvironmentFault, match="file_in_use"):
        _unlock(folder)
    store.close()
    _unlock(folder).close()


def test_a_laptop_just_set_up_is_held_as_well(tmp_path: Path) -> None:
    store = _set_up(tmp_path)
    with pytest.raises(EnvironmentFault, match="file_in_use"):
        _unlock(tmp_path)
    store.close()
    _unlock(tmp_path).close()


def test_an_attempt_that_fails_holds_nothing(folder: Path) -> None:
    with pytest.raises(DomainError, match="passphrase_wrong"):
        _unlock(folder, "otra frase que no es la suya")
    (folder / "datos.db").write_bytes(b"")
    for _ in range(2):
        with pytest.raises(DomainError, match="database_damaged"):
            _unlock(folder)
