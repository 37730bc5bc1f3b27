"""When a field shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.condition import All, Answered, Any, AtLeast, Condition, Is, Not, fields_of, holds
from app.domain.value import Absent, Value

VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(),
    st.sampled_from(["0", "1", "2", ""]),
    st.integers(0, 3),
    st.just(True),
    st.sampled_from(Absent),
    st.lists(st.sampled_from(["0", "1"]), unique=True).map(lambda codes: tuple(sorted(codes))),
)
FIELDS = st.sampled_from(["a", "b", "c"])
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    st.one_of(
        st.builds(Is, FIELDS, st.lists(st.sampled_from(["0", "1"]), max_size=2).map(tuple)),
        st.builds(Answered, FIELDS),
        st.builds(AtLeast, FIELDS, st.integers(0, 3)),
    ),
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(All, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Any, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


@pytest.mark.parametrize(
    ("value", "is_so"),
    [("1", True), ("0", False), (("0", "1"), True), (("0",), False), (None, False), (1, False),
     (True, False), (Absent.UNKNOWN, False)],
)  # fmt: skip
def test_is_compares_codes_and_looks_into_sets(value: Value, is_so: bool) -> None:
    assert holds(Is("a", ("1",)), {"a": value}) is is_so


def test_a_tick_is_not_the_number_one() -> None:
    assert holds(Is("a", (True,)), {"a": True})
    assert not holds(Is("a", (True,)), {"a": 1})


@pytest.mark.parametrize(
    ("value", "is_so"),
    [("x", True), (Absent.UNKNOWN, True), (Absent.DECLINED, True), (Absent.NOT_ASKED, False),
     ("", False), ((), False), (None, False), (0, True)],
)  # fmt: skip
def test_declined_is_an_answer_and_not_asked_is_none(value: Value, is_so: bool) -> None:
    assert holds(Answered("a"), {"a": value}) is is_so


@pytest.mark.parametrize(
    ("value", "is_so"), [(18, True), (17, False), (True, False), ("18", False), (None, False)]
)
def test_at_least_counts_numbers_only(value: Value, is_so: bool) -> None:
    assert holds(AtLeast("a", 18), {"a": value}) is is_so


@given(CONDITIONS, st.dictionaries(FIELDS, VALUES))
def test_not_turns_any_condition_round(condition: Condition, values: dict[str, Value]) -> None:
    assert holds(Not(condition), values) is not holds(condition, values)


@given(CONDITIONS, st.dictionaries(FIELDS, VALUES), VALUES)
def test_a_field_that_a_condition_does_not_name_cannot_change_it(
    condition: Condition, values: dict[str, Value], other: Value
) -> None:
    for name in {"a", "b", "c"} - set(fields_of(condition)):
        assert holds(condition, {**values, name: other}) is holds(condition, values)
