"""The doors of the reader apart: what the program takes from a worker that a file has taken over, what
a worker takes, and the table that is split by our own lines.

Pillow and PDFium are not tried here: a fall of theirs is what a worker is for, and is tried with
one (``tests/security/test_apart_files.py``).
"""

from __future__ import annotations

import io
from typing import Final

import msgspec

from app.apart.frames import FrameError, frame
from app.apart.requests import (
    Answer,
    Bounds,
    Job,
    PdfCheck,
    PdfCheckJob,
    PdfPage,
    PdfPageJob,
    Picture,
    PictureJob,
    Raster,
    Refusal,
    Refused,
    Request,
    SetAside,
    Table,
    TableJob,
)
from app.apart.runner import answer_to
from app.apart.tables import split_table
from app.apart.worker import request_of
from app.domain.errors import DomainError
from tests.fuzz.registry import target

__all__ = ["JOBS"]

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_DOT: Final = Raster(1, 1, b"rgb")
JOBS: Final[tuple[Job, ...]] = (
    PictureJob(b"", screen_side=4, thumbnail_side=2, with_file=True, file_bytes_max=100),
    PictureJob(b"", screen_side=4, thumbnail_side=2),
    PdfPageJob(b"", page=1, side=4),
    PdfCheckJob(b"", pages_max=3),
    TableJob(b"", columns_max=2),
)
_ANSWERS: Final[tuple[Answer, ...]] = (
    Picture(9, 9, Raster(2, 1, bytes(6)), _DOT, "image/png", _PNG + b"..."),
    Picture(9, 9, Raster(2, 1, bytes(6)), _DOT, "image/png"),
    PdfPage(2, Raster(4, 3, bytes(36))),
    PdfCheck(3, ["words", "script"]),
    Table(False, [2], [["1", "2"]], [SetAside(3, "line_nul")]),
    Refused("locked"),
)


def answers() -> list[bytes]:
    """Answers to each job, behind its number."""
    return [
        bytes([number % len(JOBS)]) + msgspec.msgpack.encode(one)
        for number, one in enumerate(_ANSWERS)
    ]


@target(answers, DomainError)
def apart_answer(content: bytes) -> None:
    """What a worker says; the first byte: to which job."""
    job = JOBS[content[0] % len(JOBS)] if content else JOBS[0]
    found = answer_to(job, content[1:])
    if isinstance(found, Picture):
        assert isinstance(job, PictureJob)
        assert len(found.screen.rgb) == 3 * found.screen.width * found.screen.height <= 48
        assert len(found.thumbnail.rgb) == 3 * found.thumbnail.width * found.thumbnail.height <= 12
        assert (found.file is not None) == job.with_file
        assert found.file is None or len(found.file) <= job.file_bytes_max
    elif isinstance(found, PdfPage):
        assert len(found.page.rgb) == 3 * found.page.width * found.page.height <= 48
    elif isinstance(found, PdfCheck):
        assert found.count <= 3
        assert set(found.hidden) <= {"words", "files", "script"}
    else:
        assert all(len(row) <= 2 for row in found.rows)


def requests() -> list[bytes]:
    """A request of each job, in its frame."""
    return [frame(msgspec.msgpack.encode(Request(Bounds(), job))) for job in JOBS]


@target(requests, FrameError)
def apart_request(content: bytes) -> None:
    """What a worker is asked, in its frame."""
    found = request_of(io.BytesIO(content).read)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=Request) == found


@target(
    lambda: [b"a,b\n1,2\n", b'\xef\xbb\xbfa,b\r\n"x, ""y""",2\r\n,\n', b"a\n" + b"\x00\n\xff\n"],
    Refusal,
)
def apart_table(content: bytes) -> None:
    """A CSV: every line is a row, or is set aside by its number."""
    found = split_table(TableJob(content, columns_max=50, line_bytes_max=1000))
    numbers = [*found.lines, *(one.line for one in found.set_aside)]
    assert len(set(numbers)) == len(numbers)
    assert len(found.lines) == len(found.rows)
    assert all(len(row) <= 50 for row in found.rows)
