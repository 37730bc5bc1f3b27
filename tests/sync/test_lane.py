"""Attachments travel behind the records, resume at the byte, and never hold a typed record up."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.change import RecordId
from app.services import attachment_lane, attachments, casework
from app.services.attachments import AttachmentRow
from app.services.read_models import SyncProgress, SyncReport, SyncStep
from sync.envelope.leaving import revoke
from sync.protocol import paths
from tests.support.line import Line, Passing, altered, hung_up
from tests.support.stations import RegionPlace, impatient, open_again, served, view

CASE = {"names": "Ñunkuí Inventada", "safe_phone": "999000777"}


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegionPlace]:
    """A region of its own: megabytes of random bytes hold every short word."""
    place = RegionPlace.make(tmp_path_factory.mktemp("lane"))
    with served(place) as address:
        opened = Line(place.server, address)
        place.url = opened.url
        LINES[place.url] = opened
        yield place
        opened.close()


@pytest.fixture(scope="module")
def line(region: RegionPlace) -> Line:
    """The line to that region."""
    return LINES[region.url]


LINES: dict[str, Line] = {}


def scan(size: int, seed: int = 1) -> bytes:
    return b"%PDF-1.7\n" + random.Random(seed).randbytes(size)


def attach(typist: Typist, content: bytes) -> tuple[RecordId, RecordId]:
    """Open a case with a scan; return the ids of both."""
    case_id, _ = typist.register(CASE)
    desk = typist.laptop.desk
    made = typist.run(
        lambda uow: attachments.attach(uow, desk, case_id, case_id, content, "Denuncia inventada")
    )
    return case_id, made


def row_of(typist: Typist, case_id: RecordId) -> AttachmentRow:
    (row,) = typist.run(lambda uow: attachments.list_of(uow, case_id))
    return row


def content_of(typist: Typist, attachment_id: RecordId) -> bytes:
    desk = typist.laptop.desk
    return typist.run(lambda uow: attachments.content_of(uow, desk, attachment_id))


def synced(
    typist: Typist,
    on_progress: Callable[[SyncProgress], None] = lambda _: None,
    *,
    is_automatic: bool = False,
) -> SyncReport:
    reports: list[SyncReport] = []
    typist.workplace.sync.sync_now(on_progress, reports.append, is_automatic=is_automatic)
    assert reports[0].failure is None
    return reports[0]


def bytes_up(line: Line, path: str) -> int:
    return sum(len(one.body) for one in line.heard if one.path == path)


def test_a_scan_reaches_the_other_laptop(pair: tuple[Typist, Typist], line: Line) -> None:
    a, b = pair
    content = scan(700_000)
    case_id, attachment_id = attach(a, content)
    line.heard.clear()
    synced(a)
    assert 700_000 < bytes_up(line, paths.BLOB_PUT) < 780_000
    synced(b)
    assert row_of(b, case_id).has_content
    assert content_of(b, attachment_id) == content
    line.heard.clear()
    synced(a)
    synced(b)
    assert not [one for one in line.heard if one.path.startswith("/v3/blob")]
    assert a.digest() == b.digest()


def test_the_line_and_the_server_see_nothing_of_it(
    pair: tuple[Typist, Typist], region: RegionPlace, line: Line
) -> None:
    """(L7, L9)"""
    a, _ = pair
    content = scan(90_000, seed=2)
    attach(a, content)
    synced(a)
    travelled = b"".join(one.body for one in line.heard)
    stored = b"".join(path.read_bytes() for path in region.server.folder.glob("batches.db*"))
    for at in (0, 40_000, 89_000):
        assert content[at : at + 16] not in travelled + stored


def test_what_goes_up_is_gone_on_with_at_the_byte_after_every_cut(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    a, b = pair
    content = scan(150_000, seed=3)
    case_id, attachment_id = attach(a, content)
    synced_without = 0
    line.heard.clear()
    for lost in (0, 1, 2):
        count = 0

        def fault(passing: Passing, lost: int = lost) -> None:
            nonlocal count
            count += 1
            if count > lost:
                passing.hand_on()  # It arrives, and nobody hears of it.
                passing.hang_up()
            else:
                passing.answer(passing.hand_on())

        with line.faulty(fault, on=paths.BLOB_PUT):
            synced(a)
            synced_without += 1
    synced(a)
    # Each piece arrived once, although after each cut nobody had heard that it did.
    assert bytes_up(line, paths.BLOB_PUT) < len(content) * 1.2
    synced(b)
    assert row_of(b, case_id).has_content
    assert content_of(b, attachment_id) == content
    assert synced_without == 3


def test_what_comes_down_is_gone_on_with_at_the_byte_after_every_cut(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    a, b = pair
    content = scan(150_000, seed=4)
    case_id, attachment_id = attach(a, content)
    synced(a)
    down = 0

    def front_alone(passing: Passing) -> None:
        nonlocal down
        said = passing.hand_on()
        down += min(len(said.body), 9_000)
        passing.answer(said, only=9_000)
        passing.hang_up()

    with line.faulty(front_alone, on=paths.BLOB_GET):
        synced(b)
    assert row_of(b, case_id).has_content
    assert content_of(b, attachment_id) == content
    assert down < len(content) * 1.2


def test_a_laptop_that_lost_power_goes_on_where_it_was(
    region: RegionPlace, line: Line, tmp_path: Path
) -> None:
    a = region.first()
    b = region.joining_at(a, tmp_path / "b")
    case_id, attachment_id = attach(a, scan(900_000, seed=5))
    synced(a)
    halfway: list[int] = []

    def power_goes(progress: SyncProgress) -> None:
        if progress.step is SyncStep.LANE and progress.done_bytes > 250_000 and not halfway:
            # What is on the disk at this moment is all that is left.
            shutil.copytree(tmp_path / "b", tmp_path / "after")
            halfway.append(progress.done_bytes)
            b.workplace.sync.cancel()

    reports: list[SyncReport] = []
    b.workplace.sync.sync_now(power_goes, reports.append)
    assert reports[0].failure == "sync_cancelled"
    b.laptop.close()
    again = impatient(open_again(tmp_path / "after"))
    line.heard.clear()
    answered = Counted()
    with line.faulty(answered, on=paths.BLOB_GET):
        synced(again)
    assert content_of(again, attachment_id) == scan(900_000, seed=5)
    assert sum(answered.sizes) <= 970_000 - halfway[0]
    assert row_of(again, case_id).has_content
    for one in (a, again):
        one.laptop.close()


class Counted:
    """The region answers, and what it answers is counted."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, passing: Passing) -> None:
        said = passing.hand_on()
        self.sizes.append(len(said.body))
        passing.answer(said)


