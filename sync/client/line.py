"""The line to the server: TLS under the region's own CA, every byte counted, no pace too slow.

Three things that sockets do not do by themselves: a limit on how long an answer that drips may hold
the network thread, whatever part of it drips; a count of what really travels, headers too; and the
ticket by which the next connection of this run shakes hands in a third of the bytes.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from sync.client.transport import Counted
from sync.envelope.keyring import ServerAddress

__all__ = ["BYTES_A_SECOND_MIN", "Pace", "PinnedContext", "is_answering"]

BYTES_A_SECOND_MIN: Final = 100
"""A tenth of the thinnest link that people still use: whoever answers more slowly is not answering.
"""

LOOK_SECONDS: Final = 3.0
HTTPS_PORT: Final = 443

_X509_NO_CHECK_TIME: Final = 0x200000


@dataclass(slots=True)
class Pace:
    """Counts what travels of one request, and ends it when that is too little for its time.

    ``grace_seconds`` pass before anything is asked of a request; ``seconds`` is a monotonic
    counter.
    """

    counted: Counted
    seconds: Callable[[], float]
    grace_seconds: float
    _began: float = 0.0
    _moved: int = 0

    def begin(self) -> None:
        """A request begins."""
        self._began, self._moved = self.seconds(), 0

    def moved(self, up: int, down: int) -> None:
        """Count bytes. Raises TimeoutError when the request takes longer than its bytes allow."""
        self.counted(up, down)
        self._moved += up + down
        allowed = self.grace_seconds + self._moved / BYTES_A_SECOND_MIN
        if self.seconds() - self._began > allowed:
            raise TimeoutError


@dataclass(eq=False)
class _Kept:
    """What a context remembers between connections."""

    session: ssl.SSLSession | None = None


class PinnedContext(ssl.SSLContext):
    """Trusts one CA and nothing else, and asks no clock: a laptop's date may be years off.

    Made once in a run of the program; :meth:`measure` hands its sockets to a request's pace.
    """

    kept: _Kept

    @classmethod
    def of(cls, address: ServerAddress) -> PinnedContext:
        """Return the context for a region's server."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.kept = _Kept()
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(address.ca_der))
        context.verify_flags |= _X509_NO_CHECK_TIME
        return context

    def measure(self, pace: Pace) -> None:
        """Let the connections that are made from now on keep to this pace."""
        kept = self.kept

        class Measured(ssl.SSLSocket):
            """A connection whose bytes are counted."""

            def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
                """Read, and count."""
                data = super().recv(buflen, flags)
                # Tickets come behind the handshake, with the first answer.
                kept.session = self.session
                pace.moved(0, len(data))
                return data

            def send(self, data: Any, flags: int = 0) -> int:
                """Write, and count."""
                count = super().send(data, flags)
                pace.moved(count, 0)
                return count

        self.sslsocket_class = Measured

    def wrap_socket(
        self,
        sock: socket.socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLSocket:
        """Shake hands, with the ticket of the connection before when there is one."""
        return super().wrap_socket(
            sock,
            server_side,
            do_handshake_on_connect,
            suppress_ragged_eofs,
            server_hostname,
            session or self.kept.session,
        )


def is_answering(address: ServerAddress) -> bool:
    """Return whether something takes a connection at the server's address: the cheapest question
    that a network can be asked, and no promise that it is the server. Network thread; a few
    seconds at most, and those of the name's look-up."""
    try:
        at = urlsplit(address.url)
        reached = (at.hostname or "", at.port or HTTPS_PORT)
        socket.create_connection(reached, LOOK_SECONDS).close()
    except (OSError, ValueError):
        return False
    return True
