"""The tables of the server: sealed batches in order, signed statements, sealed blobs. No name, no
value."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

__all__ = ["blob", "blob_piece", "centre", "log", "metadata", "partial", "statement"]

metadata = MetaData()

centre = Table(
    "centre",
    metadata,
    Column("id", LargeBinary(16), nullable=False),
    Column("log_id", LargeBinary(16), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("chain", LargeBinary(32), nullable=False),
    PrimaryKeyConstraint("id", name="pk_centre"),
)

log = Table(
    "log",
    metadata,
    Column("centre", LargeBinary(16), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("batch_id", LargeBinary(32), nullable=False),
    Column("chain", LargeBinary(32), nullable=False),
    Column("device", LargeBinary(16), nullable=False),
    Column("session", LargeBinary(8), nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("centre", "position", name="pk_log"),
    UniqueConstraint("centre", "batch_id", name="uq_log_batch_id"),
    ForeignKeyConstraint(["centre"], ["centre.id"], name="fk_log_centre"),
    # Two batches with one number in a session are a fork; both stay, so this is not unique.
    Index("ix_log_session", "centre", "session", "number"),
)

statement = Table(
    "statement",
    metadata,
    Column("centre", LargeBinary(16), nullable=False),
    Column("id", LargeBinary(32), nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("centre", "id", name="pk_statement"),
)

partial = Table(
    "partial",
    metadata,
    Column("centre", LargeBinary(16), nullable=False),
    Column("batch_id", LargeBinary(32), nullable=False),
    # Counts the centre's: the one that grew longest ago has the lowest, and makes room.
    Column("turn", BigInteger, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("centre", "batch_id", name="pk_partial"),
)

blob = Table(
    "blob",
    metadata,
    # Attachments and snapshots, whole or as far as they came; what they are is in their head.
    Column("centre", LargeBinary(16), nullable=False),
    Column("name", LargeBinary(32), nullable=False),
    Column("kind", Integer, nullable=False),
    Column("label", LargeBinary(32), nullable=False),
    Column("log_id", LargeBinary(16), nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("chain", LargeBinary(32), nullable=False),
    Column("size", Integer, nullable=False),
    Column("body_hash", LargeBinary(32), nullable=False),
    Column("held", Integer, nullable=False),
    Column("is_whole", Integer, nullable=False),
    # Counts the centre's unfinished ones: the one that grew longest ago has the lowest.
    Column("turn", BigInteger, nullable=False),
    # Who signed it, as its head says.
    Column("device", LargeBinary(16), nullable=False),
    # Drawn when it begins: one that made room and came again is not the one that was there.
    Column("begun", BigInteger, nullable=False),
    PrimaryKeyConstraint("centre", "name", name="pk_blob"),
    Index("ix_blob_label", "centre", "label"),
)

blob_piece = Table(
    "blob_piece",
    metadata,
    Column("centre", LargeBinary(16), nullable=False),
    Column("name", LargeBinary(32), nullable=False),
    Column("start", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    PrimaryKeyConstraint("centre", "name", "start", name="pk_blob_piece"),
)
