"""Each use case of an act leaves in the audit what is written down of it, in its own transaction.

The design has one entry for each field that is written; what is no field is one entry that names
the act. What leaves none, or something else, says why (``entries.yaml``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from app.services import casework
from app.services.ports import UnitOfWork
from db.store import memory_store
from tests.security.entries_left import EDIT, Entry, Left, left_by
from tests.security.entries_made import RECIPES
from tests.security.entries_read import noting, writing
from tests.security.services_read import sources
from tests.support.laptops import Laptop, definitions, make_desk

DATA: Final[Mapping[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("entries.yaml").read_text(encoding="utf-8")
)
PLAIN: Final = ("once", "fields", "fields_and_once")
SILENT: Final = ("none", "reads")
WITH_REASON: Final = ("decides", "whole_record", "before_and_after", "finishes", *SILENT)
ACTS: Final = sorted(
    {name for act in definitions().authorisation.acts.values() for name in act.use_cases}
)


def _said() -> Iterator[tuple[str, str]]:
    """Yield each use case that the file names, and its place."""
    for place in PLAIN:
        yield from ((name, place) for name in DATA[place])
    for place in WITH_REASON:
        for group in DATA[place]:
            yield from ((name, place) for name in group["use_cases"])


SAID: Final = dict(_said())


def faults(texts: Mapping[str, str], said: Mapping[str, str]) -> list[str]:
    """Return what the sources do not bear out: what writes and is said only to read, what leaves
    something and is said to leave nothing, and the other way round."""
    writes, notes = writing(texts), noting(texts)
    wrong = []
    for name, place in said.items():
        if place == "reads" and name in writes:
            wrong.append(f"{name} writes")
        if place in SILENT and name in notes:
            wrong.append(f"{name} leaves something")
        if place not in SILENT and name not in notes:
            wrong.append(f"{name} leaves nothing")
        if place == "none" and name not in writes:
            wrong.append(f"{name} only reads")
    return sorted(wrong)


def test_every_use_case_of_an_act_stands_once() -> None:
    """(A3)"""
    assert sorted(SAID) == ACTS
    assert len(SAID) == len(list(_said()))


def test_what_leaves_none_is_said_with_a_reason_and_the_sources_bear_it_out() -> None:
    """(A3)"""
    assert faults(sources(), SAID) == []
    assert {*DATA} == {*PLAIN, *WITH_REASON}
    for place in WITH_REASON:
        assert all(len(group["reason"]) > 20 for group in DATA[place])


def test_a_use_case_that_forgets_its_entry_is_found() -> None:
    """(control of A3)"""
    texts = sources()
    silent = texts["backups"].replace("uow.audit.append(", "str(")
    assert faults({**texts, "backups": silent}, SAID) == [
        "backups.note_made leaves nothing",
        "backups.note_tried leaves nothing",
    ]
    loud = texts["preferences"] + "\ndef more(uow):\n    uow.audit.append()\n"
    loud = loud.replace("def language(", "def language(_=None, *a):\n    more(a)\n\n\ndef old(")
    assert faults({**texts, "preferences": loud}, SAID) == ["preferences.language leaves something"]


@pytest.fixture
def laptop() -> Iterator[Laptop]:
    one = Laptop(memory_store(definitions().registry), make_desk())
    yield one
    one.store.close()


def test_all_that_leaves_something_has_a_recipe() -> None:
    """(A3)"""
    leaving = [name for name, place in SAID.items() if place not in SILENT]
    assert sorted(leaving) == sorted(RECIPES)


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_done_once_it_leaves_what_is_said(laptop: Laptop, tmp_path: Path, name: str) -> None:
    """(A3)"""
    work = RECIPES[name](laptop, tmp_path)
    found = left_by(laptop, work).sort
    if SAID[name] == "finishes":
        again = left_by(laptop, work).sort
        assert (found, again) == ("once", "none"), name
    else:
        assert (name, found) == (name, SAID[name])


def test_one_that_leaves_two_or_none_is_found(laptop: Laptop) -> None:
    """(control of A3)"""
    case_id = laptop.open_case()

    def twice(uow: UnitOfWork) -> None:
        for _ in range(2):
            uow.audit.append(actor=laptop.desk.actor.id, action="view", object_id=case_id, at_ms=1)
        uow.commit()

    assert left_by(laptop, twice).sort == "2 entries beside 0 edits"
    casework_once = left_by(laptop, lambda uow: casework.note_view(uow, laptop.desk, case_id))
    assert casework_once.sort == "once"
    again = left_by(laptop, lambda uow: casework.note_view(uow, laptop.desk, case_id))
    assert again.sort == "none", "within fifteen minutes it is the same look"


def test_an_entry_that_is_missing_or_of_another_field_is_found() -> None:
    """(control of A3)"""
    one, other = Entry(EDIT, "r case.a"), Entry(EDIT, "r case.b")
    both = frozenset({one.about, other.about})
    assert Left((one, other), both).sort == "fields"
    assert Left((one,), both).sort == "1 edits of 2 fields"
    assert Left((one, one), both).sort == "2 edits of 2 fields"
    assert Left((one, other, other), both).sort == "3 edits of 2 fields"
    assert Left((one, Entry("settle", other.about)), both).sort == "decides"
    assert Left((one, other, Entry("settle", other.about)), both).sort == "2 edits of 1 fields"
    assert Left((Entry("settle", one.about),), both).sort == "0 edits of 1 fields"
    assert Left((Entry("access", "c"),), both).sort == "whole_record"
    assert Left((Entry("access", "c"),), both | {"q case.a"}).sort == "0 edits of 3 fields"
