"""Files from outside, read in a process apart, as a Protocol. The composition root satisfies it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from app.domain.errors import DomainError

__all__ = [
    "NO_READER",
    "SIDE_MAX",
    "FilesApart",
    "KeptFile",
    "NotARow",
    "Pixels",
    "ShownPage",
    "TablesApart",
]

SIDE_MAX: Final = 2400
"""The longest side of a page that is shown, in pixels."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """What is kept of a file. ``remarks``: message ids of what a person should know of it."""

    content: bytes
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pixels:
    """A picture, row by row from the top, three bytes each: red, green, blue."""

    width: int
    height: int
    rgb: bytes


@dataclass(frozen=True, slots=True)
class ShownPage:
    """One page of a file, and how many there are: of a picture one."""

    count: int
    pixels: Pixels


class FilesApart(Protocol):
    """Reads a file from outside in a process without key, database or network. It may take half a
    minute: neither on the GUI thread nor on the storage thread."""

    def kept(self, content: bytes) -> KeptFile:
        """Return what may be kept of a chosen file: a picture drawn anew from its pixels, without
        where and when it was taken; a PDF as it came, once it was seen that it can be drawn.

        Raises DomainError ``attachment_empty``, ``attachment_wrong_type``, ``file_not_shown``.
        """

    def shown(self, content: bytes, page: int, side: int) -> ShownPage:
        """Return a page (from 0) whose longest side has so many pixels, at most ``SIDE_MAX``.

        Raises DomainError ``attachment_wrong_type``, ``file_not_shown``.
        """


@dataclass(frozen=True, slots=True)
class NotARow:
    """A line of a table that is no row: ``line_not_utf8``, ``line_quotes``, ``line_columns``
    (``found``: how many it has)."""

    reason: str
    found: int = 0


class TablesApart(Protocol):
    """Makes cells of the lines of a CSV in a process without key, database or network. It takes a
    tenth of a second and more."""

    def split(self, portion: bytes, lines: int, columns: int) -> Sequence[list[str] | NotARow]:
        """Return what each of the ``lines`` of a portion is, in their order, which begins and ends
        where a line does: its cells, ``columns`` of them (0: any number), or why it is no row.

        Raises DomainError ``official_not_split``.
        """


class _NoReader:
    """Where no reader was joined, nothing is kept and nothing is shown."""

    def kept(self, content: bytes) -> KeptFile:
        del content
        raise DomainError("file_not_shown", reason="not_started")

    def shown(self, content: bytes, page: int, side: int) -> ShownPage:
        del content, page, side
        raise DomainError("file_not_shown", reason="not_started")


NO_READER: Final[FilesApart] = _NoReader()
