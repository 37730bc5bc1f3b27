"""Reading a file of the official format line by line, in bounded memory, whatever it holds.

A row is one line, so a quote that is never closed or a line without end costs that line and nothing
after it. Here the bytes are only parted at the line ends; what makes cells of them has neither key
nor database (:class:`app.services.apart_ports.TablesApart`). What makes the whole file another
format (another separator, Latin-1, other columns) is named and refused: to read it all the same
would be to guess.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from app.domain.errors import DomainError, EnvironmentFault
from app.domain.form import Problem
from app.services.apart_ports import NotARow, TablesApart

__all__ = ["LINE_BYTES_MAX", "BrokenLine", "LineBlock", "OfficialLines"]

LINE_BYTES_MAX: Final = 64 * 1024
"""Of one line. The longest that 168 accepted cells make is not a tenth of it."""

PORTION_LINES_MAX: Final = 10_000
PORTION_BYTES_MAX: Final = 3 * 1024 * 1024
"""Of what is given apart at once: a process more for each costs as much as two thousand rows."""

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
    ``official_line_without_end``, ``official_columns``, ``official_not_split`` where it was not
    read apart; EnvironmentFault ``official_not_read``.
    """

    def __init__(self, file: BinaryIO, names: Sequence[str], tables: TablesApart) -> None:
        self._file = file
        self._tables = tables
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
        while found := self._portion():
            for at in range(0, len(found), rows):
                block = LineBlock()
                for number, one in found[at : at + rows]:
                    if isinstance(one, Problem):
                        block.broken.append(BrokenLine(number, one))
                    else:
                        block.rows.append(one)
                        block.lines.append(number)
                yield block

    def _portion(self) -> list[tuple[int, list[str] | Problem]]:
        """Return the next lines by their numbers: their cells, or why they are no rows. None at the
        end of the file."""
        found: dict[int, list[str] | Problem] = {}
        lines: dict[int, bytes] = {}
        size = 0
        while len(found) + len(lines) < PORTION_LINES_MAX and size < PORTION_BYTES_MAX:
            content = self._next_line()
            if content is None:
                break
            if len(content) > LINE_BYTES_MAX:
                limit: dict[str, str | int] = {"limit": LINE_BYTES_MAX}
                found[self._line] = Problem("official_line_too_long", limit)
                continue
            lines[self._line] = content
            size += len(content)
        if lines:
            # Each ends as it may: a carriage return that it ends with still is its own.
            portion = b"".join(line + b"\r\n" for line in lines.values())
            split = self._tables.split(portion, len(lines), self._columns)
            for (number, line), one in zip(lines.items(), split, strict=True):
                if isinstance(one, NotARow):
                    found[number] = self._problem(one, is_empty=not line)
                else:
                    found[number] = one
        return [(number, found[number]) for number in sorted(found)]

    def _problem(self, line: NotARow, *, is_empty: bool) -> Problem:
        if line.reason == "line_not_utf8":
            return Problem("official_line_not_utf8", {})
        if line.reason != "line_columns":
            return Problem("official_quotes", {})
        if is_empty:
            return Problem("official_line_empty", {})
        found: dict[str, str | int] = {"found": line.found, "wanted": self._columns}
        few = line.found < self._columns
        return Problem("official_too_few" if few else "official_too_many", found)

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
        if content == ",".join(names).encode():
            return
        cells = self._header_cells(content)
        for separator, word in ((b";", "punto y coma"), (b"\t", "tabulador"), (b"|", "barra")):
            if content.count(separator) > content.count(b","):
                raise DomainError("official_separator", separator=word)
        if b"\r" in content:
            raise DomainError("official_line_without_end")
        _compare_header(cells, names)

    def _header_cells(self, content: bytes) -> Sequence[str]:
        (found,) = self._tables.split(content + b"\r\n", 1, 0)
        if not isinstance(found, NotARow):
            return found
        if found.reason == "line_not_utf8":
            raise DomainError("official_latin1")
        return [content.decode()]


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
