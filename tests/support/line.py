"""The line between laptop and region: a real TLS server that hands everything on, until it is told
to behave as networks do.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from sync.protocol import paths
from sync.server.identity import ServerFiles

__all__ = [
    "NO_TLS",
    "Answered",
    "Fault",
    "Line",
    "Passing",
    "altered",
    "cut",
    "hung_up",
    "listening",
    "says",
    "stalled",
    "swallowed",
]

OURS = paths.MEDIA_TYPE


@dataclass(frozen=True, slots=True)
class Answered:
    """What the region answered, or what somebody else puts in its place."""

    status: int
    kind: str
    body: bytes
    more: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Passing:
    """One request on its way."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    line: Line
    _handler: BaseHTTPRequestHandler

    def hand_on(self) -> Answered:
        """Give the request to the region and return its answer."""
        link = http.client.HTTPSConnection(self.line.region_address, context=_unchecked())
        try:
            link.request(self.method, self.path, self.body, self.headers)
            answer = link.getresponse()
            kind = answer.headers.get("content-type", "")
            return Answered(answer.status, kind, answer.read())
        finally:
            link.close()

    def answer(self, said: Answered, *, only: int | None = None) -> None:
        """Answer; with ``only`` the first bytes of a body that was announced whole."""
        handler = self._handler
        handler.send_response(said.status)
        if said.kind:
            handler.send_header("Content-Type", said.kind)
        for name, value in said.more:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(said.body)))
        handler.end_headers()
        handler.wfile.write(said.body[:only])
        handler.wfile.flush()

    def hang_up(self) -> None:
        """Close the connection."""
        self._handler.close_connection = True


Fault = Callable[[Passing], None]


class Line:
    """Listens on one address, always the same, with the certificate of ``identity``."""

    def __init__(self, identity: ServerFiles, region_address: str) -> None:
        self.region_address = region_address
        self.heard: list[Passing] = []
        self.over = threading.Event()
        self.accepted = 0
        """How many connections shook hands here, ever."""
        self._links = 0
        self._changing = threading.Condition()
        self._identity = identity
        self._faults: dict[str, Fault] = {}
        self._server: _TlsServer | None = None
        # Nobody else is given the port while nothing listens on it; whoever connects is refused.
        self._kept = socket.socket()
        self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._kept.bind(("127.0.0.1", 0))
        self._port = int(self._kept.getsockname()[1])
        self.listen(identity)

    @property
    def url(self) -> str:
        """The address that laptops know as the region's."""
        return f"https://127.0.0.1:{self._port}"

    @property
    def port(self) -> int:
        """The port of that address."""
        return self._port

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count a connection until the block ends."""
        with self._changing:
            self.accepted += 1
            self._links += 1
        try:
            yield
        finally:
            with self._changing:
                self._links -= 1
                self._changing.notify_all()

    def stand(self, links: int, *, within_seconds: float = 60.0) -> bool:
        """Return whether so many connections stand here, or do before long."""
        with self._changing:
            return self._changing.wait_for(lambda: self._links == links, within_seconds)

    def listen(self, identity: ServerFiles | None = None) -> None:
        """Listen, perhaps under somebody else's certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        files = identity or self._identity
        context.load_cert_chain(files.tls_certificate, files.tls_key)
        self.over.clear()
        self._server = _TlsServer(self, context, self._port)

    def close(self) -> None:
        """Listen no more, and let the address go."""
        self._end()
        self._kept.close()

    def _end(self) -> None:
        self.over.set()
        if self._server is not None:
            self._server.end()
            self._server = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def faulty(self, fault: Fault, on: str = "") -> Iterator[None]:
        """Behave like this, for paths that end with ``on``, until the block ends."""
        self._faults[on] = fault
        try:
            yield
        finally:
            del self._faults[on]

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Let nothing listen until the block ends."""
        self._end()
        try:
            yield
        finally:
            self.listen()

    @contextmanager
    def somebody_else(self, identity: ServerFiles) -> Iterator[None]:
        """Let somebody with another certificate listen until the block ends."""
        self._end()
        self.listen(identity)
        try:
            yield
        finally:
            self._end()
            self.listen()

    def pass_by(self, passing: Passing) -> None:
        """Hand a request on, or misbehave."""
        self.heard.append(passing)
        for ending, fault in self._faults.items():
            if passing.path.endswith(ending):
                fault(passing)
                return
        passing.answer(passing.hand_on())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else head and body of an answer are 40 ms apart
    server: _TlsServer

    def do_POST(self) -> None:
        size = int(self.headers.get("content-length", 0))
        body = self.rfile.read(size)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        line = self.server.line
        line.pass_by(Passing(self.command, self.path, headers, body, line, self))

    do_GET = do_POST  # noqa: N815  # the library calls it so

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class _TlsServer(ThreadingHTTPServer):
    daemon_threads = True  # a test that failed midway must not hold up the end of the run

    def __init__(self, line: Line, context: ssl.SSLContext, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.line = line
        self._context = context
        self._links: list[ssl.SSLSocket] = []
        self._thread = threading.Thread(
            target=lambda: self.serve_forever(poll_interval=0.01), daemon=True
        )
        self._thread.start()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands on the request's own thread, so that a bad hand holds up nobody."""
        try:
            link = self._context.wrap_socket(request, server_side=True)
        except OSError:
            return
        self._links.append(link)
        with self.line.counting():
            try:
                super().finish_request(link, client_address)
            except OSError:
                pass  # the laptop hung up
            finally:
                link.close()

    def end(self) -> None:
        """Stop listening and let every link go."""
        self.shutdown()
        self._thread.join()
        for link in self._links:
            _shut(link)
        self.server_close()


