"""What is not known is never taken for a no."""

from __future__ import annotations

import itertools

import pytest

from app.domain.condition import (
    All,
    Answered,
    Any,
    AtLeast,
    Condition,
    Is,
    Not,
    holds,
    tell,
    untold,
)
from app.domain.value import Absent, Value

SEVERE = Is("@fvr_level", ("severo", "severo_extremo"))


@pytest.mark.parametrize("blank", [None, "", (), Absent.NOT_ASKED, Absent.UNKNOWN, Absent.DECLINED])
def test_a_blank_answer_tells_nothing(blank: Value) -> None:
    assert tell(Is("X", ("1",)), {"X": blank}) is None
    assert tell(Not(Is("X", ("1",))), {"X": blank}) is None
    assert tell(AtLeast("X", 18), {"X": blank}) is None


def test_a_field_that_was_never_answered_tells_nothing() -> None:
    assert tell(Is("VIOLACION", (True,)), {}) is None
    assert tell(Is("CHOICES", ("a",)), {}) is None
    assert tell(SEVERE, {}) is None


def test_an_answer_tells_yes_and_no() -> None:
    assert tell(Is("X", ("1", "2")), {"X": "2"}) is True
    assert tell(Is("X", ("1", "2")), {"X": "3"}) is False
    assert tell(Is("X", ("a",)), {"X": ("a", "b")}) is True
    assert tell(Is("X", ("c",)), {"X": ("a", "b")}) is False
    assert tell(Is("X", (True,)), {"X": True}) is True
    assert tell(Is("X", (1,)), {"X": True}) is False  # a tick is no number
    assert tell(AtLeast("X", 18), {"X": 18}) is True
    assert tell(AtLeast("X", 18), {"X": 17}) is False
    assert tell(AtLeast("X", 0), {"X": True}) is None


def test_a_condition_may_ask_for_the_very_reason() -> None:
    asked = Is("X", (Absent.DECLINED,))

    assert tell(asked, {"X": Absent.DECLINED}) is True
    assert tell(asked, {"X": Absent.UNKNOWN}) is None
    assert tell(asked, {"X": "1"}) is False


@pytest.mark.parametrize("name", ["@occurred", "@done", "@referred", "@measures", "@documents"])
def test_a_derived_set_is_complete(name: str) -> None:
    asked = Is(name, ("denuncia_recibida",))

    assert tell(asked, {}) is False
    assert tell(asked, {name: ()}) is False
    assert tell(asked, {name: ("otro",)}) is False
    assert tell(asked, {name: ("denuncia_recibida", "otro")}) is True


@pytest.mark.parametrize("name", ["@level", "@fvr_level"])
def test_a_level_that_nobody_gave_is_not_known(name: str) -> None:
    assert tell(Is(name, ("severo",)), {name: None}) is None


def test_whether_something_was_answered_is_always_told() -> None:
    assert tell(Answered("X"), {}) is False
    assert tell(Answered("X"), {"X": Absent.UNKNOWN}) is True


def test_one_no_settles_all_and_one_yes_settles_any() -> None:
    yes, no, open_ = Is("Y", ("1",)), Is("Y", ("2",)), Is("Z", ("1",))
    values = {"Y": "1"}

    assert tell(All((no, open_)), values) is False
    assert tell(All((yes, open_)), values) is None
    assert tell(Any((yes, open_)), values) is True
    assert tell(Any((no, open_)), values) is None
    assert untold(All((yes, open_)), values) == ("Z",)
    assert untold(All((no, open_)), values) == ()
    assert untold(Not(Any((no, open_, SEVERE, open_))), values) == ("Z", "@fvr_level")


def test_what_is_told_stays_so_whatever_the_missing_answers_turn_out_to_be() -> None:
    fields = ("A", "B", "C")
    atoms = [Is(name, ("1",)) for name in fields]
    trees: list[Condition] = [
        All((atoms[0], Any((atoms[1], Not(atoms[2]))))),
        Any((All((atoms[0], Not(atoms[1]))), atoms[2])),
        Not(All((Any((atoms[0], atoms[1])), atoms[2]))),
    ]
    for tree, known in itertools.product(trees, itertools.product(("1", "0", None), repeat=3)):
        values: dict[str, Value] = dict(zip(fields, known, strict=True))
        outcomes = {
            holds(tree, dict(zip(fields, whole, strict=True)))
            for whole in itertools.product(("1", "0"), repeat=3)
            if all(was in (None, is_) for was, is_ in zip(known, whole, strict=True))
        }
        told = tell(tree, values)
        assert told is None or outcomes == {told}
        assert (untold(tree, values) == ()) is (told is not None)
