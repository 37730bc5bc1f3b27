"""The line to the server: TLS under the region's own CA, every byte counted, no pace too slow.

What sockets do not do by themselves: a limit on how long an answer that drips may hold the network
thread, whatever part of it drips; a count of what really travels, headers too, as it travels; the
ticket by which the next connection of this run of the program shakes hands in a third of the bytes;
and whether a connection that rested still leads anywhere.
"""

from __future__ import annotations

import socket
import ssl
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from sync.client.transport import Counted
from sync.envelope.keyring import ServerAddress

__all__ = [
    "BYTES_A_SECOND_MIN",
    "Pace",
    "PinnedContext",
    "is_answering",
    "seconds_awake_or_asleep",
]

BYTES_A_SECOND_MIN: Final = 100
"""A tenth of the thinnest link that people still use: whoever answers more slowly is not answering.
"""

LOOK_SECONDS: Final = 3.0
"""So long may each half of a look take: the connection, and the handshake."""

RECORD_BYTES: Final = 4_096
"""So much of a request goes out at once, as one record of TLS. Python gives a whole body to TLS in
one call, which is silent until the last byte has gone; and of a line that is cut, what came of the
last record cannot be opened. On 64 kbit/s with a cut every 30 s, half of such a record and what is
around all of them cost the least together."""

WAITING_BYTES: Final = 32_768
"""No more waits in the operating system to go out: what waits there counts as moved, and nothing is
heard until it has gone. At a kilobyte a second that is a minute at most (the system may hold twice
of it), within the silence that is allowed; a round trip of 600 ms still carries 50 kB a second."""

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


@dataclass(frozen=True, slots=True)
class _Way:
    """Between which addresses a connection runs."""

    family: int
    own: str
    peer: Any


@dataclass(eq=False)
class _Kept:
    """What a context remembers between connections, and whose the bytes are that move now."""

    session: ssl.SSLSession | None = None
    pace: Pace | None = None
    way: _Way | None = None


class PinnedContext(ssl.SSLContext):
    """Trusts one CA and nothing else, and asks no clock: a laptop's date may be years off.

    Made once in a run of the program; :meth:`measure` hands its sockets to a request's pace, those
    too that stand already.
    """

    kept: _Kept

    @classmethod
    def of(cls, address: ServerAddress) -> PinnedContext:
        """Return the context for a region's server."""
        context = cls(ssl.PROTOCOL_TLS_CLIENT)
        context.kept = _Kept()
        context.sslsocket_class = _measured(context.kept)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(address.ca_der))
        context.verify_flags |= _X509_NO_CHECK_TIME
        return context

    def measure(self, pace: Pace) -> None:
        """Let every byte that moves from now on keep to this pace."""
        self.kept.pace = pace

    def leads_there_still(self) -> bool:
        """Return whether this machine would reach the other side of the last connection from the
        address that it has: after a change of network nothing comes over that connection any more,
        not even that it is closed. Only the operating system is asked, and nothing is sent."""
        way = self.kept.way
        if way is None:
            return False
        try:
            with socket.socket(way.family, socket.SOCK_DGRAM) as asked:
                asked.connect(way.peer)
                return bool(asked.getsockname()[0] == way.own)
        except OSError:
            return False

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
        self.kept.way = _Way(sock.family, sock.getsockname()[0], sock.getpeername())
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, WAITING_BYTES)
        return super().wrap_socket(
            sock,
            server_side,
            do_handshake_on_connect,
            suppress_ragged_eofs,
            server_hostname,
            session or self.kept.session,
        )


def _measured(kept: _Kept) -> type[ssl.SSLSocket]:
    class Measured(ssl.SSLSocket):
        """A connection whose bytes are counted."""

        def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
            """Read, and count."""
            data = super().recv(buflen, flags)
            # Tickets come behind the handshake, with the first answer.
            kept.session = self.session
            if kept.pace is not None:
                kept.pace.moved(0, len(data))
            return data

        def send(self, data: Any, flags: int = 0) -> int:
            """Write a record at most, and count."""
            count = super().send(memoryview(data)[:RECORD_BYTES], flags)
            if kept.pace is not None:
                kept.pace.moved(count, 0)
            return count

    return Measured


def seconds_awake_or_asleep() -> float:
    """Return a monotonic counter in seconds that goes on while the laptop sleeps: a connection ages
    then, and a token too."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()  # counts sleep on Windows


def is_answering(address: ServerAddress, seconds: float = LOOK_SECONDS) -> bool:
    """Return whether who takes a connection at the server's address shakes hands under the
    region's own CA: a portal or a proxy that answers for everybody does not, and hears nothing.
    Where nothing answers, this costs a connection; a handshake otherwise. Network thread;
    ``seconds`` for either at most, and those of the name's look-up."""
    try:
        at = urlsplit(address.url)
        reached = (at.hostname or "", at.port or HTTPS_PORT)
        context = PinnedContext.of(address)
        with socket.create_connection(reached, seconds) as link:
            context.wrap_socket(link, server_hostname=at.hostname).close()
    except (OSError, ValueError):
        return False
    return True
