"""When the next try is due: soon after a success, ever later after failures, never all at once."""

from __future__ import annotations

from typing import Final

from app.services.sync_status import LONGEST_WAIT_MS

__all__ = ["next_attempt_ms"]

AFTER_SUCCESS_MS: Final = 15 * 60_000
FIRST_WAIT_MS: Final = 30_000


def next_attempt_ms(now_ms: int, failures: int, chance: float) -> int:
    """Return when to try next, in ms since 1970.

    ``failures`` counts the attempts that failed in a row; ``chance`` in [0, 1) spreads the laptops
    of a region (full jitter, with half of the wait as its floor so that a try is never at once).
    """
    if failures == 0:
        return now_ms + AFTER_SUCCESS_MS
    wait = min(LONGEST_WAIT_MS, FIRST_WAIT_MS << min(failures - 1, 20))
    return now_ms + int(wait * (0.5 + chance / 2))
