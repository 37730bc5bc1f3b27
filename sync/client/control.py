"""Synchronisation as the screens command it: one run at a time, on the network thread."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain.errors import QispiError
from app.logs import log_bug
from app.services import replication
from app.services.ports import Desk, Envelope, UnitOfWork
from app.services.read_models import SyncProgress, SyncReport
from app.services.workplace import Threads
from sync.client.engine import BUG, CANCELLED, Meter, run_session
from sync.client.folder import folder_session
from sync.client.keys import HeldKeys
from sync.client.requests import Ask, Exchanged
from sync.client.scheduler import next_attempt_ms
from sync.client.session import Outcome, sync_session
from sync.client.stick import Stick
from sync.client.transport import Counted, Transport
from sync.protocol.messages import ExchangeRequest, RosterReply, RosterRequest

__all__ = ["NotEnrolled", "SyncRuns"]

Progress = Callable[[SyncProgress], None]
Done = Callable[[SyncReport], None]
SessionOf = Callable[[Outcome], Generator[Ask, Any, object]]


@dataclass(slots=True)
class _Run:
    """A run that goes on or waits for the one before, and who wants to hear of it."""

    listeners: list[tuple[Progress, Done]]
    is_cancelled: bool = False


@dataclass(slots=True)
class SyncRuns:
    """:class:`app.services.workplace.SyncControl` for a laptop that belongs to a centre.

    ``open_unit`` is called on the storage thread, ``transport_of`` on the network thread, which
    does one run after the other.
    """

    desk: Desk
    envelope: Envelope
    keys: HeldKeys
    threads: Threads
    open_unit: Callable[[], UnitOfWork]
    transport_of: Callable[[Counted], Transport]
    _runs: dict[Path | None, _Run] = field(default_factory=dict)
    """By the folder of the stick; None is the network."""
    _failures: int = 0

    @property
    def is_enrolled(self) -> bool:
        """It is: there are keys."""
        return True

    def sync_now(self, on_progress: Progress, on_done: Done) -> None:
        """Synchronise with the region's server; a second call joins the run. GUI thread."""
        self._start(None, (on_progress, on_done), self._over_network)

    def sync_folder(self, folder: Path, on_progress: Progress, on_done: Done) -> None:
        """Exchange batches with a folder on a stick; behind a run that goes on. GUI thread."""
        self._start(folder, (on_progress, on_done), lambda run: self._over_folder(folder, run))

    def cancel(self) -> None:
        """Stop at the next safe point, and what waits behind, too."""
        for run in tuple(self._runs.values()):
            run.is_cancelled = True

    def _start(
        self,
        place: Path | None,
        listener: tuple[Progress, Done],
        work: Callable[[_Run], SyncReport],
    ) -> None:
        if (going := self._runs.get(place)) is not None:
            going.listeners.append(listener)
            return
        run = self._runs[place] = _Run([listener])
        try:
            self.threads.on_network(lambda: self._finish(place, _guarded(lambda: work(run))))
        except BaseException:
            # The thread takes no work any more: nobody would ever be told.
            del self._runs[place]
            raise

    def _finish(self, place: Path | None, report: SyncReport) -> None:
        def tell() -> None:
            for _, on_done in self._runs.pop(place).listeners:
                on_done(report)

        self.threads.post(tell)

    def _over_network(self, run: _Run) -> SyncReport:
        meter = Meter(self.desk.clock)
        transport = self.transport_of(meter.count)
        try:
            report = self._run(
                lambda outcome: sync_session(self.desk, self.envelope, self.keys, outcome),
                transport,
                meter,
                run,
                is_far=True,
            )
        finally:
            transport.close()
        return self._remember(report)

    def _over_folder(self, folder: Path, run: _Run) -> SyncReport:
        meter = Meter(self.desk.clock)
        stick = Stick(folder, meter.count)
        return self._run(
            lambda outcome: folder_session(self.desk, self.envelope, self.keys, stick, outcome),
            _NoWire(),
            meter,
            run,
        )

    def _run(
        self,
        session_of: SessionOf,
        transport: Transport,
        meter: Meter,
        run: _Run,
        *,
        is_far: bool = False,
    ) -> SyncReport:
        return run_session(
            session_of,
            transport=transport,
            store=self._store,
            meter=meter,
            on_progress=lambda progress: self._tell_progress(run, progress),
            is_cancelled=lambda: run.is_cancelled,
            is_far=is_far,
        )

    def _store(self, work: Callable[[UnitOfWork], Any]) -> Future[Any]:
        def in_a_unit() -> Any:
            with self.open_unit() as uow:
                return work(uow)

        return self.threads.on_storage_thread(in_a_unit)

    def _tell_progress(self, run: _Run, progress: SyncProgress) -> None:
        def tell() -> None:
            for on_progress, _ in tuple(run.listeners):
                on_progress(progress)

        self.threads.post(tell)

    def _remember(self, report: SyncReport) -> SyncReport:
        """Note the attempt and when the next is due, in the database: it survives a power cut."""
        self._failures = 0 if report.failure in (None, CANCELLED) else self._failures + 1
        now_ms = self.desk.clock.now_ms()
        chance = int.from_bytes(self.desk.ids.random_bytes(2), "big") / 65_536
        next_ms = next_attempt_ms(now_ms, self._failures, chance)
        try:
            self._store(
                lambda uow: replication.note_attempt(
                    uow, now_ms=now_ms, failure=report.failure, next_ms=next_ms
                )
            ).result()
        except QispiError as fault:
            return dataclasses.replace(report, failure=report.failure or fault.message_id)
        return report


class NotEnrolled:
    """:class:`app.services.workplace.SyncControl` for a laptop that belongs to no centre yet."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    @property
    def is_enrolled(self) -> bool:
        """Not yet."""
        return False

    def sync_now(self, on_progress: Progress, on_done: Done) -> None:
        """Say that the laptop must be enrolled first."""
        del on_progress
        self._threads.post(lambda: on_done(_failed("sync_not_enrolled")))

    def sync_folder(self, folder: Path, on_progress: Progress, on_done: Done) -> None:
        """Say that the laptop must be enrolled first."""
        del folder
        self.sync_now(on_progress, on_done)

    def cancel(self) -> None:
        """Nothing runs."""


def _guarded(run: Callable[[], SyncReport]) -> SyncReport:
    """Return the report of a run, whatever happens: who waits for it is always told."""
    try:
        return run()
    except QispiError as fault:
        return _failed(fault.message_id)
    except Exception as error:  # noqa: BLE001  # a bug of ours: by type and place, never its text
        log_bug(error)
        return _failed(BUG)


def _failed(reason: str) -> SyncReport:
    return SyncReport(
        failure=reason,
        batches_sent=0,
        batches_received=0,
        changes_received=0,
        set_aside=0,
        bytes_up=0,
        bytes_down=0,
        duration_ms=0,
    )


class _NoWire:
    """A folder session never asks for an exchange."""

    def exchange(self, head: ExchangeRequest, batches: Sequence[bytes]) -> Exchanged:
        del head, batches
        raise AssertionError("a stick has no other side")

    def roster(self, request: RosterRequest) -> RosterReply:
        del request
        raise AssertionError("a stick has no other side")

    def close(self) -> None:
        return None
