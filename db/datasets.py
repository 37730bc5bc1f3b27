"""Rows in the official format, kept apart from the cases: compressed blocks, a column after the
other.

A block is one text: every cell of the first column, then every cell of the second, one a line. No
cell holds a line end, and a column of codes repeats itself, so Zstandard makes little of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import zstandard
from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.official_format import Block
from app.services.dataset_ports import Dataset, DatasetFacts
from db.schema_datasets import dataset, dataset_block

__all__ = ["SqlDatasets"]

_LEVEL: Final = 3
_BLOCK_BYTES_MAX: Final = 256 * 1024 * 1024
"""Of a block unpacked: what a damaged length may make us set aside."""

_BEGIN = insert(dataset)
_APPEND = insert(dataset_block)
_FINISH = update(dataset).where(dataset.c.id == bindparam("of_id"))
_FIND = select(dataset).where(dataset.c.name == bindparam("of_name"))
_ALL = select(dataset).order_by(dataset.c.at_ms, dataset.c.id)
_BLOCKS = (
    select(dataset_block.c.rows, dataset_block.c.content)
    .where(dataset_block.c.dataset_id == bindparam("of_id"))
    .order_by(dataset_block.c.number)
)


class SqlDatasets:
    """:class:`app.services.dataset_ports.Datasets` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._next: dict[RecordId, int] = {}

    def begin(self, dataset_id: RecordId, name: str, at_ms: int) -> None:
        """Begin a dataset without rows."""
        nothing = DatasetFacts(0, 0, 0, 0, b"", b"", 0, had_bom=False)
        row = {"id": bytes.fromhex(dataset_id), "name": name, "at_ms": at_ms, **_columns(nothing)}
        self._connection.execute(_BEGIN, row)
        self._next[dataset_id] = 0

    def append(self, dataset_id: RecordId, block: Block) -> None:
        """Add rows at its end; a refused cell keeps its mark."""
        rows = len(block[0]) if block else 0
        if not rows:
            return
        text = "\n".join("\n".join(column) for column in block)
        number = self._next[dataset_id]
        self._connection.execute(
            _APPEND,
            {
                "dataset_id": bytes.fromhex(dataset_id),
                "number": number,
                "rows": rows,
                "content": zstandard.ZstdCompressor(level=_LEVEL).compress(text.encode()),
            },
        )
        self._next[dataset_id] = number + 1

    def finish(self, dataset_id: RecordId, facts: DatasetFacts) -> None:
        """Write what the import found."""
        self._connection.execute(
            _FINISH.values(**_columns(facts)), {"of_id": bytes.fromhex(dataset_id)}
        )

    def find(self, name: str) -> Dataset | None:
        """Return the dataset of this name, or None."""
        row = self._connection.execute(_FIND, {"of_name": name}).first()
        return None if row is None else _dataset(row)

    def all(self) -> tuple[Dataset, ...]:
        """Return every dataset, oldest first."""
        return tuple(_dataset(row) for row in self._connection.execute(_ALL))

    def blocks(self, dataset_id: RecordId) -> Iterator[Block]:
        """Yield its rows in their order, a few thousand at a time. Raises DomainError
        ``file_damaged`` for a block that does not unpack to its rows."""
        found = self._connection.execution_options(yield_per=1).execute(
            _BLOCKS, {"of_id": bytes.fromhex(dataset_id)}
        )
        for row in found:
            yield _unpacked(row.rows, row.content)

    def remove(self, dataset_id: RecordId) -> None:
        """Delete a dataset and its rows; what was there is overwritten (``secure_delete``)."""
        key = bytes.fromhex(dataset_id)
        self._connection.execute(delete(dataset_block).where(dataset_block.c.dataset_id == key))
        self._connection.execute(delete(dataset).where(dataset.c.id == key))


def _unpacked(rows: int, content: bytes) -> Block:
    try:
        packed = zstandard.ZstdDecompressor().decompress(content, max_output_size=_BLOCK_BYTES_MAX)
        cells = packed.decode().split("\n")
    except (zstandard.ZstdError, UnicodeDecodeError):
        raise DomainError("file_damaged") from None
    if rows <= 0 or len(cells) % rows:
        raise DomainError("file_damaged")
    return tuple(tuple(cells[at : at + rows]) for at in range(0, len(cells), rows))


def _columns(facts: DatasetFacts) -> dict[str, int | bytes]:
    return {
        "rows": facts.rows,
        "incomplete": facts.incomplete,
        "set_aside": facts.set_aside,
        "refused": facts.refused,
        "digest": facts.digest,
        "source_digest": facts.source_digest,
        "source_bytes": facts.source_bytes,
        "had_bom": int(facts.had_bom),
    }


def _dataset(row: Row[tuple[object, ...]]) -> Dataset:
    facts = DatasetFacts(
        rows=row.rows,
        incomplete=row.incomplete,
        set_aside=row.set_aside,
        refused=row.refused,
        digest=row.digest,
        source_digest=row.source_digest,
        source_bytes=row.source_bytes,
        had_bom=bool(row.had_bom),
    )
    return Dataset(RecordId(row.id.hex()), row.name, row.at_ms, facts)
