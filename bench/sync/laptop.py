"""One laptop of ours in a process of its own: the program's folder, keys, threads and transport,
without its window. Obeys orders: ``python -m bench.sync.laptop FOLDER``.
"""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import click

from app.bootstrap import workplace_of
from app.clock import LIMA, SystemClock
from app.domain.change import RecordId
from app.domain.records import Kind
from app.ids import SystemIds
from app.laptop import Laptop
from app.opening import open_laptop
from app.services import casework, forms
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.read_models import SyncProgress, SyncReport
from app.services.workplace import Workplace
from bench.memory import forget_peak, peak_mb
from bench.sync.invented import BY_OPENING, SECONDS_A_CASE
from bench.sync.orders import RETRY_SECONDS, obey
from bench.sync.work import Edit, Plain, read_work

__all__ = ["PASSPHRASE", "ThreeThreads", "write_case"]

T = TypeVar("T")

PASSPHRASE: Final = "cinco palabras inventadas de la medida"

SECONDS_AN_EDIT: Final = 330
"""From one edit to the next."""


@dataclass(slots=True)
class _PacedClock:
    """The machine's clock, put back to when the work began and on with every case."""

    ahead_ms: int = 0

    def now_ms(self) -> int:
        return SystemClock().now_ms() + self.ahead_ms

    def today(self) -> date:
        return datetime.fromtimestamp(self.now_ms() / 1000, LIMA).date()

    def zone(self) -> ZoneInfo:
        return LIMA


@dataclass(slots=True)
class ThreeThreads:
    """:class:`app.services.workplace.Threads` as the window has them; the caller's own thread is
    the first and runs what was posted while it waits in :meth:`until`.

    ``storage_seconds`` is how long the storage thread was at work.
    """

    storage_seconds: float = 0.0
    _storage: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _network: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _posted: queue.SimpleQueue[Callable[[], None]] = field(default_factory=queue.SimpleQueue)

    def on_storage_thread(self, work: Callable[[], T]) -> Future[T]:
        """Queue work on the storage thread and return the future of its answer."""

        def timed() -> T:
            began = time.perf_counter()
            try:
                return work()
            finally:
                self.storage_seconds += time.perf_counter() - began

        return self._storage.submit(timed)

    def on_network(self, work: Callable[[], None]) -> None:
        """Queue work on the network thread."""
        self._network.submit(work)

    def post(self, work: Callable[[], None]) -> None:
        """Run work on the caller's thread."""
        self._posted.put(work)

    def until(self, is_over: Callable[[], bool], at: float, late: Callable[[], None]) -> None:
        """Run what is posted until it is over; when the monotonic counter passes ``at``, call
        ``late`` once."""
        while not is_over():
            left = at - time.perf_counter()
            try:
                self._posted.get(timeout=max(0.0, min(left, 3_600.0)))()
            except queue.Empty:
                late()
                at = float("inf")

    def close(self) -> None:
        """Let the threads go."""
        self._network.shutdown()
        self._storage.shutdown()


def write_case(uow: UnitOfWork, desk: Desk, case: Mapping[str, Plain]) -> RecordId:
    """Register a case through the use cases: opened, then its ficha filled in. Commits."""
    case_id = casework.open_case(uow, desk)
    form = desk.definitions.form(forms.FICHA)
    held = uow.records.fields(case_id)
    records = {Kind.CASE: case_id} | {
        kind: RecordId(str(held[kind].value)) for kind in (Kind.SURVIVOR, Kind.ALLEGED_PERPETRATOR)
    }
    typed = {}
    for name, value in case.items():
        if name in BY_OPENING or value == "":
            continue
        definition = form.get(name)
        assert definition is not None, name
        key = FieldKey(definition.kind, records[definition.kind], definition.field)
        typed[key] = forms.stored_form(definition, value)
    forms.change_fields(uow, desk, typed)
    uow.commit()
    return case_id


