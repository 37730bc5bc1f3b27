"""CSV, a row a line (``docs/official-format.md``). In the worker only.

Nothing here reads a spreadsheet or any other archive: no library of ours does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from app.apart.requests import Refusal, SetAside, Table, TableJob

__all__ = ["split_table"]

_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_ARCHIVES: Final = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")

_CELL: Final = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"|([^",]*+)')
"""A cell in quotes, or one without any (RFC 4180): the half of a cell that a line end cut in two is
neither. What else a cell may hold (NUL, a carriage return) is for whoever knows the column."""


class _NoRowError(Exception):
    """A line that is no row: why, and how many columns it has."""

    def __init__(self, reason: str, found: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.found = found


def split_table(job: TableJob) -> Table:
    """Return the rows of a table; a line that is none is set aside, and costs nothing but itself.

    Raises Refusal ``spreadsheet``, ``not_text``; ``no_header`` when the first line is no row. In a
    portion that is not the beginning there is neither.
    """
    content = job.content
    had_bom = job.has_header and content.startswith(_BOM)
    if job.has_header and content.startswith(_ARCHIVES):
        raise Refusal("spreadsheet")
    if job.has_header and content.startswith(_UTF_16):
        raise Refusal("not_text")
    table = Table(had_bom, [], [], [])
    for number, line in enumerate(_lines(content, len(_BOM) if had_bom else 0), 1):
        try:
            row = _row(line, job)
        except _NoRowError as error:
            if number == 1 and job.has_header:
                raise Refusal("no_header") from None
            table.set_aside.append(SetAside(number, error.reason, error.found))
        else:
            table.rows.append(row)
            table.lines.append(number)
    if job.has_header and not table.rows:
        raise Refusal("no_header")
    return table


def _lines(content: bytes, start: int) -> Iterator[bytes]:
    """Yield the lines without their ends, one at a time: a list of them would be all at once."""
    while start < len(content):
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        yield content[start:end].removesuffix(b"\r")
        start = end + 1


def _row(line: bytes, job: TableJob) -> list[str]:
    if len(line) > job.line_bytes_max:
        raise _NoRowError("line_too_long")
    is_plain = b'"' not in line
    wanted, most = job.columns, job.columns or job.columns_max
    if is_plain and line.count(b",") >= most and not wanted:
        raise _NoRowError("line_columns")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise _NoRowError("line_not_utf8") from None
    row = text.split(",") if is_plain else _quoted_cells(text)
    if len(row) > most or (wanted and len(row) != wanted):
        raise _NoRowError("line_columns", len(row) if wanted else 0)
    return row


def _quoted_cells(text: str) -> list[str]:
    cells: list[str] = []
    at = 0
    while True:
        found = _CELL.match(text, at)
        assert found is not None  # the second shape may be empty
        inside, plain = found.groups()
        cells.append(plain if inside is None else inside.replace('""', '"'))
        at = found.end()
        if at == len(text):
            return cells
        if text[at] != ",":
            raise _NoRowError("line_quotes")
        at += 1
