"""Which editor a field gets."""

from __future__ import annotations

from datetime import date
from typing import Final

from app.domain.definitions import Definitions, Places
from app.domain.form import Field, FieldType
from ui.forms.choice_editors import (
    ChoicesEditor,
    ComboEditor,
    FinderEditor,
    FlagEditor,
    YesNoEditor,
    choices_of,
)
from ui.forms.field_editors import FieldEditor, LineEditor, NarrativeEditor
from ui.runtime.text import Texts

__all__ = ["editor_of"]

LONG_LIST: Final = 24
"""A list with more entries is searched, not scrolled."""


def editor_of(
    definition: Field, definitions: Definitions, texts: Texts, today: date
) -> FieldEditor:
    """Return a new editor for a field; nothing is shown in it yet."""
    terms = choices_of(definition, definitions, today)
    match definition.type:
        case FieldType.NARRATIVE:
            return NarrativeEditor(definition, definitions, texts)
        case FieldType.YES_NO:
            return YesNoEditor(definition, definitions, texts)
        case FieldType.FLAG:
            return FlagEditor(definition, definitions, texts)
        case FieldType.CHOICES:
            return ChoicesEditor(definition, definitions, texts, terms)
        case FieldType.PLACE:
            places = _districts(definitions.places)
            return FinderEditor(definition, definitions, texts, places, are_places=True)
        case FieldType.CHOICE if len(terms) > LONG_LIST:
            entries = [(term.code, texts(term.label)) for term in terms]
            return FinderEditor(definition, definitions, texts, entries)
        case FieldType.CHOICE:
            return ComboEditor(definition, definitions, texts, terms)
        case _:
            return LineEditor(definition, definitions, texts, today)


def _districts(places: Places) -> list[tuple[str, str]]:
    return [
        (one.code, f"{one.district}, {one.province}, {one.department}") for one in places.districts
    ]
