"""The measurement of the synchronisation runs from end to end, on the real program."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.__main__ import main
from bench.sync.floor import floor_of, line_seconds
from bench.sync.invented import make_work
from bench.sync.links import LINKS
from bench.sync.work import read_work, write_work
from tests.support.laptops import definitions

CASES = 6
"""That the measurement runs from end to end does not need many."""


@pytest.mark.timeout(900)
def test_two_laptops_do_the_work_over_the_counted_link_and_are_equal(tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out"
    work.mkdir()

    options = ["sync", "--quick", "--cases", f"{CASES}", "--folder", str(work), "--out", str(out)]
    done = CliRunner().invoke(main, options)

    assert done.exit_code == 0, done.output
    found = json.loads((out / "quick.json").read_text())
    assert [row["remark"] for row in found["rows"]] == ["", ""]
    for row in found["rows"]:
        assert row["are_equal"]
        phases = row["phases"]
        assert all(phase["seconds"] > 0 for phase in phases.values())
        assert phases["pull cases"]["more"]["changes"] >= CASES * 55
        pushed, pulled = (phases[name]["counters"] for name in ("push cases", "pull cases"))
        assert pushed["up"] > found["floor"]["cases"] < pulled["down"]
        assert phases["nothing"]["counters"]["up"] < 1_000
    clear = found["rows"][1]["phases"]
    assert clear["nothing"]["counters"]["requests"] == 1
    assert list(work.iterdir()) == []


@pytest.mark.timeout(900)
def test_memory_is_told_while_changes_arrive(tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out"
    work.mkdir()

    options = ["sync", "--memory", "--changes", "300", "--folder", str(work), "--out", str(out)]
    done = CliRunner().invoke(main, options)

    assert done.exit_code == 0, done.output
    found = json.loads((out / "memory.json").read_text())
    assert found["are_equal"]
    assert found["receiving"]["changes"] >= 300
    for phase in ("sending", "receiving"):
        for who in ("laptop", "server"):
            assert found[phase][f"{who}_peak_mb"] >= found[phase][f"{who}_before_mb"] > 10


@pytest.mark.timeout(1_800)
def test_laptops_and_server_are_killed_inside_a_sync_and_nothing_is_lost(tmp_path: Path) -> None:
    work, out = tmp_path / "work", tmp_path / "out"
    work.mkdir()

    options = ["--client-kills", "1", "--server-kills", "1", "--cases", "4"]
    done = CliRunner().invoke(main, ["kill", *options, "--folder", str(work), "--out", str(out)])

    assert done.exit_code == 0, done.output
    found = json.loads((out / "kill.json").read_text())
    assert found["found"]["faults"] == []
    assert found["found"]["cases"] == [4, 4]
    assert sum(found["clients"]["landed"].values()) == 1
    assert sum(found["server"]["landed"].values()) == 1
    assert found["found"]["receipts"] > 0
    assert list(work.iterdir()) == []


def test_the_work_is_the_same_for_the_same_seed_and_survives_its_file(tmp_path: Path) -> None:
    one, other = (make_work(definitions(), cases=5, edits=2, seed=seed) for seed in (7, 8))
    path = tmp_path / "work.json"
    write_work(one, path)

    assert read_work(path) == one
    assert make_work(definitions(), cases=5, edits=2, seed=7) == one
    assert other != one


def test_the_floor_and_the_line_are_those_of_the_study() -> None:
    """The targets were set by other invented cases: these must be as large, and no softer."""
    floor = floor_of(make_work(definitions(), cases=1_000, edits=100, seed=1))

    assert floor.json == pytest.approx(3_426_465, rel=0.04)
    assert floor.cases == pytest.approx(436_805, rel=0.02)
    assert line_seconds(LINKS["2g"], 436_805) == pytest.approx(57, abs=1)


def test_an_edit_changes_its_field_and_a_longer_text_goes_on_from_the_old_one() -> None:
    work = make_work(definitions(), cases=40, edits=20, seed=2)

    for edit in work.edits:
        assert work.cases[edit.case][edit.field] == edit.old != edit.value
        if work.kinds[edit.field] == "text":
            assert str(edit.value).startswith(str(edit.old))
