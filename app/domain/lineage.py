"""Where the changes that met in one field come from: what each had seen, and what all had seen.

Worked out from the bases alone, never from a clock. The history may be incomplete (a change can
arrive before the one it replaces): what is not known is left out, and said to be so. However many
changes a field has (a malicious laptop seals fifty thousand in a kilobyte), each of them is looked
at a few times, not once for each of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.domain.change import AuthorId, Change, ChangeId
from app.domain.value import Value

__all__ = ["Lineage", "Said", "by_stamp", "distinct", "said", "same_value"]

Said = tuple[type[object], Value]


class Lineage:
    """What is known here of the changes of one field, and how they hang together."""

    def __init__(self, changes: Iterable[Change]) -> None:
        self._changes = {one.id: one for one in changes}
        self._replaced = {base for one in self._changes.values() for base in one.bases}
        self._upon: dict[ChangeId, list[Change]] = {}
        """By what they replaced: the changes that replaced one alone."""
        for one in self._changes.values():
            if len(one.bases) == 1:
                self._upon.setdefault(one.bases[0], []).append(one)
        self._joined: dict[ChangeId, dict[Said, Change]] = {}
        self._undoing: dict[ChangeId, tuple[Change, ...]] = {}

    def get(self, change_id: ChangeId) -> Change | None:
        """Return a change, None when it has not arrived."""
        return self._changes.get(change_id)

    def known(self, ids: Iterable[ChangeId]) -> list[Change]:
        """Return those of these changes that have arrived, in their order."""
        return [self._changes[one] for one in ids if one in self._changes]

    def is_head(self, change_id: ChangeId) -> bool:
        """Return whether no change that is known here replaced this one."""
        return change_id not in self._replaced

    def heads(self) -> list[Change]:
        """Return the changes that no other one replaced, in the order in which they were given."""
        return [one for one in self._changes.values() if one.id not in self._replaced]

    def ancestors(self, change: Change) -> frozenset[ChangeId]:
        """Return the ids of every change that this one replaced, at once or through others; also of
        those that have not arrived, as far as their successors name them."""
        found: set[ChangeId] = set()
        ahead = list(change.bases)
        while ahead:
            one = ahead.pop()
            if one not in found:
                found.add(one)
                known = self._changes.get(one)
                ahead += known.bases if known is not None else ()
        return frozenset(found)

    def common_bases(self, heads: Sequence[Change]) -> tuple[Change, ...]:
        """Return the newest changes that every one of these had seen: what the field held before
        they went apart. In the order of their stamps; none when there is none, or it has not
        arrived."""
        if not heads:
            return ()
        known = self.known(frozenset.intersection(*(self.ancestors(one) for one in heads)))
        # What all had seen holds whatever that replaced, so one step back finds all that is older.
        older = {base for one in known for base in one.bases}
        newest = (one for one in known if one.id not in older)
        return tuple(sorted(newest, key=by_stamp))

    def written_by(self, change: Change) -> Change:
        """Return the change in which somebody wrote this value: for one that only brought a value
        back from behind a decision, the one that it brought back."""
        at = change
        while (former := self._brought_back(at)) is not None:
            at = former
        return at

    def undoing(self, decision: ChangeId) -> tuple[Change, ...]:
        """Return the changes that undid a decision, the first first: each brought back, on the
        decision alone, a value that it had replaced. Who brought back but one only wrote an old
        value again, and undid nothing."""
        if decision not in self._undoing:
            back: dict[AuthorId, list[Change]] = {}
            for one in self._upon.get(decision, ()):
                if self._brought_back(one) is not None:
                    back.setdefault(one.author, []).append(one)
            undone = (each for some in back.values() if len(distinct(some)) > 1 for each in some)
            self._undoing[decision] = tuple(sorted(undone, key=by_stamp))
        return self._undoing[decision]

    def is_reopened(self, change: Change) -> bool:
        """Return whether a change stands because a decision was undone."""
        upon = change.bases[0] if len(change.bases) == 1 else None
        return upon is not None and any(one.id == change.id for one in self.undoing(upon))

    def _brought_back(self, change: Change) -> Change | None:
        """Return the change behind a decision that held the very value, or None. Undoing a decision
        writes each value that it replaced once more, on the decision alone."""
        decision = self._changes.get(change.bases[0]) if len(change.bases) == 1 else None
        if decision is None or len(decision.bases) < 2:  # a decision joins several
            return None
        if decision.id not in self._joined:
            behind = sorted(self.known(decision.bases), key=by_stamp, reverse=True)
            self._joined[decision.id] = {said(one.value): one for one in behind}  # the first holds
        return self._joined[decision.id].get(said(change.value))


def distinct(changes: Iterable[Change]) -> list[Change]:
    """Return one change for each different value, the latest first."""
    found: dict[Said, Change] = {}
    for one in sorted(changes, key=by_stamp, reverse=True):
        found.setdefault(said(one.value), one)
    return list(found.values())


def same_value(one: Value, other: Value) -> bool:
    """Return whether two values are the same."""
    return said(one) == said(other)


def said(value: Value) -> Said:
    """Return what tells values apart: yes is not the number one."""
    return type(value), value


def by_stamp(one: Change) -> tuple[object, ChangeId]:
    """Return what puts changes in the order of their stamps."""
    return one.stamp, one.id
