"""Writes ``tests/vectors/more/holding.bin``: what a laptop says to hold. Run once, then never again.

``python -m tests.support.make_vectors_holding``. Keys, log and batches are those of the first
vectors.
"""

from __future__ import annotations

from sync.protocol.batch import Seen, batch_id
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.holding import Holding, holding_said
from sync.protocol.signature import Purpose
from tests.support import make_vectors

__all__ = ["FILE", "holding"]

FILE = make_vectors.FOLDER / "more" / "holding.bin"
_OTHER = b"\x77" * 32


def holding() -> Holding:
    """Return what the file says: the log up to batch 1, batch 2 and another beside it."""
    keyring = make_vectors.keyring()
    one, two = (
        batch_id((make_vectors.FOLDER / f"batch-{number}.bin").read_bytes()) for number in (1, 2)
    )
    seen = Seen(make_vectors.LOG, 1, chain_after(chain_start(make_vectors.LOG), one))
    return Holding(keyring.centre, keyring.device.id, 2, seen, tuple(sorted((two, _OTHER))))


if __name__ == "__main__":
    said = holding_said(holding())
    FILE.write_bytes(said + make_vectors.keyring().keys.sign(Purpose.HOLDING, said))
