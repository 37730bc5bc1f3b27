"""Checking rows of the official format by the thousand, column by column.

A column of a block holds few different texts, so what is accepted is known by sets and only what is
not is looked at one by one. Memory is bounded by the block and by what is remembered of free texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.definitions import Places
from app.domain.form import Problem
from app.domain.official_cell import cell_problem
from app.domain.official_format import REFUSED, Block, CellKind, OfficialColumn, OfficialFormat

__all__ = ["BlockCheck", "BlockChecker", "RefusedCell", "block_text", "header_text"]

_REMEMBERED_MAX: Final = 50_000
"""Of the accepted texts of a column (names, days) and of the districts seen."""

_GAP: Final = "official_place_gap"
"""Refuses what stands after the gap; the parts before it name a department or a province."""

_RANGE_KNOWN: Final = 1_000
"""Numbers up to this are known beforehand."""


@dataclass(frozen=True, slots=True)
class RefusedCell:
    """One refused cell: the row in its block, counted from 0, and why."""

    row: int
    column: int
    text: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class BlockCheck:
    """A block with :data:`REFUSED` in the place of what was refused, by row and column."""

    columns: Block
    refused: tuple[RefusedCell, ...]


class BlockChecker:
    """Checks blocks of one file; remembers what it has accepted."""

    def __init__(self, official: OfficialFormat, places: Places) -> None:
        self._official = official
        self._known = [_known(one) for one in official.columns]
        self._places = _PlaceCheck(places)

    def check(self, columns: Sequence[Sequence[str]]) -> BlockCheck:
        """Return the block with its refused cells, each with the first reason that holds. A block
        without rows has no columns."""
        found: list[RefusedCell] = []
        checked: list[tuple[str, ...]] = []
        for position, column in enumerate(columns):
            problems = self._problems(position, column)
            if problems:
                for row, text in enumerate(column):
                    if text in problems:
                        found.append(RefusedCell(row, position, text, problems[text]))
                column = [REFUSED if text in problems else text for text in column]
            checked.append(tuple(column))
        if checked and self._official.place is not None:
            self._check_places(checked, self._official.place, found)
        found.sort(key=lambda one: (one.row, one.column))
        return BlockCheck(tuple(checked), tuple(found))

    def _problems(self, position: int, column: Sequence[str]) -> dict[str, Problem]:
        known = self._known[position]
        unknown = set(column) - known
        if not unknown:
            return {}
        definition = self._official.columns[position]
        problems: dict[str, Problem] = {}
        accepted = []
        for text in unknown:
            problem = cell_problem(definition, text)
            if problem is None:
                accepted.append(text)
            else:
                problems[text] = problem
        if len(known) + len(accepted) <= _REMEMBERED_MAX:
            known.update(accepted)
        return problems

    def _check_places(
        self,
        checked: list[tuple[str, ...]],
        where: tuple[int, int, int],
        found: list[RefusedCell],
    ) -> None:
        rows = list(zip(*(checked[one] for one in where), strict=True))
        problems = self._places.problems(rows)
        if not problems:
            return
        parts = [list(checked[one]) for one in where]
        for row, place in enumerate(rows):
            problem = problems.get(place)
            if problem is None:
                continue
            is_gap = problem.message_id == _GAP
            for at, (part, position, text) in enumerate(zip(parts, where, place, strict=True)):
                is_fine = is_gap and all(one not in ("", REFUSED) for one in place[:at])
                if text and text != REFUSED and not is_fine:
                    found.append(RefusedCell(row, position, text, problem))
                    part[row] = REFUSED
        for part, position in zip(parts, where, strict=True):
            checked[position] = tuple(part)


class _PlaceCheck:
    """Whether department, province and district are together a place of INEI."""

    def __init__(self, places: Places) -> None:
        self._inei = {one.code for one in places.districts}
        self._inei |= {code[:length] for code in self._inei for length in (2, 4)}
        self._reniec = {one.reniec_code: one for one in places.districts if one.reniec_code}
        self._fine: set[tuple[str, str, str]] = set()

    def problems(self, rows: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], Problem]:
        unknown = set(rows) - self._fine
        problems: dict[tuple[str, str, str], Problem] = {}
        for place in unknown:
            problem = self._problem(place)
            if problem is not None:
                problems[place] = problem
            elif len(self._fine) < _REMEMBERED_MAX:
                self._fine.add(place)
        return problems

    def _problem(self, place: tuple[str, str, str]) -> Problem | None:
        """Return why the parts are no place. A refused part counts as blank: what stands after it
        names nothing any more, so that the row is written and read back the same."""
        parts = ["" if part == REFUSED else part for part in place]
        filled = [bool(part) for part in parts]
        if filled != sorted(filled, reverse=True):
            return Problem(_GAP, {})
        code = "".join(parts)
        if not code or code in self._inei:
            return None
        other = self._reniec.get(code)
        if other is None:
            return Problem("official_district_unknown", {"code": code})
        return Problem("official_reniec_code", {"code": code, "inei": other.code})


def _known(column: OfficialColumn) -> set[str]:
    match column.kind:
        case CellKind.CODE | CellKind.FLAG:
            return {"", *column.codes}
        case CellKind.NUMBER:
            last = min(column.maximum, _RANGE_KNOWN)
            return {"", *map(str, range(column.minimum, last + 1))}
        case _:
            return {""}


def header_text(names: Sequence[str]) -> str:
    """Return the first line of a file, with its line end."""
    return ",".join(names) + "\n"


def block_text(columns: Block) -> str:
    """Return the rows of a block as lines of CSV, each with its line end; refused cells are blank.

    The one way to write a row: the same rows give the same bytes wherever they come from.
    """
    written = [_written(one) for one in columns]
    lines = "\n".join(map(",".join, zip(*written, strict=True)))
    return lines + "\n" if lines else ""


def _written(column: tuple[str, ...]) -> Sequence[str]:
    special = {text for text in set(column) if text == REFUSED or "," in text or '"' in text}
    if not special:
        return column
    return [_quoted(text) if text in special else text for text in column]


def _quoted(text: str) -> str:
    if text == REFUSED:
        return ""
    return '"' + text.replace('"', '""') + '"'
