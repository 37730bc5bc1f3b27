"""One laptop that does nothing but synchronise, to be killed at any moment:
``python -m bench.sync.syncing FOLDER``.

Says on its standard output, a line of JSON each, what it holds when it opened (``held``), which
step it is in (``step``), when its storage thread works (``storage``), and what it holds at last.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from app.bootstrap import workplace_of
from app.clock import SystemClock
from app.ids import SystemIds
from app.laptop import Laptop, open_laptop
from app.services.ports import UnitOfWork
from app.services.read_models import SyncProgress, SyncReport
from bench.sync.laptop import PASSPHRASE, ThreeThreads
from bench.sync.orders import RETRY_SECONDS

__all__ = ["held_of"]

T = TypeVar("T")

_FOREVER: Final = float("inf")


def held_of(uow: UnitOfWork) -> dict[str, Any]:
    """Return what this laptop knows to stand in the region's log, and what waits."""
    seen, receipts = {}, []
    for name in uow.batches.ids():
        stored = uow.batches.get(name)
        if stored is not None and stored.position is not None:
            seen[name.hex()] = stored.position
        receipts += [
            [one.batch.hex(), one.log_id.hex(), one.position, one.chain.hex(), one.signature.hex()]
            for one in uow.receipts.of_batch(name)
        ]
    cursor = uow.batches.cursor()
    return {
        "seen": seen,
        "receipts": receipts,
        "broken": uow.receipts.broken(),
        "waiting": uow.batches.waiting()[0],
        "unsealed": len(uow.changes.pending(1)),
        "position": cursor.position if cursor else 0,
    }


@dataclass(slots=True)
class _Heard(ThreeThreads):
    """The three threads, and when the one of the storage is at work."""

    def on_storage_thread(self, work: Callable[[], T]) -> Future[T]:
        """Queue work on the storage thread; say when it begins and ends."""

        def heard() -> T:
            _say(storage=True)
            try:
                return work()
            finally:
                _say(storage=False)

        return ThreeThreads.on_storage_thread(self, heard)


def _say(**what: Any) -> None:
    # One write a line: a kill cuts no line in two, and nothing waits in a buffer.
    os.write(1, (json.dumps(what) + "\n").encode())


def _main() -> None:
    clock = SystemClock()
    threads = _Heard()

    def opened() -> Laptop:
        return open_laptop(Path(sys.argv[1]), PASSPHRASE, clock, SystemIds(clock))

    laptop = ThreeThreads.on_storage_thread(threads, opened).result()

    def held() -> dict[str, Any]:
        with laptop.store.unit() as uow:
            return held_of(uow)

    control = workplace_of(laptop, threads).sync
    _say(held=ThreeThreads.on_storage_thread(threads, held).result())
    while not _ran(control.sync_now, threads):
        time.sleep(RETRY_SECONDS)
    _say(over=True)
    _say(held=ThreeThreads.on_storage_thread(threads, held).result())
    ThreeThreads.on_storage_thread(threads, laptop.close).result()
    threads.close()


def _ran(
    sync_now: Callable[[Callable[[SyncProgress], None], Callable[[SyncReport], None]], None],
    threads: ThreeThreads,
) -> bool:
    reports: list[SyncReport] = []
    _say(step="start")
    sync_now(lambda said: _say(step=said.step.value), reports.append)
    threads.until(lambda: bool(reports), _FOREVER, lambda: None)
    _say(step="between", failure=reports[0].failure)
    return reports[0].failure is None


if __name__ == "__main__":
    _main()
