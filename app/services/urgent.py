"""What must not wait behind the rest when a thin link carries only a part.

A colleague who meets her today has to know of a severe risk, of a telephone that must not ring, of
a referral and of a measure before anything else. The rule looks at what a field is by its
definition, and never at a clock. Plain functions; any thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.change import Change
from app.domain.definitions import Definitions
from app.domain.merge import MergeRule
from app.domain.records import Kind
from app.domain.value import Value

__all__ = ["UrgentMarks", "holds_urgent", "is_urgent", "urgent_first", "urgent_marks"]

URGENT_KINDS: Final = frozenset({Kind.REFERRAL, Kind.MEASURE, Kind.RISK_VALUATION})
"""Kinds of records of which every change is urgent."""

NEVER_URGENT: Final = frozenset({Kind.TASK})
"""An open task is the most cautious state of a task, and there are many: it can be worked out."""


@dataclass(frozen=True, slots=True)
class UrgentMarks:
    """What makes a change urgent, as a store can look for it: the kinds of records of which every
    change is, and (kind, field, value) of the others."""

    kinds: tuple[str, ...]
    values: tuple[tuple[str, str, Value], ...]


def urgent_marks(definitions: Definitions) -> UrgentMarks:
    """Return the marks by which :func:`is_urgent` tells."""
    values = {
        (one.kind, one.field): (one.kind, one.field, one.most_cautious_first[0])
        for form in definitions.forms.values()
        for one in form.fields()
        if one.merge is MergeRule.ASK
        and one.most_cautious_first
        and one.kind not in URGENT_KINDS | NEVER_URGENT
    }
    return UrgentMarks(tuple(sorted(URGENT_KINDS)), tuple(values.values()))


def is_urgent(definitions: Definitions, change: Change) -> bool:
    """Return whether this change alone must not wait.

    It does when it belongs to a referral, a measure or a valuation of risk, or when it sets a field
    over which people are asked (``ask``) to the most cautious of its values: severe, do not call,
    no consent.
    """
    if change.kind in URGENT_KINDS:
        return True
    if change.kind in NEVER_URGENT:
        return False
    field = definitions.field_of(change.kind, change.field)
    if field is None or field.merge is not MergeRule.ASK or not field.most_cautious_first:
        return False
    most = field.most_cautious_first[0]
    return type(most) is type(change.value) and most == change.value


def holds_urgent(definitions: Definitions, changes: Iterable[Change]) -> bool:
    """Return whether one of these changes must not wait, and so the batch that holds them."""
    return any(is_urgent(definitions, change) for change in changes)


def urgent_first(
    definitions: Definitions, changes: Sequence[Change]
) -> tuple[tuple[Change, ...], int]:
    """Return the changes with those of urgent records in front, and how many these are.

    Records go as wholes and everything else keeps its order, so that no change comes to stand
    before the one of its record that it replaces.
    """
    records = _urgent_records(definitions, changes)
    first = tuple(change for change in changes if change.record_id in records)
    if not first:
        return tuple(changes), 0
    rest = tuple(change for change in changes if change.record_id not in records)
    return first + rest, len(first)


def _urgent_records(definitions: Definitions, changes: Iterable[Change]) -> frozenset[str]:
    return frozenset(change.record_id for change in changes if is_urgent(definitions, change))
