"""Synchronisation under seeded faults: the seeds kept, and fresh ones at every run."""

from __future__ import annotations

import dataclasses
import json
import os
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.simulation import __main__ as command
from tests.simulation import runner
from tests.simulation.faults import Faults
from tests.simulation.runner import Result

pytestmark = pytest.mark.timeout(600)

FRESH: Final = int(os.environ.get("QISPI_SEEDS", "0"))
"""Other seeds at every run, as many as ``QISPI_SEEDS`` asks for; without it the first hundred, and
those kept. A seed costs about half a second of a quiet core."""

SAME: Final = 100

AT_ONCE: Final = 10
RUN: Final = os.environ.get("PYTEST_XDIST_TESTRUNUID") or random.SystemRandom().randbytes(8).hex()
FIRST: Final = random.Random(RUN).randrange(2**31)
"""The same for all workers of a run: the number stands in the test's name, and replays."""

BUG: Final = "newer_edit_cleared"
ENOUGH: Final = 30
"""Seeds in which every kind of trouble comes."""


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with runner.fast_place() as folder:
        yield folder


def _parts() -> list[Sequence[int]]:
    first, count = (FIRST, FRESH) if FRESH else (0, SAME)
    seeds = (*runner.always(), *range(first, first + count))
    return [seeds[at : at + AT_ONCE] for at in range(0, len(seeds), AT_ONCE)]


def _must_hold(result: Result) -> None:
    if result.violation is not None:
        runner.keep(result)
        pytest.fail(f"{result.violation}\n{runner.replay(result.seed)}\n{result.trace}")


@pytest.mark.parametrize("seeds", _parts(), ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_nothing_is_lost_whatever_goes_wrong(seeds: Sequence[int], place: Path) -> None:
    for seed in seeds:
        _must_hold(runner.run_seed(seed, place))


def test_every_kind_of_trouble_comes_within_a_few_seeds(place: Path) -> None:
    met: Counter[str] = Counter()
    for result in runner.run_seeds(range(ENOUGH), place):
        _must_hold(result)
        met += result.met

    kinds = {one.name for one in dataclasses.fields(Faults) if one.type == "float"}
    assert met.keys() >= kinds | {
        "carried late",
        "clock set",
        "conflicts open",
        "copies told",
        "database damaged",
        "ended by network alone",
        "ended by stick alone",
        "epoch renewed",
        "gone on with, down",
        "gone on with, up",
        "laptop copied",
        "laptop enrolled",
        "laptop put back",
        "laptop taken out",
        "made anew at the end",
        "member: awaits another",
        "program brought up to date",
        "region put back",
        "sealed with origins",
        "stick flooded",
        "stick harmed",
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
    assert "left the queue" in said
    assert command.main(["--seed", f"{bug_seed}"]) == 0
