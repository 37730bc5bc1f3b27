"""One laptop that does nothing but synchronise, in a process to be killed at any moment.

Says on a pipe, a line of JSON each, what it holds when it opened (``held``), which
step it is in (``step``), when its storage thread works (``storage``), and what it holds at last.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, TypeVar

from app.bootstrap import workplace_of
from app.clock import SystemClock
from app.ids import SystemIds
from app.laptop import Laptop
from app.opening import open_laptop
from app.services.ports import UnitOfWork
from app.services.read_models import SyncProgress, SyncReport, SyncStep
from app.services.workplace import SyncControl
from bench.sync.laptop import PASSPHRASE, ThreeThreads
from bench.sync.orders import RETRY_SECONDS

__all__ = ["held_of", "synchronise"]

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


@dataclass(frozen=True, slots=True)
class _Voice:
    """Where it is told how far it is."""

    pipe: int

    def __call__(self, **what: Any) -> None:
        # One write a line: a kill cuts no short line in two, and nothing waits in a buffer.
        os.write(self.pipe, (json.dumps(what) + "\n").encode())


@dataclass(slots=True)
class _Heard(ThreeThreads):
    """The three threads, and when the one of the storage is at work."""

    say: Callable[..., None] = print

    def on_storage_thread(self, work: Callable[[], T]) -> Future[T]:
        """Queue work on the storage thread; say when it begins and ends."""

        def heard() -> T:
            self.say(storage=True)
            try:
                return work()
            finally:
                self.say(storage=False)

        return ThreeThreads.on_storage_thread(self, heard)


def synchronise(folder: Path, pipe: Connection) -> None:
    """Open the laptop of a folder, synchronise until a run ends well, and close it."""
    # That a broken link is tried again is what is wanted here, and no news.
    logging.getLogger("stamina").setLevel(logging.ERROR)
    say = _Voice(pipe.fileno())
    clock = SystemClock()
    threads = _Heard(say=say)

    def opened() -> Laptop:
        return open_laptop(folder, PASSPHRASE, clock, SystemIds(clock))

    laptop = ThreeThreads.on_storage_thread(threads, opened).result()

    def held() -> dict[str, Any]:
        with laptop.store.unit() as uow:
            return held_of(uow)

    control = workplace_of(laptop, threads).sync
    say(held=ThreeThreads.on_storage_thread(threads, held).result())
    while not _ran(control, threads):
        time.sleep(RETRY_SECONDS)
    say(over=True)
    say(held=ThreeThreads.on_storage_thread(threads, held).result())
    ThreeThreads.on_storage_thread(threads, laptop.close).result()
    threads.close()


@dataclass(slots=True)
class _Steps:
    """Says where a run is: the program calls it sending from the offer to the end of the answer,
    and connecting until the first byte of one."""

    say: Callable[..., None]
    step: SyncStep | None = None
    down: int = 0

    def hear(self, told: SyncProgress) -> None:
        """Take in what the program says of its progress."""
        if told.step is not self.step:
            self.step, self.down = told.step, told.down
        place = told.step.value
        if told.step is SyncStep.CONNECT and told.up:
            place = SyncStep.SEND.value
        if told.step is SyncStep.SEND and told.down > self.down:
            place = "answer"
        self.say(step=place)


def _ran(control: SyncControl, threads: _Heard) -> bool:
    reports: list[SyncReport] = []
    threads.say(step="start")
    control.sync_now(_Steps(threads.say).hear, reports.append)
    threads.until(lambda: bool(reports), _FOREVER, lambda: None)
    threads.say(step="between tries", failure=reports[0].failure)
    return reports[0].failure is None
