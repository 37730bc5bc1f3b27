"""Blocks over as many A4 pages as they need: nothing is cut, no title stands at a foot alone."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.documents.blocks import Block
from app.documents.paper import LEFT, WIDTH, Paper

__all__ = ["Laid", "Piece", "draw_pages", "drawn_by_page", "laid_by_page", "lay"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A block, and whether the next one must stand on the same page. ``heading`` is set over it
    again when a new page begins with it."""

    block: Block
    keeps_next: bool = False
    heading: Block | None = None


Laid = Sequence[Sequence[Block]]
"""The blocks of each page."""


def lay(pieces: Iterable[Piece], first: float, later: float) -> Laid:
    """Return which blocks stand on which page; ``first`` and ``later`` are the heights there are
    on the first page and on the others."""
    steps = laid_by_page(pieces, first, later)
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            laid: Laid = ended.value
            return laid


def laid_by_page(
    pieces: Iterable[Piece], first: float, later: float
) -> Generator[None, None, Laid]:
    """Return what :func:`lay` does, with a pause before each new page."""
    pages: list[list[Block]] = [[]]
    left = first
    for group in _groups(pieces):
        blocks = [one.block for one in group]
        height = _height(blocks)
        if height > left and pages[-1]:
            yield
            pages.append([])
            left = later
            if (heading := group[0].heading) is not None:
                blocks.insert(0, heading)
                height = _height(blocks)
        pages[-1].extend(blocks)
        left -= height
    return pages


def draw_pages(
    paper: Paper,
    pages: Laid,
    head: Callable[[int], float],
    foot: Callable[[int], None],
) -> None:
    """Draw every page: ``head`` gets its number from 1 and says where the first block begins,
    ``foot`` is drawn last."""
    for _ in drawn_by_page(paper, pages, head, foot):
        pass


def drawn_by_page(
    paper: Paper,
    pages: Laid,
    head: Callable[[int], float],
    foot: Callable[[int], None],
) -> Iterator[None]:
    """Do what :func:`draw_pages` does, with a pause behind each page."""
    for number, blocks in enumerate(pages, start=1):
        if number > 1:
            paper.next_page()
        top = head(number)
        for block in blocks:
            block.draw(paper, LEFT, top, WIDTH)
            top -= block.height(WIDTH)
        foot(number)
        yield


def _height(blocks: Iterable[Block]) -> float:
    return sum(one.height(WIDTH) for one in blocks)


def _groups(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    group: list[Piece] = []
    for piece in pieces:
        group.append(piece)
        if not piece.keeps_next:
            yield group
            group = []
    if group:
        yield group
