"""What only whole forms are stacked from: boxes for digits, questions side by side, tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from reportlab.lib.units import mm

from app.documents.blocks import Block, Look, Option, Options
from app.documents.paper import RULE, TINT, Paper
from app.documents.typesetting import GREY, INK, Type, set_lines, width_of

__all__ = [
    "HINT",
    "Beside",
    "DigitBoxes",
    "Line",
    "Question",
    "TableLine",
    "Underlined",
    "fits_in",
    "prose",
]

_PAD: Final = 1.2 * mm
_GUTTER: Final = 3 * mm
_BOX: Final = 5.6 * mm
_BOX_HIGH: Final = 6.6 * mm
_WRITE: Final = 8 * mm
_PROSE_MAX: Final = 4_000
"""Lines of one text at the most; the longest text that is stored has fewer."""

HINT: Final = Type(6.4, colour=GREY, leading=1.2)
_ASKED: Final = Type(7.8, leading=1.2)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text that was broken before, so that a page may end after any of them."""

    text: str
    type: Type

    def height(self, width: float) -> float:  # noqa: ARG002  # a line is as high as it is
        """Return its height."""
        return self.type.line

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw it."""
        paper.text(self.text, x + _PAD, top, width - 2 * _PAD, self.type, 1)


def prose(text: str, width: float, type_: Type) -> Iterator[Line]:
    """Yield the lines of a long text."""
    for line in set_lines(text, width - 2 * _PAD - 1, type_, _PROSE_MAX).lines:
        yield Line(line, type_)


@dataclass(frozen=True, slots=True)
class Underlined:
    """Room to write: lines, 8 mm apart."""

    count: int = 1

    def height(self, width: float) -> float:  # noqa: ARG002  # lines are as wide as they are told
        """Return the height of the lines."""
        return self.count * _WRITE

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw the lines."""
        for number in range(1, self.count + 1):
            y = top - number * _WRITE + 0.6 * mm
            paper.line(x + _PAD, y, x + width - _PAD, y)


@dataclass(frozen=True, slots=True)
class DigitBoxes:
    """Boxes for digits in groups, each with its word under it; a line before them on demand."""

    groups: tuple[tuple[int, str], ...]
    has_line: bool = False

    def height(self, width: float) -> float:  # noqa: ARG002  # boxes are as wide as they are
        """Return the height of boxes and words."""
        has_words = any(word for _, word in self.groups)
        return _BOX_HIGH + (HINT.line if has_words else 0) + 1.2 * mm

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw the line, the boxes and their words."""
        taken = sum(count for count, _ in self.groups) * _BOX + (len(self.groups) - 1) * 1.6 * mm
        at = x + _PAD
        low = top - _BOX_HIGH - 0.4 * mm
        if self.has_line:
            at = x + width - _PAD - taken
            paper.line(x + _PAD, low, at - 2 * mm, low)
        for count, word in self.groups:
            for _ in range(count):
                paper.box(at, low, _BOX, _BOX_HIGH, weight=0.6)
                at += _BOX
            paper.text(word, at - count * _BOX, low - 0.2 * mm, count * _BOX, HINT, 1)
            at += 1.6 * mm


@dataclass(frozen=True, slots=True)
class Question:
    """A label, when it is asked, and the room for its answer."""

    look: Look
    label: str
    when: str
    room: Block
    absent: tuple[str, ...] = ()

    def height(self, width: float) -> float:
        """Return the height of all of it."""
        return (
            self._words(width)
            + self.room.height(width - _GUTTER)
            + (self._absent().height(width - _GUTTER) if self.absent else 0)
            + 0.8 * mm
        )

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw it."""
        room = width - _GUTTER
        used = paper.text(self.label, x + _PAD, top, room, _ASKED)
        if self.when:
            used += paper.text(self.when, x + _PAD, top - used, room, HINT)
        self.room.draw(paper, x, top - used, room)
        if self.absent:
            self._absent().draw(paper, x, top - used - self.room.height(room), room)

    def _words(self, width: float) -> float:
        room = width - _GUTTER
        label = set_lines(self.label, room, _ASKED).height(_ASKED)
        return label + (set_lines(self.when, room, HINT).height(HINT) if self.when else 0)

    def _absent(self) -> Options:
        return Options(Look(0.72), tuple(Option(word) for word in self.absent))


@dataclass(frozen=True, slots=True)
class Beside:
    """Blocks side by side, each with how many thirds of the width it takes."""

    parts: tuple[tuple[Block, int], ...]

    def height(self, width: float) -> float:
        """Return the height of the highest."""
        return max(block.height(width * share / 3) for block, share in self.parts) + 1.2 * mm

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw them with their upper edges at one height."""
        for block, share in self.parts:
            block.draw(paper, x, top - 0.6 * mm, width * share / 3)
            x += width * share / 3


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line of a table: a cell a column, and under them what else is known.

    ``hand`` is the least height, for handwriting.
    """

    cells: tuple[str, ...]
    type: Type
    more: str = ""
    is_head: bool = False
    hand: float = 0.0

    def height(self, width: float) -> float:
        """Return the height of the highest cell and of what follows."""
        cell = width / max(1, len(self.cells)) - 2 * _PAD
        high = max(
            (set_lines(one, cell, self.type).height(self.type) for one in self.cells), default=0.0
        )
        return max(high + 1.4 * mm, self.hand) + self._more_height(width)

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw cells, their edges, and what follows."""
        height, under = self.height(width), self._more_height(width)
        low = top - height
        paper.box(
            x, low, width, height, weight=0.5, colour=RULE, fill=TINT if self.is_head else None
        )
        cell = width / max(1, len(self.cells))
        for number, one in enumerate(self.cells):
            left = x + number * cell
            if number:
                paper.line(left, top, left, low + under)
            paper.text(one, left + _PAD, top - 0.4 * mm, cell - 2 * _PAD, self.type)
        if self.more:
            paper.text(self.more, x + _PAD, low + under, width - 2 * _PAD, _MORE)

    def _more_height(self, width: float) -> float:
        if not self.more:
            return 0.0
        return set_lines(self.more, width - 2 * _PAD, _MORE).height(_MORE) + 1 * mm


_MORE: Final = Type(7.6, colour=INK, leading=1.25)


def fits_in(options: Sequence[Option], width: float, type_: Type) -> bool:
    """Return whether the boxes stand on one line of this width."""
    lead = type_.size + 1.2 * mm + 5 * mm
    return sum(width_of(one.text, type_) + lead for one in options) <= width
