"""Whatever answers in the region's place: nothing leaves the queue, people read why, and the next
run succeeds.
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import secrets
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.bootstrap import Direct, workplace_of
from app.demo.actors import Typist
from app.ids import SystemIds
from app.region import PUBLIC_NAME
from app.services import replication
from app.services.messages import SENTENCES, sentence
from app.services.read_models import SyncProgress, SyncReport, SyncStep
from sync.protocol import codec
from sync.protocol.compact import Standing
from sync.protocol.limits import TOKEN_SECONDS
from sync.protocol.messages import ErrorReply
from sync.server.identity import ServerFiles, create_identity
from sync.server.sql_store import open_engine
from tests.support.answers import head_with, told
from tests.support.door import Ticks
from tests.support.line import (
    NO_TLS,
    OURS,
    Fault,
    Line,
    altered,
    cut,
    hung_up,
    listening,
    says,
    stalled,
    swallowed,
)
from tests.support.stations import RegionPlace, impatient, said, served, view

SILENCE_SECONDS = 3.0
"""So long is waited where nothing comes any more, and at a busy machine for what does."""
LONG_SECONDS = 30.0
"""So long where something does come."""

WAIT_BYTES = 2
"""So many bytes of chance spread a wait."""

HTML = b"<html><body>Bienvenida a la red del municipio</body></html>"


@pytest.fixture(scope="module")
def laptop(region: RegionPlace) -> Iterator[Typist]:
    """A laptop of a centre of its own."""
    typist = region.first()
    yield typist
    typist.laptop.close()


@pytest.fixture
def a(laptop: Typist) -> Typist:
    """The laptop, which is level with the region but for a case that was just written."""
    assert laptop.sync().failure is None
    laptop.register({"names": "Ñunkuí Inventada"})
    return laptop


def refusal(reason: str, wait: int = 0) -> bytes:
    return codec.encode(ErrorReply(reason, wait))


def nothing_left(a: Typist, before: int) -> None:
    assert view(a).waiting_changes == before
    assert f"{before} cambios por enviar" in said(a)


ANSWERS: dict[str, tuple[Fault, str]] = {
    "a page": (says(200, "text/html", HTML), "captive_portal"),
    "a page with its charset": (says(200, "text/html; charset=utf-8", HTML), "captive_portal"),
    "a page that forbids": (says(403, "text/html", HTML), "captive_portal"),
    "sent elsewhere": (
        says(302, "", b"", ("Location", "http://portal.example/login")),
        "captive_portal",
    ),
    "sent elsewhere with a page": (
        says(307, "text/html", HTML, ("Location", "https://portal.example/")),
        "captive_portal",
    ),
    "sent nowhere": (says(302, "", b"", ("Location", "http://[::bad")), "captive_portal"),
    "the network wants a login": (says(511, "text/html", HTML), "captive_portal"),
    "a proxy wants a login": (says(407, "text/plain", b"proxy"), "captive_portal"),
    "not found": (says(404, "text/plain", b"Not Found"), "answer_not_ours"),
    "another program": (says(200, "application/json", b"{}"), "answer_not_ours"),
    "nothing": (says(200, "", b""), "answer_not_ours"),
    "rubbish": (says(200, OURS, b"\x00\x00\x00\x05hello"), "answer_not_ours"),
    "an endless head": (
        says(200, OURS, struct.pack(">I", 2**32 - 1) + bytes(9)),
        "answer_not_ours",
    ),
    "megabytes of zeros": (says(200, OURS, bytes(3 << 20)), "answer_not_ours"),
    "a bug": (says(500, "text/plain", b"Internal Server Error"), "server_busy"),
    "a proxy alone": (says(502, "text/html", HTML), "server_busy"),
    "maintenance": (says(503, OURS, refusal("maintenance", 60)), "server_busy"),
    "too many": (says(429, OURS, refusal("busy", 60)), "server_busy"),
    "refused as malformed": (says(400, OURS, refusal("message_malformed")), "server_refused"),
    "refused as forbidden": (says(403, OURS, refusal("forbidden")), "server_refused"),
    "refused as too large": (says(413, OURS, refusal("message_over_limit")), "server_refused"),
    "refused without a word": (says(400, OURS, b"no message at all"), "server_refused"),
}


@pytest.mark.parametrize("on", ["x", "challenge"])
@pytest.mark.parametrize(("fault", "message_id"), list(ANSWERS.values()), ids=list(ANSWERS))
def test_an_answer_that_is_not_the_regions_is_named_and_nothing_leaves_the_queue(
    a: Typist, line: Line, region: RegionPlace, fault: Fault, message_id: str, on: str
) -> None:
    before = view(a).waiting_changes
    assert before > 0
    if on == "challenge":
        # A laptop that was just unlocked: it holds no token yet.
        a = _unlocked_again(a)
    with line.faulty(fault, on):
        report = a.sync()
    assert report.failure == message_id
    _is_said_in_words(message_id)
    nothing_left(a, before)
    assert a.sync().failure is None
    assert view(a).waiting_changes == 0


def _unlocked_again(a: Typist) -> Typist:
    return impatient(a.laptop)


def _is_said_in_words(message_id: str) -> None:
    words = sentence(message_id, {}, lambda text: text)
    assert words == SENTENCES[message_id]
    assert words.endswith(".")
    assert "error" not in words.lower()


def at(part: float) -> Callable[[bytes], int]:
    return lambda body: int(len(body) * part)


def but_the_last(body: bytes) -> int:
    return len(body) - 1


@pytest.mark.parametrize(
    ("fault", "message_id", "silence_seconds"),
    [
        (hung_up, "server_unreachable", LONG_SECONDS),
        (swallowed, "server_unreachable", LONG_SECONDS),
        (cut(at(0)), "answer_cut", LONG_SECONDS),
        (cut(at(0.5)), "answer_cut", LONG_SECONDS),
        (cut(but_the_last), "answer_cut", LONG_SECONDS),
        (stalled(at(0)), "answer_cut", SILENCE_SECONDS),
        (stalled(at(0.5)), "answer_cut", SILENCE_SECONDS),
    ],
)
def test_a_connection_that_breaks_is_told_and_the_next_run_goes_on(
    a: Typist, line: Line, fault: Fault, message_id: str, silence_seconds: float
) -> None:
    before = view(a).waiting_changes
    a = impatient(a.laptop, silence_seconds=silence_seconds)
    with line.faulty(fault, "x"):
        report = a.sync()
    assert report.failure == message_id
    _is_said_in_words(message_id)
    nothing_left(a, before)
    again = a.sync()
    assert again.failure is None
    assert view(a).waiting_changes == 0


def test_what_arrived_whole_before_a_cut_stays(region: RegionPlace, line: Line) -> None:
    a, b = region.pair()
    for number in range(12):
        a.register({"names": f"Inventada {number}", "relato": secrets.token_hex(4_000)})
        a.run(lambda uow: replication.seal_pending(uow, a.laptop.desk, a.laptop.envelope))
    assert a.sync().failure is None
    with line.faulty(cut(at(0.6)), "x"):
        report = b.sync()
    assert report.failure == "answer_cut"
    assert 0 < report.batches_received < 13
    rest = b.sync()
    assert rest.failure is None
    assert rest.batches_received == 12 - report.batches_received
    assert rest.bytes_down < 0.4 * report.bytes_down
    a.sync()
    assert a.digest() == b.digest()
    for one in (a, b):
        one.laptop.close()


def test_nothing_listening_is_no_connection(a: Typist, line: Line) -> None:
    before = view(a).waiting_changes
    with line.silent():
        assert a.sync().failure == "server_unreachable"
        nothing_left(a, before)
        assert said(a).startswith("Sin conexión · ")
    assert a.sync().failure is None
    assert "Sin conexión" not in said(a)


def _identity(region: RegionPlace, folder: Path, *, year: int = 2026) -> ServerFiles:
    files = ServerFiles(folder)
    create_identity(
        files,
        root_key=(region.root / PUBLIC_NAME).read_bytes(),
        hosts=["127.0.0.1"],
        now=datetime.datetime(year, 1, 1, tzinfo=datetime.UTC),
    )
    return files


def test_another_certificate_is_another_server_and_hears_nothing(
    a: Typist, line: Line, region: RegionPlace, tmp_path: Path
) -> None:
    before = view(a).waiting_changes
    line.heard.clear()
    with line.somebody_else(_identity(region, tmp_path / "other")):
        assert a.sync().failure == "server_not_known"
    assert line.heard == []
    _is_said_in_words("server_not_known")
    nothing_left(a, before)
    assert a.sync().failure is None


def test_a_certificate_whose_time_is_over_is_still_the_regions(
    tmp_path: Path, served_region: tuple[RegionPlace, str]
) -> None:
    """No clock decides about trust: a laptop's date may be years off. (F8)"""
    place = RegionPlace.make(tmp_path, year=1980)
    with served(place) as address, Line(place.server, address) as line:
        place.url = line.url
        a = place.first()
        assert a.sync().failure is None
        a.laptop.close()


