"""What a lost laptop held, by what it said itself; and joining behind the page (R7)."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.device_keys import LaptopDevices
from app.domain.errors import DomainError
from app.domain.records import Kind
from app.services import casework, devices, replication
from app.services.device_ports import CentreDevice
from app.services.devices import LostReport
from tests.support.offline import Station
from tests.support.stations import RegionPlace, open_again, set_up


def held(report: LostReport) -> dict[str, tuple[int, int]]:
    return {one.kind: (one.held, one.there) for one in report.held}


def test_a_lost_laptop_held_what_it_read_and_wrote_and_not_what_came_later(
    region: RegionPlace,
) -> None:
    a, b = region.pair()
    a.run(lambda uow: casework.open_case(uow, a.laptop.desk))
    a.sync()
    b.sync()  # B reads it,
    b.run(lambda uow: casework.open_case(uow, b.laptop.desk))
    b.sync()  # writes one of its own, and says so
    a.sync()
    for _ in range(2):
        a.run(lambda uow: casework.open_case(uow, a.laptop.desk))
    a.sync()  # after which nobody hears of B
    keys = LaptopDevices(a.laptop)
    lost = next(one for one in keys.list() if not one.is_own)
    report = a.run(lambda uow: devices.lost_report(uow, a.laptop.desk, lost))
    assert held(report)[Kind.CASE] == (2, 4)
    assert held(report)[Kind.SURVIVOR] == (0, 0)  # of whom nobody wrote anything yet
    assert report.heard_ms is not None
    assert report.read_position < report.log_position
    rows = a.run(lambda uow: devices.list_devices(uow, a.laptop.desk, keys.list()))
    assert [(one.device.letter, bool(one.behind)) for one in rows] == [("A", False), ("B", True)]
    for one in (a, b):
        one.laptop.close()


def test_of_a_laptop_that_never_wrote_nothing_is_known_and_this_one_is_not_lost(
    region: RegionPlace,
) -> None:
    a, b = region.pair()
    a.run(lambda uow: casework.open_case(uow, a.laptop.desk))
    a.sync()
    own, other = LaptopDevices(a.laptop).list()
    report = a.run(lambda uow: devices.lost_report(uow, a.laptop.desk, other))
    assert held(report)[Kind.CASE] == (0, 1)
    assert report.heard_ms is None
    with pytest.raises(DomainError, match="lost_is_here"):
        a.run(lambda uow: devices.lost_report(uow, a.laptop.desk, own))
    for one in (a, b):
        one.laptop.close()


def test_of_what_a_stick_took_there_and_brought_word_of_the_notice_is_told(tmp_path: Path) -> None:
    """Without a network nothing stands in the log, and Casos says «aquí y B»: the notice of a theft
    must not say that B had no case."""
    a, b = Station.of(0), Station.of(1)
    a.write("relato inventado")
    for one in (a, b, a):
        assert one.use(tmp_path).failure is None
    a.write("otro relato, que B no vio")
    device = b.envelope.keyring.device.id
    for is_revoked in (False, True):
        lost = CentreDevice(device, "B", is_admin=False, is_own=False, is_revoked=is_revoked)
        report = a.laptop.run(
            lambda uow, lost=lost: devices.lost_report(uow, a.laptop.desk, lost)  # type: ignore[misc]
        )
        assert held(report)[Kind.CASE] == (1, 2)
    other = CentreDevice(b"\x77" * 32, "C", is_admin=False, is_own=False, is_revoked=False)
    report = a.laptop.run(lambda uow: devices.lost_report(uow, a.laptop.desk, other))
    assert held(report)[Kind.CASE] == (0, 2)
    for station in (a, b):
        station.laptop.store.close()


def test_what_it_read_of_the_log_and_what_a_stick_took_there_are_counted_together_and_once(
    tmp_path: Path,
) -> None:
    """The one case stands in the log that B had read, another reached it by stick alone, B changed
    both, and the last it never saw. Neither what the region hears of later nor the next stick makes it less."""
    a, b = Station.of(0), Station.of(1)
    read = a.write("relato inventado")
    for one in (a, b):
        assert one.use(tmp_path).failure is None
        one.was_online()
    carried = a.write("otro relato")
    for one in (a, b):
        assert one.use(tmp_path).failure is None
    for case_id in (read, carried):
        b.laptop.fill(case_id, relato="lo que B agregó")
    b.laptop.run(lambda uow: replication.seal_pending(uow, b.laptop.desk, b.envelope))
    for one in (b, a):
        assert one.use(tmp_path).failure is None
    a.write("un relato que B no vio")
    device = b.envelope.keyring.device.id
    lost = CentreDevice(device, "B", is_admin=False, is_own=False, is_revoked=False)
    for later in (lambda: None, a.was_online, lambda: a.use(tmp_path)):
        later()
        report = a.laptop.run(lambda uow: devices.lost_report(uow, a.laptop.desk, lost))
        assert held(report)[Kind.CASE] == (2, 3)
        assert held(report)[Kind.SURVIVOR] == (2, 3)
    for station in (a, b):
        station.laptop.store.close()


def test_a_laptop_joins_by_what_the_page_writes_and_reads(region: RegionPlace) -> None:
    admin = region.first()
    folder = region.new_folder()
    new = set_up(folder)
    assert not LaptopDevices(new).is_enrolled
    assert LaptopDevices(new).list() == ()
    asked = LaptopDevices(new).request()
    granted = LaptopDevices(admin.laptop).grant(asked.content, asked.code)
    with pytest.raises(DomainError, match="enrolment_code_wrong"):
        LaptopDevices(new).accept(granted.content, "0" * 32)
    LaptopDevices(new).accept(granted.content, granted.code)
    new.close()
    again = open_again(folder)
    assert [one.letter for one in LaptopDevices(again).list()] == ["A", "B"]
    again.close()
    lost = next(one for one in LaptopDevices(admin.laptop).list() if not one.is_own)
    LaptopDevices(admin.laptop).revoke(lost.id)
    assert [one.is_revoked for one in LaptopDevices(admin.laptop).list()] == [False, True]
    admin.laptop.close()
