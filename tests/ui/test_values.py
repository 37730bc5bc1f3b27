"""Between what people type and what the domain holds."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.form import FieldType
from tests.support.laptops import definitions
from ui.forms.values import read_value, shown_text

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
        ("14031992", "1992-03-14"),
        ("31/02/2026", "31/02/2026"),
        ("ayer", "ayer"),
        ("  ", None),
    ],
)
def test_a_date_is_read_as_people_write_it(typed, held):
    assert read_value(DATE, typed) == held


@pytest.mark.parametrize(
    ("typed", "held"), [("9:30", "09:30"), ("09.30", "09:30"), ("25:00", "25:00"), ("", None)]
)
def test_a_time_is_read_as_people_write_it(typed, held):
    assert read_value(TIME, typed) == held


@pytest.mark.parametrize(("typed", "held"), [("34", 34), (" 034 ", 34), ("treinta", "treinta")])
def test_a_number_that_cannot_be_read_stays_as_it_was_typed(typed, held):
    assert read_value(NUMBER, typed) == held


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2100, 1, 1)))
def test_every_date_comes_back(day):
    assert read_value(DATE, shown_text(DATE, day.isoformat())) == day.isoformat()


@given(st.text(max_size=80), st.sampled_from([DATE, TIME, NUMBER, TEXT]))
def test_no_typed_text_is_lost_on_the_way(typed, definition):
    value = read_value(definition, typed)
    if typed.strip():
        assert value is not None
        assert read_value(definition, shown_text(definition, value)) == value
    else:
        assert value is None
