"""Reading files from outside in a worker each: what the program calls.

Whatever becomes of the worker, the program gets a checked value or one DomainError,
``file_not_shown`` with a reason of :data:`REASONS`, within the bounds of time and memory. On any
thread that may wait (not the GUI thread); without Qt.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Final, TypeVar

import msgspec

from app.apart.frames import HEAD_BYTES, FrameError, frame, read_frame
from app.apart.requests import (
    CONTENT_BYTES_MAX,
    FROZEN_ARGUMENT,
    HIDDEN,
    Answer,
    Bounds,
    Job,
    PdfCheck,
    PdfCheckJob,
    PdfPage,
    PdfPageJob,
    Picture,
    PictureJob,
    Refused,
    Request,
    Table,
    TableJob,
)
from app.apart.windows_job import WindowsJob
from app.domain.errors import DomainError

__all__ = ["REASONS", "Apart", "answer_to", "worker_program"]

REASONS: Final = frozenset(
    {
        # What a job says of the file.
        "wrong_type", "damaged", "locked", "no_such_page", "too_many_pixels",
        "too_many_pages", "spreadsheet", "not_text", "no_header",
        # What it took.
        "too_large", "too_long", "too_much_memory", "too_much_answer",
        # What became of the worker.
        "not_started", "crashed", "rubbish",
    }
)  # fmt: skip

_LAST_WORDS_SECONDS: Final = 5.0
"""For a process that was killed to be gone, on a disk that swaps."""

_LAST_HEARD_SECONDS: Final = 1.0
"""For the pipe of a process that is gone to end; one that another process holds never does."""

_T = TypeVar("_T", Picture, PdfPage, PdfCheck, Table)


def worker_program() -> tuple[str, ...]:
    """Return the command of a worker: isolated from the environment and the user's packages."""
    if getattr(sys, "frozen", False):
        return (sys.executable, FROZEN_ARGUMENT)
    return (sys.executable, "-I", "-B", "-m", "app.apart.worker")


@dataclass(frozen=True, slots=True)
class Apart:
    """Reads files from outside, one worker each. May be used by several threads."""

    program: Sequence[str] = field(default_factory=worker_program)
    bounds: Bounds = field(default_factory=Bounds)

    def picture(self, job: PictureJob) -> Picture:
        """Return a JPEG or PNG as pixels. Raises DomainError ``file_not_shown``."""
        return self._answer(job, Picture)

    def pdf_page(self, job: PdfPageJob) -> PdfPage:
        """Return a page of a PDF as pixels. Raises DomainError ``file_not_shown``."""
        return self._answer(job, PdfPage)

    def pdf_check(self, job: PdfCheckJob) -> PdfCheck:
        """Return what a PDF holds, once it was seen that it can be drawn. Raises DomainError
        ``file_not_shown``."""
        return self._answer(job, PdfCheck)

    def table(self, job: TableJob) -> Table:
        """Return the rows of a CSV, or of a portion of one. Raises DomainError
        ``file_not_shown``."""
        return self._answer(job, Table)

    def _answer(self, job: Job, kind: type[_T]) -> _T:
        if len(job.content) > CONTENT_BYTES_MAX:
            raise _not_shown("too_large")
        content = frame(msgspec.msgpack.encode(Request(self.bounds, job)))
        found = answer_to(job, _Conversation(self.program, self.bounds).hold(content))
        assert isinstance(found, kind)  # which answer belongs to which job was looked at there
        return found