def test_a_record_typed_during_a_long_upload_is_in_the_region_before_the_scan(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    a, b = pair
    case_id, _ = attach(a, scan(1_500_000, seed=6))
    seen: list[tuple[bool, bool]] = []

    def typing(progress: SyncProgress) -> None:
        if progress.step is not SyncStep.LANE or progress.done_bytes < 300_000:
            return
        if not seen:
            a.type_fields(case_id, {"names": "Ñunkuí Cambiada"})
            seen.append((False, False))
        elif len(seen) == 1:
            # The next piece is about to go: the record has arrived, and the other laptop has it.
            synced(b)
            row = row_of(b, case_id)
            found = b.run(lambda uow: casework.search_cases(uow, "cambiada", 5))
            seen.append((len(found) == 1, row.has_content))

    synced(a, typing)
    assert seen[1] == (True, False)
    synced(b)
    assert row_of(b, case_id).has_content


def test_a_thin_link_carries_only_what_was_asked_for(
    pair: tuple[Typist, Typist], line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.client.lane_pace.GOOD_BYTES_A_SECOND", 1e12)
    a, b = pair
    first, second = attach(a, scan(120_000, seed=7)), attach(a, scan(120_000, seed=8))
    synced(a)
    line.heard.clear()
    synced(b)
    gets = [one for one in line.heard if one.path == paths.BLOB_GET]
    assert len(gets) <= 4
    b.run(lambda uow: attachment_lane.want(uow, first[1]))
    assert row_of(b, first[0]).is_wanted
    synced(b)
    assert row_of(b, first[0]).has_content
    assert not row_of(b, first[0]).is_wanted
    assert second is not None


def test_nobody_waits_more_than_a_minute_for_what_nobody_asked_for(
    pair: tuple[Typist, Typist], monkeypatch: pytest.MonkeyPatch, line: Line
) -> None:
    monkeypatch.setattr("sync.client.lane.AUTOMATIC_SECONDS", 0.0)
    monkeypatch.setattr("sync.client.control.AUTOMATIC_SECONDS", 0.0)
    a, b = pair
    case_id, _ = attach(a, scan(300_000, seed=9))
    line.heard.clear()
    synced(a, is_automatic=True)
    assert bytes_up(line, paths.BLOB_PUT) == 0
    synced(a)
    synced(b)
    assert row_of(b, case_id).has_content


def test_a_line_that_breaks_in_the_lane_is_no_failure_of_the_records(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    a, b = pair
    attach(a, scan(50_000, seed=10))
    for path in (paths.BLOB_HAVE, paths.BLOB_PUT):
        with line.faulty(hung_up, on=path):
            synced(a)
        assert view(a).waiting_changes == 0
    for one in (b, a, b):
        synced(one)
    assert a.digest() == b.digest()


def test_wrong_bytes_under_a_label_are_passed_over_and_the_right_ones_taken(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    a, b = pair
    content = scan(60_000, seed=11)
    case_id, attachment_id = attach(a, content)
    synced(a)

    def turned(body: bytes) -> bytes:
        return body[:-1] + bytes([body[-1] ^ 1]) if len(body) > 100 else body

    with line.faulty(altered(turned), on=paths.BLOB_GET):
        synced(b)
    assert not row_of(b, case_id).has_content
    # The blob is remembered as of no use; a person who asks has it tried once more.
    b.run(lambda uow: attachment_lane.want(uow, attachment_id))
    synced(b)
    assert content_of(b, attachment_id) == content


def test_an_attachment_that_was_taken_back_does_not_travel(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    a, _ = pair
    _, attachment_id = attach(a, scan(50_000, seed=12))
    a.run(lambda uow: attachments.withdraw(uow, a.laptop.desk, attachment_id))
    line.heard.clear()
    synced(a)
    assert bytes_up(line, paths.BLOB_PUT) == 0


def test_both_that_hold_it_bring_it_once(pair: tuple[Typist, Typist], line: Line) -> None:
    a, b = pair
    content = scan(80_000, seed=13)
    case_id, _ = attach(a, content)
    a.sync()
    with line.faulty(hung_up, on=paths.BLOB_HAVE):
        synced(b)
    desk = b.laptop.desk
    b.run(lambda uow: attachments.attach(uow, desk, case_id, case_id, content))
    line.heard.clear()
    synced(b)
    assert bytes_up(line, paths.BLOB_PUT) == 0
    assert [one.path for one in line.heard if one.path.startswith("/v3")] == [paths.BLOB_HAVE]


def test_a_revoked_laptop_gets_nothing(pair: tuple[Typist, Typist], line: Line) -> None:
    a, b = pair
    case_id, _ = attach(a, scan(50_000, seed=14))
    with line.faulty(hung_up, on=paths.BLOB_HAVE):
        synced(a)
        synced(b)
    gone = b.laptop.keys
    assert gone is not None
    keys = a.laptop.keys
    assert keys is not None
    keys.learns(revoke(keys.keyring, gone.keyring.device.id, os.urandom).statements)
    a.run(keys.keep)
    synced(a)
    line.heard.clear()
    reports: list[SyncReport] = []
    b.workplace.sync.sync_now(lambda _: None, reports.append)
    assert reports[0].failure == "server_refused"
    assert not row_of(b, case_id).has_content
    assert not [one for one in line.heard if one.path == paths.BLOB_GET]
