"""A laptop for each test over a real SQLCipher file: one is made, each test works on a copy."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from db.store import DATABASE_NAME, create_store, open_store
from tests.support.laptops import Laptop, definitions, make_desk
from tests.support.storage import KEY


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, made once."""
    folder = tmp_path_factory.mktemp("empty")
    create_store(folder, KEY, definitions().registry).close()
    return folder / DATABASE_NAME


@pytest.fixture
def new_laptop(tmp_path: Path, empty_file: Path) -> Iterator[Callable[..., Laptop]]:
    """Gives laptops of one centre, each with its letter and its own file."""
    made: list[Laptop] = []

    def make(letter: str = "A") -> Laptop:
        folder = tmp_path / letter
        folder.mkdir()
        shutil.copy(empty_file, folder / DATABASE_NAME)
        number = ord(letter)
        desk = make_desk(seed=number, letter=letter, author=f"{number:02x}")
        made.append(Laptop(open_store(folder, KEY, definitions().registry), desk))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


@pytest.fixture
def laptop(new_laptop: Callable[..., Laptop]) -> Laptop:
    """One laptop."""
    return new_laptop()


@pytest.fixture
def two(new_laptop: Callable[..., Laptop]) -> tuple[Laptop, Laptop]:
    """Two laptops of one centre."""
    return new_laptop("A"), new_laptop("B")
