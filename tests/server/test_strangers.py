"""Whoever has not shown a good token is counted at once, has little room, and is not waited for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from sync.envelope.blob import seal_attachment
from sync.protocol import codec, paths
from sync.protocol.batch import batch_id
from sync.protocol.compact import TOKEN_BYTES, HaveRequest, encode_short
from sync.protocol.frames import Frame
from sync.protocol.lane import BlobHave, BlobHaveReply, encode_put
from sync.protocol.messages import ChallengeRequest, RosterRequest
from tests.server.test_resuming import large
from tests.support import centres
from tests.support.door import Caller, Door

NO = (401, "unauthorized")
CUT = (400, "message_truncated")
BUSY = (429, "busy")
LATE = (503, "message_late")
WITH_TOKEN = (
    paths.COMPACT_EXCHANGE,
    paths.COMPACT_HAVE,
    paths.COMPACT_ROSTER,
    paths.BLOB_HAVE,
    paths.BLOB_PUT,
    paths.BLOB_GET,
    paths.SNAPSHOT,
)
BEFORE_IT = (paths.CHALLENGE, paths.SESSION, paths.COMPACT_LOGIN)


@pytest.fixture
def few_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quota that a test can use up."""
    monkeypatch.setattr("sync.server.throttle.REQUESTS_PER_HOUR", 3)


