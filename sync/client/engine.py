"""Drives a session over a transport: progress, cancelling, and a report that is always given."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Future
from typing import Any, Final, TypeVar, assert_never

from app.domain.errors import QispiError
from app.logs import log_bug
from app.services.ports import UnitOfWork
from app.services.read_models import SyncProgress, SyncReport
from sync.client.lane_asks import BlobDown, BlobsThere, BlobUp, SnapshotsThere
from sync.client.outcome import Outcome
from sync.client.progress import Meter, Teller
from sync.client.requests import Ask, Exchange, Note, RosterExchange, Store
from sync.client.transport import Transport

__all__ = ["BUG", "CANCELLED", "Meter", "StorageCall", "drive", "run_session"]

T = TypeVar("T")

CANCELLED = "sync_cancelled"
BUG = "sync_bug"
"""Something that nobody expected: what is stored is safe, and the next run starts afresh."""

NOT_OURS: Final = frozenset({"answer_not_ours", "captive_portal", "server_not_known"})
"""Something answered that is not the region's server: a page at which one signs in, mostly."""

_LINK_LOST: Final = frozenset({"answer_cut", "server_unreachable"})
"""To whoever stopped a run while it waited for the link, that it stopped is all that happened."""

StorageCall = Callable[[Callable[[UnitOfWork], Any]], "Future[Any]"]
"""Queues work on the storage thread, in a unit of its own, and gives the future of its answer."""


def drive(
    session: Generator[Ask, Any, T],
    *,
    transport: Transport,
    store: Callable[[Callable[[UnitOfWork], Any]], Any],
    note: Callable[[Note], None],
    is_cancelled: Callable[[], bool],
) -> T:
    """Answer what the session asks until it ends; return its outcome.

    A fault of the transport or the disk is thrown into the session, which may end there. Raises
    QispiError as the session does, with ``sync_cancelled`` when it was asked to stop.
    """
    answer: Any = None
    failure: QispiError | None = None
    while True:
        try:
            ask = session.throw(failure) if failure else session.send(answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        answer, failure = None, None
        if is_cancelled():
            session.close()
            raise QispiError(CANCELLED)
        try:
            match ask:
                case Store(work):
                    answer = store(work)
                case Exchange():
                    answer = transport.exchange(ask)
                case RosterExchange(request):
                    answer = transport.roster(request)
                case BlobsThere() | BlobUp() | BlobDown() | SnapshotsThere():
                    answer = transport.lane(ask)
                case Note():
                    note(ask)
                case _:
                    assert_never(ask)
        except QispiError as fault:
            failure = fault


def run_session(
    session_of: Callable[[Outcome], Generator[Ask, Any, object]],
    *,
    transport: Transport,
    store: StorageCall,
    meter: Meter,
    on_progress: Callable[[SyncProgress], None],
    is_cancelled: Callable[[], bool],
    is_far: bool = False,
) -> SyncReport:
    """Run one session to its end, however it ends, and report it; network thread.

    A bug is logged by type and place, and reported; what was done before it counts. As long as
    a far side (a server) answered nothing, the step is still to connect to it.
    """
    outcome = Outcome()
    teller = Teller(meter, on_progress, is_far=is_far)
    failure: str | None = None
    retry_after = 0
    try:
        drive(
            session_of(outcome),
            transport=transport,
            store=lambda work: store(work).result(),
            note=teller.note,
            is_cancelled=is_cancelled,
        )
    except QispiError as fault:
        failure = fault.message_id
        if failure in NOT_OURS:
            teller.not_ours()
        if failure in _LINK_LOST and is_cancelled():
            failure = CANCELLED
        asked = fault.parameters.get("seconds", 0)
        retry_after = asked if isinstance(asked, int) else 0
    except Exception as error:  # noqa: BLE001  # a bug of ours: by type and place, never its text
        log_bug(error)
        failure = BUG
    return SyncReport(
        failure=failure,
        batches_sent=outcome.batches_sent,
        batches_received=outcome.batches_received,
        changes_received=outcome.changes_received,
        set_aside=outcome.set_aside,
        spoilt=outcome.spoilt,
        bytes_up=meter.up,
        bytes_down=meter.down,
        duration_ms=meter.clock.now_ms() - meter.began_ms,
        retry_after_seconds=retry_after,
        is_level=outcome.is_level,
        is_lane_cut=outcome.is_lane_cut,
        attachments_left=outcome.attachments_left,
    )
