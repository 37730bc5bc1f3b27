"""The bytes of format 3, kept for ever: the head of an audit behind the columns of either layout."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import msgspec
import pytest

from app.services.ports import AuditHead, UnitOfWork
from db.store import memory_store
from sync.envelope.audit_column import head_of, with_head
from sync.envelope.origin_payload import decode_with_origins
from sync.envelope.payload import decode_changes, encode_changes, format_of
from sync.envelope.seal import CentreEnvelope
from sync.protocol.batch import parse_batch
from tests.support import centres, make_vectors, make_vectors_format_2
from tests.support.logs import hold
from tests.support.make_vectors_format_3 import FOLDER, HEADS, plain, with_origins

KNOWN = json.loads((FOLDER / "values.json").read_text(encoding="utf-8"))
BATCHES = tuple((FOLDER / f"batch-{number}.bin").read_bytes() for number in (4, 5))
PLAIN = encode_changes(centres.REGISTRY, make_vectors.changes())
HEAD = HEADS[0]


@pytest.fixture
def log() -> Iterator[UnitOfWork]:
    with closing(memory_store(centres.REGISTRY)) as store, store.unit() as uow:
        opened = envelope().open(make_vectors_format_2.earlier())
        hold(uow, opened.id, opened.changes, position=2)
        yield uow


def envelope() -> CentreEnvelope:
    salts = iter(bytes.fromhex(one) for one in KNOWN["salts"])
    return CentreEnvelope(centres.REGISTRY, make_vectors.keyring(), draw=lambda _: next(salts))


def payload(content: bytes) -> list[Any]:
    inside = envelope()._payload(parse_batch(content))
    columns: list[Any] = msgspec.msgpack.decode(inside)
    return columns


def test_both_layouts_open_with_their_changes_and_the_head(log: UnitOfWork) -> None:
    opened = [envelope().open(one, log.origins) for one in BATCHES]
    assert [one.id.hex() for one in opened] == KNOWN["ids"]
    assert [one.format for one in opened] == [3, 3]
    assert [one.audit for one in opened] == list(HEADS)
    assert [[one.number, one.hash.hex()] for one in HEADS] == KNOWN["heads"]
    assert [one.changes for one in opened] == [
        make_vectors.changes(),
        make_vectors_format_2.changes(),
    ]


def test_they_are_sealed_alike_again(log: UnitOfWork) -> None:
    sealing = envelope()
    first = sealing.seal(*plain())
    second = sealing.seal(*with_origins(first.id), log.origins)
    assert (first.content, second.content) == BATCHES


def test_the_column_stands_where_the_specification_says() -> None:
    first, second = map(payload, BATCHES)
    assert (first[:2], len(first), first[18]) == ([3, 1], 19, [1204, bytes(range(32))])
    assert (second[:2], len(second), second[22]) == ([3, 2], 23, [1_000_000, b"\xe5" * 32])


def test_a_reader_that_knows_no_such_column_reads_all_the_others() -> None:
    """As programs of formats 1 and 2 do: what stands behind their columns they leave unread."""
    told = with_head(PLAIN, HEAD)
    assert decode_changes(centres.REGISTRY, told) == make_vectors.changes()
    assert decode_with_origins(centres.REGISTRY, told, None) == make_vectors.changes()


def test_without_a_head_a_payload_is_what_it_was() -> None:
    assert head_of(PLAIN) is None
    assert format_of(PLAIN).format == 2


@pytest.mark.parametrize(
    "column",
    [None, [], [0, bytes(32)], [-1, bytes(32)], [2**63, bytes(32)], [1, bytes(31)], ["1", b""], 7,
     [1, "0" * 32], {"number": 1}],
    ids=repr,
)  # fmt: skip
def test_what_stands_there_and_is_no_head_refuses_nothing(column: object) -> None:
    columns = msgspec.msgpack.decode(PLAIN, type=list[msgspec.Raw])
    columns[0] = msgspec.Raw(msgspec.msgpack.encode(3))
    columns.append(msgspec.Raw(msgspec.msgpack.encode(column)))
    content = msgspec.msgpack.encode(columns)
    assert head_of(content) is None
    assert decode_with_origins(centres.REGISTRY, content, None) == make_vectors.changes()


def test_later_columns_may_stand_behind_it() -> None:
    columns = msgspec.msgpack.decode(with_head(PLAIN, HEAD), type=list[msgspec.Raw])
    columns[0] = msgspec.Raw(msgspec.msgpack.encode(4))
    columns.append(msgspec.Raw(msgspec.msgpack.encode("of a format to come")))
    assert head_of(msgspec.msgpack.encode(columns)) == AuditHead(1204, bytes(range(32)))


def test_of_an_older_format_what_stands_behind_the_columns_is_nothing_known() -> None:
    columns = msgspec.msgpack.decode(with_head(PLAIN, HEAD), type=list[msgspec.Raw])
    columns[0] = msgspec.Raw(msgspec.msgpack.encode(2))
    assert head_of(msgspec.msgpack.encode(columns)) is None


def test_what_stands_behind_it_takes_no_memory() -> None:
    """A laptop that lies may put millions of things there, and they are read by nobody."""
    told = with_head(PLAIN, HEAD)
    assert told[0] == 0xDC, "an array of up to 65,535"
    count = 6 << 20
    content = b"\xdd" + (19 + count).to_bytes(4, "big") + told[3:] + b"\x01" * count
    tracemalloc.start()
    assert head_of(content) == HEAD
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1 << 20
