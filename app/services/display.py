"""A value in the Spanish words of its catalogue, as papers and lists show it."""

from __future__ import annotations

from datetime import date
from typing import Final

from app.domain.definitions import Definitions
from app.domain.form import Field, FieldType
from app.domain.marks import N_
from app.domain.value import Absent, Value

__all__ = ["ABSENT_WORDS", "shown_value"]

ABSENT_WORDS: Final = {
    Absent.NOT_ASKED: N_("No se preguntó"),
    Absent.UNKNOWN: N_("No sabe"),
    Absent.DECLINED: N_("No quiere responder"),
}
"""One table for screens and papers: message ids, translated where they are shown."""

_YES_NO: Final = {"1": N_("Sí"), "0": N_("No")}


def shown_value(definitions: Definitions, form_id: str, field_id: str, value: Value) -> str:
    """Return a field's value in words; blank is the empty text."""
    definition = definitions.form(form_id).get(field_id)
    if value is None or definition is None:
        return ""
    if isinstance(value, Absent):
        return ABSENT_WORDS[value]
    if isinstance(value, tuple):
        return ", ".join(_label(definitions, definition, code) for code in value)
    if isinstance(value, bool):
        return "Sí" if value else "No"
    return _label(definitions, definition, value) if isinstance(value, str) else str(value)


def _label(definitions: Definitions, definition: Field, text: str) -> str:
    if definition.type is FieldType.YES_NO:  # the official list writes «Si», without its accent
        return _YES_NO.get(text, text)
    if definition.type is FieldType.PLACE:
        place = definitions.places.get(text)
        return place.words if place else text
    if definition.type is FieldType.DATE:
        try:
            return date.fromisoformat(text).strftime("%d/%m/%Y")
        except ValueError:
            return text
    if definition.catalogue is not None:
        return definitions.catalogues[definition.catalogue].label(text)
    return text
