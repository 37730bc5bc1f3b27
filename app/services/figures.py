"""Figures: how many rows of a dataset, or own cases, by what the tables of the release ask for.

Whoever reads them works at the centre: small counts are not suppressed here (that is a later step),
so a figure is not to be published or sent as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Final

from app.domain.definitions import Definitions
from app.domain.errors import DomainError
from app.domain.marks import N_
from app.domain.official_format import REFUSED, Block
from app.domain.statistics import (
    BANDS,
    MONTH,
    NO_ANSWER,
    OUTSIDE,
    Banding,
    Dimension,
    FigureTable,
    TableCount,
    band_key,
    percent,
    variation,
)
from app.services.access import act
from app.services.official_export import OwnRows, found_dataset
from app.services.ports import Desk, UnitOfWork
from app.services.register import head_code

__all__ = ["FigureLine", "Figures", "ShownTable", "count_figures", "figures_of", "figures_of_own"]

_ENTERED: Final = "FECHA_INGRESO"
_YEAR_LENGTH: Final = 4
_MONTH_LENGTH: Final = 7

_WORDS: Final = {
    NO_ANSWER: N_("Sin información"),
    REFUSED: N_("Dato rechazado"),
    OUTSIDE: N_("Fuera de los grupos"),
}


@dataclass(frozen=True, slots=True)
class FigureLine:
    """A line of a table: its words, its counts by column, its sum and its share of all, per cent
    to one decimal."""

    key: str
    label: str
    counts: tuple[int, ...]
    total: int
    share: str


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table in words. ``totals`` are the sums of its columns; ``balances`` says whether rows,
    columns and the number of cases agree (the line *cuadre*)."""

    id: str
    title: str
    columns: tuple[str, ...]
    lines: tuple[FigureLine, ...]
    totals: tuple[int, ...]
    total: int
    balances: bool

    def line(self, key: str) -> FigureLine | None:
        """Return the line of a code or band, or None."""
        return next((one for one in self.lines if one.key == key), None)


@dataclass(frozen=True, slots=True)
class Figures:
    """The tables of a period. ``total`` rows were counted; ``before`` in the year before, with the
    change and its per cent, when a year was asked for. ``undated`` rows have no day of entry (or a
    refused one), so that they are in no year; ``incomplete`` rows had a cell refused at import and
    count as *dato rechazado* there and fully elsewhere."""

    total: int
    year: int | None
    before: int | None
    change: int | None
    change_percent: str
    undated: int
    incomplete: int
    tables: tuple[ShownTable, ...]
    without_consent: int = 0
    """Own cases of people who did not accept that their data be registered: not counted."""
    head: str = ""
    """Where the register of this laptop ended (:func:`app.services.register.head_code`): a sheet
    with these figures can be compared with it later."""

    @property
    def balances(self) -> bool:
        """Whether every table does."""
        return all(one.balances for one in self.tables)


@act("see_figures")
def figures_of(
    uow: UnitOfWork, desk: Desk, name: str, *, year: int | None = None, banding: str = ""
) -> Figures:
    """Return the figures of a dataset. Raises DomainError ``dataset_unknown``,
    ``banding_unknown``."""
    dataset = found_dataset(uow, name)
    blocks = uow.datasets.blocks(dataset.id)
    found = count_figures(desk.definitions, blocks, year=year, banding=banding)
    return replace(found, head=head_code(uow))


@act("see_figures")
def figures_of_own(
    uow: UnitOfWork, desk: Desk, *, year: int | None = None, banding: str = ""
) -> Figures:
    """Return the figures of the own cases. Raises DomainError ``banding_unknown``."""
    rows = OwnRows(uow, desk)
    found = count_figures(desk.definitions, rows.blocks(), year=year, banding=banding)
    without = rows.summary.without_consent
    return replace(found, without_consent=without, head=head_code(uow))


