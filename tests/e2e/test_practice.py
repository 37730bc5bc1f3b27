"""Practice is the whole program over invented cases, and nothing of it can be taken for real."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bootstrap import Direct, LaptopDoor
from app.clock import FixedClock
from app.domain.errors import DomainError
from app.services import casework
from app.services.account_ports import NewPerson
from app.services.backup_ports import BackupReport
from app.services.read_models import CaseFilter
from app.settings import Settings
from tests.support.laptops import NOON_MS


def test_what_is_practised_gives_no_key_away_and_leaves_nothing(tmp_path: Path) -> None:
    """Control: its cases are there to be opened."""
    folder = tmp_path / "data"
    door = LaptopDoor(Settings(folder), Direct(), FixedClock(NOON_MS))
    place = door.practice()
    assert place.is_practice
    with place.open_unit() as uow:
        assert casework.count_cases(uow, CaseFilter()) > 3
    for refused in (
        lambda: place.people.add(NewPerson("Ana Inventada", "legal"), door.draw_words()),
        place.sheets.draw,
        place.devices.request,
        lambda: place.devices.grant(b"", ""),
    ):
        with pytest.raises(DomainError):
            refused()
    stick = tmp_path / "stick"
    stick.mkdir()
    reports: list[BackupReport] = []
    place.backups.make(stick, lambda _: None, reports.append)
    assert reports[0].fault is not None
    assert reports[0].fault.message_id == "backup_not_here"
    place.close()
    assert list(stick.iterdir()) == []
    assert not folder.exists()