@pytest.fixture
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that waits for hardly anything."""
    monkeypatch.setattr("sync.server.bodies.SILENCE_SECONDS", 0.05)
    monkeypatch.setattr("sync.server.bodies.DEVICE_SILENCE_SECONDS", 0.05)


@pytest.mark.parametrize("path", WITH_TOKEN)
@pytest.mark.usefixtures("few_requests")
def test_a_token_is_looked_at_as_soon_as_it_came_and_whoever_guesses_is_counted(
    door: Door, path: str
) -> None:
    for expected in (NO, NO, NO, BUSY):
        endless = (bytes(TOKEN_BYTES * 4) for _ in range(1_000))
        answer = door.ask(path, endless, hangs_up=True)
        assert answer.refusal() == expected
        assert answer.pieces_read == 1


@pytest.mark.parametrize("path", WITH_TOKEN)
@pytest.mark.usefixtures("few_requests")
def test_whoever_sends_not_even_a_token_is_counted(door: Door, path: str) -> None:
    for expected in (CUT, CUT, CUT, BUSY):
        assert door.ask(path, bytes(TOKEN_BYTES - 1)).refusal() == expected


@pytest.mark.parametrize("path", [*WITH_TOKEN, *BEFORE_IT])
@pytest.mark.usefixtures("no_patience")
def test_a_stranger_who_falls_silent_is_not_waited_for(door: Door, path: str) -> None:
    for said in ([], [bytes(TOKEN_BYTES - 1)]):
        answer = door.ask(path, said, stalls=True)
        assert answer.refusal() == LATE
        assert answer.headers["connection"] == "close"


@pytest.mark.usefixtures("no_patience")
def test_a_device_that_falls_silent_is_not_waited_for(device: Caller) -> None:
    device.log_in()
    for path, said in (
        (paths.COMPACT_EXCHANGE, device.push()[:-1]),
        (paths.COMPACT_HAVE, device.token + b"\xc4"),
        (paths.COMPACT_ROSTER, device.token),
        (paths.BLOB_HAVE, device.token),
        (paths.BLOB_GET, device.token + b"\x91"),
        (paths.SNAPSHOT, device.token),
    ):
        assert device.door.ask(path, [said], stalls=True).refusal() == LATE
    older = Caller(device.door, device.keyring, device.server_key).sign_in()
    said = f"{paths.AUTH_SCHEME} {older.token.hex()}".encode()
    for path in (paths.exchange_path(older.centre), paths.roster_path(older.centre)):
        answer = device.door.ask(path, [b"\x00"], stalls=True, authorization=said)
        assert answer.refusal() == LATE


@pytest.mark.usefixtures("no_patience")
def test_what_came_before_a_silence_is_kept(device: Caller, laptops: centres.TwoLaptops) -> None:
    device.log_in()
    content = large(laptops.admin)
    body = device.push(Frame.of(batch_id(content), content))
    answer = device.door.ask(paths.COMPACT_EXCHANGE, [body[:-5_000]], stalls=True)
    assert answer.refusal() == LATE
    assert device.held(batch_id(content)) == (len(content) - 5_000,)
    scan = seal_attachment(laptops.admin, os.urandom(50_000))
    piece = encode_put(device.token, scan.id, 0, scan.content[:40_000])
    assert device.door.ask(paths.BLOB_PUT, [piece], stalls=True).refusal() == LATE
    asked = device.token + encode_short(BlobHave(scan.id))
    (state,) = device.door.ask(paths.BLOB_HAVE, asked).read(BlobHaveReply).states
    assert state.held == 40_000


def test_no_crumb_now_and_then_keeps_a_strangers_body_open(door: Door) -> None:
    def dripping(size: int, seconds: float) -> Iterator[bytes]:
        for _ in range(400):
            door.ticks.now += seconds
            yield bytes(size)

    for path in (*WITH_TOKEN, paths.SESSION, paths.COMPACT_LOGIN):
        answer = door.ask(path, dripping(1 if path in WITH_TOKEN else 16, 10.0), hangs_up=True)
        assert answer.refusal() == LATE
        assert answer.pieces_read <= 5
    # A thin link brings as much as that in the time it takes.
    answer = door.ask(paths.COMPACT_LOGIN, dripping(4_000, 10.0), hangs_up=True)
    assert answer.refusal() == CUT
    assert answer.pieces_read > 400


def test_a_known_device_may_be_as_slow_as_its_link(device: Caller) -> None:
    device.log_in()
    body = device.push()

    def dripping() -> Iterator[bytes]:
        yield body[:TOKEN_BYTES]
        for at in range(TOKEN_BYTES, len(body)):
            device.door.ticks.now += 20.0
            yield body[at : at + 1]

    assert device.door.ask(paths.COMPACT_EXCHANGE, dripping()).status == 200
    asked = codec.encode(RosterRequest())
    assert device.door.ask(paths.COMPACT_ROSTER, [device.token, asked]).status == 200


def test_what_strangers_send_at_once_has_little_room(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.throttle.WAITING_OF_NETWORK_MAX", 100_000)
    monkeypatch.setattr("sync.server.throttle.WAITING_MAX", 150_000)
    malformed = (400, "message_malformed")

    def asked_meanwhile(size: int, address: str) -> tuple[int, str]:
        def ask() -> tuple[int, str]:
            with closing(Door(door.app, door.ticks)) as other:
                return other.ask(paths.SESSION, bytes(size), address=address).refusal()

        with ThreadPoolExecutor(1) as threads:
            return threads.submit(ask).result(30)

    def large_body() -> Iterator[bytes]:
        yield bytes(90_000)
        assert asked_meanwhile(20_000, "10.0.0.1") == BUSY
        assert asked_meanwhile(20_000, "10.0.0.2") == malformed
        assert asked_meanwhile(70_000, "10.0.0.2") == malformed, "whoever has less is heard"
        assert asked_meanwhile(80_000, "10.0.0.2") == BUSY
        assert asked_meanwhile(5_000, "10.0.0.1") == malformed
        yield b""

    assert door.ask(paths.COMPACT_LOGIN, large_body(), hangs_up=True).refusal() == CUT
    assert door.ask(paths.SESSION, bytes(99_000)).refusal() == malformed
    challenge = codec.encode(ChallengeRequest(bytes(16), bytes(16)))
    assert door.ask(paths.CHALLENGE, challenge).status == 200


def test_a_device_that_is_known_needs_no_room_of_strangers(
    device: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    device.log_in()
    monkeypatch.setattr("sync.server.throttle.WAITING_MAX", 0)
    assert device.held(bytes(32)) == (0,)
    body = [device.token, encode_short(HaveRequest(bytes(32)))]
    assert device.door.ask(paths.COMPACT_HAVE, body).status == 200
