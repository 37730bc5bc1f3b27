"""How synchronisation went, as this laptop wrote it down, and what waits. Storage thread."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.change import RecordId
from app.domain.records import Name
from app.services import attachment_lane, evidence
from app.services.access import act, may, seen_by, worker
from app.services.case_file import cases_of
from app.services.portions import RECORDS_AT_ONCE, portions
from app.services.ports import UnitOfWork
from app.services.read_models import SyncFact, SyncView, WaitingRow
from app.services.readable import open_conflicts
from app.services.unsent_statements import unsent_statements
from app.services.values import stored_text

__all__ = ["SyncTimes", "note_attempt", "note_stick", "sync_view", "unsent_attachments"]

_WAITING_ROWS_MAX: Final = 200
_NAMED_MAX: Final = 5
_NO_LOG: Final = bytes(16)


@dataclass(frozen=True, slots=True)
class SyncTimes:
    """The names under which this laptop remembers how synchronisation went."""

    LAST_SUCCESS = "sync/last_success_ms"
    LAST_ATTEMPT = "sync/last_attempt_ms"
    LAST_FAILURE = "sync/last_failure"
    NEXT_ATTEMPT = "sync/next_attempt_ms"
    LAST_STICK = "sync/last_stick_ms"


def note_attempt(uow: UnitOfWork, *, now_ms: int, failure: str | None, next_ms: int | None) -> None:
    """Remember how an attempt ended and when the next is due; survives a power cut. Commits."""
    uow.local.put(SyncTimes.LAST_ATTEMPT, str(now_ms).encode())
    uow.local.put(SyncTimes.LAST_FAILURE, failure.encode() if failure else None)
    uow.local.put(SyncTimes.NEXT_ATTEMPT, str(next_ms).encode() if next_ms is not None else None)
    if failure is None:
        uow.local.put(SyncTimes.LAST_SUCCESS, str(now_ms).encode())
    uow.commit()


def note_stick(uow: UnitOfWork, at_ms: int) -> None:
    """Remember that all was exchanged with a stick. The caller commits."""
    uow.local.put(SyncTimes.LAST_STICK, str(at_ms).encode())


@act("see_sync")
def sync_view(
    uow: UnitOfWork, server_name: str | None = None, *, with_cases: bool = True
) -> SyncView:
    """Return the facts behind the status sentence and the page *Sincronización*; without the cases
    that wait for who does not look at them."""
    sees_cases = may(uow, worker(uow), "see_waiting_cases") is None
    hidden = seen_by(uow, None, "see_waiting_cases").closed
    borne = uow.cases.numbers_borne_twice()
    twice = _not_hidden(uow, borne, hidden) if sees_cases else ()
    waiting, closed = uow.changes.pending_by_record(), uow.traces.closed()
    rows = _waiting_rows(uow, waiting, hidden) if with_cases and sees_cases else ()
    return SyncView(
        waiting_changes=sum(count for count, _ in waiting.values()),
        waiting_since_ms=min((since for _, since in waiting.values()), default=None),
        waiting=rows,
        last_success_ms=_time(uow, SyncTimes.LAST_SUCCESS),
        last_attempt_ms=_time(uow, SyncTimes.LAST_ATTEMPT),
        last_failure=(uow.local.get(SyncTimes.LAST_FAILURE) or b"").decode() or None,
        next_attempt_ms=_time(uow, SyncTimes.NEXT_ATTEMPT),
        conflicts=len(open_conflicts(uow, None)),
        set_aside=uow.aside.rows(),
        server_name=server_name,
        facts=(*evidence.facts(uow), *_numbers(twice)),
        unseen=evidence.unseen(uow, twice),
        waiting_attachments=len(unsent_attachments(uow)),
        waiting_closed=closed.count if closed is not None else 0,
        waiting_statements=unsent_statements(uow).count,
        refused=uow.refusals.count(),
        last_stick_ms=_time(uow, SyncTimes.LAST_STICK),
    )


def _not_hidden(
    uow: UnitOfWork, codes: tuple[str, ...], hidden: Collection[RecordId]
) -> tuple[str, ...]:
    if not codes or not hidden:
        return codes
    held = uow.records.held_by(tuple(hidden)).values()
    closed = {stored_text(one, Name.CODE) for _, one in held}
    return tuple(one for one in codes if one not in closed)


def _numbers(borne: tuple[str, ...]) -> tuple[SyncFact, ...]:
    named = borne[:_NAMED_MAX] + ("…",) * (len(borne) > _NAMED_MAX)
    return (SyncFact("case_numbers_twice", len(borne), named=named),) if borne else ()


def unsent_attachments(uow: UnitOfWork) -> tuple[bytes, ...]:
    """Return the hashes of the attachments here that the region is not known to keep."""
    cursor = uow.batches.cursor()
    return attachment_lane.unsent(uow, cursor.log_id if cursor is not None else _NO_LOG)


def _waiting_rows(
    uow: UnitOfWork, waiting: Mapping[RecordId, tuple[int, int]], hidden: Collection[RecordId]
) -> tuple[WaitingRow, ...]:
    """Return a row for each case of which something waits, and one for what is of none, or of
    ``hidden`` ones: no more of them than are listed, each with all that waits of it."""
    by_case: dict[RecordId | None, tuple[int, int]] = {}
    for portion in portions(tuple(waiting), RECORDS_AT_ONCE):
        with uow.records.reading_ahead(portion):
            for record_id in portion:
                cases = cases_of(uow, record_id, uow.records.kind_of(record_id))
                case_id = next((one for one in cases if one not in hidden), None)
                if case_id not in by_case and len(by_case) >= _WAITING_ROWS_MAX:
                    continue
                count, since = waiting[record_id]
                held, oldest = by_case.get(case_id, (0, since))
                by_case[case_id] = (held + count, min(oldest, since))
    rows = []
    for case_id, (count, since) in by_case.items():
        code = uow.records.fields(case_id).get(Name.CODE) if case_id else None
        rows.append(WaitingRow(case_id, str(code.value) if code else "", count, since))
    return tuple(sorted(rows, key=lambda row: row.since_ms))


def _time(uow: UnitOfWork, name: str) -> int | None:
    content = uow.local.get(name)
    return int(content) if content else None
