"""A session over a stick: the same sealed batches as files, both ways, for many stations.

Nothing in here depends on order, completeness or age: a stale, replayed, renamed or half-copied
stick does no harm, because a batch is named by its bytes and folding it twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from app.domain.errors import EnvironmentFault
from app.services import evidence, replication, strays
from app.services.ports import Desk, Envelope, SealedBatch, UnitOfWork
from app.services.read_models import SyncStep
from app.services.replication import Arrived, Taken
from app.services.strays import Spoilt
from app.services.sync_facts import note_stick
from sync.client.aside import take_ready, try_set_aside_again
from sync.client.holdings import HOLDING, hear_holdings, holding_files, leave_holding
from sync.client.keys import CentreKeys
from sync.client.outcome import Outcome
from sync.client.requests import Ask, Note, Store
from sync.client.stick import PART, Found, Stick, Wanted
from sync.client.stick_blobs import SCAN, SCANS, exchange_scans
from sync.client.stick_copies import Copies, copies, file_of, has_size, is_there, write
from sync.client.stick_snapshots import (
    SNAPSHOT_FILE,
    SNAPSHOT_FILES,
    begin_from_stick,
    leave_snapshot,
)
from sync.client.words import EXTRACT, hear_words, leave_word
from sync.envelope.centre_blobs import CentreBlobs
from sync.protocol import limits
from sync.protocol.batch import HEADER_BYTES, batch_id, parse_header
from sync.protocol.blob import BLOB_HEAD_BYTES, SNAPSHOT_BODY_MAX
from sync.protocol.errors import ProtocolError
from sync.protocol.extract import EXTRACT_MAX, FRONT_BYTES
from sync.protocol.holding import HOLDING_MAX, HOLDING_MIN
from sync.protocol.roster import centre_of, statement_id
from sync.protocol.signature import SIGNATURE_BYTES

__all__ = ["BATCH", "EXTRACT", "STATEMENT", "folder_session"]

BATCH: Final = ".lote"
STATEMENT: Final = ".acta"
BATCH_FILES_MAX: Final = 100_000
"""Listed on one stick, beside those that are here already."""
STATEMENT_FILES_MAX: Final = 8_192
"""Looked at on one stick: those of some hundreds of centres."""
OTHER_FILES_MAX: Final = 1_024
PAGE_BYTES: Final = 4 << 20
PAGE_FILES: Final = 64
PAGE_STATEMENTS: Final = limits.STATEMENTS_MAX

_WANTED: Final[Mapping[str, Wanted]] = {
    BATCH: Wanted(BATCH_FILES_MAX, range(HEADER_BYTES + SIGNATURE_BYTES + 1, limits.BATCH_MAX + 1)),
    STATEMENT: Wanted(STATEMENT_FILES_MAX, range(1, limits.STATEMENT_MAX + 1)),
    EXTRACT: Wanted(OTHER_FILES_MAX, range(FRONT_BYTES, EXTRACT_MAX + 1)),
    HOLDING: Wanted(OTHER_FILES_MAX, range(HOLDING_MIN, HOLDING_MAX + 1)),
    PART: Wanted(OTHER_FILES_MAX, range(BLOB_HEAD_BYTES + SNAPSHOT_BODY_MAX + 1)),
}
_IS_NAME: Final = re.compile(r"[0-9a-f]{64}" + re.escape(BATCH))
_IS_HALF: Final = re.compile(
    r"[0-9a-f]{64}("
    + "|".join(map(re.escape, (BATCH, STATEMENT, EXTRACT, HOLDING, SCAN, SNAPSHOT_FILE)))
    + ")"
    + re.escape(PART)
)


@dataclass(frozen=True, slots=True)
class _Spoilt:
    """Files that are not what they say: where they lie, with the id of what each holds; and apart
    those of this centre, or too short to tell."""

    places: dict[str, bytes] = field(default_factory=dict)
    of_centre: list[Spoilt] = field(default_factory=list)

    def note(self, place: str, one: Arrived, *, is_of_centre: bool) -> None:
        self.places[place] = one.id
        name = file_of(place)
        if _IS_NAME.fullmatch(name) and (is_of_centre or len(one.content) < HEADER_BYTES):
            self.of_centre.append(Spoilt(one.id, bytes.fromhex(name.removesuffix(BATCH))))


def folder_session(
    desk: Desk,
    envelope: Envelope,
    keys: CentreKeys,
    stick: Stick,
    outcome: Outcome,
    blobs: CentreBlobs | None = None,
) -> Generator[Ask, Any, None]:
    """Seal what waits, take in what the stick brings, and leave on it what it lacks; with ``blobs``
    attachments and snapshots, too.

    Runs on the network thread, which may touch files; storage is asked for. Raises EnvironmentFault
    ``stick_gone``, ``stick_full``, ``stick_read_only``, ``stick_not_ours``, ``stick_unsuited``; and
    at the end ``stick_too_much`` when there is more on it than one session looks at. What was
    taken stays, what is left waits.
    """
    yield Note(SyncStep.PREPARE)
    while (yield Store(lambda uow: replication.seal_pending(uow, desk, envelope))):
        pass
    yield Note(SyncStep.CONNECT)
    known: frozenset[bytes] = yield Store(lambda uow: frozenset(uow.batches.ids()))
    names = {_name(one) for one in known}
    names |= {_statement_name(one) for one in keys.statements()}
    names.update(holding_files(keys).values())
    found = yield from _look(stick, names, desk.ids.random_bytes(1)[0])
    yield from _learn(keys, stick, found[STATEMENT])
    yield from try_set_aside_again(desk, envelope, keys, outcome)
    if blobs is not None:
        batch_bytes = sum(_possible(found[BATCH]).values())
        yield from begin_from_stick(desk, blobs, stick, found[SNAPSHOT_FILE].sizes, batch_bytes)
    yield Note(SyncStep.RECEIVE)  # also where nothing is new: then it was read all the same
    spoilt = yield from _take_in(desk, envelope, keys.centre, stick, found[BATCH], names, outcome)
    outcome.spoilt = yield Store(_noting_spoilt(spoilt))
    yield Store(lambda uow: evidence.tell_missing(uow, desk))
    yield from hear_words(desk, keys, stick, found[EXTRACT].sizes)
    yield from hear_holdings(keys, stick, found[HOLDING].sizes)
    for place in found[PART].sizes:
        # Left when a stick was pulled out while it was written.
        if _IS_HALF.fullmatch(file_of(place)):
            stick.drop(place)
    for place in spoilt.places:
        del found[BATCH].sizes[place]
    yield Note(SyncStep.SEND)
    # First what opens the batches: pulled out in between, the stick may be all that is left.
    left = _leave_statements(keys, stick, found[STATEMENT].sizes)
    is_whole = not any(found[ending].has_more for ending in (BATCH, STATEMENT, EXTRACT))
    yield from _leave(desk, stick, found[BATCH].sizes, outcome, is_whole=is_whole)
    yield Store(lambda uow: keys.note_left(uow, left))
    yield from _clear(stick, spoilt.places)
    yield from leave_word(keys, stick)
    yield from leave_holding(keys, stick, found[HOLDING].sizes)
    if blobs is not None:
        yield from exchange_scans(blobs, stick, found[SCAN], desk.clock, outcome)
        if not found[SNAPSHOT_FILE].has_more:
            yield from leave_snapshot(blobs, stick, found[SNAPSHOT_FILE].sizes)
    if not is_whole or found[SCAN].has_more:
        raise EnvironmentFault("stick_too_much")


def _look(
    stick: Stick, known: Container[str], first_shelf: int
) -> Generator[Ask, Any, Mapping[str, Found]]:
    """Look what lies there; among millions of names, too, it is heard that somebody stops it."""
    looking = stick.look({**_WANTED, **SCANS, **SNAPSHOT_FILES}, known, first_shelf)
    while True:
        try:
            next(looking)
        except StopIteration as end:
            found: Mapping[str, Found] = end.value
            return found
        yield Note(SyncStep.CONNECT)


def _learn(keys: CentreKeys, stick: Stick, found: Found) -> Generator[Ask, Any, None]:
    """Take in the centre's statements, a page at a time; each proves itself, or is dropped."""
    small = [place for place, size in found.sizes.items() if size <= limits.STATEMENT_MAX]
    has_news = False
    for start in range(0, len(small), PAGE_STATEMENTS):
        yield Note(SyncStep.CONNECT)
        page = (stick.read(one, limits.STATEMENT_MAX) for one in small[start:][:PAGE_STATEMENTS])
        of_centre = [one for one in page if one and centre_of(one) == keys.centre]
        has_news |= keys.learns(of_centre)
    if has_news:
        yield Store(keys.keep)


