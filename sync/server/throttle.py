"""Quotas: how much one device may send, counted in a sliding hour. Memory of one process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sync.protocol.errors import ProtocolError

__all__ = ["BUSY", "Throttle"]

BUSY: Final = "busy"
BYTES_PER_HOUR: Final = 512 << 20
REQUESTS_PER_HOUR: Final = 7_200
HOUR_SECONDS: Final = 3_600
HELD_MAX: Final = 100_000


@dataclass(slots=True)
class Throttle:
    """Counts bytes and requests by device. ``seconds`` is a monotonic counter."""

    seconds: Callable[[], float]
    _used: OrderedDict[bytes, tuple[float, int, int]] = field(default_factory=OrderedDict)

    def count(self, device: bytes, size: int) -> None:
        """Count a request of ``size`` bytes. Raises ProtocolError ``busy`` over the quota."""
        now = self.seconds()
        since, requests, total = self._used.get(device, (now, 0, 0))
        if now - since > HOUR_SECONDS:
            since, requests, total = now, 0, 0
        self._used[device] = (since, requests + 1, total + size)
        while len(self._used) > HELD_MAX:
            self._used.popitem(last=False)
        if requests >= REQUESTS_PER_HOUR or total + size > BYTES_PER_HOUR:
            raise ProtocolError(BUSY)