class _Bench:
    """A laptop, and what the bench orders it to do."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads = ThreeThreads()
        self._clock = _PacedClock()
        self._laptop = self._here(self._opened)
        self._workplace: Workplace = workplace_of(self._laptop, self._threads)

    def orders(self) -> dict[str, Callable[..., dict[str, Any]]]:
        return {
            "cases": self.cases,
            "edits": self.edits,
            "typed": self.typed,
            "sync": self.sync,
            "held": self.held,
            "forget_peak": self.forget_peak,
        }

    def cases(self, path: str) -> dict[str, Any]:
        """Register the cases, the last of them some days ago; return their ids."""
        work = read_work(Path(path))
        self._clock.ahead_ms = -(len(work.cases) + len(work.edits)) * SECONDS_A_CASE * 1000
        made = []
        for case in work.cases:
            self._clock.ahead_ms += SECONDS_A_CASE * 1000
            made.append(self._in_a_unit(partial(write_case, desk=self._laptop.desk, case=case)))
        return {"ids": made}

    def edits(self, path: str, ids: list[str]) -> dict[str, Any]:
        """Type the edits of the cases with these ids, each as a field of the ficha."""
        work, desk = read_work(Path(path)), self._laptop.desk
        self._clock.ahead_ms = -len(work.edits) * SECONDS_AN_EDIT * 1000
        for one in work.edits:
            self._clock.ahead_ms += SECONDS_AN_EDIT * 1000
            case_id = RecordId(ids[one.case])

            def type_it(uow: UnitOfWork, edit: Edit = one, case_id: RecordId = case_id) -> object:
                return forms.set_field(uow, desk, forms.FICHA, case_id, edit.field, edit.value)

            self._in_a_unit(type_it)
        return {}

    def typed(self) -> dict[str, Any]:
        """Open a case with nothing in it, so that others hear from this laptop once."""
        self._in_a_unit(lambda uow: casework.open_case(uow, self._laptop.desk))
        return {}

    def sync(self, limit: float) -> dict[str, Any]:
        """Press *sincronizar ahora* until a run ends well; see :class:`bench.sync.contest`."""
        began, faults = time.perf_counter(), dict[str, int]()
        steps = dict[str, tuple[float, int]]()
        self._threads.storage_seconds = 0.0
        tries = changes = 0
        is_level = False
        while not is_level and time.perf_counter() - began < limit:
            tries += 1
            report = self._run(began + limit, began, steps)
            changes += report.changes_received
            is_level = report.failure is None
            if report.failure is not None:
                faults[report.failure] = faults.get(report.failure, 0) + 1
                time.sleep(RETRY_SECONDS)
        return {
            "seconds": time.perf_counter() - began,
            "is_level": is_level,
            "tries": tries,
            "faults": faults,
            "steps": steps,
            "changes": changes,
            "storage_seconds": self._threads.storage_seconds,
            "peak_mb": peak_mb(),
        }

    def held(self) -> dict[str, Any]:
        """Return the hash of all that this laptop holds."""
        digest = self._in_a_unit(lambda uow: uow.changes.digest())
        return {"digest": digest.hex()}

    def forget_peak(self) -> dict[str, Any]:
        """Forget the memory that unlocking took; return what is held now, in MB."""
        return {"held_mb": forget_peak()}

    def close(self) -> None:
        """Close the laptop."""
        self._here(self._laptop.close)
        self._threads.close()

    def _opened(self) -> Laptop:
        return open_laptop(self._folder, PASSPHRASE, self._clock, SystemIds(self._clock))

    def _run(self, at: float, began: float, steps: dict[str, tuple[float, int]]) -> SyncReport:
        reports: list[SyncReport] = []

        def note(progress: SyncProgress) -> None:
            steps.setdefault(progress.step.value, (time.perf_counter() - began, progress.up))

        control = self._workplace.sync
        control.sync_now(note, reports.append)
        self._threads.until(lambda: bool(reports), at, control.cancel)
        return reports[0]

    def _here(self, work: Callable[[], T]) -> T:
        return self._threads.on_storage_thread(work).result()

    def _in_a_unit(self, work: Callable[[UnitOfWork], T]) -> T:
        def in_a_unit() -> T:
            with self._laptop.store.unit() as uow:
                return work(uow)

        return self._here(in_a_unit)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def _main(folder: Path) -> None:
    bench = _Bench(folder)
    obey(bench.orders())
    bench.close()


if __name__ == "__main__":
    _main()