def _leave_statements(
    keys: CentreKeys, stick: Stick, sizes: Mapping[str, int]
) -> tuple[bytes, ...]:
    """Leave every statement that the stick lacks, or holds otherwise than it is; return all that
    lie there now. While the batches are written others may be said, which do not."""
    statements = keys.statements()
    held = {_statement_name(content): content for content in statements}
    carried = copies(sizes, held)
    for name, content in held.items():
        if not is_there(stick, carried, name, len(content), content):
            write(stick, name, content, carried)
    return statements


def _take_in(
    desk: Desk,
    envelope: Envelope,
    centre: bytes,
    stick: Stick,
    found: Found,
    known: Container[str],
    outcome: Outcome,
) -> Generator[Ask, Any, _Spoilt]:
    """Take in what is not known yet; return the files that are not what they say. Of other centres'
    batches no more than the front is read."""
    places = [place for place in found.sizes if file_of(place).lower() not in known]
    places.sort(key=file_of)
    spoilt = _Spoilt()
    possible = _possible(found)
    total_bytes = sum(possible.get(one, 0) for one in places)
    done = done_bytes = 0
    while done < len(places):
        yield Note(SyncStep.RECEIVE, done_bytes, total_bytes, done, len(places))
        arrived: list[Arrived] = []
        end, size = done + PAGE_FILES, 0
        while done < min(end, len(places)) and size < PAGE_BYTES:
            place = places[done]
            done += 1
            done_bytes += possible.get(place, 0)
            whose = _centre_in(stick.read(place, HEADER_BYTES))
            if whose not in (None, centre):
                continue
            content = stick.read(place, limits.BATCH_MAX)
            if content is None:
                outcome.set_aside += 1
                continue
            one = Arrived(batch_id(content), content, None)
            if _name(one.id) != file_of(place).lower():
                spoilt.note(place, one, is_of_centre=whose == centre)
            arrived.append(one)
            size += len(content)
        while arrived:
            taken: Taken = yield Store(_taking(desk, envelope, arrived))
            outcome.add(taken)
            arrived = arrived[taken.done :]
            if taken.has_more:
                yield from take_ready(desk, envelope, outcome)
    return spoilt


