"""The five words that open a person's key: drawn from a list, completed and read as they are typed.

The list is the Spanish one of BIP-39: 2,048 words, told apart by their first four letters and
without their accents, so that twenty keystrokes on any keyboard are enough. Words that may hurt who
has to type them every day are known and never drawn. Five words of the others make 54 bits, which
with Argon2id over 256 MiB is beyond what anybody pays for a laptop (``docs/security.md``).
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

__all__ = ["FULL", "WORDS", "WordList"]

WORDS: Final = 5
FULL: Final = 4
"""So many letters tell a word from every other one."""


@dataclass(frozen=True, slots=True)
class WordList:
    """A list of words, each in Unicode's NFC, and those of it that are never drawn.

    Raises ValueError where two words begin alike, one is not NFC, or what is not drawn is no word.
    """

    words: tuple[str, ...]
    not_drawn: frozenset[str]
    _drawn: tuple[str, ...] = field(init=False, repr=False)
    _by_front: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        fronts = {_folded(word)[:FULL]: word for word in self.words}
        if len(fronts) != len(self.words):
            raise ValueError("two words begin alike")
        if any(unicodedata.normalize("NFC", word) != word for word in self.words):
            raise ValueError("a word is not in its normal form")
        if not self.not_drawn <= set(self.words):
            raise ValueError("what is not drawn is no word of the list")
        drawn = tuple(word for word in self.words if word not in self.not_drawn)
        object.__setattr__(self, "_drawn", drawn)
        object.__setattr__(self, "_by_front", MappingProxyType(fronts))

    @property
    def bits(self) -> float:
        """Return how many bits a guess has to find: the logarithm of the number of phrases."""
        return math.log2(math.perm(len(self._drawn), WORDS))

    def draw(self, below: Callable[[int], int]) -> tuple[str, ...]:
        """Return five different words, each as likely as any other. ``below(n)`` draws a number
        from 0 to n - 1 (``secrets.randbelow``)."""
        left = list(self._drawn)
        return tuple(left.pop(below(len(left))) for _ in range(WORDS))

    def complete(self, typed: str) -> tuple[str, ...]:
        """Return the words that begin as what is typed, in the order of the list; nothing for
        nothing. Capitals and accents do not count."""
        begun = _folded(typed)
        if not begun:
            return ()
        return tuple(word for word in self.words if _folded(word).startswith(begun))

    def read(self, typed: str) -> tuple[str, ...] | None:
        """Return the words of a typed phrase as the list has them, or None where they are not five
        words of it. A word stands for itself from its fourth letter on, unless more was typed than
        it has."""
        words = [self._word(one) for one in typed.split()]
        if len(words) != WORDS:
            return None
        known = tuple(word for word in words if word is not None)
        return known if len(known) == WORDS else None

    def _word(self, typed: str) -> str | None:
        begun = _folded(typed)
        word = self._by_front.get(begun[:FULL])
        return word if word is not None and _folded(word).startswith(begun) else None


def _folded(text: str) -> str:
    """Return letters without capitals and marks; ñ is n, by which no two words differ."""
    parts = unicodedata.normalize("NFD", text.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))
