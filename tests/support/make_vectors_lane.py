"""Writes what the own lane adds to ``tests/vectors/v3``. Run once, then never.

``python -m tests.support.make_vectors_lane``. It stands on the vectors that are there: the same
keys, log and batches.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

from app.services.ports import Cursor, PlacedHead, SnapshotContent
from sync.envelope.blob import seal_attachment, seal_snapshot
from sync.envelope.snapshot import encode_snapshot
from sync.protocol.batch import batch_id
from sync.protocol.blob import parse_head
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.compact import encode_short
from sync.protocol.lane import (
    BlobGet,
    BlobHave,
    BlobHaveReply,
    BlobPutReply,
    BlobState,
    SnapshotReply,
    SnapshotState,
    encode_put,
)
from tests.support import centres, make_vectors
from tests.support.make_vectors_v3 import FOLDER, TOKEN

__all__ = ["main"]

SCAN = bytes(at % 251 for at in range(70_000))
SALT = bytes.fromhex("5b" * 16)
HELD = 300


def _fixed(count: int) -> bytes:
    return SALT[:count]


def _files() -> Iterator[tuple[str, bytes]]:
    mine = make_vectors.keyring()
    first, second = (
        (make_vectors.FOLDER / f"batch-{number}.bin").read_bytes() for number in (1, 2)
    )
    chain = chain_after(
        chain_after(chain_start(make_vectors.LOG), batch_id(first)), batch_id(second)
    )
    at = Cursor(make_vectors.LOG, 2, chain)
    changes = make_vectors.changes()
    replaced = {base for one in changes for base in one.bases}
    heads = tuple(
        PlacedHead(one, batch_id(second)[:16], place)
        for place, one in enumerate(changes)
        if one.id not in replaced
    )
    content = encode_snapshot(centres.REGISTRY, SnapshotContent(at, heads))
    scan = seal_attachment(mine, SCAN, _fixed)
    snapshot = seal_snapshot(mine, content, at, _fixed)
    label = parse_head(scan.content).label
    size = len(scan.content)
    yield "attachment.bin", scan.content
    yield "snapshot.bin", snapshot.content
    yield "blob-have-request.bin", TOKEN + encode_short(BlobHave(bytes(32) + label + scan.id))
    states = (BlobState(1, scan.id, size, HELD), BlobState(2, scan.id, size, HELD))
    yield "blob-have-reply.bin", encode_short(BlobHaveReply(states))
    yield "blob-put-request.bin", encode_put(TOKEN, scan.id, HELD, scan.content[HELD : 2 * HELD])
    yield "blob-put-reply.bin", encode_short(BlobPutReply(2 * HELD))
    yield "blob-get-request.bin", TOKEN + encode_short(BlobGet(scan.id, HELD, 2 * HELD))
    state = SnapshotState(snapshot.id, len(snapshot.content), 2, len(first) + len(second))
    yield "snapshot-reply.bin", encode_short(SnapshotReply(make_vectors.LOG, (state,), 2))


def main() -> None:
    """Write every vector."""
    files = dict(_files())
    for name, content in files.items():
        (FOLDER / name).write_bytes(content)
    values = {
        "blob_salt": SALT.hex(),
        "attachment_sha256": hashlib.sha256(SCAN).hexdigest(),
        "attachment_label": parse_head(files["attachment.bin"]).label.hex(),
        "blob_held": HELD,
        "names": {
            name: hashlib.blake2b(files[f"{name}.bin"][:255], digest_size=32).hexdigest()
            for name in ("attachment", "snapshot")
        },
    }
    (FOLDER / "lane.json").write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
