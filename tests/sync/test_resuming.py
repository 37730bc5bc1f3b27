"""What was cut is gone on with, both ways, in this run and after the power went; and a request says
nothing but where it goes."""

from __future__ import annotations

import contextlib
import secrets
import select as readiness
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import SHUT_RDWR, SHUT_WR, create_connection, create_server

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.demo.actors import Typist
from app.services import replication
from sync.client.http_transport import SILENCE_SECONDS
from sync.client.line import BYTES_A_SECOND_MIN, Pace
from sync.client.unfinished import UNFINISHED, Unfinished, unfinished_of
from sync.protocol import limits
from sync.protocol.codec import decode
from sync.protocol.compact import HaveReply
from sync.server.identity import ServerFiles
from sync.server.schema import partial
from sync.server.sql_store import open_engine
from tests.support.door import Ticks
from tests.support.line import Fault, Line, Passing
from tests.support.stations import RegionPlace, impatient, open_again, served, view

BIG = 100_000
"""Bytes of chance in a batch, about: more than a thin link carries between two cuts."""


def write_much(typist: Typist) -> None:
    for _ in range(3):
        text = "".join(chr(0x4E00 + secrets.randbelow(0x5000)) for _ in range(19_000))
        typist.register({"names": "Inventada", "relato": text})
    typist.run(
        lambda uow: replication.seal_pending(uow, typist.laptop.desk, typist.laptop.envelope)
    )


def paths(line: Line) -> list[str]:
    return [one.path.rsplit("/", 1)[1] for one in line.heard]


def cut_up(share: float, times: int = 1) -> Fault:
    """The line breaks while the request goes up, so many times; the region keeps what came."""
    left = [None] * times

    def fault(passing: Passing) -> None:
        if not left:
            passing.answer(passing.hand_on())
            return
        left.pop()
        address, _, port = passing.line.region_address.partition(":")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(create_connection((address, int(port)))) as link:
            head = f"POST {passing.path} HTTP/1.1\r\nHost: x\r\nContent-Length: "
            body = passing.body[: int(len(passing.body) * share)]
            link.sendall(f"{head}{len(passing.body)}\r\n\r\n".encode() + body)
            # Hang up so that nothing which was sent is lost.
            link.shutdown(SHUT_WR)
            with contextlib.suppress(OSError):
                while link.recv(4_096):
                    pass
        passing.hang_up()

    return fault


def cut_down(share: float, times: int = 1) -> Fault:
    """The line breaks in the answer, so many times."""
    left = [None] * times

    def fault(passing: Passing) -> None:
        said = passing.hand_on()
        if not left:
            passing.answer(said)
            return
        left.pop()
        passing.answer(said, only=int(len(said.body) * share))
        passing.hang_up()

    return fault


def exchanged(line: Line) -> list[int]:
    return [len(one.body) for one in line.heard if one.path.endswith("/x")]


def region_keeps(region: RegionPlace) -> int:
    """Wait until the region's server noticed that a request broke off, and kept what came; return
    how many bytes: all that it had read when the line broke, which is the machine's affair."""
    engine = open_engine(f"sqlite:///{region.server.database}")
    wanted = select(func.sum(func.length(partial.c.content)))
    over, pause = time.monotonic() + 60, threading.Event()
    with engine.connect() as connection:
        while (kept := connection.scalar(wanted)) is None:
            assert time.monotonic() < over
            connection.rollback()
            pause.wait(0.01)
    engine.dispose()
    return int(kept)


def test_what_was_cut_on_its_way_up_is_gone_on_with_in_the_next_run(
    region: RegionPlace, pair: tuple[Typist, Typist], line: Line
) -> None:
    a, b = pair
    a.sync()
    write_much(a)
    line.heard.clear()
    with line.faulty(cut_up(0.6), "x"):
        assert a.sync().failure == "server_unreachable"
    (whole,) = exchanged(line)
    kept = region_keeps(region)
    assert kept > 4_096
    line.heard.clear()
    report = a.sync()
    assert report.failure is None
    assert paths(line) == ["have", "x"]
    (size,) = exchanged(line)
    assert size < whole - kept + 1_000
    assert report.batches_sent >= 1
    b.sync()
    a.sync()
    assert a.digest() == b.digest()


