"""What a run of the program holds of its server from one synchronisation to the next.

Somebody who types, synchronises, types and synchronises again within two minutes pays one round
trip for it: the connection still stands, and the token still serves.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

from sync.client.line import PinnedContext
from sync.envelope.keyring import ServerAddress

__all__ = ["STANDING_SECONDS", "Closing", "Login", "Standing"]

STANDING_SECONDS: Final = 120.0
"""How long a connection may rest and still be used: as long as a thin link takes for a large
synchronisation at the other laptop, and less than the 150 that the server keeps it."""


class Closing(Protocol):
    """Something that is closed once."""

    def close(self) -> None:
        """Let go of it."""


C = TypeVar("C", bound=Closing)


class Standing(Generic[C]):
    """The connection that stands between two runs of synchronisation: one, or none.

    A run takes it and leaves it when it is over, so nothing is closed under a request. No timer and
    no thread: how long it rested is looked at when the next run comes. Any thread.
    """

    def __init__(self) -> None:
        self._changing = threading.Lock()
        self._connection: C | None = None
        self._since = 0.0
        self._is_over = False

    def take(self, now: float) -> C | None:
        """Return it, or None when there is none or it rested too long; it is closed then.

        ``now`` is of the monotonic counter, in seconds, that :meth:`leave` was told of.
        """
        with self._changing:
            connection, self._connection = self._connection, None
        if connection is None or 0.0 <= now - self._since <= STANDING_SECONDS:
            return connection
        connection.close()
        return None

    def leave(self, connection: C, now: float) -> None:
        """Let it stand for the next run; close it when none follows any more."""
        with self._changing:
            before, self._connection = self._connection, None if self._is_over else connection
            self._since = now
            unwanted = connection if self._is_over else before
        if unwanted is not None:
            unwanted.close()

    def hang_up(self) -> None:
        """Close what stands, if anything does; the next run connects anew."""
        with self._changing:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def close(self) -> None:
        """Close what stands, and from now on what a run that still goes on leaves."""
        with self._changing:
            self._is_over = True
        self.hang_up()


@dataclass(slots=True)
class Login:
    """What a run of the program holds of its server: a quiet sync soon after another is one round
    trip.

    ``until`` is when the token ends, by a monotonic counter: it spares a laptop that knows so a
    body sent in vain. The server alone decides. ``version`` is the one that both sides speak, 0
    before the first login; ``context`` is the TLS side of it, with the ticket of the connection
    before; ``standing`` is the connection between two runs. Network thread, but for :meth:`close`.
    """

    token: bytes | None = None
    until: float = 0.0
    version: int = 0
    server: ServerAddress | None = None
    context: PinnedContext | None = None
    standing: Standing[Any] = field(default_factory=Standing)

    def meet(self, server: ServerAddress) -> PinnedContext:
        """Return the context of this server; nothing that was held of another one is left."""
        if self.context is None or server != self.server:
            self.hang_up()
            self.token, self.until, self.version = None, 0.0, 0
            self.server, self.context = server, PinnedContext.of(server)
        return self.context

    def hang_up(self) -> None:
        """Close the connection that stands, if one does."""
        self.standing.hang_up()

    def close(self) -> None:
        """Close the connection that stands, or when the run that uses it is over. Any thread."""
        self.standing.close()
