"""Pathways of law and protocol as data, and the tasks that they propose for a case.

A pathway opens by a condition on what is known and proposes tasks: what, by whom, by when, with
which paper. Nothing is stored of this: when a fact changes, planning again gives the new tasks, and
what facts have done closes itself. What people decide about a task is applied afterwards
(:mod:`app.domain.task_decision`).
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from app.domain.catalogue import Source
from app.domain.condition import Condition, tell
from app.domain.deadline import Clock, DeadlineRule, Due, Unknown
from app.domain.facts import LIMA, CaseFacts, Occurrence

__all__ = [
    "TEAM",
    "Join",
    "Pathway",
    "Repeat",
    "Task",
    "TaskDecision",
    "TaskRule",
    "TaskState",
    "open_pathways",
]

TEAM: Final = "equipo"
"""The role of a task that the whole team of a centre answers for."""


class Repeat(enum.Enum):
    """Whether a task comes again once it is done, and what the next term counts from."""

    NEVER = ""
    FROM_START = "from_start"
    """From the start event: every six months after the measure was notified (TUO art. 38)."""
    FROM_LAST = "from_last"
    """From the last time it was done: a contact every seven days."""


class TaskState(enum.Enum):
    """Where a task stands (codes of the catalogue ``estado_tarea``)."""

    OPEN = "abierta"
    DONE = "hecha"
    NOT_NEEDED = "no_corresponde"
    POSTPONED = "pospuesta"
    NO_PROFESSIONAL = "sin_profesional"


@dataclass(frozen=True, slots=True)
class TaskRule:
    """What a pathway asks of the centre, or of somebody whom the centre watches.

    ``id`` is unique in its pathway. ``role`` answers for it within the centre (catalogue ``rol``);
    ``actor`` is the third party that has to act (catalogue ``actor_plazo``), and then the role only
    watches, and presses with ``claim_document`` once the time ran out. ``deadlines`` name terms of
    the law, ``within`` holds the pathway's own term (one, or one for each level of risk).

    It is proposed while ``shown_when`` certainly holds, is not needed when ``not_needed_when``
    certainly holds, and is done when one of the events ``done_by`` happened or ``done_when``
    certainly holds. ``for_each`` names an event: every occurrence of it (each measure notified,
    each breach) has a task of its own; what happened at one moment (the measures of one
    resolution) shares one, which is done when it is done for all, and is not needed any more when
    an event of ``stopped_by`` stands in the record of each (the measure is no longer in force).
    ``same_as`` (pathway/task) says that it is the same task as one of another pathway: both open,
    it is proposed once.

    ``unknown_is_urgent``: while its term cannot be told it is treated as running out now.
    """

    id: str
    title: str
    role: str
    source: Source
    actor: str = ""
    note: str = ""
    deadlines: tuple[str, ...] = ()
    within: tuple[DeadlineRule, ...] = ()
    shown_when: Condition | None = None
    not_needed_when: Condition | None = None
    done_when: Condition | None = None
    done_by: tuple[str, ...] = ()
    for_each: str = ""
    stopped_by: tuple[str, ...] = ()
    repeats: Repeat = Repeat.NEVER
    documents: tuple[str, ...] = ()
    claim_document: str = ""
    same_as: str = ""
    needs_consent: bool = False
    on_by_default: bool = True
    is_sensitive: bool = False
    unknown_is_urgent: bool = False

    @property
    def clock(self) -> Clock:
        """Whose clock it is."""
        return Clock.THIRD_PARTY if self.actor else Clock.OWN


@dataclass(frozen=True, slots=True)
class Join:
    """Another pathway that this one opens, when the condition certainly holds (None: always)."""

    pathway: str
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Pathway:
    """A protocol as tasks. ``note`` says what was not found and was therefore left out."""

    id: str
    version: str
    title: str
    source: Source
    opens_when: Condition
    tasks: tuple[TaskRule, ...]
    joins: tuple[Join, ...] = ()
    note: str = ""
    valid_from: date | None = None
    valid_to: date | None = None

    def task(self, rule_id: str) -> TaskRule | None:
        """Return the task of this id, or None."""
        return next((one for one in self.tasks if one.id == rule_id), None)


@dataclass(frozen=True, slots=True)
class TaskDecision:
    """What somebody decided about the task of this key.

    ``state`` None leaves the state to the facts (a task that was only handed on); OPEN opens one
    again that facts or people had closed. ``role`` is who answers for it now (``""``: as the
    pathway says). ``until`` is the first day on which a postponed one shows again. ``at`` is when
    it was done, or decided.
    """

    key: str
    state: TaskState | None = None
    role: str = ""
    until: date | None = None
    reason: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A task of one case, as the facts stand.

    ``key`` names it within its case and stays the same while the facts move: pathway and task, then
    the record of the start for a task of its own, then the number of a repetition. ``due`` is None
    when nothing sets a term, and :class:`Unknown` when the fact that starts or selects it is
    missing. ``starts`` are what a *for each* task is about. ``answers`` are all terms that may bind
    it: ``due`` is the earliest of those that can be told.
    """

    key: str
    pathway: Pathway
    rule: TaskRule
    state: TaskState
    due: Due | Unknown | None
    role: str
    answers: tuple[Due | Unknown, ...] = ()
    starts: tuple[Occurrence, ...] = ()
    repetition: int = 1
    decision: TaskDecision | None = None

    @property
    def is_immediate(self) -> bool:
        """Whether its term is *at once* (no hours at all)."""
        return isinstance(self.due, Due) and self.due.rule.amount == 0

    @property
    def due_at(self) -> datetime | None:
        """The instant at which its time is over, None when that cannot be told or there is no term.

        When only the day of the start is known: the earliest instant for what the centre owes, the
        latest before anybody else is reproached. What the centre owes *at once* is late when that
        day is over: a proposal of this program, for it is done in one sitting.
        """
        if not isinstance(self.due, Due):
            return None
        if self.rule.clock is Clock.THIRD_PARTY:
            return self.due.latest
        if self.is_immediate:
            return datetime.combine(self.due.at.astimezone(LIMA), time(23, 59), LIMA)
        return self.due.at

    @property
    def is_settled(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in (TaskState.DONE, TaskState.NOT_NEEDED)

    @property
    def is_urgent(self) -> bool:
        """Whether it must be treated as running out now: the centre owes it at once, or its term
        cannot be told, wholly or to the hour, and the rule says that this is urgent."""
        if self.is_settled:
            return False
        if self.rule.clock is Clock.OWN and self.is_immediate:
            return True
        told = isinstance(self.due, Due) and self.due.at == self.due.latest
        return self.rule.unknown_is_urgent and self.due is not None and not told

    def is_overdue(self, now: datetime) -> bool:
        """Return whether its time ran out and it is not settled. What is urgent while its hour is
        not known may still be in time until the last hour that it can be."""
        due = self.due_at
        if due is not None and isinstance(self.due, Due) and self.rule.unknown_is_urgent:
            due = max(due, self.due.latest)
        return due is not None and due < now and not self.is_settled

    def claim(self, now: datetime) -> str:
        """Return the document that claims it from the third party whose time ran out, or ``""``."""
        third_party = self.rule.clock is Clock.THIRD_PARTY
        return self.rule.claim_document if third_party and self.is_overdue(now) else ""


def open_pathways(pathways: Mapping[str, Pathway], facts: CaseFacts) -> tuple[Pathway, ...]:
    """Return the pathways that are open, in the order of the release, each once.

    One opens when its condition certainly holds, or when an open one joins it. Pathways that join
    each other in a circle are no trouble here (the reader refuses them).
    """
    waiting = [name for name, one in pathways.items() if tell(one.opens_when, facts.values) is True]
    opened: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in opened and name in pathways:
            opened.add(name)
            waiting.extend(_joined(pathways[name], facts))
    return tuple(one for name, one in pathways.items() if name in opened)


def _joined(pathway: Pathway, facts: CaseFacts) -> Iterator[str]:
    for join in pathway.joins:
        if join.when is None or tell(join.when, facts.values) is True:
            yield join.pathway
