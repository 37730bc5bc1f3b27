"""What is known of the other devices, of the server's word, and of the files beside the records.

These tables complete the schema of ``datos.db`` (:mod:`db.schema`): whoever makes all tables takes
``metadata`` from here.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, Table, Text

from db.schema_datasets import metadata

__all__ = ["blob", "device_state", "metadata", "receipt"]

device_state = Table(
    "device_state",
    metadata,
    # What the batches of a device say of it: the newest format that it writes, and how far it had
    # verified the log that the cursor stands in.
    Column("device", LargeBinary, primary_key=True),
    Column("format", Integer, nullable=False),
    Column("log_id", LargeBinary),
    Column("position", Integer, nullable=False),
    CheckConstraint("length(device) = 16", name="device_length"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

receipt = Table(
    "receipt",
    metadata,
    # The server's signed word that a batch stands in a log; kept as evidence, never as proof.
    Column("batch", LargeBinary, primary_key=True),
    Column("log_id", LargeBinary, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

blob = Table(
    "blob",
    metadata,
    # Large sealed things in their own lane: scans, snapshots. What is held of each, and where the
    # whole of it was handed over.
    Column("seq", Integer, primary_key=True),
    Column("name", LargeBinary, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    # Of an attachment: the hash of its bytes, by which its record names it.
    Column("sha256", LargeBinary),
    Column("size", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    # The log beside which the server keeps the whole of it; NULL: not known to be there.
    Column("log_id", LargeBinary),
    Column("content", LargeBinary, nullable=False),
    CheckConstraint("length(name) = 32", name="name_length"),
    Index("ix_blob_sha256", "sha256"),
    sqlite_strict=True,
)
