"""When the next try is due: soon after a success, ever later after failures, never all at once.

Pure: time and chance come in. What is decided is written into the database, so that neither a power
cut nor a restart makes a laptop hammer, or sleep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.services.sync_status import LONGEST_WAIT_MS

__all__ = ["FAILURES", "NETWORK_BACK_MS", "NetworkWatch", "next_attempt_ms"]

FAILURES: Final = "sync/failures"
"""Where the number of failures in a row is remembered."""

AFTER_SUCCESS_MS: Final = 15 * 60_000
FIRST_WAIT_MS: Final = 30_000
SHORTEST_WAIT_MS: Final = 5_000
SPREAD_MS: Final = 30_000
"""Over so long the laptops come back that a server had sent away for the same time."""

NETWORK_BACK_MS: Final = 60_000
"""Over so long the laptops of a region spread when their network comes back for all of them."""

LOOK_SECONDS: Final = 60.0
LOOKS_DOUBLED_MAX: Final = 5


def next_attempt_ms(
    now_ms: int, failures: int, chance: float, *, retry_after_seconds: int = 0
) -> int:
    """Return when to try next, in ms since 1970.

    ``failures`` counts the attempts that failed in a row; ``chance`` in [0, 1) spreads the laptops
    of a region: full jitter below a wait that doubles from 30 s to 6 h, and never at once. A server
    that asked for ``retry_after_seconds`` gets them, and a spread behind, up to those 6 h.
    """
    if failures == 0:
        return now_ms + AFTER_SUCCESS_MS
    longest = min(LONGEST_WAIT_MS, FIRST_WAIT_MS << min(failures - 1, 20))
    wait = SHORTEST_WAIT_MS + int((longest - SHORTEST_WAIT_MS) * chance)
    if retry_after_seconds > 0:
        wait = max(wait, retry_after_seconds * 1000 + int(SPREAD_MS * chance))
    return now_ms + min(wait, LONGEST_WAIT_MS)


@dataclass(slots=True)
class NetworkWatch:
    """When to look, at the price of one handshake, whether a network came back.

    At most once a minute. When the server shook hands and the real try after it found none all the
    same (its front door alone), the next looks come ever more rarely, up to some half an hour.
    Seconds are those of a monotonic counter.
    """

    _next: float = 0.0
    _in_vain: int = 0
    _is_believed: bool = False

    def is_time(self, seconds: float) -> bool:
        """Return whether it may be looked now."""
        return seconds >= self._next

    def look(self, seconds: float, chance: float) -> None:
        """It is looked now; ``chance`` in [0, 1) spreads the next look by half of its wait."""
        wait = LOOK_SECONDS * 2 ** min(self._in_vain, LOOKS_DOUBLED_MAX)
        self._next = seconds + wait * (1 + chance / 2)

    def believe(self) -> None:
        """The server shook hands: the real try comes."""
        self._is_believed = True

    def learn(self, *, was_reached: bool) -> None:
        """A real try ended: whether it found the server."""
        if was_reached:
            self._in_vain = 0
        elif self._is_believed:
            self._in_vain += 1
        self._is_believed = False
