"""The compact exchange over real TLS and HTTP: what a line that breaks leaves at the server."""

from __future__ import annotations

import datetime
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sync.protocol import codec, paths
from sync.protocol.batch import batch_id
from sync.protocol.compact import (
    HaveReply,
    HaveRequest,
    LoginReply,
    LoginRequest,
    PushHead,
    encode_short,
)
from sync.protocol.frames import Frame, PullReader, encode_push
from sync.protocol.messages import Challenge, ChallengeRequest, login_bytes
from sync.protocol.signature import Purpose
from sync.server.identity import create_identity, load_region
from tests.server.test_resuming import large
from tests.support import centres
from tests.support.stations import RegionPlace, served

WAIT_SECONDS = 50


class Wire:
    """A device that writes HTTP by hand: only what the protocol needs."""

    def __init__(self, place: RegionPlace, address: str) -> None:
        self.address = address
        self.keyring = centres.two_laptops().admin
        self.trusted = ssl.create_default_context(
            cadata=ssl.DER_cert_to_PEM_cert(place.server.ca.read_bytes())
        )
        centre, device = self.keyring.centre, self.keyring.device.id
        asked = codec.encode(ChallengeRequest(centre, device))
        nonce = codec.decode(Challenge, self.ask(paths.CHALLENGE, asked)).nonce
        said = login_bytes(load_region(place.server, "").public, centre, device, nonce)
        proof = self.keyring.keys.sign(Purpose.LOGIN, said)
        login = LoginRequest(centre, device, nonce, proof, self.keyring.statements, 3)
        answer = self.ask(paths.COMPACT_LOGIN, encode_short(login))
        self.token = codec.decode(LoginReply, answer).token

    def connect(self) -> ssl.SSLSocket:
        host, port = self.address.split(":")
        link = socket.create_connection((host, int(port)), timeout=WAIT_SECONDS)
        return self.trusted.wrap_socket(link, server_hostname=host)

    def request(self, path: str, body: bytes) -> bytes:
        front = (
            f"POST {path} HTTP/1.1\r\nHost: {self.address}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return front.encode() + body

    def ask(self, path: str, body: bytes) -> bytes:
        with self.connect() as link:
            link.sendall(self.request(path, body))
            with closing(http.client.HTTPResponse(link)) as answer:
                answer.begin()
                content = answer.read()
                assert answer.status == 200, content
                assert answer.headers["content-type"] == paths.MEDIA_TYPE
                assert answer.headers["content-length"] == str(len(content))
                return content

    def push(self, *frames: Frame) -> bytes:
        return b"".join(encode_push(self.token, PushHead(offered=len(frames)), frames))

    def held(self, name: bytes) -> int:
        answer = self.ask(paths.COMPACT_HAVE, self.token + encode_short(HaveRequest(name)))
        return codec.decode(HaveReply, answer).held[0]


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    place = RegionPlace(tmp_path)
    create_identity(
        place.server,
        root_key=centres.root().public,
        hosts=["127.0.0.1"],
        now=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
    )
    with served(place) as address:
        yield Wire(place, address)


def test_what_came_over_a_line_that_broke_is_gone_on_with(wire: Wire) -> None:
    content = large(wire.keyring, size=200_000)
    name = batch_id(content)
    request = wire.request(paths.COMPACT_EXCHANGE, wire.push(Frame.of(name, content)))
    with wire.connect() as link:
        link.sendall(request[:-50_000])
        # The link ends here, before the last 50,000 bytes; what the server had said (its tickets)
        # is read, or the system would take back what is still on its way.
        link.shutdown(socket.SHUT_WR)
        while link.recv(4_096):
            pass
    until, pause = time.monotonic() + WAIT_SECONDS, threading.Event()
    while (held := wire.held(name)) < len(content) - 50_000 and time.monotonic() < until:
        pause.wait(0.01)  # who asks without end uses up the quota
    assert held == len(content) - 50_000
    reader = PullReader()
    reader.feed(wire.ask(paths.COMPACT_EXCHANGE, wire.push(Frame.of(name, content, held))))
    reader.close()
    assert reader.head is not None
    assert [one.batch for one in reader.head.receipts] == [name]
    assert wire.held(name) == -1


def test_nothing_to_do_goes_up_in_less_than_120_bytes_of_http(wire: Wire) -> None:
    body = b"".join(encode_push(wire.token, PushHead(70_000, bytes(16)), []))
    assert len(wire.request(paths.COMPACT_EXCHANGE, body)) <= 120
    reader = PullReader()
    reader.feed(wire.ask(paths.COMPACT_EXCHANGE, body))
    reader.close()