def _shut(link: ssl.SSLSocket) -> None:
    try:
        link.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _unchecked() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def says(status: int, kind: str, body: bytes, *more: tuple[str, str]) -> Fault:
    """Somebody answers this, and the region hears nothing."""
    return lambda passing: passing.answer(Answered(status, kind, body, more))


def cut(at: Callable[[bytes], int]) -> Fault:
    """The region is asked, and its answer breaks off after so many bytes of its body."""

    def fault(passing: Passing) -> None:
        said = passing.hand_on()
        passing.answer(said, only=at(said.body))
        passing.hang_up()

    return fault


def stalled(at: Callable[[bytes], int]) -> Fault:
    """The region is asked, and after so many bytes of its answer nothing comes any more."""

    def fault(passing: Passing) -> None:
        said = passing.hand_on()
        passing.answer(said, only=at(said.body))
        passing.line.over.wait()
        passing.hang_up()

    return fault


def swallowed(passing: Passing) -> None:
    """The region is asked and does it, and its answer never comes."""
    passing.hand_on()
    passing.hang_up()


def hung_up(passing: Passing) -> None:
    """The connection breaks before the region hears anything."""
    passing.hang_up()


def altered(change: Callable[[bytes], bytes]) -> Fault:
    """Somebody changes the body of the region's answer."""

    def fault(passing: Passing) -> None:
        said = passing.hand_on()
        passing.answer(Answered(said.status, said.kind, change(said.body), said.more))

    return fault


def _swallow(link: socket.socket) -> None:
    while link.recv(4096):
        pass


def _send_elsewhere(link: socket.socket) -> None:
    link.recv(4096)
    link.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n")


NO_TLS: tuple[Callable[[socket.socket], None], ...] = (
    _swallow,
    _send_elsewhere,
    lambda link: link.close(),
)
"""How those behave who take a connection and speak no TLS."""


@contextmanager
def listening(line: Line, behave: Callable[[socket.socket], None]) -> Iterator[None]:
    """Something that speaks no TLS listens at the region's address."""
    with line.silent(), socket.create_server(("127.0.0.1", line.port)) as server:
        server.settimeout(60)

        def serve() -> None:
            link, _ = server.accept()
            with link:
                behave(link)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            thread.join()
