"""CSV, a row a line (``docs/official-format.md``). In the worker only.

Nothing here reads a spreadsheet or any other archive: no library of ours does.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Final

from app.apart.requests import Refusal, SetAside, Table, TableJob

__all__ = ["split_table"]

_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_ARCHIVES: Final = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"\x1f\x8b")

_CELL: Final = r'(?:"[^"]*+(?:""[^"]*+)*+"|[^",]*+)'
_ROW: Final = re.compile(f"{_CELL}(?:,{_CELL})*+")
"""Cells in quotes, or without any (RFC 4180); ``csv`` would take a quote amidst a cell, too."""


def split_table(job: TableJob) -> Table:
    """Return the rows of a table; a line that is none is set aside, and costs nothing but itself.

    Raises Refusal ``spreadsheet``, ``not_text``; ``no_header`` when the first line is no row.
    """
    content = job.content
    if content.startswith(_ARCHIVES):
        raise Refusal("spreadsheet")
    if content.startswith(_UTF_16):
        raise Refusal("not_text")
    had_bom = content.startswith(_BOM)
    csv.field_size_limit(job.line_bytes_max)
    table = Table(had_bom, [], [], [])
    for number, line in enumerate(_lines(content, len(_BOM) if had_bom else 0), 1):
        try:
            row = _row(line, job)
        except Refusal as error:
            if number == 1 and job.has_header:
                raise Refusal("no_header") from None
            table.set_aside.append(SetAside(number, error.reason))
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
        raise Refusal("line_too_long")
    if b"\0" in line:
        raise Refusal("line_nul")
    if line.count(b",") >= job.columns_max and b'"' not in line:
        raise Refusal("line_columns")
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise Refusal("line_not_utf8") from None
    if "\r" in text or not _ROW.fullmatch(text):
        raise Refusal("line_quotes")
    try:
        row = next(csv.reader([text], strict=True), [""])
    except csv.Error:
        raise Refusal("line_quotes") from None
    if len(row) > job.columns_max:
        raise Refusal("line_columns")
    return row
