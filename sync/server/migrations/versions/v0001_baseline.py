"""Baseline: centres, their logs, their statements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "centre",
        sa.Column("id", sa.LargeBinary(16), nullable=False),
        sa.Column("log_id", sa.LargeBinary(16), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("chain", sa.LargeBinary(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_centre"),
    )
    op.create_table(
        "log",
        sa.Column("centre", sa.LargeBinary(16), nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("batch_id", sa.LargeBinary(32), nullable=False),
        sa.Column("chain", sa.LargeBinary(32), nullable=False),
        sa.Column("device", sa.LargeBinary(16), nullable=False),
        sa.Column("session", sa.LargeBinary(8), nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("centre", "position", name="pk_log"),
        sa.UniqueConstraint("centre", "batch_id", name="uq_log_batch_id"),
        sa.ForeignKeyConstraint(["centre"], ["centre.id"], name="fk_log_centre"),
    )
    op.create_index("ix_log_session", "log", ["centre", "session", "number"])
    op.create_table(
        "statement",
        sa.Column("centre", sa.LargeBinary(16), nullable=False),
        sa.Column("id", sa.LargeBinary(32), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("centre", "id", name="pk_statement"),
    )
