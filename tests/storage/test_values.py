"""Stored values come back as they were, and damage is an error, never another value."""

from __future__ import annotations

import contextlib

from hypothesis import given
from hypothesis import strategies as st

from app.domain.value import Absent, Value
from db.values import decode_value, encode_value

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(list(Absent)),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5)).map(tuple),
)


@given(values)
def test_a_value_comes_back_with_its_type(value: Value) -> None:
    decoded = decode_value(encode_value(value))
    assert decoded == value
    assert type(decoded) is type(value)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_value_in_its_one_form_or_refused(content: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert encode_value(decode_value(content)) == content


@given(values, st.data())
def test_a_cut_or_lengthened_value_is_refused(value: Value, data: st.DataObject) -> None:
    content = encode_value(value)
    cut = content[: data.draw(st.integers(0, len(content) - 1))]
    for damaged in (cut, content + b"x"):
        with contextlib.suppress(ValueError):
            assert encode_value(decode_value(damaged)) == damaged
            assert decode_value(damaged) != value
