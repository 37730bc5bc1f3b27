"""The measurement of the exchange runs from end to end; the digests it compares are equal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.__main__ import main


@pytest.mark.timeout(900)
def test_rows_are_measured_on_their_way_in_and_out_and_come_back_the_same(tmp_path: Path) -> None:
    work, found = tmp_path / "work", tmp_path / "figures.json"
    work.mkdir()

    done = CliRunner().invoke(
        main, ["exchange", "--rows", "50", "--folder", str(work), "--json", str(found)]
    )

    assert done.exit_code == 0, done.output
    content = json.loads(found.read_text())
    assert content["is_same"]
    names = [row["name"] for row in content["rows"]]
    for name in ("import", "export", "figures"):
        assert f"{name}, rows a second" in names
        assert f"{name}, peak memory" in names
    assert all(row["median"] > 0 for row in content["rows"])
    assert list(work.iterdir()) == []
