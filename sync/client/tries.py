"""Trying again within a run: a thin link breaks, and what it brought by then is not lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import stamina

from app.domain.errors import EnvironmentFault
from sync.client.answers import Again

__all__ = ["PROGRESS_BYTES", "TRIES", "stubbornly"]

T = TypeVar("T")

TRIES: Final = 3
"""In a row, of which none brought anything further."""
WAIT_SECONDS_MAX: Final = 8.0
PROGRESS_BYTES: Final = 1 << 10


def stubbornly(work: Callable[[], T], tries: int, progress: Callable[[], int] = int) -> T:
    """Try again, the first time at once, while the connection breaks before an answer; and begin to
    count anew whenever a try brought something further.

    A try on a connection that the other side had closed since the run before is not counted.
    ``progress`` is how many bytes were brought so far. Raises EnvironmentFault with the reason of
    the last of ``tries`` fruitless ones. Network thread; waits seconds between them.
    """
    fruitless, furthest = 0, 0

    def is_worth_it(error: Exception) -> bool | float:
        nonlocal fruitless, furthest
        if not isinstance(error, Again):
            return False
        if error.is_stale:
            return 0.0
        reached = progress()
        fruitless = 1 if reached >= furthest + PROGRESS_BYTES else fruitless + 1
        furthest = max(furthest, reached)
        if fruitless >= tries:
            return False
        return 0.0 if fruitless == 1 else True

    try:
        for attempt in stamina.retry_context(
            on=is_worth_it, attempts=None, timeout=None, wait_max=WAIT_SECONDS_MAX
        ):
            with attempt:
                return work()
    except Again as last:
        raise EnvironmentFault(last.reason) from None
    raise AssertionError("retries end by an answer or by the last failure")
