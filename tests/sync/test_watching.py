"""A network that comes back is noticed at the price of a handshake; failures are counted over
restarts; who asks now is served now."""

from __future__ import annotations

import datetime
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.region import PUBLIC_NAME
from app.services.sync_status import LONGEST_WAIT_MS
from sync.client.line import is_answering
from sync.client.scheduler import FAILURES
from sync.protocol import codec
from sync.protocol.messages import ErrorReply
from sync.server.identity import ServerFiles, create_identity
from tests.support.door import Ticks
from tests.support.line import NO_TLS, OURS, Fault, Line, listening, says
from tests.support.stations import RegionPlace, impatient, open_again, view


@dataclass(slots=True)
class Network:
    """Whether something takes a connection, and how often it was asked."""

    is_there: bool = False
    looks: int = 0

    def __call__(self) -> bool:
        self.looks += 1
        return self.is_there


@pytest.fixture
def folder(region: RegionPlace) -> Path:
    return region.new_folder()


@pytest.fixture
def laptop(region: RegionPlace, folder: Path) -> Iterator[Typist]:
    typist = region.first_at(folder)
    assert typist.sync().failure is None
    yield typist
    typist.laptop.close()


def watching(laptop: Typist) -> tuple[Typist, Network, Ticks]:
    network, ticks = Network(), Ticks()
    return impatient(laptop.laptop, ticks, is_answering=network), network, ticks


def look(typist: Typist) -> None:
    typist.workplace.sync.watch_network(view(typist))


def wait_ms(typist: Typist) -> int:
    return (view(typist).next_attempt_ms or 0) - typist.laptop.desk.clock.now_ms()


AT_LENGTH_SECONDS = 30.0
"""For a handshake that comes: a busy machine is longer at it than a link."""


def test_nothing_is_looked_for_while_all_is_well(laptop: Typist) -> None:
    a, network, ticks = watching(laptop)
    for _ in range(9):
        ticks.now += 600
        look(a)
    assert network.looks == 0


def test_a_network_that_comes_back_makes_the_next_try_due_within_a_minute(
    laptop: Typist, line: Line
) -> None:
    a, network, ticks = watching(laptop)
    with line.silent():
        for _ in range(12):
            a.sync()
        planned = view(a).next_attempt_ms
        for _ in range(100):
            look(a)
        assert network.looks == 1, "once a minute at the most"
        ticks.now += 91
        look(a)
        assert network.looks == 2
        assert view(a).next_attempt_ms == planned, "no network, no other plan"
    network.is_there = True
    ticks.now += 91
    look(a)
    assert wait_ms(a) <= 60_000
    assert a.sync().failure is None
    ticks.now += 600
    look(a)
    assert network.looks == 3


def test_who_asks_now_is_served_now(laptop: Typist, line: Line) -> None:
    with line.silent():
        for _ in range(3):
            laptop.sync()
    assert wait_ms(laptop) > 0
    assert laptop.sync().failure is None


def test_failures_are_counted_over_a_restart_and_a_success_ends_the_count(
    region: RegionPlace, line: Line, folder: Path
) -> None:
    a = region.first_at(folder)
    with line.silent():
        for _ in range(3):
            a.sync()
        planned = view(a).next_attempt_ms
        a.laptop.close()
        a = impatient(open_again(folder))
        assert view(a).next_attempt_ms == planned
        assert a.run(lambda uow: uow.local.get(FAILURES)) == b"3"
        a.sync()
        assert a.run(lambda uow: uow.local.get(FAILURES)) == b"4"
    assert a.sync().failure is None
    assert a.run(lambda uow: uow.local.get(FAILURES)) is None
    a.laptop.close()


@pytest.mark.parametrize(
    "busy",
    [
        says(503, OURS, codec.encode(ErrorReply("maintenance", 3_600))),
        says(503, "text/html", b"<html>", ("Retry-After", "3600")),
    ],
    ids=["the region says so", "its proxy says so"],
)
def test_a_server_that_asks_for_an_hour_is_given_it(laptop: Typist, line: Line, busy) -> None:
    with line.faulty(busy, "x"):
        report = laptop.sync()
    assert (report.failure, report.retry_after_seconds) == ("server_busy", 3_600)
    assert 3_590_000 < wait_ms(laptop) <= LONGEST_WAIT_MS
    assert laptop.sync().failure is None


