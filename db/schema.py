"""The tables of ``datos.db``: the change log (the truth), and everything derived from it.

Records, people and batches are named by their 16 or 32 bytes; kinds and fields by the numbers of
the registry, so that what a newer version sends is kept without being understood. ``db.migrations``
holds the same schema as steps; a test keeps the two equal.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

__all__ = [
    "SEARCH_DDL",
    "attachment",
    "audit",
    "audit_signer",
    "batch",
    "batch_awaited",
    "batch_change",
    "batch_content",
    "batch_missing",
    "batch_seen",
    "case_row",
    "change",
    "change_base",
    "checkpoint",
    "cursor",
    "field",
    "head",
    "local",
    "log_place",
    "metadata",
    "outbox",
    "record",
    "set_aside",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- the truth -----------------------------------------------------------------------------------

change = Table(
    "change",
    metadata,
    # The order of arrival on this laptop; nothing but a local handle, never sent.
    Column("seq", Integer, primary_key=True),
    Column("id", LargeBinary, nullable=False, unique=True),
    Column("record_id", LargeBinary, nullable=False),
    Column("kind", Integer, nullable=False),
    Column("field", Integer, nullable=False),
    Column("value", LargeBinary, nullable=False),
    Column("wall_ms", Integer, nullable=False),
    Column("session", LargeBinary, nullable=False),
    Column("counter", Integer, nullable=False),
    Column("author", LargeBinary, nullable=False),
    Column("is_own", Integer, nullable=False),
    CheckConstraint("length(id) = 16", name="id_length"),
    CheckConstraint("length(record_id) = 16", name="record_id_length"),
    CheckConstraint("length(session) = 8", name="session_length"),
    CheckConstraint("length(author) = 16", name="author_length"),
    Index("ix_change_key", "record_id", "kind", "field"),
    sqlite_strict=True,
)

change_base = Table(
    "change_base",
    metadata,
    Column("change_seq", Integer, ForeignKey(change.c.seq), primary_key=True),
    # Not a foreign key: a change may arrive before the one it replaces.
    Column("base_id", LargeBinary, primary_key=True),
    Index("ix_change_base_base_id", "base_id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

# --- derived from the change log -----------------------------------------------------------------

head = Table(
    "head",
    metadata,
    Column("record_id", LargeBinary, primary_key=True),
    Column("kind", Integer, primary_key=True),
    Column("field", Integer, primary_key=True),
    Column("change_id", LargeBinary, primary_key=True),
    Column("change_seq", Integer, ForeignKey(change.c.seq), nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

record = Table(
    "record",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("kind", Integer, nullable=False),
    Index("ix_record_kind", "kind", "id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

field = Table(
    "field",
    metadata,
    Column("record_id", LargeBinary, primary_key=True),
    Column("kind", Integer, primary_key=True),
    Column("field", Integer, primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("shown", LargeBinary, nullable=False),
    Column("is_conflict", Integer, nullable=False),
    Column("changed_ms", Integer, nullable=False),
    Column("author", LargeBinary, nullable=False),
    Column("refers_to", LargeBinary),
    Index(
        "ix_field_refers_to",
        "refers_to",
        "kind",
        "field",
        "record_id",
        sqlite_where=text("refers_to IS NOT NULL"),
    ),
    Index(
        "ix_field_link",
        "record_id",
        "kind",
        "field",
        "refers_to",
        sqlite_where=text("refers_to IS NOT NULL"),
    ),
    Index(
        "ix_field_conflict",
        "record_id",
        "kind",
        "field",
        sqlite_where=text("is_conflict = 1"),
    ),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

case_row = Table(
    "case_row",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("case_id", LargeBinary, nullable=False, unique=True),
    Column("code", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("age", Integer),
    Column("risk_level", Text),
    Column("violence_type", Text),
    Column("district", Text),
    Column("entered_on", Text),
    Column("changed_ms", Integer, nullable=False),
    Column("has_conflict", Integer, nullable=False),
    Column("call_warning", Integer, nullable=False),
    # Small first: open conflicts, then the higher risk, then the newest change.
    Column("place", Integer, nullable=False),
    Column("search_hash", LargeBinary, nullable=False),
    # Covers every filter, so that a page and a count read nothing but the index.
    Index("ix_case_row_place", "place", "seq", "risk_level", "has_conflict"),
    sqlite_strict=True,
)

# Contentless: the folded words stand in the index alone, and a second time nowhere.
SEARCH_DDL = (
    "CREATE VIRTUAL TABLE case_search USING fts5(folded, content='', contentless_delete=1, "
    "prefix='2 3', tokenize='unicode61')"
)

# --- what leaves this laptop ---------------------------------------------------------------------

batch = Table(
    "batch",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", LargeBinary, nullable=False, unique=True),
    Column("session", LargeBinary, nullable=False),
    Column("number", Integer, nullable=False),
    Column("is_own", Integer, nullable=False),
    # Where it stands in the region's verified log; NULL: not seen there yet.
    Column("position", Integer),
    Column("size", Integer, nullable=False),
    Column("at_ms", Integer, nullable=False),
    # Something in it must not wait behind the rest.
    Column("is_urgent", Integer, nullable=False, server_default="0"),
    # A session is one of a device: nothing keeps another from using the same eight bytes.
    Column("device", LargeBinary, nullable=False, server_default=text("X''")),
    # Two batches with one number are a fork and both are kept: not unique.
    Index("ix_batch_session_number", "session", "number"),
    Index("ix_batch_position", "position"),
    Index("ix_batch_waiting", "seq", "size", sqlite_where=text("position IS NULL")),
    sqlite_strict=True,
)

batch_content = Table(
    "batch_content",
    metadata,
    # Apart from its row: noting a position must not write the whole batch again.
    Column("batch_seq", Integer, ForeignKey(batch.c.seq), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    sqlite_strict=True,
)

batch_change = Table(
    "batch_change",
    metadata,
    Column("batch_seq", Integer, ForeignKey(batch.c.seq), primary_key=True),
    Column("change_seq", Integer, ForeignKey(change.c.seq), primary_key=True),
    # Which of the batch's changes it is, from 0; NULL in files of before this was noted.
    Column("place", Integer),
    Index("ix_batch_change_change_seq", "change_seq"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

batch_awaited = Table(
    "batch_awaited",
    metadata,
    # Changes of a stored batch that are not in the log yet; empties itself as they are appended.
    Column("change_id", LargeBinary, primary_key=True),
    Column("batch_seq", Integer, ForeignKey(batch.c.seq), primary_key=True),
    Column("place", Integer),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

outbox = Table(
    "outbox",
    metadata,
    # Exactly the changes that the verified log lacks: own ones in no batch, and those of batches
    # without a position, and heads of a snapshot by stick. Small when all is sent, however long the
    # log.
    Column("change_seq", Integer, ForeignKey(change.c.seq), primary_key=True),
    Column("record_id", LargeBinary, nullable=False),
    Column("wall_ms", Integer, nullable=False),
    Column("is_sealed", Integer, nullable=False),
    Index("ix_outbox_record_id", "record_id", "wall_ms"),
    Index("ix_outbox_unsealed", "change_seq", sqlite_where=text("is_sealed = 0")),
    sqlite_strict=True,
)

cursor = Table(
    "cursor",
    metadata,
    Column("one", Integer, primary_key=True),
    Column("log_id", LargeBinary, nullable=False),
    Column("position", Integer, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    CheckConstraint("one = 1", name="one_row"),
    sqlite_strict=True,
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("log_id", LargeBinary, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("chain", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

set_aside = Table(
    "set_aside",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("batch", LargeBinary, nullable=False, unique=True),
    Column("reason", Text, nullable=False),
    Column("at_ms", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    # By a device of the centre: it is carried on, though it cannot be used here.
    Column("is_signed", Integer, nullable=False),
    # Where it stands in the verified log, when it came from there: once it opens, it is seen.
    Column("position", Integer),
    # NULL where it can never be used, or the room for strangers' things was used up.
    Column("content", LargeBinary),
    # The beginning of the id of the batch that it cannot be read without.
    Column("awaits", LargeBinary),
    Index(
        "ix_set_aside_waiting",
        "seq",
        "size",
        sqlite_where=text("is_signed = 1 AND position IS NULL"),
    ),
    Index("ix_set_aside_awaits", "awaits", sqlite_where=text("awaits IS NOT NULL")),
    sqlite_strict=True,
)

# --- what batches prove of each other and of the log ---------------------------------------------

log_place = Table(
    "log_place",
    metadata,
    # The chain at each position of the log that the cursor stands in.
    Column("position", Integer, primary_key=True),
    Column("chain", LargeBinary, nullable=False),
    sqlite_strict=True,
)

batch_seen = Table(
    "batch_seen",
    metadata,
    # What batches say that their devices had seen, until it is compared with the log; one of those
    # that say the same.
    Column("log_id", LargeBinary, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("chain", LargeBinary, primary_key=True),
    Column("batch", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

batch_missing = Table(
    "batch_missing",
    metadata,
    # Batches that another one names as the one before it, and that are not here.
    Column("id", LargeBinary, primary_key=True),
    Column("device", LargeBinary, nullable=False),
    Column("session", LargeBinary, nullable=False),
    Column("number", Integer, nullable=False),
    Column("is_told", Integer, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

# --- bytes that records name ---------------------------------------------------------------------

attachment = Table(
    "attachment",
    metadata,
    # The record that names it travels; the bytes do not yet. With a row id: the content is long.
    Column("seq", Integer, primary_key=True),
    Column("sha256", LargeBinary, nullable=False, unique=True),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    CheckConstraint("length(sha256) = 32", name="sha256_length"),
    sqlite_strict=True,
)

# --- of this laptop alone ------------------------------------------------------------------------

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("actor", LargeBinary, nullable=False),
    Column("action", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("at_ms", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    # How it is hashed. The first version knew no role, no run and no signature.
    Column("version", Integer, nullable=False, server_default="1"),
    Column("role", Text, nullable=False, server_default=""),
    Column("session", LargeBinary),
    # Of ``audit_signer``; NULL: nobody signed it.
    Column("signer", Integer),
    Column("signature", LargeBinary),
    Index("ix_audit_object", "object_id", "action"),
    sqlite_strict=True,
)

audit_signer = Table(
    "audit_signer",
    metadata,
    # The keys that sign the audit, and whose each is: they stay when she leaves.
    Column("number", Integer, primary_key=True),
    Column("public", LargeBinary, nullable=False, unique=True),
    Column("person", LargeBinary, nullable=False),
    CheckConstraint("length(public) = 32", name="public_length"),
    sqlite_strict=True,
)

local = Table(
    "local",
    metadata,
    Column("name", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
