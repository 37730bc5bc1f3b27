"""What is known of the other devices, of the server's word, and of the files beside the records.

These tables complete the schema of ``datos.db`` (:mod:`db.schema`): whoever makes all tables takes
``metadata`` from here.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from db.schema_datasets import metadata

__all__ = [
    "audit_anchor",
    "blob",
    "blob_piece",
    "device_state",
    "holder",
    "log_word",
    "metadata",
    "on_stick",
    "origin_hint",
    "receipt",
    "refusal",
    "scan_on_stick",
]

device_state = Table(
    "device_state",
    metadata,
    # What the batches of a device say of it: the newest format that it writes, and how far it had
    # verified the log that the cursor stands in, with the chain there.
    Column("device", LargeBinary, primary_key=True),
    Column("format", Integer, nullable=False),
    Column("log_id", LargeBinary),
    Column("position", Integer, nullable=False),
    Column("chain", LargeBinary),
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
    # The log contradicted it, and people were told.
    Column("is_broken", Integer, nullable=False, server_default="0"),
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
    CheckConstraint("length(name) = 32", name="name_length"),
    Index("ix_blob_sha256", "sha256"),
    sqlite_strict=True,
)

blob_piece = Table(
    "blob_piece",
    metadata,
    # The bytes that are held, in rows: what comes is added, and never written again with the rest.
    Column("seq", Integer, primary_key=True),
    Column("blob_seq", Integer, ForeignKey(blob.c.seq), nullable=False),
    Column("start", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    UniqueConstraint("blob_seq", "start", name="uq_blob_piece_blob_seq_start"),
    sqlite_strict=True,
)

on_stick = Table(
    "on_stick",
    metadata,
    # Batches that the log lacked when this laptop left them on a stick whole, and when it last did.
    Column("batch", LargeBinary, primary_key=True),
    Column("at_ms", Integer, nullable=False),
    CheckConstraint("length(batch) = 32", name="batch_length"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

scan_on_stick = Table(
    "scan_on_stick",
    metadata,
    # Attachments whose bytes this laptop left on a stick whole, and when it last did.
    Column("sha256", LargeBinary, primary_key=True),
    Column("at_ms", Integer, nullable=False),
    CheckConstraint("length(sha256) = 32", name="sha256_length"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

refusal = Table(
    "refusal",
    metadata,
    # Batches that the server did not take in the last whole synchronisation, and since when.
    Column("batch", LargeBinary, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("at_ms", Integer, nullable=False),
    CheckConstraint("length(batch) = 32", name="batch_length"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

log_word = Table(
    "log_word",
    metadata,
    # Batches of which an extract on a stick said, under the server's signature, that they stand in
    # its log: its word to another laptop of the centre, kept apart from what this one verified.
    Column("batch", LargeBinary, primary_key=True),
    Column("log_id", LargeBinary, nullable=False),
    Column("position", Integer, nullable=False),
    CheckConstraint("length(batch) = 32", name="batch_length"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

holder = Table(
    "holder",
    metadata,
    # Batches that the verified log lacked, and other laptops that said, on a stick, to hold them;
    # until they are known to have read as much of the log.
    Column("batch", LargeBinary, primary_key=True),
    Column("device", LargeBinary, primary_key=True),
    CheckConstraint("length(batch) = 32", name="batch_length"),
    CheckConstraint("length(device) = 16", name="device_length"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

audit_anchor = Table(
    "audit_anchor",
    metadata,
    # What each batch told of the audit of the laptop that sealed it, own ones too; and how far of
    # which log its device had read then.
    Column("batch", LargeBinary, primary_key=True),
    Column("device", LargeBinary, nullable=False),
    Column("number", Integer, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("session", LargeBinary, nullable=False),
    Column("batch_number", Integer, nullable=False),
    Column("log_id", LargeBinary),
    Column("log_position", Integer, nullable=False),
    CheckConstraint("length(batch) = 32", name="batch_length"),
    Index("ix_audit_anchor_device_number", "device", "number"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

origin_hint = Table(
    "origin_hint",
    metadata,
    # Where the heads of a snapshot stand in the log behind it, until that log is here: a change may
    # name the one that it replaces by its batch and place.
    Column("context", LargeBinary, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("change_id", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
