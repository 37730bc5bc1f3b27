"""The only reader of the system clock."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

__all__ = ["LIMA", "FixedClock", "SystemClock"]

LIMA = ZoneInfo("America/Lima")


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The clock of this machine. It may be years off."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970, UTC."""
        return time.time_ns() // 1_000_000

    def today(self) -> date:
        """Return the calendar day in Peru."""
        return datetime.fromtimestamp(self.now_ms() / 1000, LIMA).date()

    def zone(self) -> ZoneInfo:
        """Return America/Lima."""
        return LIMA


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still until it is put on: for the demo's sample data and for tests."""

    ms: int

    def now_ms(self) -> int:
        """Return the time it was put to."""
        return self.ms

    def today(self) -> date:
        """Return the calendar day in Peru at that time."""
        return datetime.fromtimestamp(self.ms / 1000, LIMA).date()

    def zone(self) -> ZoneInfo:
        """Return America/Lima."""
        return LIMA
