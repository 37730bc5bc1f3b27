"""Links over real TLS: as many as there is room for, and none that only stands."""

from __future__ import annotations

import datetime
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from http.client import HTTPResponse
from pathlib import Path

import pytest

from sync.protocol import codec, paths
from sync.protocol.batch import batch_id
from sync.protocol.compact import LoginReply, LoginRequest, PushHead, encode_short
from sync.protocol.frames import encode_push
from sync.protocol.messages import Challenge, ChallengeRequest, login_bytes
from sync.protocol.signature import Purpose
from sync.server.identity import create_identity, load_region
from sync.server.links import Bounds
from sync.server.sql_store import SqlStore, open_engine
from sync.server.store import NewBatch
from tests.support import centres
from tests.support.stations import RegionPlace, served

WAIT_SECONDS = 50
ASKED = codec.encode(ChallengeRequest(bytes(16), bytes(16)))


@dataclass(slots=True)
class Place:
    """A region that is served, and links to it."""

    region: RegionPlace
    address: str
    links: ExitStack
    trusted: ssl.SSLContext = field(init=False)

    def __post_init__(self) -> None:
        authority = self.region.server.ca.read_bytes()
        self.trusted = ssl.create_default_context(cadata=ssl.DER_cert_to_PEM_cert(authority))

    def connect(self, source: str = "127.0.0.1", *, reads_little: bool = False) -> ssl.SSLSocket:
        host, port = self.address.split(":")
        link = socket.socket()
        link.settimeout(WAIT_SECONDS)
        if reads_little:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        link.bind((source, 0))
        link.connect((host, int(port)))
        return self.links.enter_context(self.trusted.wrap_socket(link, server_hostname=host))

    def front(self, path: str, length: int) -> bytes:
        said = f"POST {path} HTTP/1.1\r\nHost: {self.address}\r\nContent-Length: {length}\r\n\r\n"
        return said.encode()

    def ask(self, link: ssl.SSLSocket, path: str, body: bytes) -> tuple[int, bytes]:
        link.sendall(self.front(path, len(body)) + body)
        return answer_of(link)


def answer_of(link: ssl.SSLSocket) -> tuple[int, bytes]:
    with closing(HTTPResponse(link)) as answer:
        answer.begin()
        return answer.status, answer.read()


