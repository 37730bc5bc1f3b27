"""A thin link between a client and a server of this machine, in user space.

Each direction is a queue at the link's rate that all connections share: segments of 1,400 bytes
with 40 of headers, half a round trip on the way. A lost segment, and what is sent again may be lost
again, arrives later by a round trip when three segments follow it (fast retransmit), else by two
of them and at least a second (a tail waits for its timer); what comes behind waits for it, as TCP
keeps order. A new connection's first bytes leave a round trip after it began, a second later for
each of its two first segments that was lost. Acknowledgements cost nothing. When the link is cut,
all connections are reset and what was on the way is gone.

Bytes are counted as they arrive. Plain Python only.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket
import ssl
import struct
from dataclasses import dataclass, field
from typing import Final

from bench.sync.links import HEADER_BYTES, OPEN, SEGMENT_BYTES, Link

__all__ = ["Counters", "Proxy"]

WINDOW_BYTES: Final = 32_768
"""No more of one direction of a connection is on the way or waits here."""
_SMALL_BUFFER: Final = 8_192
"""Of the sockets: a kernel that swallowed a whole body at once would hide the link from whoever
sends."""
_PIECE: Final = 16_384
_SEGMENTS_TO_NOTICE: Final = 3
_TIMER_SECONDS: Final = 1.0
_RESET: Final = struct.pack("ii", 1, 0)
_REQUEST: Final = re.compile(
    rb"(?:GET|POST|PUT|DELETE|HEAD|OPTIONS|PATCH) [^ \r\n]{1,2000} HTTP/1\.[01]\r\n"
)
_REQUEST_BYTES_MAX: Final = 2_100


@dataclass(slots=True)
class Counters:
    """What went over the link since they were last set to nothing.

    ``turns`` counts how often a client spoke after it had heard the server or had just connected:
    with the connections, the round trips. ``requests`` are those of HTTP, where bytes are in clear.
    """

    up: int = 0
    down: int = 0
    connections: int = 0
    requests: int = 0
    turns: int = 0
    cuts: int = 0
    segments: int = 0
    lost: int = 0


@dataclass(slots=True)
class _Line:
    """One direction of the link; ``free`` is when it has carried everything given to it."""

    free: float = 0.0

    def carry(self, size: int, now: float, link: Link) -> float:
        """Return when the last bit of a segment has left."""
        self.free = max(now, self.free) + _seconds(size, link)
        return self.free


def _seconds(size: int, link: Link) -> float:
    return (size + HEADER_BYTES) * 8 / link.bits_per_second


@dataclass(slots=True, eq=False)
class _Connection:
    """One connection through the link: both its ends, and the two flows between them."""

    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    is_clients_turn: bool = True
    is_reset: bool = False

    def reset(self) -> None:
        """Break it as a lost network does: both ends are told by a reset."""
        self.is_reset = True
        for task in self.tasks:
            task.cancel()
        for writer in self.writers:
            end = writer.get_extra_info("socket")
            if end is not None and end.fileno() >= 0:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()


class Proxy:
    """Hands connections on to ``target`` over a link that can be changed while it runs.

    With ``clear``, the contexts for the two ends, TLS ends here on both sides: the link between
    carries the same bytes without it, and they are counted so.
    """

    def __init__(
        self,
        target: int,
        chance: random.Random,
        *,
        clear: tuple[ssl.SSLContext, ssl.SSLContext] | None = None,
    ) -> None:
        self.counters = Counters()
        self.port = 0
        self._target = target
        self._chance = chance
        self._clear = clear
        self._link = OPEN
        self._lines = {"up": _Line(), "down": _Line()}
        self._connections: set[_Connection] = set()
        self._accepted: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._cutting: asyncio.Task[None] | None = None

    async def start(self, port: int = 0) -> None:
        """Listen, on a free port of this machine when none is named."""
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
        listening.bind(("127.0.0.1", port))
        context = self._clear[0] if self._clear else None
        self._server = await asyncio.start_server(
            self._accept, sock=listening, limit=_SMALL_BUFFER, ssl=context
        )
        self.port = listening.getsockname()[1]

    async def close(self) -> None:
        """Listen no more and let everything go."""
        self.use(OPEN)
        if self._server is not None:
            self._server.close()
        if self._accepted:
            await asyncio.wait(self._accepted)

    def use(self, link: Link) -> None:
        """Let the link be like this from now on. Connections that are there are reset: they began
        on another one."""
        if self._cutting is not None:
            self._cutting.cancel()
            self._cutting = None
        self.cut()
        self._link = link
        if link.cut_seconds:
            self._cutting = asyncio.get_running_loop().create_task(self._cut_again_and_again())

    def cut(self) -> None:
        """Reset all connections; what was on the way is gone."""
        for one in tuple(self._connections):
            one.reset()
        for line in self._lines.values():
            line.free = 0.0

    def zero(self) -> None:
        """Count from nothing."""
        self.counters = Counters()

    async def _cut_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(self._link.cut_seconds)
            self.counters.cuts += 1
            self.cut()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._accepted.add(task)
        task.add_done_callback(self._accepted.discard)
        connection = _Connection([writer])
        self.counters.connections += 1
        self._connections.add(connection)
        try:
            far_reader, far_writer = await self._connect()
        except OSError:
            connection.reset()
            self._connections.discard(connection)
            return
        connection.writers.append(far_writer)
        if connection.is_reset:  # cut while the far end was being reached
            connection.reset()
            self._connections.discard(connection)
            return
        for one in connection.writers:
            end = one.get_extra_info("socket")
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        make = asyncio.get_running_loop().create_task
        up = _Flow("up", reader, far_writer, self, connection)
        down = _Flow("down", far_reader, writer, self, connection)
        connection.tasks += [make(up.run()), make(down.run())]
        try:
            await asyncio.gather(*connection.tasks, return_exceptions=True)
        finally:
            self._connections.discard(connection)
            for one in connection.writers:
                one.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        end = socket.socket()
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
        await asyncio.get_running_loop().sock_connect(end, ("127.0.0.1", self._target))
        context = self._clear[1] if self._clear else None
        return await asyncio.open_connection(
            sock=end,
            limit=_SMALL_BUFFER,
            ssl=context,
            server_hostname="127.0.0.1" if context else None,
        )

    # What a flow asks of the link.

    @property
    def link(self) -> Link:
        """The link as it is now."""
        return self._link

    def handshake_seconds(self) -> float:
        """Draw how long a connection needs before its first bytes leave."""
        seconds, link = self._link.round_trip_seconds, self._link
        while self._chance.random() < 1 - (1 - link.loss) ** 2:
            seconds += _TIMER_SECONDS
        return seconds

    def arrival(self, kind: str, size: int, now: float, following: int) -> float:
        """Draw when a segment arrives that ``following`` others of its flow come behind."""
        link, line = self._link, self._lines[kind]
        self.counters.segments += 1
        at = line.carry(size, now, link) + link.round_trip_seconds / 2
        while self._chance.random() < link.loss:
            self.counters.lost += 1
            line.free += _seconds(size, link)
            is_noticed = following >= _SEGMENTS_TO_NOTICE
            timer = max(_TIMER_SECONDS, 2 * link.round_trip_seconds)
            at += _seconds(size, link) + (link.round_trip_seconds if is_noticed else timer)
        return at

    def count(self, kind: str, content: bytes, connection: _Connection) -> None:
        """Count what arrived."""
        if kind == "up":
            self.counters.up += len(content)
            self.counters.turns += connection.is_clients_turn
            connection.is_clients_turn = False
        else:
            self.counters.down += len(content)
            connection.is_clients_turn = True


@dataclass(slots=True)
class _Flow:
    """One direction of one connection."""

    kind: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    proxy: Proxy
    connection: _Connection
    on_the_way: int = 0
    last: float = 0.0
    room: asyncio.Event = field(default_factory=asyncio.Event)
    tail: bytes = b""

    async def run(self) -> None:
        """Hand on until the end of the stream, or until the connection breaks."""
        try:
            if self.proxy.link.bits_per_second:
                await self._over_the_link()
            else:
                await self._at_once()
        except OSError:
            self.connection.reset()

    async def _at_once(self) -> None:
        while content := await self.reader.read(_PIECE * 16):
            self._count(content)
            self.writer.write(content)
            await self.writer.drain()
        self._end()

    async def _over_the_link(self) -> None:
        now = asyncio.get_running_loop().time
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivering = asyncio.get_running_loop().create_task(self._deliver(queue))
        self.connection.tasks.append(delivering)
        if self.kind == "up":
            await asyncio.sleep(self.proxy.handshake_seconds())
        while content := await self.reader.read(_PIECE):
            starts = range(0, len(content), SEGMENT_BYTES)
            for place, start in enumerate(starts):
                while self.on_the_way >= WINDOW_BYTES:
                    self.room.clear()
                    await self.room.wait()
                segment = content[start : start + SEGMENT_BYTES]
                following = len(starts) - 1 - place
                at = self.proxy.arrival(self.kind, len(segment), now(), following)
                self.last = max(at, self.last)
                self.on_the_way += len(segment)
                queue.put_nowait((self.last, segment))
        queue.put_nowait((max(self.last, now() + self.proxy.link.round_trip_seconds / 2), b""))
        await delivering

    async def _deliver(self, queue: asyncio.Queue[tuple[float, bytes]]) -> None:
        now = asyncio.get_running_loop().time
        try:
            while True:
                at, segment = await queue.get()
                await asyncio.sleep(max(0.0, at - now()))
                if not segment:
                    self._end()
                    return
                self._count(segment)
                self.writer.write(segment)
                await self.writer.drain()
                self.on_the_way -= len(segment)
                self.room.set()
        except OSError:
            self.connection.reset()

    def _end(self) -> None:
        if self.writer.can_write_eof():
            self.writer.write_eof()
        else:
            self.writer.close()

    def _count(self, content: bytes) -> None:
        self.proxy.count(self.kind, content, self.connection)
        if self.kind == "up":
            self._count_requests(content)

    def _count_requests(self, content: bytes) -> None:
        seen, end = self.tail + content, 0
        for found in _REQUEST.finditer(seen):
            self.proxy.counters.requests += 1
            end = found.end()
        self.tail = seen[max(end, len(seen) - _REQUEST_BYTES_MAX) :]
