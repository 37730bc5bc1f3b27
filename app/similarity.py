"""How alike two words are: the optimal string alignment of *rapidfuzz*, between 0 and 1."""

from __future__ import annotations

from rapidfuzz.distance import OSA

__all__ = ["likeness"]


def likeness(one: str, other: str) -> float:
    """Return 1 for the same word and 0 for words with nothing in common; symmetric.

    A letter changed, added, left out or exchanged with its neighbour counts as one change, and the
    changes are held against the length of the longer word. Any thread.
    """
    return float(OSA.normalized_similarity(one, other))
