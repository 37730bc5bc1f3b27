"""The program warns of what does not fit together; it never sets, raises or lowers a level."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.domain.risk import (
    Evolution,
    RiskContext,
    Valued,
    evolution,
    in_order,
    latest,
    warnings,
)
from tests.support.laptops import definitions

RULES = definitions().risk
QUIET = RiskContext(level="1", has_reason=True, answers={})
HIGH = {"risk_probability": "alta", "risk_impact": "alto", "risk_time": "corto_plazo"}


def codes(context: RiskContext) -> list[str]:
    return [one.code for one in warnings(RULES, context)]


def test_nothing_known_nothing_said() -> None:
    assert codes(QUIET) == []


@pytest.mark.parametrize("field", ["perpetrator_factors", "survivor_factors", "vulnerabilities"])
def test_a_red_factor_below_severe_warns_and_names_it(field: str) -> None:
    context = replace(QUIET, red_flags={field: ("Amenazas de muerte",)})

    for level in ("1", "2", ""):
        (found,) = warnings(RULES, replace(context, level=level))
        assert (found.code, found.because) == ("red_factor", ("Amenazas de muerte",))
    assert codes(replace(context, level="3")) == []


def test_a_red_act_of_the_ficha_warns() -> None:
    context = replace(QUIET, red_flags={"physical_acts": ("Ahorcamiento",)})

    assert codes(context) == ["red_act"]
    assert codes(replace(context, level="3")) == []


def test_an_attempted_femicide_below_severe_warns() -> None:
    assert codes(replace(QUIET, answers={"CASO_TENTATIVA_DE_FEMINICIDIO": "1"})) == [
        "attempted_femicide"
    ]
    assert codes(replace(QUIET, answers={"CASO_TENTATIVA_DE_FEMINICIDIO": "0"})) == []


@pytest.mark.parametrize(("level", "warns"), [("1", True), ("", True), ("2", False), ("3", False)])
def test_high_high_and_short_with_a_mild_level_warns(level: str, *, warns: bool) -> None:
    assert (codes(replace(QUIET, level=level, answers=HIGH)) == ["high_high_short"]) is warns


@pytest.mark.parametrize("left_out", list(HIGH))
def test_two_of_three_are_not_all_three(left_out: str) -> None:
    answers = {name: value for name, value in HIGH.items() if name != left_out}

    assert codes(replace(QUIET, answers=answers)) == []


@pytest.mark.parametrize(
    ("own", "instrument", "warns"),
    [
        ("1", "2", True),
        ("2", "3", True),
        ("2", "2", False),
        ("3", "2", False),
        ("1", "", False),
        ("", "3", False),
    ],
)
def test_an_instrument_above_the_centre_warns(own: str, instrument: str, *, warns: bool) -> None:
    context = replace(QUIET, level=own, instrument_level=instrument)

    assert (codes(context) == ["instrument_above"]) is warns


def test_a_lower_level_needs_a_reason() -> None:
    lower = replace(QUIET, level="1", previous_level="3", has_reason=False)

    assert codes(lower) == ["lower_without_reason"]
    assert codes(replace(lower, has_reason=True)) == []
    assert codes(replace(lower, level="3")) == []
    assert codes(replace(lower, previous_level="")) == []


def test_both_severe_results_of_the_instrument_count_as_severe() -> None:
    counted = {one: RULES.counts_as(one) for one in RULES.instrument_levels}

    assert counted == {"leve": "1", "moderado": "2", "severo": "3", "severo_extremo": "3"}


def test_evolution_needs_both_levels() -> None:
    assert evolution(RULES, "1", "3") is Evolution.UP
    assert evolution(RULES, "3", "2") is Evolution.DOWN
    assert evolution(RULES, "2", "2") is Evolution.SAME
    assert evolution(RULES, "", "2") is None
    assert evolution(RULES, "2", "") is None


def test_the_latest_by_its_day_holds_and_of_one_day_the_graver() -> None:
    first = Valued("3", date(2026, 11, 1), "a")
    mild = Valued("1", date(2026, 11, 20), "b")
    grave = Valued("2", date(2026, 11, 20), "c")

    assert latest(RULES, [mild, first]) == mild
    assert latest(RULES, [grave, mild, first]) == grave
    assert latest(RULES, [mild, grave, first]) == grave
    assert in_order(RULES, [grave, first, mild]) == (first, mild, grave)


def test_a_valuation_without_a_level_hides_none() -> None:
    first = Valued("3", date(2026, 11, 1), "a")

    assert latest(RULES, [first, Valued("", date(2026, 11, 20), "b")]) == first
    assert latest(RULES, [Valued("", date(2026, 11, 20), "b")]) is None
    assert latest(RULES, []) is None
