"""Letters and the frame of printed forms as data: what a letter says, and what fills its blanks.

A letter is a model that a lawyer reviews. What fills a blank is an answer of the ficha, the day of
something that happened, or what is handed in; whatever is not known stays a visible blank.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.catalogue import Source

__all__ = ["BLANK_IN_TEXT", "Blank", "Fill", "FormPaper", "LetterPart", "LetterTemplate"]

BLANK_IN_TEXT: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
"""How a blank stands in a text: ``{denuncia_day}``."""


class Fill(enum.Enum):
    """What fills a blank."""

    FIELD = "field"  # an answer of the ficha, by field id
    EVENT_DAY = "event_day"  # the day on which something happened, by its code
    EVENT_TIME = "event_time"  # the time of that day
    FACT = "fact"  # what whoever opens the letter knows: a deadline, a measure
    CENTRE = "centre"  # name, district, address or telephone of the centre
    STAFF = "staff"  # name or role of who writes
    CASE_CODE = "case_code"
    HAND = "hand"  # always by hand


@dataclass(frozen=True, slots=True)
class Blank:
    """One blank of a letter: its name in the texts, what fills it, and its words for people."""

    name: str
    fill: Fill
    key: str
    label: str


@dataclass(frozen=True, slots=True)
class LetterPart:
    """A paragraph, or a point of a list, with lines to write on or boxes to tick after it."""

    text: str
    is_point: bool = False
    lines: int = 0
    boxes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LetterTemplate:
    """A letter of one version.

    ``claims`` are the ids of the deadlines that it claims when they are overdue. ``is_for_her``
    marks what she takes along: no letterhead, no reason, no law on it. ``gate`` is one of
    :data:`app.domain.catalogue.GATES`. ``carries`` are codes of data items: what of the person
    leaves with it. ``signatures`` are what stands over and under each line. ``is_numbered`` leaves
    a blank for the office's own number. ``heading`` is what the paper itself is called: a title
    that tells staff what it is may tell others, too.
    """

    slug: str
    version: str
    title: str
    source: Source
    subject: str
    reference: str
    addressee: tuple[str, ...]
    parts: tuple[LetterPart, ...]
    blanks: tuple[Blank, ...]
    legal_basis: tuple[str, ...]
    carries: tuple[str, ...]
    claims: tuple[str, ...]
    signatures: tuple[tuple[str, str], ...]
    heading: str = ""
    is_numbered: bool = False
    is_for_her: bool = False
    has_fingerprint: bool = False
    gate: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    def own_texts(self) -> Iterator[str]:
        """Yield its heading and everything that a person reads or signs, in order."""
        yield self.heading
        for part in self.parts:
            yield part.text
            yield from part.boxes
        for over, under in self.signatures:
            yield from (text for text in (over, under) if text and "{" not in text)


@dataclass(frozen=True, slots=True)
class FormPaper:
    """What a printed form says around its questions: the legend at its head, the line on every
    page, and how many empty rows a list of records has for handwriting."""

    form: str
    legend: str
    reserved: str
    blank_rows: int
    source: Source | None