def test_a_server_with_another_key_under_the_same_certificate_gets_no_login(
    a: Typist, line: Line
) -> None:
    """Its TLS is right and its Ed25519 key is not: the login is bound to the pinned one."""
    before = view(a).waiting_changes
    a = _unlocked_again(a)
    other_key = altered(
        lambda body: body.replace(a.laptop.keys.keyring.server.server_key, bytes(32))
    )
    refused = says(401, OURS, refusal("unauthorized"))
    with line.faulty(other_key, "hello"), line.faulty(refused, "login"):
        assert a.sync().failure == "server_not_known"
    nothing_left(a, before)
    assert a.sync().failure is None


def test_a_server_that_speaks_another_version_says_so(a: Typist, line: Line) -> None:
    a = _unlocked_again(a)
    newer = altered(lambda body: body[:1] + b"\x08\x09" + body[3:])
    refused = says(400, OURS, refusal("message_malformed"))
    with line.faulty(newer, "hello"), line.faulty(refused, "login"):
        assert a.sync().failure == "server_other_version"
    _is_said_in_words("server_other_version")
    assert a.sync().failure is None


def test_a_token_that_the_server_forgot_is_renewed_within_the_run(a: Typist, line: Line) -> None:
    """The region's server was started anew: its tokens are gone, and nobody notices."""
    line.heard.clear()
    refused = says(401, OURS, refusal("unauthorized"))
    with line.faulty(_once(refused), "x"):
        assert a.sync().failure is None
    endings = [one.path.rsplit("/", 1)[1] for one in line.heard]
    assert endings[:4] == ["x", "challenge", "login", "x"]
    assert view(a).waiting_changes == 0
    a.register({"names": "Otra Inventada"})
    with line.faulty(refused, "x"):
        assert a.sync().failure == "server_refused"
    assert view(a).waiting_changes > 0


