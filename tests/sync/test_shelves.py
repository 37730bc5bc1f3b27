"""Shelves: a stick takes the batches of many years, and one with a million files is no trap."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.domain.errors import EnvironmentFault
from app.services.messages import SENTENCES
from app.services.read_models import SyncProgress, SyncReport, SyncStep
from sync.client import folder as folder_module
from sync.client.folder import BATCH, BATCH_FILES_MAX, STATEMENT
from sync.client.stick import (
    FOLDER_NAME,
    NAMES_AT_ONCE,
    ODD_FILES_MAX,
    PART,
    Stick,
    Wanted,
)
from tests.support.offline import Station
from tests.support.sticks import files, home, listed, old_layout

FAT_ENTRIES_MAX = 65_536
FAT_NAME_PIECE = 13


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def stations() -> Iterator[tuple[Station, Station]]:
    made = (Station.of(0), Station.of(1))
    yield made
    for one in made:
        one.laptop.store.close()


def few(most: int) -> dict[str, Wanted]:
    """So many batches and statements, of any size."""
    return dict.fromkeys((BATCH, STATEMENT), Wanted(most, range(1 << 20)))


def held(stick: Path) -> Stick:
    return Stick(stick, lambda _up, _down: None)


def test_the_batches_of_a_region_fit_into_the_folders_of_fat32(stick: Path) -> None:
    """A long name takes an entry for each 13 characters and one more; a folder has 65,536."""
    name = f"{'ab' * 32}{BATCH}"
    for written in (name, f"{name}{PART}"):
        entries = 1 + -(-len(written) // FAT_NAME_PIECE)
        assert 256 * (FAT_ENTRIES_MAX // entries) > 50 * 10_000 * 2, "fifty centres, ten years"
    held(stick).write(name, b"1")
    assert [one.relative_to(stick) for one in files(stick)] == [Path(FOLDER_NAME) / "ab" / name]


def test_what_the_first_version_left_in_one_folder_is_read_and_left_where_it_is(
    stations: tuple[Station, Station], stick: Path
) -> None:
    a, b = stations
    a.write("relato inventado")
    assert a.use(stick).failure is None
    old_layout(stick)
    before = {one: one.read_bytes() for one in files(stick, "")}
    assert {one.parent.name for one in before} == {FOLDER_NAME}
    for station in (b, a, b):
        assert station.use(stick).failure is None
    assert a.digest == b.digest
    after = {one: one.read_bytes() for one in files(stick, "")}
    assert before.items() <= after.items()
    assert len({one.name for one in after}) == len(after), "nothing lies there a second time"


def test_a_spoilt_file_of_the_old_folder_gives_way_to_the_whole_one(
    stations: tuple[Station, Station], stick: Path
) -> None:
    a, b = stations
    a.write("relato inventado")
    assert a.use(stick).failure is None
    old_layout(stick)
    for one in files(stick):
        one.write_bytes(one.read_bytes()[:300])
    for one in files(stick, STATEMENT):
        one.write_bytes(bytes(one.stat().st_size))
    assert a.use(stick).failure is None
    mended = (*files(stick), *files(stick, STATEMENT))
    assert all(one.parent.name == one.name[:2] for one in mended)
    assert b.use(stick).failure is None
    assert (b.set_aside, b.digest) == (0, a.digest)


def test_a_stick_that_knows_capitals_only_is_the_same_stick(
    stations: tuple[Station, Station], stick: Path
) -> None:
    """FAT gives names in the letters that it likes; here, in capitals."""
    a, b = stations
    a.write("relato inventado")
    assert a.use(stick).failure is None
    for one in files(stick, ""):
        shelf = one.parent.with_name(one.parent.name.upper())
        shelf.mkdir(exist_ok=True)
        one.rename(shelf / (one.stem.upper() + one.suffix))
    assert b.use(stick).failure is None
    assert a.digest == b.digest
    before = len(files(stick))
    assert a.use(stick).batches_sent == 0, "what is there is not written again beside it"
    assert len(files(stick)) == before


def test_halves_left_by_a_stick_pulled_out_are_cleared_and_other_peoples_are_not(
    stations: tuple[Station, Station], stick: Path
) -> None:
    a, _ = stations
    a.write("relato inventado")
    ours = [
        home(stick, f"{'ab' * 32}{BATCH}{PART}"),
        stick / FOLDER_NAME / f"{'cd' * 32}{STATEMENT}{PART}",
    ]
    theirs = [stick / FOLDER_NAME / "pelicula.mkv.part", home(stick, f"ab notas{PART}")]
    for one in (*ours, *theirs):
        one.write_bytes(b"half")
    assert a.use(stick).failure is None
    assert not any(one.exists() for one in ours)
    assert all(one.exists() for one in theirs)


def test_a_shelf_that_is_a_link_leads_nowhere(stick: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "mis documentos"
    elsewhere.mkdir()
    (elsewhere / f"{'ab' * 32}{BATCH}").write_bytes(b"somebody's")
    (stick / FOLDER_NAME).mkdir()
    (stick / FOLDER_NAME / "ab").symlink_to(elsewhere, target_is_directory=True)
    assert listed(stick, few(10))[BATCH].sizes == {}
    with pytest.raises(EnvironmentFault, match="stick_not_ours"):
        held(stick).write(f"{'ab' * 32}{BATCH}", b"1")
    assert (elsewhere / f"{'ab' * 32}{BATCH}").read_bytes() == b"somebody's"


@pytest.mark.parametrize("code", [errno.ENAMETOOLONG, errno.EINVAL])
def test_a_stick_that_takes_no_such_names_says_so(
    stations: tuple[Station, Station], stick: Path, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, _ = stations
    a.write("relato inventado")
    opened = os.open

    def refusing(path, flags, *args, **kwargs):
        if flags & os.O_CREAT and str(path).startswith(str(stick)):
            raise OSError(code, os.strerror(code))
        return opened(path, flags, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refusing)
        assert a.use(stick).failure == "stick_unsuited"
    assert SENTENCES["stick_unsuited"]
    assert files(stick, "") == []
    assert a.use(stick).failure is None


def test_a_stick_whose_folders_cannot_be_synchronised_is_used_all_the_same(
    stations: tuple[Station, Station], stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = stations
    a.write("relato inventado")
    opened = os.open

    def refusing(path, flags, *args, **kwargs):
        if flags & os.O_DIRECTORY and str(path).startswith(str(stick)):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return opened(path, flags, *args, **kwargs)

    monkeypatch.setattr(os, "open", refusing)
    assert a.use(stick).failure is None
    assert b.use(stick).failure is None
    assert a.digest == b.digest


def test_more_than_is_looked_at_is_said_and_the_rest_comes_with_the_next_times(
    stations: tuple[Station, Station], stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b = stations
    for number in range(8):
        a.write(f"relato inventado {number}")
    assert a.use(stick).failure is None
    monkeypatch.setattr(folder_module, "_WANTED", {**folder_module._WANTED, **few(5)})
    b.write("De la colega")
    reports = []
    while b.digest != a.digest and len(reports) < 10:
        reports.append(b.use(stick))
        a.use(stick)
    assert reports[0].failure == "stick_too_much"
    assert reports[0].batches_received == 5
    assert reports[0].batches_sent == 1, "it leaves its own all the same"
    assert SENTENCES["stick_too_much"]
    assert b.use(stick).failure is None, "what is known does not count"
    assert a.digest == b.digest


class _Entry:
    """One of very many files: it has a name, a size, and nothing in it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def is_file(self, *, follow_symlinks: bool) -> bool:
        return not follow_symlinks

    def stat(self, *, follow_symlinks: bool) -> os.stat_result:
        return os.stat_result((0o100644, 0, 0, 1, 0, 0, 0 if not follow_symlinks else 1, 0, 0, 0))


