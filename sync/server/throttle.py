"""Quotas: how much one device or one network may ask, counted by the hour. Memory of one process.

Devices that signed in and strangers are counted apart: there are as many devices as the rosters
grant, and as many strangers as somebody has addresses.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sync.protocol.errors import ProtocolError

__all__ = ["BUSY", "Throttle", "Waiting", "network_of"]

BUSY: Final = "busy"
BYTES_PER_HOUR: Final = 512 << 20
REQUESTS_PER_HOUR: Final = 7_200
HOUR_SECONDS: Final = 3_600
HELD_MAX: Final = 100_000
"""Counters of each kind. Over it the one used longest ago goes: whoever would have a counter
forgotten needs so many networks, each with a quota of its own anyway."""
WAITING_MAX: Final = 64 << 20
"""Bytes of strangers' bodies at once: 32 of the largest. Over it, whose network has more than an
equal share gets no more, so there are never twice as many."""
WAITING_OF_NETWORK_MAX: Final = 8 << 20
"""Of one network: four of the largest."""

_IPV6_LINK_BITS: Final = 64
"""One subscriber's link has a /64 at the least, and chooses among 2^64 addresses (RFC 7421)."""

_Counters = OrderedDict[bytes, tuple[float, int, int]]


@dataclass(slots=True)
class Throttle:
    """Counts bytes and requests by device, and by network before anybody signed in.

    ``seconds`` is a monotonic counter.
    """

    seconds: Callable[[], float]
    _devices: _Counters = field(default_factory=OrderedDict)
    _strangers: _Counters = field(default_factory=OrderedDict)

    def count_stranger(self, host: str) -> None:
        """Count a request from an address. Raises ProtocolError ``busy`` over the quota."""
        self._count(self._strangers, network_of(host), requests=1, size=0)

    def count_request(self, device: bytes) -> None:
        """Count a request of a device. Raises ProtocolError ``busy`` over the quota."""
        self._count(self._devices, device, requests=1, size=0)

    def count_bytes(self, device: bytes, size: int) -> None:
        """Count a piece of a body: a thin link brings thousands. Raises ProtocolError ``busy``."""
        self._count(self._devices, device, requests=0, size=size)

    def _count(self, used: _Counters, who: bytes, *, requests: int, size: int) -> None:
        now = self.seconds()
        since, so_far, total = used.get(who, (now, 0, 0))
        if now - since > HOUR_SECONDS:
            since, so_far, total = now, 0, 0
        so_far, total = so_far + requests, total + size
        used[who] = (since, so_far, total)
        used.move_to_end(who)
        _forget(used, now)
        if so_far > REQUESTS_PER_HOUR or total > BYTES_PER_HOUR:
            raise ProtocolError(BUSY)


@dataclass(slots=True)
class Waiting:
    """The bytes of strangers' bodies that are in memory now, altogether and by network."""

    _all: int = 0
    _by_network: dict[bytes, int] = field(default_factory=dict)

    def take(self, network: bytes, size: int) -> None:
        """Count bytes that came. Raises ProtocolError ``busy`` when there is no room for them; they
        are counted until they :meth:`leave` all the same."""
        self._all += size
        of_network = self._by_network.get(network, 0) + size
        self._by_network[network] = of_network
        share = WAITING_MAX // len(self._by_network)
        is_full = self._all > WAITING_MAX and of_network > share
        if is_full or of_network > WAITING_OF_NETWORK_MAX:
            raise ProtocolError(BUSY)

    def leave(self, network: bytes, size: int) -> None:
        """Count bytes no longer."""
        self._all -= size
        left = self._by_network.get(network, 0) - size
        if left > 0:
            self._by_network[network] = left
        else:
            self._by_network.pop(network, None)


def network_of(host: str) -> bytes:
    """Return what is counted as one network: an IPv4 address, written as IPv6 or not, and of any
    other IPv6 address the first 64 bits. What is no address is all one."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return b""
    if isinstance(address, ipaddress.IPv4Address):
        return address.packed
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped.packed
    return address.packed[: _IPV6_LINK_BITS // 8]


def _forget(used: _Counters, now: float) -> None:
    """Let go of counters whose hour is over, as they come first, and of what is over the bound."""
    while used:
        since, _, _ = used[next(iter(used))]
        if len(used) <= HELD_MAX and now - since <= HOUR_SECONDS:
            return
        used.popitem(last=False)
