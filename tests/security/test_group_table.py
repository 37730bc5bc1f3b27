"""The table of ``docs/security.md`` says what the tests say, and names no test that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.security.group_rows import ROWS, Row
from tests.security.group_table import (
    BEGIN,
    END,
    PAGE,
    ROOT,
    Tagged,
    every_test,
    page,
    result,
    tagged_in,
    unknown,
)
from tests.simulation.bugs import BUGS

NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(?:\w+::)?(\w+))?`")
TEXT = PAGE.read_text(encoding="utf-8")
WHOLE_RUN = 1000
"""Tests; fewer were chosen one by one, perhaps."""


def test_the_table_is_made_from_the_tests() -> None:
    part = TEXT.partition(BEGIN)[2].partition(END)[0]
    made = page(ROWS, every_test())

    assert part.strip() == made.strip(), "run: python -m tests.security.group_table"


def test_no_test_says_to_show_a_row_that_is_none() -> None:
    assert not unknown(every_test(), ROWS)
    assert unknown([Tagged("a", "b", ("K77",), "", is_control=False)], ROWS)


def test_every_row_has_its_own_code_and_its_bugs_are_planted() -> None:
    codes = [row.code for row in ROWS]
    assert len(codes) == len(set(codes))
    assert {one for row in ROWS for one in row.bugs} <= BUGS.keys()


@pytest.mark.parametrize("name", ["security.md", "threat-model.md"])
def test_every_file_and_test_that_a_page_names_is_there(name: str) -> None:
    """Also those of the rows of ASVS, which nobody generates."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    lost = []
    for path, test in NAMED.findall(text):
        file = ROOT / path
        if not file.is_file() or (test and f"def {test}(" not in file.read_text(encoding="utf-8")):
            lost.append((path, test))
    for path in re.findall(r"`((?:app|db|sync|ui|packaging)/[\w/.]+\.\w+)`", text):
        if not (ROOT / path).is_file():
            lost.append((path, ""))
    assert not lost


def test_pytest_finds_every_test_of_the_table(request: pytest.FixtureRequest) -> None:
    """Not only by its name in the source: in a class that is none, or written twice, it would not
    run. Of those files that this run has whole."""
    found = {one.nodeid.partition("[")[0] for one in request.session.items}
    if len(request.session.items) < WHOLE_RUN:
        pytest.skip("a part of the tests alone")
    files = {one.partition("::")[0] for one in found}
    assert [one.id for one in every_test() if one.path in files and one.id not in found] == []


SAID = '''
def test_one():
    """What it is (K1). Control: the right one opens."""

def test_other():
    """(control of K2, F3)"""

def test_none():
    """Of field (A) and of 2026 (B)."""

def helper():
    """(K1)"""
'''


def test_a_tag_is_read_as_it_is_said() -> None:
    assert list(tagged_in("tests/x.py", SAID)) == [
        Tagged("tests/x.py", "test_one", ("K1",), "the right one opens", is_control=False),
        Tagged("tests/x.py", "test_other", ("K2", "F3"), "", is_control=True),
    ]


def test_what_lacks_is_said() -> None:
    """A row whose test is taken away, or its control, says so: nothing stays shown by itself."""
    row = Row("K1", "something")
    shows = Tagged("tests/x.py", "test_one", ("K1",), "", is_control=False)
    control = Tagged("tests/x.py", "test_other", ("K1",), "", is_control=True)

    assert result(row, [shows, control]) == "shown"
    assert result(row, [shows]) == "shown, **without a control**"
    assert result(row, [control]) == "**open**: no test"
    assert (
        result(Row("K1", "something", "the rest"), [shows, control])
        == "in part, **open**: the rest"
    )


def test_a_page_that_says_more_than_the_tests_is_found() -> None:
    """The control of the first: one test less changes the page."""
    assert page(ROWS, every_test()[:-1]) != page(ROWS, every_test())


def test_the_pages_of_security_are_linked() -> None:
    """Whoever reads one finds the others."""
    for name in ("threat-model.md", "incident.md", "manual/riesgos.md"):
        assert Path(PAGE.parent / name).is_file()
        assert name in TEXT
