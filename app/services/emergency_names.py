"""What the fields, sections and codes are called, for whoever reads a database without the program.

``packaging/emergency/leer.py`` reads what this writes (``nombres.json``; sealed in a backup:
``nombres.bin``). It is made of the definitions each time, and so says what the screens say. Any
thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from app.domain.change import RecordId
from app.domain.definitions import Definitions
from app.domain.form import Field, FieldType, Form, Section
from app.domain.records import Kind, Name
from app.domain.value import Absent
from app.services.conflict_words import NEWER_FIELD, label_of
from app.services.display import ABSENT_WORDS
from app.services.form_items import variables_of
from app.services.ports import FieldKey
from app.services.record_words import kind_title

__all__ = ["emergency_names"]

_NAMED_BY: Final = ("names", "surname_1", "surname_2", "name", Name.CODE, Name.FOLIO)
"""By what a record is called where another leads to it."""

_OWN: Final[Mapping[str, str]] = {
    "institution": "Institución",
    "institution_name": "Nombre de la institución",
    "key": "Tarea propuesta",
    "version": "Versión del instrumento",
    "record": "De qué ficha es",
    "sha256": "Huella del archivo",
    "media_type": "Tipo de archivo",
    "size": "Tamaño en bytes",
    "attached_on": "Día en que se adjuntó",
    Name.TAKEN_OUT_AS: "Huella de lo que decía al retirarse",
    Name.READ_AS: "De qué dato guarda lo escrito",
    Name.PERSON: "Persona",
    "acts": "Para qué",
    "reason": "Motivo",
    "from_ms": "Desde (milisegundos desde 1970)",
    "until_ms": "Hasta (milisegundos desde 1970)",
}
"""Fields that no screen names."""

_YES_NO: Final = "@sí-no"
_PLACES: Final = "@lugares"
_DATE: Final = "@fecha"
_ROLES: Final = "@roles"
_STATES: Final = "@estados"
_OWN_LISTS: Final[Mapping[tuple[str, str], str]] = {
    (Kind.PERSON, "role"): _ROLES,
    (Kind.PERSON, "roles"): _ROLES,
    (Kind.PERSON, "left_on"): _DATE,
    (Kind.ACCESS, "role"): _ROLES,
    (Kind.CONSENT, Name.INSTITUTION): "institutions",
    (Kind.REFERRAL, Name.NEEDED_ITEMS): "data_items",
    (Kind.REFERRAL, Name.STATE): _STATES,
    (Kind.REFERRAL, Name.ISSUED_ON): _DATE,
    (Kind.ATTACHMENT, "attached_on"): _DATE,
}
"""Of the fields that no form asks for, which codes they hold."""


def emergency_names(definitions: Definitions) -> bytes:
    """Return it as JSON: ``kinds``: of each number of a kind its title and the numbers of the
    fields that name a record; ``fields``: of ``kind/field`` its place in the order of the form, its
    section, the number of its item, its label, and the list of its codes; ``lists``: of each list
    the label of each code; ``absent``: why there is no value."""
    places = _form_places(definitions)
    kinds: dict[str, tuple[str, list[int]]] = {}
    fields: dict[str, tuple[int, str, str, str, str]] = {}
    used: set[str] = set()
    for entry in definitions.registry.entries:
        _, naming = kinds.setdefault(
            str(entry.kind_number), (kind_title(definitions, entry.kind) or entry.kind, [])
        )
        if entry.field in _NAMED_BY:
            naming.append(entry.field_number)
        said = places.get((entry.kind, entry.field))
        if said is None:
            label = _own_label(definitions, entry.kind, entry.field)
            said = (0, "", "", label, _OWN_LISTS.get((entry.kind, entry.field), ""))
        used.add(said[-1])
        fields[f"{entry.kind_number}/{entry.field_number}"] = said
    found = {
        "kinds": kinds,
        "fields": fields,
        "lists": {one: _codes(definitions, one) for one in sorted(used - {"", _DATE})},
        "absent": {one.value: ABSENT_WORDS[one] for one in Absent},
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def _form_places(
    definitions: Definitions,
) -> dict[tuple[str, str], tuple[int, str, str, str, str]]:
    """Return where each field stands that a form asks for: first in the form of its own kind."""
    found: dict[tuple[str, str], tuple[int, str, str, str, str]] = {}
    forms = sorted(definitions.forms.values(), key=lambda one: one.anchor != Kind.CASE)
    for own in (True, False):
        for form in forms:
            for section, field in _fields(form):
                if (field.kind == form.anchor) is own:
                    place = (len(found) + 1, _heading(section), _number(field), field.label)
                    found.setdefault((field.kind, field.field), (*place, _list_of(field)))
    return found


def _fields(form: Form) -> list[tuple[Section, Field]]:
    return [(section, one) for section in form.sections for one in section.fields]


def _heading(section: Section) -> str:
    return f"{section.code}. {section.title}" if section.code else section.title


def _number(field: Field) -> str:
    """Return the number of the item, and those of the official variables, as on the paper."""
    variables = variables_of(field)
    return " ".join(one for one in (field.item, f"({variables})" if variables else "") if one)


def _list_of(field: Field) -> str:
    own = {FieldType.YES_NO: _YES_NO, FieldType.PLACE: _PLACES, FieldType.DATE: _DATE}
    return own.get(field.type, field.catalogue or "")


def _codes(definitions: Definitions, name: str) -> Mapping[str, str]:
    if name == _YES_NO:  # the official list writes «Si», without its accent
        return {"1": "Sí", "0": "No"}
    if name == _PLACES:
        return {one.code: one.words for one in definitions.places.districts}
    if name == _STATES:
        return {"draft": "Borrador", "issued": "Emitida"}
    if name == _ROLES:
        return {one.code: one.title for one in definitions.authorisation.roles.values()}
    return {one.code: one.label for one in definitions.catalogues[name].terms}


def _own_label(definitions: Definitions, kind: str, field: str) -> str:
    said = label_of(definitions, FieldKey(kind, RecordId(""), field))
    return _OWN.get(field, field) if said == NEWER_FIELD else said
