"""What is known of a person as she is compared with others, and the reasons that come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from app.domain.folding import fold, loosest

__all__ = ["Likeness", "Reason", "Traits", "Word", "document_of", "words_of"]

Likeness = Callable[[str, str], float]
"""How alike two words are, from 0 (nothing in common) to 1 (the same); symmetric."""
WORDS_MAX: Final = 4
"""Of surnames, and as many of names: nobody is compared by a fifth."""
WORD_LENGTH_MAX: Final = 40
DOCUMENT_LENGTH_MAX: Final = 20
_PARTICLES: Final = frozenset({"de", "del", "la", "las", "los", "y", "da", "do", "dos", "vda"})


class Word(NamedTuple):
    """One word of a name: as written, folded, and with every variant spelling taken for one."""

    written: str
    folded: str
    loose: str


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a person, as it is compared; empty or None is *not known*.

    ``born`` are the first and the last day on which she may have been born, as ordinals of
    :class:`datetime.date`: an age is a year wide. ``sex`` is the official code; ``district`` an
    INEI code; ``community`` and ``workplace`` are folded.
    """

    names: tuple[Word, ...] = ()
    surnames: tuple[Word, ...] = ()
    alias: tuple[Word, ...] = ()
    document: str = ""
    born: tuple[int, int] | None = None
    sex: str = ""
    district: str = ""
    community: str = ""
    workplace: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two persons may be one, or may not: a message id with its parameters."""

    message_id: str
    parameters: tuple[tuple[str, str], ...] = ()
    speaks_against: bool = False


def words_of(*texts: str) -> tuple[Word, ...]:
    """Return the words of names; particles (*de la*) count for nothing."""
    found: list[Word] = []
    for text in texts:
        for written in text.split():
            kept = written[:WORD_LENGTH_MAX]
            folded = fold(kept).replace(" ", "")
            if folded and folded not in _PARTICLES:
                found.append(Word(kept, folded, loosest(folded)))
    return tuple(found[:WORDS_MAX])


def document_of(text: str) -> str:
    """Return the letters and digits of a document's number: however it was grouped, one text."""
    return fold(text[: 2 * DOCUMENT_LENGTH_MAX]).replace(" ", "").upper()[:DOCUMENT_LENGTH_MAX]
