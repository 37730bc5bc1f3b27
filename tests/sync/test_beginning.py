"""A new laptop starts from a snapshot and works at once; the log behind it follows."""

from __future__ import annotations

import dataclasses
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.change import RecordId
from app.services import casework, ledger, whereabouts
from app.services.behind import behind_of
from app.services.ports import SNAPSHOT, UnitOfWork
from app.services.read_models import SyncProgress, SyncReport, SyncStep
from app.services.whereabouts_ports import Reach
from sync.protocol import paths
from sync.protocol.compact import PullHead, Standing
from sync.protocol.frames import Entry
from sync.protocol.messages import Refusal
from tests.support.answers import head_with, told
from tests.support.line import Line, Passing, altered, cut, hung_up, says
from tests.support.short_logs import short_logs, story
from tests.support.spoilt import batches_of
from tests.support.stations import RegionPlace, impatient, open_again, served, view

__all__ = ["short_logs"]

CASE = {"names": "Ñunkuí Inventada", "safe_phone": "999000777"}
EVERY = "QISPI_EVERY" in os.environ
EDITS = 36
LOG_BYTES = EDITS * 4_000
EXCHANGE = paths.COMPACT_EXCHANGE


class Region:
    """A region whose server can be stopped and put back to a dump."""

    def __init__(self, place: RegionPlace) -> None:
        self.place = place
        self._running = ExitStack()
        address = self._running.enter_context(served(place))
        self.line = Line(place.server, address)
        place.url = self.line.url

    def dump(self) -> dict[str, bytes]:
        """Stop the server, return its database as it is, and go on."""
        self._running.close()
        found = {one.name: one.read_bytes() for one in self._files()}
        self._go_on()
        return found

    def restore(self, dump: dict[str, bytes]) -> None:
        """Stop the server, put a dump in place of its database (or none), and go on."""
        self._running.close()
        for one in self._files():
            one.unlink()
        for name, content in dump.items():
            (self.place.server.folder / name).write_bytes(content)
        self._go_on()

    def close(self) -> None:
        self.line.close()
        self._running.close()

    def _go_on(self) -> None:
        self.line.region_address = self._running.enter_context(served(self.place))

    def _files(self) -> list[Path]:
        return list(self.place.server.folder.glob("batches.db*"))


@pytest.fixture(scope="module")
def region(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Region]:
    made = Region(RegionPlace.make(tmp_path_factory.mktemp("beginning")))
    yield made
    made.close()


@pytest.fixture(scope="module")
def line(region: Region) -> Line:
    return region.line


@pytest.fixture(scope="module")
def admin(region: Region) -> Iterator[tuple[Typist, RecordId]]:
    """A laptop that wrote a long log, most of it replaced since, and brought a snapshot."""
    first = region.place.first()
    case_id, _ = first.register(CASE)
    for number in range(EDITS):
        first.type_fields(case_id, {"relato": story(number)})
    for number in range(5):
        first.register({"names": f"Otra Inventada {number}", "relato": story(1_000 + number, 50)})
    synced(first)
    assert first.run(lambda uow: len(tuple(uow.batches.ids()))) > 4
    yield first, case_id
    first.laptop.close()


@pytest.fixture(scope="module")
def ordinary(region: Region, admin: tuple[Typist, RecordId], line: Line) -> Iterator[Typist]:
    """A laptop that read the log from its beginning."""
    made = region.place.joining(admin[0])
    with line.faulty(hung_up, on=paths.BLOB_GET), line.faulty(no_snapshot, on=paths.SNAPSHOT):
        synced(made)
    yield made
    made.laptop.close()


@pytest.fixture
def new(region: Region, admin: tuple[Typist, RecordId], tmp_path: Path) -> Iterator[Typist]:
    """A new laptop, in the folder ``new``."""
    made = region.place.joining_at(admin[0], tmp_path / "new")
    yield made
    made.laptop.close()


def no_snapshot(passing: Passing) -> None:
    said = passing.hand_on()
    # The log's id, no snapshot, and how long the log is.
    body = b"\x93" + said.body[1:19] + b"\x90" + b"\x00"
    passing.answer(type(said)(said.status, said.kind, body, said.more))


def synced(
    typist: Typist,
    on_progress: Callable[[SyncProgress], None] = lambda _: None,
    *,
    is_automatic: bool = False,
) -> SyncReport:
    report = tried(typist, on_progress, is_automatic=is_automatic)
    assert report.failure is None
    return report


