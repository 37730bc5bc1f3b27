"""What must not wait is chosen by what a field is, and goes in front without losing its order."""

from __future__ import annotations

import pytest

from app.domain.change import AuthorId, Change, RecordId, new_change
from app.domain.stamp import Stamp
from app.domain.value import Value
from app.services.urgent import is_urgent, urgent_first, urgent_marks
from tests.support.laptops import definitions

AUTHOR = AuthorId("a" * 32)


def change(kind: str, field: str, value: Value, record: int = 1, at: int = 1) -> Change:
    return new_change(
        definitions().registry,
        kind=kind,
        record_id=RecordId(f"{record:032x}"),
        field=field,
        value=value,
        stamp=Stamp(at, b"session1", at),
        author=AUTHOR,
        bases=(),
    )


@pytest.mark.parametrize(
    ("kind", "field", "value", "expected"),
    [
        ("case", "NIVEL_DE_RIESGO_VICTIMA", "3", True),
        ("case", "NIVEL_DE_RIESGO_VICTIMA", "1", False),
        ("survivor", "never_call", True, True),
        ("survivor", "never_call", False, False),
        ("case", "relato", "3", False),
        ("risk_valuation", "valued_on", "2026-11-25", True),
        ("referral", "urgency", "programada", True),
        ("task", "state", "abierta", False),
        ("case", "#900", "1", False),
    ],
)
def test_a_severe_risk_or_a_silent_telephone_is_urgent_and_a_text_is_not(
    kind: str, field: str, value: Value, expected: bool
) -> None:
    assert is_urgent(definitions(), change(kind, field, value)) is expected


def test_the_cautious_value_is_told_from_one_that_only_equals_it() -> None:
    assert not is_urgent(definitions(), change("case", "NIVEL_DE_RIESGO_VICTIMA", 3))
    assert not is_urgent(definitions(), change("survivor", "never_call", 1))


def test_urgent_records_go_first_as_wholes_and_all_keep_their_order() -> None:
    said = [
        change("case", "relato", "uno", record=1, at=1),
        change("survivor", "address", "dos", record=2, at=2),
        change("case", "relato", "tres", record=3, at=3),
        change("survivor", "never_call", True, record=2, at=4),
        change("case", "relato", "cinco", record=1, at=5),
    ]
    ordered, urgent = urgent_first(definitions(), said)
    assert urgent == 2
    assert [one.value for one in ordered] == ["dos", True, "uno", "tres", "cinco"]


def test_without_anything_urgent_nothing_moves() -> None:
    said = [change("case", "relato", str(number), at=number) for number in range(1, 9)]
    assert urgent_first(definitions(), said) == (tuple(said), 0)
    assert urgent_first(definitions(), []) == ((), 0)


def test_a_store_finds_by_the_marks_exactly_what_the_rule_calls_urgent() -> None:
    marks = urgent_marks(definitions())
    assert marks.values
    for kind, field, value in marks.values:
        assert is_urgent(definitions(), change(kind, field, value))
    marked = {(kind, field) for kind, field, _ in marks.values}
    for form in definitions().forms.values():
        for one in form.fields():
            for value in one.most_cautious_first[:1]:
                expected = one.kind in marks.kinds or (one.kind, one.field) in marked
                assert is_urgent(definitions(), change(one.kind, one.field, value)) is expected
