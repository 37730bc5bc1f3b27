"""Where the changes that met in one field come from: what each had seen, and what all had seen.

Worked out from the bases alone, never from a clock. The history may be incomplete (a change can
arrive before the one it replaces): what is not known is left out, and said to be so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from app.domain.change import AuthorId, Change, ChangeId
from app.domain.value import Value

__all__ = [
    "ancestors",
    "common_bases",
    "distinct",
    "same_value",
    "undoing",
    "written_by",
]

History = Mapping[ChangeId, Change]


def ancestors(change: Change, history: History) -> frozenset[ChangeId]:
    """Return the ids of every change that this one replaced, at once or through others; also of
    those that have not arrived, as far as their successors name them."""
    found: set[ChangeId] = set()
    ahead = list(change.bases)
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            known = history.get(one)
            ahead += known.bases if known is not None else ()
    return frozenset(found)


def common_bases(heads: Sequence[Change], history: History) -> tuple[Change, ...]:
    """Return the newest changes that every one of these had seen: what the field held before they
    went apart. In the order of their stamps; none when there is none, or it has not arrived."""
    if not heads:
        return ()
    seen = frozenset.intersection(*(ancestors(one, history) for one in heads))
    known = [history[one] for one in seen if one in history]
    older = frozenset[ChangeId]().union(*(ancestors(one, history) for one in known))
    newest = (one for one in known if one.id not in older)
    return tuple(sorted(newest, key=lambda one: (one.stamp, one.id)))


def written_by(change: Change, history: History) -> Change:
    """Return the change in which somebody wrote this value: for one that only brought a value back
    from behind a decision, the one that it brought back."""
    at = change
    while (former := _brought_back(at, history)) is not None:
        at = former
    return at


def undoing(decision: ChangeId, history: History) -> tuple[Change, ...]:
    """Return the changes that undid a decision, the first first: each brought back, on the decision
    alone, a value that it had replaced. Who brought back but one only wrote an old value again, and
    undid nothing."""
    back: dict[AuthorId, list[Change]] = {}
    for one in history.values():
        if one.bases == (decision,) and _brought_back(one, history) is not None:
            back.setdefault(one.author, []).append(one)
    undone = (one for several in back.values() if len(distinct(several)) > 1 for one in several)
    return tuple(sorted(undone, key=lambda one: (one.stamp, one.id)))


def distinct(changes: Iterable[Change]) -> list[Change]:
    """Return one change for each different value, the latest first."""
    found: list[Change] = []
    for one in sorted(changes, key=lambda one: (one.stamp, one.id), reverse=True):
        if not any(same_value(one.value, other.value) for other in found):
            found.append(one)
    return found


def same_value(one: Value, other: Value) -> bool:
    """Return whether two values are the same; yes is not the number one."""
    return type(one) is type(other) and one == other


def _brought_back(change: Change, history: History) -> Change | None:
    """Return the change behind a decision that held the very value, or None. Undoing a decision
    writes each value that it replaced once more, on the decision alone."""
    if len(change.bases) != 1:
        return None
    decision = history.get(change.bases[0])
    if decision is None or len(decision.bases) < 2:  # a decision joins several
        return None
    behind = (history[one] for one in decision.bases if one in history)
    return _first(one for one in behind if same_value(one.value, change.value))


def _first(changes: Iterable[Change]) -> Change | None:
    return min(changes, key=lambda one: (one.stamp, one.id), default=None)
