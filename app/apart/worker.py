"""The process that reads one file: ``python -I -m app.apart.worker``.

One request comes in at the standard input, one answer goes out at the standard output, and that is
its life. It is started with nothing of the program: no key, no database, no environment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import msgspec

from app.apart.confinement import keep_two_pipes, leave_the_network, shut_in
from app.apart.frames import FrameError, frame, read_frame
from app.apart.jobs import loaded
from app.apart.limits import apply
from app.apart.requests import REQUEST_BYTES_MAX, Answer, Job, Refusal, Refused, Request

__all__ = ["request_of", "serve"]

_NO_REQUEST = 2


def serve(load: Callable[[Job], Callable[[], Answer]] = loaded) -> None:
    """Take one request, do it within its bounds, answer, and end this process.

    ``load`` imports what a job needs and returns what does it. Does not return.
    """
    requests, answers = keep_two_pipes()
    try:
        request = request_of(lambda size: os.read(requests, size))
    except FrameError:
        os._exit(_NO_REQUEST)
    os.close(requests)
    apply(request.bounds)
    leave_the_network()
    answer = _answer(request, load)
    content = frame(msgspec.msgpack.encode(answer))
    if len(content) > request.bounds.answer_bytes:
        content = frame(msgspec.msgpack.encode(Refused("too_much_answer")))
    _write(answers, content)
    os._exit(0)  # nothing that a parser left behind is run at the end


def request_of(read: Callable[[int], bytes]) -> Request:
    """Return what is asked. Raises FrameError for what is no request."""
    body = read_frame(read, REQUEST_BYTES_MAX)
    try:
        return msgspec.msgpack.decode(body, type=Request)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise FrameError from None


def _answer(request: Request, load: Callable[[Job], Callable[[], Answer]]) -> Answer:
    try:
        do = load(request.job)
        shut_in()
        return do()
    except Refusal as error:
        return Refused(error.reason)
    except MemoryError:
        return Refused("too_much_memory")
    except Exception:  # noqa: BLE001  # whatever a parser says of a file that it did not expect
        return Refused("damaged")


def _write(target: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(target, rest) :]


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    serve()
