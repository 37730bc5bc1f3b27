"""The kinds of record and those of their fields that the program itself relies on.

Every other field is known from the forms alone. The names stand in ``app/data/registry.csv`` with
the numbers under which they travel.
"""

from __future__ import annotations

from typing import Final

__all__ = ["Kind", "Name", "is_reference"]


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
    TOMBSTONE: Final = "tombstone"


_REFERENCES: Final = frozenset(
    {
        (Kind.CASE, Name.SURVIVOR),
        (Kind.CASE, Name.ALLEGED_PERPETRATOR),
        (Kind.REFERRAL, Name.CASE),
        (Kind.REFERRAL, Name.CONSENT),
    }
)


def is_reference(kind: str, field: str) -> bool:
    """Return whether the field names another record."""
    return (kind, field) in _REFERENCES
