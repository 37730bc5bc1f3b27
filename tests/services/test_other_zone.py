"""The zone of a computer, or a change of its summer time, decides about no day and no hour."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from app import i18n
from app.clock import SystemClock
from app.domain.change import RecordId
from app.services import agenda, forms, tasks
from app.services.ports import UnitOfWork
from app.services.work_ports import AgendaFilter
from tests.support.laptops import NOON_MS, Laptop

OTHERS = ("Asia/Tokyo", "Pacific/Kiritimati", "America/New_York", "<-11>11")
SUMMER_MS = 1_793_512_740_000
"""One minute before the clocks of New York go back in 2026."""


@pytest.fixture
def put_zone() -> Iterator[Callable[[str], None]]:
    before = os.environ.get("TZ")

    def put(zone: str | None) -> None:
        if zone is None:
            os.environ.pop("TZ", None)
        else:
            os.environ["TZ"] = zone
        time.tzset()

    yield put
    put(before)


def _shown(laptop: Laptop, case_id: RecordId) -> list[object]:
    """What is due and by when, what the ficha holds, and how an instant is written."""

    def look(uow: UnitOfWork) -> list[object]:
        rows = agenda.agenda(uow, laptop.desk, AgendaFilter(None)).rows
        return [
            [(one.task, one.is_overdue) for one in rows],
            tasks.case_plan(uow, laptop.desk, case_id),
            forms.form_file(uow, laptop.desk, forms.FICHA, case_id),
        ]

    language = i18n.load("es")
    return [laptop.run(look), *(language.format_datetime_ms(ms) for ms in (NOON_MS, SUMMER_MS))]


def _denounced(laptop: Laptop) -> RecordId:
    case_id = laptop.open_case()
    event = {"code": "denuncia_recibida", "happened_on": "2026-11-23", "happened_at": "23:30"}

    def work(uow: UnitOfWork) -> None:
        forms.open_record(uow, laptop.desk, "suceso", case_id, event)
        uow.commit()

    laptop.run(work)
    return case_id


def test_a_zone_that_changes_meanwhile_moves_no_term_and_no_hour(
    laptop: Laptop, put_zone: Callable[[str], None]
) -> None:
    """(F8) Control: the computer itself writes another hour in each."""
    put_zone("America/Lima")
    case_id = _denounced(laptop)
    before, hours = _shown(laptop, case_id), {time.localtime(NOON_MS / 1000).tm_hour}

    for zone in OTHERS:
        put_zone(zone)
        assert _shown(laptop, case_id) == before, zone
        hours.add(time.localtime(NOON_MS / 1000).tm_hour)

    assert len(hours) > len(OTHERS) // 2
    assert "26/11/2026" in str(before) and "12:00" in str(before)


@pytest.mark.parametrize("zone", OTHERS)
def test_today_is_the_day_in_peru_wherever_the_computer_says_to_be(
    zone: str, put_zone: Callable[[str], None]
) -> None:
    """(F8)"""

    def in_peru() -> date:
        return (datetime.now(UTC) - timedelta(hours=5)).date()

    put_zone(zone)
    earliest = in_peru()

    assert earliest <= SystemClock().today() <= in_peru()
