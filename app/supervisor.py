"""The small process that holds no key: starts the program, and again after a lock.

Locking ends the process that held keys (``docs/adr/0008``); this one never has any. When this one
ends, the other does, too, saved and closed (:mod:`app.lifeline`).
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from app.lifeline import say_when_told

__all__ = [
    "EXIT_LOCKED",
    "EXIT_LOCKED_LEFT",
    "EXIT_LOCKED_LEFT_UNSAVED",
    "EXIT_LOCKED_UNSAVED",
    "EXIT_QUICK",
    "HAS_LEFT",
    "SUPERVISED",
    "WAS_SAVED",
    "supervise",
]

EXIT_LOCKED: Final = 64
"""The program locked itself: show the lock screen again."""

EXIT_LOCKED_UNSAVED: Final = 66
"""The same, although the disk had refused some text."""

EXIT_LOCKED_LEFT: Final = 67
"""It locked itself because a colleague wrote that who worked here left the centre."""

EXIT_LOCKED_LEFT_UNSAVED: Final = 68
"""The same, and some of her text was not saved."""

WAS_SAVED: Final = "--was-saved"
"""Tells ``qispi desk`` that its lock screen may say so."""

HAS_LEFT: Final = "--has-left"
"""Tells ``qispi desk`` that its lock screen says why whoever worked there was locked out."""

SUPERVISED: Final = "--supervised"
"""Tells ``qispi desk`` that its standard input is the pipe that ends with this process."""

EXIT_QUICK: Final = 65
"""The person left in haste: show nothing; the next start shows the lock screen."""

_SAID: Final[Mapping[int, tuple[str, ...]]] = {
    EXIT_LOCKED: (WAS_SAVED,),
    EXIT_LOCKED_UNSAVED: (),
    EXIT_LOCKED_LEFT: (WAS_SAVED, HAS_LEFT),
    EXIT_LOCKED_LEFT_UNSAVED: (HAS_LEFT,),
}
"""After these the lock screen shows again, and what it is told."""

PROGRAM: Final = (sys.executable, "-m", "app")


def supervise(arguments: Sequence[str], program: Sequence[str] = PROGRAM) -> int:
    """Run ``qispi desk`` until it ends for good; return its exit code (0 after a quick exit).

    A signal that asks this process to end is passed on, and the program waited for: it saves what
    is typed and closes the vault. Main thread.
    """
    running = _Running()
    say_when_told(running.end)
    command = [*program, *arguments, SUPERVISED]
    said: tuple[str, ...] = ()
    while True:
        code = running.run([*command, *said])
        if code == EXIT_QUICK:
            return 0
        if running.is_to_end or code not in _SAID:
            return code
        said = _SAID[code]


class _Running:
    """The process that runs, and whether it shall end."""

    def __init__(self) -> None:
        self.is_to_end = False
        self._process: subprocess.Popen[bytes] | None = None

    def end(self) -> None:
        """Cut its lifeline."""
        self.is_to_end = True
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def run(self, command: Sequence[str]) -> int:
        """Run it until it ends; return its exit code."""
        with subprocess.Popen(command, stdin=subprocess.PIPE) as process:  # noqa: S603  # our own
            self._process = process
            if self.is_to_end:  # told while it was being started
                self.end()
            return process.wait()