def test_a_token_whose_time_is_over_is_renewed_before_anything_is_sent_in_vain(
    a: Typist, line: Line
) -> None:
    ticks = Ticks()
    a = impatient(a.laptop, ticks)
    assert a.sync().failure is None
    for elapsed, expected in (
        (TOKEN_SECONDS - 1, ["x"]),
        (1, ["challenge", "login", "x"]),
        (1, ["x"]),
    ):
        ticks.now += elapsed
        line.heard.clear()
        assert a.sync().failure is None
        assert [one.path.rsplit("/", 1)[1] for one in line.heard] == expected


def test_a_short_break_is_tried_again_within_the_run(a: Typist, line: Line) -> None:
    typist = Typist(a.laptop, workplace_of(a.laptop, Direct()))
    with line.faulty(_once(swallowed), "x"):
        report = typist.sync()
    assert report.failure is None
    assert view(typist).waiting_changes == 0


def _once(fault: Fault) -> Fault:
    left = [fault]

    def behave(passing) -> None:
        if left:
            left.pop()(passing)
        else:
            passing.answer(passing.hand_on())

    return behave


class EvenChance(SystemIds):
    """Chance that falls in the middle of every wait that is spread by it."""

    def random_bytes(self, count: int) -> bytes:
        return b"\x80" * count if count == WAIT_BYTES else super().random_bytes(count)


def test_failures_in_a_row_make_the_next_try_later_and_a_success_makes_it_soon(
    a: Typist, line: Line
) -> None:
    even = dataclasses.replace(a.laptop.desk, ids=EvenChance(a.laptop.desk.clock))
    typist = impatient(dataclasses.replace(a.laptop, desk=even))
    waits = []
    with line.silent():
        for _ in range(6):
            typist.sync()
            shown = view(typist)
            assert shown.last_failure == "server_unreachable"
            waits.append(shown.next_attempt_ms - shown.last_attempt_ms)
    assert all(later > 1.5 * sooner for sooner, later in itertools.pairwise(waits))
    typist.sync()
    shown = view(typist)
    assert shown.last_failure is None
    # What travels behind the records takes its time, and the next one is due after that.
    assert 15 * 60_000 <= shown.next_attempt_ms - shown.last_attempt_ms < 16 * 60_000


