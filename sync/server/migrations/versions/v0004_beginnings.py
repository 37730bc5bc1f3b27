"""Of each blob who signed it, and which beginning of it this is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add both columns; who signed a blob stands in the head, which is in its first piece."""
    op.execute(
        "DELETE FROM blob WHERE NOT EXISTS (SELECT 1 FROM blob_piece WHERE"
        " blob_piece.centre = blob.centre AND blob_piece.name = blob.name"
        " AND blob_piece.start = 0)"
    )
    op.add_column(
        "blob",
        sa.Column("device", sa.LargeBinary(16), nullable=False, server_default=sa.text("''")),
    )
    op.add_column("blob", sa.Column("begun", sa.BigInteger, nullable=False, server_default="0"))
    op.execute(
        "UPDATE blob SET device = (SELECT substr(content, 23, 16) FROM blob_piece WHERE"
        " blob_piece.centre = blob.centre AND blob_piece.name = blob.name"
        " AND blob_piece.start = 0)"
    )
