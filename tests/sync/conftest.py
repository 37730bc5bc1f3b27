"""A region whose server runs for the whole session, and the line to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.demo.actors import Typist
from tests.support.line import Line
from tests.support.stations import RegionPlace, served


@pytest.fixture(scope="session")
def served_region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RegionPlace, str]]:
    """A region, and the address of its running server."""
    place = RegionPlace.make(tmp_path_factory.mktemp("region"))
    with served(place) as address:
        yield place, address


@pytest.fixture(scope="session")
def line(served_region: tuple[RegionPlace, str]) -> Iterator[Line]:
    """The line to the region, which a test may tell to misbehave for a while."""
    place, address = served_region
    opened = Line(place.server, address)
    place.url = opened.url
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def region(served_region: tuple[RegionPlace, str], line: Line) -> RegionPlace:
    """The region; laptops reach it over the line."""
    del line
    return served_region[0]


@pytest.fixture
def pair(region: RegionPlace) -> Iterator[tuple[Typist, Typist]]:
    """Two laptops of a new centre: the administrator's and a colleague's."""
    laptops = region.pair()
    yield laptops
    for one in laptops:
        one.laptop.close()
