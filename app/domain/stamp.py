"""When and in which run of the program a change was made.

A stamp never decides what is newer: bases do (:mod:`app.domain.change`). It only breaks ties
between changes made without seeing each other, so a clock that is years off loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.domain.errors import DomainError

__all__ = ["SESSION_BYTES", "Stamp", "Stamper"]

SESSION_BYTES = 8
COUNTER_MAX = 2**32 - 1
WALL_MS_MAX = 2**53 - 1


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """Wall clock in ms since 1970 (UTC), the run of the program, and a counter in that run.

    The order is total, so that every device breaks a tie alike.
    """

    wall_ms: int
    session: bytes
    counter: int

    def __post_init__(self) -> None:
        if len(self.session) != SESSION_BYTES:
            raise DomainError("stamp_session_length")
        if not 0 <= self.wall_ms <= WALL_MS_MAX or not 0 <= self.counter <= COUNTER_MAX:
            raise DomainError("stamp_out_of_range")


@dataclass(slots=True)
class Stamper:
    """Gives the stamps of one run of the program. Used on the storage thread only.

    ``session`` is drawn anew at every start: a copied laptop or a restored backup can never go
    on with somebody else's numbers. Wall time never falls within a run: if the clock was put
    back, the last time plus one millisecond is taken.
    """

    session: bytes
    _last_ms: int = field(default=0)
    _counter: int = field(default=0)

    def next(self, now_ms: int) -> Stamp:
        """Return the next stamp at wall time ``now_ms``."""
        self._last_ms = max(min(now_ms, WALL_MS_MAX - COUNTER_MAX), self._last_ms + 1)
        self._counter += 1
        return Stamp(self._last_ms, self.session, self._counter)