def test_a_date_in_place_of_seconds_is_nothing_to_wait_for(laptop: Typist, line: Line) -> None:
    odd = says(502, "text/html", b"", ("Retry-After", "Wed, 21 Oct 2026 07:28:00 GMT"))
    with line.faulty(odd, "x"):
        report = laptop.sync()
    assert (report.failure, report.retry_after_seconds) == ("server_busy", 0)


def test_a_handshake_is_all_that_looking_costs(laptop: Typist, line: Line) -> None:
    line.heard.clear()
    address = laptop.laptop.keys.keyring.server
    assert is_answering(address, AT_LENGTH_SECONDS)
    assert line.heard == []
    with line.silent():
        assert not is_answering(address)


@pytest.mark.parametrize("behave", NO_TLS)
def test_who_takes_the_connection_and_shakes_no_hands_is_not_the_region(
    laptop: Typist, line: Line, behave: Callable[[socket.socket], None]
) -> None:
    address = laptop.laptop.keys.keyring.server
    with listening(line, behave):
        assert not is_answering(address, seconds=0.5)
    assert is_answering(address, AT_LENGTH_SECONDS)


@pytest.fixture(scope="module")
def stranger(region: RegionPlace, tmp_path_factory: pytest.TempPathFactory) -> ServerFiles:
    """What answers TLS in everybody's name: a portal, whose certificate is not the region's."""
    files = ServerFiles(tmp_path_factory.mktemp("portal"))
    create_identity(
        files,
        root_key=(region.root / PUBLIC_NAME).read_bytes(),
        hosts=["127.0.0.1"],
        now=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
    )
    return files


def test_a_portal_that_lets_people_in_is_noticed_within_minutes(
    laptop: Typist, line: Line, stranger: ServerFiles
) -> None:
    ticks = Ticks()
    address = laptop.laptop.keys.keyring.server
    a = impatient(
        laptop.laptop, ticks, is_answering=lambda: is_answering(address, AT_LENGTH_SECONDS)
    )
    with line.somebody_else(stranger):
        for _ in range(12):
            assert a.sync().failure == "server_not_known"
        planned = view(a).next_attempt_ms
        for _ in range(30):
            ticks.now += 91
            look(a)
        assert view(a).next_attempt_ms == planned, "a portal is no region"
    # Somebody signed in with the browser.
    ticks.now += 91
    look(a)
    assert wait_ms(a) <= 60_000
    assert a.sync().failure is None


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (says(302, "", b"", ("Location", "http://portal.example/")), "captive_portal"),
        (says(404, "text/plain", b"Not Found"), "answer_not_ours"),
    ],
)
def test_who_shakes_hands_as_the_region_and_is_none_is_tried_ever_more_rarely(
    laptop: Typist, line: Line, answer: Fault, failure: str
) -> None:
    """The region's own front door answers, and not the server behind it."""
    a, network, ticks = watching(laptop)
    network.is_there = True
    tried_at: list[float] = []
    with line.faulty(answer):
        assert a.sync().failure == failure
        while ticks.now < 4 * 3_600:
            # In the first minutes closely, where it is soon; then as closely as it matters.
            ticks.now += 10 if ticks.now < 1_200 else 60
            seen = network.looks
            look(a)
            if network.looks > seen:
                tried_at.append(ticks.now)
                assert a.sync().failure == failure
    waits = [later - sooner for sooner, later in pairwise(tried_at)]
    assert waits[0] >= 60
    assert max(waits[:3]) < 15 * 60
    assert 30 * 60 < waits[-1] < 50 * 60, "and never as seldom as six hours"


def test_what_the_region_itself_says_no_to_is_not_looked_for(laptop: Typist, line: Line) -> None:
    a, network, ticks = watching(laptop)
    refused = says(400, OURS, codec.encode(ErrorReply("message_malformed", 0)))
    with line.faulty(refused, "x"):
        assert a.sync().failure == "server_refused"
    for _ in range(9):
        ticks.now += 600
        look(a)
    assert network.looks == 0
