"""The links that stand at a server: as many as it can bear, and none that only stands.

uvicorn bounds what comes between two requests by nothing: a link over which no request ever comes,
or half of one, or over which nobody reads, would stand for ever, counted by no quota.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

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


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many links may stand, altogether and of one network (numbers)."""

    links: int = 2_000
    of_network: int = 128


class Link(H11Protocol):
    """One link. Only on the loop's thread.

    A link that rests, or is new, makes room for another when there are too many. It ends at once
    when the server stops and nobody asks anything over it: a laptop's link stands for two minutes
    behind a synchronisation, and nobody at its end says goodbye in the manner of TLS; the usual way
    waits for that.
    """

    bounds: ClassVar[Bounds] = Bounds()
    network: bytes = b""
    rests_since: float = 0.0
    is_let_go: bool = False
    _waiting: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    @property
    def is_asking(self) -> bool:
        """Whether a request is under way."""
        return self.cycle is not None and not self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, if there is room."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(UNREAD_BYTES)
        self.network = network_of(self.client[0] if self.client else "")
        self.rests_since = self.loop.time()
        self._wait(HEAD_SECONDS)
        for most, links in (
            (self.bounds.of_network, self._standing(self.network)),
            (self.bounds.links, self._standing()),
        ):
            if len(links) > most:
                # This one is among them, as the last.
                resting = (one for one in links if not one.is_asking)
                min(resting, key=lambda one: one.rests_since).let_go()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._wait(None)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came; half a request is waited for, but not for ever."""
        super().data_received(data)
        if self.is_asking:
            self._wait(None)
        elif self._waiting is None and not self.is_let_go:
            self._wait(HEAD_SECONDS)

    def on_response_complete(self) -> None:
        """Rest, perhaps behind the rest of a body that nobody wants."""
        super().on_response_complete()
        self.rests_since = self.loop.time()
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
