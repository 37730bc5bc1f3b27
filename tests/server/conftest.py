"""A server over a database in memory, asked through its real routes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.server.migrate import migrate
from sync.server.sql_store import SqlStore, open_engine
from tests.support import centres
from tests.support.door import Caller, Door, invented_region, open_door


@pytest.fixture(scope="session")
def laptops() -> centres.TwoLaptops:
    """A centre of two laptops."""
    return centres.two_laptops()


@pytest.fixture
def store() -> Iterator[SqlStore]:
    """A store in memory."""
    engine = open_engine("sqlite://")
    migrate(engine)
    made = SqlStore(engine)
    yield made
    made.close()


@pytest.fixture
def door(store: SqlStore) -> Iterator[Door]:
    """A server that was just started."""
    opened = open_door(store)
    yield opened
    opened.close()


@pytest.fixture
def device(door: Door, laptops: centres.TwoLaptops) -> Caller:
    """The centre's first laptop, not signed in yet."""
    return Caller(door, laptops.admin, invented_region().public)
