"""What is passed over on a stick is asked about at each attempt that was not just told of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.backups import BackupRuns
from app.bootstrap import Direct, LaptopDoor
from app.clock import SystemClock
from app.crypto.passphrase import SMALL_MACHINE
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.ids import SystemIds
from app.opening import set_up_laptop
from app.restoring import by_words, restore_laptop, tells_once, try_backup
from app.services.backup_ports import BackupProgress, TriedBackup
from app.services.messages import sentence
from app.settings import Settings
from db.backup_manifest import MANIFEST_NAME, Manifest
from db.folder import VAULT_NAME
from db.presence import is_set_up
from db.restore import OpenedBy
from db.vault import enter_content
from tests.security.test_sheet_opening import CENTRE
from tests.storage.test_backup_altered import of_a_newer_program, write_vault
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


@dataclass
class Short:
    """A machine whose memory does not suffice for one vault file until other programs are closed;
    whoever restores there."""

    greedy: bytes
    stick: Path
    newer: Path
    folder: Path
    told: set[TriedBackup] = field(default_factory=set)
    is_short: bool = True

    def restore(self, stick: Path) -> TriedBackup:
        clock, agree = SystemClock(), tells_once(self.told)
        return restore_laptop(stick, self.folder, self.opened, clock, SystemIds(clock), agree=agree)

    def opened(self, vault: bytes) -> OpenedBy:
        if self.is_short and vault == self.greedy:
            raise EnvironmentFault("not_enough_memory")
        return by_words(PASSPHRASE)(vault)

    def refused(self, stick: Path) -> str:
        with pytest.raises(QispiError) as refusal:
            self.restore(stick)
        assert not is_set_up(self.folder)
        return sentence(refusal.value.message_id, refusal.value.parameters, str)


@pytest.fixture
def short(stick: Path, tmp_path: Path) -> Short:
    """Two backups that hold, the newer of which asks for too much."""
    place = tmp_path / "stick"
    (made,) = (one for one in stick.iterdir() if one.name != "respaldo-2026-12-31-BC")
    shutil.copytree(made, place / made.name)
    newer = Path(shutil.copytree(made, place / "respaldo-2026-12-31-BD"))
    greedy = (newer / VAULT_NAME).read_bytes() + b" "
    write_vault(newer, greedy, number=2)
    index = newer / MANIFEST_NAME
    sealed = Manifest.from_bytes(index.read_bytes()).sealed(enter_content(greedy, PASSPHRASE).key)
    index.write_bytes(sealed.to_bytes())
    return Short(greedy, place, newer, tmp_path / "new")


def test_who_closes_programs_and_chooses_the_stick_again_gets_the_newer_backup(
    short: Short,
) -> None:
    """The same button is for the older one, and that is not what is said of the newer. Control:
    where it helped nothing, it is told anew; choosing forgets what was told."""
    for _ in range(2):
        said = short.refused(short.stick)
        assert short.newer.name in said
        assert "cierre otros programas y elija otra vez la memoria con las copias" in said
        assert "empiece otra vez" not in said
        short.told.clear()
    short.is_short = False
    assert short.restore(short.stick).name == short.newer.name


def test_that_memory_is_short_is_said_of_the_computer_and_not_as_of_the_stick(short: Short) -> None:
    """Nothing of hers is there yet: that it is safe is not said. A trial says the same."""
    said = short.refused(short.newer)
    assert said.startswith("A esta computadora no le alcanza la memoria libre para abrir esta")
    assert "No se cambió nada" in said and "Cierre otros programas" in said
    assert "a salvo" not in said and "No hay memoria" not in said
    with pytest.raises(EnvironmentFault) as refused:
        try_backup(short.newer, short.opened)
    assert sentence(refused.value.message_id, refused.value.parameters, str) == said
