"""Between the fields of the ficha and the cells of the official format, both ways.

What the format cannot say (an absent reason, a code that no variable has) becomes blank and is
named, so that it can be counted: it is never turned into a *no*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from app.domain.form import Field, FieldType, Problem
from app.domain.official_cell import cell_problem
from app.domain.official_format import OfficialFormat
from app.domain.value import Absent, Value, is_answered

__all__ = ["TICKED", "SpokenField", "cells_of", "value_of"]

TICKED: Final = "1"


@dataclass(frozen=True, slots=True)
class SpokenField:
    """What the format says of one field: its cells by position, blank ones left out, and
    ``unsaid``, why something of its value is not among them."""

    cells: Mapping[int, str] = field(default_factory=dict)
    unsaid: tuple[Problem, ...] = ()


def cells_of(official: OfficialFormat, definition: Field, value: Value) -> SpokenField:
    """Return the cells of a field's value. Every cell is one that its column accepts."""
    if not is_answered(value) and value is not Absent.NOT_ASKED:
        return SpokenField()
    if isinstance(value, Absent):
        return SpokenField(unsaid=(Problem("official_absent", {"reason": value.value}),))
    texts, unsaid = _texts(definition, value)
    cells: dict[int, str] = {}
    for name, text in texts.items():
        position = official.position(name)
        if position is None:
            continue
        problem = cell_problem(official.columns[position], text)
        if problem is None:
            cells[position] = text
        else:
            unsaid.append(problem)
    return SpokenField(cells, tuple(unsaid))


def _texts(definition: Field, value: Value) -> tuple[dict[str, str], list[Problem]]:
    """Return the written value by the name of the variable, before any check."""
    names = [one.name for one in definition.fills]
    match definition.type, value:
        case FieldType.CHOICES, tuple():
            others = [code for code in value if code not in names]
            unsaid = [Problem("official_code_of_the_house", {"code": code}) for code in others]
            return {code: TICKED for code in value if code in names}, unsaid
        case FieldType.PLACE, str() if len(value) == 2 * len(names):
            return {name: value[2 * at : 2 * at + 2] for at, name in enumerate(names)}, []
        case FieldType.FLAG, True:
            return dict.fromkeys(names, TICKED), []
        case FieldType.NUMBER, int() if not isinstance(value, bool):
            return dict.fromkeys(names, str(value)), []
        case ((FieldType.PLACE | FieldType.CHOICES | FieldType.FLAG | FieldType.NUMBER), _):
            return {}, [Problem("official_value_of_another_type", {})]
        case _, str():
            return dict.fromkeys(names, value), []
        case _:
            return {}, [Problem("official_value_of_another_type", {})]


def value_of(official: OfficialFormat, definition: Field, cells: Mapping[int, str]) -> Value:
    """Return the value that the cells of a field say (by position, accepted cells), or None."""
    found = {
        one.name: cells.get(position, "")
        for one in definition.fills
        if (position := official.position(one.name)) is not None
    }
    texts = [text for text in found.values() if text]
    if not texts:
        return None
    match definition.type:
        case FieldType.CHOICES:
            return tuple(sorted(name for name, text in found.items() if text))
        case FieldType.PLACE:
            return "".join(found.values()) if len(texts) == len(definition.fills) else None
        case FieldType.FLAG:
            return True
        case FieldType.NUMBER:
            return int(texts[0])
        case _:
            return texts[0]
