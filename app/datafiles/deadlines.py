"""Reading the terms of the law and how they are counted. Every fault names its file and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final

from app.datafiles.case_conditions import CaseConditions
from app.datafiles.conditions import read_one_of
from app.datafiles.lists import CERTAINTIES, read_source, read_validity
from app.datafiles.yaml_tree import Node, read_yaml
from app.domain.catalogue import Catalogue
from app.domain.condition import Condition
from app.domain.deadline import Clock, CountingNote, DeadlineRule, Distance, Unit
from app.domain.form import Form

__all__ = ["AMOUNT_MAX", "COUNTING_TOPICS", "DeadlineSources", "Deadlines", "read_deadlines"]

AMOUNT_MAX: Final = 9_999
ACTORS: Final = "actor_plazo"
EVENTS: Final = "sucesos"
COUNTING_TOPICS: Final = frozenset(
    {
        "horas",
        "dias_calendario",
        "dias_habiles",
        "meses",
        "ultimo_dia",
        "hora_no_conocida",
        "suspension",
        "distancia",
        "vigencia",
        "riesgo",
        "feriados",
    }
)

_UNITS: Final = {one.value: one for one in Unit}
_CLOCKS: Final = {one.value: one for one in Clock}
_DISTANCES: Final = {one.value: one for one in Distance}


@dataclass(frozen=True, slots=True)
class DeadlineSources:
    """What terms refer to: the lists of codes, and the form whose answers select one."""

    catalogues: Mapping[str, Catalogue]
    ficha: Form | None


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The terms by id, each with its versions in the order of time, and how terms are counted."""

    rules: Mapping[str, tuple[DeadlineRule, ...]]
    counting: tuple[CountingNote, ...]


def read_deadlines(root: Path, sources: DeadlineSources) -> Deadlines:
    """Return what every file ``deadlines/*.yaml`` says. Raises DefinitionError for an unknown unit,
    event, actor or field, a term of no length, a validity that is reversed, and for two rules of
    one id that hold on one day.
    """
    found: dict[str, list[tuple[DeadlineRule, Node]]] = {}
    notes: dict[str, CountingNote] = {}
    for path in sorted((root / "deadlines").glob("*.yaml")):
        top = read_yaml(root, f"deadlines/{path.name}").mapping(
            frozenset({"version"}), frozenset({"deadlines", "counting"})
        )
        top["version"].text()
        for node in top["deadlines"].sequence() if "deadlines" in top else ():
            rule = _rule(node, sources)
            found.setdefault(rule.id, []).append((rule, node))
        for note, node in _notes(top):
            if note.topic in notes:
                raise node.refuse(f"topic {note.topic!r} stands twice")
            notes[note.topic] = note
    return Deadlines(
        {name: _in_order(name, versions) for name, versions in found.items()},
        tuple(notes.values()),
    )


def _notes(top: Mapping[str, Node]) -> Iterator[tuple[CountingNote, Node]]:
    for node in top["counting"].sequence() if "counting" in top else ():
        entries = node.mapping(frozenset({"topic", "says", "source"}), frozenset())
        topic = entries["topic"].text()
        if topic not in COUNTING_TOPICS:
            raise entries["topic"].refuse(f"unknown topic {topic!r}")
        yield CountingNote(topic, entries["says"].text(), read_source(entries["source"])), node


def _in_order(name: str, versions: list[tuple[DeadlineRule, Node]]) -> tuple[DeadlineRule, ...]:
    ordered = sorted(versions, key=lambda one: one[0].valid_from or date.min)
    for (earlier, _), (later, node) in pairwise(ordered):
        end = earlier.valid_to
        if end is None or (later.valid_from or date.min) <= end:
            raise node.refuse(f"the validity of two versions of {name!r} overlaps")
        if (earlier.starts_at, earlier.repeats) != (later.starts_at, later.repeats):
            raise node.refuse(f"two versions of {name!r} start at different events")
    return tuple(rule for rule, _ in ordered)


def _rule(node: Node, sources: DeadlineSources) -> DeadlineRule:
    entries = node.mapping(
        frozenset({"id", "title", "actor", "clock", "amount", "unit", "starts_at", "source"}),
        frozenset(
            {
                "applies_when",
                "valid_from",
                "valid_to",
                "distance",
                "repeats",
                "satisfied_by",
                "unit_certainty",
                "validity_certainty",
                "basis",
            }
        ),
    )
    unit = read_one_of(entries["unit"], _UNITS, "unit")
    start, end = read_validity(entries)
    repeats = "repeats" in entries and entries["repeats"].flag()
    if "satisfied_by" in entries and not repeats:
        raise entries["satisfied_by"].refuse("only a term that repeats is met and goes on")
    return DeadlineRule(
        id=entries["id"].text(),
        title=entries["title"].text(),
        actor=_code(entries["actor"], sources, ACTORS, "actor"),
        clock=read_one_of(entries["clock"], _CLOCKS, "clock"),
        amount=_amount(entries["amount"], unit, repeats=repeats),
        unit=unit,
        starts_at=_code(entries["starts_at"], sources, EVENTS, "event"),
        source=read_source(entries["source"]),
        applies_when=_applies_when(entries, sources),
        valid_from=start,
        valid_to=end,
        distance=read_one_of(entries["distance"], _DISTANCES, "effect of the distance")
        if "distance" in entries
        else Distance.NONE,
        repeats=repeats,
        satisfied_by=_code(entries["satisfied_by"], sources, EVENTS, "event")
        if "satisfied_by" in entries
        else "",
        unit_certainty=_certainty(entries, "unit_certainty"),
        validity_certainty=_certainty(entries, "validity_certainty"),
        basis=entries["basis"].text() if "basis" in entries else "",
    )


def _amount(node: Node, unit: Unit, *, repeats: bool) -> int:
    amount = node.integer()
    least = 0 if unit is Unit.HOUR and not repeats else 1  # at once is said in hours
    if not least <= amount <= AMOUNT_MAX:
        raise node.refuse(f"a term has {least} to {AMOUNT_MAX} units")
    return amount


def _certainty(entries: Mapping[str, Node], key: str) -> str:
    if key not in entries:
        return ""
    certainty = entries[key].text()
    if certainty not in CERTAINTIES:
        raise entries[key].refuse(f"unknown certainty {certainty!r}")
    return certainty


def _code(node: Node, sources: DeadlineSources, catalogue: str, what: str) -> str:
    code = node.text()
    known = sources.catalogues.get(catalogue)
    if known is None or known.get(code) is None:
        raise node.refuse(f"unknown {what} {code!r} (catalogue {catalogue!r})")
    return code


def _applies_when(entries: Mapping[str, Node], sources: DeadlineSources) -> Condition | None:
    if "applies_when" not in entries:
        return None
    if sources.ficha is None:
        raise entries["applies_when"].refuse("a condition asks for a ficha, and there is none")
    return CaseConditions(sources.ficha, sources.catalogues).read(entries["applies_when"])
