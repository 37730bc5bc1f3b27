"""One case walks through each pathway; what the program then asks for stands in a text to be read.

The texts beside this file are for a lawyer as much as for the test. They are written anew with
``QISPI_WRITE_WALKS=1 pytest tests/pathways``, which a build server refuses; then read them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

from app.domain.definitions import Definitions
from app.domain.planning import plan
from tests.pathways.reading_copy import CALENDAR, CASES, HERE, reading_copy, steps_of
from tests.support.laptops import definitions

WRITE = "QISPI_WRITE_WALKS"


@pytest.fixture(scope="module")
def release() -> Definitions:
    return definitions()


@pytest.mark.parametrize("path", CASES, ids=[one.stem for one in CASES])
def test_a_case_walks_through_the_pathway(path: Path, release: Definitions) -> None:
    case = yaml.safe_load(path.read_text(encoding="utf-8"))
    text = reading_copy(release, case)
    copy = HERE / f"{path.stem}.txt"
    if os.environ.get(WRITE):
        assert not os.environ.get("CI"), "a build server writes no reading copies"
        copy.write_text(text, encoding="utf-8")

    assert path.stem.partition(".")[0] == case["pathway"]
    assert copy.read_text(encoding="utf-8") == text


def test_every_text_belongs_to_a_case() -> None:
    assert {one.stem for one in HERE.glob("*.txt")} == {one.stem for one in CASES}


def test_every_task_of_every_pathway_is_met_on_a_walk_and_ends(release: Definitions) -> None:
    """So that no task stands in a file that no case has ever shown, open and settled."""
    wanted = {
        (pathway.id, rule.id)
        for pathway in release.pathways.values()
        for rule in pathway.tasks
        if not rule.same_as
    }
    opened, settled = set(), set()
    for path in CASES:
        for step in steps_of(yaml.safe_load(path.read_text(encoding="utf-8"))):
            off = [f"{one}/{task}" for one, task in wanted]
            tasks = plan(release.pathways, release.deadlines, step.facts, CALENDAR, switched_on=off)
            for task in tasks:
                name = (task.pathway.id, task.rule.id)
                (settled if task.is_settled or task.repetition > 1 else opened).add(name)

    assert wanted - opened == {("R-CEM-COMISARIA", "denuncia-1"), ("R-CEM-COMISARIA", "turno-1")}
    assert wanted - settled == {("R-ALTO-RIESGO", "9")}


ENGLISH = frozenset(
    [
        "of",
        "and",
        "the",
        "section",
        "official",
        "in",
        "before",
        "from",
        "days",
        "by",
        "that",
        "only",
        "not",
        "is",
    ]
)


def test_a_source_that_people_are_shown_is_in_their_language(release: Definitions) -> None:
    """What is certain stands beside the task; what is not is for those who review the data."""
    shown = {
        task.source.reference
        for pathway in release.pathways.values()
        for task in pathway.tasks
        if task.source.certainty == "high"
    }
    assert len(shown) > 10
    assert not {one for one in shown if ENGLISH & set(re.findall(r"[a-z]+", one.lower()))}