def _possible(found: Found) -> Mapping[str, int]:
    """Return the files whose size one can have: of the others no more than the beginning is read,
    however many gigabytes they have."""
    return {place: size for place, size in found.sizes.items() if size in found.wanted.sizes}


def _centre_in(front: bytes | None) -> bytes | None:
    """Return the centre that the front of a batch names; None when it is none."""
    try:
        return None if front is None else parse_header(front).centre
    except ProtocolError:
        return None


def _noting_spoilt(spoilt: _Spoilt) -> Callable[[UnitOfWork], int]:
    return lambda uow: strays.note_spoilt(uow, spoilt.of_centre)


def _taking(
    desk: Desk, envelope: Envelope, arrived: list[Arrived]
) -> Callable[[UnitOfWork], Taken]:
    return lambda uow: replication.take(uow, desk, envelope, arrived, None)


def _leave(
    desk: Desk, stick: Stick, sizes: Mapping[str, int], outcome: Outcome, *, is_whole: bool
) -> Generator[Ask, Any, None]:
    """Leave every batch that the stick lacks, or holds otherwise than it is; with the last of them
    it is noted that this laptop exchanged all with a stick, if ``is_whole``: all of it was read.

    The front of each file is compared: with a bit of it turned, it names another centre or a newer
    version, and whoever lacks the batch reads no further.
    """
    held: Mapping[bytes, int] = yield Store(lambda uow: uow.batches.sizes())
    known = tuple(held)
    carried = copies(sizes, {_name(one) for one in known})
    wanted = [size for one, size in held.items() if not has_size(carried, _name(one), size)]
    total_bytes, done_bytes, done = sum(wanted), 0, 0
    for start in range(0, len(known), PAGE_FILES):
        page = known[start : start + PAGE_FILES]
        lacking: list[SealedBatch]
        lacking, there = yield Store(_lacking(page, carried))
        turned = [
            one
            for one, size, front in there
            if not is_there(stick, carried, _name(one), size, front)
        ]
        if turned:
            lacking += yield Store(_contents(turned))
        for batch in lacking:
            # Those of the right size that hold something else are found one by one.
            total = max(total_bytes, done_bytes + len(batch.content))
            yield Note(SyncStep.SEND, done_bytes, total, done, max(len(wanted), done + 1))
            write(stick, _name(batch.id), batch.content, carried)
            done, done_bytes = done + 1, done_bytes + len(batch.content)
            outcome.batches_sent += 1
        is_last = start + PAGE_FILES >= len(known)
        yield Store(_noting(page, desk.clock.now_ms(), is_all=is_last and is_whole))


