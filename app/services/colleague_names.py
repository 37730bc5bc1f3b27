"""The names of colleagues in a list to choose from: whoever chooses has nothing else to go by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

__all__ = ["told_apart"]


def told_apart(people: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
    """Return how each is called, from her name and what she is; of those who share a name both."""
    known = list(people)
    count = Counter(name for name, _ in known)
    return [
        f"{name} · {', '.join(what)}" if count[name] > 1 and what else name for name, what in known
    ]
