"""Where the bytes of attachments are: their records travel apart from them, and arrive earlier.

Said is what this laptop saw: the region has a scan when it was found there whole, beside the log
that is followed now; that a laptop read the log says nothing of the scans. Of bytes that are not
here nothing is said. Storage thread, reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.domain.change import RecordId
from app.services.ports import NamedAttachment, StoredField, UnitOfWork
from app.services.values import is_buried
from app.services.whereabouts_ports import Reach, Whereabouts

__all__ = ["of_scans"]


def of_scans(uow: UnitOfWork, record_ids: Iterable[RecordId]) -> Mapping[RecordId, Whereabouts]:
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
    return {
        one.record_id: _place(one, held[one.record_id], there, left)
        for one in found
        if not is_buried(held[one.record_id])
    }


def _place(
    one: NamedAttachment,
    held: Mapping[str, StoredField],
    there: frozenset[bytes],
    left: Mapping[bytes, int],
) -> Whereabouts:
    if one.sha256 in there:
        return Whereabouts(Reach.RECEIVED)
    if not one.is_own:
        return Whereabouts(Reach.AT_ANOTHER)
    if one.sha256 in left:
        return Whereabouts(Reach.ON_STICK, (), left[one.sha256])
    return Whereabouts(Reach.HERE, (), held["sha256"].changed_ms)
