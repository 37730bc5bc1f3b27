"""Receiving somebody: the condition of her new ficha, and the ficha itself.

The search proposes (:mod:`app.services.people`), a person decides, and here a case is opened for
what she decided. Nothing is compulsory: who is in danger has a ficha at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from app.domain import registration
from app.domain.change import RecordId
from app.domain.folding import fold
from app.domain.form import FieldType
from app.domain.records import Kind, Name, named_record
from app.domain.registration import EarlierCase
from app.domain.traits import Reason
from app.domain.value import Absent, Value, is_answered
from app.services import casework
from app.services.access import act, reach_of, seen_by
from app.services.display import shown_value
from app.services.forms import FICHA, stored_form
from app.services.people_index import ENTERED_ON, standing_cases
from app.services.people_models import ConditionProposal
from app.services.ports import Desk, StoredField, UnitOfWork
from app.services.reach import Reach
from app.services.values import day_of, stored_text

__all__ = [
    "CONDITION",
    "Difference",
    "Draft",
    "Intake",
    "differences",
    "draft",
    "keep_draft",
    "open_ficha",
    "propose_condition",
]

CONDITION: Final = "CONDICION"
_AS_SURVIVOR: Final = ("earlier_as_survivor", "earlier_as_survivor_where")
_AS_PERPETRATOR: Final = ("earlier_as_perpetrator", "earlier_as_perpetrator_where")
_YES: Final = "1"
_DRAFT: Final = "intake_draft/{actor}"
_OTHERS: Final = "intake_drafts_beside/{actor}"


@dataclass(frozen=True, slots=True)
class Intake:
    """What somebody decided before a ficha is opened.

    ``typed`` are values by id of the ficha's field. ``survivor`` and ``perpetrator`` are the
    records that she said it is, None for somebody new; ``survivor_as_perpetrator`` is the record in
    which the person served appears as an alleged perpetrator. ``condition`` is the code that the
    professional chose, empty when she left it open.
    """

    typed: Mapping[str, Value] = field(default_factory=dict)
    survivor: RecordId | None = None
    perpetrator: RecordId | None = None
    survivor_as_perpetrator: RecordId | None = None
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody typed and opened no ficha with, and what she had typed of others before, in
    the order in which it is offered."""

    typed: Mapping[str, Value] = field(default_factory=dict)
    others: tuple[Mapping[str, Value], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """A field in which what was typed is not what is on file: what is on file stays. ``kind`` is
    that of the record."""

    kind: str
    label: str
    typed: str
    held: str


@act("register")
def open_ficha(uow: UnitOfWork, desk: Desk, intake: Intake) -> RecordId:
    """Open a new ficha for these people and return the case's id. Commits.

    Of somebody who is on file the record goes on, with all that stands in it; what was typed fills
    its blanks. That she has an earlier ficha is filled in (items A.1.1 and A.1.2), as somebody said
    so; that she has none is not, as nobody knows. Raises DomainError ``record_unknown``.
    """
    typed = dict(intake.typed)
    uow.local.put(_DRAFT.format(actor=desk.actor.id), None)
    if intake.condition:
        typed[CONDITION] = intake.condition
    for record_id, kind, (has_one, where) in (
        (intake.survivor, Kind.SURVIVOR, _AS_SURVIVOR),
        (intake.survivor_as_perpetrator, Kind.ALLEGED_PERPETRATOR, _AS_PERPETRATOR),
    ):
        if record_id is not None:
            typed |= {has_one: _YES, where: _where(uow, desk, kind, record_id)}
    return casework.open_case(
        uow, desk, survivor=intake.survivor, perpetrator=intake.perpetrator, typed=typed
    )


@act("register")
def keep_draft(
    uow: UnitOfWork,
    desk: Desk,
    typed: Mapping[str, Value] | None,
    others: Sequence[Mapping[str, Value]] = (),
) -> None:
    """Keep what somebody types before there is a ficha, for after a lock or a power cut, with what
    she had typed of ``others``; None or nothing forgets it. It is hers alone and never leaves this
    laptop. Commits."""
    kept = [_plain(one) for one in others if one]
    for name, content in ((_DRAFT, _plain(typed) if typed else None), (_OTHERS, kept or None)):
        row = name.format(actor=desk.actor.id)
        uow.local.put(row, None if content is None else json.dumps(content).encode())
    uow.commit()


@act("register")
def draft(uow: UnitOfWork, desk: Desk) -> Draft:
    """Return what :func:`keep_draft` kept for who works now."""
    typed, others = (uow.local.get(name.format(actor=desk.actor.id)) for name in (_DRAFT, _OTHERS))
    try:
        return Draft(
            _valued(json.loads(typed)) if typed is not None else {},
            tuple(_valued(one) for one in json.loads(others)) if others is not None else (),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        # Another version of the program kept it in another form.
        return Draft()


def _plain(typed: Mapping[str, Value]) -> dict[str, object]:
    return {
        name: {"absent": value.value} if isinstance(value, Absent) else value
        for name, value in typed.items()
    }


def _valued(kept: Mapping[str, Any]) -> dict[str, Value]:
    return {
        str(name): Absent(value["absent"]) if isinstance(value, dict) else value
        for name, value in kept.items()
        if isinstance(value, dict | str | int)
    }


@act("find_person")
def differences(uow: UnitOfWork, desk: Desk, intake: Intake) -> tuple[Difference, ...]:
    """Return where what was typed differs from what is on file of the people who were chosen, as
    far as she may read it: of somebody whose cases are all closed to her, nothing."""
    form = desk.definitions.form(FICHA)
    chosen = {Kind.SURVIVOR: intake.survivor, Kind.ALLEGED_PERPETRATOR: intake.perpetrator}
    reaches = {kind: _reach(uow, desk, kind, one) for kind, one in chosen.items() if one}
    records = {kind: chosen[kind] for kind, reach in reaches.items() if reach is not None}
    found = []
    for field_id, value in intake.typed.items():
        definition = form.get(field_id)
        record_id = records.get(definition.kind) if definition else None
        if definition is None or record_id is None:
            continue
        stored = stored_form(definition, value)
        on_file = uow.records.fields(record_id)
        held, reach = on_file.get(definition.field), reaches[definition.kind]
        if reach is None or reach.closed(definition.kind, definition.field, on_file) is not None:
            continue
        if stored is None or held is None or not is_answered(held.value) or held.value == stored:
            continue
        found.append(
            Difference(
                definition.kind,
                definition.brief,
                shown_value(desk.definitions, FICHA, field_id, stored),
                shown_value(desk.definitions, FICHA, field_id, held.value),
            )
        )
    return tuple(found)


@act("find_person")
def propose_condition(
    uow: UnitOfWork,
    desk: Desk,
    survivor: RecordId | None,
    perpetrator: RecordId | None,
    day: date,
    *,
    perpetrator_is_named: bool = True,
) -> ConditionProposal:
    """Return which condition a ficha opened on ``day`` seems to have, with the reasons in words.

    ``survivor`` and ``perpetrator`` are the records that somebody said it is, None for people who
    are new; ``perpetrator_is_named`` is false while nothing is known of the latter. The rules are
    the official dictionary's (variable CONDICION); it reads and chooses nothing.
    """
    earlier = []
    hidden = seen_by(uow, desk, "find_person").hidden
    for case_id, held in standing_cases(uow, Kind.SURVIVOR, survivor).items() if survivor else ():
        if case_id in hidden:
            continue
        named = held.get(Name.ALLEGED_PERPETRATOR)
        other = named_record(named.value) if named else None
        earlier.append(
            EarlierCase(
                code=stored_text(held, Name.CODE),
                last_attention=_last_attention(uow, desk, case_id, held, day),
                is_of_this_centre=_is_here(desk, stored_text(held, casework.CENTRE)),
                same_perpetrator=perpetrator is not None and other == perpetrator,
            )
        )
    proposal = registration.propose(earlier, day, perpetrator_is_named=perpetrator_is_named)
    named_codes = [one for one in (proposal.code, *proposal.possible) if one]
    return ConditionProposal(
        proposal.code,
        proposal.possible,
        proposal.reasons,
        proposal.missing,
        tuple(Reason(f"condition_rule_{one}") for one in named_codes),
    )


def _last_attention(
    uow: UnitOfWork, desk: Desk, case_id: RecordId, held: Mapping[str, StoredField], day: date
) -> date | None:
    """Return the last day on which she was attended in a case: that on which it was opened, or of
    an action that was done."""
    days = [day_of(stored_text(held, ENTERED_ON))]
    for record_id in uow.records.referrers([case_id]).get(case_id, ()):
        if uow.records.kind_of(record_id) == Kind.ACTION:
            for name, stored in uow.records.fields(record_id).items():
                definition = desk.definitions.field_of(Kind.ACTION, name)
                is_day = definition is not None and definition.type is FieldType.DATE
                if is_day and definition is not None and definition.is_past:
                    days.append(day_of(stored.value if isinstance(stored.value, str) else ""))
    return max((one for one in days if one is not None and one <= day), default=None)


def _is_here(desk: Desk, centre: str) -> bool:
    # A centre that nobody wrote down is not another one.
    return not centre or not desk.centre_name or fold(centre) == fold(desk.centre_name)


def _reach(uow: UnitOfWork, desk: Desk, kind: str, record_id: RecordId) -> Reach | None:
    """Return how far who works reaches into somebody's record: as in the first of her cases that is
    open; None when none is."""
    closed = seen_by(uow, desk, "find_person").closed
    standing = tuple(standing_cases(uow, kind, record_id))
    hers = [one for one in standing if one not in closed]
    if standing and not hers:
        return None
    return reach_of(uow, desk, hers[0] if hers else None)


def _where(uow: UnitOfWork, desk: Desk, kind: str, record_id: RecordId) -> str:
    """Return centre, number and year of every ficha in which somebody appears and of which who
    works may know, newest first."""
    found = []
    hidden = seen_by(uow, desk, "find_person").hidden
    for case_id, held in standing_cases(uow, kind, record_id).items():
        if case_id in hidden:
            continue
        opened = day_of(stored_text(held, ENTERED_ON))
        parts = (
            stored_text(held, casework.CENTRE),
            stored_text(held, Name.CODE),
            str(opened.year) if opened else "",
        )
        found.append(", ".join(part for part in parts if part))
    return "; ".join(reversed(found))
