"""Synchronisation under seeded faults: the seeds kept, and fresh ones at every run."""

from __future__ import annotations

import dataclasses
import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.simulation import __main__ as command
from tests.simulation import runner
from tests.simulation.faults import Faults
from tests.simulation.runner import Result
from tests.simulation.totals import Totals

pytestmark = pytest.mark.timeout(1500)

ASKED: Final = int(os.environ.get("QISPI_SEEDS", "0"))
"""So many fresh seeds of whole length, behind those kept, and none of few steps."""
WHOLE: Final = 20
SHORT: Final = 480
"""Without that: of whole length, and of few steps. The one costs almost a second and a half of a
core, the other less than half of it."""

PART: Final = 250
ENOUGH: Final = 500
"""So many that every kind of trouble comes among them."""
JOBS: Final = os.cpu_count() or 1
"""So many processes: one file of tests has one worker, and this one would end last by far."""

RUN: Final = os.environ.get("PYTEST_XDIST_TESTRUNUID") or random.SystemRandom().randbytes(8).hex()
FIRST: Final = random.Random(RUN).randrange(runner.SHORT)
"""The same for all workers of a run: the number stands in the test's name, and replays."""

BUG: Final = "later_clock_wins"
"""One that almost any seed finds."""


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with runner.fast_place() as folder:
        yield folder


def _must_hold(result: Result) -> None:
    if result.violation is not None:
        runner.keep(result)
        pytest.fail(f"{result.violation}\n{runner.replay(result.seed)}\n{result.trace}")


def test_the_seeds_kept_find_nothing_any_more(place: Path) -> None:
    for result in runner.run_seeds(runner.always(), place, jobs=JOBS):
        _must_hold(result)


@pytest.fixture(scope="module")
def totals() -> Totals:
    """What the fresh seeds of whole length came to."""
    return Totals()


def _parts() -> list[range]:
    whole = range(FIRST, FIRST + (ASKED or WHOLE))
    parts = [whole[at : at + PART] for at in range(0, len(whole), PART)]
    short = range(runner.SHORT + FIRST, runner.SHORT + FIRST + SHORT)
    return parts if ASKED else [*parts, short]


@pytest.mark.parametrize("seeds", _parts(), ids=lambda some: f"{some[0]}")
def test_nothing_is_lost_whatever_goes_wrong(seeds: range, place: Path, totals: Totals) -> None:
    for result in runner.run_seeds(seeds, place, jobs=JOBS):
        _must_hold(result)
        if result.seed < runner.SHORT:
            totals.add(result)


def test_every_kind_of_trouble_came(totals: Totals) -> None:
    if totals.seeds < ENOUGH:
        pytest.skip("of fewer seeds none can be expected to have all")
    kinds = {one.name for one in dataclasses.fields(Faults) if one.type == "float"}
    assert totals.met.keys() >= kinds | {
        "agenda looked at",
        "another centre came",
        "another history shown",
        "begun from the region's snapshot",
        "carried late",
        "clock set",
        "conflicts open",
        "copies told",
        "database damaged",
        "decision undone",
        "ended by network alone",
        "ended by stick alone",
        "epoch renewed",
        "gone on with, down",
        "gone on with, up",
        "laptop copied",
        "laptop copied whole",
        "laptop enrolled",
        "laptop put back",
        "laptop put back with its profile",
        "laptop taken out",
        "made anew at the end",
        "member: awaits another",
        "more than an answer holds",
        "one request inside another",
        "portions",
        "program brought up to date",
        "put back or copied told",
        "read backwards",
        "record deleted",
        "referral opened",
        "region put back",
        "sealed with origins",
        "server without room",
        "snapshot compared with the log",
        "snapshot made",
        "somebody named",
        "stick flooded",
        "stick harmed",
        "stopped over the network",
        "sweep gone on with",
        "two servers",
    }


def test_a_seed_does_the_same_again(place: Path) -> None:
    once, again = runner.run_seed(FIRST, place), runner.run_seed(FIRST, place)

    assert once == again
    assert runner.run_seed(FIRST + 1, place).digest != once.digest


def test_the_command_ends_well_and_parts_add_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    totals = tmp_path / "totals.json"
    for first in (1, 3):
        part = ["--seeds", "2", "--from", f"{first}", "--jobs", "1", "--only-fresh"]
        assert command.main([*part, "--keep-totals", f"{totals}"]) == 0

    said = capsys.readouterr().out
    assert "all parts: 4 seeds, 0 failures" in said
    assert json.loads(totals.read_text(encoding="utf-8"))["seeds"] == 4


@pytest.fixture(scope="module")
def bug_seed(place: Path) -> int:
    """The first seed that meets the bug: which one it is changes with every change of the product."""
    found = runner.search(BUG, FIRST, place)
    assert found.result.violation is not None
    return FIRST + found.tried - 1


def test_a_failing_seed_is_printed_with_its_command_and_kept(
    bug_seed: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seeds = tmp_path / "seeds.txt"
    seeds.write_text("# none yet\n", encoding="utf-8")
    monkeypatch.setattr(runner, "SEEDS", seeds)
    with runner.planted(BUG):
        for _ in range(2):
            assert command.main(["--seeds", "1", "--first", f"{bug_seed}", "--jobs", "1"]) == 1

    assert f"./run sim --seed {bug_seed}\n" in capsys.readouterr().out
    assert runner.always() == (bug_seed,)
    assert len(seeds.read_text(encoding="utf-8").splitlines()) == 2


def test_the_printed_command_replays_the_failure(
    bug_seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert runner.replay(bug_seed, BUG) == f"./run sim --seed {bug_seed} --bug {BUG}"

    assert command.main(["--seed", f"{bug_seed}", "--bug", BUG]) == 1

    said = capsys.readouterr().out
    assert "heads are not what was made" in said
    assert command.main(["--seed", f"{bug_seed}"]) == 0
