"""A question as it stands on a form's paper: its numbers, and the room for its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.form import Field, FieldType
from app.services.paper_sheets import FormItem, Room

__all__ = ["ROOMS", "item_of", "variables_of"]

ROOMS: Final[Mapping[FieldType, Room]] = {
    FieldType.TEXT: Room.LINE,
    FieldType.NARRATIVE: Room.LINES,
    FieldType.NUMBER: Room.BOXES,
    FieldType.DATE: Room.DATE,
    FieldType.TIME: Room.TIME,
    FieldType.PLACE: Room.CODE,
    FieldType.FLAG: Room.TICKS,
    FieldType.YES_NO: Room.TICKS,
    FieldType.CHOICE: Room.TICKS,
    FieldType.CHOICES: Room.TICKS,
}


def item_of(field: Field, label: str, **more: object) -> FormItem:
    """Return the item of a question, under this label, and ``more`` of what an item has."""
    return FormItem(
        field_id=field.id,
        number=field.item,
        variable=variables_of(field),
        label=label,
        room=ROOMS[field.type],
        share=field.columns,
        gate=field.gated or "",
        **more,  # type: ignore[arg-type]
    )


def variables_of(field: Field) -> str:
    """Return the numbers of the official variables that a field fills, the first and the last;
    empty when none."""
    numbers = [one.item for one in field.fills] or (
        [field.official.item] if field.official is not None else []
    )
    if not numbers:
        return ""
    low, high = min(numbers), max(numbers)
    return str(low) if low == high else f"{low}-{high}"
