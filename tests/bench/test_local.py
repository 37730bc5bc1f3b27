"""The measurements run from end to end; what they find is nobody's test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.__main__ import main

ROWS = (
    "save a field",
    "search, each key press",
    "the list",
    "open a case",
    "SQLCipher / SQLite",
    "start to the lock screen",
    "memory, 5 rows listed",
)


@pytest.mark.timeout(900)
def test_every_measurement_is_reported_and_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, few in (("_CHECKED_CASES", 8), ("_LISTS", 2), ("_OPENS", 5)):
        monkeypatch.setattr(f"bench.local.{name}", few)
    work, found = tmp_path / "work", tmp_path / "figures.json"
    work.mkdir()
    few = ["--cases", "5", "--rounds", "1", "--starts", "1", "--commits", "12"]

    done = CliRunner().invoke(main, ["local", *few, "--folder", str(work), "--json", str(found)])

    assert done.exit_code == 0, done.output
    rows = json.loads(found.read_text())["rows"]
    for name in ROWS:
        assert any(row["name"].startswith(name) for row in rows), name
        assert name in done.output
    assert all(row["median"] > 0 for row in rows)
    assert list(work.iterdir()) == []
