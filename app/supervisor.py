"""The small process that holds no key: starts the program, and again after a lock.

Locking ends the process that held keys (``docs/adr/0008``); this one never has any.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Final

__all__ = ["EXIT_LOCKED", "EXIT_LOCKED_UNSAVED", "EXIT_QUICK", "WAS_SAVED", "supervise"]

EXIT_LOCKED: Final = 64
"""The program locked itself: show the lock screen again."""

EXIT_LOCKED_UNSAVED: Final = 66
"""The same, although the disk had refused some text."""

WAS_SAVED: Final = "--was-saved"
"""Tells ``qispi desk`` that its lock screen may say so."""

EXIT_QUICK: Final = 65
"""The person left in haste: show nothing; the next start shows the lock screen."""


def supervise(arguments: Sequence[str]) -> int:
    """Run ``qispi desk`` until it ends for good; return its exit code (0 after a quick exit)."""
    command = [sys.executable, "-m", "app", *arguments]
    said: list[str] = []
    while True:
        code = subprocess.call([*command, *said])  # noqa: S603  # our own program and arguments
        if code == EXIT_QUICK:
            return 0
        if code not in (EXIT_LOCKED, EXIT_LOCKED_UNSAVED):
            return code
        said = [WAS_SAVED] if code == EXIT_LOCKED else []
