"""What the region's server refuses is told batch by batch, until it takes it after all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.demo.actors import Typist
from app.services import refusals
from app.services.refusals import RefusedRow
from sync.protocol.compact import Standing
from sync.protocol.messages import Refusal
from tests.support.answers import head_with, told
from tests.support.line import Line
from tests.support.spoilt import batches_of
from tests.support.stations import RegionPlace


@pytest.fixture
def a(region: RegionPlace) -> Iterator[Typist]:
    """A laptop that wrote a case and has not synchronised it."""
    typist = region.first()
    assert typist.sync().failure is None
    typist.register({"names": "Ñunkuí Inventada"})
    batches_of(typist)
    yield typist
    typist.laptop.close()


def listed(a: Typist) -> tuple[RefusedRow, ...]:
    """Return what the page lists."""
    return a.run(lambda uow: refusals.list_refused(uow, a.workplace.laptops))


def test_a_refused_batch_is_listed_with_its_laptop_and_goes_when_it_is_taken(
    a: Typist, line: Line
) -> None:
    (waiting,) = a.run(lambda uow: uow.batches.to_offer())
    refusing = told(
        head_with(
            receipts=(),
            refused=(Refusal(waiting.id, "batch_over_limit"),),
            top=0,
            entries=0,
            more=False,
            standing=Standing.AGREES,
        )
    )
    with line.faulty(refusing, "x"):
        assert a.sync().failure == "batches_refused"
    (row,) = listed(a)
    assert (row.id, row.reason, row.letter) == (waiting.id, "batch_over_limit", "A")
    assert row.by_server
    assert row.is_own
    sheet = a.run(
        lambda uow: refusals.refusal_sheet(
            uow, a.laptop.desk, a.workplace.laptops, a.workplace.centre, waiting.id
        )
    )
    assert "Ñunkuí Inventada" in {one.value for one in sheet.entries}
    assert a.sync().failure is None
    assert listed(a) == ()
