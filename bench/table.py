"""Figures beside their targets, as a table for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["Row", "printed"]

_NONE: Final = "·"
_HEADS: Final = (
    *("", "median", "p95", "", "runs", "cpu p95", "SQLite", "p95", "ratio", "target", ""),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement. The target, if any, holds for p95; without p95, or when
    ``is_median_held``, for the median."""

    name: str
    median: float
    p95: float | None
    unit: str
    runs: int | None = None
    processor_p95: float | None = None
    plain_median: float | None = None
    plain_p95: float | None = None
    ratio: float | None = None
    target: float | None = None
    is_median_held: bool = False

    @property
    def is_met(self) -> bool | None:
        """Whether the target is met; None without one."""
        if self.target is None:
            return None
        return (self.median if self.is_median_held or self.p95 is None else self.p95) <= self.target


def printed(rows: Sequence[Row]) -> str:
    """Return the table."""
    lines = [_HEADS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(_HEADS))]
    return "\n".join(
        "  ".join(
            # Words stand left, figures right.
            cell.ljust(width) if column in (0, 3, len(_HEADS) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        _number(row.median),
        _number(row.p95),
        row.unit,
        _NONE if row.runs is None else str(row.runs),
        _number(row.processor_p95),
        _number(row.plain_median),
        _number(row.plain_p95),
        _NONE if row.ratio is None else f"{row.ratio:.2f}",
        _target(row),
        {True: "met", False: "NOT MET", None: ""}[row.is_met],
    )


def _number(value: float | None) -> str:
    if value is None:
        return _NONE
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _target(row: Row) -> str:
    if row.target is None:
        return _NONE
    held = "" if row.p95 is None else "median " if row.is_median_held else "p95 "
    return f"{held}≤ {row.target:g} {row.unit}"
