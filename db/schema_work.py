"""The tables derived for the work: open tasks, referrals, everybody in the records, and who attends
which case.

They complete the schema of ``datos.db`` (:mod:`db.schema`); whoever makes all tables takes
``metadata`` from :mod:`db.schema_sync`, behind which all of them stand.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from db.schema import metadata

__all__ = [
    "case_tie",
    "metadata",
    "person_key",
    "person_row",
    "referral_row",
    "task_row",
    "task_stale",
]

task_row = Table(
    "task_row",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("case_id", LargeBinary, nullable=False),
    Column("key", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("risk", Integer, nullable=False),
    Column("is_own_clock", Integer, nullable=False),
    Column("due_ms", Integer),
    Column("is_unknown", Integer, nullable=False),
    Column("is_urgent", Integer, nullable=False),
    Column("hidden_until_ms", Integer),
    Index("ix_task_row_case_id", "case_id", "key", unique=True),
    Index("ix_task_row_due_ms", "due_ms", "role"),
    sqlite_strict=True,
)

task_stale = Table(
    "task_stale",
    metadata,
    # Cases whose tasks have to be worked out again; empties itself as the agenda is read. What
    # could not be worked out stays aside until the case is marked again.
    Column("case_id", LargeBinary, primary_key=True),
    Column("is_aside", Integer, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

person_row = Table(
    "person_row",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("record_id", LargeBinary, nullable=False, unique=True),
    Column("kind", Integer, nullable=False),
    # Words as they were written and folded: nothing is folded while somebody waits for an answer.
    Column("names", Text, nullable=False),
    Column("surnames", Text, nullable=False),
    Column("alias", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("born_first", Integer),
    Column("born_last", Integer),
    Column("sex", Text, nullable=False),
    Column("district", Text, nullable=False),
    Column("community", Text, nullable=False),
    Column("workplace", Text, nullable=False),
    # The numbers of the keys below, so that they are found again without a second index.
    Column("key_numbers", LargeBinary, nullable=False),
    sqlite_strict=True,
)

person_key = Table(
    "person_key",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("seq", Integer, ForeignKey(person_row.c.seq), primary_key=True),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

referral_row = Table(
    "referral_row",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("referral_id", LargeBinary, nullable=False, unique=True),
    Column("case_id", LargeBinary, nullable=False),
    Column("folio", Text, nullable=False),
    Column("institution", Text, nullable=False),
    Column("institution_name", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("reply_within", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("is_issued", Integer, nullable=False),
    Column("issued_on", Text),
    Column("issued_time", Text),
    Column("received_on", Text),
    Column("attended_on", Text),
    Column("refused_on", Text),
    Column("appointment_on", Text),
    Column("no_answer_on", Text),
    Column("followed_up_on", Text),
    Column("revoked_on", Text),
    Column("told_on", Text),
    Column("has_conflict", Integer, nullable=False),
    # Follows from the facts alone, not from the clock: only a fact closes a referral.
    Column("is_open", Integer, nullable=False),
    Index("ix_referral_row_folio", "folio"),
    Index("ix_referral_row_open", "seq", sqlite_where=text("is_open = 1")),
    sqlite_strict=True,
)

case_tie = Table(
    "case_tie",
    metadata,
    # What a case says of who attends it, who may not know of it (a person's id), and that it is in
    # reserve (nobody's). Most cases of a small centre have none.
    Column("case_id", LargeBinary, primary_key=True),
    Column("tie", Integer, primary_key=True),
    Column("person", LargeBinary, primary_key=True),
    Index("ix_case_tie_person", "tie", "person", "case_id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
