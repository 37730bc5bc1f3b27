"""The laws of pathways: what opens, what is asked once, what ends a task, what people may decide."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.catalogue import Source
from app.domain.condition import AtLeast, Is, Not
from app.domain.deadline import Clock, DeadlineRule, Due, Unit, Unknown
from app.domain.facts import LIMA, CaseFacts, Moment, Occurrence
from app.domain.pathway import Join, Pathway, Repeat, Task, TaskRule, TaskState, open_pathways
from app.domain.planning import plan
from app.domain.task_decision import TaskDecision, apply, fault, settled
from app.domain.value import Value
from app.domain.work_calendar import CentreCalendar
from app.peru_calendar import PeruHolidays

SOURCE = Source("a test", "design")
CALENDAR = CentreCalendar(PeruHolidays())
ALWAYS = Is("@occurred", ("ingreso",))
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=LIMA)


def happened(code: str, when: str = "", record: str = "") -> Occurrence:
    day, _, hour = when.partition(" ")
    at = (
        Moment(date.fromisoformat(day), time.fromisoformat(hour) if hour else None) if day else None
    )
    return Occurrence(code, at, record or code + when)


def facts(*occurrences: Occurrence, **values: Value) -> CaseFacts:
    all_of_them = (happened("ingreso", "2026-03-02 09:00"), *occurrences)
    codes = tuple(sorted({one.code for one in all_of_them}))
    return CaseFacts({**values, "@occurred": codes}, all_of_them)


def term(amount: int, unit: Unit = Unit.HOUR, starts_at: str = "ingreso") -> DeadlineRule:
    return DeadlineRule("t", "a term", "cem", Clock.OWN, amount, unit, starts_at, SOURCE)


def rule(name: str = "1", **changes: object) -> TaskRule:
    made = TaskRule(name, "a task", "legal", SOURCE, done_by=("hecho",))
    return replace(made, **changes)  # type: ignore[arg-type]


def pathway(name: str = "R", *rules: TaskRule, **changes: object) -> Pathway:
    made = Pathway(name, "1", "a pathway", SOURCE, ALWAYS, rules)
    return replace(made, **changes)  # type: ignore[arg-type]


def tasks_of(known: CaseFacts, *pathways: Pathway, **given_: object) -> tuple[Task, ...]:
    rules = given_.pop("rules", {})
    by_id = {one.id: one for one in pathways}
    return plan(by_id, rules, known, CALENDAR, **given_)  # type: ignore[arg-type]


def the_task(known: CaseFacts, one: TaskRule, **given_: object) -> Task:
    (task,) = tasks_of(known, pathway("R", one), **given_)
    return task


def test_a_pathway_opens_only_when_its_condition_certainly_holds() -> None:
    grown = pathway("A", opens_when=Not(AtLeast("EDAD_VICTIMA", 18)))

    assert open_pathways({"A": grown}, facts(EDAD_VICTIMA=13)) == (grown,)
    assert open_pathways({"A": grown}, facts(EDAD_VICTIMA=18)) == ()
    assert open_pathways({"A": grown}, facts()) == ()


def test_a_joined_pathway_opens_once_and_a_circle_does_no_harm() -> None:
    closed = Is("@occurred", ("nunca",))
    first = pathway("A", joins=(Join("B"), Join("C", Is("@occurred", ("otro",)))))
    second = pathway("B", opens_when=closed, joins=(Join("A"), Join("nowhere")))
    third = pathway("C", opens_when=closed)
    all_three = {"A": first, "B": second, "C": third}

    assert open_pathways(all_three, facts()) == (first, second)
    assert open_pathways(all_three, facts(happened("otro"))) == (first, second, third)


def test_the_same_facts_give_the_same_tasks_in_any_order() -> None:
    one = rule(within=(term(24),), for_each="medida", done_by=("informe",))
    known = facts(happened("medida", "2026-03-02", "m1"), happened("medida", "2026-03-04", "m2"))
    turned = replace(known, occurrences=known.occurrences[::-1])

    assert tasks_of(known, pathway("R", one)) == tasks_of(turned, pathway("R", one))


def test_a_task_that_two_pathways_propose_appears_once_with_the_earlier_term() -> None:
    late = pathway("A", rule("1", within=(term(48),)))
    early = pathway("B", rule("9", within=(term(24),), same_as="A/1"))

    (task,) = tasks_of(facts(), late, early)

    assert task.key == "A/1"
    assert task.due_at == datetime(2026, 3, 3, 9, 0, tzinfo=LIMA)
    (alone,) = tasks_of(facts(), early)
    assert alone.key == task.key  # a decision stays with it when the other pathway opens


def test_a_fact_closes_a_task_and_its_absence_opens_it_again() -> None:
    assert the_task(facts(), rule()).state is TaskState.OPEN
    assert the_task(facts(happened("hecho")), rule()).state is TaskState.DONE


def test_what_is_not_known_neither_closes_a_task_nor_makes_it_unneeded() -> None:
    unsure = rule(
        done_when=Is("RESPUESTA", ("1",)),
        not_needed_when=Not(AtLeast("HIJAS_VIVAS_0_17", 1)),
    )

    assert the_task(facts(), unsure).state is TaskState.OPEN
    assert the_task(facts(HIJAS_VIVAS_0_17=0), unsure).state is TaskState.NOT_NEEDED
    assert the_task(facts(RESPUESTA="1"), unsure).state is TaskState.DONE


def test_a_hidden_task_is_shown_only_when_its_condition_certainly_holds() -> None:
    hidden = pathway("R", rule(shown_when=Is("authority_may_know", ("1",))))

    assert tasks_of(facts(), hidden) == ()
    assert tasks_of(facts(authority_may_know="0"), hidden) == ()
    assert len(tasks_of(facts(authority_may_know="1"), hidden)) == 1


def test_a_missing_start_makes_the_term_unknown_and_urgent_where_the_rule_says_so() -> None:
    kit = rule(within=(term(72, starts_at="hecho_violacion"),), unknown_is_urgent=True)

    task = the_task(facts(happened("hecho_violacion")), kit)  # it happened, nobody knows when

    assert isinstance(task.due, Unknown)
    assert task.due.missing == ("hecho_violacion",)
    assert task.is_urgent
    assert not the_task(facts(), replace(kit, unknown_is_urgent=False)).is_urgent


def test_without_the_hour_it_is_urgent_and_not_late_until_it_certainly_is() -> None:
    kit = rule(within=(term(72, starts_at="hecho_violacion"),), unknown_is_urgent=True)

    task = the_task(facts(happened("hecho_violacion", "2026-03-01")), kit)

    assert task.is_urgent
    assert not task.is_overdue(datetime(2026, 3, 4, 12, 0, tzinfo=LIMA))
    assert task.is_overdue(datetime(2026, 3, 5, 0, 0, tzinfo=LIMA))


def test_others_are_reproached_only_when_it_is_certainly_too_late() -> None:
    police = rule(actor="pnp", within=(term(24, starts_at="denuncia"),), claim_document="oficio")
    task = the_task(facts(happened("denuncia", "2026-03-01")), police)

    assert task.claim(datetime(2026, 3, 2, 12, 0, tzinfo=LIMA)) == ""
    assert task.claim(datetime(2026, 3, 3, 0, 0, tzinfo=LIMA)) == "oficio"


def test_what_the_centre_owes_at_once_is_urgent_and_late_when_the_day_is_over() -> None:
    task = the_task(facts(), rule(within=(term(0),)))

    assert task.is_urgent
    assert not task.is_overdue(datetime(2026, 3, 2, 18, 0, tzinfo=LIMA))
    assert task.is_overdue(datetime(2026, 3, 3, 0, 0, tzinfo=LIMA))


def test_the_term_is_that_of_the_level_of_risk_and_unknown_without_one() -> None:
    terms = tuple(
        replace(term(days, Unit.CALENDAR_DAY), applies_when=Is("@level", (level,)))
        for level, days in (("1", 30), ("3", 7))
    )
    one = rule(within=terms)
    severe = replace(facts(), values={**facts().values, "@level": "3"})

    assert isinstance(the_task(facts(), one).due, Unknown)
    assert the_task(severe, one).due_at == datetime(2026, 3, 9, 23, 59, tzinfo=LIMA)


def test_each_measure_has_its_own_task_and_those_of_one_moment_share_one() -> None:
    one = pathway("R", rule(for_each="medida", done_by=("informe",)))
    together = (happened("medida", "2026-03-03", "m1"), happened("medida", "2026-03-03", "m2"))
    later = happened("medida", "2026-03-05", "m3")

    keys = [task.key for task in tasks_of(facts(*together, later), one)]

    assert keys == ["R/1/m1", "R/1/m3"]
    half = facts(*together, later, happened("informe", "2026-03-06", "m1"))
    assert [task.state for task in tasks_of(half, one)] == [TaskState.OPEN, TaskState.OPEN]
    both = facts(*half.occurrences, happened("informe", "2026-03-07", "m2"))
    assert [task.state for task in tasks_of(both, one)] == [TaskState.DONE, TaskState.OPEN]


def test_a_measure_that_is_no_longer_in_force_asks_for_nothing_more() -> None:
    one = pathway("R", rule(for_each="medida", done_by=("informe",), stopped_by=("fin",)))
    two = (happened("medida", "2026-03-03", "m1"), happened("medida", "2026-03-03", "m2"))

    (half,) = tasks_of(facts(*two, happened("fin", "2026-04-01", "m1")), one)
    (elsewhere,) = tasks_of(facts(*two, happened("fin", "2026-04-01")), one)
    ends = (happened("fin", "2026-04-01", "m1"), happened("fin", "2026-05-01", "m2"))
    (over,) = tasks_of(facts(*two, *ends), one)

    assert (half.key, half.state, half.starts) == ("R/1/m1", TaskState.OPEN, (two[1],))
    assert (elsewhere.state, elsewhere.starts) == (TaskState.OPEN, two)
    assert (over.key, over.state) == ("R/1/m1", TaskState.NOT_NEEDED)


def test_a_doubtful_date_never_closes_two_duties() -> None:
    one = pathway("R", rule(for_each="incumplimiento", done_by=("aviso",)))
    breaches = (
        happened("incumplimiento", "2026-03-03 10:00", "i1"),
        happened("incumplimiento", "2026-03-03 20:00", "i2"),
    )

    for told in (happened("aviso", "2026-03-03"), happened("aviso")):
        states = [task.state for task in tasks_of(facts(*breaches, told), one)]
        assert states == [TaskState.DONE, TaskState.OPEN]
    before = facts(*breaches, happened("aviso", "2026-03-02 10:00"))
    assert {task.state for task in tasks_of(before, one)} == {TaskState.OPEN}


PERIODIC = DeadlineRule(
    "P", "every six months", "pnp", Clock.THIRD_PARTY, 6, Unit.MONTH, "medida", SOURCE,
    repeats=True, satisfied_by="informe",
)  # fmt: skip


def test_a_series_counts_from_its_start_and_goes_on_after_each_report() -> None:
    one = rule(deadlines=("P",), for_each="medida", repeats=Repeat.FROM_START, done_by=("informe",))
    rules = {"P": (PERIODIC,)}
    start = happened("medida", "2026-01-05", "m1")

    first = the_task(facts(start), one, rules=rules)
    second = the_task(facts(start, happened("informe", "2026-07-20")), one, rules=rules)

    assert (first.key, first.repetition) == ("R/1/m1/1", 1)
    assert (second.key, second.repetition) == ("R/1/m1/2", 2)
    assert isinstance(second.due, Due)
    assert second.due.at.date() == date(2027, 1, 5)  # not six months after the late report
    by_hand = {first.key: datetime(2026, 7, 6, 10, 0, tzinfo=LIMA)}
    assert the_task(facts(start), one, rules=rules, settled=by_hand).repetition == 2


def test_a_follow_up_counts_from_the_last_one() -> None:
    one = rule(within=(term(7, Unit.CALENDAR_DAY),), repeats=Repeat.FROM_LAST)

    first = the_task(facts(), one)
    second = the_task(facts(happened("hecho", "2026-03-05")), one)
    undated = the_task(facts(happened("hecho")), one)
    by_hand = the_task(facts(), one, settled={"R/1/1": datetime(2026, 3, 4, 9, tzinfo=LIMA)})

    assert (first.key, first.due_at and first.due_at.date()) == ("R/1/1", date(2026, 3, 9))
    assert (second.key, second.due_at and second.due_at.date()) == ("R/1/2", date(2026, 3, 12))
    assert isinstance(undated.due, Unknown)
    assert by_hand.due_at is not None
    assert by_hand.due_at.date() == date(2026, 3, 11)


def test_a_task_that_is_off_by_default_waits_to_be_switched_on() -> None:
    off = pathway("R", rule(on_by_default=False))

    assert tasks_of(facts(), off) == ()
    assert len(tasks_of(facts(), off, switched_on=["R/1"])) == 1


# What people decide.


def decided(task: Task, state: TaskState | None, now: datetime = NOW, **more: object) -> Task:
    decision = TaskDecision(task.key, state, **more)  # type: ignore[arg-type]
    (result,) = apply([task], [decision], now)
    return result


def test_a_decision_never_moves_a_term() -> None:
    task = the_task(facts(), rule(within=(term(24),)))

    for state in (None, *TaskState):
        changed = decided(task, state, role="social", until=date(2026, 9, 1), reason="viaje")
        assert (changed.due, changed.due_at) == (task.due, task.due_at)
        assert changed.role == "social"


def test_a_postponed_task_comes_back_on_its_day_or_when_its_time_runs_out() -> None:
    free = the_task(facts(), rule())
    bound = the_task(facts(), rule(within=(term(24),)))
    later = datetime(2026, 3, 5, 8, 0, tzinfo=LIMA)
    until = date(2026, 3, 5)

    assert decided(free, TaskState.POSTPONED, NOW, until=until).state is TaskState.POSTPONED
    assert decided(free, TaskState.POSTPONED, later, until=until).state is TaskState.OPEN
    ran_out = datetime(2026, 3, 3, 10, 0, tzinfo=LIMA)
    assert decided(bound, TaskState.POSTPONED, ran_out, until=until).state is TaskState.OPEN


def test_what_a_fact_has_done_is_not_held_back_by_an_earlier_decision() -> None:
    done = the_task(facts(happened("hecho")), rule())

    for state in (TaskState.POSTPONED, TaskState.NO_PROFESSIONAL):
        changed = decided(done, state, until=date(2026, 9, 1), reason="viaje")
        assert changed.state is TaskState.DONE
    assert decided(done, TaskState.OPEN, reason="no fue así").state is TaskState.OPEN


def test_no_professional_leaves_the_task_to_be_seen_and_to_run_out() -> None:
    task = the_task(facts(), rule(within=(term(24),)))

    changed = decided(task, TaskState.NO_PROFESSIONAL, reason="no hay legal este mes")

    assert not changed.is_settled
    assert changed.is_overdue(datetime(2026, 3, 4, tzinfo=LIMA))


def test_of_two_decisions_the_later_one_counts_and_one_about_nothing_does_no_harm() -> None:
    task = the_task(facts(), rule())
    first = TaskDecision(task.key, TaskState.DONE, at=NOW)
    second = TaskDecision(task.key, TaskState.OPEN, reason="se repite")
    stray = TaskDecision("gone/1", TaskState.DONE, at=NOW)

    (result,) = apply([task], [first, stray, second], NOW)

    assert result.state is TaskState.OPEN
    assert settled([first, stray, second]) == {"gone/1": NOW}


@pytest.mark.parametrize(
    ("state", "changes", "missing"),
    [
        (TaskState.POSTPONED, {"reason": "viaje"}, "task_needs_day"),
        (TaskState.POSTPONED, {"until": date(2026, 9, 1)}, "task_needs_reason"),
        (TaskState.NO_PROFESSIONAL, {"reason": "  "}, "task_needs_reason"),
        (TaskState.NOT_NEEDED, {}, "task_needs_reason"),
        (TaskState.OPEN, {}, "task_needs_reason"),
        (TaskState.DONE, {}, None),
        (None, {"role": "social"}, None),
    ],
)
def test_a_decision_says_what_it_still_needs(
    state: TaskState | None, changes: dict[str, object], missing: str | None
) -> None:
    assert fault(TaskDecision("R/1", state, **changes)) == missing  # type: ignore[arg-type]


MOMENTS = st.one_of(
    st.none(),
    st.builds(
        Moment,
        st.dates(date(2026, 1, 1), date(2027, 12, 31)),
        st.one_of(st.none(), st.times().map(lambda at: at.replace(second=0, microsecond=0))),
    ),
)


@given(
    starts=st.lists(MOMENTS, max_size=4),
    ends=st.lists(MOMENTS, max_size=4),
    repeats=st.sampled_from([Repeat.NEVER, Repeat.FROM_START]),
)
def test_more_closing_facts_never_open_more_tasks(
    starts: list[Moment | None], ends: list[Moment | None], repeats: Repeat
) -> None:
    one = pathway(
        "R", rule(deadlines=("P",), for_each="medida", repeats=repeats, done_by=("informe",))
    )
    began = [Occurrence("medida", at, f"m{n}") for n, at in enumerate(starts)]
    closed = [Occurrence("informe", at, f"x{n}") for n, at in enumerate(ends)]

    before: dict[str, int] = {}
    for count in range(len(closed) + 1):
        tasks = tasks_of(facts(*began, *closed[:count]), one, rules={"P": (PERIODIC,)})
        now = {task.key.removesuffix(f"/{task.repetition}"): task for task in tasks}
        assert len(tasks) == len(now) == len({task.key for task in tasks})
        progress = {
            key: task.repetition + (task.state is TaskState.DONE) for key, task in now.items()
        }
        assert all(progress.get(key, 0) >= seen for key, seen in before.items())
        before = progress
