"""How long the own lane may go on, how good the link is, and how much goes at once.

No clock of its own: seconds are those of a monotonic counter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

__all__ = ["GOOD_BYTES_A_SECOND", "LanePace"]

GOOD_BYTES_A_SECOND: Final = 16 << 10
"""From here on attachments come without being asked for: one of a megabyte takes a minute."""

PIECE_SECONDS: Final = 4.0
"""So long a piece may take: what is typed meanwhile waits no longer for it."""

PIECE_FIRST: Final = 32 << 10
PIECE_MIN: Final = 16 << 10
PIECE_MAX: Final = 256 << 10


@dataclass(slots=True)
class LanePace:
    """One run of the lane. ``limit_seconds`` is how long it may take, None for as long as it
    needs; it begins when it is made."""

    seconds: Callable[[], float]
    limit_seconds: float | None = None
    _began: float = field(init=False)
    _speed: float | None = None

    def __post_init__(self) -> None:
        self._began = self.seconds()

    @property
    def is_over(self) -> bool:
        """Whether its time is up."""
        limit = self.limit_seconds
        return limit is not None and self.seconds() - self._began >= limit

    @property
    def is_good(self) -> bool | None:
        """Whether the link was measured to be good; None before anything was measured."""
        return None if self._speed is None else self._speed > GOOD_BYTES_A_SECOND

    @property
    def piece(self) -> int:
        """How many bytes to send or to ask for at once."""
        if self._speed is None:
            return PIECE_FIRST
        return min(PIECE_MAX, max(PIECE_MIN, int(self._speed * PIECE_SECONDS)))

    def measure(self, count: int, began: float) -> None:
        """A piece of so many bytes travelled since ``began``: half of what is known is that."""
        speed = count / max(1e-3, self.seconds() - began)
        self._speed = speed if self._speed is None else (self._speed + speed) / 2
