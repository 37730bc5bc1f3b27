"""Where changes came from, and where several of one field met: statements of the change log."""

from __future__ import annotations

from typing import Final

from sqlalchemy import and_, bindparam, column, func, select

from db.schema import batch_change, batch_content, change, change_base, field, head

__all__ = ["JOINING", "MET", "SOURCES"]

_DEVICE_AT: Final = 23
"""Where the header of a batch names its device, counted from 1 (``docs/protocol.md`` 3)."""
_DEVICE_BYTES: Final = 16
_JOINING_AT_ONCE: Final = 100
_FIRST_DEVICE = (
    select(func.substr(batch_content.c.content, _DEVICE_AT, _DEVICE_BYTES))
    .join(batch_change, batch_change.c.batch_seq == batch_content.c.batch_seq)
    .where(batch_change.c.change_seq == change.c.seq)
    .order_by(batch_content.c.batch_seq)
    .limit(1)
    .scalar_subquery()
)
"""Whoever signed the first batch with the change: it had it, and need not have written it."""
SOURCES = select(change.c.id, change.c.is_own, _FIRST_DEVICE.label("device")).where(
    change.c.id.in_(
        select(func.unhex(column("value"))).select_from(
            func.json_each(bindparam("ids")).table_valued("value")
        )
    )
)
_met = (
    select(head.c.record_id, head.c.kind, head.c.field)
    .group_by(head.c.record_id, head.c.kind, head.c.field)
    .having(func.count() > 1)
    .subquery()
)
# Few fields have several heads: they are counted in the order of the key before any is looked up.
MET = (
    select(_met.c.record_id, _met.c.kind, _met.c.field)
    .join(
        field,
        and_(
            field.c.record_id == _met.c.record_id,
            field.c.kind == _met.c.kind,
            field.c.field == _met.c.field,
        ),
    )
    .where(field.c.is_conflict == 0)
    .limit(bindparam("limit"))
)
"""Fields that have several heads and need nobody to choose."""
JOINING = (
    select(change_base.c.change_seq)
    .where(change_base.c.change_seq > bindparam("after"))
    .where(change_base.c.change_seq < bindparam("before"))
    .group_by(change_base.c.change_seq)
    .having(func.count() > 1)
    .order_by(change_base.c.change_seq.desc())
    .limit(_JOINING_AT_ONCE)
)
"""The last changes that replaced several at once between two places in the log, the last first, by
their places."""
