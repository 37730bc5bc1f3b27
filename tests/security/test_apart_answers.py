"""What a worker says is taken only when it is what was asked for: a file may have written it (I)."""

from __future__ import annotations

from typing import Final

import msgspec
import pytest

from app.apart.requests import (
    Answer,
    Job,
    PdfCheck,
    PdfCheckJob,
    PdfPage,
    PdfPageJob,
    Picture,
    PictureJob,
    Raster,
    Refused,
    Table,
    TableJob,
)
from app.apart.runner import answer_to
from app.domain.errors import DomainError
from tests.fuzz.files import JOBS

PNG: Final = b"\x89PNG\r\n\x1a\n"
DOT: Final = Raster(1, 1, b"rgb")
KEPT, SHOWN, PAGE, CHECK, TABLE = JOBS
GOOD: Final[tuple[tuple[Job, Answer], ...]] = (
    (KEPT, Picture(9, 9, DOT, DOT, "image/png", PNG)),
    (KEPT, Picture(9, 9, DOT, DOT, "image/jpeg", b"\xff\xd8\xff")),
    (SHOWN, Picture(9, 9, Raster(4, 4, bytes(48)), DOT, "image/png")),
    (PAGE, PdfPage(2, Raster(4, 4, bytes(48)))),
    (CHECK, PdfCheck(3, [])),
    (CHECK, PdfCheck(1, ["words", "files", "script"])),
    (TABLE, Table(False, [1], [["a", "b"]], [])),
)
BAD: Final[dict[str, tuple[Job, Answer]]] = {
    "another kind": (PAGE, Table(False, [], [], [])),
    "no file": (KEPT, Picture(9, 9, DOT, DOT, "image/png")),
    "a file that nobody asked for": (SHOWN, Picture(9, 9, DOT, DOT, "image/png", PNG)),
    "a file that is too large": (KEPT, Picture(9, 9, DOT, DOT, "image/png", PNG + bytes(100))),
    "a file that is no picture": (KEPT, Picture(9, 9, DOT, DOT, "image/png", b"%PDF-1.7")),
    "a larger picture": (SHOWN, Picture(9, 9, Raster(5, 1, bytes(15)), DOT, "image/png")),
    "a larger thumbnail": (SHOWN, Picture(9, 9, DOT, Raster(1, 3, bytes(9)), "image/png")),
    "too few pixels": (SHOWN, Picture(9, 9, Raster(2, 2, b"rgb"), DOT, "image/png")),
    "too many pixels in a thumbnail": (SHOWN, Picture(9, 9, DOT, Raster(1, 1, bytes(6)), "")),
    "a larger page": (PAGE, PdfPage(2, Raster(5, 1, bytes(15)))),
    "too few pixels of a page": (PAGE, PdfPage(2, Raster(2, 2, b"rgb"))),
    "a page that is not there": (PAGE, PdfPage(1, DOT)),
    "no pages": (CHECK, PdfCheck(0, [])),
    "more pages than allowed": (CHECK, PdfCheck(4, [])),
    "words of its own": (CHECK, PdfCheck(1, ["call this number"])),
    "more columns than allowed": (TABLE, Table(False, [1], [["a", "b", "c"]], [])),
    "rows without their lines": (TABLE, Table(False, [], [["a"]], [])),
    "a reason of its own": (TABLE, Refused("call this number")),
}


def reason_of(job: Job, said: bytes) -> str:
    with pytest.raises(DomainError) as refused:
        answer_to(job, said)
    assert refused.value.message_id == "file_not_shown"
    return str(refused.value.parameters["reason"])


@pytest.mark.parametrize(("job", "said"), GOOD)
def test_what_was_asked_for_is_taken(job: Job, said: Answer) -> None:
    """The control: each of these is one step from one of those that are refused."""
    assert answer_to(job, msgspec.msgpack.encode(said)) == said


@pytest.mark.parametrize("what", list(BAD))
def test_anything_else_is_rubbish(what: str) -> None:
    job, said = BAD[what]
    assert reason_of(job, msgspec.msgpack.encode(said)) == "rubbish"


@pytest.mark.parametrize("said", [b"", b"\xc1", b"\x91" * 5000, b"\x81\xa4type\xa2\xff\xff"])
def test_what_is_no_answer_is_rubbish(said: bytes) -> None:
    assert reason_of(TABLE, said) == "rubbish"


def test_a_refusal_is_passed_on_with_its_reason() -> None:
    assert reason_of(PAGE, msgspec.msgpack.encode(Refused("locked"))) == "locked"


def test_every_job_has_its_answers_here() -> None:
    kinds = {PictureJob, PdfPageJob, PdfCheckJob, TableJob}
    assert {type(job) for job, _ in GOOD} == kinds
    assert {type(job) for job, _ in BAD.values()} == kinds
