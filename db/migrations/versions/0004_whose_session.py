"""Whose a batch is, and what the audit says of one object.

Revision ID: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Read the device of every batch from its header, where all versions have it."""
    op.add_column(
        "batch",
        sa.Column("device", sa.LargeBinary(), server_default=sa.text("X''"), nullable=False),
    )
    op.execute(
        "UPDATE batch SET device = (SELECT substr(content, 23, 16) FROM batch_content "
        "WHERE batch_seq = batch.seq)"
    )
    op.create_index("ix_audit_object", "audit", ["object_id", "action"], unique=False)
    # The audit itself says now what it was told.
    op.execute("DELETE FROM local WHERE name LIKE 'sync/noted/%'")
