"""Synchronisation as the screens command it: one run at a time, on the network thread."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.domain.errors import QispiError
from app.logs import log_bug
from app.services import evidence, strays, twin_watch
from app.services.ports import Desk, Envelope, UnitOfWork
from app.services.read_models import SyncProgress, SyncReport, SyncView
from app.services.sync_facts import SyncTimes, note_attempt, unsent_attachments
from app.services.workplace import Threads
from sync.client.engine import BUG, CANCELLED, NOT_OURS, Meter, run_session
from sync.client.folder import folder_session
from sync.client.keys import HeldKeys
from sync.client.lane import AUTOMATIC_SECONDS, KEPT_BACK, whole_session
from sync.client.lane_asks import LaneAsk
from sync.client.outcome import Outcome
from sync.client.requests import Ask, Exchange, Exchanged
from sync.client.scheduler import FAILURES, NETWORK_BACK_MS, NetworkWatch, next_attempt_ms
from sync.client.session import sync_session
from sync.client.stick import Stick
from sync.client.transport import Counted, Transport
from sync.envelope.centre_blobs import CentreBlobs
from sync.protocol.messages import RosterReply, RosterRequest

__all__ = ["NotEnrolled", "SyncRuns"]

NOT_FOUND = frozenset({"server_unreachable", *NOT_OURS})
"""How a try ends that did not find the server: nobody answered, or somebody else did."""

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
    blobs: CentreBlobs | None = None
    """What seals attachments and snapshots; without it they do not travel."""
    is_answering: Callable[[], bool] = bool
    """Whether the server takes a connection and shakes hands as itself; network thread."""
    hang_up: Callable[[], None] = lambda: None
    """Close the connection that a run left standing for the next one; network thread."""
    holds_laptop: Callable[[Path], bool] = lambda _: False
    """Whether a folder is a laptop's own: whoever mistakes it for a stick fills it with copies of
    what is in it. Never raises: the fault of a stick is for Stick to name; network thread."""
    seconds: Callable[[], float] = time.monotonic
    _runs: dict[Path | None, _Run] = field(default_factory=dict)
    """By the folder of the stick; None is the network. Of those for one place the last: one that
    was stopped may still be on its way to its end before it."""
    _watch: NetworkWatch = field(default_factory=NetworkWatch)

    @property
    def is_enrolled(self) -> bool:
        """It is: there are keys."""
        return True

    def sync_now(self, on_progress: Progress, on_done: Done, *, is_automatic: bool = False) -> None:
        """Synchronise with the region's server; a second call joins the run. What nobody asked for
        holds the link a minute at the most for what is not urgent. One that was stopped is not
        joined: a new run waits behind it. GUI thread."""
        self._start(
            None,
            (on_progress, on_done),
            lambda run: self._over_network(run, is_automatic=is_automatic),
        )

    def sync_folder(self, folder: Path, on_progress: Progress, on_done: Done) -> None:
        """Exchange batches with a folder on a stick; behind a run that goes on. GUI thread."""
        self._start(folder, (on_progress, on_done), lambda run: self._over_folder(folder, run))

    def watch_network(self, view: SyncView) -> None:
        """Look cheaply, and at most once a minute, whether the network came back after a try that
        found no server: none at all, or one that lets people in by a page first. When it did, the
        next try is due within a minute. GUI thread."""
        is_wanted = view.last_failure in NOT_FOUND and not self._runs
        if is_wanted and self._watch.is_time(self.seconds()):
            self._watch.look(self.seconds(), self._chance())
            self.threads.on_network(self._look_for_network)

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
        going = self._runs.get(place)
        if going is not None and not going.is_cancelled:
            going.listeners.append(listener)
            return
        run = self._runs[place] = _Run([listener])
        try:
            self.threads.on_network(lambda: self._finish(place, run, _guarded(lambda: work(run))))
        except BaseException:
            # The thread takes no work any more: nobody would ever be told.
            del self._runs[place]
            raise

    def _finish(self, place: Path | None, run: _Run, report: SyncReport) -> None:
        def tell() -> None:
            if self._runs.get(place) is run:
                del self._runs[place]
            for _, on_done in run.listeners:
                on_done(report)

        self.threads.post(tell)

    def _session(self, outcome: Outcome, limit_seconds: float | None) -> Generator[Ask, Any, None]:
        outcome.note_level = self._note_level
        if self.blobs is None:
            return sync_session(self.desk, self.envelope, self.keys, outcome)
        return whole_session(
            self.desk,
            self.envelope,
            self.keys,
            outcome,
            blobs=self.blobs,
            seconds=self.seconds,
            limit_seconds=limit_seconds,
        )

    def _over_network(self, run: _Run, *, is_automatic: bool) -> SyncReport:
        meter = Meter(self.desk.clock)
        try:
            transport = self.transport_of(meter.count)
        except Exception as error:  # noqa: BLE001  # an attempt all the same: it is not due at once
            log_bug(error)
            return self._remember(_failed(BUG))
        limit_seconds = AUTOMATIC_SECONDS if is_automatic else None
        has_ended_well = False
        try:
            report = self._run(
                lambda outcome: self._session(outcome, limit_seconds),
                transport,
                meter,
                run,
                is_far=True,
            )
            has_ended_well = report.failure is None
        finally:
            transport.close()
            if not has_ended_well:
                self.hang_up()
        return self._remember(report)

    def _over_folder(self, folder: Path, run: _Run) -> SyncReport:
        if self.holds_laptop(folder):
            return _failed("stick_is_laptop")
        meter = Meter(self.desk.clock)
        stick = Stick(folder, meter.count)
        return self._run(
            lambda outcome: folder_session(
                self.desk, self.envelope, self.keys, stick, outcome, self.blobs
            ),
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

    def _look_for_network(self) -> None:
        if not self.is_answering():
            return
        self._watch.believe()
        soon_ms = self.desk.clock.now_ms() + int(NETWORK_BACK_MS * self._chance())

        def work(uow: UnitOfWork) -> None:
            uow.local.put(SyncTimes.NEXT_ATTEMPT, str(soon_ms).encode())
            uow.commit()

        # A disk that cannot be written leaves the plan as it was.
        with contextlib.suppress(QispiError):
            self._store(work).result()

    def _remember(self, report: SyncReport) -> SyncReport:
        """Note the attempt, how many failed in a row and when the next is due, in the database: it
        survives a power cut and a restart. Where the records are level that is noted already, and
        how the lane ended changes nothing about it."""
        self._watch.learn(was_reached=report.is_level or report.failure not in NOT_FOUND)
        now_ms, chance = self.desk.clock.now_ms(), self._chance()

        def work(uow: UnitOfWork) -> int:
            # What the server did not take says nothing about the link.
            has_ended = report.is_level or report.failure in (None, CANCELLED, *KEPT_BACK)
            has_failed = not has_ended
            failures = int(uow.local.get(FAILURES) or b"0") + 1 if has_failed else 0
            uow.local.put(FAILURES, str(failures).encode() if failures else None)
            next_ms = next_attempt_ms(
                now_ms, failures, chance, retry_after_seconds=report.retry_after_seconds
            )
            if not report.is_level:
                note_attempt(uow, now_ms=now_ms, failure=report.failure, next_ms=next_ms)
                return 0
            uow.local.put(SyncTimes.NEXT_ATTEMPT, str(next_ms).encode())
            uow.commit()
            return len(unsent_attachments(uow))

        try:
            left: int = self._store(work).result()
        except QispiError as fault:
            return dataclasses.replace(report, failure=report.failure or fault.message_id)
        return dataclasses.replace(report, attachments_left=left)

    def _note_level(self, uow: UnitOfWork) -> None:
        """Every record is verified: whatever becomes of the lane, that was a synchronisation."""
        now_ms = self.desk.clock.now_ms()
        uow.local.put(FAILURES, None)
        strays.note_spoilt(uow)
        twin_watch.note_all_came(uow)
        evidence.note_end(uow, self.desk, self.keys.keyring.roster.revoked)
        note_attempt(uow, now_ms=now_ms, failure=None, next_ms=next_attempt_ms(now_ms, 0, 0.0))

    def _chance(self) -> float:
        return int.from_bytes(self.desk.ids.random_bytes(2), "big") / 65_536


class NotEnrolled:
    """:class:`app.services.workplace.SyncControl` for a laptop that belongs to no centre yet."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads

    @property
    def is_enrolled(self) -> bool:
        """Not yet."""
        return False

    def sync_now(self, on_progress: Progress, on_done: Done, *, is_automatic: bool = False) -> None:
        """Say that the laptop must be enrolled first."""
        del on_progress, is_automatic
        self._threads.post(lambda: on_done(_failed("sync_not_enrolled")))

    def sync_folder(self, folder: Path, on_progress: Progress, on_done: Done) -> None:
        """Say that the laptop must be enrolled first."""
        del folder
        self.sync_now(on_progress, on_done)

    def watch_network(self, view: SyncView) -> None:
        """There is nobody to reach."""

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

    def exchange(self, ask: Exchange) -> Exchanged:
        del ask
        raise AssertionError("a stick has no other side")

    def roster(self, request: RosterRequest) -> RosterReply:
        del request
        raise AssertionError("a stick has no other side")

    def lane(self, ask: LaneAsk) -> Any:
        del ask
        raise AssertionError("a stick has no other side")

    def close(self) -> None:
        return None
