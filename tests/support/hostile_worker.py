"""Workers as a file could make them: ``python -I hostile_worker.py MODE``. Each is one way in which
the reader of a file from outside goes wrong, or looks for what it must not find."""

from __future__ import annotations

import errno
import os
import select
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from app.apart.frames import frame
from app.apart.requests import Answer, Job, Picture, Raster, Table
from app.apart.worker import serve

ASKED_OF_MEMORY = 300 << 20
ASKED_OF_PROCESSOR = 2.5
ASKED_OF_THE_CLOCK = 2.5
SAID = 3 << 20
HOLDS_THE_PIPE = 24


def rows(*found: str) -> Table:
    return Table(False, list(range(1, len(found) + 1)), [[one] for one in found], [])


# --- what a job does, inside the worker as it is -------------------------------------------------


def eats_memory() -> Answer:
    held = bytearray(ASKED_OF_MEMORY)
    held[::4096] = b"x" * len(range(0, len(held), 4096))
    return rows(str(len(held)))


def spins() -> Answer:
    while time.process_time() < ASKED_OF_PROCESSOR:
        pass
    return rows("done")


def waits() -> Answer:
    select.select([], [], [], ASKED_OF_THE_CLOCK)
    return rows("done")


def says_a_lot() -> Answer:
    return rows("x" * SAID)


def falls() -> Answer:
    os.kill(os.getpid(), signal.SIGSEGV)
    return rows("still there")


def gives_up() -> Answer:
    os.abort()


def raises() -> Answer:
    raise KeyError("what no one expected")


def ends_itself() -> Answer:
    os._exit(0)


def probes() -> Answer:
    """Try what a taken-over parser would; each answer is ``name=what came of it``."""

    def fork() -> object:
        child = os.fork()
        if not child:
            os._exit(0)
        return os.waitpid(child, 0)[1]

    def connect() -> object:
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", 9))

    tries: dict[str, Callable[[], object]] = {
        "socket": lambda: socket.socket().close(),
        "connect": connect,
        "local_socket": lambda: socket.socket(socket.AF_UNIX).close(),
        "open": lambda: os.close(os.open(sys.executable, os.O_RDONLY)),
        "list": lambda: list(Path("/").iterdir()),
        "remove": lambda: Path(sys.prefix).rmdir(),
        "run": lambda: subprocess.run([sys.executable, "-c", ""], check=False),
        "exec": lambda: os.execv(sys.executable + "-none", ["x"]),
        "parent": lambda: os.kill(os.getppid(), 0),
        "fork": fork,
    }
    found = [f"environment={sorted(os.environ)}"]
    for name, attempt in tries.items():
        try:
            attempt()
            found.append(f"{name}=done")
        except OSError as error:
            found.append(f"{name}={errno.errorcode.get(error.errno or 0)}")
    held, files = 0, 0
    for one in range(1024):
        try:
            kind = os.fstat(one).st_mode
        except OSError:
            continue
        held += 1
        files += stat.S_ISREG(kind)
    found += [f"descriptors={held}", f"files={files}"]
    return rows(*found, f"user={os.getuid()}")


# --- what a worker does that is no longer ours ------------------------------------------------------


def answer(body: bytes) -> None:
    sys.stdin.buffer.read()
    sys.stdout.buffer.write(body)
    sys.stdout.buffer.flush()


def writes_for_ever() -> None:
    while True:
        os.write(1, b"QAP1" + b"\0" * (1 << 16))


def writes_a_frame_for_ever() -> None:
    os.write(1, frame(b"")[:4] + b"\x40\x00\x00\x00")  # a gigabyte, it says
    writes_for_ever()


def leaves_a_child() -> None:
    """End, while another process holds the pipe."""
    if not os.fork():
        os.setsid()
        select.select([], [], [], HOLDS_THE_PIPE)
        os._exit(0)
    os._exit(0)


def _raster(width: int, pixels: int) -> Raster:
    return Raster(width, 1, bytes(3 * pixels))


def _picture(screen: Raster) -> bytes:
    answer = Picture(1, 1, screen, _raster(1, 1), "image/png")
    return frame(msgspec.msgpack.encode(answer))


INSIDE: dict[str, Callable[[], Answer]] = {
    one.__name__: one
    for one in (eats_memory, spins, waits, says_a_lot, falls, gives_up, raises, ends_itself, probes)
}
GONE_BAD: dict[str, Callable[[], None]] = {
    "writes_for_ever": writes_for_ever,
    "writes_a_frame_for_ever": writes_a_frame_for_ever,
    "leaves_a_child": leaves_a_child,
    "silent": lambda: answer(b""),
    "dies_at_once": lambda: sys.exit(3),
    "rubbish": lambda: answer(b"Traceback (most recent call last):"),
    "rubbish_inside": lambda: answer(frame(b"\xc1\xff\x00")),
    "half": lambda: answer(frame(b"x" * 100)[:50]),
    "half_a_head": lambda: answer(b"QAP"),
    "claims_too_much": lambda: answer(b"QAP1\xff\xff\xff\xff"),
    "nested": lambda: answer(frame(b"\x91" * 100_000)),
    "another_answer": lambda: answer(frame(msgspec.msgpack.encode(rows("a")))),
    "another_reason": lambda: answer(
        frame(msgspec.msgpack.encode({"type": "refused", "reason": "<b>call this number</b>"}))
    ),
    "too_few_pixels": lambda: answer(_picture(_raster(4, 3))),
    "too_many_pixels": lambda: answer(_picture(_raster(4, 5))),
    "too_wide": lambda: answer(_picture(_raster(2400, 2400))),
    "more_behind": lambda: answer(_picture(_raster(1, 1)) + b"x"),
    "honest": lambda: answer(_picture(_raster(1, 1))),
}


def main(mode: str, *more: str) -> None:
    if mode == "bare":  # without any of what a worker takes from itself: the control
        answer(frame(msgspec.msgpack.encode(INSIDE[more[0]]())))
        return
    if mode == "untidy":
        os.environ["QISPI_SECRET"] = "x"
        os.dup(1)
        mode = more[0]
    if mode in INSIDE:
        work = INSIDE[mode]

        def load(_job: Job) -> Callable[[], Answer]:
            return work

        serve(load)
    GONE_BAD[mode]()


if __name__ == "__main__":
    main(*sys.argv[1:])