def test_a_retry_within_a_run_goes_on_and_counts_anew_when_it_brought_something(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    a, _ = pair
    a.sync()
    write_much(a)
    runs = impatient(a.laptop, tries=2).workplace.sync
    line.heard.clear()
    reports = []
    with line.faulty(cut_up(0.3, times=5), "x"):
        runs.sync_now(lambda _: None, reports.append)
    assert reports[0].failure is None
    sizes = exchanged(line)
    assert len(sizes) == 6
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[1] < sizes[0], "what came is not sent again"
    assert sizes[-1] < 0.6 * sizes[0]


def test_what_the_region_has_already_is_asked_for_by_name_alone(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    """It took the batch, and its answer was lost: only the receipt is wanted."""
    a, _ = pair
    a.sync()
    write_much(a)
    with line.faulty(cut_down(0.0), "x"):
        assert a.sync().failure == "answer_cut"
    line.heard.clear()
    assert a.sync().failure is None
    assert paths(line) == ["have", "x"]
    assert exchanged(line)[0] < 200
    assert view(a).waiting_changes == 0


def test_a_region_that_answers_more_than_it_was_asked_is_left(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    a, _ = pair
    a.sync()
    write_much(a)

    def too_many(passing: Passing) -> None:
        said = passing.hand_on()
        held = decode(HaveReply, said.body).held
        body = bytes([0x91, 0x90 + len(held) + 1]) + bytes(len(held) + 1)
        passing.answer(type(said)(said.status, said.kind, body))

    with line.faulty(too_many, "have"):
        assert a.sync().failure == "answer_not_ours"
    assert a.sync().failure is None


def test_what_was_cut_on_its_way_down_survives_the_power_and_is_not_sent_again(
    region: RegionPlace, line: Line
) -> None:
    a = region.first()
    folder = region.new_folder()
    b = region.joining_at(a, folder)
    b.sync()
    write_much(a)
    a.sync()
    with line.faulty(cut_down(0.6, times=9), "x"):
        assert b.sync().failure == "answer_cut"
    kept = b.run(unfinished_of)
    assert kept is not None
    assert len(kept.content) > 0.55 * kept.size
    b.laptop.close()

    b = impatient(open_again(folder))
    line.heard.clear()
    report = b.sync()
    assert report.failure is None
    assert report.bytes_down < 0.45 * BIG + 4_000
    assert b.run(unfinished_of) is None
    a.sync()
    assert a.digest() == b.digest()
    for one in (a, b):
        one.laptop.close()


@pytest.mark.parametrize(
    "other",
    [
        lambda kept: Unfinished(b"\x01" * 16, kept.position, kept.chain, kept.size, kept.content),
        lambda kept: Unfinished(
            kept.log_id, kept.position + 1, kept.chain, kept.size, kept.content
        ),
        lambda kept: Unfinished(kept.log_id, kept.position, bytes(32), kept.size, kept.content),
        lambda kept: Unfinished(
            kept.log_id, kept.position, kept.chain, kept.size, bytes(len(kept.content))
        ),
    ],
    ids=["another log", "another position", "another chain", "other bytes"],
)
def test_what_is_kept_and_fits_no_more_is_dropped_and_nothing_is_lost(
    pair: tuple[Typist, Typist], line: Line, other
) -> None:
    a, b = pair
    b.sync()
    write_much(a)
    a.sync()
    with line.faulty(cut_down(0.6, times=9), "x"):
        assert b.sync().failure == "answer_cut"

    def spoil(uow) -> None:
        kept = unfinished_of(uow)
        assert kept is not None
        uow.local.put(UNFINISHED, other(kept).to_bytes())
        uow.commit()

    b.run(spoil)
    assert b.sync().failure is None
    assert b.run(unfinished_of) is None
    a.sync()
    assert a.digest() == b.digest()


@given(st.binary(max_size=200) | st.builds(lambda n: bytes(n), st.integers(0, 200)))
def test_whatever_lies_where_a_cut_entry_is_kept_is_read_or_is_nothing(stored: bytes) -> None:
    kept = Unfinished.from_bytes(stored)
    if kept is not None:
        assert kept.to_bytes() == stored
        assert 0 < len(kept.content) < kept.size <= limits.BATCH_MAX


def test_more_than_a_batch_is_never_read_back() -> None:
    whole = Unfinished(bytes(16), 1, bytes(32), limits.BATCH_MAX, bytes(limits.BATCH_MAX - 1))
    assert Unfinished.from_bytes(whole.to_bytes()) == whole
    assert Unfinished.from_bytes(whole.to_bytes() + b"\0") is None


# --- what travels, to the byte -------------------------------------------------------------------


@contextmanager
def overheard(identity: ServerFiles, region_address: str) -> Iterator[tuple[str, list[bytes]]]:
    """A socket between laptop and region that writes down what comes up; give its address."""
    up: list[bytes] = []
    server = create_server(("127.0.0.1", 0))
    inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    inside.load_cert_chain(identity.tls_certificate, identity.tls_key)
    outside = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    outside.check_hostname, outside.verify_mode = False, ssl.CERT_NONE
    host, _, port = region_address.partition(":")

    def pass_on(near: ssl.SSLSocket, far: ssl.SSLSocket) -> None:
        # One thread for both ways: what two threads do with one TLS connection is undefined.
        ways = {near: far, far: near}
        for one in ways:
            one.setblocking(False)
        while True:
            for source in [one for one in ways if one.pending()] or readiness.select(ways, (), ())[
                0
            ]:
                try:
                    piece = source.recv(65_536)
                except ssl.SSLWantReadError:
                    continue  # a record of TLS itself, or half of one
                except OSError:
                    return  # one of the two hung up
                if not piece:
                    return
                if source is near:
                    up.append(piece)
                ways[source].setblocking(True)
                ways[source].sendall(piece)
                ways[source].setblocking(False)

    def serve() -> None:
        while True:
            try:
                near, _ = server.accept()
            except OSError:
                return
            with (
                inside.wrap_socket(near, server_side=True) as link,
                outside.wrap_socket(create_connection((host, int(port)))) as far,
            ):
                pass_on(link, far)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.getsockname()[1]}", up
    finally:
        server.shutdown(SHUT_RDWR)
        server.close()
        thread.join()


def test_a_quiet_synchronisation_is_one_request_of_less_than_120_bytes(tmp_path: Path) -> None:
    place = RegionPlace.make(tmp_path)
    with served(place) as address, overheard(place.server, address) as (url, up):
        place.url = url
        a = place.first()
        a.register({"names": "Inventada"})
        assert a.sync().failure is None
        up.clear()
        report = a.sync()
        assert report.failure is None
        said = b"".join(up)
        head, _, body = said.partition(b"\r\n\r\n")
        request, *headers = head.split(b"\r\n")
        assert request == b"POST /v2/x HTTP/1.1"
        assert sorted(one.split(b":")[0].lower() for one in headers) == [b"content-length", b"host"]
        assert report.bytes_up == len(said)
        host = url.removeprefix("https://").encode()
        usual = b"sync.region.example.pe"
        assert len(said.replace(host, usual)) <= 120
        assert len(body) <= 16 + 4 + 1 + 9 + 18
        a.laptop.close()


def test_an_answer_that_drips_ends_when_its_time_is_more_than_its_bytes_allow() -> None:
    ticks, counted = Ticks(), []
    pace = Pace(lambda up, down: counted.append((up, down)), ticks, SILENCE_SECONDS)
    pace.begin()
    for _ in range(89):
        ticks.now += 1
        pace.moved(0, 1)
    ticks.now += 3
    with pytest.raises(TimeoutError):
        pace.moved(0, 1)
    pace.begin()
    for _ in range(1_000):
        ticks.now += 1
        pace.moved(0, BYTES_A_SECOND_MIN)
    assert sum(down for _, down in counted) == 90 + 1_000 * BYTES_A_SECOND_MIN
