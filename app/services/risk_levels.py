"""Which level of risk holds in a case now: read alike by lists, rules and screens.

The ficha holds the valuation of when she came (NIVEL_DE_RIESGO_VICTIMA); every later one is a
record of its own. Where two laptops differ, the field's rule has shown the graver value already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from app.domain.change import RecordId
from app.domain.definitions import Definitions
from app.domain.instrument import Instrument, Score, score
from app.domain.records import Kind, Name
from app.domain.risk import Valued, latest
from app.domain.value import Value
from app.services.ports import FieldKey, StoredField, UnitOfWork
from app.services.risk_models import FvrReading
from app.services.values import changed_at, day_of, is_buried, stored_text

__all__ = [
    "FIRST_LEVEL",
    "INSTRUMENT",
    "REHEARSAL",
    "current_as_stated",
    "current_level",
    "fvr_reading",
    "gravest_instrument",
    "living",
    "noted_with",
    "read_fvr",
    "valuation_of",
    "valuations",
]

FIRST_LEVEL: Final = "NIVEL_DE_RIESGO_VICTIMA"
_FIRST_DAYS: Final = ("risk_valued_on", "FECHA_INGRESO")
REHEARSAL: Final = "ensayo"
INSTRUMENT: Final = "instrument"

Held = Mapping[str, StoredField]


def living(uow: UnitOfWork, kind: str, case_id: RecordId) -> Iterator[tuple[RecordId, Held]]:
    """Yield the records of a kind that belong to a case and were not taken back, oldest first."""
    for record_id in uow.records.referring(kind, Name.CASE, case_id):
        held = uow.records.fields(record_id)
        if not is_buried(held):
            yield record_id, held


def valuation_of(record_id: RecordId, held: Held) -> Valued:
    """Return a later valuation; one without a day is of the day on which it was last changed, by
    those clocks that can be right."""
    on = day_of(stored_text(held, "valued_on"))
    if on is None:
        moments = (changed_at(one) for one in held.values())
        on = max((one.date() for one in moments if one is not None), default=None)
    return Valued(stored_text(held, "level"), on, record_id)


def valuations(uow: UnitOfWork, case_id: RecordId) -> tuple[Valued, ...]:
    """Return every valuation of a case, that of the ficha first. Reads only."""
    case = uow.records.fields(case_id)
    first = Valued(stored_text(case, FIRST_LEVEL), _first_day(case), case_id)
    later = (valuation_of(*one) for one in living(uow, Kind.RISK_VALUATION, case_id))
    return (first, *later)


def _first_day(case: Held) -> date | None:
    days = (day_of(stored_text(case, name)) for name in _FIRST_DAYS)
    return next((one for one in days if one is not None), None)


def current_level(uow: UnitOfWork, definitions: Definitions, case_id: RecordId) -> str:
    """Return the level (``nivel_riesgo``) of the latest valuation by its day, of two of one day the
    graver one; the ficha's when there is no later one; empty when none was chosen. Reads only."""
    found = latest(definitions.risk, valuations(uow, case_id))
    return found.level if found else ""


def current_as_stated(
    uow: UnitOfWork, definitions: Definitions, case_id: RecordId
) -> tuple[str, date | None]:
    """Return the level that holds, as :func:`current_level` does, and the day that was written for
    its valuation: what a paper may say. None when no day was written. Reads only."""
    found = latest(definitions.risk, valuations(uow, case_id))
    if found is None:
        return "", None
    held = uow.records.fields(RecordId(found.record_id))
    name = _FIRST_DAYS[0] if found.record_id == case_id else "valued_on"
    return found.level, day_of(stored_text(held, name))


def noted_with(definitions: Definitions, key: FieldKey, value: Value) -> dict[FieldKey, Value]:
    """Return what is noted when a field gets a value: with the instrument of a transcription its
    version, since the answers are scored by that one alone; nothing with any other field."""
    if (key.kind, key.field) != (Kind.FVR, INSTRUMENT):
        return {}
    instrument = definitions.instruments.get(value if isinstance(value, str) else "")
    version = FieldKey(Kind.FVR, key.record_id, "version")
    return {version: instrument.version if instrument else None}


def gravest_instrument(
    uow: UnitOfWork, definitions: Definitions, case_id: RecordId, *, with_rehearsals: bool = False
) -> str:
    """Return the gravest level (``nivel_fvr``) of the instruments of a case and of what the ficha
    says of one; empty when there is none. A rehearsal is no FVR and counts only when asked for."""
    found = [stored_text(uow.records.fields(case_id), "fvr_level")]
    for _, held in living(uow, Kind.FVR, case_id):
        reading = read_fvr(definitions, held)
        if with_rehearsals or not reading.is_rehearsal:
            found.append(reading.gravest)
    return _gravest(definitions, *found)


def read_fvr(definitions: Definitions, held: Held) -> FvrReading:
    """Return what a transcribed or rehearsed instrument says. Reads nothing but ``held``."""
    return fvr_reading(definitions, {name: one.value for name, one in held.items()})


def fvr_reading(definitions: Definitions, answers: Mapping[str, Value]) -> FvrReading:
    """Return what a transcribed or rehearsed instrument says by these values of its record."""
    code = _text(answers, "instrument")
    instrument = definitions.instruments.get(code)
    version = _text(answers, "version")
    is_other = bool(instrument and version and version != instrument.version)
    found = (
        score(instrument, answers)
        if instrument is not None and instrument.is_scored and not is_other
        else None
    )
    written = _text(answers, "level")
    computed = ""
    if instrument is not None and found is not None:
        is_certain = found.is_complete or found.level != instrument.levels[0]
        computed = found.level if is_certain else ""
    elif instrument is not None:
        computed = instrument.only_level
    value = answers.get("points_on_paper")
    number = value if isinstance(value, int) and not isinstance(value, bool) else None
    return FvrReading(
        instrument=code,
        is_rehearsal=_text(answers, "purpose") == REHEARSAL,
        written=written,
        points_written=number,
        computed=computed,
        gravest=_gravest(definitions, written, computed),
        score=found,
        differs=_differs(instrument, found, written, number),
        is_other_version=is_other,
        is_level_of_another=bool(instrument and written and written not in instrument.levels),
    )


def _text(answers: Mapping[str, Value], name: str) -> str:
    value = answers.get(name)
    return value if isinstance(value, str) else ""


def _differs(
    instrument: Instrument | None, found: Score | None, written: str, points: int | None
) -> bool:
    """Return whether the paper says what its own answers cannot give, however the open ones go."""
    if instrument is None or found is None:
        return False
    if points is not None and not found.points <= points <= found.highest:
        return True
    levels = instrument.levels
    first, last = levels.index(found.level), levels.index(found.highest_level)
    return written in levels and not first <= levels.index(written) <= last


def _gravest(definitions: Definitions, *levels: str) -> str:
    """Return the gravest of these levels; what is not determined is graver than none, and milder
    than any that was found."""
    terms = [term.code for term in definitions.catalogues["nivel_fvr"].terms]
    rules = definitions.risk

    def gravity(level: str) -> tuple[int, int]:
        return rules.rank(rules.counts_as(level)), terms.index(level) if level in terms else -1

    return max((one for one in levels if one), key=gravity, default="")
