"""Runs that screens command: one after the other, joined when they are the same, always told."""

from __future__ import annotations

import ssl
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest

from app.bootstrap import Direct, workplace_of
from app.demo.actors import Typist
from app.services.read_models import SyncReport
from app.services.sync_facts import sync_view
from app.services.sync_status import is_due
from app.services.workplace import SyncControl
from app.supervisor import EXIT_LOCKED
from sync.client.stick import FOLDER_NAME
from tests.support.line import Line, Passing
from tests.support.offline import Station
from tests.support.stations import RegionPlace, impatient, open_again, view
from tests.support.sticks import files


@dataclass(slots=True)
class OneByOne(Direct):
    """The network thread does what it was given when its turn comes."""

    waiting: deque[Callable[[], None]] = field(default_factory=deque)

    def on_network(self, work: Callable[[], None]) -> None:
        self.waiting.append(work)

    def work_off(self) -> None:
        while self.waiting:
            self.waiting.popleft()()


@pytest.fixture
def a(region: RegionPlace) -> Iterator[Typist]:
    typist = region.first()
    typist.register({"names": "Ñunkuí Inventada"})
    yield typist
    typist.laptop.close()


@pytest.fixture
def threads() -> OneByOne:
    return OneByOne()


@pytest.fixture
def runs(a: Typist, threads: OneByOne) -> SyncControl:
    return workplace_of(a.laptop, threads).sync


class Heard(list[SyncReport]):
    """The reports that one screen was given."""


def ignore(_: object) -> None:
    """Progress that nobody watches."""


def test_a_second_wish_for_the_same_run_joins_it(
    runs: SyncControl, threads: OneByOne, line: Line
) -> None:
    one, two = Heard(), Heard()
    line.heard.clear()
    runs.sync_now(ignore, one.append)
    runs.sync_now(ignore, two.append)
    assert len(threads.waiting) == 1
    threads.work_off()
    assert one == two
    assert [report.failure for report in one] == [None]
    exchanges = [passing for passing in line.heard if passing.path.endswith("/x")]
    assert len(exchanges) <= 2
    runs.sync_now(ignore, one.append)
    threads.work_off()
    assert len(one) == 2


def test_a_stick_wished_for_while_the_network_runs_is_really_written(
    a: Typist, runs: SyncControl, threads: OneByOne, tmp_path: Path
) -> None:
    by_network, by_stick = Heard(), Heard()
    runs.sync_now(ignore, by_network.append)
    runs.sync_folder(tmp_path, ignore, by_stick.append)
    threads.work_off()
    assert [report.failure for report in by_network + by_stick] == [None, None]
    assert by_stick[0].batches_sent >= 1
    assert len(files(tmp_path)) == by_stick[0].batches_sent
    assert view(a).waiting_changes == 0


def test_two_sticks_are_two_runs(runs: SyncControl, threads: OneByOne, tmp_path: Path) -> None:
    sticks = [tmp_path / "one", tmp_path / "two"]
    heard = Heard()
    for stick in sticks:
        stick.mkdir()
        runs.sync_folder(stick, ignore, heard.append)
    threads.work_off()
    assert [report.failure for report in heard] == [None, None]
    for stick in sticks:
        assert files(stick)


def test_stopping_stops_what_runs_and_what_waits_and_nothing_later(
    a: Typist, runs: SyncControl, threads: OneByOne, tmp_path: Path
) -> None:
    heard = Heard()
    runs.sync_now(ignore, heard.append)
    runs.sync_folder(tmp_path, ignore, heard.append)
    runs.cancel()
    threads.work_off()
    assert [report.failure for report in heard] == ["sync_cancelled", "sync_cancelled"]
    assert view(a).waiting_changes > 0
    assert not (tmp_path / FOLDER_NAME).exists()
    runs.sync_now(ignore, heard.append)
    threads.work_off()
    assert heard[-1].failure is None


def test_a_wish_behind_a_run_that_was_stopped_is_a_new_run(
    a: Typist, runs: SyncControl, threads: OneByOne, tmp_path: Path
) -> None:
    """Stopped by mistake, and at once pressed again, while the first is still on its way out."""
    stopped, wished = Heard(), Heard()
    for start in (runs.sync_now, lambda *told: runs.sync_folder(tmp_path, *told)):
        start(ignore, stopped.append)
        runs.cancel()
        start(ignore, wished.append)
        start(ignore, wished.append)
        threads.work_off()
    assert [report.failure for report in stopped] == ["sync_cancelled"] * 2
    assert [report.failure for report in wished] == [None] * 4
    assert wished[0] == wished[1], "the second wish joins the new run"
    assert view(a).waiting_changes == 0
    assert files(tmp_path)


