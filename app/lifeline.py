"""Whether the process that holds keys was told to end: by the system, or because the supervisor
that started it is gone.

The supervisor holds the other end of a pipe at the standard input and never writes into it. However
it ends, killed or in order, the system closes that end.
"""

from __future__ import annotations

import select
import signal
import sys
from collections.abc import Callable
from typing import Final

__all__ = ["ENDING_SIGNALS", "Lifeline", "say_when_told"]

_STANDARD_INPUT: Final = 0

ENDING_SIGNALS: Final[tuple[signal.Signals, ...]] = (
    (signal.SIGINT, signal.SIGTERM)
    if sys.platform == "win32"
    else (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
)
"""What the system sends to whom it wants to end: at a log-out, at a shutdown, from a terminal."""


def say_when_told(tell: Callable[[], None]) -> None:
    """Call ``tell`` on the main thread whenever one of the signals comes, instead of dying of it.
    Main thread."""
    for one in ENDING_SIGNALS:
        signal.signal(one, lambda _number, _frame: tell())


class Lifeline:
    """What the window asks again and again. Main thread.

    Python hears a signal only when it runs: whoever asks is also who lets it be heard.
    """

    def __init__(self, *, is_supervised: bool) -> None:
        self._is_supervised = is_supervised
        self._is_told = False
        say_when_told(self._told)

    @property
    def is_cut(self) -> bool:
        """Whether to save, to close and to go."""
        return self._is_told or (self._is_supervised and _is_other_end_closed())

    def _told(self) -> None:
        self._is_told = True


def _is_other_end_closed() -> bool:
    if sys.platform == "win32":
        import _winapi  # no other system has them
        import msvcrt

        try:
            _winapi.PeekNamedPipe(msvcrt.get_osfhandle(_STANDARD_INPUT), 0)
        except OSError:
            return True
        return False
    # Nothing is ever written: readable means ended.
    return bool(select.select([_STANDARD_INPUT], [], [], 0)[0])
