"""Whether anybody may ring her up: one rule for every list, screen and paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.value import Absent, Value

__all__ = ["TELEPHONE_FIELDS", "must_not_call"]

TELEPHONE_FIELDS: Final = frozenset({"safe_phone", "leave_message"})
"""What would make somebody ring: the number, and that a message may be left at it."""

_ANSWERED_BY_AGGRESSOR: Final = "agresor"  # of the catalogue relacion_contacto
_MAY_SEE: Final = ("1", Absent.UNKNOWN)


def must_not_call(values: Mapping[str, Value]) -> bool:
    """Return whether her telephone must not be called, by the values of her contact fields.

    It is so when she said *never*, when the alleged perpetrator answers that number, and when that
    person looks into her telephone, or nobody knows whether.
    """
    return (
        values.get("never_call") is True
        or values.get("safe_phone_answered_by") == _ANSWERED_BY_AGGRESSOR
        or values.get("aggressor_sees_phone") in _MAY_SEE
    )
