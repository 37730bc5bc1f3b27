"""What a malicious laptop of the centre seals is set aside by its reason, at little cost, and holds
nothing up: by stick, and out of the region's log."""

from __future__ import annotations

import dataclasses
import itertools
import os
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services import replication
from app.services.messages import SENTENCES
from app.services.ports import Cursor, UnusableBatch
from app.services.replication import Arrived
from db.set_aside import STRANGERS_ROWS_MAX
from sync.client.folder import BATCH
from sync.envelope.padding import CONTENT_MAX
from sync.envelope.payload import encode_changes
from sync.envelope.seal import CentreEnvelope
from sync.protocol.batch import HEADER_BYTES, batch_id
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.signature import SIGNATURE_BYTES
from tests.simulation.keys import sim_centre
from tests.support import centres
from tests.support.bombs import BOMBS, compressed, padded, sealed_around, sealed_bombs
from tests.support.laptops import definitions
from tests.support.offline import LOG, Station
from tests.support.spoilt import altered
from tests.support.sticks import home

EVERY = "QISPI_EVERY" in os.environ
MANY = 10_000 if EVERY else 1_000
MEMBER = sim_centre().keyrings[0]


@pytest.fixture
def station() -> Iterator[Station]:
    made = Station.of(1)
    yield made
    made.laptop.store.close()


@pytest.fixture
def good() -> list[bytes]:
    """Honest batches of a colleague."""
    colleague = Station.of(0)
    for number in range(3):
        colleague.write(f"relato inventado {number}")
    contents = colleague.laptop.run(
        lambda uow: [uow.batches.content(one) for one in uow.batches.ids()]
    )
    colleague.laptop.store.close()
    return [one for one in contents if one]


def on_stick(stick: Path, contents: list[bytes]) -> None:
    for content in contents:
        home(stick, batch_id(content).hex() + BATCH).write_bytes(content)


def in_log(contents: list[bytes]) -> list[Arrived]:
    """The batches as an answer of the server brings them, one position after the other."""
    chain, arrived = chain_start(LOG), []
    for position, content in enumerate(contents, 1):
        chain = chain_after(chain, batch_id(content))
        arrived.append(Arrived(batch_id(content), content, position, chain))
    return arrived


def take(station: Station, arrived: list[Arrived]) -> list[replication.Taken]:
    """Take pages in, each by portions, as the network session does; return what each portion did."""
    portions = []
    for at in range(0, len(arrived), 64):
        page = arrived[at : at + 64]
        while page:
            portions.append(_take(station, page))
            page = page[portions[-1].done :]
    return portions


def _take(station: Station, page: list[Arrived]) -> replication.Taken:
    last = page[-1]
    assert last.chain is not None and last.position is not None
    cursor = Cursor(LOG, last.position, last.chain)
    return station.laptop.run(
        lambda uow: replication.take(uow, station.laptop.desk, station.envelope, page, cursor)
    )


def reasons(station: Station) -> Counter[str]:
    rows = station.laptop.run(lambda uow: uow.aside.rows())
    return Counter({row.reason: row.count for row in rows})


