"""Bugs in the own lane: scans that are called sent, or never come."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager
from typing import Any

from sync.client import stick_blobs
from sync.client.lane_asks import BlobUp
from sync.client.pieces import Pieces
from sync.protocol.lane import BlobState
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


def cut_scan_is_whole() -> AbstractContextManager[None]:
    """What the server holds of a scan that was cut is taken for all of it."""
    return swapped(BlobState, "is_whole", lambda _real: property(lambda _self: True))


def scans_stay_on_the_stick() -> AbstractContextManager[None]:
    """A laptop takes no scan from a stick."""

    def broken(_real: Any) -> Any:
        def take_in(*_: Any) -> Generator[Any, Any, None]:
            yield from ()

        return take_in

    return swapped(stick_blobs, "_take_in", broken)
