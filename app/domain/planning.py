"""Planning a case: which tasks its open pathways propose, by when, and what is already done."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.condition import Condition, tell
from app.domain.deadline import (
    Answer,
    DeadlineRule,
    DoesNotApply,
    Due,
    Unknown,
    WorkCalendar,
    answer,
    answers,
)
from app.domain.facts import LIMA, CaseFacts, Moment, Occurrence
from app.domain.pathway import Pathway, Repeat, Task, TaskRule, TaskState, open_pathways

__all__ = ["plan"]


def plan(
    pathways: Mapping[str, Pathway],
    rules: Mapping[str, Sequence[DeadlineRule]],
    facts: CaseFacts,
    calendar: WorkCalendar,
    *,
    settled: Mapping[str, datetime] | None = None,
    switched_on: Collection[str] = (),
) -> tuple[Task, ...]:
    """Return the tasks of a case as the facts stand, in the order of pathways and tasks.

    ``rules`` are the terms of the law by id, in all their versions; ``settled`` the tasks that
    people declared done, by key, and when, so that a repeated one goes on to its next term
    (:func:`app.domain.task_decision.settled`); ``switched_on`` the tasks, as ``pathway/task``, that
    are off by default and that this centre wants. Pure: the same facts give the same tasks.
    """
    planner = _Planner(pathways, rules, facts, calendar, settled or {})
    found: dict[str, Task] = {}
    for pathway in open_pathways(pathways, facts):
        for rule in pathway.tasks:
            if rule.on_by_default or f"{pathway.id}/{rule.id}" in switched_on:
                for task in planner.tasks(pathway, rule):
                    found[task.key] = _sooner(found.get(task.key), task)
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Planner:
    pathways: Mapping[str, Pathway]
    rules: Mapping[str, Sequence[DeadlineRule]]
    facts: CaseFacts
    calendar: WorkCalendar
    settled: Mapping[str, datetime]

    def tasks(self, pathway: Pathway, rule: TaskRule) -> Iterator[Task]:
        """Yield the tasks of one rule: none while it is hidden, one a start for *for each*."""
        if rule.shown_when is not None and not self.holds(rule.shown_when):
            return
        starts = self.facts.when(rule.for_each) if rule.for_each else ()
        closed = _closures(starts, self.closing(rule))
        name = rule.same_as or f"{pathway.id}/{rule.id}"
        if not starts:
            yield self.task(pathway, rule, name, (), closed[""])
        ended = {one.record_id for code in rule.stopped_by for one in self.facts.when(code)}
        for group in _together(starts):
            key = f"{name}/{min(one.record_id for one in group)}"
            alive = tuple(one for one in group if one.record_id not in ended)
            closures = min((closed[one.record_id] for one in alive or group), key=len)
            task = self.task(pathway, rule, key, alive or group, closures)
            is_over = not alive and task.state is TaskState.OPEN
            yield replace(task, state=TaskState.NOT_NEEDED) if is_over else task

    def holds(self, condition: Condition | None) -> bool:
        """Return whether the condition certainly holds."""
        return condition is not None and tell(condition, self.facts.values) is True

    def closing(self, rule: TaskRule) -> tuple[Occurrence, ...]:
        """Return what closed it, earliest first, what has no time last."""
        found = [one for code in rule.done_by for one in self.facts.when(code)]
        return tuple(sorted(found, key=_order))

    def task(
        self,
        pathway: Pathway,
        rule: TaskRule,
        key: str,
        starts: tuple[Occurrence, ...],
        closures: Sequence[Occurrence],
    ) -> Task:
        """Return the task of starts of one moment, in the repetition that is open."""
        start = starts[0] if starts else None
        number, is_done = 1, bool(closures) or self.holds(rule.done_when)
        match rule.repeats:
            case Repeat.NEVER:
                told = self.told(rule, self.facts, start)
            case Repeat.FROM_START:
                number, told = self.from_start(rule, key, start, closures)
            case Repeat.FROM_LAST:
                number, told = self.from_last(rule, key, closures)
        if rule.repeats is not Repeat.NEVER:
            key, is_done = f"{key}/{number}", False
        bound = tuple(one for one in told if not isinstance(one, DoesNotApply))
        state = TaskState.OPEN
        if is_done:
            state = TaskState.DONE
        elif self.holds(rule.not_needed_when):
            state = TaskState.NOT_NEEDED
        return Task(
            key=key,
            pathway=pathway,
            rule=rule,
            state=state,
            due=_due(bound),
            role=rule.role,
            answers=bound,
            starts=starts,
            repetition=number,
        )

    def told(
        self, rule: TaskRule, facts: CaseFacts, start: Occurrence | None
    ) -> tuple[Answer, ...]:
        """Return what each of its terms says; of the starts of its kind only ``start`` counts."""
        law = [one for name in rule.deadlines for one in self.rules.get(name, ())]
        known = facts if start is None else _only(facts, start)
        own = (answer(one, known, self.calendar) for one in rule.within)
        return (*answers(law, known, self.calendar), *own)

    def from_start(
        self,
        rule: TaskRule,
        key: str,
        start: Occurrence | None,
        closures: Sequence[Occurrence],
    ) -> tuple[int, tuple[Answer, ...]]:
        """Return number and answers of the term of the series that is open, after what closed the
        others: events, and what people declared done."""
        met = list(closures)
        number = 0
        while True:
            others = tuple(one for one in self.facts.occurrences if one.code not in rule.done_by)
            facts = replace(self.facts, occurrences=(*others, *met))
            told = self.told(rule, facts, start)
            found = max((one.number for one in told if isinstance(one, Due)), default=1)
            at = self.settled.get(f"{key}/{found}")
            if at is None or found <= number:
                return found, told
            number = found
            met.append(Occurrence(rule.done_by[0], _moment(at)))

    def from_last(
        self, rule: TaskRule, key: str, closures: Sequence[Occurrence]
    ) -> tuple[int, tuple[Answer, ...]]:
        """Return number and answers of the repetition that is open; its term counts from the last
        time that it was done."""
        number = 1 + len(closures)
        dated = [one.moment for one in closures if one.moment is not None]
        while (at := self.settled.get(f"{key}/{number}")) is not None:
            number += 1
            dated.append(_moment(at))
        if number == 1:
            return number, self.told(rule, self.facts, None)
        last = max(dated, key=lambda one: one.earliest, default=None)
        return number, tuple(
            answer(one, self.facts, self.calendar, Occurrence(one.starts_at, last))
            for one in rule.within
        )


def _only(facts: CaseFacts, start: Occurrence) -> CaseFacts:
    """Return the facts as if this start had been the only one of its kind."""
    others = tuple(one for one in facts.occurrences if one.code != start.code)
    return replace(facts, occurrences=(*others, start))


def _moment(at: datetime) -> Moment:
    local = at.astimezone(LIMA)
    return Moment(local.date(), local.time().replace(second=0, microsecond=0))


def _sooner(first: Task | None, second: Task) -> Task:
    """Return of one task that two pathways propose the settled one, or the one due earlier."""
    return second if first is None else min(first, second, key=_press)


def _press(task: Task) -> tuple[bool, datetime]:
    return not task.is_settled, task.due_at or datetime.max.replace(tzinfo=LIMA)


def _together(starts: Sequence[Occurrence]) -> Iterator[tuple[Occurrence, ...]]:
    """Yield starts of one moment together: the measures of one resolution are one task. Those of
    which nobody knows when stay apart."""
    groups: dict[object, list[Occurrence]] = {}
    for one in starts:
        groups.setdefault(one.moment or one.record_id, []).append(one)
    for group in groups.values():
        yield tuple(group)


def _due(answers: Sequence[Due | Unknown]) -> Due | Unknown | None:
    """Return the earliest term that can be told, or what is missing to tell any."""
    told = [one for one in answers if isinstance(one, Due)]
    if told:
        return min(told, key=lambda one: (one.at, one.latest))
    unknown = [one for one in answers if isinstance(one, Unknown)]
    if not unknown:
        return None
    missing = dict.fromkeys(name for one in unknown for name in one.missing)
    return Unknown(unknown[0].rule, tuple(missing))


def _closures(
    starts: Sequence[Occurrence], found: Sequence[Occurrence]
) -> dict[str, list[Occurrence]]:
    """Return what closed the task of each start, by the record of the start (``""``: no start).

    What the record of a start itself says closes that start alone. Anything else closes every
    start that certainly came before it, or, when none certainly did, the first open one that may
    have: a doubtful date never closes two duties.
    """
    closed: dict[str, list[Occurrence]] = {"": [], **{one.record_id: [] for one in starts}}
    if not starts:
        closed[""] = list(found)
        return closed
    for one in found:
        if one.record_id in closed and one.record_id:
            closed[one.record_id].append(one)
            continue
        before = [start for start in starts if _is_before(start, one)]
        perhaps = [start for start in starts if _may_be_before(start, one)]
        for start in before or [s for s in perhaps if not closed[s.record_id]][:1]:
            closed[start.record_id].append(one)
    return closed


def _is_before(start: Occurrence, one: Occurrence) -> bool:
    if start.moment is None or one.moment is None:
        return False
    return start.moment.latest <= one.moment.earliest


def _may_be_before(start: Occurrence, one: Occurrence) -> bool:
    if start.moment is None or one.moment is None:
        return True
    return start.moment.earliest <= one.moment.latest


def _order(one: Occurrence) -> tuple[bool, datetime, str]:
    start = one.moment.earliest if one.moment else datetime.min.replace(tzinfo=LIMA)
    return one.moment is None, start, one.record_id