def tried(
    typist: Typist,
    on_progress: Callable[[SyncProgress], None] = lambda _: None,
    *,
    is_automatic: bool = False,
) -> SyncReport:
    reports: list[SyncReport] = []
    typist.workplace.sync.sync_now(on_progress, reports.append, is_automatic=is_automatic)
    return reports[0]


def lacks(typist: Typist) -> bool:
    return typist.run(lambda uow: behind_of(uow) is not None)


def level(*laptops: Typist) -> None:
    for one in (*laptops, *laptops):
        synced(one)
    assert len({one.digest() for one in laptops}) == 1


def derived(typist: Typist) -> list[object]:
    """What the screens show, and the whole history behind it."""

    def look(uow: UnitOfWork) -> list[object]:
        found: list[object] = []
        for key in sorted(uow.changes.fields(), key=lambda one: (one.record_id, one.field)):
            history = [one.id for one in uow.changes.history(key)]
            stored = uow.records.fields(key.record_id)[key.field]
            found.append((key, history, stored.value, stored.shown, stored.is_conflict))
        return found

    return typist.run(look)


def is_whole(new: Typist, other: Typist) -> None:
    """The new laptop holds what an ordinary one holds, and what is derived is right."""
    assert not lacks(new)
    level(new, other)
    before = derived(new)
    assert before == derived(other)
    new.run(lambda uow: rebuild(uow, new))
    assert derived(new) == before
    facts = {one.message_id for one in view(new).facts}
    assert not facts & {"history_behind", "snapshot_unproven", "batches_missing"}


def rebuild(uow: UnitOfWork, typist: Typist) -> None:
    ledger.rebuild(uow, typist.laptop.desk.definitions)
    uow.commit()


def test_a_new_laptop_shows_everything_long_before_the_log_is_there(
    admin: tuple[Typist, RecordId], ordinary: Typist, new: Typist, line: Line
) -> None:
    first, _ = admin
    line.heard.clear()
    report = synced(new, is_automatic=False)
    asked = [one.path for one in line.heard]
    assert asked.index(paths.SNAPSHOT) < asked.index(paths.BLOB_GET)
    # What was typed here before goes up at once; nothing is taken in by that.
    assert asked[: asked.index(paths.BLOB_GET)].count(EXCHANGE) == 1
    assert report.bytes_down > LOG_BYTES / 2
    is_whole(new, first)
    is_whole(new, ordinary)
    assert new.run(lambda uow: uow.blobs.of_kind(SNAPSHOT)) == ()


