"""A change that no batch can hold stays, with its reason in words; it holds nothing else up."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.change import CHANGE_ID_BYTES, Change, ChangeId, new_change
from app.domain.errors import DomainError
from app.domain.stamp import Stamp
from app.services import ledger, refusals
from app.services.messages import SENTENCES
from app.services.ports import FieldKey, SealedBatch, UnitOfWork
from app.services.refusals import RefusalSheet
from app.services.replication import seal_pending
from app.services.sync_page import SyncPage, sync_page
from app.services.whereabouts_ports import NO_LAPTOPS, ShareKind
from sync.protocol.limits import BATCH_MAX
from tests.services.test_refusals import drawn, text_of
from tests.support.offline import Station
from tests.support.windows import CENTRE

SESSION = b"\x07" * 8


@pytest.fixture
def pair() -> Iterator[tuple[Station, Station]]:
    both = Station.of(0), Station.of(1)
    yield both
    for one in both:
        one.laptop.store.close()


def write_too_large(station: Station) -> Change:
    """Write a change that no batch holds: no form makes such a one."""
    case_id = station.write("antes")
    desk = station.laptop.desk
    chance = random.Random(1)
    key = FieldKey("case", case_id, "relato")
    before = station.laptop.run(lambda uow: [one.id for one in uow.changes.heads(key)])
    more = range(BATCH_MAX // CHANGE_ID_BYTES + 1)
    bases = (*before, *(ChangeId(chance.randbytes(CHANGE_ID_BYTES)) for _ in more))
    too_large = new_change(
        desk.definitions.registry,
        kind="case",
        record_id=case_id,
        field="relato",
        value="de una laptop que miente",
        stamp=Stamp(desk.clock.now_ms(), SESSION, 1),
        author=desk.actor.id,
        bases=bases,
    )

    def write(uow: UnitOfWork) -> None:
        ledger.record(uow, desk.definitions, [too_large], is_own=True)
        uow.commit()

    station.laptop.run(write)
    return too_large


def seal(station: Station) -> int:
    return station.laptop.run(lambda uow: seal_pending(uow, station.laptop.desk, station.envelope))


def page_of(station: Station) -> SyncPage:
    return station.laptop.run(lambda uow: sync_page(uow, station.laptop.desk, NO_LAPTOPS))


def sheet_of(station: Station, change: Change) -> RefusalSheet:
    desk = station.laptop.desk
    return station.laptop.run(
        lambda uow: refusals.refusal_sheet(uow, desk, NO_LAPTOPS, CENTRE, change.id)
    )


def test_what_is_too_large_for_any_batch_holds_nothing_else_up(
    pair: tuple[Station, Station], tmp_path: Path
) -> None:
    a, b = pair
    too_large = write_too_large(a)
    a.laptop.fill(too_large.record_id, names="Inventada, corregida")

    assert a.use(tmp_path).failure is None
    assert b.use(tmp_path).failure is None

    assert b.laptop.ficha(too_large.record_id).values["names"] == "Inventada, corregida"
    assert seal(a) == 0
    assert a.laptop.run(lambda uow: [one.id for one in uow.changes.pending(9)]) == [too_large.id]


def test_it_is_listed_with_the_reason_and_what_to_do_and_prints_what_it_holds(
    pair: tuple[Station, Station],
) -> None:
    a, _ = pair
    too_large = write_too_large(a)
    assert page_of(a).refused == (), "nobody tried yet"
    seal(a)
    (row,) = page_of(a).refused
    assert (row.id, row.reason, row.is_unsealed) == (too_large.id, "change_too_large", True)
    assert row.reason in SENTENCES
    assert (row.is_own, row.by_server, row.is_kept, row.is_stray) == (True, False, False, False)
    sheet = sheet_of(a, too_large)
    assert [one.value for one in sheet.entries] == ["de una laptop que miente"]
    assert "más corto" in sheet.advice.what_to_do
    assert "guardado en este equipo" in sheet.safe
    said = text_of(drawn(a.laptop, sheet))
    assert "de una laptop que miente" in said
    assert "ningún paquete" in said
    assert "Paquete que no se pudo" not in said, "it is in none"
    found = a.laptop.run(lambda uow: refusals.refused_row(uow, NO_LAPTOPS, too_large.id))
    assert found == (row, ())


def test_it_is_counted_apart_from_what_will_be_sent_and_has_no_size(
    pair: tuple[Station, Station],
) -> None:
    a, _ = pair
    too_large = write_too_large(a)
    a.laptop.fill(too_large.record_id, names="Inventada, corregida")
    while seal(a):
        pass
    page = page_of(a)
    (apart,) = [one for one in page.shares if one.kind is ShareKind.TOO_LARGE]
    assert (apart.count, apart.size, apart.is_estimated) == (1, 0, False)
    assert apart.since_ms == too_large.stamp.wall_ms
    assert not page.is_estimated, "it will never travel"
    assert sum(one.count for one in page.shares) == page.view.waiting_changes


def test_a_shorter_value_in_its_place_is_sent_and_it_is_said_that_this_is_enough(
    pair: tuple[Station, Station], tmp_path: Path
) -> None:
    a, b = pair
    too_large = write_too_large(a)
    seal(a)
    a.laptop.fill(too_large.record_id, relato="más corto")
    assert a.use(tmp_path).failure is None
    assert b.use(tmp_path).failure is None
    assert b.laptop.ficha(too_large.record_id).values["relato"] == "más corto"
    assert [one.id for one in page_of(a).refused] == [too_large.id], "it stays here alone"
    assert "Ya se escribió otro valor" in sheet_of(a, too_large).advice.what_to_do


def test_one_that_fits_after_all_is_told_of_no_longer(pair: tuple[Station, Station]) -> None:
    a, _ = pair
    too_large = write_too_large(a)
    seal(a)

    def put(uow: UnitOfWork) -> None:
        """As a program does whose batches hold more."""
        uow.batches.add(
            SealedBatch(b"b" * 32, b"sealed"), device=b"d" * 16, session=SESSION, number=1,
            is_own=True, change_ids=[too_large.id], at_ms=1,
        )  # fmt: skip
        uow.commit()

    a.laptop.run(put)
    page = page_of(a)
    assert page.refused == ()
    assert ShareKind.TOO_LARGE not in {one.kind for one in page.shares}
    with pytest.raises(DomainError, match="refusal_gone"):
        sheet_of(a, too_large)


def test_there_are_no_sealed_bytes_to_export(pair: tuple[Station, Station], tmp_path: Path) -> None:
    a, _ = pair
    too_large = write_too_large(a)
    seal(a)
    desk = a.laptop.desk
    with pytest.raises(DomainError, match="refusal_not_kept"):
        a.laptop.run(lambda uow: refusals.export_sealed(uow, desk, too_large.id, tmp_path / "x"))
