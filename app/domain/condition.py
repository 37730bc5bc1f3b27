"""When a field shows: a small tree of conditions over the values of a case.

A closed set of shapes read from data, not an expression language: nothing is evaluated as code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from app.domain.value import Value, is_answered

__all__ = ["All", "Answered", "Any", "AtLeast", "Condition", "Is", "Not", "fields_of", "holds"]


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
