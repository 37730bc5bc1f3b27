"""The bytes of format 2, kept for ever: what was written once must always be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import msgspec
import pytest

from app.domain.value import canonical_bytes
from app.services.ports import UnitOfWork, WaitingBatch
from db.store import memory_store
from sync.envelope.origin_payload import decode_with_origins, encode_with_origins
from sync.envelope.seal import CentreEnvelope
from tests.support import centres, make_vectors
from tests.support.logs import hold
from tests.support.make_vectors_format_2 import FOLDER, changes, earlier, outline

KNOWN = json.loads((FOLDER / "values.json").read_text(encoding="utf-8"))
PAYLOAD = (FOLDER / "payload-3.bin").read_bytes()
BATCH = (FOLDER / "batch-3.bin").read_bytes()


@pytest.fixture
def log() -> Iterator[UnitOfWork]:
    envelope = CentreEnvelope(centres.REGISTRY, make_vectors.keyring())
    with closing(memory_store(centres.REGISTRY)) as store, store.unit() as uow:
        opened = envelope.open(earlier())
        hold(uow, opened.id, opened.changes, position=2)
        yield uow


def test_the_batch_opens_beside_the_one_that_it_names(log: UnitOfWork) -> None:
    opened = CentreEnvelope(centres.REGISTRY, make_vectors.keyring()).open(BATCH, log.origins)
    assert opened.id.hex() == KNOWN["batch_3_id"]
    assert (opened.number, opened.previous, opened.seen) == (3, outline().previous, outline().seen)
    assert opened.format == 2
    assert opened.changes == changes()
    assert [
        {"id": one.id.hex(), "record": one.record_id, "value": canonical_bytes(one.value).hex()}
        for one in opened.changes
    ] == KNOWN["changes"]


def test_alone_it_says_what_it_waits_for() -> None:
    with pytest.raises(WaitingBatch) as waits:
        CentreEnvelope(centres.REGISTRY, make_vectors.keyring()).open(BATCH)
    assert waits.value.awaits.hex() == KNOWN["context"]


def test_the_payload_is_written_and_read_alike(log: UnitOfWork) -> None:
    assert encode_with_origins(centres.REGISTRY, changes(), log.origins) == PAYLOAD
    assert decode_with_origins(centres.REGISTRY, PAYLOAD, log.origins) == changes()


def test_the_columns_lie_where_the_specification_says() -> None:
    columns = msgspec.msgpack.decode(PAYLOAD, type=list[object])
    assert columns[:3] == [2, 2, 4]
    # One record and one field are written down: those of the change that replaces nothing.
    assert (columns[5], columns[6], columns[8], columns[9]) == (
        *(bytes.fromhex(changes()[3].record_id), b"\1", b"\0", b"\0"),
    )
    assert (columns[14], columns[15], columns[16]) == (b"\0\0\1\0", b"\0", b"\xba" * 16)
    assert columns[17] == [" dos veces", ["2"], "sin nada antes", None]
    assert columns[18] == bytes.fromhex(KNOWN["context"])
    assert (columns[19], columns[20]) == (b"\1\1\1\0", b"\x08\x03\x06")
    assert columns[21] == b"\x1a\0\0", "26 characters of the text are kept"
