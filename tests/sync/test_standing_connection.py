"""The connection that stands for two minutes behind a run that ended well: when it is used again, and
when it is not there any more."""

from __future__ import annotations

import dataclasses
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from app.demo.actors import Typist
from sync.client.http_transport import HttpTransport
from sync.client.line import PinnedContext
from sync.client.login import STANDING_SECONDS, Login
from sync.envelope.keyring import Keyring
from sync.server.listening import SHUTDOWN_SECONDS
from tests.support.door import Ticks
from tests.support.line import Line, Passing, hung_up, says
from tests.support.stations import RegionPlace, impatient, served


@pytest.fixture
def line(served_region: tuple[RegionPlace, str]) -> Iterator[Line]:
    """A line of one laptop's own, so that its connections can be counted."""
    place, address = served_region
    shared = place.url
    with Line(place.server, address) as opened:
        place.url = opened.url
        yield opened
    place.url = shared


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def a(served_region: tuple[RegionPlace, str], line: Line, ticks: Ticks) -> Iterator[Typist]:
    """A laptop with nothing to send, whose connection stands."""
    typist = impatient(served_region[0].first().laptop, ticks)
    for _ in range(2):
        assert typist.sync().failure is None
    assert line.stand(1)
    yield typist
    typist.laptop.close()


def keyring_of(typist: Typist) -> Keyring:
    assert typist.laptop.keys is not None
    return typist.laptop.keys.keyring


def hang_up(typist: Typist) -> None:
    """Close what stands of the laptop's own runs."""
    for end in typist.laptop.endings:
        end()


def test_who_synchronises_again_soon_pays_one_request_and_no_connection(
    a: Typist, line: Line
) -> None:
    accepted = line.accepted
    a.register({"names": "Ñunkuí Inventada"})
    line.heard.clear()
    assert a.sync().failure is None
    assert [one.path for one in line.heard] == ["/v2/x"]
    assert line.accepted == accepted
    assert line.stand(1)


def test_every_run_counts_its_own_bytes_over_the_connection_that_both_used(a: Typist) -> None:
    one, two = a.sync(), a.sync()
    assert one.bytes_up == two.bytes_up
    assert one.bytes_down == two.bytes_down
    assert 0 < one.bytes_up <= 120


def test_a_connection_that_rested_too_long_makes_room_for_a_new_one(
    a: Typist, line: Line, ticks: Ticks
) -> None:
    accepted = line.accepted
    ticks.now += STANDING_SECONDS
    assert a.sync().failure is None
    assert line.accepted == accepted
    ticks.now += STANDING_SECONDS + 0.001
    assert a.sync().failure is None
    assert line.accepted == accepted + 1
    assert line.stand(1)


def test_a_server_that_was_restarted_in_between_is_no_failure(a: Typist, line: Line) -> None:
    with line.silent():
        assert line.stand(0)
    assert a.sync().failure is None


def test_a_server_that_is_stopped_does_not_wait_for_connections_that_stand(tmp_path: Path) -> None:
    place = RegionPlace.make(tmp_path)
    with served(place) as address:
        place.url = f"https://{address}"
        typist = place.first()
        assert typist.sync().failure is None
        began = time.monotonic()
    assert time.monotonic() - began < SHUTDOWN_SECONDS
    assert typist.sync().failure == "server_unreachable"
    typist.laptop.close()


def test_a_connection_that_breaks_as_it_is_used_again_costs_no_try(a: Typist, line: Line) -> None:
    accepted, broken = line.accepted, list[str]()

    def once(passing: Passing) -> None:
        if broken:
            passing.answer(passing.hand_on())
        else:
            broken.append(passing.path)
            passing.hang_up()

    a.register({"names": "Ñunkuí Inventada"})
    with line.faulty(once):
        assert a.sync().failure is None
    assert broken == ["/v2/x"]
    assert line.accepted == accepted + 1


def test_only_the_connection_from_before_is_forgiven(a: Typist, line: Line) -> None:
    line.heard.clear()
    with line.faulty(hung_up):
        assert a.sync().failure == "server_unreachable"
    # It tries once, as it was told to, and once for the connection that might have been closed.
    assert len(line.heard) == 2


def test_a_run_that_failed_leaves_nothing_standing(a: Typist, line: Line) -> None:
    with line.faulty(says(403, "text/html", b"<html>")):
        assert a.sync().failure == "captive_portal"
    assert line.stand(0)


def test_a_laptop_that_is_closed_leaves_nothing_standing(
    served_region: tuple[RegionPlace, str], line: Line
) -> None:
    typist = served_region[0].first()
    assert typist.sync().failure is None
    assert line.stand(1)
    typist.laptop.close()
    assert line.stand(0)


def test_what_a_run_leaves_behind_when_the_laptop_is_closed_meanwhile_is_closed(
    a: Typist, line: Line
) -> None:
    hang_up(a)
    assert line.stand(0)
    login = Login()
    run = HttpTransport(keyring_of(a), lambda _up, _down: None, login=login)
    assert a.laptop.keys is not None
    run.roster(a.laptop.keys.roster_request())
    login.close()
    assert line.stand(1)
    run.close()
    assert line.stand(0)


def test_without_a_login_that_outlives_the_run_nothing_stands(a: Typist, line: Line) -> None:
    hang_up(a)
    run = HttpTransport(keyring_of(a), lambda _up, _down: None)
    assert a.laptop.keys is not None
    run.roster(a.laptop.keys.roster_request())
    run.close()
    assert line.stand(0)


def test_a_region_that_moved_gets_neither_the_token_nor_the_connection_of_before(
    a: Typist, line: Line, served_region: tuple[RegionPlace, str]
) -> None:
    place, address = served_region
    login, keys = Login(), a.laptop.keys
    assert keys is not None
    hang_up(a)
    here = keyring_of(a)
    run = HttpTransport(here, lambda _up, _down: None, login=login)
    run.roster(keys.roster_request())
    run.close()
    assert line.stand(1)
    with Line(place.server, address) as elsewhere:
        server = msgspec.structs.replace(here.server, url=elsewhere.url)
        moved = dataclasses.replace(here, server=server)
        run = HttpTransport(moved, lambda _up, _down: None, login=login)
        assert login.token is None
        assert line.stand(0)
        run.roster(keys.roster_request())
        run.close()
        assert elsewhere.heard[0].path == "/v1/challenge"
        login.close()
        assert elsewhere.stand(0)


def test_another_way_to_the_server_is_known_without_asking_it(a: Typist, line: Line) -> None:
    context = PinnedContext.of(keyring_of(a).server)
    assert not context.leads_there_still()
    for own, leads in (("127.0.0.1", True), ("127.0.0.2", False)):
        with (
            socket.create_connection(("127.0.0.1", line.port), source_address=(own, 0)) as link,
            context.wrap_socket(link, server_hostname="127.0.0.1"),
        ):
            assert context.leads_there_still() is leads
