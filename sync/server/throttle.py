"""Quotas: how much one device may send, counted by the hour. Memory of one process."""

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
    """Counts bytes and requests by device, or by address before anybody signed in.

    ``seconds`` is a monotonic counter.
    """

    seconds: Callable[[], float]
    _used: OrderedDict[bytes, tuple[float, int, int]] = field(default_factory=OrderedDict)

    def count_request(self, speaker: bytes) -> None:
        """Count a request. Raises ProtocolError ``busy`` over the quota."""
        self._count(speaker, requests=1, size=0)

    def count_bytes(self, speaker: bytes, size: int) -> None:
        """Count a piece of a body: a thin link brings thousands. Raises ProtocolError ``busy``."""
        self._count(speaker, requests=0, size=size)

    def _count(self, speaker: bytes, *, requests: int, size: int) -> None:
        now = self.seconds()
        since, so_far, total = self._used.get(speaker, (now, 0, 0))
        if now - since > HOUR_SECONDS:
            since, so_far, total = now, 0, 0
        so_far, total = so_far + requests, total + size
        self._used[speaker] = (since, so_far, total)
        self._used.move_to_end(speaker)
        while len(self._used) > HELD_MAX:
            self._used.popitem(last=False)
        if so_far > REQUESTS_PER_HOUR or total > BYTES_PER_HOUR:
            raise ProtocolError(BUSY)