def _noting(ids: Sequence[bytes], at_ms: int, *, is_all: bool) -> Callable[[UnitOfWork], None]:
    """Note that these lie on a stick now, each of them whole; with ``is_all``, that all did."""

    def note(uow: UnitOfWork) -> None:
        uow.traces.note_on_stick(ids, at_ms)
        if is_all:
            note_stick(uow, at_ms)
        uow.commit()

    return note


def _clear(stick: Stick, spoilt: Mapping[str, bytes]) -> Generator[Ask, Any, None]:
    """Take away the files that bear a batch's name and do not hold it, and that could not be
    put right here: a laptop that holds the batch would pass over them for ever."""
    wrong = {place: one for place, one in spoilt.items() if _IS_NAME.fullmatch(file_of(place))}
    if not wrong:
        return
    known: frozenset[bytes] = yield Store(lambda uow: frozenset(uow.batches.ids()))
    later: frozenset[bytes] = yield Store(_may_open_later)
    known_names = {_name(one) for one in known}
    for place, held in wrong.items():
        name = file_of(place)
        if name in known_names and place == stick.home(name):
            continue  # put right
        if held in later:
            # It may open one day, so it stays, under the name of what it holds.
            content = stick.read(place, limits.BATCH_MAX)
            if content is None or batch_id(content) != held:
                continue
            stick.write(_name(held), content)
        stick.drop(place)


def _may_open_later(uow: UnitOfWork) -> frozenset[bytes]:
    return frozenset(one.id for one in uow.aside.kept())


def _lacking(
    ids: Sequence[bytes], carried: Copies
) -> Callable[[UnitOfWork], tuple[list[SealedBatch], list[tuple[bytes, int, bytes]]]]:
    """Look which of these batches the stick lacks or holds cut short, and what the files of the
    others must begin with."""

    def look(uow: UnitOfWork) -> tuple[list[SealedBatch], list[tuple[bytes, int, bytes]]]:
        lacking, there = [], []
        for one in ids:
            content = uow.batches.content(one)
            if content is None:
                continue
            if has_size(carried, _name(one), len(content)):
                there.append((one, len(content), content[:HEADER_BYTES]))
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


def _statement_name(content: bytes) -> str:
    return statement_id(content).hex() + STATEMENT
