"""What the region's server refuses is told batch by batch, until it takes it after all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.records import Kind
from app.i18n import load
from app.services import refusals, whereabouts
from app.services.ports import FieldKey, SealedBatch, UnitOfWork
from app.services.refusals import RefusedRow
from app.services.strays import list_strays
from app.services.sync_facts import sync_view
from app.services.sync_status import status_sentence
from app.services.whereabouts_ports import Reach, Whereabouts
from sync.protocol.batch import batch_id
from sync.protocol.compact import Standing
from sync.protocol.messages import Refusal
from tests.support.answers import head_with, told
from tests.support.line import Fault, Line
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


def _refusing(*ids: bytes) -> Fault:
    """A region that does not take these batches."""
    return told(
        head_with(
            receipts=(),
            refused=tuple(Refusal(one, "batch_over_limit") for one in ids),
            top=0,
            entries=0,
            more=False,
            standing=Standing.AGREES,
        )
    )


def test_a_refused_batch_is_listed_with_its_laptop_and_goes_when_it_is_taken(
    a: Typist, line: Line
) -> None:
    (waiting,) = a.run(lambda uow: uow.batches.to_offer())
    with line.faulty(_refusing(waiting.id), "x"):
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


def test_what_the_region_refused_says_so_of_its_case_wherever_else_it_went_until_it_is_taken(
    a: Typist, line: Line, tmp_path: Path
) -> None:
    case_id, _ = a.register({"names": "Sisa Inventada"})
    batches_of(a)

    def place() -> Whereabouts:
        return a.run(lambda uow: whereabouts.of_case(uow, a.workplace.laptops, case_id))

    assert a.use_stick(tmp_path).failure is None
    assert place().reach is Reach.ON_STICK
    waiting = a.run(lambda uow: uow.batches.to_offer())
    with line.faulty(_refusing(*(one.id for one in waiting)), "x"):
        assert a.sync().failure == "batches_refused"
    refused = place()
    assert refused.reach is Reach.REFUSED
    assert refused.since_ms is not None
    view = a.run(sync_view)
    assert view.refused == len(waiting)
    said = status_sentence(view, a.laptop.desk.clock.now_ms(), load("es"))
    assert said.startswith("La región rechazó algún paquete · ")
    assert a.use_stick(tmp_path).failure is None
    assert place().reach is Reach.REFUSED, "a stick is not the region"
    a.type_fields(case_id, {"relato": "Relato inventado."})
    of_case = a.run(lambda uow: whereabouts.of_records(uow, a.workplace.laptops, [case_id]))
    assert of_case.of_field(FieldKey(Kind.CASE, case_id, "code")).reach is Reach.REFUSED
    assert of_case.of_field(FieldKey(Kind.CASE, case_id, "relato")).reach is Reach.HERE
    assert a.sync().failure is None
    assert place().reach is Reach.RECEIVED
    assert a.run(sync_view).refused == 0


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
    assert "batch_truncated" not in rows, "nobody proved whose it is"
    assert [(one.reason, one.count) for one in b.run(list_strays)] == [("batch_truncated", 1)]
    place = b.workplace
    sheet = b.run(
        lambda uow: refusals.refusal_sheet(
            uow, b.laptop.desk, place.laptops, place.centre, doomed.id
        )
    )
    assert "Ñunkuí Inventada" in {one.value for one in sheet.entries}
