"""Reads the log behind a snapshot, backwards and page by page, until all of it is here.

Each entry proves itself by the chain; a log that does not is another than the snapshot's, and is
read from its beginning.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Final

from app.services import replication, snapshot
from app.services.behind import Behind, behind_of
from app.services.ports import Cursor, Desk, Envelope, UnitOfWork
from app.services.read_models import SyncStep
from app.services.replication import Arrived, Taken
from sync.client.lane_pace import LanePace
from sync.client.outcome import Outcome
from sync.client.requests import Ask, Exchange, Exchanged, Note, Store
from sync.client.retreat import noting_other_history, shows_other_history
from sync.client.unfinished import Unfinished, keep_unfinished, unfinished_of
from sync.protocol.batch import batch_id
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.messages import Verdict

__all__ = ["read_behind"]

Session = Generator[Ask, Any, Any]
log = logging.getLogger("qispi.lane")

_CUTS_MAX: Final = 3

_FIRST: Final = 1


class _OtherLogError(Exception):
    """What came does not continue what is here."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the reading stands: the cursor, what lacks before, and what came of a cut entry."""

    cursor: Cursor
    lacking: Behind
    kept: Unfinished | None


def read_behind(
    desk: Desk,
    envelope: Envelope,
    outcome: Outcome,
    pace: LanePace,
    between: Callable[[], Generator[Ask, Any, bool]],
) -> Generator[Ask, Any, bool]:
    """Read on until the log is here from its beginning; return whether it is. Where it turns out
    to be another one, ``outcome`` is level no more. Raises EnvironmentFault of the link."""
    in_vain = 0
    while True:
        at: _Place | None = yield Store(_place)
        if at is None:
            return True
        while (ready := (yield Store(_taking_ready(desk, envelope)))) is not None:
            outcome.add(ready)
            yield from between()
        if at.lacking.position <= _FIRST:
            outcome.tell((yield Store(lambda uow: snapshot.settle(uow, desk, envelope))))
            return True
        done = at.lacking.start - at.lacking.position
        yield Note(SyncStep.LANE, 0, 0, done, at.lacking.start - 1)
        if not (yield from between()):
            return False
        began = pace.seconds()
        said: Exchanged = yield Exchange(
            at.cursor, wanted_bytes=pace.piece, kept=at.kept, behind=at.lacking.position
        )
        if said.verdict is not Verdict.AGREES:
            yield from _hear_of_another(desk, outcome, said.verdict, at.cursor)
            return False
        if not said.can_resume:
            return False
        try:
            came, before = _verified(said, at)
        except _OtherLogError:
            log.warning("the log behind the snapshot is another: it is read from its beginning")
            yield Store(_falling_back(said.log_id))
            outcome.is_level = False
            return False
        size = sum(len(one.content) for one in came)
        had = len(at.kept.content) if at.kept else 0
        has = len(said.unfinished.content) if said.unfinished else 0
        pace.measure(max(1, size + has - had), began)
        in_vain = 0 if came or has > had else in_vain + 1
        if in_vain >= _CUTS_MAX:
            return False
        yield Store(_keeping(said.unfinished))
        done = 0
        while done < len(came):
            taken: Taken = yield Store(_taking(desk, envelope, came, before, done))
            outcome.add(taken)
            done += taken.done


def _hear_of_another(desk: Desk, outcome: Outcome, verdict: Verdict, cursor: Cursor) -> Session:
    """The server shows another log than that of a moment ago: what counted as arrived has to be
    seen in it, and by then it may show the one of before again."""
    outcome.is_level = False
    if shows_other_history(verdict):
        yield Store(noting_other_history(desk, cursor.chain))


def _place(uow: UnitOfWork) -> _Place | None:
    lacking, cursor = behind_of(uow), uow.batches.cursor()
    if lacking is None or cursor is None:
        return None
    kept = unfinished_of(uow)
    before = (cursor.log_id, lacking.position - 1)
    if kept is not None and (kept.log_id, kept.position) != before:
        kept = None
    return _Place(cursor, lacking, kept)


def _verified(said: Exchanged, at: _Place) -> tuple[list[Arrived], bytes]:
    """Return what came in the order of the log, and the chain before the first of it."""
    known, position = at.lacking.chain, at.lacking.position
    came: list[Arrived] = []
    for entry in said.entries:
        name = batch_id(entry.content)
        if entry.position != position - 1 or chain_after(entry.chain, name) != known:
            if at.kept is not None and not came:
                return [], known  # What was kept was of another batch: all of it, anew.
            raise _OtherLogError
        came.append(Arrived(name, entry.content, entry.position, known))
        known, position = entry.chain, entry.position
    if position == _FIRST and known != chain_start(at.cursor.log_id):
        raise _OtherLogError
    return came[::-1], known


def _falling_back(log_id: bytes) -> Callable[[UnitOfWork], Cursor]:
    start = Cursor(log_id, 0, chain_start(log_id))
    return lambda uow: replication.fall_back(uow, start, start)


def _taking_ready(desk: Desk, envelope: Envelope) -> Callable[[UnitOfWork], Taken | None]:
    return lambda uow: replication.take_ready(uow, desk, envelope)


def _keeping(unfinished: Unfinished | None) -> Callable[[UnitOfWork], None]:
    def keep(uow: UnitOfWork) -> None:
        keep_unfinished(uow, unfinished)
        uow.commit()

    return keep


def _taking(
    desk: Desk, envelope: Envelope, came: list[Arrived], before: bytes, done: int
) -> Callable[[UnitOfWork], Taken]:
    return lambda uow: snapshot.take_behind(uow, desk, envelope, came, before, done=done)
