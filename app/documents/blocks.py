"""What a page is stacked from: each block is measured first, then drawn under the one before it.

Lengths are PDF points; ``top`` counts from the lower edge of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from reportlab.lib.units import mm

from app.documents.paper import RULE, TINT, WIDTH, Paper
from app.documents.typesetting import GREY, NO_LIMIT, Type, set_lines, width_of

__all__ = ["Band", "Block", "Cell", "Look", "Option", "Options", "Row", "Ruled", "Text", "packed"]

_PAD: Final = 1.2 * mm
_GUTTER: Final = 3 * mm

_CROWDED: Final = 3
"""When a text may take only so many lines, every value stands in a third of the page."""


@dataclass(frozen=True, slots=True)
class Look:
    """How large a page is set, and how many lines one text may take before it is cut.

    ``hand`` is the height left for handwriting, 0 on a page that the program fills in.
    """

    factor: float = 1.0
    lines: int = NO_LIMIT
    hand: float = 0.0

    @property
    def label(self) -> Type:
        """The small words over a value."""
        return Type(7.0 * self.factor, colour=GREY, leading=1.22)

    @property
    def value(self) -> Type:
        """What was filled in."""
        return Type(9.4 * self.factor)

    @property
    def strong(self) -> Type:
        """What must be seen first."""
        return Type(9.4 * self.factor, bold=True)

    @property
    def band(self) -> Type:
        """The title of a section."""
        return Type(9.4 * self.factor, bold=True)


class Block(Protocol):
    """Something as wide as it is told."""

    def height(self, width: float) -> float:
        """Return the height it needs at this width."""

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw it with its upper left corner here."""


@dataclass(frozen=True, slots=True)
class Band:
    """The tinted title of a section."""

    look: Look
    title: str

    def height(self, width: float) -> float:
        """Return the height of the title, its tint and the air around it."""
        lines = set_lines(self.title, width - 2 * _PAD, self.look.band, 2)
        return lines.height(self.look.band) + 2.4 * mm * self.look.factor

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw it."""
        lines = set_lines(self.title, width - 2 * _PAD, self.look.band, 2)
        tint = lines.height(self.look.band) + 0.6 * mm
        paper.box(x, top - tint - 0.6 * mm, width, tint, weight=0, fill=TINT)
        paper.lines(lines, x + _PAD, top - 0.9 * mm, width - 2 * _PAD, self.look.band)


@dataclass(frozen=True, slots=True)
class Cell:
    """A label with its value on a line, or with room to write."""

    look: Look
    label: str
    value: str = ""
    share: float = 1.0
    is_strong: bool = False

    @property
    def type(self) -> Type:
        """How the value is set."""
        return self.look.strong if self.is_strong else self.look.value

    def fits(self, width: float) -> bool:
        """Return whether label and value stand on one line each at this width."""
        room = width - _GUTTER
        return (
            "\n" not in self.value
            and width_of(self.label, self.look.label) <= room
            and width_of(self.value, self.type) <= room
        )

    def height(self, width: float) -> float:
        """Return the height of label, value and line."""
        room = width - _GUTTER
        label = set_lines(self.label, room, self.look.label, 2).height(self.look.label)
        value = set_lines(self.value, room, self.type, self.look.lines).height(self.type)
        return label + max(value, self.type.line, self.look.hand) + 1.4 * mm

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw it as high as it needs."""
        self.draw_in(paper, x, top, width, self.height(width))

    def draw_in(self, paper: Paper, x: float, top: float, width: float, height: float) -> None:
        """Draw it in a row that is this high."""
        room = width - _GUTTER
        used = paper.text(self.label, x + _PAD, top, room, self.look.label, 2)
        paper.text(self.value, x + _PAD, top - used, room, self.type, self.look.lines)
        base = top - height + 1.1 * mm
        paper.line(x + _PAD, base, x + _PAD + room, base)


@dataclass(frozen=True, slots=True)
class Row:
    """Cells side by side, each with its share of the width."""

    cells: tuple[Cell, ...]

    def height(self, width: float) -> float:
        """Return the height of the highest cell."""
        return max(cell.height(part) for cell, part in self._parts(width))

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw the cells with their lines at one height."""
        height = self.height(width)
        for cell, part in self._parts(width):
            cell.draw_in(paper, x, top, part, height)
            x += part

    def _parts(self, width: float) -> list[tuple[Cell, float]]:
        whole = sum(cell.share for cell in self.cells)
        return [(cell, width * cell.share / whole) for cell in self.cells]


@dataclass(frozen=True, slots=True)
class Text:
    """Plain words over the whole width."""

    look: Look
    text: str
    type: Type

    def height(self, width: float) -> float:
        """Return the height of its lines."""
        if not self.text:
            return 0.0
        room = width - 2 * _PAD
        return set_lines(self.text, room, self.type, self.look.lines).height(self.type) + 1 * mm

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw it."""
        paper.text(self.text, x + _PAD, top, width - 2 * _PAD, self.type, self.look.lines)


