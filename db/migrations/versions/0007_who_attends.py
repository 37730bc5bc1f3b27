"""Who attends which case, and who may not know of it.

Revision ID: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; it is filled once, when the laptop is opened."""
    op.create_table(
        "case_tie",
        sa.Column("case_id", sa.LargeBinary(), nullable=False),
        sa.Column("tie", sa.Integer(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "tie", "person", name=op.f("pk_case_tie")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("ix_case_tie_person", "case_tie", ["tie", "person", "case_id"])
