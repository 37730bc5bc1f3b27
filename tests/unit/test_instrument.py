"""The FVR of couple violence gives the totals and levels of its worked cases, and hides nothing."""

from __future__ import annotations

import pytest

from app.domain.instrument import Instrument, score
from app.domain.value import Absent, Value
from tests.support.laptops import definitions

LEFT_HIM = "lo_dejo"

# Worked cases: the numbers answered with what scores, the total, the level.
CASES: list[tuple[tuple[int, ...], int, str]] = [
    ((), 0, "leve"),
    ((2, 10, 11), 7, "leve"),
    ((2, 6), 8, "moderado"),
    ((2, 5, 6, 8), 13, "moderado"),
    ((2, 5, 6, 7), 14, "severo"),
    ((2, 3, 5, 6, 8), 17, "severo"),
    ((2, 3, 5, 6, 7), 18, "severo_extremo"),
    (tuple(range(1, 20)), 37, "severo_extremo"),
]


def couple() -> Instrument:
    return definitions().instruments["FVR-PAREJA"]


def scoring(*numbers: int) -> dict[str, Value]:
    """Return the answers that score, by the field of their question."""
    wanted = {str(one) for one in numbers}
    return {one.field: one.scoring[0] for one in couple().questions() if one.number in wanted}


def not_scoring(but: tuple[int, ...] = ()) -> dict[str, Value]:
    """Return an answer that gives nothing to every question but some."""
    kept = {str(one) for one in but}
    return {
        one.field: next(
            code for code in one.answers if code not in (*one.scoring, "no_vivieron_juntos")
        )
        for one in couple().questions()
        if one.number not in kept
    }


@pytest.mark.parametrize(("numbers", "total", "level"), CASES)
def test_the_worked_cases_give_their_total_and_level(
    numbers: tuple[int, ...], total: int, level: str
) -> None:
    found = score(couple(), scoring(*numbers))

    assert (found.points, found.level) == (total, level)
    assert [int(one.number) for one in found.reasons] == list(numbers)


@pytest.mark.parametrize(("numbers", "total", "level"), CASES)
def test_with_every_other_question_denied_the_result_is_final(
    numbers: tuple[int, ...], total: int, level: str
) -> None:
    found = score(couple(), not_scoring() | scoring(*numbers))

    assert (found.points, found.highest, found.level) == (total, total, level)
    assert found.is_complete
    assert not found.may_reach_another_level


def test_it_has_nineteen_questions_and_thirty_seven_points() -> None:
    questions = list(couple().questions())

    assert [one.number for one in questions] == [str(one) for one in range(1, 20)]
    assert sum(one.points for one in questions) == couple().maximum == 37
    assert {one.number: one.points for one in questions if one.points > 1} == {
        "2": 5, "3": 4, "4": 4, "5": 3, "6": 3, "7": 3, "8": 2, "9": 2,
    }  # fmt: skip


def test_an_empty_sheet_is_not_a_mild_result() -> None:
    found = score(couple(), {})

    assert (found.points, found.highest) == (0, 37)
    assert len(found.unanswered) == 19
    assert not found.is_complete
    assert found.highest_level == "severo_extremo"


def test_a_job_that_nobody_knows_of_is_no_answer_but_no_job_scores() -> None:
    denied = not_scoring(but=(4,))

    assert score(couple(), denied | {"pareja_4": "1"}).points == 0
    assert score(couple(), denied | {"pareja_4": "0"}).points == 4
    unknown = score(couple(), denied | {"pareja_4": Absent.UNKNOWN})
    assert (unknown.points, unknown.highest, unknown.not_known) == (0, 4, ("4",))


def test_not_knowing_and_not_wanting_to_say_are_open_and_never_no() -> None:
    for reason in (Absent.UNKNOWN, Absent.DECLINED):
        found = score(couple(), not_scoring(but=(2,)) | {"pareja_2": reason})
        assert found.not_known == ("2",)
        assert (found.points, found.highest) == (0, 5)
        assert not found.is_complete
    asked_nobody = score(couple(), {"pareja_2": Absent.NOT_ASKED})
    assert "2" in asked_nobody.unanswered


def test_an_answer_of_a_newer_version_is_open_and_never_no() -> None:
    found = score(couple(), not_scoring(but=(3,)) | {"pareja_3": "se_mudo_lejos"})

    assert found.not_known == ("3",)
    assert (found.points, found.highest) == (0, 4)


def test_who_never_lived_together_is_not_asked_for_his_job() -> None:
    found = score(couple(), not_scoring(but=(3, 4)) | {"pareja_3": "no_vivieron_juntos"})

    assert found.skipped == ("4",)
    assert found.is_complete
    assert found.highest == 0


def test_what_was_answered_though_it_is_skipped_counts_and_is_said() -> None:
    found = score(couple(), {"pareja_3": "no_vivieron_juntos", "pareja_4": "0"})

    assert found.points == 4
    assert found.answered_anyway == ("4",)
    assert found.skipped == ()


def test_a_sub_question_gives_no_points_and_is_never_missing() -> None:
    found = score(couple(), not_scoring(but=(5,)) | {"pareja_5": "1", "pareja_5a": "1"})

    assert found.points == 3
    assert found.is_complete


@pytest.mark.parametrize("code", ["FVR-NNA", "FVR-PAM", "FVR-NINGUNA"])
def test_what_has_no_items_has_no_score(code: str) -> None:
    instrument = definitions().instruments[code]

    assert not instrument.is_scored
    with pytest.raises(ValueError, match="no items"):
        score(instrument, {})


def test_no_instrument_means_undetermined_and_not_mild() -> None:
    instruments = definitions().instruments

    assert instruments["FVR-NINGUNA"].only_level == "no_determinado"
    assert instruments["FVR-NNA"].only_level == ""
    assert definitions().risk.counts_as("no_determinado") == ""
