"""Risk in a case: the centre's own valuations, the transcribed instruments, and what does not fit.

The FVR is applied by police, prosecutor or court (DS 009-2016-MIMP, art. 4.8 and 18); here it is
copied or rehearsed. The centre's level is the professional's. Nothing here sets or lowers a level.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from typing import Final

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.form import Problem
from app.domain.instrument import Score
from app.domain.records import Kind, Name, named_record
from app.domain.risk import (
    RiskContext,
    RiskWarning,
    Valued,
    evolution,
    in_order,
    latest,
    warnings,
)
from app.domain.value import Value
from app.services import forms
from app.services.access import act
from app.services.ports import Desk, FieldKey, StoredField, UnitOfWork
from app.services.risk_levels import (
    FIRST_LEVEL,
    INSTRUMENT,
    current_level,
    gravest_instrument,
    living,
    noted_with,
    read_fvr,
    valuations,
)
from app.services.risk_models import FvrReading, FvrRow, RiskHistory, ValuationRow
from app.services.values import day_of, stored_text, taking_out

__all__ = [
    "FVR_FORM",
    "VALUATION_FORM",
    "current_level",
    "open_fvr",
    "open_valuation",
    "reading_of",
    "remarks_of",
    "risk_history",
    "score_of",
    "set_fvr_field",
    "warnings_of",
    "withdraw",
]

VALUATION_FORM: Final = "valoracion"
FVR_FORM: Final = "fvr"
_TRANSCRIPTION: Final = "transcripcion"
_RED_FLAG: Final = "red_flag"
_BEGUN: Final[Mapping[str, frozenset[str]]] = {
    Kind.RISK_VALUATION: frozenset({Name.CASE, "valued_on"}),
    Kind.FVR: frozenset({Name.CASE, "purpose"}),
}
"""What a record holds that was opened and in which nothing was written yet."""

Held = Mapping[str, StoredField]


@act("see_risk", case="case_id")
def risk_history(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> RiskHistory:
    """Return every valuation and transcribed instrument of a case, the newest first. Reads only.

    Raises DomainError ``record_unknown``.
    """
    if uow.records.kind_of(case_id) != Kind.CASE:
        raise DomainError("record_unknown")
    found = valuations(uow, case_id)
    current = latest(desk.definitions.risk, found)
    return RiskHistory(
        current=current.level if current else "",
        valuations=_valuation_rows(uow, desk, case_id, found, current),
        instruments=_fvr_rows(uow, desk, case_id),
    )


@act("see_risk", record="fvr_id")
def score_of(uow: UnitOfWork, desk: Desk, fvr_id: RecordId) -> Score | None:
    """Return the score of a transcription, or None when its instrument is not scored here."""
    return reading_of(uow, desk, fvr_id).score


@act("see_risk", record="fvr_id")
def reading_of(uow: UnitOfWork, desk: Desk, fvr_id: RecordId) -> FvrReading:
    """Return what a transcription says, on paper and by its answers. Raises DomainError
    ``record_unknown``."""
    if uow.records.kind_of(fvr_id) != Kind.FVR:
        raise DomainError("record_unknown")
    return read_fvr(desk.definitions, uow.records.fields(fvr_id))


def remarks_of(reading: FvrReading) -> tuple[str, ...]:
    """Return the message ids of what is to be said beside a transcription; both results stay."""
    said = []
    if reading.is_level_of_another:
        said.append("fvr_level_of_another")
    if reading.is_other_version:
        said.append("fvr_other_version")
    if reading.differs:
        said.append("fvr_paper_differs")
    if reading.score is not None and reading.score.answered_anyway:
        said.append("fvr_answered_anyway")
    return tuple(said)


@act("see_risk", record="record_id")
def warnings_of(uow: UnitOfWork, desk: Desk, record_id: RecordId) -> tuple[RiskWarning, ...]:
    """Return what the program warns of beside a valuation: that of the ficha (the id of its case),
    or a later one. Where a later one is silent, the ficha speaks. Reads only.

    Raises DomainError ``record_unknown``.
    """
    kind = uow.records.kind_of(record_id)
    held = uow.records.fields(record_id)
    named = held.get(Name.CASE)
    case_id = record_id if kind == Kind.CASE else named_record(named.value if named else None)
    if kind not in (Kind.CASE, Kind.RISK_VALUATION) or case_id is None:
        raise DomainError("record_unknown")
    answers: dict[str, Value] = forms.form_file(uow, desk, forms.FICHA, case_id).values
    level, reason = FIRST_LEVEL, "risk_reason"
    if kind == Kind.RISK_VALUATION:
        later = forms.form_file(uow, desk, VALUATION_FORM, record_id).values
        answers |= {name: value for name, value in later.items() if value is not None}
        level, reason = "level", "reason"
    definitions = desk.definitions
    graver = gravest_instrument(uow, definitions, case_id, with_rehearsals=True)
    context = RiskContext(
        level=stored_text(held, level),
        has_reason=bool(stored_text(held, reason).strip()),
        answers=answers,
        red_flags=_red_flags(desk, answers),
        previous_level=_before(desk, valuations(uow, case_id), record_id),
        instrument_level=definitions.risk.counts_as(graver),
    )
    return warnings(definitions.risk, context)


@act("value_risk", case="case_id")
def open_valuation(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> RecordId:
    """Begin a further valuation by the centre, of today, or go on with one in which nothing was
    written yet. Commits. Raises DomainError ``record_unknown``."""
    begun = {"valued_on": desk.clock.today().isoformat()}
    return _open(uow, desk, VALUATION_FORM, case_id, begun)


@act("value_risk", case="case_id")
def open_fvr(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> RecordId:
    """Begin the transcription of an instrument, or go on with one in which nothing was written yet.
    Commits. Raises DomainError ``record_unknown``."""
    return _open(uow, desk, FVR_FORM, case_id, {"purpose": _TRANSCRIPTION})


@act("value_risk", record="anchor_id")
def set_fvr_field(
    uow: UnitOfWork,
    desk: Desk,
    anchor_id: RecordId,
    field_id: str,
    value: Value,
    *,
    seen: forms.Seen = forms.CURRENT,
) -> Problem | None:
    """Save one field of a transcription, as :func:`app.services.forms.set_field` does; with the
    instrument, its version is noted in the same transaction."""
    if field_id == INSTRUMENT:
        key = FieldKey(Kind.FVR, anchor_id, INSTRUMENT)
        forms.change_fields(uow, desk, noted_with(desk.definitions, key, value))
    return forms.set_field(uow, desk, FVR_FORM, anchor_id, field_id, value, seen=seen)


@act("withdraw_valuation", record="record_id")
def withdraw(uow: UnitOfWork, desk: Desk, record_id: RecordId) -> None:
    """Take back a valuation or a transcription that should not be in this case. Commits.

    It counts no longer and stays in the change log. Raises DomainError ``record_unknown``.
    """
    kind = uow.records.kind_of(record_id)
    if kind not in (Kind.RISK_VALUATION, Kind.FVR):
        raise DomainError("record_unknown")
    forms.change_fields(uow, desk, taking_out(kind, record_id, uow.records.fields(record_id)))
    uow.commit()


def _open(
    uow: UnitOfWork, desk: Desk, form_id: str, case_id: RecordId, begun: Mapping[str, Value]
) -> RecordId:
    kind = desk.definitions.form(form_id).anchor
    for record_id, held in living(uow, kind, case_id):
        written = {name for name, one in held.items() if one.value is not None}
        if written <= _BEGUN[kind] and all(one.author == desk.actor.id for one in held.values()):
            forms.change_fields(
                uow,
                desk,
                {FieldKey(kind, record_id, name): value for name, value in begun.items()},
            )
            uow.commit()
            return record_id
    record_id = forms.open_record(uow, desk, form_id, case_id, begun)
    uow.commit()
    return record_id


def _valuation_rows(
    uow: UnitOfWork,
    desk: Desk,
    case_id: RecordId,
    found: tuple[Valued, ...],
    current: Valued | None,
) -> tuple[ValuationRow, ...]:
    definitions = desk.definitions
    rows = []
    for one in in_order(definitions.risk, found):
        is_first = one.record_id == case_id
        held = uow.records.fields(RecordId(one.record_id))
        name = FIRST_LEVEL if is_first else "level"
        level = held.get(name)
        rows.append(
            ValuationRow(
                record_id=RecordId(one.record_id),
                is_first=is_first,
                on=one.on,
                level=one.level,
                has_reason=bool(stored_text(held, "risk_reason" if is_first else "reason").strip()),
                moment="" if is_first else stored_text(held, "moment"),
                by=_author(uow, level),
                is_conflict=level is not None and level.is_conflict,
                is_current=one is current,
                evolution=evolution(
                    definitions.risk, _before(desk, found, RecordId(one.record_id)), one.level
                ),
            )
        )
    return tuple(reversed(rows))


def _fvr_rows(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> tuple[FvrRow, ...]:
    definitions = desk.definitions
    scans = Counter(
        stored_text(held, "record") for _, held in living(uow, Kind.ATTACHMENT, case_id)
    )
    found = [
        (day_of(stored_text(held, "applied_on")), record_id, held)
        for record_id, held in living(uow, Kind.FVR, case_id)
    ]
    found.sort(key=lambda one: (one[0] is None, one[0] or desk.clock.today(), one[1]))
    before: dict[str, str] = {}
    rows = []
    for on, record_id, held in found:
        reading = read_fvr(definitions, held)
        counts = definitions.risk.counts_as(reading.gravest)
        previous = before.get(reading.instrument, "")
        if counts and not reading.is_rehearsal:
            before[reading.instrument] = counts
        rows.append(
            FvrRow(
                record_id=record_id,
                on=on,
                version=stored_text(held, "version"),
                reading=reading,
                level=reading.gravest,
                applied_by=stored_text(held, "applied_by"),
                document_number=stored_text(held, "document_number"),
                by=_author(uow, held.get(INSTRUMENT) or held.get(Name.CASE)),
                is_conflict=any(one.is_conflict for one in held.values()),
                attachments=scans[record_id],
                evolution=evolution(definitions.risk, previous, counts),
            )
        )
    return tuple(reversed(rows))


def _before(desk: Desk, found: tuple[Valued, ...], record_id: RecordId) -> str:
    """Return the level of the valuation before this one that has a level; empty: none."""
    rules = desk.definitions.risk
    earlier = itertools.takewhile(lambda one: one.record_id != record_id, in_order(rules, found))
    return next((one.level for one in reversed(list(earlier)) if rules.rank(one.level)), "")


def _red_flags(desk: Desk, answers: Mapping[str, Value]) -> dict[str, tuple[str, ...]]:
    """Return the labels of the ticked terms that are marked red, by field id."""
    found = {}
    for form_id in (forms.FICHA, VALUATION_FORM):
        for one in desk.definitions.form(form_id).fields():
            value = answers.get(one.id)
            if one.catalogue is None or not isinstance(value, tuple):
                continue
            terms = (desk.definitions.catalogues[one.catalogue].get(code) for code in value)
            labels = tuple(term.label for term in terms if term and _RED_FLAG in term.flags)
            if labels:
                found[one.id] = labels
    return found


def _author(uow: UnitOfWork, stored: StoredField | None) -> str:
    """Return the name of who wrote a field, as her record has it."""
    if stored is None:
        return ""
    return stored_text(uow.records.fields(RecordId(stored.author)), "name")
