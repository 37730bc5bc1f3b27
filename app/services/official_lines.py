"""Reading a file of the official format line by line, in bounded memory, whatever it holds.

A row is one line, so a quote that is never closed or a line without end costs that line and nothing
after it. What makes the whole file another format (another separator, Latin-1, other columns) is
named and refused: to read it all the same would be to guess.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from app.domain.errors import DomainError, EnvironmentFault
from app.domain.form import Problem

__all__ = ["LINE_BYTES_MAX", "BrokenLine", "LineBlock", "OfficialLines"]

LINE_BYTES_MAX: Final = 64 * 1024
"""Of one line. The longest that 168 accepted cells make is not a tenth of it."""

_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_SPREADSHEETS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_NAMED_MAX: Final = 5
_SHOWN_LENGTH: Final = 60


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that is no row: set aside whole. ``line`` counts from 1, the header being the
    first."""

    line: int
    problem: Problem


@dataclass(slots=True)
class LineBlock:
    """Some lines of a file: rows with their cells, and the numbers of the lines they stand on."""

    lines: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    broken: list[BrokenLine] = field(default_factory=list)


class OfficialLines:
    """The rows of one file. Reads the header when it is made.

    Raises DomainError when the file is not in the official format: ``official_empty_file``,
    ``official_utf16``, ``official_spreadsheet``, ``official_latin1``, ``official_separator``,
    ``official_line_without_end``, ``official_columns``; EnvironmentFault ``official_not_read``.
    """

    def __init__(self, file: BinaryIO, names: Sequence[str]) -> None:
        self._file = file
        self._columns = len(names)
        self._sha = hashlib.sha256()
        self._line = 0
        self.bytes_read = 0
        self.had_bom = False
        self.carriage_returns = 0
        """How many lines ended as Windows ends them: CR before LF."""
        self._check_header(names)

    @property
    def digest(self) -> bytes:
        """The SHA-256 of all that was read so far."""
        return self._sha.digest()

    def blocks(self, rows: int) -> Iterator[LineBlock]:
        """Yield the lines after the header, at most ``rows`` a block."""
        while True:
            block = self._block(rows)
            if not (block.rows or block.broken):
                return
            yield block

    def _block(self, rows: int) -> LineBlock:
        block = LineBlock()
        for _ in range(rows):
            content = self._next_line()
            if content is None:
                break
            try:
                block.rows.append(self._cells(content))
                block.lines.append(self._line)
            except _NotARowError as error:
                block.broken.append(BrokenLine(self._line, error.problem))
        return block

    def _cells(self, content: bytes) -> list[str]:
        if len(content) > LINE_BYTES_MAX:
            raise _NotARowError(Problem("official_line_too_long", {"limit": LINE_BYTES_MAX}))
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise _NotARowError(Problem("official_line_not_utf8", {})) from None
        cells = _quoted_cells(text) if '"' in text else text.split(",")
        if len(cells) == self._columns:
            return cells
        if text == "":
            raise _NotARowError(Problem("official_line_empty", {}))
        found: dict[str, str | int] = {"found": len(cells), "wanted": self._columns}
        few = len(cells) < self._columns
        raise _NotARowError(Problem("official_too_few" if few else "official_too_many", found))

    def _next_line(self) -> bytes | None:
        """Return the next line without its end, cut short when it is too long, or None at the end
        of the file."""
        content = self._read(LINE_BYTES_MAX + 2)
        if not content:
            return None
        self._line += 1
        if content.endswith(b"\n"):
            content = content[:-1]
        else:
            more = content
            while len(more) > LINE_BYTES_MAX and not more.endswith(b"\n"):
                more = self._read(LINE_BYTES_MAX + 2)  # too long: the rest is passed over
        if content.endswith(b"\r"):
            self.carriage_returns += 1
            content = content[:-1]
        return content

    def _read(self, limit: int) -> bytes:
        try:
            content = self._file.readline(limit)
        except OSError as error:
            raise EnvironmentFault("official_not_read") from error
        self._sha.update(content)
        self.bytes_read += len(content)
        return content

    def _check_header(self, names: Sequence[str]) -> None:
        content = self._next_line()
        if content is None:
            raise DomainError("official_empty_file")
        if content.startswith(_UTF_16):
            raise DomainError("official_utf16")
        if content.startswith(_SPREADSHEETS):
            raise DomainError("official_spreadsheet")
        if content.startswith(_BOM):
            self.had_bom = True
            content = content[len(_BOM) :]
        if len(content) > LINE_BYTES_MAX:
            raise DomainError("official_line_without_end")
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise DomainError("official_latin1") from None
        for separator, word in ((";", "punto y coma"), ("\t", "tabulador"), ("|", "barra")):
            if text.count(separator) > text.count(","):
                raise DomainError("official_separator", separator=word)
        if "\r" in text:
            raise DomainError("official_line_without_end")
        _compare_header(_header_cells(text), names)


class _NotARowError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message_id)
        self.problem = problem


_CELL: Final = re.compile(r'"([^"]*(?:""[^"]*)*)"|([^",]*)')
"""A cell in quotes, or one without any (RFC 4180): the half of a cell that a line end cut in two is
neither."""


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
            raise _NotARowError(Problem("official_quotes", {}))
        at += 1


def _header_cells(text: str) -> list[str]:
    try:
        return _quoted_cells(text) if '"' in text else text.split(",")
    except _NotARowError:
        return [text]


def _compare_header(found: Sequence[str], names: Sequence[str]) -> None:
    """Raise DomainError ``official_columns`` that says what is missing, what is beside it, and
    where the order first differs."""
    if list(found) == list(names):
        return
    missing = [one for one in names if one not in set(found)]
    others = [one for one in found if one not in set(names)]
    twice = [one for at, one in enumerate(found) if one in found[:at]]
    place = next((at for at, (a, b) in enumerate(zip(found, names, strict=False)) if a != b), None)
    parts = [f"Tiene {len(found)} columnas y son {len(names)}."]
    if missing:
        parts.append(f"Faltan: {_named(missing)}.")
    if others:
        parts.append(f"Sobran: {_named(others)}.")
    elif twice:
        parts.append(f"Están dos veces: {_named(twice)}.")
    if place is not None:
        shown = _shown(found[place])
        parts.append(f"La columna {place + 1} es «{shown}» y debería ser «{names[place]}».")
    raise DomainError("official_columns", detail=" ".join(parts))


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(_shown(one) or "(sin nombre)" for one in names[:_NAMED_MAX])
    more = len(names) - _NAMED_MAX
    return f"{shown} y {more} más" if more > 0 else shown


def _shown(text: str) -> str:
    seen = "".join(one if one.isprintable() else "·" for one in text)
    return seen if len(seen) <= _SHOWN_LENGTH else seen[: _SHOWN_LENGTH - 1] + "…"
