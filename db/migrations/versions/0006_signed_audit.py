"""Entries of the audit are signed and say role and run; what batches told of audits is noted.

Revision ID: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, of which older entries have none, and the tables, which fill from now on."""
    for column in (
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("role", sa.Text(), server_default="", nullable=False),
        sa.Column("session", sa.LargeBinary(), nullable=True),
        sa.Column("signer", sa.Integer(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
    ):
        op.add_column("audit", column)
    op.create_table(
        "audit_signer",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(public) = 32", name=op.f("ck_audit_signer_public_length")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit_signer")),
        sa.UniqueConstraint("public", name=op.f("uq_audit_signer_public")),
        sqlite_strict=True,
    )
    op.create_table(
        "audit_anchor",
        sa.Column("batch", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("session", sa.LargeBinary(), nullable=False),
        sa.Column("batch_number", sa.Integer(), nullable=False),
        sa.Column("log_id", sa.LargeBinary(), nullable=True),
        sa.Column("log_position", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(batch) = 32", name=op.f("ck_audit_anchor_batch_length")),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_audit_anchor")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_audit_anchor_device_number", "audit_anchor", ["device", "number"], unique=False
    )