@contextmanager
def a_million_files(stick: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Iterator[int]]:
    """Have the folder itself hold a million more files of ours than lie there. The next number of
    what is given says how many of them were looked at."""
    scan = os.scandir
    number = itertools.count()

    class Many:
        def __init__(self, path: Path) -> None:
            self._real = scan(path)

        def __enter__(self):
            return self

        def __exit__(self, *_: object) -> None:
            self._real.close()

        def __iter__(self):
            return itertools.chain(
                (_Entry(f"{next(number):064x}{BATCH}") for _ in range(1_000_000)), self._real
            )

    with monkeypatch.context() as patch:
        patch.setattr(
            os,
            "scandir",
            lambda path: Many(path) if Path(path) == stick / FOLDER_NAME else scan(path),
        )
        yield number


def resident() -> int:
    """The memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of its own process")
def test_a_million_files_cost_neither_the_memory_nor_the_afternoon(
    stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Listed: what is known, and 100,000 of the others; below 60 MB."""
    known = f"{'ee' * 32}{BATCH}"
    (stick / FOLDER_NAME).mkdir()
    held(stick).write(known, b"1")
    before = resident()
    with a_million_files(stick, monkeypatch):
        began = time.process_time()
        found = listed(stick, few(BATCH_FILES_MAX), {known})[BATCH]
        spent = time.process_time() - began
    grown = resident() - before
    assert found.has_more
    assert len(found.sizes) == BATCH_FILES_MAX + 1
    assert found.sizes[f"ee/{known}"] == 1
    assert grown < 60_000_000
    assert spent < 30
    print(f"a million files: {spent:.1f} s, {grown / 1e6:.0f} MB")


