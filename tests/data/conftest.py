"""The shipped data, read once, and copies of it in which a test may plant a fault."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from app.definitions import load
from app.domain.definitions import Definitions
from app.resources import data_root


@pytest.fixture(scope="session")
def definitions() -> Definitions:
    return load()


@pytest.fixture(scope="session")
def dictionary() -> dict[str, dict[str, str]]:
    """The official dictionary, read without the program's loader."""
    path = data_root() / "catalogues" / "diccionario_ra_cem.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["variable"]: row for row in csv.DictReader(file)}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the shipped data."""
    copy = tmp_path / "data"
    shutil.copytree(data_root(), copy)
    return copy
