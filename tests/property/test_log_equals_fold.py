"""The change log in SQL is the fold of the domain: any changes, any order, any repetition."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.change import AuthorId, Change, ChangeId, new_change
from app.domain.merge import EMPTY, FieldState, fold
from app.domain.stamp import Stamp
from app.domain.value import Absent
from app.services.ports import FieldKey
from db.store import Store, memory_store
from tests.support.every import some
from tests.support.storage import REGISTRY, record_id

KEYS = tuple(
    FieldKey(kind, record_id(number), name)
    for number in range(2)
    for kind, name in (
        ("case", "code"),
        ("case", "narrative"),
        ("survivor", "phone"),
        ("case", "#77"),
    )
)

values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(list(Absent)),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.lists(st.sampled_from(["1", "2", "3"]), unique=True, max_size=3).map(
        lambda codes: tuple(sorted(codes))
    ),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Change]:
    """Changes of a few fields; bases name earlier ones (of any field: a faulty peer may) and some
    that never arrive. Clocks mean nothing.
    """
    changes: list[Change] = []
    for number in range(draw(st.integers(1, 14))):
        key = draw(st.sampled_from(KEYS))
        earlier = [one.id for one in changes] + [ChangeId(bytes([250, number]) * 8)]
        bases = draw(st.lists(st.sampled_from(earlier), unique=True, max_size=3))
        changes.append(
            new_change(
                REGISTRY,
                kind=key.kind,
                record_id=key.record_id,
                field=key.field,
                value=draw(values),
                stamp=Stamp(
                    draw(st.integers(0, 4)), draw(st.binary(min_size=8, max_size=8)), number
                ),
                author=AuthorId("a0" * 16),
                bases=tuple(bases),
            )
        )
    return changes


def _folded(changes: Sequence[Change]) -> dict[FieldKey, tuple[Change, ...]]:
    states: defaultdict[FieldKey, FieldState] = defaultdict(lambda: EMPTY)
    for one in changes:
        key = FieldKey(one.kind, one.record_id, one.field)
        states[key] = fold(states[key], one)
    return {key: state.heads for key, state in states.items()}


def _arrive(changes: Sequence[Change], chance: random.Random) -> tuple[Store, list[Change]]:
    """Let the changes arrive in some order, some twice, in batches of some size."""
    store = memory_store(REGISTRY)
    arriving = [*changes, *chance.choices(changes, k=len(changes) // 2)]
    chance.shuffle(arriving)
    known: set[ChangeId] = set()
    at = 0
    while at < len(arriving):
        some = arriving[at : at + chance.randint(1, 6)]
        at += len(some)
        with store.unit() as unit:
            touched = unit.changes.append(some, is_own=chance.random() < 0.5)
            unit.commit()
        new = {one.id: FieldKey(one.kind, one.record_id, one.field) for one in some}
        wanted = dict.fromkeys(key for id_, key in new.items() if id_ not in known)
        assert sorted(map(str, touched)) == sorted(map(str, wanted))
        known |= new.keys()
    return store, arriving


@settings(max_examples=some(50, 150), deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_heads_in_sql_are_the_fold_of_the_domain(
    changes: list[Change], chance: random.Random
) -> None:
    store, arrived = _arrive(changes, chance)
    with store.unit() as unit:
        log = unit.changes
        expected = _folded(arrived)
        assert {key: log.heads(key) for key in log.fields()} == expected
        assert log.count() == len({one.id for one in changes})
        for key in expected:
            of_field = [one for one in changes if (one.kind, one.record_id, one.field) == _key(key)]
            ordered = sorted(of_field, key=lambda one: (one.stamp, one.id))
            assert list(log.history(key)) == ordered
    store.close()


@settings(max_examples=some(25, 60), deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_neither_digest_nor_rebuild(
    changes: list[Change], chance: random.Random
) -> None:
    """(C2)"""
    one, _ = _arrive(changes, chance)
    other, _ = _arrive(changes, chance)
    with one.unit() as here, other.unit() as there:
        digest = here.changes.digest()
        assert digest == there.changes.digest()
        heads = {key: here.changes.heads(key) for key in here.changes.fields()}
        here.changes.rebuild_heads()
        assert {key: here.changes.heads(key) for key in here.changes.fields()} == heads
        assert here.changes.digest() == digest
    one.close()
    other.close()


@settings(max_examples=some(25, 60), deadline=None)
@given(histories(), st.randoms(use_true_random=False))
def test_one_change_missing_gives_another_digest_when_it_is_a_head(
    changes: list[Change], chance: random.Random
) -> None:
    """(control of C2)"""
    heads = {one.id for held in _folded(changes).values() for one in held}
    missing = chance.choice([one for one in changes if one.id in heads])
    whole, _ = _arrive(changes, chance)
    rest = [one for one in changes if one.id != missing.id]
    with whole.unit() as unit:
        digest = unit.changes.digest()
    whole.close()
    if not rest:
        return
    partial, _ = _arrive(rest, chance)
    with partial.unit() as unit:
        assert unit.changes.digest() != digest
    partial.close()


def _key(key: FieldKey) -> tuple[str, str, str]:
    return (key.kind, key.record_id, key.field)


@pytest.mark.parametrize("is_own", [True, False])
def test_ten_thousand_changes_and_twice_the_same_are_one(is_own: bool) -> None:
    store = memory_store(REGISTRY)
    changes = [
        new_change(
            REGISTRY,
            kind="case",
            record_id=record_id(number // 2),
            field=("code", "narrative")[number % 2],
            value=f"valor {number}",
            stamp=Stamp(number, b"session1", number),
            author=AuthorId("a0" * 16),
            bases=(),
        )
        for number in range(10_000)
    ]
    with store.unit() as unit:
        assert len(unit.changes.append(changes, is_own=is_own)) == 10_000
        assert unit.changes.append(list(reversed(changes)), is_own=is_own) == ()
        assert unit.changes.count() == 10_000
        assert sum(1 for _ in unit.changes.fields()) == 10_000
        unit.commit()
    store.close()
