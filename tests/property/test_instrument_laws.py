"""A score only rises while questions are answered, and never past what was said to be reachable."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.instrument import Instrument, Item, score
from app.domain.value import Absent, Value
from tests.support.laptops import definitions

COUPLE: Instrument = definitions().instruments["FVR-PAREJA"]
ITEMS = list(COUPLE.items())
QUESTIONS = list(COUPLE.questions())
OPEN: tuple[Value, ...] = (None, "", Absent.NOT_ASKED, Absent.UNKNOWN, Absent.DECLINED)


def _answers(one: Item) -> st.SearchStrategy[Value]:
    return st.sampled_from((*one.answers, *OPEN))


SHEETS = st.fixed_dictionaries({one.field: _answers(one) for one in ITEMS})


def _completed(sheet: dict[str, Value], data: st.DataObject) -> dict[str, Value]:
    """Return the sheet with an answer to every question that is open by its own score."""
    found = score(COUPLE, sheet)
    still = {*found.unanswered, *found.not_known}
    return sheet | {
        one.field: data.draw(st.sampled_from(one.answers), label=one.number)
        for one in QUESTIONS
        if one.number in still
    }


@given(sheet=SHEETS, one=st.sampled_from(QUESTIONS))
def test_adding_what_scores_never_lowers(sheet: dict[str, Value], one: Item) -> None:
    before = score(COUPLE, sheet)
    after = score(COUPLE, sheet | {one.field: one.scoring[0]})

    assert after.points >= before.points
    assert COUPLE.levels.index(after.level) >= COUPLE.levels.index(before.level)


@given(sheet=SHEETS, data=st.data())
def test_however_open_questions_are_answered_the_total_stays_within_the_bounds(
    sheet: dict[str, Value], data: st.DataObject
) -> None:
    before = score(COUPLE, sheet)
    after = score(COUPLE, _completed(sheet, data))

    assert before.points <= after.points <= before.highest <= COUPLE.maximum


@given(sheet=SHEETS)
def test_the_upper_bound_can_be_reached(sheet: dict[str, Value]) -> None:
    found = score(COUPLE, sheet)
    still = {*found.unanswered, *found.not_known}
    worst = sheet | {one.field: one.scoring[0] for one in QUESTIONS if one.number in still}

    assert score(COUPLE, worst).points == found.highest
    assert score(COUPLE, worst).level == found.highest_level


@given(sheet=SHEETS, one=st.sampled_from(QUESTIONS), reason=st.sampled_from(OPEN))
def test_what_is_not_known_never_counts_as_no(
    sheet: dict[str, Value], one: Item, reason: Value
) -> None:
    """A question left open is either open in the score or skipped: it is never settled."""
    found = score(COUPLE, sheet | {one.field: reason})

    assert one.number in {*found.unanswered, *found.not_known, *found.skipped}


@given(sheet=SHEETS)
def test_every_question_is_accounted_for_once(sheet: dict[str, Value]) -> None:
    found = score(COUPLE, sheet)
    given_points = [one.number for one in found.reasons]
    listed = [*given_points, *found.unanswered, *found.not_known, *found.skipped]

    assert len(listed) == len(set(listed))
    assert found.points == sum(one.points for one in found.reasons)
    assert found.is_complete == (found.points == found.highest)


@given(sheet=SHEETS, others=SHEETS)
def test_sub_questions_change_nothing(sheet: dict[str, Value], others: dict[str, Value]) -> None:
    subs = {one.field: others[one.field] for one in ITEMS if one.parent}

    assert score(COUPLE, sheet) == score(COUPLE, sheet | subs)
