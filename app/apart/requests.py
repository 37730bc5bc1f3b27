"""What a worker is asked, and what it may answer. Both sides know this module and nothing more of
each other.

A picture of the screen travels as bare pixels: the process with the keys has nothing to decode,
not even when the worker was taken over by the file that it read.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

import msgspec

__all__ = [
    "CONTENT_BYTES_MAX",
    "FROZEN_ARGUMENT",
    "HIDDEN",
    "REQUEST_BYTES_MAX",
    "SIDE_MAX",
    "Answer",
    "Bounds",
    "Job",
    "PdfCheck",
    "PdfCheckJob",
    "PdfPage",
    "PdfPageJob",
    "Picture",
    "PictureJob",
    "Raster",
    "Refusal",
    "Refused",
    "Request",
    "SetAside",
    "Table",
    "TableJob",
]

CONTENT_BYTES_MAX: Final = 8 * 1024 * 1024
"""Of the file, or of the portion of a table, that one worker reads."""

FROZEN_ARGUMENT: Final = "--read-apart"
"""Tells a program that is one executable to be the worker, before it imports anything else
(:mod:`app.__main__`)."""

REQUEST_BYTES_MAX: Final = CONTENT_BYTES_MAX + 64 * 1024

SIDE_MAX: Final = 2400
"""The longest side of a picture that comes back, in pixels."""

_MIB: Final = 1024 * 1024

HIDDEN: Final = frozenset({"words", "files", "script"})
"""What a PDF may carry unseen: who made it, with what and when; files within it; a program."""

Side: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=SIDE_MAX)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=2**31)]


class Bounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a worker may use. ``memory_bytes`` is of address space (50 million points with
    transparency were shown with 512 MiB, as a photograph with 256); ``wall_seconds`` are those that
    the program waits for it, from its start; ``answer_bytes`` is of the whole answer."""

    memory_bytes: int = 768 * _MIB
    cpu_seconds: int = 20
    wall_seconds: float = 30.0
    answer_bytes: int = 24 * _MIB


class PictureJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="picture"):
    """Read a JPEG or PNG of at most ``pixels_max`` pixels; the sides are the longest of what comes
    back. ``with_file``: also as a file for keeping, of ``file_side`` and ``file_bytes_max``."""

    content: bytes
    screen_side: Side = 1600
    thumbnail_side: Side = 160
    pixels_max: int = 50_000_000
    with_file: bool = False
    file_side: Side = SIDE_MAX
    file_bytes_max: int = 5 * _MIB


class PdfPageJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="pdf_page"):
    """Draw one page of a PDF (from 0); ``side`` is its longest. ``with_file``: also as a PNG."""

    content: bytes
    page: Count = 0
    side: Side = 1600
    with_file: bool = False


class PdfCheckJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="pdf_check"):
    """Look through a PDF of at most ``pages_max`` pages before it is kept: the first ``drawn`` are
    drawn, small, to see that it can be."""

    content: bytes
    pages_max: Count = 200
    drawn: Count = 10


class TableJob(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="table"):
    """Split a CSV, or a portion of one that begins and ends where a line does. ``has_header``: it
    is the beginning, and its first line must be a row. ``columns``: how many each row must have;
    0: any number up to ``columns_max``."""

    content: bytes
    has_header: bool = True
    columns: Count = 0
    columns_max: int = 1000
    line_bytes_max: int = 64 * 1024


Job: TypeAlias = PictureJob | PdfPageJob | PdfCheckJob | TableJob


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The one request of a worker's life."""

    bounds: Bounds
    job: Job


class Raster(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pixels, row by row from the top, three bytes each: red, green, blue."""

    width: Side
    height: Side
    rgb: bytes

    @property
    def is_whole(self) -> bool:
        """Whether there are as many pixels as it says: without this nobody may draw it."""
        return len(self.rgb) == 3 * self.width * self.height


class Picture(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="picture"):
    """A picture, upright, in two sizes; ``width`` and ``height`` are those of the file, and so is
    ``media_type``. ``file`` is a JPEG or PNG made from the pixels alone: nothing else of the file
    is in it."""

    width: Count
    height: Count
    screen: Raster
    thumbnail: Raster
    media_type: str
    file: bytes | None = None


class PdfPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="pdf_page"):
    """One page, and how many there are."""

    count: Count
    page: Raster
    file: bytes | None = None


class PdfCheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="pdf_check"):
    """How many pages a PDF has, and what it carries beside them (:data:`HIDDEN`)."""

    count: Count
    hidden: list[str]


class SetAside(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line that is no row, by its number in the portion (from 1), and why: ``line_too_long``,
    ``line_not_utf8``, ``line_quotes``, ``line_columns``; ``found``: how many columns it has, where
    another number was wanted."""

    line: Count
    reason: str
    found: Count = 0


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="table"):
    """The rows of a table as texts, with the numbers of their lines, and what is no row."""

    had_bom: bool
    lines: list[Count]
    rows: list[list[str]]
    set_aside: list[SetAside]


class Refused(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="refused"):
    """The worker lives and says no: a reason of :data:`app.apart.runner.REASONS`."""

    reason: str


Answer: TypeAlias = Picture | PdfPage | PdfCheck | Table | Refused


class Refusal(Exception):
    """Raised by a job: this file is not read, and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
