"""What a worker may use, laid on it by the system. In the worker, before any parser is imported.

Windows has no limits that a process lays on itself: there the program puts the worker into a job
object before it runs (:mod:`app.apart.windows_job`), and :func:`apply` does nothing.
"""

from __future__ import annotations

import contextlib
import signal
import sys

from app.apart.requests import Bounds

__all__ = ["apply", "no_more_descriptors"]


def apply(bounds: Bounds) -> None:
    """Bound memory, processor time, life, files written and processes of this process, for ever.

    What the system does not know is left out: macOS does not hold to the limit of memory.
    """
    if sys.platform == "win32":
        return
    import resource  # no other system has it

    _limit(resource.RLIMIT_CORE, 0)  # a core dump would be the file in clear
    _limit(resource.RLIMIT_AS, bounds.memory_bytes)
    # One second more until the signal that nothing can ignore.
    _limit(resource.RLIMIT_CPU, bounds.cpu_seconds, bounds.cpu_seconds + 1)
    _limit(resource.RLIMIT_FSIZE, 0)
    if hasattr(resource, "RLIMIT_NPROC"):
        _limit(resource.RLIMIT_NPROC, 0)  # neither a process nor a thread
    # Whoever waits kills it first; this is for when nobody waits any more.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, bounds.wall_seconds + 2)


def no_more_descriptors() -> None:
    """From now on this process opens nothing: no file, no socket, no pipe."""
    if sys.platform == "win32":
        return
    import resource  # no other system has it

    _limit(resource.RLIMIT_NOFILE, 0)


def _limit(which: int, soft: int, hard: int | None = None) -> None:
    if sys.platform == "win32":
        return
    import resource  # no other system has it

    highest = resource.getrlimit(which)[1]
    wanted = [soft, soft if hard is None else hard]
    if highest != resource.RLIM_INFINITY:  # a limit from above stands
        wanted = [min(one, highest) for one in wanted]
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (wanted[0], wanted[1]))
