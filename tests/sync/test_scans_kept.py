"""A scan is called sent only when it is there: neither a member's false bytes nor a server that lost
it make anybody put the paper away, and nothing that stands beside it holds it up."""

from __future__ import annotations

import dataclasses
import hashlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.change import RecordId
from app.domain.records import Kind
from app.services import attachment_lane, attachments
from app.services.forms import change_fields
from app.services.ports import ATTACHMENT, FieldKey, UnitOfWork
from app.services.read_models import SyncProgress, SyncReport, SyncStep
from sync.client.scheduler import FAILURES
from sync.client.stick_blobs import SCAN
from sync.protocol import codec, paths
from sync.protocol.compact import TOKEN_BYTES, Standing
from sync.protocol.lane import BlobHave
from sync.protocol.messages import Refusal
from tests.support.answers import head_with, told
from tests.support.false_scans import falsely_labelled, waits_to_go_up
from tests.support.line import Fault, Line, Passing, hung_up
from tests.support.spoilt import batches_of
from tests.support.stations import RegionPlace, impatient, open_again, view
from tests.support.sticks import files, home
from tests.sync.test_beginning import Region

FALSE = b"%PDF-1.7\n" + b"otro papel inventado " * 40
QUARTER_MS = 15 * 60_000


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Region]:
    made = Region(RegionPlace.make(tmp_path_factory.mktemp("kept")))
    yield made
    made.close()


@pytest.fixture(scope="module")
def region(place: Region) -> RegionPlace:
    """That region; its server can be put back to a dump."""
    return place.place


@pytest.fixture(scope="module")
def line(place: Region) -> Line:
    return place.line


def scan(seed: int, size: int = 60_000) -> bytes:
    return b"%PDF-1.7\n" + random.Random(seed).randbytes(size)


def attach(typist: Typist, *contents: bytes) -> RecordId:
    """Open a case with these scans; return its id."""
    case_id, _ = typist.register({"names": "Ñunkuí Inventada"})
    desk = typist.laptop.desk
    for one in contents:
        typist.run(lambda uow, one=one: attachments.attach(uow, desk, case_id, case_id, one))
    return case_id


def are_here(typist: Typist, case_id: RecordId) -> list[bool]:
    return [one.has_content for one in typist.run(lambda uow: attachments.list_of(uow, case_id))]


def content_of(typist: Typist, case_id: RecordId) -> bytes:
    (row,) = typist.run(lambda uow: attachments.list_of(uow, case_id))
    desk = typist.laptop.desk
    return typist.run(lambda uow: attachments.content_of(uow, desk, row.attachment_id))


def synced(
    typist: Typist, on_progress: Callable[[SyncProgress], None] = lambda _: None
) -> SyncReport:
    reports: list[SyncReport] = []
    typist.workplace.sync.sync_now(on_progress, reports.append)
    assert reports[0].failure is None
    return reports[0]


def only_records(*typists: Typist, line: Line) -> None:
    """Synchronise; the link breaks before the first scan."""
    with line.faulty(hung_up, on=paths.BLOB_HAVE):
        for one in typists:
            synced(one)


def bytes_up(line: Line) -> int:
    """The bytes of scans that went up since somebody listened."""
    return sum(len(one.body) for one in line.heard if one.path == paths.BLOB_PUT)


def asked(line: Line) -> list[list[bytes]]:
    """What each question asked about, since somebody listened."""
    found = []
    for one in line.heard:
        if one.path == paths.BLOB_HAVE:
            names = codec.decode(BlobHave, one.body[TOKEN_BYTES:]).asked
            found.append([names[at : at + 32] for at in range(0, len(names), 32)])
    return found


def started_again(typist: Typist, folder: Path) -> Typist:
    """Close the program and open it again."""
    typist.laptop.close()
    return impatient(open_again(folder))


# --- what a member leaves under the label of a scan ----------------------------------------------


