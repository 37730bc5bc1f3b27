"""What somebody reads who listens between a laptop and the region: every byte of both directions; and
how much of it goes up at once."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.services import replication
from tests.support.stations import RegionPlace, impatient, served

CASE = {"names": "Ñunkuí Inventada", "safe_phone": "999000777"}
STORY = "La persona usuaria refiere hechos inventados para esta prueba. " * 40
PROGRAMME = b"qispi"
RECORD_MAX = 4_096 + 64
"""Of TLS, with what is around its content (RFC 8446, 5.2)."""

SLOW_BYTES = 8_192
SLOW_SECONDS = 0.04
"""A line that is thin takes so much, so often."""
SLOWER = (1, 8)
"""A machine that is too busy to move a byte for so long is asked again, more slowly in all."""


class Listener:
    """Hands every byte on, both ways, and keeps it; with ``slow_seconds`` what goes up slowly, and
    little of it waits here."""

    def __init__(self, address: str, *, slow_seconds: float = 0.0) -> None:
        host, _, port = address.rpartition(":")
        self._region = (host, int(port))
        self.slow_seconds = slow_seconds
        self.heard: list[bytes] = []
        self.up: list[bytearray] = []
        self.down: list[bytearray] = []
        """What went up, and what came down, of each connection."""
        self._pause = threading.Event()
        self._door = socket.socket()
        if slow_seconds:
            self._door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SLOW_BYTES)
        self._door.bind(("127.0.0.1", 0))
        self._door.listen(64)
        self.url = f"https://127.0.0.1:{self._door.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._open, daemon=True)]
        self._links: list[socket.socket] = []
        self._threads[0].start()

    def close(self) -> None:
        # Who waits in accept() wakes up when the door is shut, and not when it is closed alone.
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for one in tuple(self._threads):
            one.join(60)
        for one in self._links:
            one.close()

    def _open(self) -> None:
        while True:
            try:
                near, _ = self._door.accept()
            except OSError:
                return
            far = socket.create_connection(self._region)
            self._links += (near, far)
            up, down = bytearray(), bytearray()
            self.up.append(up)
            self.down.append(down)
            for source, target, kept in ((near, far, up), (far, near, down)):
                one = threading.Thread(
                    target=self._hand_on, args=(source, target, kept), daemon=True
                )
                self._threads.append(one)
                one.start()

    def _hand_on(self, source: socket.socket, target: socket.socket, kept: bytearray) -> None:
        is_thin = self.slow_seconds > 0 and any(kept is one for one in self.up)
        try:
            while content := source.recv(SLOW_BYTES if is_thin else 65_536):
                self.heard.append(content)
                kept += content
                if is_thin:
                    self._pause.wait(self.slow_seconds)
                target.sendall(content)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return  # one of both hung up


@contextmanager
def listening(place: RegionPlace, *, slow_seconds: float = 0.0) -> Iterator[Listener]:
    with served(place) as address:
        made = Listener(address, slow_seconds=slow_seconds)
        place.url = made.url
        try:
            yield made
        finally:
            made.close()


def test_who_listens_reads_neither_a_case_nor_what_the_program_is_called(tmp_path: Path) -> None:
    """(L9) Control: what is asked for in clear at the same door is read whole."""
    place = RegionPlace.make(tmp_path / "region")
    with listening(place) as listener:
        laptop = place.first()
        laptop.register({**CASE, "relato": STORY})
        report = laptop.sync()
        laptop.laptop.close()
        assert (report.failure, report.is_level) == (None, True)
        heard = b"".join(listener.heard)
        assert len(heard) > 2_000
        assert PROGRAMME not in heard.lower()
        for text in (*CASE.values(), STORY[:30]):
            for encoding in ("utf-8", "utf-16-le"):
                assert text.encode(encoding) not in heard

        with socket.create_connection(("127.0.0.1", int(listener.url.rpartition(":")[2]))) as link:
            link.sendall(b"GET / HTTP/1.1\r\nHost: Qispi\r\n\r\n" + CASE["names"].encode())
            link.shutdown(socket.SHUT_WR)
            while link.recv(4_096):
                pass
        assert PROGRAMME in b"".join(listener.heard).lower()
        assert CASE["names"].encode() in b"".join(listener.heard)


def records(stream: bytes) -> list[int]:
    """Return how long each record of TLS is that went one way."""
    sizes, at = [], 0
    while at + 5 <= len(stream):
        sizes.append(int.from_bytes(stream[at + 3 : at + 5], "big"))
        at += 5 + sizes[-1]
    return sizes


def write_a_day(laptop: Typist, texts: int) -> None:
    for number in range(texts):
        text = "".join(chr(0x4E00 + secrets.randbelow(0x5000)) for _ in range(19_000))
        laptop.register({"names": f"Inventada {number}", "relato": text})
    laptop.run(
        lambda uow: replication.seal_pending(uow, laptop.laptop.desk, laptop.laptop.envelope)
    )


def test_a_line_that_breaks_makes_four_kilobytes_unreadable_at_most(tmp_path: Path) -> None:
    """A record of TLS that came in part cannot be opened: the region keeps what came up before it,
    and the laptop what came down."""
    place = RegionPlace.make(tmp_path / "region")
    with listening(place) as listener:
        laptop, other = place.pair()
        write_a_day(laptop, 3)
        for one in (laptop, other):
            assert one.sync().failure is None
            one.laptop.close()
        for streams in (listener.up, listener.down):
            sizes = [size for stream in streams for size in records(bytes(stream))]
            assert sum(sizes) > 100_000
            assert max(sizes) <= RECORD_MAX


@pytest.mark.timeout(300)
def test_a_line_on_which_bytes_move_is_not_silent_however_long_they_take(tmp_path: Path) -> None:
    """Control: the whole took longer than the silence that ends a request."""
    for times in SLOWER:
        place = RegionPlace.make(tmp_path / f"region {times}")
        with listening(place, slow_seconds=SLOW_SECONDS * times) as listener:
            laptop = place.first()
            write_a_day(laptop, 12)
            patient_for = 1.4 * times
            began = time.monotonic()
            report = impatient(laptop.laptop, silence_seconds=patient_for).sync()
            took = time.monotonic() - began
            laptop.laptop.close()
            went = (report.failure, report.is_level, len(listener.up))
        if went == (None, True, 1):
            break
    assert went == (None, True, 1), "nothing was begun anew"
    assert took > patient_for
