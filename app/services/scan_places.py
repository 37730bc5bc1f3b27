"""Where the bytes of attachments are: their records travel apart from them, and arrive earlier.

Said is what this laptop saw: the region has a scan when it was found there whole, beside the log
that is followed now; that a laptop read the log says nothing of the scans. What another laptop made
is there too, unless it was taken out of the centre. Of bytes that are not here nothing is said.
Storage thread, reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from app.domain.change import RecordId
from app.services.ports import NamedAttachment, StoredField, UnitOfWork
from app.services.values import is_buried
from app.services.whereabouts_ports import CentreLaptops, Reach, Whereabouts

__all__ = ["of_scans", "writers_of"]


def of_scans(
    uow: UnitOfWork, laptops: CentreLaptops, record_ids: Iterable[RecordId]
) -> Mapping[RecordId, Whereabouts]:
    """Return where the bytes are of those of these records that are attachments, as far as they are
    here; nothing of those that were taken back, which no laptop sends."""
    wanted = frozenset(record_ids)
    found = [one for one in uow.blobs.attachments() if one.is_here and one.record_id in wanted]
    if not found:
        return {}
    cursor = uow.batches.cursor()
    there = frozenset() if cursor is None else uow.blobs.there(cursor.log_id)
    left = uow.blobs.left()
    makers = _makers(uow, laptops, found)
    records = uow.records.held_by([one.record_id for one in found])
    held = {record_id: fields for record_id, (_, fields) in records.items()}
    return {
        one.record_id: _place(one, held[one.record_id], there, left, makers[one.record_id], laptops)
        for one in found
        if not is_buried(held[one.record_id])
    }


def _place(
    one: NamedAttachment,
    held: Mapping[str, StoredField],
    there: AbstractSet[bytes],
    left: Mapping[bytes, int],
    makers: AbstractSet[bytes | None],
    laptops: CentreLaptops,
) -> Whereabouts:
    if one.sha256 in there:
        # Who made it had it, whatever became of that laptop.
        made_by = _letters(laptops, makers)
        return Whereabouts(Reach.SEEN if made_by else Reach.RECEIVED, made_by)
    if makers - laptops.gone():
        return Whereabouts(Reach.AT_ANOTHER, _letters(laptops, makers - laptops.gone()))
    if one.sha256 in left:
        return Whereabouts(Reach.ON_STICK, (), left[one.sha256])
    return Whereabouts(Reach.HERE, (), held["sha256"].changed_ms)


def _letters(laptops: CentreLaptops, devices: AbstractSet[bytes | None]) -> tuple[str, ...]:
    return tuple(sorted(said for one, said in laptops.letters().items() if one in devices))


def writers_of(
    uow: UnitOfWork, laptops: CentreLaptops, batch_ids: Iterable[bytes]
) -> dict[bytes, bytes | None]:
    """Return which device each of these batches says that it is of; None where it says nothing."""
    fronts = uow.traces.fronts(sorted(batch_ids))
    return {name: laptops.writer(front) for name, front in fronts.items()}


def _makers(
    uow: UnitOfWork, laptops: CentreLaptops, scans: Sequence[NamedAttachment]
) -> Mapping[RecordId, AbstractSet[bytes | None]]:
    """Return by which other laptops of the centre each of these scans was made; None stands for one
    of which nothing tells, and for no other there is nothing."""
    makers: dict[RecordId, set[bytes | None]] = {one.record_id: set() for one in scans}
    foreign = [one.record_id for one in scans if not one.is_own]
    if not foreign:
        return makers
    traces = [
        *((one.record_id, one.field, one.batch) for one in uow.traces.waiting(foreign)),
        *((one.record_id, one.field, one.batch) for one in uow.traces.placed_after(foreign, 0)),
    ]
    hashes = [(one, batch) for one, field, batch in traces if field == "sha256" and batch]
    writers = writers_of(uow, laptops, {batch for _, batch in hashes})
    for record_id, batch in hashes:
        writer = writers.get(batch)
        if writer is not None:
            makers[record_id].add(writer)
    # Who made what came with a snapshot alone is not known: whoever else is left.
    others = laptops.letters().keys() - {laptops.own}
    for record_id in foreign:
        if not makers[record_id]:
            makers[record_id] |= {None} if others - laptops.gone() else set()
        makers[record_id].discard(laptops.own)
    return makers
