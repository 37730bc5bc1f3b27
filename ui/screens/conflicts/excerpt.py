"""Of a long text the part that tells it apart from another one: it fits beside it. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["BRIEF_MAX", "EXCERPT_MAX", "Excerpt", "excerpt_of", "one_line"]

BRIEF_MAX: Final = 60
"""Characters of what is read at a glance."""

EXCERPT_MAX: Final = 220
"""Characters of a long text: two of them fit beside each other on the small screen."""

_AROUND: Final = 60
"""Characters that shall show before the first difference, and at least as many behind it."""

_WORD_MAX: Final = 24
"""How far the nearest gap between two words is looked for."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Part of a text, or all of it.

    ``begins_alike``: what stands before it is word for word as in another text.
    """

    text: str
    is_whole: bool
    begins_alike: bool = False


def one_line(words: str) -> str:
    """Return a text with its line breaks and wide gaps taken as one space each."""
    return " ".join(words.split())


def excerpt_of(words: str, others: Sequence[str], length: int = EXCERPT_MAX) -> Excerpt:
    """Return at most about ``length`` characters of a text, so that the first place in which it
    differs from one of the others is among them; a text that is not longer comes whole."""
    line = one_line(words)
    if len(line) <= length:
        return Excerpt(words.strip(), is_whole=True)
    lines = (one_line(other) for other in others)
    differs_at = min((_alike(line, other) for other in lines if other != line), default=0)
    start = 0
    if differs_at + _AROUND > length:
        start = _gap_before(line, min(differs_at - _AROUND, len(line) - length))
    end = len(line)
    if start + length + _WORD_MAX < end:
        end = _gap_before(line, start + length)
    text = line[start:end].strip()
    if end < len(line):
        text = f"{text.rstrip(' .,;:')}…"
    if start > 0:
        text = f"…{text}"
    return Excerpt(text, is_whole=False, begins_alike=start > 0)


def _alike(line: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginning: found by halves,
    twenty long texts are compared with each other."""
    same, differs = 0, min(len(line), len(other)) + 1
    while differs - same > 1:
        half = (same + differs) // 2
        if line[same:half] == other[same:half]:
            same = half
        else:
            differs = half
    return same


def _gap_before(line: str, place: int) -> int:
    gap = line.rfind(" ", max(0, place - _WORD_MAX), place)
    return place if gap < 0 else gap