def test_a_run_that_was_stopped_says_so_and_keeps_what_it_did(a: Typist, line: Line) -> None:
    reports: list[SyncReport] = []
    before = view(a).waiting_changes
    a.workplace.sync.sync_now(lambda _: a.workplace.sync.cancel(), reports.append)
    assert reports[0].failure == "sync_cancelled"
    nothing_left(a, before)
    assert a.sync().failure is None


def test_a_run_that_was_stopped_while_the_link_stalls_says_that_it_stopped(
    a: Typist, line: Line
) -> None:
    a = impatient(a.laptop, silence_seconds=SILENCE_SECONDS)
    reports: list[SyncReport] = []
    came_to: list[SyncStep] = []

    def stop(progress: SyncProgress) -> None:
        came_to.append(progress.step)
        if progress.step is SyncStep.SEND:  # that is: while the answer is waited for
            a.workplace.sync.cancel()

    with line.faulty(stalled(at(0)), "x"):
        a.workplace.sync.sync_now(stop, reports.append)
    assert came_to[-1] is SyncStep.SEND
    assert reports[0].failure == "sync_cancelled"
    assert view(a).last_failure == "sync_cancelled"


@pytest.mark.parametrize("on", ["x", "challenge"])
def test_behind_a_page_that_answers_for_everybody_nobody_was_connected_to(
    a: Typist, line: Line, on: str
) -> None:
    a = _unlocked_again(a)
    told: list[SyncProgress] = []
    reports: list[SyncReport] = []
    with line.faulty(says(200, "text/html", HTML), on):
        a.workplace.sync.sync_now(told.append, reports.append)
    assert reports[0].failure == "captive_portal"
    assert told[-1].step is SyncStep.CONNECT


@pytest.mark.parametrize("behave", NO_TLS)
def test_something_that_speaks_no_tls_is_no_connection(
    a: Typist, line: Line, behave: Callable[[socket.socket], None]
) -> None:
    before = view(a).waiting_changes
    a = impatient(a.laptop, silence_seconds=SILENCE_SECONDS)
    with listening(line, behave):
        report = a.sync()
    assert report.failure == "server_unreachable"
    assert report.duration_ms < LONG_SECONDS * 1_000
    nothing_left(a, before)
    assert a.sync().failure is None


EMPTY = {"receipts": (), "entries": 0, "skipped": 0}


@pytest.mark.parametrize(
    "lie",
    [
        told(head_with(**EMPTY, standing=Standing.DIFFERS, log_id=lambda: secrets.token_bytes(16))),
        told(head_with(**EMPTY, standing=Standing.DIFFERS)),
        told(head_with(**EMPTY, standing=Standing.SHORTER, top=0)),
        told(head_with(**EMPTY, standing=Standing.FIRST)),
        told(head_with(**EMPTY, standing=Standing.AGREES, more=True)),
        told(head_with(**EMPTY, standing=Standing.AGREES, top=2**62)),
        told(head_with(**EMPTY, standing=Standing.AGREES, log_id=b"\x09" * 16)),
    ],
    ids=[
        "ever another log",
        "ever differs",
        "ever shorter",
        "a first contact",
        "ever more",
        "a top never reached",
        "agrees about a log drawn anew",
    ],
)
def test_a_server_that_contradicts_itself_is_left_and_nothing_is_lost(
    a: Typist, line: Line, lie: Fault
) -> None:
    held = a.digest()
    line.heard.clear()
    with line.faulty(lie, "x"):
        report = a.sync()
    assert report.failure == "server_log_wrong"
    assert len(line.heard) < 30
    _is_said_in_words("server_log_wrong")
    assert a.digest() == held
    assert view(a).waiting_changes > 0
    assert a.sync().failure is None
    assert view(a).waiting_changes == 0


def test_a_server_whose_database_fails_is_busy_and_keeps_its_logs_free_of_contents(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = RegionPlace.make(tmp_path)
    with served(place) as address, Line(place.server, address) as line:
        place.url = line.url
        a = place.first()
        assert a.sync().failure is None
        a.register({"names": "Ñunkuí Inventada"})
        before = view(a).waiting_changes
        engine = open_engine(f"sqlite:///{place.server.database}")
        with engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE log RENAME TO lost")
        assert a.sync().failure == "server_busy"
        nothing_left(a, before)
        with engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE lost RENAME TO log")
        engine.dispose()
        (sent,) = [one.body for one in line.heard if one.path.endswith("/x")][-1:]
        assert repr(sent[-40:])[2:-1] not in caplog.text
        assert a.sync().failure is None
        a.laptop.close()
