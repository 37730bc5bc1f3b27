"""A session over a stick: the same sealed batches as files, both ways, for many stations.

Nothing in here depends on order, completeness or age: a stale, replayed, renamed or half-copied
stick does no harm, because a batch is named by its bytes and folding it twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Final

from app.services import evidence, replication
from app.services.ports import Desk, Envelope, SealedBatch, UnitOfWork
from app.services.read_models import SyncStep
from app.services.replication import Arrived, Taken
from sync.client.keys import CentreKeys
from sync.client.requests import Ask, Note, Store
from sync.client.session import Outcome, try_set_aside_again
from sync.client.stick import Stick
from sync.protocol import limits
from sync.protocol.batch import HEADER_BYTES, batch_id, parse_header
from sync.protocol.errors import ProtocolError
from sync.protocol.roster import centre_of, statement_id

__all__ = ["BATCH", "STATEMENT", "folder_session"]

BATCH: Final = ".lote"
STATEMENT: Final = ".acta"
PAGE_BYTES: Final = 4 << 20
PAGE_FILES: Final = 64
PAGE_STATEMENTS: Final = limits.STATEMENTS_MAX
STATEMENT_FILES_MAX: Final = 8_192
"""Looked at on one stick: those of some hundreds of centres."""

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
    yield from _learn(keys, stick)
    yield from try_set_aside_again(desk, envelope, keys, outcome)
    carried = stick.sizes(BATCH)
    spoilt = yield from _take_in(desk, envelope, keys.centre, stick, carried, outcome)
    yield Store(lambda uow: evidence.tell_missing(uow, desk))
    yield from _leave(
        stick, {name: carried[name] for name in carried if name not in spoilt}, outcome
    )
    yield from _clear(stick, spoilt)
    _leave_statements(keys, stick)


def _learn(keys: CentreKeys, stick: Stick) -> Generator[Ask, Any, None]:
    """Take in the centre's statements, a page at a time; each proves itself, or is dropped."""
    sizes = stick.sizes(STATEMENT)
    small = [name for name, size in sizes.items() if size <= limits.STATEMENT_MAX]
    has_news = False
    for start in range(0, min(len(small), STATEMENT_FILES_MAX), PAGE_STATEMENTS):
        page = (stick.read(name, limits.STATEMENT_MAX) for name in small[start:][:PAGE_STATEMENTS])
        of_centre = [one for one in page if one and centre_of(one) == keys.centre]
        has_news |= keys.learns(of_centre)
    if has_news:
        yield Store(keys.keep)


def _leave_statements(keys: CentreKeys, stick: Stick) -> None:
    """Leave every statement that the stick lacks, or holds otherwise than it is."""
    sizes = stick.sizes(STATEMENT)
    for content in keys.statements():
        name = statement_id(content).hex() + STATEMENT
        if sizes.get(name) != len(content) or stick.read(name, len(content)) != content:
            stick.write(name, content)


def _take_in(
    desk: Desk,
    envelope: Envelope,
    centre: bytes,
    stick: Stick,
    carried: Mapping[str, int],
    outcome: Outcome,
) -> Generator[Ask, Any, dict[str, bytes]]:
    """Take in what is not known yet; return the names of files that are not what they say, each
    with the name of what it holds. Of other centres' batches no more than the front is read."""
    known: frozenset[bytes] = yield Store(lambda uow: frozenset(uow.batches.ids()))
    known_names = {_name(one) for one in known}
    names = [name for name in carried if name not in known_names]
    spoilt: dict[str, bytes] = {}
    done = 0
    while done < len(names):
        yield Note(SyncStep.RECEIVE, done, len(names))
        arrived: list[Arrived] = []
        end, size = done + PAGE_FILES, 0
        while done < min(end, len(names)) and size < PAGE_BYTES:
            name = names[done]
            done += 1
            if _is_of_another(centre, stick.read(name, HEADER_BYTES)):
                continue
            content = stick.read(name, limits.BATCH_MAX)
            if content is None:
                outcome.set_aside += 1
                continue
            one = Arrived(batch_id(content), content, None)
            if _name(one.id) != name:
                spoilt[name] = one.id
            arrived.append(one)
            size += len(content)
        if arrived:
            outcome.add((yield Store(_taking(desk, envelope, arrived))))
    return spoilt


def _is_of_another(centre: bytes, front: bytes | None) -> bool:
    try:
        return front is not None and parse_header(front).centre != centre
    except ProtocolError:
        return False


def _taking(
    desk: Desk, envelope: Envelope, arrived: list[Arrived]
) -> Callable[[UnitOfWork], Taken]:
    return lambda uow: replication.take(uow, desk, envelope, arrived, None)


def _leave(stick: Stick, carried: Mapping[str, int], outcome: Outcome) -> Generator[Ask, Any, None]:
    """Leave every batch that the stick lacks, or holds otherwise than it is.

    The front of each file is compared: with a bit of it turned, it names another centre or a newer
    version, and whoever lacks the batch reads no further.
    """
    known: tuple[bytes, ...] = yield Store(lambda uow: tuple(uow.batches.ids()))
    for start in range(0, len(known), PAGE_FILES):
        page = known[start : start + PAGE_FILES]
        lacking: list[SealedBatch]
        lacking, there = yield Store(_lacking(page, carried))
        turned = [
            one
            for one, front in there
            if (stick.read(_name(one), HEADER_BYTES) or b"")[:HEADER_BYTES] != front
        ]
        if turned:
            lacking += yield Store(_contents(turned))
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
    return frozenset(one.id for one in uow.aside.kept())


def _lacking(
    ids: Sequence[bytes], carried: Mapping[str, int]
) -> Callable[[UnitOfWork], tuple[list[SealedBatch], list[tuple[bytes, bytes]]]]:
    """Look which of these batches the stick lacks or holds cut short, and what the files of the
    others must begin with."""

    def look(uow: UnitOfWork) -> tuple[list[SealedBatch], list[tuple[bytes, bytes]]]:
        lacking, there = [], []
        for one in ids:
            content = uow.batches.content(one)
            if content is None:
                continue
            if carried.get(_name(one)) == len(content):
                there.append((one, content[:HEADER_BYTES]))
            else:
                lacking.append(SealedBatch(one, content))
        return lacking, there

    return look


def _contents(ids: Sequence[bytes]) -> Callable[[UnitOfWork], list[SealedBatch]]:
    def look(uow: UnitOfWork) -> list[SealedBatch]:
        held = ((one, uow.batches.content(one)) for one in ids)
        return [SealedBatch(one, content) for one, content in held if content is not None]

    return look


def _name(batch: bytes) -> str:
    return batch.hex() + BATCH
