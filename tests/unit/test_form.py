"""A form as data: what shows, what is missing, what does not fit. A draft always saves."""

from __future__ import annotations

from datetime import date

import pytest

from app.definitions import load
from app.domain.catalogue import Catalogue, Source, Term
from app.domain.condition import Is
from app.domain.errors import DomainError
from app.domain.form import (
    TEXT_LENGTH_MAX,
    Field,
    FieldType,
    Form,
    Section,
    check_digits,
    check_past,
    check_value,
)
from app.domain.merge import MergeRule
from app.domain.value import Absent, Value


def _field(name: str, type: FieldType, **more: object) -> Field:
    return Field(name, "case", name, type, name, MergeRule.LATEST, **more)  # type: ignore[arg-type]


STUDIES = _field("studies", FieldType.YES_NO, needed_to_validate=True)
WHERE = _field("where", FieldType.CHOICE, needed_to_validate=True, shown_when=Is("studies", ("1",)))
MARKS = _field("marks", FieldType.NARRATIVE)
FORM = Form(
    "f",
    "case",
    "1",
    "F",
    Source("r", "design"),
    None,
    None,
    (
        Section("one", "A", "One", (STUDIES, WHERE)),
        Section("two", "B", "Two", (MARKS,), shown_when=Is("studies", ("1",))),
    ),
)


def test_a_hidden_field_is_not_missing() -> None:
    assert FORM.missing_to_validate({}) == (STUDIES,)
    assert FORM.missing_to_validate({"studies": "0"}) == ()
    assert FORM.missing_to_validate({"studies": "1"}) == (WHERE,)


def test_a_declined_answer_is_no_gap_and_not_asked_is_one() -> None:
    assert FORM.missing_to_validate({"studies": Absent.DECLINED}) == ()
    assert FORM.missing_to_validate({"studies": Absent.NOT_ASKED}) == (STUDIES,)


def test_a_hidden_section_hides_its_fields() -> None:
    assert [field.id for _, field in FORM.shown({"studies": "0"})] == ["studies"]
    assert [field.id for _, field in FORM.shown({"studies": "1"})] == ["studies", "where", "marks"]


def test_a_field_is_found_with_its_section() -> None:
    section = FORM.section_of("marks")

    assert FORM.get("marks") is MARKS
    assert section is not None
    assert section.id == "two"
    assert FORM.get("nothing") is None
    assert FORM.section_of("nothing") is None


@pytest.mark.parametrize(
    ("definition", "value", "remark"),
    [
        (_field("n", FieldType.NUMBER, minimum=1, maximum=42), 0, "number_too_small"),
        (_field("n", FieldType.NUMBER, minimum=1, maximum=42), 43, "number_too_large"),
        (_field("n", FieldType.NUMBER), True, "not_a_number"),
        (_field("n", FieldType.NUMBER), "7", "not_a_number"),
        (_field("n", FieldType.NUMBER), 7, None),
        (_field("d", FieldType.DATE), "2026-02-29", "not_a_date"),
        (_field("d", FieldType.DATE), "2028-02-29", None),
        (_field("d", FieldType.DATE), "", None),
        (_field("h", FieldType.TIME), "23:59", None),
        (_field("h", FieldType.TIME), "24:00", "not_a_time"),
        (_field("h", FieldType.TIME), "9:30", "not_a_time"),
        (_field("t", FieldType.TEXT, length_max=4), "12345", "text_too_long"),
        (_field("t", FieldType.TEXT), 5, "not_a_text"),
        (MARKS, "x" * TEXT_LENGTH_MAX, None),
        (MARKS, "x" * (TEXT_LENGTH_MAX + 1), "text_too_long"),
        (_field("f", FieldType.FLAG), True, None),
        (_field("f", FieldType.FLAG), False, "flag_is_true_or_blank"),
        (_field("s", FieldType.CHOICES), ("1",), None),
        (_field("s", FieldType.CHOICES), "1", "not_a_set"),
        (_field("a", FieldType.TEXT), Absent.UNKNOWN, "absent_not_allowed"),
        (_field("a", FieldType.TEXT, absent=(Absent.UNKNOWN,)), Absent.UNKNOWN, None),
        (_field("b", FieldType.NUMBER), None, None),
    ],
)
def test_a_remark_says_what_does_not_fit(
    definition: Field, value: Value, remark: str | None
) -> None:
    problem = check_value(definition, value)

    assert (problem.message_id if problem else None) == remark


DOCUMENT = _field("number", FieldType.TEXT, digits=8, digits_when=Is("type", ("dni",)))


@pytest.mark.parametrize(
    ("value", "kind", "found"),
    [
        ("99999001", "dni", None),
        ("9999 9001", "dni", None),
        ("99999001-G", "dni", None),
        ("9999900", "dni", 7),
        ("999990012", "dni", 9),
        ("9999900", "ce", None),
        ("", "dni", None),
        (Absent.UNKNOWN, "dni", None),
    ],
)
def test_a_dni_of_seven_digits_is_remarked(value: Value, kind: str, found: int | None) -> None:
    problem = check_digits(DOCUMENT, value, {"type": kind})

    assert (problem.parameters["found"] if problem else None) == found


TODAY = date(2026, 11, 26)
HAPPENED = _field("happened", FieldType.DATE, is_past=True, absent=(Absent.UNKNOWN,))


@pytest.mark.parametrize(
    ("value", "remark"),
    [
        ("2026-11-26", None),
        ("2026-11-27", "date_in_future"),
        ("2028-04-05", "date_in_future"),
        ("1928-04-05", None),
        ("mañana", None),  # no date: that remark is another's
        ("5/4/2028", None),
        (Absent.UNKNOWN, None),
        (None, None),
    ],
)
def test_a_date_of_what_has_happened_that_has_not_come_is_remarked(
    value: Value, remark: str | None
) -> None:
    problem = check_past(HAPPENED, value, TODAY)

    assert (problem.message_id if problem else None) == remark


def test_a_date_that_may_lie_ahead_is_not_remarked() -> None:
    assert check_past(_field("hearing", FieldType.DATE), "2027-01-10", TODAY) is None


def test_every_date_of_the_ficha_and_of_the_consent_is_of_what_has_happened() -> None:
    definitions = load()
    dates = {
        one.id: one.is_past
        for name in ("ficha", "derivacion")
        for one in definitions.form(name).fields()
        if one.type is FieldType.DATE
    }

    assert {"birth_date", "last_event_on", "FECHA_INGRESO", "consent_given_on"} <= dates.keys()
    assert [name for name, is_past in dates.items() if not is_past] == ["appointment_on"]


def test_a_term_holds_on_both_its_ends_and_keeps_its_label_for_ever() -> None:
    old = Term("1", "Uno", valid_from=date(2020, 1, 1), valid_to=date(2020, 12, 31))
    new = Term("2", "Dos", parent="1")
    catalogue = Catalogue("c", "1", Source("r", "high"), (old, new))

    assert catalogue.choices(date(2020, 12, 31)) == (old, new)
    assert catalogue.choices(date(2021, 1, 1)) == (new,)
    assert catalogue.choices(date(2020, 1, 1), parent="1") == (new,)
    assert catalogue.label("1") == "Uno"
    assert catalogue.label("99") == "99"
    assert catalogue.get("99") is None


def test_an_unknown_form_is_a_refusal_and_an_unknown_field_is_not() -> None:
    definitions = load()

    with pytest.raises(DomainError, match="form_unknown"):
        definitions.form("nothing")
    assert definitions.field_of("case", "nothing") is None
