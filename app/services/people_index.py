"""Keeps the index of everybody in the records as their fields and cases say.

What stands there of a person is a function of her record and of the cases that name her, so that
a rebuild gives what step by step derivation gave. Inside the caller's unit of work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from app.domain.blocking import keys_of
from app.domain.change import RecordId
from app.domain.folding import fold
from app.domain.records import Kind, Name, named_record
from app.domain.traits import Traits, document_of, words_of
from app.services.people_ports import PersonEntry
from app.services.portions import RECORDS_AT_ONCE, portions
from app.services.ports import FieldKey, StoredField, UnitOfWork
from app.services.values import day_of, is_buried, stored_text

__all__ = [
    "ENTERED_ON",
    "NAMED_BY",
    "TouchedPeople",
    "age_span",
    "bring_up_to_date",
    "index_person",
    "place_words",
    "standing_cases",
]

NAMED_BY: Final[Mapping[str, str]] = {
    Kind.SURVIVOR: Name.SURVIVOR,
    Kind.ALLEGED_PERPETRATOR: Name.ALLEGED_PERPETRATOR,
}
"""The kinds of record that are people of cases, and the field of the case that names them."""

AGE_OF: Final[Mapping[str, str]] = {
    Kind.SURVIVOR: "EDAD_VICTIMA",
    Kind.ALLEGED_PERPETRATOR: "EDAD_AGRESOR",
}
SEX_OF: Final[Mapping[str, str]] = {
    Kind.SURVIVOR: "SEXO_VICTIMA",
    Kind.ALLEGED_PERPETRATOR: "SEXO_AGRESOR",
}
ENTERED_ON: Final = "FECHA_INGRESO"

_OF_A_PERSON: Final = frozenset(
    {
        *("names", "surname_1", "surname_2", "alias", "document_number", "birth_date"),
        *("birth_date_is_estimated", "district", "community", "workplace", Name.TOMBSTONE),
        *SEX_OF.values(),
    }
)
_OF_A_CASE: Final = frozenset(
    {*NAMED_BY.values(), *AGE_OF.values(), ENTERED_ON, Name.TOMBSTONE},
)

_VERSION_NAME: Final = "people_index/version"
_VERSION: Final = b"2"
"""Counts up when the folding or the keys change: the index is then made anew, once."""

_PLACE_LENGTH_MAX: Final = 80
_AGE_MAX: Final = 120
_YEAR_DAYS: Final = 365.25
_ESTIMATED_DAYS: Final = 366


class TouchedPeople:
    """Gathers whose row in the index may have changed while fields are derived."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow
        self._people: dict[RecordId, None] = {}
        self._cases: dict[RecordId, None] = {}

    def before(self, key: FieldKey) -> None:
        """A field is about to be written: whom a case named so far may lose her last case."""
        if key.kind == Kind.CASE and key.field in NAMED_BY.values():
            held = self._uow.records.fields(key.record_id).get(key.field)
            named = named_record(held.value) if held else None
            if named is not None:
                self._people.setdefault(named)

    def after(self, key: FieldKey, *, is_new: bool) -> None:
        """A field was written; ``is_new`` when its record is new, or became of another kind."""
        if is_new:
            self._people.setdefault(key.record_id)
        if key.kind == Kind.CASE and (is_new or key.field in _OF_A_CASE):
            self._cases.setdefault(key.record_id)
        elif key.kind in NAMED_BY and key.field in _OF_A_PERSON:
            self._people.setdefault(key.record_id)

    def index(self) -> None:
        """Write the rows anew."""
        records = self._uow.records
        for cases in portions(tuple(self._cases), RECORDS_AT_ONCE):
            with records.reading_ahead(cases):
                for case_id in cases:
                    held = records.fields(case_id)
                    for name in NAMED_BY.values():
                        named = named_record(held[name].value) if name in held else None
                        if named is not None:
                            self._people.setdefault(named)
        for people in portions(tuple(self._people), RECORDS_AT_ONCE):
            naming = records.referrers(people)
            with records.reading_ahead(
                [*people, *(one for some in naming.values() for one in some)]
            ):
                for record_id in people:
                    index_person(self._uow, record_id)


