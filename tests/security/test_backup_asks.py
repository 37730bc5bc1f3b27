"""Z: whoever may not keep backups makes none and tries none; nothing of one lies on the stick."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.backups import BackupRuns
from app.bootstrap import Direct
from app.clock import FixedClock
from app.ids import SystemIds
from app.laptop import Laptop
from app.opening import open_laptop
from app.services.backup_ports import BackupReport
from tests.support.laptops import NOON_MS, definitions
from tests.support.stations import set_up
from tests.support.storage import CHEAP_BOUNDS, PASSPHRASE
from tests.ui.test_devices import as_one

CLOCK = FixedClock(NOON_MS)


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    folder = tmp_path / "data"
    set_up(folder).close()
    made = open_laptop(
        folder,
        PASSPHRASE,
        CLOCK,
        SystemIds(CLOCK),
        bounds=CHEAP_BOUNDS,
        definitions=definitions(),
    )
    yield made
    made.close()


def as_auditor(laptop: Laptop) -> None:
    as_one(laptop, "auditoria")


def ended(laptop: Laptop, stick: Path, words: str = "") -> BackupReport:
    """Make a backup, or try the one that lies there, and return how that ended."""
    reports: list[BackupReport] = []
    runs = BackupRuns(laptop, Direct(), bounds=CHEAP_BOUNDS)
    if words:
        runs.try_out(stick, words, lambda _: None, reports.append)
    else:
        runs.make(stick, lambda _: None, reports.append)
    return reports[0]


def test_a_backup_is_made_and_tried_by_whoever_may_alone(laptop: Laptop, tmp_path: Path) -> None:
    """(Z1) Control: before she is of another service, she makes one and tries it."""
    stick, other = tmp_path / "stick", tmp_path / "other"
    stick.mkdir()
    other.mkdir()
    assert ended(laptop, stick).fault is None
    assert ended(laptop, stick, PASSPHRASE).fault is None
    as_auditor(laptop)
    for report in (ended(laptop, other), ended(laptop, stick, PASSPHRASE)):
        assert report.fault is not None
        assert report.fault.message_id == "access_role"
    assert list(other.iterdir()) == []