def test_whoever_made_a_scan_sends_it_though_other_bytes_lie_under_its_label(
    pair: tuple[Typist, Typist], region: RegionPlace, line: Line
) -> None:
    a, b = pair
    content = scan(1)
    case_id = attach(a, content)
    only_records(a, b, line=line)
    waits_to_go_up(b, hashlib.sha256(content).digest(), FALSE)
    synced(b)
    line.heard.clear()
    synced(a)
    assert len(content) < bytes_up(line) < len(content) * 1.2
    assert view(a).waiting_attachments == 0
    c = region.joining(a)
    synced(c)
    assert content_of(c, case_id) == content
    line.heard.clear()
    synced(a)
    assert bytes_up(line) == 0, "once"
    c.laptop.close()


def test_whoever_found_the_false_bytes_and_got_the_right_ones_by_stick_sends_these(
    pair: tuple[Typist, Typist], region: RegionPlace, line: Line, tmp_path: Path
) -> None:
    a, b = pair
    content = scan(2)
    case_id = attach(a, content)
    only_records(a, b, line=line)
    waits_to_go_up(b, hashlib.sha256(content).digest(), FALSE)
    synced(b)
    c = region.joining(a)
    synced(c)
    assert are_here(c, case_id) == [False]
    for one in (a, c):
        assert one.use_stick(tmp_path).failure is None
    assert content_of(c, case_id) == content
    assert view(c).waiting_attachments == 1, "what is there holds other bytes"
    line.heard.clear()
    synced(c)
    assert bytes_up(line) > len(content)
    assert view(c).waiting_attachments == 0
    d = region.joining(a)
    synced(d)
    assert content_of(d, case_id) == content
    for one in (c, d):
        one.laptop.close()


def test_whoever_writes_the_hash_of_a_scan_once_more_does_not_make_it_hers(
    pair: tuple[Typist, Typist], region: RegionPlace, line: Line
) -> None:
    a, b = pair
    content = scan(14)
    case_id = attach(a, content)
    only_records(a, b, line=line)
    (row,) = b.run(lambda uow: attachments.list_of(uow, case_id))
    digest = hashlib.sha256(content)
    key = FieldKey(Kind.ATTACHMENT, row.attachment_id, "sha256")
    for said in ("0" * 64, digest.hexdigest()):
        b.run(lambda uow, said=said: write(uow, b, key, said))
    waits_to_go_up(b, digest.digest(), FALSE)
    synced(b)
    only_records(a, line=line)
    synced(a)
    c = region.joining(a)
    synced(c)
    assert content_of(c, case_id) == content
    c.laptop.close()


def write(uow: UnitOfWork, typist: Typist, key: FieldKey, said: str) -> None:
    change_fields(uow, typist.laptop.desk, {key: said})
    uow.commit()


@pytest.mark.parametrize("count", [1, 6])
def test_false_bytes_on_a_stick_hide_nothing(
    pair: tuple[Typist, Typist], tmp_path: Path, count: int
) -> None:
    a, b = pair
    content = scan(3)
    case_id = attach(a, content)
    batches_of(a)
    for number in range(count):
        sha256 = hashlib.sha256(content).digest()
        false = falsely_labelled(b, sha256, FALSE + bytes([number]))
        home(tmp_path, false.id.hex() + SCAN).write_bytes(false.content)
    for one in (a, b, a, b):
        assert one.use_stick(tmp_path).failure is None
    assert content_of(b, case_id) == content
    assert len(files(tmp_path, SCAN)) == 1


