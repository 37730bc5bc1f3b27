"""What arrived of batches that were cut on their way up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table of what is not whole yet."""
    op.create_table(
        "partial",
        sa.Column("centre", sa.LargeBinary(16), nullable=False),
        sa.Column("batch_id", sa.LargeBinary(32), nullable=False),
        sa.Column("turn", sa.BigInteger, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("centre", "batch_id", name="pk_partial"),
    )
