"""How far a stick is, is told in files and in bytes, of what is read and of what is written."""

from __future__ import annotations

import os
from pathlib import Path

from app.demo.actors import Typist
from app.services.read_models import SyncProgress, SyncReport, SyncStep
from sync.client.folder import BATCH
from sync.client.stick_blobs import SCAN
from tests.support.sticks import home
from tests.sync.test_stick_scans import CONTENT, attached


def told(typist: Typist, stick: Path) -> list[SyncProgress]:
    """Exchange with a stick; return all that was told on the way."""
    said: list[SyncProgress] = []
    reports: list[SyncReport] = []
    typist.workplace.sync.sync_folder(stick, said.append, reports.append)
    assert reports[0].failure is None
    return said


def of(said: list[SyncProgress], step: SyncStep, files: int) -> list[SyncProgress]:
    """Return what was told of a step while so many files were on their way."""
    return [one for one in said if one.step is step and one.total_entries == files]


def sizes(stick: Path, ending: str) -> list[int]:
    return [one.stat().st_size for one in stick.rglob("*" + ending)]


def test_batches_and_attachments_are_told_by_files_and_bytes_both_ways(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    for number in range(3):
        a.register({"names": f"Inventada {number}"})
        (tmp_path / str(number)).mkdir()
        a.use_stick(tmp_path / str(number))
    for number in range(4):
        attached(a, CONTENT + bytes([number]) * len(CONTENT))
    stick = tmp_path / "palito"
    stick.mkdir()

    written = told(a, stick)
    batches, scans = sizes(stick, BATCH), sizes(stick, SCAN)
    assert (len(batches), len(scans)) == (4, 4)
    of_batches, of_scans = (
        [one for one in of(written, SyncStep.SEND, 4) if one.total_bytes == total]
        for total in (sum(batches), 4 * 2 * len(CONTENT))
    )
    assert [one.done_entries for one in of_batches] == [0, 1, 2, 3]
    assert [one.done_entries for one in of_scans] == [0, 1, 2, 3, 4]
    assert of_batches[-1].done_bytes == sum(batches) - (stick_order_last := batches_last(a, stick))
    assert stick_order_last > 0
    assert [one.done_bytes for one in of_scans] == [n * 2 * len(CONTENT) for n in range(5)]

    read = told(b, stick)
    (of_batches_read,) = {
        (one.done_bytes, one.done_entries) for one in of(read, SyncStep.RECEIVE, 4)
        if one.total_bytes == sum(batches)
    }  # fmt: skip
    assert of_batches_read == (0, 0), "four small ones are one page"
    of_scans_read = [
        one for one in of(read, SyncStep.RECEIVE, 4) if one.total_bytes == sum(scans)
    ]  # fmt: skip
    assert [one.done_entries for one in of_scans_read] == [0, 1, 2, 3]
    assert of_scans_read[-1].done_bytes == 3 * scans[0]


def batches_last(a: Typist, stick: Path) -> int:
    """Return the size of the batch that is written last: the newest."""
    newest = a.run(lambda uow: list(uow.batches.ids())[-1])
    (found,) = stick.rglob(newest.hex() + BATCH)
    return found.stat().st_size


def test_a_stick_that_has_all_is_not_said_to_be_written(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, _ = pair
    attached(a)
    told(a, tmp_path)
    again = told(a, tmp_path)
    assert [one.total_bytes for one in again if one.step is SyncStep.SEND] == [0]


def test_many_small_attachments_are_never_said_to_be_more_than_all_of_them(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    """Sealed and padded they are larger than what the total counts."""
    a, _ = pair
    for _ in range(20):
        attached(a, b"%PDF-1.7 " + os.urandom(33_000))
    said = of(told(a, tmp_path), SyncStep.SEND, 20)
    assert {one.total_bytes for one in said} == {20 * (33_000 + len(b"%PDF-1.7 "))}
    assert all(one.done_bytes <= one.total_bytes for one in said)
    assert (said[-1].done_bytes, said[-1].done_entries) == (said[-1].total_bytes, 20)


def test_a_file_that_is_too_large_for_a_batch_is_no_part_of_what_there_is_to_read(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    """No more than its beginning is read: its gigabytes would stand still, then jump."""
    a, b = pair
    a.register({"names": "Inventada"})
    told(a, tmp_path)
    batches = sizes(tmp_path, BATCH)
    huge = home(tmp_path, "ff" * 32 + BATCH)
    huge.parent.mkdir(parents=True, exist_ok=True)
    with huge.open("wb") as file:
        file.truncate(3 << 30)
    said = of(told(b, tmp_path), SyncStep.RECEIVE, len(batches) + 1)
    assert {one.total_bytes for one in said} == {sum(batches)}
