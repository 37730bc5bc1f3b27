"""Where the bytes of attachments are: their records travel apart from them, and arrive earlier.

Said is what this laptop saw: the region has a scan when it was found there whole, beside the log
that is followed now; that a laptop read the log says nothing of the scans. What another laptop made
is there too, unless it was taken out of the centre. Of bytes that are not here nothing is said.
Storage thread, reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from app.domain.change import ChangeId, RecordId
from app.services.ports import NamedAttachment, StoredField, UnitOfWork
from app.services.values import is_buried
from app.services.whereabouts_ports import CentreLaptops, Reach, Whereabouts

__all__ = ["of_scans", "writers_of"]

_HASH: Final = "sha256"
"""The field of an attachment that names its bytes."""


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
    records = uow.records.held_by([one.record_id for one in found])
    held = {record_id: fields for record_id, (_, fields) in records.items()}
    made_in = {one.record_id: held[one.record_id][_HASH].shown for one in found if not one.is_own}
    makers = _makers(uow, laptops, made_in)
    return {
        one.record_id: _place(
            one, held[one.record_id], there, left, makers.get(one.record_id, frozenset()), laptops
        )
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
    return Whereabouts(Reach.HERE, (), held[_HASH].changed_ms)


def _letters(laptops: CentreLaptops, devices: AbstractSet[bytes | None]) -> tuple[str, ...]:
    return tuple(sorted(said for one, said in laptops.letters().items() if one in devices))


def writers_of(
    uow: UnitOfWork, laptops: CentreLaptops, batch_ids: Iterable[bytes]
) -> dict[bytes, bytes | None]:
    """Return which device each of these batches says that it is of; None where it says nothing."""
    fronts = uow.traces.fronts(sorted(batch_ids))
    return {name: laptops.writer(front) for name, front in fronts.items()}


def _makers(
    uow: UnitOfWork, laptops: CentreLaptops, made_in: Mapping[RecordId, bytes]
) -> Mapping[RecordId, AbstractSet[bytes | None]]:
    """Return by which other laptop of the centre each scan was made, by the change that names it:
    None stands for one of which nothing tells, and where no other made it there is nothing."""
    if not made_in:
        return {}
    others = laptops.letters().keys() - {laptops.own}
    # Who made what came with a snapshot alone is not known. Unless somebody was taken out, it is at
    # one of those who are left.
    unknown = frozenset({None} if others and not others & laptops.gone() else ())
    sources = uow.changes.sources([ChangeId(one) for one in made_in.values()])
    makers: dict[RecordId, AbstractSet[bytes | None]] = {}
    for record_id, change_id in made_in.items():
        source = sources.get(ChangeId(change_id))
        device = source.device if source is not None else None
        makers[record_id] = frozenset({device} - {laptops.own}) if device else unknown
    return makers