def stopped_while_it_looks(station: Station, stick: Path) -> SyncReport:
    """Use a stick, and stop at the first pause in which it still looks what lies there."""
    reports: list[SyncReport] = []
    steps: list[SyncStep] = []

    def on_progress(progress: SyncProgress) -> None:
        steps.append(progress.step)
        if steps.count(SyncStep.CONNECT) == 2:
            station.runs.cancel()

    station.runs.sync_folder(stick, on_progress, reports.append)
    assert set(steps) == {SyncStep.PREPARE, SyncStep.CONNECT}
    return reports[0]


def test_who_stops_it_is_heard_among_a_million_files(
    stations: tuple[Station, Station], stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, _ = stations
    (stick / FOLDER_NAME).mkdir()
    with a_million_files(stick, monkeypatch) as looked_at:
        assert stopped_while_it_looks(a, stick).failure == "sync_cancelled"
        assert next(looked_at) <= 2 * NAMES_AT_ONCE


def test_who_stops_it_is_heard_between_two_shelves(
    stations: tuple[Station, Station], stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, _ = stations
    for shelf in range(256):
        home(stick, f"{shelf:02x}{'0' * 62}{BATCH}").write_bytes(b"")
    scan, scanned = os.scandir, []

    def counting(path: Path) -> Iterator[os.DirEntry[str]]:
        scanned.append(path)
        return scan(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", counting)
        assert stopped_while_it_looks(a, stick).failure == "sync_cancelled"
    assert len(scanned) <= 4
    assert a.use(stick).failure is None


def test_known_files_are_found_among_any_number_of_others(
    stations: tuple[Station, Station], stick: Path
) -> None:
    """What a laptop holds is not written again, however much else lies there."""
    a, _ = stations
    a.write("relato inventado")
    assert a.use(stick).failure is None
    shelf = files(stick)[0].parent
    for number in range(300):
        (shelf / f"{shelf.name}{number:062x}{BATCH}").write_bytes(b"")
    names = {one.name for one in files(stick) if one.stat().st_size}
    found = listed(stick, few(10), names)[BATCH]
    assert found.has_more
    assert {place.rpartition("/")[2] for place in found.sizes} >= names
    assert len(found.sizes) == 10 + len(names)
    shutil.rmtree(stick)


def test_files_that_can_be_no_batch_keep_no_batch_from_being_read(
    stations: tuple[Station, Station], stick: Path
) -> None:
    """However many empty files lie there: some are looked at, and none takes a batch's room."""
    a, b = stations
    for number in range(ODD_FILES_MAX + 500):
        home(stick, f"{number % 256:02x}{number:062x}{BATCH}").write_bytes(b"")
    a.write("relato inventado")
    b.write("De la colega")
    reports = [one.use(stick) for one in (a, b, a)]
    assert [one.failure for one in reports] == [None] * 3
    assert a.digest == b.digest
    rows = a.laptop.run(lambda uow: uow.aside.rows())
    assert [(one.reason, one.count) for one in rows] == [("batch_truncated", 1)], "all are one"
