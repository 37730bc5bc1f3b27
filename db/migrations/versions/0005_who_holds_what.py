"""What other laptops said, on sticks, to hold; and which scans were left on one.

Revision ID: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables; they fill with the next stick."""
    op.create_table(
        "holder",
        sa.Column("batch", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(batch) = 32", name=op.f("ck_holder_batch_length")),
        sa.CheckConstraint("length(device) = 16", name=op.f("ck_holder_device_length")),
        sa.PrimaryKeyConstraint("batch", "device", name=op.f("pk_holder")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "scan_on_stick",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("at_ms", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(sha256) = 32", name=op.f("ck_scan_on_stick_sha256_length")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_scan_on_stick")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
