"""Why a cell does not fit its column of the official format, in one reason each.

The reason is the one that helps to mend the file: a date in another form is called so, a zero that
a spreadsheet ate is called so, and never just *not valid*.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

from app.domain.form import Problem
from app.domain.official_format import CellKind, OfficialColumn

__all__ = ["FORMULA_STARTS", "cell_problem", "is_plain_text"]

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula (OWASP, CSV injection)."""

_WHOLE: Final = re.compile(r"0|[1-9][0-9]*")
_DIGITS: Final = re.compile(r"[0-9]+")
_NEGATIVE: Final = re.compile(r"-[0-9]+(?:[.,][0-9]+)?")
_DECIMAL: Final = re.compile(r"[0-9]*[.,][0-9]*(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+")
_MARKERS: Final = frozenset(
    {"na", "n/a", "#n/a", "#n/d", "nan", "null", "none", "nd", "s/d", "sin dato", ".", "-", "--"}
)
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of what cannot be seen on a line: controls, direction marks, line ends."""

_ISO: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OTHER_DAYS: Final = (
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[T ].*"), "official_day_with_time"),
    (re.compile(r"[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}(?: .*)?"), "official_day_slashes"),
    (re.compile(r"[0-9]{1,2}[-.][0-9]{1,2}[-.][0-9]{2,4}"), "official_day_first"),
    (re.compile(r"[0-9]{1,2}[-/. ][^\W\d_]{3,10}\.?[-/. ][0-9]{2,4}"), "official_day_with_word"),
    (re.compile(r"[0-9]{4}[/.][0-9]{1,2}[/.][0-9]{1,2}"), "official_day_year_slashes"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"), "official_day_short"),
    (re.compile(r"[0-9]{8}"), "official_day_packed"),
    (re.compile(r"[0-9]{4,11}(?:\.[0-9]+)?"), "official_day_serial"),
)


def cell_problem(column: OfficialColumn, text: str) -> Problem | None:
    """Return why a cell is refused, or None when the column accepts it. Blank is accepted.

    Looks at the one cell: whether the three parts of a place name a district is asked elsewhere.
    """
    if not text:
        return None
    return _problem_of_any(text) or _OF_KIND[column.kind](column, text)


def is_plain_text(text: str) -> bool:
    """Return whether a text holds nothing unseen and no spreadsheet takes it for a formula."""
    return not text.startswith(FORMULA_STARTS) and not _has_unseen(text)


def _has_unseen(text: str) -> bool:
    return not text.isprintable() and any(unicodedata.category(one) in _UNSEEN for one in text)


def _problem_of_any(text: str) -> Problem | None:
    if text[0] in "\t\r":
        return Problem("official_formula", {})
    if _has_unseen(text):
        return Problem("official_control_character", {})
    if text != text.strip():
        return Problem("official_spaces", {})
    if text.casefold() in _MARKERS:
        return Problem("official_marker", {})
    if text[0] in "=+-@" and not _NEGATIVE.fullmatch(text):
        return Problem("official_formula", {})
    return None


def _text(column: OfficialColumn, text: str) -> Problem | None:
    if text[0] == "-":
        return Problem("official_formula", {})
    if len(text) > column.length:
        return Problem("official_too_long", {"limit": column.length, "found": len(text)})
    return None


def _whole(text: str) -> Problem | None:
    """Return why a text is not a whole number in its one spelling, or None."""
    if _WHOLE.fullmatch(text):
        return None
    if _NEGATIVE.fullmatch(text):
        return Problem("official_negative", {})
    if _DECIMAL.fullmatch(text):
        return Problem("official_decimals", {})
    if _DIGITS.fullmatch(text):
        return Problem("official_extra_zeros", {})
    return Problem("official_not_a_number", {})


def _number(column: OfficialColumn, text: str) -> Problem | None:
    problem = _whole(text)
    if problem is not None:
        return problem
    # Compared by length first: a line may hold a number of ten thousand digits.
    if len(text) > len(str(column.maximum)) or not column.minimum <= int(text) <= column.maximum:
        limits: dict[str, str | int] = {"minimum": column.minimum, "maximum": column.maximum}
        return Problem("official_out_of_range", limits)
    return None


def _code(column: OfficialColumn, text: str) -> Problem | None:
    if text in column.codes:
        return None
    if any(text.casefold() == label.casefold() for label in column.codes.values()):
        return Problem("official_label", {})
    problem = _whole(text)
    if problem is None or problem.message_id == "official_not_a_number":
        return Problem("official_code_unknown", {})
    return problem


def _flag(column: OfficialColumn, text: str) -> Problem | None:
    if text == "1":
        return None
    return Problem("official_flag_no", {}) if text == "0" else _code(column, text)


def _fixed_digits(count: int, text: str) -> Problem | None:
    if _DIGITS.fullmatch(text) and text.isascii():
        if len(text) == count:
            return None
        if len(text) < count:
            return Problem("official_lost_zeros", {"digits": count})
    if _NEGATIVE.fullmatch(text):
        return Problem("official_negative", {})
    if _DECIMAL.fullmatch(text):
        return Problem("official_decimals", {})
    return Problem("official_not_digits", {"digits": count})


def _place(column: OfficialColumn, text: str) -> Problem | None:
    return _fixed_digits(column.length, text)


def _day(column: OfficialColumn, text: str) -> Problem | None:
    del column
    if _ISO.fullmatch(text) and text.isascii():
        try:
            date.fromisoformat(text)
        except ValueError:
            return Problem("official_day_impossible", {})
        return None
    for shape, message_id in _OTHER_DAYS:
        if shape.fullmatch(text):
            return Problem(message_id, {})
    return Problem("official_not_a_day", {})


_OF_KIND: Final = {
    CellKind.TEXT: _text,
    CellKind.NUMBER: _number,
    CellKind.CODE: _code,
    CellKind.FLAG: _flag,
    CellKind.DAY: _day,
    CellKind.PLACE: _place,
    CellKind.SETTLEMENT: _place,
}
