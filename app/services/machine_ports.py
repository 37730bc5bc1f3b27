"""What the use cases need of the machine: time, and chance.

Part of :mod:`app.services.ports`, which gives these names with the others.
"""

from __future__ import annotations

from datetime import date, tzinfo
from typing import Protocol

from app.domain.change import RecordId

__all__ = ["Clock", "Ids"]


class Clock(Protocol):
    """The only source of time."""

    def now_ms(self) -> int:
        """Return milliseconds since 1970, UTC, by this machine's clock."""

    def today(self) -> date:
        """Return the calendar day in Peru (America/Lima)."""

    def zone(self) -> tzinfo:
        """Return the time zone of the work: America/Lima."""


class Ids(Protocol):
    """The only source of identifiers and of chance that is not key material."""

    def new_record_id(self) -> RecordId:
        """Return a new UUIDv7."""

    def random_bytes(self, count: int) -> bytes:
        """Return ``count`` unpredictable bytes."""
