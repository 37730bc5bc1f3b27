"""How changes to one field join: heads, causality by bases, and the rule of the field.

A field holds its *heads*: the changes that no other change lists among its bases. Folding a change
in is commutative, associative and idempotent, so it does not matter in which order, how often or by
which way (network, stick, another laptop) changes arrive. A change that arrives before the one it
replaces is remembered as such. Several heads were made without seeing each other; the field's rule
says what then shows, and nothing typed is ever dropped.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.change import Change, ChangeId
from app.domain.value import Value, set_value

__all__ = ["EMPTY", "FieldState", "MergeRule", "Resolved", "fold", "resolve"]


class MergeRule(enum.Enum):
    """What a field shows when two changes were made without seeing each other.

    ``LATEST``: the later stamp shows, the other stays in the history and in the list of what
    joined by itself. ``UNION``: sets are joined. ``ASK``: both are kept, and a person chooses.
    """

    LATEST = "latest"
    UNION = "union"
    ASK = "ask"


@dataclass(frozen=True, slots=True)
class FieldState:
    """Everything known of one field: its heads, and ids known only as replaced."""

    heads: tuple[Change, ...] = ()
    replaced: frozenset[ChangeId] = frozenset()


EMPTY = FieldState()


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a field shows, from which change, and whether a person has to choose."""

    value: Value
    shown: Change | None
    others: tuple[Change, ...]
    is_conflict: bool


def fold(state: FieldState, change: Change) -> FieldState:
    """Return the state after this change, whatever came before, twice or in another order."""
    if any(head.id == change.id for head in state.heads):
        return state
    replaced = state.replaced | set(change.bases)
    heads = tuple(head for head in state.heads if head.id not in replaced)
    if change.id not in replaced:
        heads = tuple(sorted((*heads, change), key=lambda head: (head.stamp, head.id)))
    return FieldState(heads, replaced)


def fold_all(changes: Iterable[Change]) -> FieldState:
    """Return the state of a field from all its changes, in any order."""
    state = EMPTY
    for change in changes:
        state = fold(state, change)
    return state


def resolve(
    heads: Sequence[Change], rule: MergeRule, *, most_cautious_first: Sequence[Value] = ()
) -> Resolved:
    """Return what shows, by the field's rule.

    Heads of equal value agree: that is not a conflict. Under ``ASK`` the value that stands first in
    ``most_cautious_first`` shows until a person has chosen (a higher risk, "do not call"), whatever
    the clocks say; without such an order the later stamp shows.
    """
    if not heads:
        return Resolved(None, None, (), is_conflict=False)
    if len(heads) == 1:
        return Resolved(heads[0].value, heads[0], (), is_conflict=False)
    ranked = sorted(heads, key=lambda head: (head.stamp, head.id), reverse=True)
    distinct = {_key(head.value) for head in heads}
    if len(distinct) == 1:
        return Resolved(ranked[0].value, ranked[0], (), is_conflict=False)
    if rule is MergeRule.UNION and all(isinstance(head.value, tuple) for head in heads):
        joined = set_value([code for head in heads for code in _codes(head.value)])
        return Resolved(joined, ranked[0], tuple(ranked[1:]), is_conflict=False)
    shown = _most_cautious(ranked, most_cautious_first) if rule is MergeRule.ASK else ranked[0]
    others = tuple(head for head in ranked if head is not shown)
    return Resolved(shown.value, shown, others, is_conflict=rule is MergeRule.ASK)


def _most_cautious(ranked: Sequence[Change], order: Sequence[Value]) -> Change:
    ranks = {_key(value): rank for rank, value in enumerate(order)}
    return min(ranked, key=lambda head: ranks.get(_key(head.value), len(ranks)))


def _key(value: Value) -> tuple[str, Value]:
    # True == 1 in Python; the type keeps yes apart from the number one.
    return (type(value).__name__, value)


def _codes(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()
