"""Attachments and snapshots in a lane of their own, in pieces."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables of the blobs and of their pieces."""
    op.create_table(
        "blob",
        sa.Column("centre", sa.LargeBinary(16), nullable=False),
        sa.Column("name", sa.LargeBinary(32), nullable=False),
        sa.Column("kind", sa.Integer, nullable=False),
        sa.Column("label", sa.LargeBinary(32), nullable=False),
        sa.Column("log_id", sa.LargeBinary(16), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("chain", sa.LargeBinary(32), nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("body_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("held", sa.Integer, nullable=False),
        sa.Column("is_whole", sa.Integer, nullable=False),
        sa.Column("turn", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("centre", "name", name="pk_blob"),
    )
    op.create_index("ix_blob_label", "blob", ["centre", "label"])
    op.create_table(
        "blob_piece",
        sa.Column("centre", sa.LargeBinary(16), nullable=False),
        sa.Column("name", sa.LargeBinary(32), nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("centre", "name", "start", name="pk_blob_piece"),
    )