def count_figures(
    definitions: Definitions,
    blocks: Iterable[Block],
    *,
    year: int | None = None,
    banding: str = "",
) -> Figures:
    """Count blocks of rows, one at a time. ``banding`` names the bands of age, the finest ones when
    it is empty. Raises DomainError ``banding_unknown``."""
    counters = [_Counter(definitions, one, banding) for one in definitions.reports.tables]
    entered = definitions.official.position(_ENTERED)
    total = before = undated = incomplete = 0
    for block in blocks:
        years = [_year(day) for day in block[entered]] if entered is not None else []
        kept = block if year is None else _rows_where(block, [one == year for one in years])
        undated += sum(one is None for one in years)
        before += sum(one == year - 1 for one in years) if year is not None else 0
        rows = len(kept[0])
        total += rows
        incomplete += _count_incomplete(kept)
        for counter in counters:
            counter.add(kept)
    change, change_percent = variation(total, before) if year is not None else (None, "")
    return Figures(
        total=total,
        year=year,
        before=before if year is not None else None,
        change=change,
        change_percent=change_percent,
        undated=undated,
        incomplete=incomplete,
        tables=tuple(one.shown(total) for one in counters),
    )


def _year(day: str) -> int | None:
    return int(day[:_YEAR_LENGTH]) if day not in (NO_ANSWER, REFUSED) else None


def _rows_where(block: Block, wanted: Sequence[bool]) -> Block:
    return tuple(tuple(compress(column, wanted)) for column in block)


def _count_incomplete(block: Block) -> int:
    rows: set[int] = set()
    for column in block:
        if REFUSED in column:
            rows.update(at for at, text in enumerate(column) if text == REFUSED)
    return len(rows)


class _Axis:
    """One dimension of a table: which keys it has, how a cell becomes one, and its words."""

    def __init__(self, definitions: Definitions, dimension: Dimension, banding: str) -> None:
        official = definitions.official
        position = official.position(dimension.variable)
        assert position is not None  # the reader of the release has seen to it
        self.position = position
        self._part = dimension.part
        self._codes = official.columns[position].codes
        self._banding = _banding(definitions, dimension, banding)
        self._keys: dict[str, str] = {}

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that show in any case, in order."""
        if self._banding is not None:
            return tuple(one.key for one in self._banding.bands)
        return tuple(self._codes)

    def of(self, column: Sequence[str]) -> list[str]:
        """Return the key of each cell."""
        known = self._keys
        for text in set(column) - known.keys():
            known[text] = self._key(text)
        return [known[text] for text in column]

    def label(self, key: str) -> str:
        """Return a key in words: a message id, where it is not an official label."""
        if key in _WORDS:
            return _WORDS[key]
        return self._codes.get(key, key)

    def _key(self, text: str) -> str:
        if self._banding is not None:
            return band_key(self._banding, text)
        return text[:_MONTH_LENGTH] if self._part == MONTH else text


def _banding(definitions: Definitions, dimension: Dimension, asked: str) -> Banding | None:
    if dimension.part != BANDS:
        return None
    reports = definitions.reports
    name = dimension.banding or asked or reports.finest
    found = reports.banding(name)
    if found is None or found.variable != dimension.variable:
        known = [one.id for one in reports.bandings if one.variable == dimension.variable]
        raise DomainError("banding_unknown", known=", ".join(known))
    return found


class _Counter:
    """Counts one table."""

    def __init__(self, definitions: Definitions, table: FigureTable, banding: str) -> None:
        self._table = table
        self._rows = _Axis(definitions, table.rows, banding)
        self._columns = _Axis(definitions, table.columns, banding)
        self._count = TableCount(self._rows.keys, self._columns.keys)

    def add(self, block: Block) -> None:
        """Count the rows of a block."""
        self._count.add(
            self._rows.of(block[self._rows.position]),
            self._columns.of(block[self._columns.position]),
        )

    def shown(self, total: int) -> ShownTable:
        """Return the table in words."""
        count = self._count
        rows, columns = count.keys()
        return ShownTable(
            id=self._table.id,
            title=self._table.title,
            columns=tuple(self._columns.label(one) for one in columns),
            lines=tuple(self._lines(rows, columns, total)),
            totals=tuple(count.column_total(one) for one in columns),
            total=count.total,
            balances=count.balances(total),
        )

    def _lines(
        self, rows: Sequence[str], columns: Sequence[str], total: int
    ) -> Iterator[FigureLine]:
        for row in rows:
            in_row = self._count.row_total(row)
            yield FigureLine(
                key=row,
                label=self._rows.label(row),
                counts=tuple(self._count.counts[row, column] for column in columns),
                total=in_row,
                share=percent(in_row, total),
            )
