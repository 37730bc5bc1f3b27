"""What is passed over on a stick is asked about at each attempt that was not just told of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.backups import BackupRuns
from app.bootstrap import Direct, LaptopDoor
from app.clock import SystemClock
from app.crypto.passphrase import SMALL_MACHINE
from app.domain.errors import DomainError
from app.ids import SystemIds
from app.opening import set_up_laptop
from app.services.backup_ports import BackupProgress
from app.settings import Settings
from tests.security.test_sheet_opening import CENTRE
from tests.storage.test_backup_altered import of_a_newer_program
from tests.support.storage import PASSPHRASE


def quiet(_: BackupProgress) -> None:
    """Nobody looks at how far it is."""


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup, and beside it one of a newer program."""
    place = tmp_path_factory.mktemp("backed")
    stick, clock = place / "stick", SystemClock()
    stick.mkdir()
    laptop = set_up_laptop(
        place / "data",
        PASSPHRASE,
        person="Ana Inventada",
        role="coordinacion",
        centre=CENTRE,
        clock=clock,
        ids=SystemIds(clock),
        cost=SMALL_MACHINE,
    )
    BackupRuns(laptop, Direct()).make(stick, lambda _: None, lambda _: None)
    laptop.close()
    (made,) = stick.iterdir()
    of_a_newer_program(Path(shutil.copytree(made, stick / "respaldo-2026-12-31-BC")))
    return stick


@pytest.fixture
def door(tmp_path: Path) -> LaptopDoor:
    return LaptopDoor(Settings(tmp_path / "new"), Direct(), memory=lambda: 2 << 30)


def asks(door: LaptopDoor, stick: Path) -> None:
    with pytest.raises(DomainError, match="restore_passes_over"):
        door.restore(stick, PASSPHRASE, quiet)
    assert not door.is_set_up()


def test_who_asks_again_goes_on(door: LaptopDoor, stick: Path) -> None:
    asks(door, stick)
    door.restore(stick, PASSPHRASE, quiet).close()
    assert door.is_set_up()


def test_what_was_told_before_another_refusal_is_asked_again(door: LaptopDoor, stick: Path) -> None:
    """Hours later somebody else sits there."""
    asks(door, stick)
    with pytest.raises(DomainError, match="passphrase_wrong"):
        door.restore(stick, "palabras que son de nadie", quiet)
    asks(door, stick)
    door.restore(stick, PASSPHRASE, quiet).close()


def test_what_was_told_before_another_stick_is_asked_again(
    door: LaptopDoor, stick: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(stick, tmp_path / "other"))
    newer = other / "respaldo-2026-12-31-BC"
    newer.rename(newer.with_name("respaldo-2026-12-31-BD"))
    asks(door, stick)
    asks(door, other)
    asks(door, stick)


def test_what_was_told_is_asked_again_once_it_does_not_show_any_more(
    door: LaptopDoor, stick: Path
) -> None:
    asks(door, stick)
    door.forget_told()
    asks(door, stick)
    door.restore(stick, PASSPHRASE, quiet).close()


def test_what_was_told_before_a_mistyped_row_is_asked_again(door: LaptopDoor, stick: Path) -> None:
    """By sheets a row may be refused before the stick is looked at."""
    asks(door, stick)
    rows = ("nada",) * 5
    with pytest.raises(DomainError, match="sheet_row"):
        door.sheets_of(stick, quiet).look(rows, rows)
    asks(door, stick)
