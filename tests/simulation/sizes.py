"""Small limits in a share of the seeds, so that what only large centres meet comes in small ones:
pages, portions, sweeps that go on, snapshots, and the log read backwards.

Drawn from a source of its own: a seed that has none of it does what it always did.
"""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, Final

from app.services import ledger, rebuild, replication, sealing, snapshot, sweep
from app.services.arrivals import Taken
from sync.client import beginning, folder, offer, stick_snapshots, unfinished
from sync.envelope.centre_blobs import CentreBlobs
from sync.server.sql_store import SqlStore
from tests.simulation.swapped import swapped

__all__ = ["Sizes"]

WITH_SMALL: Final = 0.3
NEVER: Final = -(1 << 30)

LIMITS: Final[tuple[tuple[Any, str, tuple[int, ...]], ...]] = (
    (offer, "AT_ONCE", (1, 2, 1_024)),
    (offer, "OFFERED_BYTES", (1, 5_000, 1 << 20)),
    (replication, "AT_ONCE", (1, 2, 60)),
    (replication, "BYTES_AT_ONCE", (1, 2_000, 1 << 20)),
    (replication, "WEIGHT_AT_ONCE", (1, 3_000, 16 << 20)),
    (sealing, "BATCH_BYTES_WANTED", (600, 1_500, 1 << 18)),
    (snapshot, "WORTH_BYTES", (1, 2_000, 8_000)),
    (snapshot, "PART", (1, 5, 2_000)),
    (folder, "PAGE_FILES", (1, 3, 64)),
    (rebuild, "CHANGES_AT_ONCE", (1, 10, 2_000)),
    (ledger, "FIELDS_AT_ONCE", (1, 3, 5_000)),
    (unfinished, "KEPT_MIN", (1, 4 << 10)),
)
"""What is swapped, and for what: each for one of these."""


class Sizes:
    """The limits of one run, and what came of them."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(f"{seed} sizes")
        self.are_small = chance.random() < WITH_SMALL
        self.met: Counter[str] = Counter()
        self._limits = [(owner, name, chance.choice(some)) for owner, name, some in LIMITS]
        self._wanted = chance.choice((1, 2_000, 20_000))
        self._rows = chance.choice((1, 3, 2_048))

    def wanted(self, asked: int) -> int:
        """Return how many bytes of batches an answer may hold."""
        return min(asked, self._wanted) if self.are_small else asked

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Let the limits hold for a while, and count what comes of them."""
        with contextlib.ExitStack() as held:
            for each in self._counting():
                held.enter_context(each)
            for owner, name, value in self._limits if self.are_small else ():
                held.enter_context(swapped(owner, name, lambda _real, value=value: value))  # type: ignore[misc]
            if self.are_small:
                # The small logs of a simulated centre are all worth it.
                for owner in (beginning, stick_snapshots):
                    held.enter_context(swapped(owner, "SPARES_MIN", lambda _real: NEVER))
                held.enter_context(swapped(snapshot, "HEAD_BYTES", lambda _real: 0))
                held.enter_context(swapped(SqlStore, "_page", self._page))
            yield

    def _page(self, real: Any) -> Any:
        """Return what chooses the entries of an answer: no more than so many."""

        def page(store: Any, wanted: Any, order: Any, centre: bytes, size: int, rows: int) -> Any:
            return real(store, wanted, order, centre, size, min(rows, self._rows))

        return page

    def _counting(self) -> Iterator[AbstractContextManager[None]]:
        def counted(
            owner: Any, name: str, what: str, if_so: Callable[..., bool]
        ) -> AbstractContextManager[None]:
            def count(real: Any) -> Any:
                def work(*given: Any, **named: Any) -> Any:
                    said = real(*given, **named)
                    self.met[what] += if_so(said, *given)
                    return said

                return work

            return swapped(owner, name, count)

        yield counted(replication, "_take_page", "portions", _has_rest)
        yield counted(replication, "retry_set_aside", "sweep gone on with", _goes_on)
        yield counted(replication, "take", "what waited left for later", _left_waiting)
        yield counted(CentreBlobs, "seal_snapshot", "snapshot made", _always)
        yield counted(snapshot, "finish", "begun from the region's snapshot", _always)
        yield counted(snapshot, "take_claim", "begun from a snapshot on a stick", _always)
        yield counted(snapshot, "take_behind", "read backwards", _always)
        yield counted(snapshot, "settle", "snapshot compared with the log", _always)


def _always(*_: Any) -> bool:
    return True


def _has_rest(done: int, _uow: Any, _desk: Any, _envelope: Any, arrived: Any, _page: Any) -> bool:
    return done < len(arrived)


def _goes_on(said: Taken | None, uow: Any, _desk: Any, _envelope: Any, mark: bytes) -> bool:
    return said is not None and sweep.sweep_of(uow, mark) is not None


def _left_waiting(said: Taken, *_: Any) -> bool:
    return said.has_more