def test_while_the_log_is_lacking_it_works_and_says_how_much_is_here(
    admin: tuple[Typist, RecordId], new: Typist, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, case_id = admin
    monkeypatch.setattr("sync.client.control.AUTOMATIC_SECONDS", 0.0)
    line.heard.clear()
    report = synced(new, is_automatic=True)
    assert report.bytes_down < LOG_BYTES / 8
    assert lacks(new)
    assert new.ficha(case_id) == first.ficha(case_id)
    # What was written after the snapshot is understood, though it names changes of the log behind.
    first.type_fields(case_id, {"names": "Ñunkuí Segunda"})
    synced(first)
    synced(new, is_automatic=True)
    found = new.run(lambda uow: casework.search_cases(uow, "segunda", 5))
    assert len(found) == 1
    new.type_fields(case_id, {"safe_phone": "999000111"})
    synced(new, is_automatic=True)
    synced(first)
    assert first.ficha(case_id) == new.ficha(case_id)
    facts = {one.message_id: one.count for one in view(new).facts}
    assert set(facts) == {"history_behind"}
    assert 1 <= facts["history_behind"] < 100
    assert view(new).waiting_changes == 0
    synced(new)
    is_whole(new, first)


def test_a_cut_anywhere_in_the_download_costs_a_part_of_a_piece(
    admin: tuple[Typist, RecordId], new: Typist, line: Line
) -> None:
    failures = 0
    for at in (0, 1, 300, 5_000, 11_000):
        with line.faulty(cut(lambda _, at=at: at), on=paths.BLOB_GET):  # type: ignore[misc]
            failures += tried(new).failure is not None
    synced(new)
    is_whole(new, admin[0])
    assert failures <= 5


def test_power_may_go_at_any_moment_of_the_beginning(
    admin: tuple[Typist, RecordId], new: Typist, tmp_path: Path
) -> None:
    copies: list[Path] = []

    def image(progress: SyncProgress) -> None:
        if len(copies) < 16:
            copies.append(tmp_path / f"image-{len(copies)}-{progress.step.value}")
            shutil.copytree(tmp_path / "new", copies[-1])

    synced(new, image)
    tried_out = copies if EVERY else copies[::4]
    steps = {one.name.rpartition("-")[2] for one in tried_out}
    assert {"lane", "receive"} <= steps
    for place in tried_out:
        again = impatient(open_again(place))
        synced(again)
        assert not lacks(again)
        assert again.digest() == new.digest()
        assert not [one for one in view(again).facts if one.message_id == "snapshot_unproven"]
        again.laptop.close()


def test_of_a_snapshot_that_is_not_all_here_nothing_is_said_to_be_at_the_region(
    admin: tuple[Typist, RecordId], new: Typist, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who offered it may be another server at the next run."""
    monkeypatch.setattr("app.services.snapshot.PART", 1)
    images: list[Path] = []

    def image(progress: SyncProgress) -> None:
        if progress.step is SyncStep.RECEIVE and progress.done_entries > 0:
            images.append(tmp_path / f"image-{len(images)}")
            shutil.copytree(tmp_path / "new", images[-1])

    synced(new, image)
    looked = 0
    for number, folder in enumerate(images[:6], 1):
        again = impatient(open_again(folder))
        facts = {one.message_id: one.count for one in view(again).facts}
        assert facts["snapshot_awaited"] == number
        if again.run(lambda uow: uow.records.kind_of(admin[1])) is not None:
            laptops = again.workplace.laptops
            where = again.run(lambda uow, at=laptops: whereabouts.of_case(uow, at, admin[1]))
            assert where.reach < Reach.RECEIVED
            looked += 1
        again.laptop.close()
    assert looked > 1, "the case came later than it was looked for"


def test_the_log_behind_is_cut_at_many_places_and_comes_all_the_same(
    admin: tuple[Typist, RecordId], new: Typist, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sync.client.control.AUTOMATIC_SECONDS", 0.0)
        synced(new, is_automatic=True)
    assert lacks(new)
    chance = random.Random(7)
    cuts: list[int] = []

    def short(body: bytes) -> int:
        if len(body) <= 200:
            return len(body)
        cuts.append(chance.randrange(len(body)))
        return cuts[-1]

    for _ in range(12):
        with line.faulty(cut(short), on=EXCHANGE):
            tried(new)
    assert len(cuts) > 30, "at many places"
    synced(new)
    is_whole(new, admin[0])


def begun_and_typed(new: Typist, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with the snapshot and no more, and register somebody."""
    with monkeypatch.context() as patch:
        patch.setattr("sync.client.control.AUTOMATIC_SECONDS", 0.0)
        synced(new, is_automatic=True)
    assert lacks(new)
    new.register({"names": "Sisa Inventada"})


def test_what_the_region_refuses_does_not_hold_up_the_log_behind(
    admin: tuple[Typist, RecordId], new: Typist, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun_and_typed(new, monkeypatch)
    batches_of(new)
    waiting = new.run(lambda uow: [one.id for one in uow.batches.to_offer()])
    cursor = new.run(lambda uow: uow.batches.cursor())
    assert cursor is not None

    def refused(head: PullHead, entries: list[Entry]) -> tuple[PullHead, list[Entry]]:
        if not head.receipts:
            return head, entries  # It was asked for the log.
        reasons = tuple(Refusal(one, "batch_malformed") for one in waiting)
        change = head_with(refused=reasons, receipts=(), top=cursor.position, entries=0, more=False)
        return change(head, entries)

    with line.faulty(told(refused), on=EXCHANGE):
        assert tried(new).failure == "batches_refused"
    assert not lacks(new)
    synced(new)
    is_whole(new, admin[0])


def test_a_log_behind_that_proves_another_is_read_whole_before_the_run_says_that_it_is_well(
    admin: tuple[Typist, RecordId], new: Typist, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun_and_typed(new, monkeypatch)
    lies: list[int] = []

    def once(head: PullHead, entries: list[Entry]) -> tuple[PullHead, list[Entry]]:
        if entries and not lies:
            lies.append(len(entries))
            entries = [dataclasses.replace(one, chain=bytes(32)) for one in entries]
        return head, entries

    with line.faulty(told(once), on=EXCHANGE):
        report = tried(new)
    assert lies
    assert (report.failure, report.is_level) == (None, True)
    assert new.run(lambda uow: tuple(uow.batches.to_offer())) == (), "what was sent was seen there"
    assert not lacks(new)
    is_whole(new, admin[0])


@pytest.mark.parametrize("standing", [Standing.SHORTER, Standing.DIFFERS])
def test_another_history_that_is_shown_while_the_log_behind_is_read_is_noted(
    admin: tuple[Typist, RecordId],
    new: Typist,
    line: Line,
    monkeypatch: pytest.MonkeyPatch,
    standing: Standing,
) -> None:
    """A server that was put back, or one that shows it once and is as before when asked again."""
    begun_and_typed(new, monkeypatch)
    lies: list[int] = []
    since: list[int] = []

    def once(head: PullHead, entries: list[Entry]) -> tuple[PullHead, list[Entry]]:
        if lies:
            since.append(len(entries))
        if not entries or lies:
            return head, entries
        lies.append(len(entries))
        other = head_with(standing=standing, top=1, entries=0, skipped=0, more=False)
        return other(head, entries)

    with line.faulty(told(once), on=EXCHANGE):
        report = tried(new)
    assert lies
    assert since, "what counted as arrived is looked for in what is shown now"
    assert (report.failure, report.is_level) == (None, True)
    facts = {one.message_id: one.count for one in view(new).facts}
    assert facts["other_history_seen"] == 1
    synced(new)
    is_whole(new, admin[0])


def test_what_was_typed_before_the_snapshot_came_goes_first(
    admin: tuple[Typist, RecordId], new: Typist, line: Line
) -> None:
    first, _ = admin
    new.register({"names": "Urgente Inventada"})
    seen: list[int] = []

    def look(progress: SyncProgress) -> None:
        if progress.step is SyncStep.RECEIVE and progress.total_entries and not seen:
            synced(first)
            found = first.run(lambda uow: casework.search_cases(uow, "urgente", 5))
            seen.append(len(found))

    synced(new, look)
    assert seen == [1]
    is_whole(new, first)


@pytest.mark.parametrize("where", [0, 4, 100, 240, 300, -1])
def test_a_snapshot_that_was_altered_is_passed_over_and_the_log_read_from_its_start(
    admin: tuple[Typist, RecordId], new: Typist, line: Line, where: int
) -> None:
    pieces: list[int] = []

    def turned(body: bytes) -> bytes:
        pieces.append(len(body))
        spoilt = bytearray(body)
        spoilt[where if where < len(spoilt) else 0] ^= 1
        return bytes(spoilt)

    with line.faulty(altered(turned), on=paths.BLOB_GET):
        synced(new)
    assert pieces, "it was offered"
    assert not lacks(new)
    is_whole(new, admin[0])


def test_a_server_without_snapshots_is_read_from_the_start(
    admin: tuple[Typist, RecordId], new: Typist, line: Line
) -> None:
    with line.faulty(no_snapshot, on=paths.SNAPSHOT):
        synced(new)
    assert not lacks(new)
    is_whole(new, admin[0])


def test_a_server_of_the_first_version_has_no_lane_and_is_read_from_the_start(
    admin: tuple[Typist, RecordId], new: Typist, line: Line
) -> None:
    line.heard.clear()
    with line.faulty(says(404, "text/plain", b"no"), on=paths.COMPACT_LOGIN):
        synced(new)
    assert not [one for one in line.heard if one.path.startswith("/v3")]
    assert not lacks(new)
    level(new, admin[0])


def test_a_server_put_back_while_the_log_is_lacking_is_read_from_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    region = Region(RegionPlace.make(tmp_path / "region"))
    first = region.place.first()
    early = region.dump()
    case_id, _ = first.register(CASE)
    for number in range(EDITS):
        first.type_fields(case_id, {"relato": story(number)})
    synced(first)
    new = region.place.joining(first)
    with monkeypatch.context() as patch:
        patch.setattr("sync.client.control.AUTOMATIC_SECONDS", 0.0)
        synced(new, is_automatic=True)
        assert lacks(new)
        region.restore(early)
        synced(new, is_automatic=True)
        assert not lacks(new), "the snapshot's place is gone"
        facts = {one.message_id: one.count for one in view(new).facts}
        assert facts["snapshot_unproven"] > 0, "and no log shows what it told"
        laptops = new.workplace.laptops
        where = new.run(lambda uow: whereabouts.of_case(uow, laptops, case_id))
        assert where.reach < Reach.RECEIVED
    synced(first)
    synced(new)
    is_whole(new, first)
    region.restore({})
    synced(first)
    is_whole(new, first)
    for one in (first, new):
        one.laptop.close()
    region.close()


def test_a_stick_with_batches_from_before_the_snapshot_holds_nothing_up(
    admin: tuple[Typist, RecordId],
    new: Typist,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sync.client.control.AUTOMATIC_SECONDS", 0.0)
        synced(new, is_automatic=True)
    assert lacks(new)
    (tmp_path / "stick").mkdir()
    for one in (admin[0], new):
        assert one.use_stick(tmp_path / "stick").failure is None
    synced(new)
    is_whole(new, admin[0])
    assert view(new).waiting_changes == 0
