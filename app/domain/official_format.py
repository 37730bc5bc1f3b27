"""The official format: the 168 variables as columns of text, and what each cell may hold.

The written form is that of ``docs/official-format.md``: one line a row, cells as short as they can
be written (``7``, not ``07`` or ``7.0``), a day as ``2026-03-05``, nothing for blank. Every cell is
what a column accepts or it is refused with a reason; nothing is corrected on the way.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.domain.catalogue import Source
from app.domain.condition import Condition

__all__ = [
    "REFUSED",
    "SETTLEMENT",
    "Block",
    "CellKind",
    "OfficialCheck",
    "OfficialColumn",
    "OfficialFormat",
]

Block = tuple[tuple[str, ...], ...]
"""Rows by column: as many tuples as there are columns, all of one length. Blank is the empty text,
a refused cell is :data:`REFUSED`."""

REFUSED: Final = "\0"
"""Stands in a row for a cell that was refused: neither a value nor blank. No accepted cell can be
this text. It is blank in an export, and *dato rechazado* in a figure."""

SETTLEMENT: Final = "CENTRO_POBLADO_DOMICILIO"
"""The variable of four digits that goes on from the six of a district (dictionary, 28 to 31)."""


class CellKind(enum.Enum):
    """How the cells of a column are written."""

    TEXT = "text"  # one line, up to the length of the variable
    NUMBER = "number"  # a whole number within its range
    CODE = "code"  # a code of a list
    FLAG = "flag"  # 1, or nothing: only 1 = Sí is stored
    DAY = "day"  # ISO 8601, as in 2026-03-05
    PLACE = "place"  # two digits: department, province or district of INEI
    SETTLEMENT = "settlement"  # four digits


@dataclass(frozen=True, slots=True)
class OfficialColumn:
    """One variable as a column: its name, number and wording, and what a cell of it may hold.

    ``codes`` are the codes of its list with their labels, in order. ``minimum`` and ``maximum``
    are those of the field of the ficha that fills it (the dictionary gives a length only).
    """

    item: int
    name: str
    label: str
    length: int
    is_obligatory: bool
    kind: CellKind
    codes: Mapping[str, str] = field(default_factory=dict)
    minimum: int = 0
    maximum: int = 0


@dataclass(frozen=True, slots=True)
class OfficialCheck:
    """A remark of the data release on rows: it is due where ``when`` holds for the fields of the
    ficha that the cells fill."""

    id: str
    label: str
    when: Condition
    source: Source


@dataclass(frozen=True, slots=True)
class OfficialFormat:
    """The columns, in the order of the dictionary; ``place`` is where department, province and
    district stand, or None when no field fills them; ``checks`` are remarks on whole rows."""

    columns: tuple[OfficialColumn, ...] = ()
    place: tuple[int, int, int] | None = None
    checks: tuple[OfficialCheck, ...] = ()
    _positions: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for position, one in enumerate(self.columns):
            self._positions[one.name] = position

    @property
    def names(self) -> tuple[str, ...]:
        """The header: the names of the variables, in order."""
        return tuple(one.name for one in self.columns)

    def position(self, name: str) -> int | None:
        """Return where a variable stands, counted from 0, or None when there is none."""
        return self._positions.get(name)
