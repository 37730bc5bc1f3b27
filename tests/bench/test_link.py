"""The link of the bench: its rate, its delay, what it loses and what a cut does."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
from collections.abc import AsyncIterator, Callable

import pytest

from bench.sync.links import HEADER_BYTES, OPEN, SEGMENT_BYTES, Link
from bench.sync.proxy import WINDOW_BYTES, Proxy

SLOW = Link("slow", bits_per_second=64_000, round_trip_seconds=0.6)
LOSSY = Link("lossy", bits_per_second=8_000_000, round_trip_seconds=0.02, loss=0.3)
QUICK = Link("quick", bits_per_second=8_000_000, round_trip_seconds=0.02)
NEVER = Link("never", bits_per_second=1, round_trip_seconds=3_600)
SECONDS = (SEGMENT_BYTES + HEADER_BYTES) * 8 / SLOW.bits_per_second


def _proxy(link: Link, seed: int = 1) -> Proxy:
    proxy = Proxy(0, random.Random(seed))
    proxy._link = link  # only what it draws is asked: there is no loop
    return proxy


def test_a_segment_takes_its_bits_and_half_a_round_trip() -> None:
    proxy = _proxy(SLOW)

    assert proxy.arrival("up", SEGMENT_BYTES, 10.0, 0) == pytest.approx(10 + SECONDS + 0.3)


def test_segments_of_one_direction_wait_for_each_other_and_not_for_the_other_direction() -> None:
    proxy = _proxy(SLOW)
    ups = [proxy.arrival("up", SEGMENT_BYTES, 10.0, 0) for _ in range(3)]
    down = proxy.arrival("down", SEGMENT_BYTES, 10.0, 0)

    assert ups == pytest.approx([10 + n * SECONDS + 0.3 for n in (1, 2, 3)])
    assert down == pytest.approx(10 + SECONDS + 0.3)


def test_a_link_that_rested_is_free_at_once() -> None:
    proxy = _proxy(SLOW)
    proxy.arrival("up", SEGMENT_BYTES, 10.0, 0)

    assert proxy.arrival("up", SEGMENT_BYTES, 60.0, 0) == pytest.approx(60 + SECONDS + 0.3)


class _Draws(random.Random):
    """Chance that is known beforehand."""

    def __init__(self, *draws: float) -> None:
        super().__init__()
        self.draws = list(draws)

    def random(self) -> float:
        return self.draws.pop(0)


@pytest.mark.parametrize(("following", "late"), [(3, 0.6), (2, 1.2)])
def test_a_lost_segment_comes_a_round_trip_later_and_at_the_tail_a_timer_later(
    following: int, late: float
) -> None:
    proxy = Proxy(0, _Draws(0.0, 0.9))
    proxy._link = Link("lossy", 64_000, 0.6, loss=0.02)

    at = proxy.arrival("up", SEGMENT_BYTES, 10.0, following)

    assert at == pytest.approx(10 + 2 * SECONDS + 0.3 + late)
    assert (proxy.counters.segments, proxy.counters.lost) == (1, 1)


def test_a_connection_begins_after_a_round_trip_and_a_second_for_each_lost_handshake() -> None:
    proxy = Proxy(0, _Draws(0.01, 0.5))
    proxy._link = Link("lossy", 64_000, 0.6, loss=0.02)

    assert proxy.handshake_seconds() == pytest.approx(1.6)


@contextlib.asynccontextmanager
async def _through(link: Link, seed: int = 1) -> AsyncIterator[tuple[Proxy, list[bytes]]]:
    """A server that sends back what it hears, behind the link."""
    heard: list[bytes] = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while content := await reader.read(65_536):
                heard.append(content)
                writer.write(content)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    proxy = Proxy(server.sockets[0].getsockname()[1], random.Random(seed))
    await proxy.start()
    proxy.use(link)
    try:
        yield proxy, heard
    finally:
        await proxy.close()
        server.close()


async def _until(holds: Callable[[], bool]) -> None:
    """Wait until the link has met whom it was connected to, which may be later than he thinks."""
    while not holds():  # noqa: ASYNC110  # the link has no word to say of it
        await asyncio.sleep(0)


async def _talk(proxy: Proxy, content: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(content)
    answer = await reader.readexactly(len(content))
    writer.close()
    return answer


@pytest.mark.parametrize("link", [OPEN, QUICK, LOSSY], ids=lambda link: link.name)
def test_what_goes_in_comes_out_the_same_and_is_counted(link: Link) -> None:
    size = 30_000 if link is LOSSY else 100_000
    content = random.Random(3).randbytes(size)

    async def run() -> tuple[bytes, Proxy]:
        async with _through(link) as (proxy, _):
            return await _talk(proxy, content), proxy

    answer, proxy = asyncio.run(run())

    assert answer == content
    assert (proxy.counters.up, proxy.counters.down) == (size, size)
    assert proxy.counters.connections == 1
    assert (proxy.counters.lost > 0) == (link is LOSSY)


def test_bytes_take_at_least_the_lines_time() -> None:
    link = Link("thin", bits_per_second=800_000, round_trip_seconds=0.1)
    size = 30_000

    async def run() -> float:
        async with _through(link) as (proxy, _):
            began = asyncio.get_running_loop().time()
            await _talk(proxy, bytes(size))
            return asyncio.get_running_loop().time() - began

    # The handshake, the way there and back, and the line's time once: back overlaps with there.
    assert asyncio.run(run()) >= 0.1 + 0.1 + size * 8 / link.bits_per_second


def test_requests_of_http_are_counted_and_so_are_the_turns_of_the_talk() -> None:
    async def run() -> Proxy:
        async with _through(OPEN) as (proxy, _):
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            for _ in range(3):
                request = b"POST /v2/x HTTP/1.1\r\nContent-Length: 0\r\n\r\n"
                writer.write(request)
                await reader.readexactly(len(request))
            writer.close()
            return proxy

    counters = asyncio.run(run()).counters

    assert (counters.requests, counters.turns) == (3, 3)


def test_a_cut_resets_every_connection_and_what_was_on_the_way_never_arrives() -> None:
    async def run() -> tuple[list[bytes], bytes | Exception]:
        async with _through(NEVER) as (proxy, heard):
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(b"lost")
            await _until(lambda: any(one.tasks for one in proxy._connections))
            proxy.cut()
            try:
                return heard, await reader.read()
            except ConnectionError as fault:
                return heard, fault

    heard, ended = asyncio.run(run())

    assert heard == []
    assert isinstance(ended, ConnectionError) or ended == b""


def test_a_cut_while_the_far_end_is_being_reached_is_no_fault_of_the_link() -> None:
    async def run() -> tuple[list[str], bytes | Exception]:
        faults: list[str] = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: faults.append(str(context.get("exception", context["message"])))
        )
        async with _through(NEVER) as (proxy, _):
            reader, _writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            await _until(lambda: proxy.counters.connections == 1)
            proxy.cut()
            ended: bytes | Exception
            try:
                ended = await reader.read()
            except ConnectionError as fault:
                ended = fault
            await _until(lambda: not proxy._accepted)
        gc.collect()  # a task that failed is told of when it goes
        return faults, ended

    faults, ended = asyncio.run(run())

    assert faults == []
    assert isinstance(ended, ConnectionError) or ended == b""


def test_a_link_is_cut_again_and_again() -> None:
    link = Link("cut", 8_000_000, 0.002, cut_seconds=0.05)

    async def run() -> int:
        async with _through(link) as (proxy, _):
            for _ in range(2):
                reader, _writer = await asyncio.open_connection("127.0.0.1", proxy.port)
                with contextlib.suppress(ConnectionError):
                    await reader.read()
            return proxy.counters.cuts

    assert asyncio.run(run()) >= 2


def test_a_sender_is_held_up_once_the_window_is_full() -> None:
    async def run() -> int:
        async with _through(NEVER) as (proxy, _):
            proxy.handshake_seconds = lambda: 0.0  # type: ignore[method-assign]
            _, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
            writer.write(bytes(8_000_000))
            await _until(lambda: proxy.counters.segments > 0)
            # What the sockets and the window do not take stays with whoever sends.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(writer.drain(), 0.5)
            taken = proxy.counters.segments * SEGMENT_BYTES
            writer.transport.abort()
            return taken

    assert 0 < asyncio.run(run()) <= WINDOW_BYTES + SEGMENT_BYTES
