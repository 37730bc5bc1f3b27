"""The program knows its own version."""

from __future__ import annotations

import tomllib
from pathlib import Path

from app.version import PROGRAM_VERSION


def test_the_version_is_that_of_the_package(checkout: Path) -> None:
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == PROGRAM_VERSION
