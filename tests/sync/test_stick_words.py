"""What a stick tells of the region's log: a word for people, and never more than a word."""

from __future__ import annotations

import dataclasses
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services import evidence, replication
from sync.client.folder import EXTRACT
from sync.client.stick import FOLDER_NAME
from sync.protocol.batch import batch_id
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.extract import (
    EXTRACT_IDS_MAX,
    EXTRACT_MAX,
    LogExtract,
    encode_extract,
    extract_name,
    parse_extract,
)
from tests.simulation.keys import sim_centre
from tests.support.offline import LOG, Station, signed_receipt
from tests.support.pulled import AFTER, Pulled
from tests.support.spoilt import altered
from tests.support.sticks import files, home

CENTRE = sim_centre().id


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def stations() -> Iterator[tuple[Station, Station]]:
    """A colleague without a network wrote something that the other one carried to the region."""
    made = (Station.of(0), Station.of(1))
    yield made
    for one in made:
        one.laptop.store.close()


def carried(stations: tuple[Station, Station], stick: Path) -> None:
    """B's batches went by stick to A, who synchronised with the region."""
    a, b = stations
    b.write("relato inventado")
    assert b.use(stick).failure is None
    assert a.use(stick).failure is None
    a.was_online()


def outbox(station: Station) -> replication.Outbox:
    return station.laptop.run(replication.outbox)


def extract_of(ids: list[bytes], log_id: bytes = LOG) -> LogExtract:
    chain = chain_start(log_id)
    for one in ids:
        chain = chain_after(chain, one)
    signed = signed_receipt(ids[-1], log_id, len(ids), chain)
    return LogExtract(CENTRE, log_id, len(ids), chain_start(log_id), signed.signature, tuple(ids))


def put(stick: Path, content: bytes, name: str | None = None) -> Path:
    """Put the bytes of an extract on the stick, under its own name or another one."""
    path = home(stick, (name or extract_name(CENTRE, LOG).hex()) + EXTRACT)
    path.write_bytes(content)
    return path


def test_who_has_no_network_hears_by_stick_what_the_region_holds_and_it_stays_a_word(
    stations: tuple[Station, Station], stick: Path
) -> None:
    a, b = stations
    carried(stations, stick)
    b.write("escrito después")
    before = outbox(b)
    assert b.told() == {}

    assert a.use(stick).failure is None
    report = b.use(stick)

    assert (report.failure, report.set_aside) == (None, 0)
    assert b.told() == {one: position for position, one in enumerate(sorted_by_place(a), 1)}
    assert len(b.ids - b.told().keys()) == 1, "what was written since is not with the region"
    assert outbox(b).cursor is None
    assert outbox(b) == before, "nothing leaves the outbox for a word"


def sorted_by_place(station: Station) -> list[bytes]:
    return list(station.laptop.run(lambda uow: uow.log_words.ids_up_to(1_000)))


def test_a_third_laptop_that_never_met_the_stick_before_hears_it_too(
    stations: tuple[Station, Station], stick: Path
) -> None:
    carried(stations, stick)
    assert stations[0].use(stick).failure is None
    c = Station.of(2)
    assert c.use(stick).failure is None
    assert set(c.told()) == stations[0].ids
    c.laptop.store.close()


def test_what_this_laptop_verified_itself_is_no_hearsay(
    stations: tuple[Station, Station], stick: Path
) -> None:
    a, b = stations
    carried(stations, stick)
    assert a.use(stick).failure is None
    assert b.use(stick).failure is None
    assert b.told()
    b.was_online()
    assert b.told() == {}


def test_the_word_of_another_log_is_not_told_to_who_follows_one(
    stations: tuple[Station, Station], stick: Path
) -> None:
    """The region's server was set up anew: what the old one held says nothing of the new one."""
    a, b = stations
    carried(stations, stick)
    assert a.use(stick).failure is None
    b.was_online(b"\x0c" * 16)
    b.write("escrito después")
    own = b.ids
    put(stick, encode_extract(extract_of(sorted(own))))
    assert b.use(stick).failure is None
    assert b.told() == {}
    assert outbox(b).batches == 1


def test_an_older_word_never_takes_the_place_of_a_newer_one(
    stations: tuple[Station, Station], stick: Path
) -> None:
    a, b = stations
    carried(stations, stick)
    assert a.use(stick).failure is None
    old = files(stick, EXTRACT)[0].read_bytes()
    a.write("relato inventado")
    a.was_online()
    assert a.use(stick).failure is None
    (path,) = files(stick, EXTRACT)
    newer = path.read_bytes()
    assert parse_extract(newer).position == parse_extract(old).position + 1

    c = Station.of(2)
    assert c.use(stick).failure is None
    path.write_bytes(old)  # played again
    for one in (c, b, c):
        assert one.use(stick).failure is None
    assert set(c.told()) == a.ids
    assert a.use(stick).failure is None
    assert path.read_bytes() == newer
    c.laptop.store.close()


