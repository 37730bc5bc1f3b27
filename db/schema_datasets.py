"""The tables of datasets, which complete the schema of ``datos.db`` (:mod:`db.schema`).

Whoever makes all tables takes ``metadata`` from here: it is the same, and these are in it.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from db.schema_work import metadata

__all__ = ["dataset", "dataset_block", "metadata"]

dataset = Table(
    "dataset",
    metadata,
    # Rows without names that came in the official format: of no case, in no log, never sent.
    Column("id", LargeBinary, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("at_ms", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("incomplete", Integer, nullable=False),
    Column("set_aside", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("source_digest", LargeBinary, nullable=False),
    Column("source_bytes", Integer, nullable=False),
    Column("had_bom", Integer, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

dataset_block = Table(
    "dataset_block",
    metadata,
    # A few thousand rows, compressed, in the order of the file.
    Column("seq", Integer, primary_key=True),
    Column("dataset_id", LargeBinary, ForeignKey(dataset.c.id), nullable=False),
    Column("number", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Index("ix_dataset_block_number", "dataset_id", "number", unique=True),
    sqlite_strict=True,
)
