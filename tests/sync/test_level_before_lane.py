"""Records that are verified in the region count as synchronised, whatever becomes of the lane."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.services import attachments
from app.services.read_models import SyncProgress, SyncReport, SyncStep
from sync.protocol import paths
from tests.support.line import Line, hung_up
from tests.support.stations import RegionPlace, impatient, open_again, said, view

LEVEL = "Última sincronización hace un momento · 1 adjunto por enviar"
SCAN = b"%PDF-1.7\n" + random.Random(5).randbytes(200_000)


@pytest.fixture
def a(region: RegionPlace, tmp_path: Path) -> Iterator[Typist]:
    """A laptop that wrote a case with a scan, and never synchronised."""
    typist = region.first_at(tmp_path / "a")
    case_id, _ = typist.register({"names": "Ñunkuí Inventada"})
    desk = typist.laptop.desk
    typist.run(
        lambda uow: attachments.attach(uow, desk, case_id, case_id, SCAN, "Denuncia inventada")
    )
    yield typist
    typist.laptop.close()


def synced(typist: Typist, *, stop_at: int | None = None) -> tuple[SyncReport, list[str]]:
    """Synchronise, stopped at so many bytes of the lane; give the report, and what the sentence
    said while the lane ran."""
    reports: list[SyncReport] = []
    sentences: list[str] = []

    def look(progress: SyncProgress) -> None:
        if progress.step is SyncStep.LANE:
            sentences.append(said(typist))
            if stop_at is not None and progress.done_bytes >= stop_at:
                typist.workplace.sync.cancel()

    typist.workplace.sync.sync_now(look, reports.append)
    return reports[0], sentences


def test_it_is_synchronised_while_the_lane_runs_and_after_it_was_stopped(
    a: Typist, line: Line
) -> None:
    report, while_it_ran = synced(a, stop_at=30_000)
    assert while_it_ran
    assert set(while_it_ran) == {LEVEL}
    assert said(a) == LEVEL
    assert report.failure == "sync_cancelled"
    assert (report.is_level, report.attachments_left) == (True, 1)
    facts = view(a)
    assert facts.last_failure is None
    assert facts.next_attempt_ms is not None
    report, _ = synced(a)
    assert (report.failure, report.is_level, report.attachments_left) == (None, True, 0)
    assert said(a).endswith(" · nada por enviar")


def test_it_is_synchronised_when_the_power_goes_in_the_lane(a: Typist, tmp_path: Path) -> None:
    def power_goes(progress: SyncProgress) -> None:
        if progress.step is SyncStep.LANE and not (tmp_path / "after").exists():
            shutil.copytree(tmp_path / "a", tmp_path / "after")

    a.workplace.sync.sync_now(power_goes, lambda _: None)
    again = impatient(open_again(tmp_path / "after"))
    assert said(again) == LEVEL
    again.laptop.close()


def test_a_link_that_breaks_in_the_lane_is_told_of_as_that(a: Typist, line: Line) -> None:
    with line.faulty(hung_up, on=paths.BLOB_PUT):
        report, _ = synced(a)
    assert report.failure is None
    assert (report.is_level, report.is_lane_cut, report.attachments_left) == (True, True, 1)
    assert said(a) == LEVEL


def test_records_that_did_not_arrive_are_no_synchronisation(a: Typist, line: Line) -> None:
    with line.faulty(hung_up, on="x"):
        report, _ = synced(a)
    assert not report.is_level
    assert "todavía no se sincronizó" in said(a)


def test_what_was_typed_while_the_lane_ran_and_did_not_arrive_is_told(
    a: Typist, line: Line
) -> None:
    reports: list[SyncReport] = []
    typed: list[str] = []
    with ExitStack() as faults:

        def type_on(progress: SyncProgress) -> None:
            if progress.step is SyncStep.LANE and progress.done_bytes and not typed:
                typed.append(a.register({"names": "Otra Inventada"})[0])
                faults.enter_context(line.faulty(hung_up, on="x"))

        a.workplace.sync.sync_now(type_on, reports.append)
    assert reports[0].failure is not None
    assert not reports[0].is_level
    assert "última sincronización hace un momento" in said(a)
    assert " cambios y 1 adjunto por enviar" in said(a)


def test_the_lane_tells_of_all_that_it_has_to_send(a: Typist) -> None:
    case_id, _ = a.register({"names": "Con más papeles"})
    desk = a.laptop.desk
    for number in (2, 3):
        more = SCAN + bytes([number])
        a.run(lambda uow, more=more: attachments.attach(uow, desk, case_id, case_id, more, "Más"))
    told: list[SyncProgress] = []

    def look(progress: SyncProgress) -> None:
        if progress.step is SyncStep.LANE:
            told.append(progress)
            if progress.done_bytes:
                a.workplace.sync.cancel()

    a.workplace.sync.sync_now(look, lambda _: None)
    assert all(one.total_bytes >= 3 * len(SCAN) for one in told), "not of the first one alone"
    assert all(one.total_entries == 3 for one in told)
    assert [one.done_bytes for one in told] == sorted(one.done_bytes for one in told)
    assert 30_000 < told[-1].done_bytes < len(SCAN)
    before = told[-1].done_bytes
    told.clear()
    a.workplace.sync.sync_now(told.append, lambda _: None)
    lane = [one for one in told if one.step is SyncStep.LANE]
    assert lane[0].done_bytes == before, "what was sent of a cut one counts"
    assert {one.done_entries for one in lane} == {1, 2, 3}
    assert lane[-1].done_bytes > 2 * len(SCAN)