def index_person(uow: UnitOfWork, record_id: RecordId) -> None:
    """Write, or take out, the row of a person as her record and her cases stand."""
    kind = uow.records.kind_of(record_id)
    if kind is None or kind not in NAMED_BY:
        uow.people.remove(record_id)
        return
    held = uow.records.fields(record_id)
    cases = standing_cases(uow, kind, record_id)
    if not cases or is_buried(held):
        uow.people.remove(record_id)
        return
    traits = _traits(kind, held, cases.values())
    uow.people.put(PersonEntry(record_id, kind, traits), keys_of(traits))


def bring_up_to_date(uow: UnitOfWork) -> None:
    """Make the index anew when another version of the program made it. Commits when it did.

    Storage thread; takes some seconds for thousands of cases, once after an update.
    """
    if uow.local.get(_VERSION_NAME) == _VERSION:
        return
    uow.people.clear()
    for kind in NAMED_BY:
        for record_id in uow.records.ids(kind):
            index_person(uow, record_id)
    uow.local.put(_VERSION_NAME, _VERSION)
    uow.commit()


def standing_cases(
    uow: UnitOfWork, kind: str, record_id: RecordId
) -> Mapping[RecordId, Mapping[str, StoredField]]:
    """Return the cases that name a person and were not taken out, oldest first, with their
    fields."""
    found = {
        case_id: uow.records.fields(case_id)
        for case_id in uow.records.referring(Kind.CASE, NAMED_BY[kind], record_id)
    }
    return {case_id: held for case_id, held in found.items() if not is_buried(held)}


def age_span(age: int, day: date) -> tuple[int, int]:
    """Return the first and the last day of birth of somebody so old on that day, as ordinals."""
    return (
        day.toordinal() - round((age + 1) * _YEAR_DAYS) + 1,
        day.toordinal() - round(age * _YEAR_DAYS),
    )


def place_words(text: str) -> str:
    """Return the name of a community or a workplace as it is compared."""
    return fold(text[:_PLACE_LENGTH_MAX])


def _traits(
    kind: str, held: Mapping[str, StoredField], cases: Iterable[Mapping[str, StoredField]]
) -> Traits:
    return Traits(
        names=words_of(stored_text(held, "names")),
        surnames=words_of(stored_text(held, "surname_1"), stored_text(held, "surname_2")),
        alias=words_of(stored_text(held, "alias")),
        document=document_of(stored_text(held, "document_number")),
        born=_born(kind, held, cases),
        sex=stored_text(held, SEX_OF[kind])[:1],
        district=stored_text(held, "district")[:6],
        community=place_words(stored_text(held, "community")),
        workplace=place_words(stored_text(held, "workplace")),
    )


def _born(
    kind: str, held: Mapping[str, StoredField], cases: Iterable[Mapping[str, StoredField]]
) -> tuple[int, int] | None:
    birth = day_of(stored_text(held, "birth_date"))
    if birth is not None:
        estimated = held.get("birth_date_is_estimated")
        slack = _ESTIMATED_DAYS if estimated is not None and estimated.value is True else 0
        return birth.toordinal() - slack, birth.toordinal() + slack
    spans = []
    for case in cases:
        stored = case.get(AGE_OF[kind])
        age = stored.value if stored else None
        day = day_of(stored_text(case, ENTERED_ON))
        is_age = isinstance(age, int) and not isinstance(age, bool)
        if day is not None and is_age and isinstance(age, int) and 0 <= age <= _AGE_MAX:
            spans.append(age_span(age, day))
    if not spans:
        return None
    return min(first for first, _ in spans), max(last for _, last in spans)
