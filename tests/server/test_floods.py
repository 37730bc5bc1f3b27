"""Whoever has addresses without end uses up his own network's quota, and nobody else's place."""

from __future__ import annotations

import ipaddress
import os
import tracemalloc
from collections.abc import Iterator

import pytest

from sync.protocol import codec, paths
from sync.protocol.compact import encode_short
from sync.protocol.messages import ChallengeRequest, RosterRequest
from sync.server.auth import TOKENS_OF_DEVICE_MAX
from sync.server.sql_store import SqlStore
from tests.support import centres
from tests.support.door import Caller, Door, invented_region, open_door

ASKED = codec.encode(ChallengeRequest(bytes(16), bytes(16)))
BUSY = (429, "busy")
NO = (401, "unauthorized")
COUNTERS = 200
FLOOD = 100_001 if os.environ.get("QISPI_EVERY") else 4_000
PREFIX = int(ipaddress.IPv6Address("2001:db8::"))


def networks(count: int) -> Iterator[str]:
    """Addresses of so many different networks."""
    for number in range(count):
        yield str(ipaddress.IPv6Address(PREFIX + (number << 64) + 1))


def challenged(door: Door, address: str) -> int:
    return door.ask(paths.CHALLENGE, ASKED, address=address).status


@pytest.fixture
def few_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quota that a test can use up."""
    monkeypatch.setattr("sync.server.throttle.REQUESTS_PER_HOUR", 3)


@pytest.fixture
def few_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table that a test can fill."""
    monkeypatch.setattr("sync.server.throttle.HELD_MAX", COUNTERS)


@pytest.mark.parametrize(
    ("addresses", "other"),
    [
        (
            ["2001:db8:0:7::1", "2001:db8:0:7::2", "2001:db8:0:7:ffff::", "2001:db8:0:7:1:2:3:4"],
            "2001:db8:0:8::1",
        ),
        (["fe80::1%eth0", "fe80::2%eth1", "fe80::3", "fe80::4"], "fe80:0:0:1::1"),
        (["10.9.9.9", "::ffff:10.9.9.9", "::ffff:a09:909", "10.9.9.9"], "10.9.9.8"),
        (["::ffff:10.9.9.9"] * 4, "::ffff:10.9.9.8"),
    ],
)
@pytest.mark.usefixtures("few_requests")
def test_the_addresses_of_one_network_share_a_quota(
    door: Door, addresses: list[str], other: str
) -> None:
    assert [challenged(door, one) for one in addresses] == [200, 200, 200, 429]
    assert challenged(door, other) == 200


@pytest.mark.usefixtures("few_requests")
def test_whoever_tries_tokens_is_counted_in_every_version(
    door: Door, laptops: centres.TwoLaptops
) -> None:
    stranger = Caller(door, laptops.admin, invented_region().public, bytes(32))
    path = paths.roster_path(stranger.centre)
    asked = codec.encode(RosterRequest())
    assert [stranger.ask(path, asked).refusal() for _ in range(4)] == [NO, NO, NO, BUSY]
    body = bytes(16) + encode_short(RosterRequest())
    assert door.ask(paths.COMPACT_ROSTER, body).refusal() == BUSY
    assert door.ask(paths.SNAPSHOT, bytes(16)).refusal() == BUSY


@pytest.mark.usefixtures("few_counters")
def test_a_flood_of_challenges_from_many_networks_pushes_out_nobodys(device: Caller) -> None:
    nonce = device.nonce()
    for address in networks(FLOOD):
        assert challenged(device.door, address) == 200
    signed = device.door.ask(paths.SESSION, codec.encode(device.proof(nonce)))
    assert signed.status == 200


def test_a_challenge_costs_no_memory(device: Caller) -> None:
    for _ in range(100):
        challenged(device.door, "10.9.9.9")
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(3_000):
            challenged(device.door, "10.9.9.9")
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 3_000 * 32  # less than their nonces alone


def test_a_challenge_that_so_many_came_behind_is_good_no_longer_and_never_twice(
    store: SqlStore, laptops: centres.TwoLaptops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.challenges.AT_ONCE_MAX", 40)
    door = open_door(store)
    device = Caller(door, laptops.admin, invented_region().public)
    first, spent = device.nonce(), codec.encode(device.proof(device.nonce()))
    assert door.ask(paths.SESSION, spent).status == 200
    for _ in range(38):
        device.nonce()
    assert door.ask(paths.SESSION, codec.encode(device.proof(first))).status == 200
    late = codec.encode(device.proof(device.nonce()))
    for _ in range(40):
        assert door.ask(paths.SESSION, spent).refusal() == NO
        device.nonce()
    assert door.ask(paths.SESSION, late).refusal() == NO
    door.close()


@pytest.mark.usefixtures("few_counters")
def test_no_flood_makes_the_server_forget_what_a_device_used_up(
    device: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    device.sign_in()
    monkeypatch.setattr("sync.server.throttle.BYTES_PER_HOUR", 1_000)
    path = paths.exchange_path(device.centre)
    assert device.ask(path, bytes(2_000)).refusal() == BUSY
    for address in networks(COUNTERS + 1):
        assert challenged(device.door, address) == 200
    assert device.ask(path, bytes(1)).refusal() == BUSY


@pytest.mark.usefixtures("few_counters")
def test_the_counters_of_many_networks_are_bounded(door: Door) -> None:
    for address in networks(COUNTERS):
        challenged(door, address)
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for address in networks(2_000):
            challenged(door, address)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # Those of before make room for as many new ones, of some 300 bytes.
    assert after - before < COUNTERS * 600


def test_tokens_of_one_device_push_out_no_others(
    device: Caller, laptops: centres.TwoLaptops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.server.auth.TOKENS_MAX", TOKENS_OF_DEVICE_MAX + 1)
    colleague = Caller(device.door, laptops.plain, device.server_key).log_in()
    first = device.log_in().token
    for _ in range(TOKENS_OF_DEVICE_MAX - 1):
        device.log_in()
    assert Caller(device.door, laptops.admin, device.server_key, first).compact().status == 200
    device.log_in()
    assert Caller(device.door, laptops.admin, device.server_key, first).compact().refusal() == NO
    assert colleague.compact().status == 200
    assert device.compact().status == 200


def test_tokens_that_ended_are_let_go_of(device: Caller, laptops: centres.TwoLaptops) -> None:
    colleague = Caller(device.door, laptops.plain, device.server_key)
    device.log_in()
    for _ in range(2 * TOKENS_OF_DEVICE_MAX):
        device.door.ticks.now += 901
        colleague.log_in()
        assert device.compact().refusal() == NO
        device.log_in()
    assert colleague.compact().status == 200