def answer_to(job: Job, body: bytes | bytearray) -> Picture | PdfPage | PdfCheck | Table:
    """Return what a worker said to a job, when it is what was asked for. Whoever wrote it may be
    the file. Raises DomainError ``file_not_shown``."""
    try:
        said: Answer = msgspec.msgpack.decode(body, type=Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _not_shown("rubbish") from None
    if isinstance(said, Refused):
        raise _not_shown(said.reason if said.reason in REASONS else "rubbish")
    match job, said:
        case PictureJob(), Picture():
            is_so = _is_as_asked(said, job)
        case PdfPageJob(), PdfPage():
            is_so = said.page.is_whole and max(said.page.width, said.page.height) <= job.side
            is_so = is_so and job.page < said.count
        case PdfCheckJob(), PdfCheck():
            is_so = 0 < said.count <= job.pages_max and HIDDEN.issuperset(said.hidden)
        case TableJob(), Table():
            is_so = len(said.rows) == len(said.lines)
            is_so = is_so and all(_has_columns(row, job) for row in said.rows)
        case _:
            is_so = False
    if not is_so:
        raise _not_shown("rubbish")
    return said


def _has_columns(row: Sequence[str], job: TableJob) -> bool:
    return len(row) == job.columns if job.columns else len(row) <= job.columns_max


def _is_as_asked(said: Picture, job: PictureJob) -> bool:
    sizes = ((said.screen, job.screen_side), (said.thumbnail, job.thumbnail_side))
    if not all(one.is_whole and max(one.width, one.height) <= side for one, side in sizes):
        return False
    if said.file is None or not job.with_file:
        return said.file is None and not job.with_file
    # As far as its size and first bytes say; it is read apart again whenever it shows.
    is_short = len(said.file) <= job.file_bytes_max
    return is_short and said.file.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


class _Conversation:
    """One worker, from its start to its end."""

    def __init__(self, program: Sequence[str], bounds: Bounds) -> None:
        self._program = program
        self._bounds = bounds
        self._body: bytearray | None = None
        self._fault = ""

    def hold(self, content: bytes) -> bytearray:
        """Start the worker, give it the request and return the body of its answer. The process is
        gone when this returns or raises DomainError."""
        try:
            process = _started(self._program)
        except OSError:
            raise _not_shown("not_started") from None
        try:
            job = WindowsJob(process, self._bounds)
        except OSError:
            process.kill()
            process.wait()
            raise _not_shown("not_started") from None
        # A thread, since not every system can wait for a pipe and a clock at once. A daemon, since
        # the pipe may be held by what the worker left behind: then it is given up.
        talk = threading.Thread(target=self._talk, args=(process, content), daemon=True)
        talk.start()
        talk.join(self._bounds.wall_seconds)
        is_late = talk.is_alive()
        _kill(process)
        code: int | None = None
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = process.wait(_LAST_WORDS_SECONDS)
        job.close()
        talk.join(_LAST_HEARD_SECONDS)
        if is_late:
            raise _not_shown("too_long")
        if self._body is None:
            raise _not_shown(self._fault or _death(code))
        return self._body

    def _talk(self, process: subprocess.Popen[bytes], content: bytes) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(OSError):  # one that is gone says so by its answer
            process.stdin.write(content)
        with contextlib.suppress(OSError):
            process.stdin.close()
        with process.stdout:
            self._listen(process.stdout)
        # One that said what it had to is given the time to end by itself: its code is true then.
        if self._body is None and not self._fault:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LAST_WORDS_SECONDS)

    def _listen(self, answers: IO[bytes]) -> None:
        heard = 0

        def read(size: int) -> bytes:
            nonlocal heard
            piece = os.read(answers.fileno(), size)
            heard += len(piece)
            return piece

        try:
            body = read_frame(read, self._bounds.answer_bytes - HEAD_BYTES)
            if read(1):
                self._fault = "too_much_answer"
            else:
                self._body = body
        except FrameError as error:
            if error.is_too_long:
                self._fault = "too_much_answer"
            elif heard:
                self._fault = "rubbish"
        except OSError:
            self._fault = "crashed"


def _started(program: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a worker with two pipes and nothing else: no environment, no descriptor, no window."""
    # Windows loads no library of its own without this one.
    needed = ("SYSTEMROOT",) if sys.platform == "win32" else ()
    return subprocess.Popen(  # noqa: S603  # our own module
        program,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        close_fds=True,
        env={name: os.environ[name] for name in needed if name in os.environ},
        cwd=os.path.abspath(os.sep),  # noqa: PTH100  # holds no folder of ours
        start_new_session=True,
        creationflags=WindowsJob.CREATION_FLAGS,
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the worker and what it may have started. Nothing happens to one that has ended."""
    if process.poll() is not None:
        return
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def _death(code: int | None) -> str:
    """Return the reason for the end of one that said nothing."""
    if sys.platform != "win32" and code in (-signal.SIGXCPU, -signal.SIGALRM):
        return "too_long"
    return "crashed"


def _not_shown(reason: str) -> DomainError:
    return DomainError("file_not_shown", reason=reason)
