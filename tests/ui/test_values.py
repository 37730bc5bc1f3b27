"""Between what people type and what the domain holds."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.form import FieldType
from tests.support.laptops import definitions
from ui.forms.values import read_value, shown_text

TODAY = date(2026, 11, 26)
FORM = definitions().form("ficha")
FIELDS = {one.type: one for one in FORM.fields()}
DATE, TIME, NUMBER, TEXT = (
    FIELDS[kind] for kind in (FieldType.DATE, FieldType.TIME, FieldType.NUMBER, FieldType.TEXT)
)


@pytest.mark.parametrize(
    ("typed", "held"),
    [
        ("23/11/2026", "2026-11-23"),
        ("3-1-2026", "2026-01-03"),
        ("03.01.26", "2026-01-03"),
        ("14/03/92", "1992-03-14"),
        ("05/04/26", "2026-04-05"),
        ("05/04/27", "1927-04-05"),
        ("5/4/28", "1928-04-05"),
        ("5/4/2028", "2028-04-05"),
        ("14031992", "1992-03-14"),
        ("31/02/2026", "31/02/2026"),
        ("ayer", "ayer"),
        ("  ", None),
    ],
)
def test_a_date_is_read_as_people_write_it(typed, held):
    assert read_value(DATE, typed, TODAY) == held


@pytest.mark.parametrize(
    ("typed", "held"),
    [("10/01/27", "2027-01-10"), ("10/01/46", "2046-01-10"), ("10/01/47", "1947-01-10")],
)
def test_a_year_of_two_digits_lies_ahead_where_a_date_may(typed, held):
    assert read_value(dataclasses.replace(DATE, is_past=False), typed, TODAY) == held


@pytest.mark.parametrize(
    ("today", "held"),
    [
        (date(1970, 1, 1), "2026-04-05"),
        (date(2026, 1, 1), "2026-04-05"),
        (date(2125, 12, 31), "2026-04-05"),
        (date(2126, 1, 1), "2126-04-05"),
    ],
)
def test_what_two_digits_of_a_year_mean_follows_the_year_and_no_clock_of_the_last_century(
    today, held
):
    assert read_value(DATE, "05/04/26", today) == held


@pytest.mark.parametrize(
    ("typed", "held"), [("9:30", "09:30"), ("09.30", "09:30"), ("25:00", "25:00"), ("", None)]
)
def test_a_time_is_read_as_people_write_it(typed, held):
    assert read_value(TIME, typed, TODAY) == held


@pytest.mark.parametrize(("typed", "held"), [("34", 34), (" 034 ", 34), ("treinta", "treinta")])
def test_a_number_that_cannot_be_read_stays_as_it_was_typed(typed, held):
    assert read_value(NUMBER, typed, TODAY) == held


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)))
def test_every_date_comes_back(day):
    assert read_value(DATE, shown_text(DATE, day.isoformat()), TODAY) == day.isoformat()


@given(st.text(max_size=80), st.sampled_from([DATE, TIME, NUMBER, TEXT]))
def test_no_typed_text_is_lost_on_the_way(typed, definition):
    value = read_value(definition, typed, TODAY)
    if typed.strip():
        assert value is not None
        assert read_value(definition, shown_text(definition, value), TODAY) == value
    else:
        assert value is None