def test_a_run_that_waits_behind_a_stopped_one_can_be_stopped_as_well(
    a: Typist, runs: SyncControl, threads: OneByOne
) -> None:
    heard = Heard()
    for _ in range(3):
        runs.sync_now(ignore, heard.append)
        runs.cancel()
    threads.work_off()
    assert [report.failure for report in heard] == ["sync_cancelled"] * 3
    assert view(a).waiting_changes > 0
    runs.sync_now(ignore, heard.append)
    threads.work_off()
    assert heard[-1].failure is None


def test_who_watches_is_told_how_far_it_is(
    runs: SyncControl, threads: OneByOne, tmp_path: Path
) -> None:
    network: list[str] = []
    stick: list[str] = []
    runs.sync_now(lambda progress: network.append(progress.step.value), ignore)
    runs.sync_folder(tmp_path, lambda progress: stick.append(progress.step.value), ignore)
    threads.work_off()
    steps = ["prepare", "connect", "send", "receive", "verify"]
    assert list(dict.fromkeys(network)) == steps
    assert list(dict.fromkeys(stick)) == ["prepare", "connect", "receive", "send"]


def test_a_server_that_never_answered_was_not_sent_anything(
    runs: SyncControl, threads: OneByOne, line: Line
) -> None:
    told: list[str] = []
    with line.faulty(lambda passing: passing.hang_up()):
        runs.sync_now(lambda progress: told.append(progress.step.value), ignore)
        threads.work_off()
    assert list(dict.fromkeys(told)) == ["prepare", "connect"]


class Closed(OneByOne):
    """The program is closing: the network thread takes no work any more."""

    def on_network(self, work: Callable[[], None]) -> None:
        raise RuntimeError("cannot schedule new futures after shutdown")


def test_a_run_that_could_not_start_is_forgotten(a: Typist) -> None:
    runs = workplace_of(a.laptop, Closed()).sync
    heard = Heard()
    for _ in range(2):
        with pytest.raises(RuntimeError):
            runs.sync_now(ignore, heard.append)
    assert heard == []


def test_where_no_link_can_be_made_at_all_it_is_tried_ever_more_rarely() -> None:
    """A certificate that is none, out of the respuesta: the attempt was not noted, and the next was
    due at once, for ever."""
    station = Station.of(0)

    def damaged(_counted: object) -> NoReturn:
        raise ssl.SSLError("no certificate")

    station.runs.transport_of = damaged
    waits = []
    for _ in range(10):
        reports: list[SyncReport] = []
        station.runs.sync_now(ignore, reports.append, is_automatic=True)
        assert [one.failure for one in reports] == ["sync_bug"]
        seen = station.laptop.run(lambda uow: sync_view(uow, with_cases=False))
        now_ms = station.laptop.desk.clock.now_ms()
        assert not is_due(seen, now_ms)
        waits.append((seen.next_attempt_ms or 0) - now_ms)
    assert waits[0] < 30_000 and max(waits) > 3_600_000
    station.laptop.store.close()


def test_locking_ends_the_process_also_while_the_network_hangs(
    region: RegionPlace, line: Line, checkout: Path
) -> None:
    """An answer may be awaited for minutes; keys may not lie in memory, nor the screen stay
    dark. (L4)"""
    folder = region.new_folder()
    typist = region.first_at(folder)
    typist.register({"names": "Ñunkuí Inventada"})
    typist.laptop.close()
    is_hanging = threading.Event()

    def hang(passing: Passing) -> None:
        is_hanging.set()
        locked.wait(110)
        passing.hang_up()

    locked = threading.Event()
    with line.faulty(hang):
        program = subprocess.Popen(
            [sys.executable, "-m", "tests.support.locked_while_syncing", str(folder)],
            cwd=checkout,
            stdin=subprocess.PIPE,
        )
        try:
            assert is_hanging.wait(60)
            program.communicate(b"lock\n", timeout=40)
        finally:
            locked.set()
            program.kill()
            program.wait()
    assert program.returncode == EXIT_LOCKED
    typist = impatient(open_again(folder))
    assert typist.sync().failure is None
    assert view(typist).waiting_changes == 0
    typist.laptop.close()
