"""The Spanish word list of BIP-39, as it is shipped.

From the package *mnemonic* 0.21 (MIT, copyright 2013-2016 Pavol Rusnak), in Unicode's NFC where
that has NFKD. A changed list locks nobody out: a phrase is what was typed, and the list only draws
it, completes it and gives every word the same letters.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from app.domain.words import WordList
from app.resources import data_root

__all__ = ["word_list"]

_LIST: Final = "es.txt"
_NOT_DRAWN: Final = "es-not-drawn.txt"


@cache
def word_list() -> WordList:
    """Return the list, read once. Raises OSError where it is not there, ValueError for a bad
    one."""
    return WordList(_lines(_LIST), frozenset(_lines(_NOT_DRAWN)))


def _lines(name: str) -> tuple[str, ...]:
    return tuple((data_root() / "words" / name).read_text(encoding="utf-8").split())
