"""What the other laptops of the centre were heard to write, and how far they had read the log."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    case,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert

from app.domain.registry import FieldRegistry
from app.services.ports import Cursor
from db.schema import batch, batch_change, change, cursor, log_place
from db.schema_sync import device_state, holder

__all__ = ["IS_OURS", "SqlDevices", "forget_log_positions"]

_NEVER_HEARD: Final = 0

_log_now = select(cursor.c.log_id).scalar_subquery()
_new = insert(device_state)
_IS_SAME_LOG = device_state.c.log_id == _new.excluded.log_id
# Batches come in any order, and of whatever log: the log that the cursor stands in counts most.
_IS_STALE = or_(
    _new.excluded.log_id.is_(None),
    (device_state.c.log_id.is_not(None)) & (device_state.c.log_id == _log_now) & ~_IS_SAME_LOG,
)
_IS_OLDER = or_(_IS_STALE, and_(_IS_SAME_LOG, device_state.c.position >= _new.excluded.position))
_NOTE = _new.on_conflict_do_update(
    index_elements=[device_state.c.device],
    set_={
        "format": func.max(device_state.c.format, _new.excluded.format),
        "log_id": case((_IS_STALE, device_state.c.log_id), else_=_new.excluded.log_id),
        "position": case((_IS_OLDER, device_state.c.position), else_=_new.excluded.position),
        "chain": case((_IS_OLDER, device_state.c.chain), else_=_new.excluded.chain),
    },
)
_wanted = select(func.unhex(column("value"))).select_from(
    func.json_each(bindparam("devices")).table_valued("value")
)
_FORMATS = select(func.count(), func.min(device_state.c.format)).where(
    device_state.c.device.in_(_wanted)
)
IS_OURS = and_(
    device_state.c.log_id == _log_now,
    exists(
        select(log_place.c.position).where(
            log_place.c.position == device_state.c.position,
            log_place.c.chain == device_state.c.chain,
        )
    ),
)
"""Whether what a device had read of a log is what this laptop verified: a server that was put back
to an old state gives the same positions to others."""
_SEEN_BY = (
    select(device_state.c.device)
    .where(IS_OURS, device_state.c.position >= bindparam("at"))
    .order_by(device_state.c.device)
)
_POSITIONS = select(device_state.c.device, device_state.c.position).where(IS_OURS)


_HEARD = (
    select(batch.c.device, func.max(batch.c.at_ms).label("at_ms"))
    .where(func.length(batch.c.device) > 0)
    .group_by(batch.c.device)
)
# A record may be of several: in a batch of the device's own, in the log that it read, on a stick.
_TOLD_BY = select(holder.c.batch).where(holder.c.device == bindparam("device"))
_HELD_BY = (
    select(change.c.kind, func.count(change.c.record_id.distinct()).label("records"))
    .select_from(batch)
    .join(batch_change, batch_change.c.batch_seq == batch.c.seq)
    .join(change, change.c.seq == batch_change.c.change_seq)
    .where(
        or_(
            batch.c.device == bindparam("device"),
            batch.c.position <= bindparam("read"),
            batch.c.id.in_(_TOLD_BY),
        ),
        change.c.kind.in_(bindparam("kinds", expanding=True)),
    )
    .group_by(change.c.kind)
)


class SqlDevices:
    """:class:`app.services.ports.Devices` on the connection of one unit of work."""

    def __init__(self, connection: Connection, registry: FieldRegistry) -> None:
        self._connection = connection
        self._registry = registry

    def note(self, device: bytes, *, format: int, seen: Cursor | None) -> None:
        """Note what a batch of a device says of it; batches come in any order."""
        self._connection.execute(
            _NOTE,
            {
                "device": device,
                "format": format,
                "log_id": None if seen is None else seen.log_id,
                "position": 0 if seen is None else seen.position,
                "chain": None if seen is None else seen.chain,
            },
        )

    def format_of_all(self, devices: Collection[bytes]) -> int | None:
        """Return the newest format that each of these devices writes; 0 when one was never heard,
        None when there are none."""
        if not devices:
            return None
        digits = json.dumps([one.hex() for one in devices])
        heard, lowest = self._connection.execute(_FORMATS, {"devices": digits}).one()
        return int(lowest) if heard == len(set(devices)) else _NEVER_HEARD

    def seen_by(self, position: int) -> tuple[bytes, ...]:
        """Return the devices that had verified the log up to this position or further, by what
        their own batches say, in the order of their ids."""
        return tuple(self._connection.execute(_SEEN_BY, {"at": position}).scalars())

    def positions(self) -> dict[bytes, int]:
        """Return how far each device that was heard had verified the log."""
        return {row.device: row.position for row in self._connection.execute(_POSITIONS)}

    def last_heard(self) -> dict[bytes, int]:
        """Return when the last batch of each device came here."""
        return {row.device: row.at_ms for row in self._connection.execute(_HEARD)}

    def held_by(self, device: bytes, position: int, kinds: Sequence[str]) -> dict[str, int]:
        """Return of how many records of each of these kinds a device has a change, each once: of
        its own batches, of the log up to a position, and of what it said on sticks to hold."""
        numbers = {self._registry.kind_number(one): one for one in kinds}
        wanted = {"device": device, "read": position, "kinds": list(numbers)}
        return {
            numbers[row.kind]: row.records for row in self._connection.execute(_HELD_BY, wanted)
        }


def forget_log_positions(connection: Connection, position: int) -> None:
    """The log turned out shorter, or is another from there on: no device read it further. Of one
    that had read what this laptop had verified, up to there; of another nothing is known.

    To be called before the places behind are forgotten.
    """
    chain = select(log_place.c.chain).where(log_place.c.position == position).scalar_subquery()
    connection.execute(
        update(device_state)
        .where(device_state.c.position > literal(position))
        .values(
            position=case((IS_OURS, literal(position)), else_=0),
            chain=case((IS_OURS, chain), else_=None),
        )
    )