@dataclass(frozen=True, slots=True)
class Ruled:
    """Lines to write on."""

    count: int
    pitch: float

    def height(self, width: float) -> float:  # noqa: ARG002  # lines are as wide as they are told
        """Return the height of the lines."""
        return self.count * self.pitch + 0.8 * mm

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw the lines."""
        for number in range(1, self.count + 1):
            y = top - number * self.pitch
            paper.line(x + _PAD, y, x + width - _PAD, y, colour=RULE)


_APART: Final = 1 * mm
"""Between the words of a box and the next box."""


@dataclass(frozen=True, slots=True)
class Option:
    """A box with its words; ``shape`` is ``triangle``, ``diamond``, ``disc`` or empty."""

    text: str
    is_ticked: bool = False
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """Boxes to tick, in columns of one width when ``columns`` says so, else one after another."""

    look: Look
    options: tuple[Option, ...]
    columns: int = 0

    def height(self, width: float) -> float:
        """Return the height of its lines."""
        return sum(height for height, _ in self._lines(width)) + 0.6 * mm

    def draw(self, paper: Paper, x: float, top: float, width: float) -> None:
        """Draw boxes, shapes and words."""
        type_, side = self.look.value, self._side
        for height, line in self._lines(width):
            for option, left, room in line:
                at = x + _PAD + left
                middle = top - type_.line / 2 - 0.4
                paper.tick(at, middle - side / 2, side, is_ticked=option.is_ticked)
                at += side + 1.2 * mm
                if option.shape:
                    _draw_shape(paper, option.shape, at + side / 2, middle, side / 2)
                    at += side + 0.8 * mm
                paper.text(option.text, at, top, self._room(option, room), self._type(option), 3)
            top -= height

    @property
    def _side(self) -> float:
        return self.look.value.size * 0.86

    def _type(self, option: Option) -> Type:
        return self.look.strong if option.is_ticked else self.look.value

    def _room(self, option: Option, room: float) -> float:
        """Return how wide its words may stand without touching the next box."""
        return room - self._lead(option) - _APART

    def _lead(self, option: Option) -> float:
        return self._side + 1.2 * mm + (self._side + 0.8 * mm if option.shape else 0.0)

    def _lines(self, width: float) -> list[tuple[float, list[tuple[Option, float, float]]]]:
        """Return each line's height, and its options with their place and room."""
        lines: list[list[tuple[Option, float, float]]] = [[]]
        left, whole = 0.0, width - 2 * _PAD
        for option in self.options:
            room = whole / self.columns if self.columns else self._natural(option, whole)
            if lines[-1] and left + room > whole + 0.1:
                lines.append([])
                left = 0.0
            lines[-1].append((option, left, room))
            left += room
        air = max(0.8 * mm * self.look.factor, self.look.hand - self.look.value.line - 2 * mm)
        return [(self._highest(line) + air, line) for line in lines]

    def _natural(self, option: Option, whole: float) -> float:
        words = width_of(option.text, self.look.strong)
        return min(whole, self._lead(option) + words + 4 * mm + _APART)

    def _highest(self, line: Sequence[tuple[Option, float, float]]) -> float:
        return max(
            set_lines(option.text, self._room(option, room), self._type(option), 3).height(
                self._type(option)
            )
            for option, _, room in line
        )


def _draw_shape(paper: Paper, shape: str, x: float, y: float, half: float) -> None:
    if shape == "disc":
        paper.disc(x, y, half * 0.8)
    elif shape == "diamond":
        paper.polygon((x, y + half), (x + half, y), (x, y - half), (x - half, y))
    else:
        low = y - half * 0.8
        paper.polygon((x - half, low), (x + half, low), (x, y + half))


def packed(cells: Sequence[Cell]) -> Iterator[Block]:
    """Put cells into rows of thirds: a short one takes a third, a longer one two, else all."""
    row: list[Cell] = []
    taken = 0
    for cell in cells:
        span = next((n for n in (1, 2) if cell.fits(WIDTH * n / 3)), 3)
        span = 1 if cell.look.lines <= _CROWDED else span
        if taken + span > 3:
            yield Row(tuple(row))
            row, taken = [], 0
        row.append(Cell(cell.look, cell.label, cell.value, span, cell.is_strong))
        taken += span
    if row:
        yield Row(tuple(row))
