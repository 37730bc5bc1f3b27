"""The kinds of record and those of their fields that the program itself relies on.

Every other field is known from the forms alone. The names stand in ``app/data/registry.csv`` with
the numbers under which they travel.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from app.domain.change import RecordId
from app.domain.value import Value

__all__ = ["OF_THE_CENTRE", "Kind", "Name", "is_reference", "named_kind", "named_record"]


class Kind:
    """The kinds of record."""

    CASE: Final = "case"
    SURVIVOR: Final = "survivor"
    ALLEGED_PERPETRATOR: Final = "alleged_perpetrator"
    REFERRAL: Final = "referral"
    CONSENT: Final = "consent"
    PERSON: Final = "person"
    """A member of staff: the record's id is the author's id."""
    ACTION: Final = "action"
    """What the centre did: sections E, G and H of the ficha, one record an action."""
    EVENT: Final = "event"
    """What happened in the course of a case: the facts that start and stop legal clocks."""
    MEASURE: Final = "measure"
    """A protection or precautionary measure that a court gave."""
    RISK_VALUATION: Final = "risk_valuation"
    """One valuation of risk by the centre; a case has a history of them."""
    FVR: Final = "fvr"
    """A transcription of the risk instrument that police, prosecutor or court applied."""
    TASK: Final = "task"
    """What people decided about a proposed task: done, handed on, postponed. Its id is derived."""
    CALENDAR_DAY: Final = "calendar_day"
    """A local holiday or a suspension of terms; of the centre, of no case."""
    DISTANCE_TERM: Final = "distance_term"
    """The days of *término de la distancia* of a district; of the centre, of no case."""
    ATTACHMENT: Final = "attachment"
    """A scan that belongs to another record of a case."""
    SUPPORT_PERSON: Final = "support_person"
    """Somebody of her family or social network (section C)."""
    DEPENDANT: Final = "dependant"
    """A child or other person who depends on her, perhaps an indirect victim."""
    HANDOVER: Final = "handover"
    """A hand-over between two shifts of a centre; of no case."""
    NOTE: Final = "note"
    """A note of a case: also what one of two laptops had written when both were right."""

    ACCESS: Final = "access"
    """That somebody went into a case that others attend: with the reason that she gave, or because
    it was urgent. The team is shown it."""


class Name:
    """The names of fields with a meaning for the program."""

    CODE: Final = "code"
    SURVIVOR: Final = "survivor"
    ALLEGED_PERPETRATOR: Final = "alleged_perpetrator"
    CASE: Final = "case"
    CONSENT: Final = "consent"
    FOLIO: Final = "folio"
    STATE: Final = "state"
    ISSUED_ON: Final = "issued_on"
    ISSUED_TIME: Final = "issued_time"
    ISSUED_SHEET: Final = "issued_sheet"
    """What an issued referral says, word for word, so that a second print is the same paper."""
    INSTITUTION: Final = "institution"
    INSTITUTION_NAME: Final = "institution_name"
    ITEMS: Final = "items"
    NEEDED_ITEMS: Final = "needed_items"
    """What was ticked for the institution's sake, not by hand."""
    REFERRAL: Final = "referral"
    TOMBSTONE: Final = "tombstone"
    TAKEN_OUT_AS: Final = "taken_out_as"
    """A hash of what a record held when somebody took it out: who writes in it without having seen
    that writes in a record that nobody took out."""
    TEAM: Final = "team"
    """Who attends a case: ids of people. Of a case: it is everybody's while nobody stands there."""
    RESPONSIBLE: Final = "responsible"
    """Who answers for a case."""
    RESERVED: Final = "reserved"
    """That a case is for its team alone."""
    BLOCKED: Final = "blocked"
    """Who may do nothing with a case, nor know of it: ids of people."""
    PERSON: Final = "person"
    """Whose access it was."""
    READ_AS: Final = "read_as"
    """Of which field (``kind.field``) a note holds what somebody had written there: whoever may not
    read that may not read the note."""


OF_THE_CENTRE: Final = frozenset({Kind.CALENDAR_DAY, Kind.DISTANCE_TERM, Kind.HANDOVER})
"""Kinds of record that belong to the centre and to no case."""

_REFERENCES: Final[Mapping[tuple[str, str], str]] = {
    (Kind.CASE, Name.SURVIVOR): Kind.SURVIVOR,
    (Kind.CASE, Name.ALLEGED_PERPETRATOR): Kind.ALLEGED_PERPETRATOR,
    (Kind.REFERRAL, Name.CONSENT): Kind.CONSENT,
    (Kind.CONSENT, Name.REFERRAL): Kind.REFERRAL,
    (Kind.ACCESS, Name.PERSON): Kind.PERSON,
}


def named_kind(kind: str, field: str) -> str | None:
    """Return the kind of record that a field names, or None for a field that names none.

    A field ``case`` names the case of its record, whatever the kind: a form for a new kind of
    record needs no line of code.
    """
    if field == Name.CASE:
        return Kind.CASE
    return _REFERENCES.get((kind, field))


def is_reference(kind: str, field: str) -> bool:
    """Return whether the field names another record."""
    return named_kind(kind, field) is not None


_IS_ID: Final = re.compile(r"[0-9a-f]{32}")


def named_record(value: Value) -> RecordId | None:
    """Return the record that the value of a reference names, or None when it names none: what
    another laptop's program wrote there may be anything."""
    is_id = isinstance(value, str) and _IS_ID.fullmatch(value) is not None
    return RecordId(str(value)) if is_id else None