def test_the_right_file_beside_false_ones_is_taken_at_once(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    content = scan(4)
    case_id = attach(a, content)
    assert a.use_stick(tmp_path).failure is None
    for number in range(8):
        sha256 = hashlib.sha256(content).digest()
        false = falsely_labelled(b, sha256, FALSE + bytes([number]))
        home(tmp_path, false.id.hex() + SCAN).write_bytes(false.content)
    assert b.use_stick(tmp_path).failure is None
    assert content_of(b, case_id) == content


# --- a server that was put back ------------------------------------------------------------------


def test_what_was_sealed_here_and_whose_note_is_lost_is_not_sent_twice(
    pair: tuple[Typist, Typist], place: Region, line: Line
) -> None:
    a, _ = pair
    attach(a, scan(5))
    synced(a)
    dump = place.dump()
    a.register({"names": "Sisa Inventada"})
    synced(a)
    place.restore(dump)  # It lost a record and kept the scan: nothing is known to be there.
    line.heard.clear()
    synced(a)
    assert view(a).waiting_attachments == 0
    assert bytes_up(line) == 0
    assert any(one.path == paths.BLOB_GET for one in line.heard), "whose it is was looked at"


def test_a_scan_that_the_server_lost_is_sent_again_when_the_program_starts(
    place: Region, region: RegionPlace, line: Line, tmp_path: Path
) -> None:
    a = region.first_at(tmp_path / "a")
    content = scan(6)
    case_id = attach(a, content)
    only_records(a, line=line)
    dump = place.dump()
    synced(a)
    place.restore(dump)
    a = started_again(a, tmp_path / "a")
    line.heard.clear()
    synced(a)
    assert bytes_up(line) > len(content), "its log is the same, and it lacks the scan"
    b = region.joining(a)
    synced(b)
    assert content_of(b, case_id) == content
    line.heard.clear()
    for _ in range(3):
        synced(a)
    assert asked(line) == [], "once in a run of the program"
    for one in (a, b):
        one.laptop.close()


def test_each_run_of_the_program_asks_about_others_until_all_are_there_again(
    place: Region,
    region: RegionPlace,
    line: Line,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.services.attachment_lane.ASKED_AGAIN_MAX", 4)
    a = region.first_at(tmp_path / "a")
    case_id = attach(a, *(scan(1_000 + one, 20_000) for one in range(6)))
    only_records(a, line=line)
    dump = place.dump()
    synced(a)
    runs = []
    for _ in range(3):
        a = started_again(a, tmp_path / "a")
        line.heard.clear()
        synced(a)
        synced(a)
        (about,) = asked(line)
        runs.append(about)
    assert [len(one) for one in runs] == [4, 2, 4]
    assert len({*runs[0], *runs[1]}) == 6
    assert runs[2] == runs[0]
    place.restore(dump)
    for _ in range(3):
        a = started_again(a, tmp_path / "a")
        synced(a)
    b = region.joining(a)
    synced(b)
    assert are_here(b, case_id) == [True] * 6
    for one in (a, b):
        one.laptop.close()


def test_of_many_scans_a_run_asks_about_sixty_four(pair: tuple[Typist, Typist]) -> None:
    a, _ = pair
    log_id = bytes(range(16))

    def noted(uow: UnitOfWork) -> None:
        for number in range(150):
            name = hashlib.sha256(bytes([number])).digest()
            uow.blobs.note_there(name, ATTACHMENT, name, 400, log_id)
        uow.commit()

    a.run(noted)
    seen: list[bytes] = []
    counts = []
    for run in range(4):
        session = bytes([run + 1]) * 8
        asking = a.run(lambda uow, of=session: attachment_lane.to_ask_again(uow, of, log_id))
        assert asking is not None
        at, blobs = asking
        counts.append(len(blobs))
        seen += [one.name for one in blobs]
        done = at + len(blobs)
        a.run(lambda uow, of=session, to=done: attachment_lane.note_asked(uow, of, to, ()))
        assert a.run(lambda uow, of=session: attachment_lane.to_ask_again(uow, of, log_id)) is None
    assert counts == [64, 64, 22, 64]
    assert len(set(seen[:150])) == 150


def test_a_server_put_back_between_two_pieces_that_come_down_is_no_bug(
    pair: tuple[Typist, Typist], place: Region
) -> None:
    a, b = pair
    content = scan(7, 200_000)
    case_id = attach(a, content)
    synced(a)
    dump = place.dump()
    a.register({"names": "Sisa Inventada"})
    synced(a)
    put_back: list[int] = []

    def is_put_back(progress: SyncProgress) -> None:
        if progress.step is SyncStep.LANE and progress.total_bytes > 100_000 and not put_back:
            put_back.append(progress.done_bytes)
            place.restore(dump)
            b.register({"names": "Illari Inventada"})

    synced(b, is_put_back)
    assert put_back == [0]
    synced(b)
    assert content_of(b, case_id) == content
    synced(a)
    assert a.digest() == b.digest()


# --- what stands beside it -----------------------------------------------------------------------


def test_newer_ones_that_are_nowhere_hide_no_older_ones(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    a, b = pair
    old = attach(a, scan(10, 9_000), scan(11, 9_000), scan(12, 9_000))
    synced(a)
    for number in range(2):  # A laptop was lost: its records came, the scans never will.
        attach(a, *(scan(2_000 + 30 * number + one, 500) for one in range(20)))
    only_records(a, line=line)
    for _ in range(3):
        line.heard.clear()
        synced(b)
        assert sum(map(len, asked(line))) <= 64, "it costs little"
    assert are_here(b, old) == [True] * 3


def refusing(typist: Typist, *ids: bytes) -> Fault:
    """The region's server does not take these; its log is no longer than it was."""
    cursor = typist.run(lambda uow: uow.batches.cursor())
    assert cursor is not None
    change = head_with(
        receipts=(),
        refused=tuple(Refusal(one, "batch_malformed") for one in ids),
        top=cursor.position,
        entries=0,
        more=False,
        standing=Standing.AGREES,
    )
    return told(change)


def test_a_refused_batch_holds_up_no_scan_and_does_not_change_the_rhythm(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    a, _ = pair
    synced(a)
    content = scan(13)
    attach(a, content)
    batches_of(a)
    waiting = a.run(lambda uow: [one.id for one in uow.batches.to_offer()])
    line.heard.clear()
    for _ in range(4):
        with line.faulty(refusing(a, *waiting), "x"):
            assert a.sync().failure == "batches_refused"
        shown = view(a)
        assert shown.last_failure == "batches_refused"
        assert a.run(lambda uow: uow.local.get(FAILURES)) is None
        assert shown.next_attempt_ms is not None
        assert shown.last_attempt_ms is not None
        wait_ms = shown.next_attempt_ms - shown.last_attempt_ms
        assert QUARTER_MS <= wait_ms < QUARTER_MS + 60_000
    assert len(content) < bytes_up(line) < len(content) * 1.2
    assert view(a).waiting_attachments == 0
    assert view(a).refused == len(waiting)
    synced(a)
    assert view(a).refused == 0


def test_a_server_that_refuses_what_nobody_offered_changes_nothing(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    a, _ = pair
    a.register({"names": "Ñunkuí Inventada"})
    synced(a)
    long_there = batches_of(a)[0]
    with line.faulty(refusing(a, bytes(32), hashlib.sha256(long_there).digest()), "x"):
        synced(a)
    with line.faulty(refusing(a, *a.run(lambda uow: list(uow.batches.ids()))), "x"):
        synced(a)
    assert view(a).refused == 0
    assert view(a).last_failure is None


def test_a_scan_that_was_spoilt_on_its_way_comes_when_the_program_starts_again(
    region: RegionPlace, line: Line, tmp_path: Path
) -> None:
    a = region.first_at(tmp_path / "a")
    content = scan(21)
    case_id = attach(a, content)
    synced(a)
    b = region.joining_at(a, tmp_path / "b")

    def spoilt(passing: Passing) -> None:
        said = passing.hand_on()
        passing.answer(dataclasses.replace(said, body=said.body[:-1] + b"\x00"))

    with line.faulty(spoilt, on=paths.BLOB_GET):
        synced(b)
    synced(b)
    assert are_here(b, case_id) == [False], "a server that gives nothing else is asked no more"
    b = started_again(b, tmp_path / "b")
    synced(b)
    assert content_of(b, case_id) == content
    for one in (a, b):
        one.laptop.close()
