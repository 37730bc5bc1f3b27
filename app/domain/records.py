"""The kinds of record and those of their fields that the program itself relies on.

Every other field is known from the forms alone. The names stand in ``app/data/registry.csv`` with
the numbers under which they travel.
"""

from __future__ import annotations

import re
from typing import Final

from app.domain.change import RecordId
from app.domain.value import Value

__all__ = ["Kind", "Name", "is_reference", "named_record"]


class Kind:
    """The kinds of record."""

    CASE: Final = "case"
    SURVIVOR: Final = "survivor"
    ALLEGED_PERPETRATOR: Final = "alleged_perpetrator"
    REFERRAL: Final = "referral"
    CONSENT: Final = "consent"
    PERSON: Final = "person"
    """A member of staff: the record's id is the author's id."""


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


_REFERENCES: Final = frozenset(
    {
        (Kind.CASE, Name.SURVIVOR),
        (Kind.CASE, Name.ALLEGED_PERPETRATOR),
        (Kind.REFERRAL, Name.CASE),
        (Kind.REFERRAL, Name.CONSENT),
        (Kind.CONSENT, Name.REFERRAL),
    }
)


def is_reference(kind: str, field: str) -> bool:
    """Return whether the field names another record."""
    return (kind, field) in _REFERENCES


_IS_ID: Final = re.compile(r"[0-9a-f]{32}")


def named_record(value: Value) -> RecordId | None:
    """Return the record that the value of a reference names, or None when it names none: what
    another laptop's program wrote there may be anything."""
    is_id = isinstance(value, str) and _IS_ID.fullmatch(value) is not None
    return RecordId(str(value)) if is_id else None
