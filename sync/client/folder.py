"""A session over a stick: the same sealed batches as files, both ways, for many stations.

Nothing in here depends on order, completeness or age: a stale, replayed, renamed or half-copied
stick does no harm, because a batch is named by its bytes and folding it twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Final

from app.services import replication
from app.services.ports import Desk, Envelope, StoredBatch, UnitOfWork
from app.services.read_models import SyncStep
from app.services.replication import Arrived, Taken
from sync.client.keys import CentreKeys
from sync.client.requests import Ask, Note, Store
from sync.client.session import Outcome, try_set_aside_again
from sync.client.stick import Stick
from sync.protocol import limits
from sync.protocol.batch import batch_id
from sync.protocol.roster import statement_id

__all__ = ["BATCH", "STATEMENT", "folder_session"]

BATCH: Final = ".lote"
STATEMENT: Final = ".acta"
PAGE_BYTES: Final = 4 << 20
PAGE_FILES: Final = 64
_IS_NAME: Final = re.compile(r"[0-9a-f]{64}" + re.escape(BATCH))


def folder_session(
    desk: Desk, envelope: Envelope, keys: CentreKeys, stick: Stick, outcome: Outcome
) -> Generator[Ask, Any, None]:
    """Seal what waits, take in what the stick brings, and leave on it what it lacks.

    Runs on the network thread, which may touch files; storage is asked for. Raises EnvironmentFault
    ``stick_gone``, ``stick_full``, ``stick_read_only``: what was taken stays, what is left waits.
    """
    yield Note(SyncStep.PREPARE)
    while (yield Store(lambda uow: replication.seal_pending(uow, desk, envelope))):
        pass
    yield Note(SyncStep.CONNECT)
    acts = _statements(stick)
    if keys.learns(acts.values()):
        yield Store(keys.keep)
    yield from try_set_aside_again(desk, envelope, keys, outcome)
    carried = stick.sizes(BATCH)
    spoilt = yield from _take_in(desk, envelope, stick, carried, outcome)
    yield from _leave(
        stick, {name: carried[name] for name in carried if name not in spoilt}, outcome
    )
    yield from _clear(stick, spoilt)
    for content in keys.statements():
        name = statement_id(content).hex() + STATEMENT
        if acts.get(name) != content:
            stick.write(name, content)
    yield Note(SyncStep.VERIFY, 1, 1)


def _statements(stick: Stick) -> dict[str, bytes]:
    """Return names and contents of what can be statements; each proves itself, or is dropped."""
    found: dict[str, bytes] = {}
    for name, size in stick.sizes(STATEMENT).items():
        content = stick.read(name, limits.STATEMENT_MAX) if size <= limits.STATEMENT_MAX else None
        if content and len(content) <= limits.STATEMENT_MAX:
            found[name] = content
    return found


def _take_in(
    desk: Desk, envelope: Envelope, stick: Stick, carried: Mapping[str, int], outcome: Outcome
) -> Generator[Ask, Any, dict[str, bytes]]:
    """Take in what is not known yet; return the names of files that are not what they say, each
    with the name of what it holds."""
    known: frozenset[bytes] = yield Store(lambda uow: frozenset(uow.batches.ids()))
    known_names = {_name(one) for one in known}
    names = [name for name in carried if name not in known_names]
    spoilt: dict[str, bytes] = {}
    done = 0
    while done < len(names):
        yield Note(SyncStep.RECEIVE, done, len(names))
        arrived: list[Arrived] = []
        size = 0
        while done < len(names) and len(arrived) < PAGE_FILES and size < PAGE_BYTES:
            name = names[done]
            done += 1
            content = stick.read(name, limits.BATCH_MAX)
            if content is None:
                outcome.set_aside += 1
                continue
            one = Arrived(batch_id(content), content, None)
            if _name(one.id) != name:
                spoilt[name] = one.id
            arrived.append(one)
            size += len(content)
        outcome.add((yield Store(_taking(desk, envelope, arrived))))
    return spoilt


def _taking(
    desk: Desk, envelope: Envelope, arrived: list[Arrived]
) -> Callable[[UnitOfWork], Taken]:
    return lambda uow: replication.take(uow, desk, envelope, arrived, None)


def _leave(stick: Stick, carried: Mapping[str, int], outcome: Outcome) -> Generator[Ask, Any, None]:
    """Leave every batch that the stick lacks, or holds cut short."""
    known: tuple[bytes, ...] = yield Store(lambda uow: tuple(uow.batches.ids()))
    for start in range(0, len(known), PAGE_FILES):
        page = known[start : start + PAGE_FILES]
        lacking: list[StoredBatch] = yield Store(_lacking(page, carried))
        for batch in lacking:
            yield Note(SyncStep.SEND, start, len(known))
            stick.write(_name(batch.id), batch.content)
            outcome.batches_sent += 1


def _clear(stick: Stick, spoilt: Mapping[str, bytes]) -> Generator[Ask, Any, None]:
    """Take away the files that bear a batch's name and do not hold it, and that could not be
    put right here: a laptop that holds the batch would pass over them for ever."""
    wrong = {name: held for name, held in spoilt.items() if _IS_NAME.fullmatch(name)}
    if not wrong:
        return
    known: frozenset[bytes] = yield Store(lambda uow: frozenset(uow.batches.ids()))
    later: frozenset[bytes] = yield Store(_may_open_later)
    known_names = {_name(one) for one in known}
    for name, held in wrong.items():
        if name in known_names:
            continue
        if held in later:
            # It may open one day, so it stays, under the name of what it holds.
            content = stick.read(name, limits.BATCH_MAX)
            if content is None or batch_id(content) != held:
                continue
            stick.write(_name(held), content)
        stick.drop(name)


def _may_open_later(uow: UnitOfWork) -> frozenset[bytes]:
    return frozenset(one.id for one in uow.batches.aside(replication.MAY_OPEN_LATER))


def _lacking(
    ids: Sequence[bytes], carried: Mapping[str, int]
) -> Callable[[UnitOfWork], list[StoredBatch]]:
    def look(uow: UnitOfWork) -> list[StoredBatch]:
        held = (uow.batches.get(one) for one in ids)
        return [one for one in held if one and carried.get(_name(one.id)) != len(one.content)]

    return look


def _name(batch: bytes) -> str:
    return batch.hex() + BATCH
