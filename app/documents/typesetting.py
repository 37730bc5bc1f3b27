"""Text broken into lines that fit: plain text in, lines out; nothing in it is ever markup.

Lengths are PDF points. Text is set NFC and only with letters the embedded font holds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, cast

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from app.documents.fonts import BOLD, MONO, REGULAR, register_fonts

__all__ = ["CUT_MARK", "GREY", "INK", "NO_LIMIT", "Lines", "Type", "clean", "set_lines", "width_of"]

INK: Final = "#1A1A1A"
GREY: Final = "#4A4752"

NO_LIMIT: Final = 120
"""More lines than a page has."""

CUT_MARK: Final = "[…]"
"""Stands where a text was cut; the foot of the page says where the rest is."""

_READ_AT_MOST: Final = 40_000
"""Characters looked at; a page holds far fewer."""

_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_SPACES = re.compile(r"[^\S\n]+")
_ABSENT_LETTER: Final = "\ufffd"


@dataclass(frozen=True, slots=True)
class Type:
    """How a text is set. ``align`` is ``left``, ``right`` or ``center``; ``is_typed``: every sign
    as wide, to be typed back."""

    size: float
    bold: bool = False
    colour: str = INK
    align: str = "left"
    leading: float = 1.3
    is_typed: bool = False

    @property
    def font(self) -> str:
        """The name of the font."""
        if self.is_typed:
            return MONO
        return BOLD if self.bold else REGULAR

    @property
    def line(self) -> float:
        """The height of a line."""
        return self.size * self.leading


@dataclass(frozen=True, slots=True)
class Lines:
    """A text broken into lines, and whether some of it did not fit."""

    lines: tuple[str, ...]
    is_cut: bool

    def height(self, type_: Type) -> float:
        """Return how high the lines stand."""
        return len(self.lines) * type_.line


def clean(text: str) -> str:
    """Return the text as papers show it: NFC, single spaces, no control or unseen characters.

    A letter that the font lacks becomes ``�``: a reader sees that something stands there.
    """
    plain = text[:_READ_AT_MOST].replace("\r\n", "\n").replace("\u2028", "\n")
    plain = _UNSEEN.sub(" ", unicodedata.normalize("NFC", plain.replace("\u2029", "\n")))
    shown = "".join(_shown(letter) for letter in plain)
    kept = (_SPACES.sub(" ", line).strip() for line in shown.split("\n"))
    return "\n".join(line for line in kept if line)


def set_lines(text: str, width: float, type_: Type, at_most: int = NO_LIMIT) -> Lines:
    """Break a text into lines no wider than ``width``; words wider than a line are broken too.

    When more than ``at_most`` lines were needed the last one ends in :data:`CUT_MARK`.
    """
    found: list[str] = []
    for line in _broken(clean(text), width, type_):
        if len(found) == at_most:
            found[-1] = _marked(found[-1], width, type_)
            return Lines(tuple(found), is_cut=True)
        found.append(line)
    if len(text) > _READ_AT_MOST and found:
        found[-1] = _marked(found[-1], width, type_)
        return Lines(tuple(found), is_cut=True)
    return Lines(tuple(found), is_cut=False)


def width_of(text: str, type_: Type) -> float:
    """Return how wide a line stands."""
    register_fonts()
    return float(pdfmetrics.stringWidth(text, type_.font, type_.size))


@cache
def _letters() -> frozenset[int]:
    register_fonts()
    face = cast(TTFont, pdfmetrics.getFont(REGULAR)).face
    return frozenset(face.charToGlyph)


def _shown(letter: str) -> str:
    if letter == "\n" or letter.isspace():
        return letter if letter == "\n" else " "
    if unicodedata.category(letter) in ("Cf", "Cc"):
        return ""
    return letter if ord(letter) in _letters() else _ABSENT_LETTER


def _broken(text: str, width: float, type_: Type) -> Iterator[str]:
    space = width_of(" ", type_)
    for paragraph in text.split("\n") if text else ():
        line, used = "", 0.0
        for word in paragraph.split(" "):
            size = width_of(word, type_)
            if line and used + space + size <= width:
                line, used = f"{line} {word}", used + space + size
                continue
            if line:
                yield line
            while size > width:
                head = _fitting(word, width, type_)
                if len(head) >= len(word):
                    break
                yield head
                word = word[len(head) :]
                size = width_of(word, type_)
            line, used = word, size
        yield line


def _fitting(word: str, width: float, type_: Type) -> str:
    """Return as many letters of a word as fit, at least one, with the marks that belong to them."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width_of(word[:middle], type_) <= width else (low, middle - 1)
    start = low
    while low > 1 and low < len(word) and unicodedata.combining(word[low]):
        low -= 1
    # Nothing but marks: break among them rather than never.
    return word[:low] if low > 1 else word[:start]


def _marked(line: str, width: float, type_: Type) -> str:
    marked = f"{line} {CUT_MARK}"
    while line and width_of(marked, type_) > width:
        line = line[:-1]
        marked = f"{line.rstrip()} {CUT_MARK}"
    return marked
