"""A disputed field and its values in words: also those fields that no form shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.definitions import Definitions
from app.domain.marks import N_
from app.domain.records import Kind, Name
from app.domain.value import Absent, Value
from app.services.access import act
from app.services.accounts import ROLE, ROLES, named
from app.services.display import ABSENT_WORDS, shown_value
from app.services.ports import FieldKey, UnitOfWork

__all__ = ["NEWER_FIELD", "label_of", "names_of_people", "words_of"]

NEWER_FIELD: Final = N_("Dato de una versión más nueva")

_OWN_LABELS: Final[Mapping[str, str]] = {
    Name.TOMBSTONE: N_("Retirado de la lista"),
    Name.TEAM: N_("Equipo del caso"),
    Name.RESPONSIBLE: N_("Responsable del caso"),
    Name.RESERVED: N_("Caso en reserva"),
    Name.BLOCKED: N_("Personas que no pueden ver el caso"),
    Name.CODE: N_("Código del caso"),
    Name.SURVIVOR: N_("Persona usuaria del caso"),
    Name.ALLEGED_PERPETRATOR: N_("Presunta persona agresora del caso"),
    Name.CASE: N_("Caso al que pertenece"),
    Name.CONSENT: N_("Consentimiento de la derivación"),
    Name.REFERRAL: N_("Derivación del consentimiento"),
    Name.FOLIO: N_("Folio de la derivación"),
    Name.STATE: N_("Estado de la derivación"),
    Name.ISSUED_ON: N_("Día en que salió la derivación"),
    Name.ISSUED_TIME: N_("Hora en que salió la derivación"),
    Name.ISSUED_SHEET: N_("Hoja que salió impresa"),
    Name.NEEDED_ITEMS: N_("Datos que la institución necesita"),
    "name": N_("Nombre"),
    "role": N_("Servicio"),
    "roles": N_("Roles"),
    "left_on": N_("Día en que se fue"),
    "description": N_("Descripción del archivo adjunto"),
    "open_tasks": N_("Lo que estaba pendiente al entregar el turno"),
}
"""Fields that the program writes itself: no form asks for them."""

_STATES: Final[Mapping[str, str]] = {"draft": N_("Borrador"), "issued": N_("Emitida")}
_YES: Final = N_("Sí")
_NO: Final = N_("No")
_ANOTHER_RECORD: Final = N_("(otro registro)")
_THE_SHEET: Final = N_("(la hoja entera)")
_NOBODY_KNOWN: Final = N_("(persona que esta laptop todavía no conoce)")
_OF_PEOPLE: Final = frozenset(
    (Kind.CASE, one) for one in (Name.TEAM, Name.RESPONSIBLE, Name.BLOCKED)
)
_OF_ROLES: Final = frozenset((Kind.PERSON, one) for one in (ROLE, ROLES))


def label_of(definitions: Definitions, key: FieldKey) -> str:
    """Return the Spanish message id of what a field is called."""
    definition = definitions.field_of(key.kind, key.field)
    if definition is not None:
        return definition.label
    return _OWN_LABELS.get(key.field, NEWER_FIELD)


@act("see_conflicts")
def names_of_people(uow: UnitOfWork) -> Mapping[str, str]:
    """Return the name of everybody of the centre, by the record's id: also of who left. Reads
    only."""
    people = (named(uow, one) for one in uow.records.ids(Kind.PERSON))
    return {one.id: one.name for one in people if one is not None}


def words_of(
    definitions: Definitions, key: FieldKey, value: Value, people: Mapping[str, str]
) -> str:
    """Return a value of a field in Spanish words (message ids where they are of the program);
    blank is the empty text. ``people``: the names of the centre's by their ids."""
    if value is None:
        return _NO if key.field == Name.TOMBSTONE else ""
    for form, one in definitions.fields_of(key.kind):
        if one.field == key.field:
            return shown_value(definitions, form.id, one.id, value)
    if isinstance(value, Absent):
        return ABSENT_WORDS[value]
    if (key.kind, key.field) in _OF_PEOPLE:
        return ", ".join(people.get(one, _NOBODY_KNOWN) for one in _codes(value))
    if (key.kind, key.field) in _OF_ROLES:
        roles = definitions.authorisation.roles
        return ", ".join(roles[one].title if one in roles else one for one in _codes(value))
    return _plain(key, value)


def _codes(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (str(value),)


def _plain(key: FieldKey, value: Value) -> str:
    if isinstance(value, bool):
        return _YES if value else _NO
    if isinstance(value, tuple):
        return ", ".join(value)
    if key.field == Name.ISSUED_SHEET:
        return _THE_SHEET
    if key.field in (Name.SURVIVOR, Name.ALLEGED_PERPETRATOR, Name.CASE, Name.CONSENT):
        return _ANOTHER_RECORD
    if (key.kind, key.field) == (Kind.REFERRAL, Name.STATE):
        return _STATES.get(str(value), str(value))
    return str(value)
