"""What is known of a case, gathered from all its records for the rules that ask.

The ficha gives the answers; every date field that *says that something happened*
(:attr:`app.domain.form.Field.occurs`) gives an occurrence, in whichever record of the case it
stands; actions, referrals, measures and valuations give the derived values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Final

from app.domain.change import RecordId
from app.domain.definitions import Definitions
from app.domain.facts import CaseFacts, Moment, Occurrence
from app.domain.form import Field, Form
from app.domain.records import Kind, Name, named_record
from app.domain.risk import Valued
from app.domain.value import Value, is_answered, set_value
from app.services.case_file import cases_of, records_of
from app.services.forms import FICHA
from app.services.ports import StoredField, UnitOfWork
from app.services.risk_levels import current_level, gravest_instrument, valuations
from app.services.values import day_of, is_buried, stored_text

__all__ = ["facts_of"]

EVENT_CODE: Final = "code"
EVENT_DAY: Final = "happened_on"
EVENT_TIME: Final = "happened_at"
ACTION_CODE: Final = "action"
MEASURE_TYPE: Final = "type"
MEASURE_ENDED: Final = "ended_on"
ENTERED: Final = "ingreso"
KNOWN: Final = "conocimiento_cem"
SEVERE: Final = "3"
BECAME_SEVERE: Final = "nivel_severo"
FOLLOWED_UP: Final = "seguimiento_realizado"
ACTION_STATE: Final = "state"
ACTION_DONE: Final = "hecha"
REFERRAL_DOCUMENT: Final = "ficha_derivacion"

_PLACES: Final = ("event_district", "district")
"""Where the facts happened decides which authority acts; where she lives, when that is blank."""

_NAMED_OTHERWISE: Final = frozenset({Kind.SURVIVOR, Kind.ALLEGED_PERPETRATOR, Kind.CONSENT})
"""Kinds of record of a case that do not name it themselves."""

Held = Mapping[str, StoredField]


@dataclass(slots=True)
class _Gathered:
    """What the records of one case say, before it is put together."""

    values: dict[str, Value] = field(default_factory=dict)
    occurrences: list[Occurrence] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    referred: set[str] = field(default_factory=set)
    measures: set[str] = field(default_factory=set)
    documents: set[str] = field(default_factory=set)


def facts_of(uow: UnitOfWork, definitions: Definitions, case_id: RecordId) -> CaseFacts:
    """Return what the rules may know of a case. Reads only; inside the caller's transaction.

    Records that were taken back (a tombstone) say nothing. A date that is no date says that it
    happened, at a time that nobody knows.
    """
    gathered = _Gathered()
    for record_id, (kind, held) in uow.records.held_by(records_of(uow, [case_id])[case_id]).items():
        if is_buried(held) or not _belongs(uow, case_id, record_id, kind, held):
            continue
        _read(gathered, definitions, kind, record_id, held)
    gathered.occurrences.extend(_follows(uow, case_id, gathered.occurrences))
    values = gathered.values
    happened = {one.code for one in gathered.occurrences}
    values |= {
        "@occurred": set_value(happened),
        "@done": set_value(gathered.done),
        "@referred": set_value(gathered.referred),
        "@measures": set_value(gathered.measures),
        "@documents": set_value(gathered.documents),
        "@level": current_level(uow, definitions, case_id) or None,
        "@fvr_level": gravest_instrument(uow, definitions, case_id) or None,
    }
    places = (values.get(name) for name in _PLACES)
    district = next((one for one in places if isinstance(one, str) and one), "")
    return CaseFacts(values, tuple(gathered.occurrences), district)


def _belongs(
    uow: UnitOfWork, case_id: RecordId, record_id: RecordId, kind: str, held: Held
) -> bool:
    """Return whether a record is of this case as the kind that it is: somebody's error may have
    made one of two kinds, of which the other alone names the case."""
    if kind in _NAMED_OTHERWISE:
        return case_id in cases_of(uow, record_id, kind)
    stored = held.get(Name.CASE)
    return record_id == case_id or (stored is not None and named_record(stored.value) == case_id)


def _read(
    gathered: _Gathered, definitions: Definitions, kind: str, record_id: RecordId, held: Held
) -> None:
    for form, one in definitions.fields_of(kind):
        stored = held.get(one.field)
        if stored is None:
            continue
        if form.id == FICHA:
            gathered.values[one.id] = stored.value
        if one.occurs and is_answered(stored.value):
            moment = _moment(form, one, held)
            gathered.occurrences.append(Occurrence(one.occurs, moment, record_id))
    reader = _READERS.get(kind)
    if reader is not None:
        reader(gathered, record_id, held)


def _moment(form: Form, definition: Field, held: Held) -> Moment | None:
    """Return when a date field says that it happened; None when it was answered without a day."""
    time_of = form.get(definition.occurs_time) if definition.occurs_time else None
    return _when(held, definition.field, time_of.field if time_of else "")


def _when(held: Held, day_name: str, time_name: str) -> Moment | None:
    day = day_of(stored_text(held, day_name))
    if day is None:
        return None
    try:
        at = time.fromisoformat(stored_text(held, time_name))
    except ValueError:
        at = None
    return Moment(day, at)


def _event(gathered: _Gathered, record_id: RecordId, held: Held) -> None:
    if code := stored_text(held, EVENT_CODE):
        moment = _when(held, EVENT_DAY, EVENT_TIME)
        gathered.occurrences.append(Occurrence(code, moment, record_id))


def _action(gathered: _Gathered, _: RecordId, held: Held) -> None:
    code = stored_text(held, ACTION_CODE)
    if code and stored_text(held, ACTION_STATE) == ACTION_DONE:
        gathered.done.add(code)


def _referral(gathered: _Gathered, _: RecordId, held: Held) -> None:
    if stored_text(held, Name.STATE) and stored_text(held, Name.ISSUED_ON):
        gathered.documents.add(REFERRAL_DOCUMENT)
        if institution := stored_text(held, Name.INSTITUTION):
            gathered.referred.add(institution)


def _measure(gathered: _Gathered, _: RecordId, held: Held) -> None:
    code = stored_text(held, MEASURE_TYPE)
    if code and not stored_text(held, MEASURE_ENDED):
        gathered.measures.add(code)


_READERS: Final[Mapping[str, Callable[[_Gathered, RecordId, Held], None]]] = {
    Kind.EVENT: _event,
    Kind.ACTION: _action,
    Kind.REFERRAL: _referral,
    Kind.MEASURE: _measure,
}


def _follows(
    uow: UnitOfWork, case_id: RecordId, occurrences: Sequence[Occurrence]
) -> Iterator[Occurrence]:
    """Yield what follows from the records without being written down as an event.

    The centre knew the case at the latest when it opened the ficha; the level became severe with
    the first of the latest valuations in a row that say so; every later valuation is a follow-up.
    """
    if not any(one.code == KNOWN for one in occurrences):
        entered = [one for one in occurrences if one.code == ENTERED]
        yield from (replace(one, code=KNOWN) for one in entered[:1])
    severe: Valued | None = None
    for one in sorted(valuations(uow, case_id), key=lambda one: one.on or date.min):
        severe = (severe or one) if one.level == SEVERE else None if one.level else severe
        if one.record_id != case_id and one.on is not None:
            yield Occurrence(FOLLOWED_UP, Moment(one.on), one.record_id)
    if severe is not None:
        moment = Moment(severe.on) if severe.on else None
        yield Occurrence(BECAME_SEVERE, moment, severe.record_id)