def ends(link: ssl.SSLSocket) -> bool:
    """Whether the server lets go of a link; it fails by its timeout otherwise."""
    try:
        while link.recv(65_536):
            pass
    except (ConnectionResetError, BrokenPipeError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return True
    return True


@pytest.fixture
def region(tmp_path: Path) -> RegionPlace:
    place = RegionPlace(tmp_path)
    create_identity(
        place.server,
        root_key=centres.root().public,
        hosts=["127.0.0.1"],
        now=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
    )
    return place


@pytest.fixture
def serve(region: RegionPlace) -> Iterator[Callable[[Bounds], Place]]:
    """Serve the region until the test is over."""
    with ExitStack() as stack:

        def start(bounds: Bounds) -> Place:
            address = stack.enter_context(served(region, bounds=bounds))
            return Place(region, address, stack.enter_context(ExitStack()))

        yield start


Serve = Callable[[Bounds], Place]


@pytest.mark.parametrize("said", [b"", b"POST /v1/challenge HTTP/1.1\r\nHost"])
@pytest.mark.parametrize("asked_before", [False, True])
def test_a_link_over_which_no_request_comes_is_let_go(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, said: bytes, *, asked_before: bool
) -> None:
    if asked_before and not said:
        monkeypatch.setattr("sync.server.listening.KEEP_ALIVE_SECONDS", 1)
    place = serve(Bounds())
    if asked_before:
        link = place.connect()
        assert place.ask(link, paths.CHALLENGE, ASKED)[0] == 200
    # Only now: a busy machine is longer at what does come.
    monkeypatch.setattr("sync.server.links.HEAD_SECONDS", 0.5)
    if not asked_before:
        link = place.connect()
    with suppress(OSError):  # gone by then
        link.sendall(said)
    assert ends(link)


def test_the_rest_of_a_body_that_was_refused_is_not_waited_for(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.links.DRAIN_SECONDS", 0.5)
    place = serve(Bounds())
    link = place.connect()
    link.sendall(place.front(paths.COMPACT_HAVE, 50_000) + bytes(100))
    assert answer_of(link)[0] == 401
    assert ends(link)


def test_whoever_has_too_many_links_loses_those_that_rest_longest_and_no_request(
    serve: Serve,
) -> None:
    place = serve(Bounds(links=50, of_network=3))
    asking, first, second = (place.connect() for _ in range(3))
    asking.sendall(place.front(paths.CHALLENGE, len(ASKED)) + ASKED[:5])
    for link in (second, first):
        assert place.ask(link, paths.CHALLENGE, ASKED)[0] == 200
    new = place.connect()
    assert ends(second)
    for link in (first, new):
        assert place.ask(link, paths.CHALLENGE, ASKED)[0] == 200
    asking.sendall(ASKED[5:])
    assert answer_of(asking)[0] == 200


def test_a_new_link_finds_no_room_where_all_are_asked_over_by_known_devices(serve: Serve) -> None:
    place = serve(Bounds(links=50, of_network=2))
    body, witness = begun_of_a_device(place), place.connect()
    asking = [place.connect("127.0.0.2") for _ in range(2)]
    for link in asking:
        asks_and_is_known(place, link, body, witness)
    other = place.connect()
    assert place.ask(other, paths.CHALLENGE, ASKED)[0] == 200
    assert ends(place.connect("127.0.0.2"))
    for link in asking:
        link.sendall(body[-1:])
        assert answer_of(link)[0] == 200


def test_a_device_that_asks_more_at_once_than_a_laptop_does_makes_room(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.links.OF_DEVICE", 2)
    place = serve(Bounds(links=4, of_network=3))
    body, witness = begun_of_a_device(place), place.connect()
    asking = [place.connect(f"127.0.0.{number}") for number in (2, 3, 4)]
    for link in asking:
        asks_and_is_known(place, link, body, witness)
    new = [place.connect("127.0.0.5") for _ in range(2)]
    assert ends(witness), "it rests"
    assert ends(asking[0])
    assert place.ask(new[0], paths.CHALLENGE, ASKED)[0] == 200
    for link in asking[1:]:
        link.sendall(body[-1:])
        assert answer_of(link)[0] == 200


def test_strangers_who_drip_leave_room_for_a_laptop(serve: Serve) -> None:
    place = serve(Bounds(links=5, of_network=2))
    laptop = place.connect("127.0.0.8")
    laptop.sendall(place.front(paths.CHALLENGE, len(ASKED)) + ASKED[:5])
    for host in ("127.0.0.2", "127.0.0.3"):
        for _ in range(3):
            link = place.connect(host)
            link.sendall(place.front(paths.COMPACT_LOGIN, 2 << 20) + bytes(100))
    for _ in range(2):
        assert place.ask(place.connect("127.0.0.9"), paths.CHALLENGE, ASKED)[0] == 200
    laptop.sendall(ASKED[5:])
    assert answer_of(laptop)[0] == 200


def test_whoever_is_over_its_own_bound_takes_no_link_of_another_network(serve: Serve) -> None:
    place = serve(Bounds(links=3, of_network=2))
    laptop = place.connect("127.0.0.2")
    assert place.ask(laptop, paths.CHALLENGE, ASKED)[0] == 200
    for _ in range(3):
        assert place.ask(place.connect("127.0.0.3"), paths.CHALLENGE, ASKED)[0] == 200
    assert place.ask(laptop, paths.CHALLENGE, ASKED)[0] == 200


def test_there_is_a_bound_for_all_networks_together(serve: Serve) -> None:
    place = serve(Bounds(links=3, of_network=2))
    links = [place.connect(f"127.0.0.{number}") for number in (2, 3, 4)]
    for link in links:
        assert place.ask(link, paths.CHALLENGE, ASKED)[0] == 200
    new = place.connect("127.0.0.5")
    assert ends(links[0])
    for link in (*links[1:], new):
        assert place.ask(link, paths.CHALLENGE, ASKED)[0] == 200


def test_an_answer_that_nobody_reads_is_let_go(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = serve(Bounds())
    keyring = centres.two_laptops().admin
    token = logged_in(place)
    engine = open_engine(f"sqlite:///{place.region.server.database}")
    for number in range(30):
        content = number.to_bytes(2) * 250_000
        row = NewBatch(batch_id(content), bytes(16), bytes(8), number, content)
        SqlStore(engine).append(keyring.centre, row)
    engine.dispose()
    body = b"".join(encode_push(token, PushHead(wanted_bytes=16 << 20), []))
    slow, good = place.connect(reads_little=True), place.connect()
    status, whole = place.ask(good, paths.COMPACT_EXCHANGE, body)
    assert (status, len(whole) > 14_000_000) == (200, True)
    # Only now: on a busy machine also one who reads is slow.
    monkeypatch.setattr("sync.server.links.UNREAD_SECONDS", 0.5)
    monkeypatch.setattr("sync.server.links.HEAD_SECONDS", 4.0)
    slow.sendall(place.front(paths.COMPACT_EXCHANGE, len(body)) + body)
    came = len(slow.recv(1))
    # From its first byte on nothing is read until a link that says nothing is let go: the other was
    # by then.
    assert ends(place.connect())
    try:
        while piece := slow.recv(65_536):
            came += len(piece)
    except (ConnectionResetError, ssl.SSLEOFError):
        pass
    assert came < len(whole)


def begun_of_a_device(place: Place) -> bytes:
    """A request of a device, to be sent but for its last byte."""
    token = logged_in(place)
    return b"".join(encode_push(token, PushHead(wanted_bytes=16 << 20), []))


def asks_and_is_known(
    place: Place, link: ssl.SSLSocket, body: bytes, witness: ssl.SSLSocket
) -> None:
    """Send a request but for its last byte, and wait until the server looked at who asks.

    Behind it the witness rests.
    """
    link.sendall(place.front(paths.COMPACT_EXCHANGE, len(body)) + body[:-1])
    for _ in range(2):
        # Whoever asks behind it, and is answered, was looked at later.
        assert place.ask(witness, paths.COMPACT_EXCHANGE, body)[0] == 200
    # The last byte of an answer in pieces is out before the answer is over; a short one is
    # written and over in one step.
    assert place.ask(witness, paths.CHALLENGE, ASKED)[0] == 200


def logged_in(place: Place) -> bytes:
    keyring = centres.two_laptops().admin
    link = place.connect()
    asked = codec.encode(ChallengeRequest(keyring.centre, keyring.device.id))
    nonce = codec.decode(Challenge, place.ask(link, paths.CHALLENGE, asked)[1]).nonce
    server = load_region(place.region.server, "").public
    said = login_bytes(server, keyring.centre, keyring.device.id, nonce)
    proof = keyring.keys.sign(Purpose.LOGIN, said)
    login = LoginRequest(keyring.centre, keyring.device.id, nonce, proof, keyring.statements, 3)
    _, answer = place.ask(link, paths.COMPACT_LOGIN, encode_short(login))
    return codec.decode(LoginReply, answer).token
