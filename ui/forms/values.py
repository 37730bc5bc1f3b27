"""Between what people type and what the domain holds. No Qt in here.

What cannot be read is handed on as it was typed: it is saved, and a remark says what is wrong.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from app.domain.form import Field, FieldType
from app.domain.value import Value

__all__ = ["read_value", "shown_text"]

_DATE: Final = re.compile(r"\s*(\d{1,2})\s*[/.\- ]\s*(\d{1,2})\s*[/.\- ]\s*(\d{4}|\d{2})\s*")
_DIGITS_DATE: Final = re.compile(r"\s*(\d{2})(\d{2})(\d{4})\s*")
_TIME: Final = re.compile(r"\s*(\d{1,2})\s*[:.hH ]\s*(\d{2})\s*")
_NUMBER: Final = re.compile(r"\s*\d{1,9}\s*")
_YEARS_AHEAD: Final = 20
"""Two digits of a year mean one as far ahead as this, where a date may lie ahead."""
_OLDEST_TODAY: Final = 2026
"""The program is not older: a clock that says so is wrong, and 26 does not become 1926 by it."""


def read_value(definition: Field, text: str, today: date) -> Value:
    """Return what a line of text means for this field, or the text itself.

    Two digits of a year are the latest year that they can mean, as seen from ``today``.
    """
    if not text.strip():
        return None
    match definition.type:
        case FieldType.NUMBER if _NUMBER.fullmatch(text):
            return int(text)
        case FieldType.DATE:
            this_year = max(today.year, _OLDEST_TODAY)
            return _read_date(text, this_year + (0 if definition.is_past else _YEARS_AHEAD))
        case FieldType.TIME:
            return _read_time(text)
        case _:
            return text


def shown_text(definition: Field, value: Value) -> str:
    """Return the line of text for a value: dates as day, month, year."""
    if value is None or isinstance(value, tuple):
        return ""
    text = str(value)
    if definition.type is FieldType.DATE:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return text
        return f"{day.day:02}/{day.month:02}/{day.year:04}"
    return text


def _read_date(text: str, latest: int) -> str:
    found = _DATE.fullmatch(text) or _DIGITS_DATE.fullmatch(text)
    if found is None:
        return text
    day, month, year = (int(part) for part in found.groups())
    if len(found[3]) == 2:
        year = latest - (latest - year) % 100
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return text


def _read_time(text: str) -> str:
    found = _TIME.fullmatch(text)
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        return text
    return f"{int(found[1]):02}:{found[2]}"
