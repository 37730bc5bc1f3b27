"""The three threads: GUI, storage, network. Results come back by one queued signal.

The GUI thread never opens a file, a socket or a database; the storage thread owns the only
connection. Closing drains what is queued: with cancelling, queued saves were lost. Behind the last
of it the network thread, which nobody waits for, is refused in words.

A fourth one only waits for processes apart (``docs/adr/0024``): it holds nothing and touches
nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.domain.errors import DomainError, QispiError
from app.logs import log_bug

if TYPE_CHECKING:
    from app.services.ports import UnitOfWork  # the lock screen must not wait for the ports

__all__ = ["TaskRunner"]

T = TypeVar("T")


class TaskRunner(QObject):
    """Implements ``Threads`` and ``ApartRunner`` of :mod:`app.services.workplace`.

    Signals:
        arrived: internal; carries a callable to the GUI thread.
        refused: work on the storage thread was refused; carries the reason, a message id.
        bug: something that nobody expected was logged; carries its place in the code.
    """

    arrived = Signal(object)
    refused = Signal(str)
    bug = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._storage = ThreadPoolExecutor(1, thread_name_prefix="storage")
        self._network = ThreadPoolExecutor(1, thread_name_prefix="network")
        self._apart = ThreadPoolExecutor(1, thread_name_prefix="apart")
        self._open_unit: Callable[[], UnitOfWork] | None = None
        self._has_stopped = False
        self._takes_no_more = False
        self._door = threading.Lock()
        """Guards ``_takes_no_more``: between looking at it and queueing nobody may set it."""
        self.arrived.connect(self._run, Qt.ConnectionType.QueuedConnection)

    def use(self, open_unit: Callable[[], UnitOfWork]) -> None:
        """From now on, storage work gets its units from here."""
        self._open_unit = open_unit

    def on_storage_thread(self, work: Callable[[], T]) -> Future[T]:
        """Queue work on the storage thread and return the future of its answer: DomainError
        ``sync_cancelled`` behind the last work. From any thread."""
        with self._door:
            if not self._takes_no_more:
                return self._storage.submit(work)
        refused: Future[T] = Future()
        refused.set_exception(DomainError("sync_cancelled"))
        return refused

    def last_on_storage_thread(self, work: Callable[[], T]) -> Future[T]:
        """Queue the last work of the storage thread, which closes what the others used, and return
        the future of its answer. From any thread. Raises RuntimeError behind :meth:`close`."""
        with self._door:
            self._takes_no_more = True
            return self._storage.submit(work)

    def on_network(self, work: Callable[[], None]) -> None:
        """Queue work on the network thread."""
        self._watch(self._network.submit(work))

    def post(self, work: Callable[[], None]) -> None:
        """Run work on the GUI thread, soon; callable from any thread."""
        self.arrived.emit(work)

    def on_storage(
        self,
        work: Callable[[UnitOfWork], T],
        done: Callable[[T], None],
        failed: Callable[[QispiError], None],
    ) -> None:
        """Queue work with a unit of its own; ``done`` or ``failed`` follows on the GUI thread."""
        open_unit = self._open_unit
        assert open_unit is not None, "nothing is open yet"

        def in_a_unit() -> T:
            with open_unit() as uow:
                return work(uow)

        self.ask(in_a_unit, done, failed)

    def ask(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[QispiError], None],
    ) -> None:
        """Queue plain work on the storage thread; the answer comes on the GUI thread."""
        self._queue(self._storage, work, done, failed)

    def on_apart(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[QispiError], None],
    ) -> None:
        """Queue work that waits for a process apart; the answer comes on the GUI thread."""
        self._queue(self._apart, work, done, failed)

    def _queue(
        self,
        thread: ThreadPoolExecutor,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[QispiError], None],
    ) -> None:
        if self._has_stopped:
            return

        def run() -> None:
            try:
                answer = work()
            except QispiError as fault:
                # The name `fault` is unbound when the block ends; the argument keeps it.
                self.post(lambda fault=fault: self._told(fault, failed))  # type: ignore[misc]
            except Exception as error:  # noqa: BLE001  # one of the three places: logged and shown
                place = self._report(error)
                # Whoever asked must hear of it, too: a field would stay «being saved» for ever.
                self.post(lambda: failed(QispiError("bug", place=place)))
            else:
                self.post(lambda: done(answer))

        thread.submit(run)

    def _told(self, fault: QispiError, failed: Callable[[QispiError], None]) -> None:
        self.refused.emit(fault.message_id)
        failed(fault)

    def stop(self) -> None:
        """From now on nothing begins and no answer is shown: the vault closes, the window goes.

        What is queued is done all the same, and so is what is queued as plain work: the closing.
        """
        self._has_stopped = True

    def drain(self) -> None:
        """Wait until everything queued on the storage thread is done. Only before an exit."""
        self._storage.submit(lambda: None).result()

    def close(self) -> None:
        """Finish what is queued on the storage thread and let all threads go.

        The others are not waited for: what they carry counts only once it is stored.
        """
        with self._door:
            self._takes_no_more = True
        for thread in (self._network, self._apart):
            thread.shutdown(wait=False, cancel_futures=True)
        self._storage.shutdown(wait=True)

    def _watch(self, future: Future[None]) -> None:
        def look(ended: Future[None]) -> None:
            if ended.cancelled():  # it waited behind another when the window closed
                return
            error = ended.exception()
            if error is not None:
                self._report(error)

        future.add_done_callback(look)

    def _report(self, error: BaseException) -> str:
        place = log_bug(error)
        self.post(lambda: self.bug.emit(place))
        return place

    @Slot(object)
    def _run(self, work: Callable[[], None]) -> None:
        if not self._has_stopped:
            work()
