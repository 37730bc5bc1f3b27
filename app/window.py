"""The window of this laptop: the door joined to the screens. Part of the composition root."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, NoReturn

from app.bootstrap import LaptopDoor
from app.hardening import tell_bugs
from app.lifeline import Lifeline
from app.preferences import language_at_start
from app.settings import Settings
from app.supervisor import (
    EXIT_LOCKED,
    EXIT_LOCKED_LEFT,
    EXIT_LOCKED_LEFT_UNSAVED,
    EXIT_LOCKED_UNSAVED,
    EXIT_QUICK,
)
from ui.application import (
    EXIT_LOCK,
    EXIT_LOCK_LEFT,
    EXIT_LOCK_LEFT_UNSAVED,
    EXIT_LOCK_UNSAVED,
    EXIT_QUICKLY,
    run,
)

if TYPE_CHECKING:
    from app.services.workplace import Door, Threads

__all__ = ["leave", "open_window"]

_EXIT_CODES = {
    EXIT_LOCK: EXIT_LOCKED,
    EXIT_LOCK_UNSAVED: EXIT_LOCKED_UNSAVED,
    EXIT_LOCK_LEFT: EXIT_LOCKED_LEFT,
    EXIT_LOCK_LEFT_UNSAVED: EXIT_LOCKED_LEFT_UNSAVED,
    EXIT_QUICKLY: EXIT_QUICK,
}


def open_window(
    settings: Settings,
    *,
    until_first_paint: bool = False,
    was_saved: bool = False,
    has_left: bool = False,
    is_supervised: bool = False,
) -> int:
    """Show the lock screen, and the program behind it; return the exit code for the supervisor.
    ``is_supervised``: the standard input is its pipe, and ends with it."""
    lifeline = Lifeline(is_supervised=is_supervised)

    def door_of(threads: Threads) -> Door:
        return LaptopDoor(settings, threads)

    code = run(
        door_of,
        language=language_at_start(settings),
        idle_minutes=settings.idle_lock_minutes,
        ends_at_first_paint=until_first_paint,
        was_saved=was_saved,
        has_left=has_left,
        must_end=lambda: lifeline.is_cut,
        tell_bugs=tell_bugs,
    )
    return _EXIT_CODES.get(code, code)


def leave(code: int) -> NoReturn:
    """End the process at once: the vault is closed, and a transfer that hangs for minutes must not
    keep alive what held keys (``docs/adr/0008``)."""
    logging.shutdown()
    os._exit(code)
