"""The rows as tables for a terminal, one a link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bench.sync.rows import PHASES, Phase, Row
from bench.sync.study import STUDY

__all__ = ["printed"]

_HEADS: Final = (
    *("", "cases: up B", "down B", "req", "push s", "pull s"),
    *("edits: up B", "down B", "req", "push s", "pull s"),
    *("nothing: up", "down", "req", "s", "equal", "the study, then"),
)
_NONE: Final = "·"


def printed(rows: Sequence[Row], link: str) -> str:
    """Return the table of a link."""
    chosen = [row for row in rows if row.link == link]
    lines = [_HEADS, *(_cells(row) for row in chosen)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(_HEADS))]
    remarks = [f"{row.name}: {row.remark}" for row in chosen if row.remark]
    return "\n".join([*(_line(line, widths) for line in lines), *remarks])


def _line(cells: tuple[str, ...], widths: Sequence[int]) -> str:
    last = len(widths) - 1
    return "  ".join(
        cell.ljust(width) if place in (0, last) else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    push, pull, edits, pulled_edits, nothing = (row.phases.get(name) for name in PHASES)
    return (
        row.name,
        *_counted(push),
        _seconds(push),
        _seconds(pull),
        *_counted(edits),
        _seconds(edits),
        _seconds(pulled_edits),
        *_counted(nothing),
        _seconds(nothing),
        {True: "yes", False: "NO", None: _NONE}[row.are_equal],
        STUDY.get((row.name, row.link), ""),
    )


def _counted(phase: Phase | None) -> tuple[str, str, str]:
    if phase is None:
        return _NONE, _NONE, _NONE
    counters = phase.counters
    # Under TLS nobody outside sees where a request begins: the turns of the talk are told instead.
    asked = str(counters.requests) if counters.requests else f"~{counters.turns}"
    return f"{counters.up:,}", f"{counters.down:,}", asked


def _seconds(phase: Phase | None) -> str:
    if phase is None:
        return _NONE
    if phase.seconds is None:
        return "DNF"
    return f"{phase.seconds:.2f}" if phase.seconds < 10 else f"{phase.seconds:.1f}"
