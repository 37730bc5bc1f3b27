"""What is derived for the work: tasks, the index of people; imported figures and attachments.

Revision ID: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "attachment",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(sha256) = 32", name=op.f("ck_attachment_sha256_length")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_attachment")),
        sa.UniqueConstraint("sha256", name=op.f("uq_attachment_sha256")),
        sqlite_strict=True,
    )
    op.create_table(
        "task_row",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("risk", sa.Integer(), nullable=False),
        sa.Column("is_own_clock", sa.Integer(), nullable=False),
        sa.Column("due_ms", sa.Integer(), nullable=True),
        sa.Column("is_unknown", sa.Integer(), nullable=False),
        sa.Column("is_urgent", sa.Integer(), nullable=False),
        sa.Column("hidden_until_ms", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_task_row")),
        sqlite_strict=True,
    )
    op.create_index("ix_task_row_case_id", "task_row", ["case_id", "key"], unique=True)
    op.create_index("ix_task_row_due_ms", "task_row", ["due_ms", "role"], unique=False)
    op.create_table(
        "task_stale",
        sa.Column("case_id", sa.LargeBinary(), nullable=False),
        sa.Column("is_aside", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_task_stale")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    # Every case has its tasks worked out when the agenda is read for the first time.
    op.execute("INSERT INTO task_stale (case_id) SELECT case_id FROM case_row")
    op.create_table(
        "person_row",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("surnames", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("born_first", sa.Integer(), nullable=True),
        sa.Column("born_last", sa.Integer(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("community", sa.Text(), nullable=False),
        sa.Column("workplace", sa.Text(), nullable=False),
        sa.Column("key_numbers", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_person_row")),
        sa.UniqueConstraint("record_id", name=op.f("uq_person_row_record_id")),
        sqlite_strict=True,
    )
    op.create_table(
        "person_key",
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["seq"], ["person_row.seq"], name=op.f("fk_person_key_seq_person_row")
        ),
        sa.PrimaryKeyConstraint("key", "seq", name=op.f("pk_person_key")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dataset",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("incomplete", sa.Integer(), nullable=False),
        sa.Column("set_aside", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("source_digest", sa.LargeBinary(), nullable=False),
        sa.Column("source_bytes", sa.Integer(), nullable=False),
        sa.Column("had_bom", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset")),
        sa.UniqueConstraint("name", name=op.f("uq_dataset_name")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dataset_block",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name=op.f("fk_dataset_block_dataset_id_dataset")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_dataset_block")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_dataset_block_number", "dataset_block", ["dataset_id", "number"], unique=True
    )
    op.create_table(
        "referral_row",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("referral_id", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", sa.LargeBinary(), nullable=False),
        sa.Column("folio", sa.Text(), nullable=False),
        sa.Column("institution", sa.Text(), nullable=False),
        sa.Column("institution_name", sa.Text(), nullable=False),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("reply_within", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("is_issued", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Text(), nullable=True),
        sa.Column("issued_time", sa.Text(), nullable=True),
        sa.Column("received_on", sa.Text(), nullable=True),
        sa.Column("attended_on", sa.Text(), nullable=True),
        sa.Column("refused_on", sa.Text(), nullable=True),
        sa.Column("appointment_on", sa.Text(), nullable=True),
        sa.Column("no_answer_on", sa.Text(), nullable=True),
        sa.Column("followed_up_on", sa.Text(), nullable=True),
        sa.Column("revoked_on", sa.Text(), nullable=True),
        sa.Column("told_on", sa.Text(), nullable=True),
        sa.Column("has_conflict", sa.Integer(), nullable=False),
        sa.Column("is_open", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_referral_row")),
        sa.UniqueConstraint("referral_id", name=op.f("uq_referral_row_referral_id")),
        sqlite_strict=True,
    )
    op.create_index("ix_referral_row_folio", "referral_row", ["folio"], unique=False)
    op.create_index(
        "ix_referral_row_open",
        "referral_row",
        ["seq"],
        unique=False,
        sqlite_where=sa.text("is_open = 1"),
    )
