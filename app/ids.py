"""The only maker of identifiers, and of chance that is not key material."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.domain.change import RecordId

if TYPE_CHECKING:
    from app.services.ports import Clock  # the lock screen must not wait for the ports

__all__ = ["SeededIds", "SystemIds", "uuid7_hex"]


def uuid7_hex(ms: int, entropy: bytes) -> str:
    """Return a UUIDv7 (RFC 9562, 5.7) of a time in ms and ten bytes of chance, as 32 digits."""
    number = (ms & (2**48 - 1)) << 80 | int.from_bytes(entropy[:10], "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return f"{number:032x}"


@dataclass(frozen=True, slots=True)
class SystemIds:
    """Identifiers from the operating system's randomness."""

    clock: Clock

    def new_record_id(self) -> RecordId:
        """Return a new UUIDv7."""
        return RecordId(uuid7_hex(self.clock.now_ms(), os.urandom(10)))

    def random_bytes(self, count: int) -> bytes:
        """Return ``count`` unpredictable bytes."""
        return os.urandom(count)


@dataclass(frozen=True, slots=True)
class SeededIds:
    """Identifiers that repeat with their seed: for the simulator only."""

    clock: Clock
    chance: random.Random

    def new_record_id(self) -> RecordId:
        """Return the next UUIDv7 of the seed."""
        return RecordId(uuid7_hex(self.clock.now_ms(), self.chance.randbytes(10)))

    def random_bytes(self, count: int) -> bytes:
        """Return the next ``count`` bytes of the seed."""
        return self.chance.randbytes(count)
