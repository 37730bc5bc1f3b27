"""A case with a scan is as far as its scan: where this is, is said as of everything else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.change import RecordId
from app.services import attachments, whereabouts
from app.services.ports import UnitOfWork
from app.services.whereabouts_ports import Reach, Whereabouts
from sync.client.stick_blobs import SCAN
from tests.support.stations import RegionPlace

CONTENT = b"%PDF-1.7 un papel inventado" * 400


def with_scan(typist: Typist) -> RecordId:
    case_id, _ = typist.register({"names": "Inventada"})
    desk = typist.laptop.desk
    typist.run(lambda uow: attachments.attach(uow, desk, case_id, case_id, CONTENT))
    return case_id


def of_case(typist: Typist, case_id: RecordId) -> Whereabouts:
    return typist.run(lambda uow: whereabouts.of_case(uow, typist.workplace.laptops, case_id))


def in_list(typist: Typist, case_id: RecordId) -> Whereabouts:
    places = typist.run(lambda uow: whereabouts.of_cases(uow, typist.workplace.laptops, [case_id]))
    return places[case_id]


def of_scan(typist: Typist, case_id: RecordId) -> Whereabouts | None:
    laptops = typist.workplace.laptops
    (row,) = typist.run(lambda uow: attachments.list_of(uow, case_id, laptops))
    return row.place


def revoke(admin: Typist, gone: Typist) -> None:
    """The administrator takes a laptop out of the centre."""
    assert gone.laptop.keys is not None
    admin.laptop.revoke(gone.laptop.keys.own)


def region_lost_scans(typist: Typist) -> None:
    """The server was put back to a copy that has the records and not the scans."""

    def forget(uow: UnitOfWork) -> None:
        uow.blobs.forget_there()
        uow.commit()

    typist.run(forget)


def test_while_the_region_lacks_the_scan_the_case_is_here_alone(
    pair: tuple[Typist, Typist],
) -> None:
    """The records are in the log, and the paper is on one laptop: if that is lost, so is the
    paper."""
    a, _ = pair
    case_id = with_scan(a)
    assert a.sync().failure is None
    region_lost_scans(a)
    for place in (of_case(a, case_id), in_list(a, case_id), of_scan(a, case_id)):
        assert place is not None
        assert place.reach is Reach.HERE
        assert place.since_ms is not None


def test_whoever_sent_the_scan_reads_that_the_region_has_it_and_of_no_laptop_that_it_has(
    pair: tuple[Typist, Typist],
) -> None:
    a, b = pair
    case_id = with_scan(a)
    for one in (a, b):
        assert one.sync().failure is None
    b.register({"names": "Otra Inventada"})
    for one in (b, a):
        assert one.sync().failure is None
    assert of_scan(a, case_id) == Whereabouts(Reach.RECEIVED)
    assert of_case(a, case_id) == Whereabouts(Reach.RECEIVED), "B read the records; its scans?"
    assert of_scan(b, case_id) == Whereabouts(Reach.SEEN, ("A",)), "A made it"
    assert of_case(b, case_id) == in_list(b, case_id) == Whereabouts(Reach.SEEN, ("A",))


def test_a_scan_on_a_stick_is_on_its_way_and_at_the_colleague_it_is_at_two(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    case_id = with_scan(a)
    assert a.sync().failure is None
    region_lost_scans(a)
    assert a.use_stick(tmp_path).failure is None
    place = of_case(a, case_id)
    assert (place.reach, place.is_part) == (Reach.ON_STICK, True), "its records are in the log"
    assert of_scan(a, case_id) == replace(place, is_part=False)
    assert b.use_stick(tmp_path).failure is None
    assert of_scan(b, case_id) == Whereabouts(Reach.AT_ANOTHER, ("A",))


def test_of_a_scan_that_is_not_here_and_of_one_taken_back_nothing_is_said(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    case_id = with_scan(a)
    assert a.use_stick(tmp_path).failure is None
    for one in tmp_path.rglob(f"*{SCAN}"):
        one.unlink()
    assert b.use_stick(tmp_path).failure is None
    assert of_scan(b, case_id) is None
    assert of_case(b, case_id) == Whereabouts(Reach.AT_ANOTHER, ("A",))
    (row,) = a.run(lambda uow: attachments.list_of(uow, case_id))
    desk = a.laptop.desk
    a.run(lambda uow: attachments.withdraw(uow, desk, row.attachment_id))
    assert a.sync().failure is None
    assert of_case(a, case_id).reach >= Reach.RECEIVED


@pytest.mark.parametrize("is_record_in_log", [False, True])
def test_a_scan_of_a_laptop_that_was_taken_out_is_at_no_other(
    pair: tuple[Typist, Typist], tmp_path: Path, is_record_in_log: bool
) -> None:
    """The one that made it was stolen, and nobody else is known to hold the paper."""
    a, b = pair
    case_id = with_scan(b)
    assert b.use_stick(tmp_path).failure is None
    assert a.use_stick(tmp_path).failure is None
    if is_record_in_log:
        assert a.sync().failure is None
        region_lost_scans(a)
    of_other = with_scan(a)
    assert of_case(a, case_id).reach is Reach.AT_ANOTHER
    revoke(a, b)
    for place in (of_case(a, case_id), in_list(a, case_id), of_scan(a, case_id)):
        assert place is not None
        assert place.reach < Reach.AT_ANOTHER
    assert of_case(a, of_other).reach is Reach.HERE


def test_a_scan_of_a_laptop_that_is_a_member_stays_at_another_when_a_third_is_taken_out(
    region: RegionPlace, tmp_path: Path
) -> None:
    a = region.first()
    b, c = region.joining(a), region.joining(a)
    case_id = with_scan(b)
    for one in (a, b, a):
        assert one.use_stick(tmp_path).failure is None
    assert of_scan(a, case_id) == Whereabouts(Reach.AT_ANOTHER, ("B",))
    revoke(a, c)
    assert of_scan(a, case_id) == Whereabouts(Reach.AT_ANOTHER, ("B",))
    assert of_case(a, case_id) == Whereabouts(Reach.AT_ANOTHER, ("B",))
    for one in (a, b, c):
        one.laptop.close()
