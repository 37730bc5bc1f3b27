"""What laptops know of each other, receipts, the place of a change in its batch, and the own lane.

Revision ID: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the columns of those that are there."""
    op.add_column("batch", sa.Column("is_urgent", sa.Integer(), server_default="0", nullable=False))
    op.add_column("batch_change", sa.Column("place", sa.Integer(), nullable=True))
    op.add_column("batch_awaited", sa.Column("place", sa.Integer(), nullable=True))
    op.add_column("set_aside", sa.Column("awaits", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_set_aside_awaits",
        "set_aside",
        ["awaits"],
        unique=False,
        sqlite_where=sa.text("awaits IS NOT NULL"),
    )
    op.create_table(
        "device_state",
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("log_id", sa.LargeBinary(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("length(device) = 16", name=op.f("ck_device_state_device_length")),
        sa.PrimaryKeyConstraint("device", name=op.f("pk_device_state")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "receipt",
        sa.Column("batch", sa.LargeBinary(), nullable=False),
        sa.Column("log_id", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("is_broken", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("batch", "log_id", name=op.f("pk_receipt")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "blob",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("log_id", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("length(name) = 32", name=op.f("ck_blob_name_length")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_blob")),
        sa.UniqueConstraint("name", name=op.f("uq_blob_name")),
        sqlite_strict=True,
    )
    op.create_index("ix_blob_sha256", "blob", ["sha256"], unique=False)
    op.create_table(
        "blob_piece",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("blob_seq", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_blob_piece")),
        sa.UniqueConstraint("blob_seq", "start", name=op.f("uq_blob_piece_blob_seq_start")),
        sa.ForeignKeyConstraint(
            ["blob_seq"], ["blob.seq"], name=op.f("fk_blob_piece_blob_seq_blob")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "on_stick",
        sa.Column("batch", sa.LargeBinary(), nullable=False),
        sa.Column("at_ms", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(batch) = 32", name=op.f("ck_on_stick_batch_length")),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_on_stick")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "refusal",
        sa.Column("batch", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(batch) = 32", name=op.f("ck_refusal_batch_length")),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_refusal")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_word",
        sa.Column("batch", sa.LargeBinary(), nullable=False),
        sa.Column("log_id", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(batch) = 32", name=op.f("ck_log_word_batch_length")),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_log_word")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "origin_hint",
        sa.Column("context", sa.LargeBinary(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("change_id", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("context", "place", name=op.f("pk_origin_hint")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
