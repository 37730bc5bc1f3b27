"""Reading pathways: one protocol and version a file. Every fault names its file and line.

What a pathway refers to (roles, third parties, terms, events, documents, fields, other pathways) is
checked here, so that planning needs no check of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from app.datafiles.case_conditions import CaseConditions
from app.datafiles.conditions import read_one_of
from app.datafiles.lists import check_versions, read_source, read_validity
from app.datafiles.yaml_tree import Node, read_yaml
from app.domain.catalogue import Catalogue, Source
from app.domain.condition import Is
from app.domain.deadline import Clock, DeadlineRule, Distance, Unit
from app.domain.form import Form
from app.domain.pathway import Join, Pathway, Repeat, TaskRule

__all__ = ["PathwaySources", "read_pathways"]

AMOUNT_MAX: Final = 10_000
TASKS_MAX: Final = 200

_UNITS: Final = {one.value: one for one in Unit}
_DISTANCES: Final = {one.value: one for one in Distance}
_REPEATS: Final = {one.value: one for one in Repeat if one is not Repeat.NEVER}
_OWN: Final = Source("Product design: a working term, no norm", "design")

_TASK_KEYS: Final = frozenset(
    {
        "actor",
        "note",
        "deadlines",
        "within",
        "shown_when",
        "not_needed_when",
        "done_when",
        "done_by",
        "for_each",
        "stopped_by",
        "repeats",
        "documents",
        "claim_document",
        "same_as",
        "needs_consent",
        "on_by_default",
        "sensitive",
        "unknown_is_urgent",
    }
)


@dataclass(frozen=True, slots=True)
class PathwaySources:
    """What pathways refer to; ``deadlines`` are the terms of the law by id, in all versions."""

    ficha: Form | None
    catalogues: Mapping[str, Catalogue]
    deadlines: Mapping[str, Sequence[DeadlineRule]]


@dataclass(slots=True)
class _Read:
    """One file: the pathway, and where its parts stand."""

    pathway: Pathway
    node: Node
    joins: list[Node]
    tasks: dict[str, Node] = field(default_factory=dict)


def read_pathways(root: Path, sources: PathwaySources, day: date | None) -> dict[str, Pathway]:
    """Return the pathways of every file ``pathways/*.yaml`` by id, in the version that holds on
    ``day`` (the newest when it is None), in the order of the file names. Raises DefinitionError.
    """
    versions: dict[str, list[_Read]] = {}
    for path in sorted((root / "pathways").glob("*.yaml")):
        read = _PathwayReader(sources).read(read_yaml(root, f"pathways/{path.name}"))
        versions.setdefault(read.pathway.id, []).append(read)
    held: dict[str, _Read] = {}
    for name, several in versions.items():
        check_versions(
            [(p.version, p.valid_from, p.valid_to, r.node) for r in several for p in [r.pathway]],
            f"pathway {name!r}",
        )
        several.sort(key=lambda one: one.pathway.valid_from or date.min)
        holding = [
            one
            for one in several
            if not (day and one.pathway.valid_from and one.pathway.valid_from > day)
        ]
        held[name] = holding[-1] if holding else several[0]
    for several in versions.values():
        for read in several:
            _check_references(read, held)
    _check_circles(held)
    return {name: read.pathway for name, read in held.items()}


class _PathwayReader:
    """Reads one file and remembers where its parts stand."""

    def __init__(self, sources: PathwaySources) -> None:
        self._sources = sources
        self._conditions = CaseConditions(sources.ficha, sources.catalogues)
        self._places: dict[str, Node] = {}

    def read(self, node: Node) -> _Read:
        """Return the pathway of a file."""
        entries = node.mapping(
            frozenset({"pathway", "version", "title", "source", "opens_when", "tasks"}),
            frozenset({"note", "joins", "valid_from", "valid_to"}),
        )
        name = entries["pathway"].text()
        start, end = read_validity(entries)
        joins = entries["joins"].sequence() if "joins" in entries else []
        several = entries["tasks"].sequence()
        if len(several) > TASKS_MAX:
            raise entries["tasks"].refuse(f"a pathway has at most {TASKS_MAX} tasks")
        pathway = Pathway(
            id=name,
            version=entries["version"].text(),
            title=entries["title"].text(),
            source=read_source(entries["source"]),
            opens_when=self._conditions.read(entries["opens_when"]),
            tasks=tuple(self._task(name, one) for one in several),
            joins=tuple(self._join(one) for one in joins),
            note=_text(entries, "note"),
            valid_from=start,
            valid_to=end,
        )
        return _Read(pathway, node, joins, self._places)

    def _join(self, node: Node) -> Join:
        entries = node.mapping(frozenset({"pathway"}), frozenset({"when"}))
        return Join(entries["pathway"].text(), self._conditions.optional(entries, "when"))

    def _task(self, pathway: str, node: Node) -> TaskRule:
        entries = node.mapping(frozenset({"id", "title", "role", "source"}), _TASK_KEYS)
        name = entries["id"].text()
        if name in self._places:
            raise node.refuse(f"task {name!r} stands twice")
        self._places[name] = node
        rule = TaskRule(
            id=name,
            title=entries["title"].text(),
            role=self._code(entries["role"], "rol", "role"),
            source=read_source(entries["source"]),
            actor=self._optional(entries, "actor", "actor_plazo", "actor"),
            note=_text(entries, "note"),
            deadlines=self._deadlines(entries),
            within=self._within(entries, f"{pathway}/{name}") if "within" in entries else (),
            shown_when=self._conditions.optional(entries, "shown_when"),
            not_needed_when=self._conditions.optional(entries, "not_needed_when"),
            done_when=self._conditions.optional(entries, "done_when"),
            done_by=self._codes(entries, "done_by", "sucesos", "event"),
            for_each=self._optional(entries, "for_each", "sucesos", "event"),
            stopped_by=self._codes(entries, "stopped_by", "sucesos", "event"),
            repeats=_repeat(entries),
            documents=self._codes(entries, "documents", "documentos", "document"),
            claim_document=self._optional(entries, "claim_document", "documentos", "document"),
            same_as=_text(entries, "same_as"),
            needs_consent=_flag(entries, "needs_consent", default=False),
            on_by_default=_flag(entries, "on_by_default", default=True),
            is_sensitive=_flag(entries, "sensitive", default=False),
            unknown_is_urgent=_flag(entries, "unknown_is_urgent", default=False),
        )
        self._check(rule, node)
        return rule

    def _check(self, rule: TaskRule, node: Node) -> None:
        if rule.done_when is None and not rule.done_by:
            raise node.refuse("no fact closes this task: done_by or done_when")
        if (rule.for_each or rule.repeats is not Repeat.NEVER) and not rule.done_by:
            raise node.refuse("a task for each event, or one that repeats, is closed by done_by")
        if (rule.for_each or rule.repeats is not Repeat.NEVER) and rule.done_when is not None:
            raise node.refuse("done_when cannot tell which of several tasks is done")
        if rule.stopped_by and not rule.for_each:
            raise node.refuse("only a task for each event ends with the record of its start")
        if rule.claim_document and not (rule.actor and (rule.deadlines or rule.within)):
            raise node.refuse("only a term of a third party can run out and be claimed")
        terms = [one for name in rule.deadlines for one in self._sources.deadlines[name]]
        if rule.repeats is Repeat.FROM_START:
            if rule.within or not terms:
                raise node.refuse("from_start repeats with a term of the law")
            for one in terms:
                if not one.repeats or one.satisfied_by not in rule.done_by:
                    raise node.refuse(f"{one.id!r} does not repeat, or ends by another event")
        if rule.repeats is Repeat.FROM_LAST and (rule.deadlines or not rule.within):
            raise node.refuse("from_last repeats with a term of its own")

    def _deadlines(self, entries: Mapping[str, Node]) -> tuple[str, ...]:
        if "deadlines" not in entries:
            return ()
        for one in entries["deadlines"].sequence():
            if one.text() not in self._sources.deadlines:
                raise one.refuse(f"unknown deadline {one.text()!r}")
        return entries["deadlines"].texts()

    def _within(self, task: Mapping[str, Node], name: str) -> tuple[DeadlineRule, ...]:
        """Return the pathway's own term as rules of the engine: one, or one a level of risk."""
        entries = task["within"].mapping(
            frozenset({"unit", "starts_at"}),
            frozenset({"amount", "by_level", "distance", "source"}),
        )
        if ("amount" in entries) == ("by_level" in entries):
            raise task["within"].refuse("a term has an amount, or one for each level of risk")
        source = read_source(entries["source"]) if "source" in entries else _OWN
        distance = Distance.NONE
        if "distance" in entries:
            distance = read_one_of(entries["distance"], _DISTANCES, "distance")
        levels: list[tuple[Is | None, int]] = []
        if "amount" in entries:
            levels.append((None, _amount(entries["amount"])))
        else:
            for level, node in entries["by_level"].any_mapping().items():
                if self._sources.catalogues["nivel_riesgo"].get(level) is None:
                    raise node.refuse(f"unknown level of risk {level!r}")
                levels.append((Is("@level", (level,)), _amount(node)))
        is_theirs = "actor" in task
        return tuple(
            DeadlineRule(
                id=name,
                title=task["title"].text(),
                actor=task["actor"].text() if is_theirs else "cem",
                clock=Clock.THIRD_PARTY if is_theirs else Clock.OWN,
                amount=amount,
                unit=read_one_of(entries["unit"], _UNITS, "unit"),
                starts_at=self._code(entries["starts_at"], "sucesos", "event"),
                source=source,
                applies_when=condition,
                distance=distance,
            )
            for condition, amount in levels
        )

    def _code(self, node: Node, catalogue: str, what: str) -> str:
        found = self._sources.catalogues.get(catalogue)
        if found is None or found.get(node.text()) is None:
            raise node.refuse(f"unknown {what} {node.text()!r}")
        return node.text()

    def _optional(self, entries: Mapping[str, Node], key: str, catalogue: str, what: str) -> str:
        return self._code(entries[key], catalogue, what) if key in entries else ""

    def _codes(
        self, entries: Mapping[str, Node], key: str, catalogue: str, what: str
    ) -> tuple[str, ...]:
        if key not in entries:
            return ()
        for one in entries[key].sequence():
            self._code(one, catalogue, what)
        return entries[key].texts()


def _repeat(entries: Mapping[str, Node]) -> Repeat:
    if "repeats" not in entries:
        return Repeat.NEVER
    return read_one_of(entries["repeats"], _REPEATS, "way of repeating")


def _amount(node: Node) -> int:
    amount = node.integer()
    if not 0 <= amount <= AMOUNT_MAX:
        raise node.refuse(f"an amount is 0 to {AMOUNT_MAX}")
    return amount


def _text(entries: Mapping[str, Node], key: str) -> str:
    return entries[key].text() if key in entries else ""


def _flag(entries: Mapping[str, Node], key: str, *, default: bool) -> bool:
    return entries[key].flag() if key in entries else default


def _check_references(read: _Read, held: Mapping[str, _Read]) -> None:
    """Refuse a join or a *same task* that leads nowhere, or to another *same task*."""
    for join, node in zip(read.pathway.joins, read.joins, strict=True):
        if join.pathway not in held:
            raise node.refuse(f"unknown pathway {join.pathway!r}")
    for rule in read.pathway.tasks:
        if not rule.same_as:
            continue
        node = read.tasks[rule.id]
        pathway, _, task = rule.same_as.partition("/")
        other = held.get(pathway)
        found = other.pathway.task(task) if other is not None else None
        if found is None or pathway == read.pathway.id:
            raise node.refuse(f"unknown task {rule.same_as!r} of another pathway")
        if found.same_as:
            raise node.refuse(f"{rule.same_as!r} is itself the same as another task")
        if (rule.for_each, rule.repeats) != (found.for_each, found.repeats):
            raise node.refuse(f"{rule.same_as!r} comes once, this one several times, or reverse")


def _check_circles(held: Mapping[str, _Read]) -> None:
    settled: set[str] = set()
    for start in held:
        trail: list[tuple[str, list[str]]] = [(start, _joined(held[start]))]
        on_trail = {start}
        while trail:
            name, rest = trail[-1]
            if not rest:
                trail.pop()
                on_trail.discard(name)
                settled.add(name)
                continue
            following = rest.pop()
            if following in on_trail:
                place = held[name].joins[_joined(held[name]).index(following)]
                raise place.refuse(f"a cycle of joined pathways passes through {following!r}")
            if following not in settled:
                trail.append((following, _joined(held[following])))
                on_trail.add(following)


def _joined(read: _Read) -> list[str]:
    return [one.pathway for one in read.pathway.joins]
