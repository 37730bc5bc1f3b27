"""The search for people is measured from end to end, and finds those who were planted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.__main__ import main


@pytest.mark.timeout(900)
def test_planted_people_are_found_and_nothing_stays(tmp_path: Path) -> None:
    work, written = tmp_path / "work", tmp_path / "figures.json"
    work.mkdir()
    few = ["--people", "1000", "--planted", "80"]

    done = CliRunner().invoke(main, ["people", *few, "--folder", str(work), "--json", str(written)])

    assert done.exit_code == 0, done.output
    figures = json.loads(written.read_text())
    assert figures["people"] == 1000
    assert figures["recall"] >= 0.95
    assert figures["p95_ms"] > 0
    assert list(work.iterdir()) == []
