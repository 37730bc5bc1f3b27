"""Swap on a disk that is not encrypted is named; on one that is, or in memory, it is not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from app.swap import swaps_in_clear

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone says it")
HEAD = "Filename\tType\tSize\tUsed\tPriority\n"


class Machine:
    """A root of a file system with a swap file, on a disk of which the test says what it is."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "proc").mkdir()
        (root / "sys/dev/block").mkdir(parents=True)
        (root / "swapfile").touch()
        number = (root / "swapfile").stat().st_dev
        self.number = f"{os.major(number)}:{os.minor(number)}"
        self.swaps("/swapfile file 1 0 -2")

    def swaps(self, *lines: str) -> None:
        (self.root / "proc/swaps").write_text(HEAD + "".join(f"{one}\n" for one in lines))

    def disk(self, name: str, uuid: str = "", on: tuple[str, ...] = ()) -> None:
        """Make a disk, which lies on others."""
        place = self.root / "sys/devices" / name
        (place / "slaves").mkdir(parents=True)
        if uuid:
            (place / "dm").mkdir()
            (place / "dm/uuid").write_text(f"{uuid}\n")
        for one in on:
            (place / "slaves" / one).symlink_to(self.root / "sys/devices" / one)

    def swap_lies_on(self, name: str) -> None:
        (self.root / "sys/dev/block" / self.number).symlink_to(self.root / "sys/devices" / name)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.disk("sda2")
    made.disk("dm-0", "CRYPT-LUKS2-0a1b-closed", on=("sda2",))
    made.disk("dm-1", "LVM-0a1b", on=("dm-0",))
    made.disk("dm-2", "LVM-2c3d", on=("sda2",))
    made.disk("dm-3", "LVM-4e5f", on=("dm-0", "sda2"))
    made.disk("zram0")
    return made


@pytest.mark.parametrize("disk", ["dm-0", "dm-1", "zram0"])
def test_swap_that_is_encrypted_or_in_memory_is_no_matter(machine: Machine, disk: str) -> None:
    """(control of L5)"""
    machine.swap_lies_on(disk)
    assert swaps_in_clear(machine.root) == ()


@pytest.mark.parametrize("disk", ["sda2", "dm-2", "dm-3", "nothing known"])
def test_swap_in_clear_is_named(machine: Machine, disk: str) -> None:
    """(L5)"""
    machine.swap_lies_on(disk)
    assert swaps_in_clear(machine.root) == ("/swapfile",)


def test_without_swap_there_is_none(machine: Machine) -> None:
    machine.swaps()
    assert swaps_in_clear(machine.root) == ()
    (machine.root / "proc/swaps").unlink()
    assert swaps_in_clear(machine.root) == ()


def test_each_of_several_is_looked_at(machine: Machine) -> None:
    """(L5) Control: the encrypted one beside it is not named"""
    machine.swap_lies_on("dm-0")
    machine.swaps("/swapfile file 1 0 -2", "/gone file 1 0 -3")
    assert swaps_in_clear(machine.root) == ("/gone",)
