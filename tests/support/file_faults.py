"""A disk that fails, or a program that dies, at the n-th operation on a file.

It stands below the file API, at the calls of the operating system that change something; SQLite's
own calls are not seen by it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

__all__ = ["dies_at", "failing", "in_child"]

CHANGING = ("write", "fsync", "ftruncate", "replace", "rename", "unlink", "mkdir", "rmdir")
DIED = 77
CAME_THROUGH = 78


@contextmanager
def _at(number: int, then: Callable[[], None], *, forever: bool = False) -> Iterator[list[str]]:
    """Call ``then`` in place of operation ``number`` (from 1); of a write, half is done before."""
    called: list[str] = []
    real = {name: getattr(os, name) for name in CHANGING} | {"open": os.open}

    def counted(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **more: Any) -> Any:
            if name == "open" and not arguments[1] & os.O_CREAT:
                return real[name](*arguments, **more)
            called.append(name)
            if len(called) == number or (forever and len(called) > number):
                if name == "write":
                    real[name](arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                then()
            return real[name](*arguments, **more)

        return call

    with mock.patch.multiple(os, **{name: counted(name) for name in real}):
        yield called


def _raise(number: int) -> Callable[[], None]:
    def fail() -> None:
        raise OSError(number, os.strerror(number))

    return fail


def failing(number: int, error: int = errno.ENOSPC, *, forever: bool = False) -> Any:
    """Let operation ``number`` fail (``forever``: and all behind it); gives what was called."""
    return _at(number, _raise(error), forever=forever)


def dies_at(number: int) -> Any:
    """Let the process end at operation ``number``, as a kill does; gives what was called."""
    return _at(number, lambda: os._exit(DIED))


def in_child(work: Callable[[], None], number: int) -> bool:
    """Do the work in a child process that dies at operation ``number``; return whether it came
    through to its end. Raises AssertionError when it failed of itself."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            with dies_at(number):
                work()
            code = CAME_THROUGH
        finally:
            os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (DIED, CAME_THROUGH), f"the child failed at operation {number}: {code}"
    return code == CAME_THROUGH
