"""The raw disk of a laptop: nothing of a day on it; every planted leak is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.leaks.disk import why_not
from tests.leaks.scenarios import DAYS, PLANTED, Scenario, play
from tests.support.every import EVERY

QUICK = ("a deleted file",)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    reason = why_not(tmp_path)
    if reason:
        pytest.skip(f"no disk can be made here: {reason}")
    return tmp_path


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(
    "scenario",
    [one for one in PLANTED if EVERY or one.name.endswith(QUICK)],
    ids=lambda one: one.name,
)
def test_what_a_careless_program_leaves_is_found_on_the_raw_disk(
    place: Path, scenario: Scenario
) -> None:
    """(control of L2)"""
    outcome = play(scenario, place)
    assert outcome.is_good, outcome.markers


@pytest.mark.timeout(3_600)
@pytest.mark.skipif(not EVERY, reason="minutes each: ./run leaks, or QISPI_EVERY=1")
@pytest.mark.parametrize("scenario", DAYS, ids=lambda one: one.name)
def test_a_day_leaves_nothing_on_the_raw_disk(place: Path, scenario: Scenario) -> None:
    """(L2, L7)"""
    assert play(scenario, place).findings == ()
