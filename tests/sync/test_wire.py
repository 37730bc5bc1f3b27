"""What somebody reads who listens between a laptop and the region: every byte of both directions."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.stations import RegionPlace, served

CASE = {"names": "Ñunkuí Inventada", "safe_phone": "999000777"}
STORY = "La persona usuaria refiere hechos inventados para esta prueba. " * 40
PROGRAMME = b"qispi"


class Listener:
    """Hands every byte on, both ways, and keeps it."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._region = (host, int(port))
        self.heard: list[bytes] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._door.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._open, daemon=True)]
        self._links: list[socket.socket] = []
        self._threads[0].start()

    def close(self) -> None:
        # Who waits in accept() wakes up when the door is shut, and not when it is closed alone.
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for one in tuple(self._threads):
            one.join(10)
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
            for source, target in ((near, far), (far, near)):
                one = threading.Thread(target=self._hand_on, args=(source, target), daemon=True)
                self._threads.append(one)
                one.start()

    def _hand_on(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while content := source.recv(65_536):
                self.heard.append(content)
                target.sendall(content)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return  # one of both hung up


@contextmanager
def listening(place: RegionPlace) -> Iterator[Listener]:
    with served(place) as address:
        made = Listener(address)
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
