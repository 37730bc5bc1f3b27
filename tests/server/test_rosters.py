"""What the statements of a centre amount to is worked out once, however much they weigh."""

from __future__ import annotations

import pytest

from sync.protocol.roster import evaluate
from sync.server import services
from sync.server.rosters import Rosters
from sync.server.sql_store import SqlStore
from tests.server.test_limits import signed_statements
from tests.support import centres
from tests.support.door import invented_region

OTHERS = [bytes([number]) * 16 for number in range(1, 9)]


@pytest.fixture(scope="module")
def heavy(laptops: centres.TwoLaptops) -> tuple[bytes, ...]:
    """Statements of a centre that weigh two MiB."""
    return (*laptops.admin.statements, *signed_statements(laptops, 600, 3_500))


def test_a_heavy_roster_is_worked_out_once_for_all_requests(
    store: SqlStore, laptops: centres.TwoLaptops, heavy: tuple[bytes, ...]
) -> None:
    region, admin = invented_region(), laptops.admin
    store.add_statements(admin.centre, heavy[:-1])
    first = services.member_roster(store, region, admin.centre, admin.device.id)
    assert services.member_roster(store, region, admin.centre, admin.device.id) is first
    assert services.roster_of(store, region, admin.centre) is first
    store.add_statements(admin.centre, heavy[-1:])
    later = services.member_roster(store, region, admin.centre, admin.device.id)
    assert later is not first
    assert later == evaluate(store.statements(admin.centre), region.root_key)
    assert services.roster_of(store, region, admin.centre) is later


def test_the_rosters_held_are_bounded_by_what_they_weigh_together(
    monkeypatch: pytest.MonkeyPatch, laptops: centres.TwoLaptops, heavy: tuple[bytes, ...]
) -> None:
    light = laptops.admin.statements
    rosters = Rosters(centres.root().public)
    held = {centre: rosters.of(centre, light) for centre in OTHERS}
    assert all(rosters.of(centre, light) is held[centre] for centre in OTHERS)
    room = sum(len(one) + 256 for one in light) * (len(OTHERS) // 2)
    monkeypatch.setattr("sync.server.rosters.HELD_BYTES_MAX", room)
    rosters.of(OTHERS[-1], light[:1])
    half = OTHERS[len(OTHERS) // 2 + 1 :]
    assert all(rosters.of(centre, light) is held[centre] for centre in half[:-1])
    assert rosters.of(OTHERS[0], light) is not held[OTHERS[0]]
    # One that is over the bound alone is held as long as nobody else asks.
    alone = rosters.of(OTHERS[0], heavy)
    assert rosters.of(OTHERS[0], heavy) is alone
    again = rosters.of(OTHERS[1], light)
    assert rosters.of(OTHERS[0], heavy) is not alone
    assert rosters.of(OTHERS[1], light) is not again
