"""What the region's server refuses is told batch by batch, until it takes it after all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.demo.actors import Typist
from app.services import refusals
from app.services.ports import SealedBatch, UnitOfWork
from app.services.refusals import RefusedRow
from sync.protocol.batch import batch_id
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


def test_what_a_colleague_typed_is_read_even_where_the_program_could_not_take_it_in(
    pair: tuple[Typist, Typist],
) -> None:
    a, b = pair
    a.register({"names": "Ñunkuí Inventada"})
    content = batches_of(a)[-1]
    doomed = SealedBatch(batch_id(content), content)

    def could_not(uow: UnitOfWork) -> None:
        uow.aside.put(
            SealedBatch(batch_id(content[:-1]), content[:-1]),
            reason="batch_truncated",
            at_ms=1,
            is_signed=False,
            may_open_later=False,
        )
        uow.aside.put(doomed, reason="batch_unusable", at_ms=2, is_signed=True, may_open_later=True)
        uow.commit()

    b.run(could_not)
    rows = {one.reason: one for one in listed(b)}
    assert rows["batch_unusable"].letter == "A"
    assert rows["batch_truncated"].letter == "", "nobody proved whose it is"
    place = b.workplace
    sheet = b.run(
        lambda uow: refusals.refusal_sheet(
            uow, b.laptop.desk, place.laptops, place.centre, doomed.id
        )
    )
    assert "Ñunkuí Inventada" in {one.value for one in sheet.entries}
