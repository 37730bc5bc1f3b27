"""What the process gives up before any key is in it: core dumps, being read by others, and letting
an exception tell what was typed.

A core dump of a process that held keys had the words and 68,000 traces of what was on the screen in
it (``docs/security.md``); an exception's text carries values. Whoever has the rights of the user
and patience reads a running process all the same: this is a fence, and locking is the wall.
"""

from __future__ import annotations

import ctypes
import faulthandler
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final

from app.logs import log_bug

__all__ = ["harden", "tell_bugs"]

_PR_SET_DUMPABLE: Final = 4
_NO_ERROR_BOX: Final = 0x0001 | 0x0002
_NO_HEAP_IN_REPORTS: Final = 0x0001


def harden() -> None:
    """Leave no core dump, no heap in crash reports and no trace of a fault on the terminal; on
    Linux be read by no other process of the user. Before a key is in memory; harmless when
    repeated. What the system refuses is left: nobody is kept from work by it."""
    faulthandler.disable()
    if sys.platform == "win32":
        _harden_windows()
        return
    import resource  # Windows has none

    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0 if hard else hard))
    if sys.platform == "linux":
        # It also takes /proc/<pid> and the attaching of a debugger from processes of the same user.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def tell_bugs(tell: Callable[[str], None]) -> None:
    """Log every exception that nobody caught by its type and place alone, on whatever thread, and
    let ``tell`` have the place. Main thread."""

    def heard(error: BaseException | None) -> None:
        if error is None or isinstance(error, SystemExit | KeyboardInterrupt):
            return
        tell(log_bug(error))

    def uncaught(
        _kind: type[BaseException], error: BaseException, _trace: TracebackType | None
    ) -> None:
        heard(error)

    sys.excepthook = uncaught
    threading.excepthook = lambda said: heard(said.exc_value)
    sys.unraisablehook = lambda said: heard(said.exc_value)


def _harden_windows() -> None:  # untried: no Windows was at hand
    if sys.platform == "win32":
        kernel, reports = ctypes.WinDLL("kernel32"), ctypes.WinDLL("wer")
        kernel.SetErrorMode(_NO_ERROR_BOX)
        reports.WerSetFlags(_NO_HEAP_IN_REPORTS)
