"""When a field shows and when a rule applies: a small tree of conditions over the values of a case.

A closed set of shapes read from data, not an expression language: nothing is evaluated as code.
:func:`holds` is for a form, where blank is simply not yet answered; :func:`tell` is for rules of
law and protocol, where blank must never be taken for *no*.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, assert_never

from app.domain.facts import DERIVED
from app.domain.value import Absent, Value, is_answered

__all__ = [
    "All",
    "Answered",
    "Any",
    "AtLeast",
    "Condition",
    "Is",
    "Not",
    "fields_of",
    "holds",
    "tell",
    "untold",
]

_COMPLETE: Final = DERIVED - {"@level", "@fvr_level"}
"""The derived sets: what is not in them did not happen, as far as the records of the case say."""


@dataclass(frozen=True, slots=True)
class Is:
    """The field holds one of these values (for a set: at least one of them is in it)."""

    field: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """The field was answered, be it with *does not know* or *declined*."""

    field: str


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The field holds a number that is not below ``minimum``."""

    field: str
    minimum: int


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Every condition holds."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least one condition holds."""

    conditions: tuple[Condition, ...]


Condition = Is | Answered | AtLeast | Not | All | Any


def holds(condition: Condition, values: Mapping[str, Value]) -> bool:
    """Return whether the condition holds for these values; a field not there is blank."""
    match condition:
        case Is(field, wanted):
            value = values.get(field)
            if isinstance(value, tuple):
                return any(code in value for code in wanted)
            return any(value == one and type(value) is type(one) for one in wanted)
        case Answered(field):
            return is_answered(values.get(field))
        case AtLeast(field, minimum):
            value = values.get(field)
            return isinstance(value, int) and not isinstance(value, bool) and value >= minimum
        case Not(inner):
            return not holds(inner, values)
        case All(conditions):
            return all(holds(one, values) for one in conditions)
        case Any(conditions):
            return any(holds(one, values) for one in conditions)
        case _:
            assert_never(condition)


def fields_of(condition: Condition) -> Iterator[str]:
    """Yield every field that the condition reads."""
    match condition:
        case Is(field, _) | Answered(field) | AtLeast(field, _):
            yield field
        case Not(inner):
            yield from fields_of(inner)
        case All(conditions) | Any(conditions):
            for one in conditions:
                yield from fields_of(one)
        case _:
            assert_never(condition)


def tell(condition: Condition, values: Mapping[str, Value]) -> bool | None:
    """Return whether the condition holds, or None when these values cannot tell.

    Blank, *not asked*, *does not know* and *declined* tell nothing, unless the condition asks for
    that very reason; a tick or a set of a form that was never answered tells nothing either. The
    derived sets of :data:`app.domain.facts.DERIVED` are complete: a code that is not in them is a
    *no*. :class:`Answered` asks about the answer itself and is always told.
    """
    match condition:
        case Is(field, wanted):
            return _tell_is(field, wanted, values.get(field))
        case Answered(field):
            return is_answered(values.get(field))
        case AtLeast(field, minimum):
            value = values.get(field)
            is_number = isinstance(value, int) and not isinstance(value, bool)
            return value >= minimum if is_number else None  # type: ignore[operator]
        case Not(inner):
            told = tell(inner, values)
            return None if told is None else not told
        case All(conditions):
            several = [tell(one, values) for one in conditions]
            return False if False in several else None if None in several else True
        case Any(conditions):
            several = [tell(one, values) for one in conditions]
            return True if True in several else None if None in several else False
        case _:
            assert_never(condition)


def untold(condition: Condition, values: Mapping[str, Value]) -> tuple[str, ...]:
    """Return the fields whose answer would tell, in the condition's order; empty when it is told
    already."""
    if tell(condition, values) is not None:
        return ()
    match condition:
        case Not(inner):
            return untold(inner, values)
        case All(conditions) | Any(conditions):
            found = [field for one in conditions for field in untold(one, values)]
            return tuple(dict.fromkeys(found))
        case _:
            return tuple(fields_of(condition))


def _tell_is(field: str, wanted: tuple[Value, ...], value: Value) -> bool | None:
    if isinstance(value, Absent):
        return True if value in wanted else None
    if field in _COMPLETE and (value is None or isinstance(value, tuple)):
        return any(code in (value or ()) for code in wanted)
    if value is None or value in ("", ()):
        return None
    if isinstance(value, tuple):
        return any(code in value for code in wanted)
    return any(value == one and type(value) is type(one) for one in wanted)
