"""Invented rows of the official format: every variable and its codes, by chance from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import BinaryIO, Final

from app.domain.definitions import Definitions
from app.domain.official_block import block_text, header_text
from app.domain.official_format import CellKind, OfficialColumn

__all__ = ["official_rows", "write_rows"]

_CENTRES: Final = (
    *(f"CEM INVENTADO {number}" for number in range(1, 41)),
    'CEM "EL EJEMPLO", SEDE 2',
)
_FIRST: Final = date(2020, 1, 1)
_DAYS: Final = 2_190
_FLAG_SHARE: Final = 0.07
_BLANK_SHARE: Final = 0.05
_BAD: Final = {"EDAD_VICTIMA": "200", "SIS_SEGURO": "0", "FECHA_INGRESO": "05/03/2026"}
_ROWS_AT_ONCE: Final = 2_000


def official_rows(definitions: Definitions, rows: int, seed: int) -> Iterator[tuple[str, ...]]:
    """Yield rows, the same for the same seed. All are accepted by an import."""
    chance = random.Random(seed)
    official = definitions.official
    districts = [one.code for one in definitions.places.districts]
    choices = [tuple(one.codes) for one in official.columns]
    for _ in range(rows):
        code = chance.choice(districts)
        cells = [
            _cell(column, chance, codes)
            for column, codes in zip(official.columns, choices, strict=True)
        ]
        if official.place is not None:
            for at, position in enumerate(official.place):
                cells[position] = code[2 * at : 2 * at + 2]
        yield tuple(cells)


def _cell(column: OfficialColumn, chance: random.Random, codes: tuple[str, ...]) -> str:
    match column.kind:
        case CellKind.TEXT:
            return chance.choice(_CENTRES)
        case CellKind.DAY:
            return (_FIRST + timedelta(days=chance.randrange(_DAYS))).isoformat()
        case CellKind.FLAG:
            return "1" if chance.random() < _FLAG_SHARE else ""
        case CellKind.SETTLEMENT:
            return f"{chance.randrange(10_000):04d}"
        case CellKind.PLACE:
            return ""
    if not column.is_obligatory and chance.random() < _BLANK_SHARE:
        return ""
    if column.kind is CellKind.NUMBER:
        return str(chance.randint(column.minimum, min(column.maximum, 99)))
    return chance.choice(codes)


def write_rows(
    file: BinaryIO, definitions: Definitions, rows: int, seed: int, *, is_spoilt: bool = False
) -> None:
    """Write a file of such rows; ``is_spoilt`` puts three cells into each that are refused."""
    official = definitions.official
    bad = {official.position(name): text for name, text in _BAD.items()} if is_spoilt else {}
    file.write(header_text(definitions.official.names).encode())
    some: list[tuple[str, ...]] = []
    for row in official_rows(definitions, rows, seed):
        some.append(tuple(bad.get(at, text) for at, text in enumerate(row)) if bad else row)
        if len(some) == _ROWS_AT_ONCE:
            file.write(block_text(tuple(zip(*some, strict=True))).encode())
            some.clear()
    if some:
        file.write(block_text(tuple(zip(*some, strict=True))).encode())
