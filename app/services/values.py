"""Reading typed values out of a form or a record: a value of another type counts as blank."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime

from app.domain.change import RecordId
from app.domain.facts import LIMA
from app.domain.records import Name
from app.domain.value import Absent, Value, canonical_bytes
from app.services.ports import FieldKey, StoredField
from app.services.read_models import FormFile

__all__ = [
    "came_back",
    "changed_at",
    "codes_of",
    "day_of",
    "is_buried",
    "number_of",
    "putting_back",
    "stored_codes",
    "stored_text",
    "taking_out",
    "text_of",
]


def text_of(file: FormFile, field_id: str) -> str:
    """Return a text or code of a form, or the empty text."""
    view = file.fields.get(field_id)
    return view.value if view is not None and isinstance(view.value, str) else ""


def codes_of(file: FormFile, field_id: str) -> tuple[str, ...]:
    """Return a set of codes of a form, or the empty one."""
    view = file.fields.get(field_id)
    return view.value if view is not None and isinstance(view.value, tuple) else ()


def number_of(file: FormFile, field_id: str) -> int | None:
    """Return a number of a form, or None."""
    view = file.fields.get(field_id)
    value = view.value if view is not None else None
    return value if isinstance(value, int) and not isinstance(value, bool | Absent) else None


def stored_text(held: Mapping[str, StoredField], name: str) -> str:
    """Return a text or code of a record, or the empty text."""
    stored = held.get(name)
    return stored.value if stored is not None and isinstance(stored.value, str) else ""


def stored_codes(held: Mapping[str, StoredField], name: str) -> tuple[str, ...]:
    """Return a set of codes of a record, or the empty one."""
    stored = held.get(name)
    return stored.value if stored is not None and isinstance(stored.value, tuple) else ()


def is_buried(held: Mapping[str, StoredField]) -> bool:
    """Return whether a record was taken out. One that two laptops do not agree about is there: what
    is shown too long can be taken out again, what is hidden too soon is missed. So is one in which
    somebody wrote who had not seen that it was taken out."""
    return _was_taken_out(held) and not came_back(held)


def came_back(held: Mapping[str, StoredField]) -> bool:
    """Return whether a record was taken out, and is there for somebody wrote in it who had not seen
    that."""
    known = stored_codes(held, Name.TAKEN_OUT_AS)  # nothing, where an older version took it out
    return _was_taken_out(held) and bool(known) and _fingerprint(held) not in known


def _was_taken_out(held: Mapping[str, StoredField]) -> bool:
    """Return whether a record was taken out by whoever knew of it."""
    stored = held.get(Name.TOMBSTONE)
    return stored is not None and bool(stored.value) and not stored.is_conflict


def taking_out(
    kind: str, record_id: RecordId, held: Mapping[str, StoredField]
) -> dict[FieldKey, Value]:
    """Return what is written to take out a record that holds this, as :func:`is_buried` reads."""
    return {
        FieldKey(kind, record_id, Name.TOMBSTONE): True,
        FieldKey(kind, record_id, Name.TAKEN_OUT_AS): (_fingerprint(held),),
    }


def putting_back(kind: str, record_id: RecordId) -> dict[FieldKey, Value]:
    """Return what is written to put a record back that was taken out. What it showed then says
    nothing any more: an older version may take it out later on, and writes the tombstone alone."""
    return {
        FieldKey(kind, record_id, Name.TOMBSTONE): None,
        FieldKey(kind, record_id, Name.TAKEN_OUT_AS): None,
    }


def _fingerprint(held: Mapping[str, StoredField]) -> str:
    """Return a hash of what shows in a record. By the changes, not by the names of their fields:
    two versions of the program may know them by different ones."""
    about = (Name.TOMBSTONE, Name.TAKEN_OUT_AS)
    shown = sorted(
        one.shown + bytes([one.is_conflict]) + canonical_bytes(one.value)
        for name, one in held.items()
        if name not in about
    )
    return hashlib.blake2b(b"".join(shown), digest_size=8, person=b"qispi-out-1").hexdigest()


def day_of(text: str) -> date | None:
    """Return the day that an ISO date names, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def changed_at(stored: StoredField) -> datetime | None:
    """Return when a field was last written by the clock of whoever wrote it, in Lima; None when
    that clock is so far off that there is no such day."""
    try:
        return datetime.fromtimestamp(stored.changed_ms / 1000, LIMA)
    except (ValueError, OverflowError, OSError):
        return None