@pytest.mark.parametrize("at", [0, 4, 5, 21, 37, 45, 60, 80, 100, 144, 145, 160, -1])
def test_a_word_that_was_changed_anywhere_is_nobodys_word(
    stations: tuple[Station, Station], stick: Path, at: int
) -> None:
    a, b = stations
    carried(stations, stick)
    assert a.use(stick).failure is None
    (path,) = files(stick, EXTRACT)
    whole = path.read_bytes()
    path.write_bytes(altered(whole, at))
    report = b.use(stick)
    assert (report.failure, report.set_aside) == (None, 0)
    assert b.told() == {}
    assert a.use(stick).failure is None
    assert path.read_bytes() == whole, "who knows better puts it right"


def test_a_word_that_differs_from_an_earlier_one_is_noted_and_told_once(
    stations: tuple[Station, Station], stick: Path
) -> None:
    """The server gave a batch one place to this laptop, and another one to a colleague's."""
    a, _ = stations
    a.write("relato inventado")
    a.was_online()
    (one,) = a.ids
    put(stick, encode_extract(extract_of([bytes(32), one])))
    before = a.laptop.run(lambda uow: uow.audit.count())
    for _ in range(3):
        assert a.use(stick).failure is None
    assert a.laptop.run(lambda uow: uow.audit.count()) == before + 1
    told = {fact.message_id: fact.count for fact in a.laptop.run(evidence.facts)}
    assert told["receipt_broken"] == 1


def test_a_word_says_no_more_than_was_signed(
    stations: tuple[Station, Station], stick: Path
) -> None:
    """A colleague with a stick cannot add what was never sent, nor move it."""
    _, b = stations
    b.write("relato inventado")
    b.write("relato inventado")
    one, two = sorted(b.ids)
    honest = extract_of([one])
    for false in (
        dataclasses.replace(honest, position=2, ids=(one, two)),
        dataclasses.replace(honest, ids=(two,)),
        dataclasses.replace(honest, position=2, before=bytes(32)),
        dataclasses.replace(honest, centre=b"\x52" * 16),
        dataclasses.replace(honest, signature=bytes(64)),
    ):
        put(stick, encode_extract(false))
        assert b.use(stick).failure is None
        assert b.told() == {}, false
    put(stick, encode_extract(honest))
    assert b.use(stick).failure is None
    assert b.told() == {one: 1}


def test_words_without_end_and_of_any_size_cost_little_and_hide_no_batch(
    stations: tuple[Station, Station], stick: Path
) -> None:
    a, b = stations
    a.write("relato inventado")
    assert a.use(stick).failure is None
    others = extract_of([bytes([1]) * 32])
    for number in range(600):
        log_id = number.to_bytes(16, "big")
        other = dataclasses.replace(
            others, centre=b"\x52" * 16, log_id=log_id, before=bytes(32), position=2
        )
        put(stick, encode_extract(other), f"{number:064x}")
    own = encode_extract(others)
    for number in range(600, 700):
        put(stick, own[:144] + os.urandom(1_000), f"{number:064x}")
    huge = put(stick, own, f"{700:064x}")
    with huge.open("r+b") as file:
        file.truncate(3 << 30)  # sparse
    (stick / FOLDER_NAME / f"{'aa' * 32}{EXTRACT}").symlink_to("/dev/zero")
    report = b.use(stick)
    assert (report.failure, report.set_aside) == (None, 0)
    assert report.batches_received == 1
    assert report.bytes_down < 2 * EXTRACT_MAX + 1_000_000
    assert b.told() == {}


def test_a_word_of_the_largest_size_is_read_and_one_more_is_refused() -> None:
    ids = [batch_id(number.to_bytes(4, "big")) for number in range(EXTRACT_IDS_MAX)]
    whole = extract_of(ids)
    content = encode_extract(whole)
    assert len(content) == EXTRACT_MAX
    assert parse_extract(content) == whole
    assert (whole.first, whole.receipt().position) == (1, EXTRACT_IDS_MAX)
    for wrong in (
        dataclasses.replace(whole, position=EXTRACT_IDS_MAX + 1, ids=(*ids, bytes(32))),
        dataclasses.replace(whole, ids=()),
        dataclasses.replace(whole, position=EXTRACT_IDS_MAX - 1),
    ):
        with pytest.raises(Exception, match="extract_"):
            encode_extract(wrong)


def test_what_was_left_whole_on_a_stick_is_noted_and_what_was_not_is_not(
    stations: tuple[Station, Station], stick: Path
) -> None:
    a, _ = stations
    case_id = a.write("relato inventado")

    def on_sticks() -> set[bool]:
        rows = a.laptop.run(lambda uow: uow.traces.waiting([case_id]))
        assert rows
        return {one.stick_ms is not None for one in rows}

    pulled = Pulled(stick, fault=errno.ENOSPC)
    with pulled.patched():
        assert a.use(stick).failure is None
    first_write = pulled.names.index("write") + 1
    shutil.rmtree(stick / FOLDER_NAME)

    b = Station.of(3)
    other = b.write("otro relato")
    with Pulled(stick, first_write, AFTER).patched():
        assert b.use(stick).failure == "stick_gone"
    rows = b.laptop.run(lambda uow: uow.traces.waiting([other]))
    assert {one.stick_ms for one in rows} == {None}
    assert b.use(stick).failure is None
    rows = b.laptop.run(lambda uow: uow.traces.waiting([other]))
    assert None not in {one.stick_ms for one in rows}
    assert on_sticks() == {True}
    b.laptop.store.close()
