"""A backup that was cut off and cannot be taken away: the next one is made beside it, and it never
counts as one."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self
from unittest import mock

import pytest

from app.domain.errors import EnvironmentFault
from app.services.messages import sentence
from db.backup_found import found_backups
from db.laptop_files import READY_NAME, VAULT_NAME
from tests.storage.test_backup import NOON_MS, Working, outcome
from tests.storage.test_backup_altered import stick as stick
from tests.storage.test_backup_altered import working as working

pytestmark = pytest.mark.timeout(300)

Unlink = Callable[..., None]


def cut_off(made: Path, name: str) -> Path:
    """Leave beside a backup one that the stick was pulled out of."""
    half = Path(shutil.copytree(made, made.with_name(name)))
    (half / READY_NAME).unlink()
    pieces = sorted(half.glob("datos.*"))
    pieces[-1].write_bytes(pieces[-1].read_bytes()[:1000])
    return half


def stuck(folder: Path, number: int, meanwhile: Callable[[], None] = lambda: None) -> Unlink:
    """Return what takes no file of a folder away, as a stick that fails there answers."""
    real = os.unlink

    def unlink(path: str | Path, **more: int) -> None:
        if folder in Path(path).parents:
            meanwhile()
            raise OSError(number, os.strerror(number))
        real(path, **more)

    return unlink


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.EROFS])
def test_the_next_one_is_made_beside_a_half_one_that_cannot_be_taken_away(
    working: Working, stick: Path, number: int
) -> None:
    """Under a name of its own, though the same letters are drawn, and the half one is told.
    Control: once it can be taken away it goes, and nothing is told."""
    drawn = working.backup(stick, seed=7).found.folder
    first = drawn.rename(drawn.with_name("respaldo-2026-11-25-BC"))
    half = cut_off(first, drawn.name)
    names = sorted(one.name for one in half.iterdir())
    with mock.patch.object(os, "unlink", stuck(half, number)):
        for at in (1, 2):
            made = working.backup(stick, seed=7, ms=NOON_MS + at)
            assert made.unfinished == (half.name,)
            assert made.found.folder != half
            assert sorted(one.name for one in half.iterdir()) == names
            assert half.name not in {one.folder.name for one in found_backups(stick)}
            assert outcome(stick) == outcome(made.found.folder) == "opens"
            assert outcome(half) == "backup_unfinished"
    assert len(found_backups(stick)) == 3
    made = working.backup(stick, seed=8, ms=NOON_MS + 3)
    assert made.unfinished == () and not half.exists()


def test_a_half_one_takes_the_place_of_none_that_is_kept(working: Working, stick: Path) -> None:
    half = cut_off(working.backup(stick).found.folder, "respaldo-2026-12-31-BC")
    with mock.patch.object(os, "unlink", stuck(half, errno.EIO)):
        for at in range(1, 5):
            working.backup(stick, seed=at + 1, ms=NOON_MS + at, keep=3)
    assert [one.manifest.made_ms - NOON_MS for one in found_backups(stick)] == [4, 3, 2]
    assert half.exists()


def test_an_older_one_that_cannot_be_taken_away_keeps_no_other(
    working: Working, stick: Path
) -> None:
    """They would fill the stick. Control: without it each that is too many goes."""
    made = [working.backup(stick, seed=at, ms=NOON_MS + at).found.folder for at in range(4)]
    with mock.patch.object(os, "unlink", stuck(made[1], errno.EIO)):
        last = working.backup(stick, seed=9, ms=NOON_MS + 9, keep=2)
    assert last.removed == 2
    kept = [one.manifest.made_ms - NOON_MS for one in found_backups(stick)]
    assert kept == [9, 3, 1]
    assert working.backup(stick, seed=10, ms=NOON_MS + 10, keep=2).removed == 2


def test_a_stick_that_goes_while_a_half_one_is_taken_away_is_told_as_gone(
    working: Working, stick: Path, tmp_path: Path
) -> None:
    half = cut_off(working.backup(stick).found.folder, "respaldo-2026-12-31-BC")
    away = tmp_path / "away"
    gone = stuck(half, errno.EIO, lambda: stick.rename(away) and None)
    with (
        mock.patch.object(os, "unlink", gone),
        pytest.raises(EnvironmentFault, match="backup_stick_gone"),
    ):
        working.backup(stick, seed=2)
    assert len(found_backups(away)) == 1


def test_where_no_room_is_left_beside_a_half_one_that_is_said_by_its_name(
    working: Working, stick: Path
) -> None:
    """Nobody else knows what takes it. Control: where it can be taken away the room is all that is
    spoken of."""
    half = cut_off(working.backup(stick).found.folder, "respaldo-2026-12-31-BC")
    short = shutil.disk_usage(stick)._replace(free=1 << 20)
    for is_stuck in (True, False):
        folder = half if is_stuck else stick / "none"
        with (
            mock.patch.object(os, "unlink", stuck(folder, errno.EIO)),
            mock.patch.object(shutil, "disk_usage", return_value=short),
            pytest.raises(EnvironmentFault) as refused,
        ):
            working.backup(stick, seed=2)
        fault = refused.value
        said = sentence(fault.message_id, fault.parameters, str)
        assert "no cabe la copia" in said and "1 MB libres" in said
        assert (half.name in said) == ("a medio hacer" in said) == is_stuck


class _Broken:
    """An entry of a folder that the stick says nothing of."""

    def __init__(self, entry: os.DirEntry[str]) -> None:
        self.name = entry.name

    def is_dir(self, **_: bool) -> bool:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize("is_inside", [False, True])
def test_an_entry_that_is_broken_stops_neither_the_next_one_nor_what_opens(
    working: Working, stick: Path, is_inside: bool
) -> None:
    """The half one itself, or a file in it."""
    half = cut_off(working.backup(stick).found.folder, "respaldo-2026-12-31-BC")
    broken = half / VAULT_NAME if is_inside else half
    real = os.scandir

    class Scanned:
        def __init__(self, folder: Path) -> None:
            if Path(folder) == broken:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            self._folder, self._entries = Path(folder), real(folder)

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            self._entries.close()

        def __iter__(self) -> Iterator[object]:
            for one in self._entries:
                yield _Broken(one) if self._folder / one.name == broken else one

    with (
        mock.patch.object(os, "scandir", Scanned),
        mock.patch.object(os, "unlink", stuck(broken.parent, errno.EIO)),
    ):
        made = working.backup(stick, seed=2, ms=NOON_MS + 1)
        assert made.unfinished == ((half.name,) if is_inside else ())
        assert len(found_backups(stick)) == 2
        assert outcome(stick) == "opens"
    assert outcome(half) == "backup_unfinished"
