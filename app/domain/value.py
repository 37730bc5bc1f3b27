"""What a field can hold: a typed value, the reason why there is none, or blank.

Blank (``None``) is not an answer. *Not asked*, *does not know* and *declined* are answers, and
differ in a risk score, in a court and in a count (FHIR data-absent-reason gives the words).
"""

from __future__ import annotations

import enum

__all__ = ["Absent", "Value", "canonical_bytes", "is_answered", "set_value"]


class Absent(enum.Enum):
    """Why a field has no value, as an answer of its own (HL7 FHIR data-absent-reason)."""

    NOT_ASKED = "not_asked"
    UNKNOWN = "unknown"
    DECLINED = "declined"


Value = str | int | bool | tuple[str, ...] | Absent | None
"""A text, code or ISO date (``str``), a number, a yes/no, a set of codes (sorted, unique), an
:class:`Absent` reason, or ``None`` for blank."""


def set_value(codes: frozenset[str] | set[str] | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """Return the one form in which a set of codes is stored: sorted, each code once."""
    return tuple(sorted(set(codes)))


def is_answered(value: Value) -> bool:
    """Return whether something was answered: blank is not; an absent reason other than
    *not asked* is."""
    return value is not None and value != "" and value != () and value is not Absent.NOT_ASKED


def canonical_bytes(value: Value) -> bytes:
    """Return the one byte string of a value, for content hashes: a type letter, then the content.

    Every part carries its length, so no two values share their bytes.
    """
    if isinstance(value, str):
        return b"s" + _sized(value.encode())
    match value:
        case None:
            return b"n"
        case Absent():
            return b"a" + _sized(value.value.encode())
        case bool():
            return b"t" if value else b"f"
        case int():
            return b"i" + _sized(str(value).encode())
        case tuple():
            return b"l" + len(value).to_bytes(4) + b"".join(_sized(v.encode()) for v in value)


def _sized(content: bytes) -> bytes:
    return len(content).to_bytes(4) + content
