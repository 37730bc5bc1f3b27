"""What waited for an earlier batch is taken in by portions: within the run that brings that one, or,
when the run was cut, by the next one of any kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services import replication
from app.services.replication import Arrived
from sync.protocol.batch import batch_id
from tests.support.offline import Station

EDITS = 9


@pytest.fixture
def stations() -> Iterator[tuple[Station, Station]]:
    """Two laptops that have heard everybody's program to know the compact format."""
    made = tuple(Station.of(number) for number in range(2))
    for one in made:
        with one.laptop.store.unit() as uow:
            for device in one.envelope.readers():
                uow.devices.note(device, format=2, seen=None)
            uow.commit()
    yield made[0], made[1]
    for one in made:
        one.laptop.store.close()


@pytest.fixture
def batches(stations: tuple[Station, Station]) -> list[Arrived]:
    """A case, and edits of it that each name the batch before them."""
    a, _ = stations
    case_id = a.write("relato inventado")
    for number in range(EDITS):
        a.was_online()
        a.laptop.fill(case_id, relato=f"relato inventado {number}")
        a.laptop.run(lambda uow: replication.seal_pending(uow, a.laptop.desk, a.envelope))
    with a.laptop.store.unit() as uow:
        contents = [content for one in uow.batches.ids() if (content := uow.batches.content(one))]
    assert len(contents) == EDITS + 1
    return [Arrived(batch_id(one), one, None) for one in contents]


def take(station: Station, *arrived: Arrived, with_waiting: bool = True) -> None:
    desk, envelope = station.laptop.desk, station.envelope
    station.laptop.run(
        lambda uow: replication.take(uow, desk, envelope, arrived, None, with_waiting=with_waiting)
    )


def waiting(station: Station) -> int:
    return station.laptop.run(lambda uow: uow.aside.count_waiting())


def test_a_run_takes_in_all_that_waited_for_what_it_brings(
    stations: tuple[Station, Station],
    batches: list[Arrived],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(replication, "AT_ONCE", 2)
    a, b = stations
    take(b, *batches[1:])
    assert waiting(b) == EDITS
    assert a.use(tmp_path).failure is None
    report = b.use(tmp_path)
    assert (report.failure, report.batches_received) == (None, EDITS + 1)
    assert waiting(b) == 0
    assert b.digest == a.digest


def test_the_next_run_takes_in_what_a_cut_left_ready(
    stations: tuple[Station, Station], batches: list[Arrived], tmp_path: Path
) -> None:
    """The power went between the page and what had waited for it."""
    a, b = stations
    take(b, *batches[1:])
    take(b, batches[0], with_waiting=False)
    assert waiting(b) == EDITS
    assert b.use(tmp_path).failure is None
    assert waiting(b) == 0
    assert b.digest == a.digest