@pytest.mark.parametrize("name", list(BOMBS))
def test_a_bomb_is_refused_by_its_reason_and_costs_little(name: str) -> None:
    """At most twice the decompressed limit of memory, and a moment. (B8)"""
    reason, make = BOMBS[name]
    receiver = CentreEnvelope(centres.REGISTRY, sim_centre().keyrings[1])
    content = sealed_around(MEMBER, make())
    began = time.process_time()
    with pytest.raises(UnusableBatch) as refusal:
        receiver.open(content)
    assert time.process_time() - began < 2
    assert (refusal.value.message_id, refusal.value.is_signed) == (reason, True)
    tracemalloc.start()
    try:
        with pytest.raises(UnusableBatch):
            receiver.open(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2.5 * CONTENT_MAX


def test_bombs_on_a_stick_stand_in_no_batchs_way(
    station: Station, good: list[bytes], tmp_path: Path
) -> None:
    bombs = sealed_bombs(MEMBER)
    on_stick(tmp_path, [*bombs, *good])
    report = station.use(tmp_path)
    assert (report.failure, report.batches_received) == (None, len(good))
    assert reasons(station) == Counter(reason for _, reason in bombs.values())
    assert set(reasons(station)) <= SENTENCES.keys()
    again = station.use(tmp_path)
    assert (again.failure, again.set_aside, again.batches_received) == (None, 0, 0)


def test_bombs_in_the_log_stand_in_no_batchs_way(station: Station, good: list[bytes]) -> None:
    """(B8)"""
    bombs = sealed_bombs(MEMBER)
    contents = [*itertools.chain(*itertools.zip_longest(bombs, good))]
    arrived = in_log([one for one in contents if one is not None])
    taken = take(station, arrived)
    assert sum(one.batches for one in taken) == len(good)
    assert [one.bugs for one in taken] == [()] * len(taken), "nothing of it is unexpected"
    assert reasons(station) == Counter(reason for _, reason in bombs.values())
    cursor = station.laptop.run(lambda uow: uow.batches.cursor())
    assert cursor is not None and cursor.position == len(arrived)


def test_parts_of_two_batches_under_any_name_are_set_aside(
    station: Station, good: list[bytes], tmp_path: Path
) -> None:
    """Header of one, signature of another, body of a third; frames of two in one file. (B3)"""
    head, body = HEADER_BYTES, HEADER_BYTES + SIGNATURE_BYTES
    parts = [(one[:head], one[head:body], one[body:]) for one in good]
    spliced = [
        b"".join(parts[which][at] for at, which in enumerate(mix))
        for mix in itertools.product(range(3), repeat=3)
        if len(set(mix)) > 1
    ]
    spliced += [good[0] + good[1], good[0][: len(good[0]) // 2] + good[1]]
    on_stick(tmp_path, [*spliced, *good])
    report = station.use(tmp_path)
    assert (report.failure, report.batches_received) == (None, len(good))
    assert sum(reasons(station).values()) == len(spliced)
    assert set(reasons(station)) <= {"batch_altered", "batch_truncated", "batch_malformed"}


def test_every_cut_and_every_turned_bit_of_a_batch_comes_by_stick_in_vain(
    station: Station, good: list[bytes], tmp_path: Path
) -> None:
    """(B1, B2)"""
    whole = good[0]
    step = 1 if EVERY else 7
    bad = [whole[:end] for end in range(0, len(whole), step)]
    bad += [altered(whole, at) for at in range(0, len(whole), step)]
    for at, number in itertools.product((202, 203, 204, 205), (0, 1, 0x7F, 0xFF)):
        lying = bytearray(whole)
        lying[at] = number  # the length of the body
        bad.append(bytes(lying))
    bad = [one for one in dict.fromkeys(bad) if one != whole]
    on_stick(tmp_path, [*bad, *good])
    report = station.use(tmp_path)
    assert (report.failure, report.batches_received) == (None, len(good))
    told = sum(reasons(station).values())
    # Another centre's batches are nobody's trouble; of the rest each is told of.
    foreign = sum(one[6:22] != whole[6:22] and len(one) >= HEADER_BYTES for one in bad)
    assert min(len(bad) - foreign, STRANGERS_ROWS_MAX) <= told <= len(bad)
    assert set(reasons(station)) <= {
        "batch_truncated",
        "batch_altered",
        "batch_malformed",
        "batch_over_limit",
        "batch_unknown_version",
        "batch_unknown_device",
    }


def small_batches(count: int) -> list[bytes]:
    """Batches of one change each, of as many records and runs of a colleague's program."""
    registry = definitions().registry
    field = next(one.field for one in registry.entries if one.kind == "case")
    made = []
    for number in range(1, count + 1):
        change = centres.change(
            number, f"valor {number}", field=field, record=number, registry=registry
        )
        payload = padded(compressed(encode_changes(registry, [change])))
        made.append(sealed_around(MEMBER, payload, number))
    return made


@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of its own process")
@pytest.mark.parametrize("way", ["stick", "log"])
def test_very_many_waiting_batches_are_taken_in_with_bounded_memory(
    station: Station, tmp_path: Path, way: str
) -> None:
    """Half of them good, half of a laptop that nobody knows; page by page. (C10) Control: the good ones,
    each between two of the others, are all taken in."""
    contents = small_batches(MANY // 2)
    nobody = stranger()
    strangers = [
        sealed_around(nobody, os.urandom(256), number) for number in range(1, MANY // 2 + 1)
    ]
    everything = [*itertools.chain(*zip(contents, strangers, strict=True))]
    if way == "stick":
        on_stick(tmp_path, everything)
    before = resident()
    began = time.process_time()
    if way == "stick":
        report = station.use(tmp_path)
        assert report.failure is None
        assert report.batches_received == len(contents)
    else:
        assert sum(one.batches for one in take(station, in_log(everything))) == len(contents)
    spent = time.process_time() - began
    grown = resident() - before
    assert reasons(station) == {"batch_unknown_device": len(strangers)}
    assert grown < 100_000_000
    assert spent < 60 * MANY / 2_000
    print(f"{MANY} batches by {way}: {spent:.1f} s, {grown / 1e6:.0f} MB with the store in memory")


def stranger():
    """The keyring of a laptop of the centre of which nobody has heard."""
    keys = centres.DeviceKeys(centres.seed("a stranger"))
    return dataclasses.replace(MEMBER, keys=keys)


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
