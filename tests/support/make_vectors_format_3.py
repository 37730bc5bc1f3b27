"""Writes ``tests/vectors/format-3``: run once, then never again.

``python -m tests.support.make_vectors_format_3``. The changes are those of the vectors of formats 1
and 2; behind their columns stands where the audit of the laptop ended.
"""

from __future__ import annotations

import dataclasses
import json
from contextlib import closing

from app.domain.change import Change
from app.services.ports import AuditHead, BatchOutline
from db.store import memory_store
from sync.envelope.seal import CentreEnvelope
from sync.protocol.batch import batch_id
from tests.support import centres, make_vectors, make_vectors_format_2
from tests.support.logs import hold

FOLDER = make_vectors.FOLDER / "format-3"
SALTS = (bytes.fromhex("6c" * 16), bytes.fromhex("6d" * 16))
HEADS = (AuditHead(1204, bytes(range(32))), AuditHead(1_000_000, bytes.fromhex("e5" * 32)))


def plain() -> tuple[BatchOutline, tuple[Change, ...]]:
    """Return what the batch in layout 1 says."""
    before = batch_id((make_vectors_format_2.FOLDER / "batch-3.bin").read_bytes())
    seen = make_vectors_format_2.outline().seen
    return BatchOutline(make_vectors.SESSION, 4, before, seen, HEADS[0]), make_vectors.changes()


def with_origins(before: bytes) -> tuple[BatchOutline, tuple[Change, ...]]:
    """Return what the batch in layout 2 says, behind the one of this id."""
    outline = dataclasses.replace(
        make_vectors_format_2.outline(), number=5, previous=before, audit=HEADS[1]
    )
    return outline, make_vectors_format_2.changes()


def main() -> None:
    """Write every vector of format 3."""
    keyring = make_vectors.keyring()
    salts = iter(SALTS)
    envelope = CentreEnvelope(centres.REGISTRY, keyring, draw=lambda _: next(salts))
    with closing(memory_store(centres.REGISTRY)) as store, store.unit() as uow:
        opened = envelope.open(make_vectors_format_2.earlier())
        hold(uow, opened.id, opened.changes, position=2)
        first = envelope.seal(*plain())
        second = envelope.seal(*with_origins(first.id), uow.origins)
    values = {
        "salts": [one.hex() for one in SALTS],
        "ids": [first.id.hex(), second.id.hex()],
        "heads": [[one.number, one.hash.hex()] for one in HEADS],
    }
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "batch-4.bin").write_bytes(first.content)
    (FOLDER / "batch-5.bin").write_bytes(second.content)
    (FOLDER / "values.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
