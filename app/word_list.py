"""The Spanish word list of BIP-39, as it is shipped.

From the package *mnemonic* 0.21 (MIT, copyright 2013-2016 Pavol Rusnak), in Unicode's NFC where
that has NFKD. A changed list locks nobody out: a phrase is what was typed, and the list only draws
it, completes it and gives every word the same letters.
"""

from __future__ import annotations

import secrets
from functools import cache
from typing import Final

from app.domain.passphrase import normal_form
from app.domain.words import WordList
from app.resources import data_root

__all__ = ["confirms", "draw_words", "spoken", "word_list"]

_LIST: Final = "es.txt"
_NOT_DRAWN: Final = "es-not-drawn.txt"


@cache
def word_list() -> WordList:
    """Return the list, read once. Raises OSError where it is not there, ValueError for a bad
    one."""
    return WordList(_lines(_LIST), frozenset(_lines(_NOT_DRAWN)))


def draw_words() -> str:
    """Return five words for somebody's way in, drawn by the system's generator, parted by
    spaces."""
    return " ".join(word_list().draw(secrets.randbelow))


def spoken(typed: str) -> tuple[str, ...]:
    """Return the phrases that somebody may mean who typed this: the five words of the list that
    she began, without their accents perhaps; and what she typed, which may be a phrase of before
    words were drawn."""
    words = word_list().read(typed)
    if words is None:
        return (typed,)
    said = " ".join(words)
    return (said,) if normal_form(typed) == said else (said, typed)


def confirms(words: str, typed: str) -> bool:
    """Return whether what was typed are these words."""
    return words in spoken(typed)


def _lines(name: str) -> tuple[str, ...]:
    return tuple((data_root() / "words" / name).read_text(encoding="utf-8").split())
