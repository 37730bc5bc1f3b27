"""Bugs in the own lane: scans that are called sent, or never come."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager
from typing import Any

from sync.client import stick_blobs
from sync.client.lane_asks import BlobUp
from sync.client.pieces import Pieces
from sync.protocol.lane import BlobState
from sync.server import lane
from tests.simulation.swapped import swapped

__all__ = ["cut_scan_is_whole", "scan_called_sent", "scans_stay_on_the_stick"]


def scan_called_sent() -> AbstractContextManager[None]:
    """A scan counts as sent as soon as its first piece is."""

    def broken(real: Any) -> Any:
        def up(self: Pieces, blob: Any) -> Generator[Any, Any, bool]:
            steps = real(self, blob)
            answer: Any = None
            while True:
                try:
                    ask = steps.send(answer)
                except StopIteration as end:
                    return bool(end.value)
                answer = yield ask
                if isinstance(ask, BlobUp):
                    return True

        return up

    return swapped(Pieces, "up", broken)


@contextlib.contextmanager
def cut_scan_is_whole() -> Iterator[None]:
    """What the server holds of a scan that was cut is taken for all of it, there and here."""

    def given(real: Any) -> Any:
        def give_piece(store: Any, centre: bytes, request: Any) -> Any:
            if store.blobs.blob(centre, request.name) is None:
                return real(store, centre, request)
            return store.blobs.read(centre, request.name, request.start, request.most)

        return give_piece

    with (
        swapped(BlobState, "is_whole", lambda _real: property(lambda _self: True)),
        swapped(lane, "give_piece", given),
    ):
        yield


def scans_stay_on_the_stick() -> AbstractContextManager[None]:
    """A laptop takes no scan from a stick."""

    def broken(_real: Any) -> Any:
        def take_in(*_: Any) -> Generator[Any, Any, None]:
            yield from ()

        return take_in

    return swapped(stick_blobs, "_take_in", broken)
