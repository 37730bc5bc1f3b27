"""The heaviest batches that are valid: a malicious laptop seals them in a kilobyte, and what they
cost to open and to take in has a bound, however many come in one answer or on one stick."""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.change import AuthorId, Change, RecordId, new_change
from app.domain.errors import DomainError
from app.domain.stamp import Stamp
from app.services import ledger, replication
from db.heads import HEADS_BYTES_MAX
from sync.envelope.payload import decode_changes, encode_changes
from sync.envelope.seal import CentreEnvelope
from sync.envelope.wire_values import CODES_MAX, TEXTS_MAX
from tests.simulation.keys import sim_centre
from tests.support import centres
from tests.support.bombs import ACCEPTED, accepted
from tests.support.every import spread
from tests.support.laptops import definitions
from tests.support.offline import LOG, Station
from tests.sync.test_bombs import MEMBER, in_log, on_stick, take

CODES = "as many codes as a batch may hold"
TEXTS = "as many characters as fit"

OPEN_BYTES = 64 << 20
OPEN_SECONDS = 3
TAKE_BYTES = 192 << 20


@pytest.fixture
def station() -> Iterator[Station]:
    made = Station.of(1)
    yield made
    made.laptop.store.close()


@pytest.mark.parametrize("name", spread(list(ACCEPTED), 3))
def test_the_heaviest_batch_that_is_valid_opens_at_a_bounded_cost(name: str) -> None:
    content = accepted(MEMBER, name)
    for _ in range(3):  # a processor that others use as well is slow at times
        receiver = CentreEnvelope(centres.REGISTRY, sim_centre().keyrings[1])
        began = time.process_time()
        count = len(receiver.open(content).changes)
        spent = time.process_time() - began
        if spent < OPEN_SECONDS:
            break
    assert spent < OPEN_SECONDS
    assert count == ACCEPTED[name]["count"]
    tracemalloc.start()
    try:
        receiver.open(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < OPEN_BYTES
    print(f"{name}: {len(content)} bytes, {peak / 1e6:.0f} MB")


@pytest.mark.parametrize("name", [CODES, TEXTS])
def test_a_whole_answer_of_them_takes_no_more_memory_than_one(station: Station, name: str) -> None:
    """All in one field, where each meets all that came before."""
    count = 8 if "QISPI_EVERY" in os.environ else 3
    arrived = in_log([accepted(MEMBER, name, number) for number in range(1, count + 1)])
    tracemalloc.start()
    try:
        portions = take(station, arrived)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sum(one.batches for one in portions) == count
    assert len(portions) > 1, "more than one transaction should take"
    assert peak < TAKE_BYTES
    print(f"{count} batches of {name}: {peak / 1e6:.0f} MB")


def test_a_page_is_taken_by_portions_with_the_cursor_behind_each(station: Station) -> None:
    arrived = in_log([accepted(MEMBER, CODES, number) for number in range(1, 6)])
    (first, *_) = _portions(station, arrived, most=1)
    assert 0 < first.done < len(arrived)
    # The power goes, and comes back: what is on the disk is all that is known.
    cursor = station.laptop.run(lambda uow: uow.batches.cursor())
    assert cursor is not None
    assert (cursor.position, cursor.chain) == (first.done, arrived[first.done - 1].chain)
    assert cursor == first.cursor
    rest = _portions(station, arrived[cursor.position :])
    assert first.batches + sum(one.batches for one in rest) == len(arrived)
    assert len(rest) > 1, "five would be more than one transaction should take"
    cursor = station.laptop.run(lambda uow: uow.batches.cursor())
    assert cursor is not None and cursor.position == len(arrived)


def test_all_of_a_stick_is_taken_by_portions(station: Station, tmp_path: Path) -> None:
    on_stick(tmp_path, [accepted(MEMBER, CODES, number) for number in range(1, 4)])
    report = station.use(tmp_path)
    assert (report.failure, report.batches_received, report.set_aside) == (None, 3, 0)


def test_more_codes_than_a_batch_may_hold_are_refused_to_the_writer() -> None:
    changes = [_ticked(number, CODES_MAX) for number in range(TEXTS_MAX // CODES_MAX)]
    registry = definitions().registry
    assert decode_changes(registry, encode_changes(registry, changes)) == tuple(changes)
    with pytest.raises(DomainError, match="batch_over_limit"):
        encode_changes(registry, [*changes, _ticked(99, 1)])


def test_what_waits_is_sealed_in_batches_that_a_reader_takes(station: Station) -> None:
    """Twice as many codes as a batch may hold wait to be sealed: nobody's file, and yet it goes."""
    colleague = Station.of(0)
    changes = [_ticked(number, CODES_MAX) for number in range(2 * TEXTS_MAX // CODES_MAX)]
    laptop = colleague.laptop

    def write(uow) -> None:
        ledger.record(uow, laptop.desk.definitions, changes, is_own=True)
        uow.commit()

    laptop.run(write)
    while laptop.run(lambda uow: replication.seal_pending(uow, laptop.desk, colleague.envelope)):
        pass
    ids = laptop.run(lambda uow: tuple(uow.batches.ids()))
    contents = [laptop.run(lambda uow, one=one: uow.batches.content(one)) for one in ids]
    assert len(contents) > 1
    taken = take(station, in_log([one for one in contents if one]))
    assert sum(one.changes for one in taken) == len(changes)
    assert station.digest == colleague.digest
    laptop.store.close()


def test_of_many_large_values_that_met_the_newest_are_looked_at(station: Station) -> None:
    """Two are always: who has to choose between them is asked."""
    size = HEADS_BYTES_MAX // 4
    changes = [_told(number, f"{number}" + "x" * size) for number in range(1, 9)]
    with station.laptop.store.unit() as uow:
        (key,) = ledger.record(uow, definitions(), changes, is_own=False)
        looked = uow.changes.heads_of([key], {})[key]
        everything = uow.changes.heads(key)
    assert everything == tuple(changes), "nothing is lost"
    assert looked == tuple(changes[-3:])


def _portions(station: Station, arrived, most: int = 100) -> list[replication.Taken]:
    """Take a page in by at most so many portions."""
    portions: list[replication.Taken] = []
    while arrived and len(portions) < most:
        cursor = arrived[-1].cursor_in(LOG)
        portions.append(
            station.laptop.run(
                lambda uow, page=arrived, at=cursor: replication.take(
                    uow, station.laptop.desk, station.envelope, page, at
                )
            )
        )
        arrived = arrived[portions[-1].done :]
    return portions


def _ticked(number: int, count: int) -> Change:
    return _of_case(
        number, "psychological_acts", tuple(f"{one:06x}" for one in range(count)), number
    )


def _told(number: int, text: str) -> Change:
    return _of_case(0, "#901", text, number)


def _of_case(record: int, field: str, value, counter: int) -> Change:
    return new_change(
        definitions().registry,
        kind="case",
        record_id=RecordId(f"{record + 1:032x}"),
        field=field,
        value=value,
        stamp=Stamp(1_760_000_000_000, b"\x51" * 8, counter + 1),
        author=AuthorId("ab" * 16),
        bases=(),
    )
