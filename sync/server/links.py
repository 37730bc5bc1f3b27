"""The links that stand at a server: as many as it can bear, and none that only stands.

uvicorn bounds what comes between two requests by nothing: a link over which no request ever comes,
or half of one, or over which nobody reads, would stand for ever, counted by no quota.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from sync.server.bodies import speaker_of
from sync.server.throttle import network_of

__all__ = ["Bounds", "Link"]

HEAD_SECONDS: Final = 30.0
"""So long a link has from its beginning, or from the first byte of a request, until it asks."""
DRAIN_SECONDS: Final = 120.0
"""So long the rest of a body may come that was refused before its end: laptops read the answer when
they have sent all."""
UNREAD_SECONDS: Final = 300.0
"""So long an answer waits for somebody to read on: laptops give up after 90."""
UNREAD_BYTES: Final = 64 << 10
"""So much of an answer waits in memory."""
OF_DEVICE: Final = 8
"""So many requests of one device are waited for also where there is no room: a laptop has one under
way, and behind it those whose link died without a word, each for as long as a body may be silent.
"""

_SITE_BYTES: Final = 6
"""Of an IPv6 network; an IPv4 address has four."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many links may stand, altogether and of one network (numbers)."""

    links: int = 2_000
    of_network: int = 128


class Link(H11Protocol):
    """One link. Only on the loop's thread.

    When there are too many, one of them makes room for a new one: :func:`_to_end` says which. It
    ends at once when the server stops and nobody asks anything over it: a laptop's link stands for
    two minutes behind a synchronisation, and nobody at its end says goodbye in the manner of TLS;
    the usual way waits for that.
    """

    bounds: ClassVar[Bounds] = Bounds()
    network: bytes = b""
    since: float = 0.0
    """When it began, was answered, or began to ask: the last of these."""
    was_answered: bool = False
    is_let_go: bool = False
    _waiting: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    @property
    def is_asking(self) -> bool:
        """Whether a request is under way."""
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def device(self) -> bytes | None:
        """Who asks what is under way, as far as that is known."""
        return speaker_of(self.scope) if self.is_asking else None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, if there is room."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(UNREAD_BYTES)
        self.network = network_of(self.client[0] if self.client else "")
        self.since = self.loop.time()
        self._wait(HEAD_SECONDS)
        for most, network in (
            (self.bounds.of_network, self.network),
            (self.bounds.links, None),
        ):
            links = self._standing(network)
            if len(links) > most:
                _to_end(links, self).let_go()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._wait(None)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; half a request is waited for, but not for ever."""
        was_asking = self.is_asking
        super().data_received(data)
        if self.is_asking:
            if not was_asking:
                self.since = self.loop.time()
            self._wait(None)
        elif self._waiting is None and not self.is_let_go:
            self._wait(HEAD_SECONDS)

    def on_response_complete(self) -> None:
        """Rest, perhaps behind the rest of a body that nobody wants."""
        super().on_response_complete()
        self.since = self.loop.time()
        self.was_answered = True
        if not self.is_asking and self.conn.their_state is h11.SEND_BODY:
            self._wait(DRAIN_SECONDS)

    def pause_writing(self) -> None:
        """Wait until somebody reads on, but not for ever."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(UNREAD_SECONDS, self.let_go)

    def resume_writing(self) -> None:
        """Go on: somebody read."""
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        super().resume_writing()

    def shutdown(self) -> None:
        """Let go of a link that rests; finish the request of one that does not."""
        if self.is_asking:
            super().shutdown()
        else:
            self.let_go()

    def let_go(self) -> None:
        """End at once, without a word."""
        self.is_let_go = True
        self.transport.abort()

    def _wait(self, seconds: float | None) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = None if seconds is None else self.loop.call_later(seconds, self.let_go)

    def _standing(self, network: bytes | None = None) -> list[Link]:
        links = cast(Iterable[Link], self.connections)
        return [
            one
            for one in links
            if not one.is_let_go and (network is None or one.network == network)
        ]


def _to_end(links: Sequence[Link], new: Link) -> Link:
    """Return which of too many links makes room for a new one, itself among them.

    First one that rests behind an answer: it costs a laptop a greeting. Then a request of a device
    that has more under way than any laptop. Then one over which nobody is known to ask, since a
    stranger may let a body drip for hours: one of the network that has most (of IPv6 by 48 bits, as
    much as one site gets), so that whoever has many takes nobody else's place. Of each the one that
    stands so longest. What a known device asks is never ended otherwise: then the new one finds no
    room.
    """
    others = [one for one in links if one is not new]
    asking = Counter(one.device for one in others)
    unknown = [one for one in others if one.device is None]
    crowd = Counter(one.network[:_SITE_BYTES] for one in links)
    most = max((crowd[one.network[:_SITE_BYTES]] for one in unknown), default=0)
    for some in (
        [one for one in unknown if one.was_answered and not one.is_asking],
        [one for one in others if one.device is not None and asking[one.device] > OF_DEVICE],
        [one for one in unknown if crowd[one.network[:_SITE_BYTES]] == most],
    ):
        if some:
            return min(some, key=lambda one: one.since)
    return new
