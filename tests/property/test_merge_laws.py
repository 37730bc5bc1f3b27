"""The laws of merging: order, repetition and way of arrival do not matter; nothing is lost."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from app.domain.change import AuthorId, Change, ChangeId, RecordId, new_change
from app.domain.merge import EMPTY, MergeRule, fold, fold_all, resolve
from app.domain.registry import FieldRegistry, RegistryEntry
from app.domain.stamp import Stamp
from app.domain.value import Absent, Value

REGISTRY = FieldRegistry.of([RegistryEntry("case", 1, "note", 1)])
RECORD = RecordId("0" * 32)
AUTHORS = (AuthorId("a" * 32), AuthorId("b" * 32))

values = st.one_of(
    st.none(),
    st.text(max_size=8),
    st.integers(-5, 5),
    st.booleans(),
    st.sampled_from(list(Absent)),
    st.lists(st.sampled_from("abc"), unique=True).map(lambda codes: tuple(sorted(codes))),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """A history in which each change replaces any earlier ones, with clocks that mean nothing."""
    changes: list[Change] = []
    for number in range(draw(st.integers(1, 12))):
        bases: tuple[ChangeId, ...] = ()
        if changes:
            picked = draw(st.sets(st.integers(0, len(changes) - 1), max_size=3))
            bases = tuple(changes[index].id for index in picked)
        changes.append(_change(draw(values), draw(st.integers(0, 10**9)), number, bases))
    return changes


def _change(value: Value, wall_ms: int, counter: int, bases: tuple[ChangeId, ...]) -> Change:
    return new_change(
        REGISTRY,
        kind="case",
        record_id=RECORD,
        field="note",
        value=value,
        stamp=Stamp(wall_ms, b"session1", counter),
        author=AUTHORS[counter % 2],
        bases=bases,
    )


@given(histories(), st.randoms())
def test_order_and_repetition_do_not_matter(changes: list[Change], chance: random.Random) -> None:
    shuffled = [*changes, *chance.choices(changes, k=len(changes))]
    chance.shuffle(shuffled)

    assert fold_all(shuffled) == fold_all(changes)


@given(histories())
def test_the_heads_are_exactly_the_changes_that_nothing_replaces(changes: list[Change]) -> None:
    replaced = {base for change in changes for base in change.bases}

    heads = {head.id for head in fold_all(changes).heads}

    assert heads == {change.id for change in changes} - replaced


@given(histories())
def test_a_change_that_arrives_before_the_one_it_replaces_still_replaces_it(
    changes: list[Change],
) -> None:
    state = EMPTY
    for change in reversed(changes):
        state = fold(state, change)

    assert state == fold_all(changes)


@given(histories(), st.sampled_from(list(MergeRule)))
def test_every_head_is_shown_or_kept_beside_it(changes: list[Change], rule: MergeRule) -> None:
    heads = fold_all(changes).heads

    resolved = resolve(heads, rule)

    assert resolved.shown in heads
    if resolved.others:
        assert {resolved.shown.id, *(other.id for other in resolved.others)} == {
            head.id for head in heads
        }
    else:
        assert len({(type(head.value), head.value) for head in heads}) == 1


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_the_more_cautious_value_shows_whatever_the_clocks_say(first: int, second: int) -> None:
    """(F8)"""
    severe = _change("3", first, 1, ())
    mild = _change("1", second, 2, ())

    resolved = resolve([severe, mild], MergeRule.ASK, most_cautious_first=("3", "2", "1"))

    assert resolved.value == "3"
    assert resolved.is_conflict


@given(values, values)
def test_two_values_share_an_id_only_when_they_are_the_same(one: Value, other: Value) -> None:
    same = type(one) is type(other) and one == other

    assert (_change(one, 1, 1, ()).id == _change(other, 1, 1, ()).id) == same


def test_sets_join_and_ask_no_one() -> None:
    one = _change(("a", "b"), 1, 1, ())
    other = _change(("b", "c"), 2, 2, ())

    resolved = resolve([one, other], MergeRule.UNION)

    assert resolved.value == ("a", "b", "c")
    assert not resolved.is_conflict


def test_equal_values_agree() -> None:
    resolved = resolve([_change("x", 1, 1, ()), _change("x", 2, 2, ())], MergeRule.ASK)

    assert resolved.value == "x"
    assert not resolved.is_conflict


def test_yes_is_not_the_number_one() -> None:
    resolved = resolve([_change(True, 1, 1, ()), _change(1, 2, 2, ())], MergeRule.ASK)

    assert resolved.is_conflict
