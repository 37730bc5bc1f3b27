"""Writes ``tests/vectors/format-2``: run once, then never again.

``python -m tests.support.make_vectors_format_2``. Keys, log and the batch that is rested on are
those of :mod:`tests.support.make_vectors`, as they stand in ``tests/vectors``.
"""

from __future__ import annotations

import json
from contextlib import closing

from app.domain.change import AuthorId, Change, ChangeId, new_change
from app.domain.stamp import Stamp
from app.domain.value import Value, canonical_bytes
from app.services.ports import BatchOutline, Cursor
from db.store import memory_store
from sync.envelope.origin_payload import encode_with_origins
from sync.envelope.seal import CentreEnvelope
from sync.protocol.batch import batch_id
from sync.protocol.chain import chain_after, chain_start
from tests.support import centres, make_vectors
from tests.support.logs import hold

FOLDER = make_vectors.FOLDER / "format-2"
SALT = bytes.fromhex("5b" * 16)
ELSEWHERE = ChangeId(b"\xba" * 16)


def earlier() -> bytes:
    """Return the batch that the vectors rest on."""
    return (make_vectors.FOLDER / "batch-2.bin").read_bytes()


def changes() -> tuple[Change, ...]:
    """Return a text that goes on, a set, one that replaces another change, too, and a new field."""
    before = make_vectors.changes()
    edits: tuple[tuple[Change, str, Value, tuple[ChangeId, ...]], ...] = (
        (before[8], before[8].field, "texto inventado, corregido dos veces", (before[8].id,)),
        (before[3], before[3].field, ("2",), (before[3].id,)),
        (before[6], before[6].field, None, (before[6].id, ELSEWHERE)),
        (before[0], "case_9", "sin nada antes", ()),
    )
    return tuple(
        new_change(
            centres.REGISTRY,
            kind=origin.kind,
            record_id=origin.record_id,
            field=field,
            value=value,
            stamp=Stamp(1_764_000_100_000 + 1_000 * at, make_vectors.SESSION, 20 + at),
            author=AuthorId("a2" * 16),
            bases=bases,
        )
        for at, (origin, field, value, bases) in enumerate(edits)
    )


def outline() -> BatchOutline:
    """Return what the header says."""
    first = batch_id((make_vectors.FOLDER / "batch-1.bin").read_bytes())
    second = batch_id(earlier())
    chain = chain_after(chain_after(chain_start(make_vectors.LOG), first), second)
    return BatchOutline(make_vectors.SESSION, 3, second, Cursor(make_vectors.LOG, 2, chain))


def main() -> None:
    """Write every vector of format 2."""
    envelope = CentreEnvelope(
        centres.REGISTRY, make_vectors.keyring(), draw=lambda count: SALT[:count]
    )
    with closing(memory_store(centres.REGISTRY)) as store, store.unit() as uow:
        opened = envelope.open(earlier())
        hold(uow, opened.id, opened.changes, position=2)
        payload = encode_with_origins(centres.REGISTRY, changes(), uow.origins)
        sealed = envelope.seal(outline(), changes(), uow.origins)
    values = {
        "salt": SALT.hex(),
        "batch_3_id": sealed.id.hex(),
        "context": opened.id[:16].hex(),
        "changes": [
            {"id": one.id.hex(), "record": one.record_id, "value": canonical_bytes(one.value).hex()}
            for one in changes()
        ],
    }
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "payload-3.bin").write_bytes(payload)
    (FOLDER / "batch-3.bin").write_bytes(sealed.content)
    (FOLDER / "values.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
