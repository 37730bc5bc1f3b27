"""Where what was typed is: here alone, on a stick, at another laptop, at the region, at whom.

Facts only, each of them something that this laptop saw: a batch is *on a stick* because it was
written there whole, *told* because a stick brought the region's signed word of it, *received*
because it stands in the log that this laptop verified, *refused* because the region was offered
the batch and did not take it the last time, and it reached
a laptop because that laptop's own signed batches, or its signed word on a stick, say that it had
verified the log so far, or that it held the batch beside that. That is
not to say that it could open it, or that anybody looked: what a laptop cannot open it keeps and
carries on, and tells its own people alone; no batch says so. Of a laptop that began with a snapshot
it says that it had this, or what replaced it, from there. What came with a snapshot by stick and
stands in no batch that is here is *in a snapshot*: others send it. What names an attachment is
said to be where the record and its bytes are, as far as these are here. A laptop that was taken out
of the centre is no second place of what the log lacks; that it had read the log stays true. What a
field says is said of its current changes; a record says the least of its fields, a case the least
of its records.
Storage thread, reads only, unless it says otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from app.domain.change import RecordId
from app.domain.records import Kind
from app.services.access import act
from app.services.case_file import records_of
from app.services.ports import FieldKey, UnitOfWork
from app.services.scan_places import of_scans, writers_of
from app.services.whereabouts_ports import CentreLaptops, Reach, WaitingTrace, Whereabouts

__all__ = [
    "RecordPlaces",
    "least",
    "of_case",
    "of_cases",
    "of_records",
]


FAR_BEHIND_BYTES: Final = 256_000
"""Of batches behind what a laptop had read: some 6,000 changes."""


@dataclass(frozen=True, slots=True)
class RecordPlaces:
    """Where the fields of some records are: those that differ, and all the others together."""

    fields: Mapping[FieldKey, Whereabouts]
    rest: Whereabouts
    apart: AbstractSet[RecordId] = frozenset()
    """Records of which every field has a place of its own: of them the rest says nothing."""

    def of_field(self, key: FieldKey) -> Whereabouts:
        """Return where a field is."""
        return self.fields.get(key, self.rest)

    def of_records(self, record_ids: Iterable[RecordId]) -> Whereabouts:
        """Return the least that any field of these records says."""
        wanted = frozenset(record_ids)
        said = [place for key, place in self.fields.items() if key.record_id in wanted]
        return least(said if said and wanted <= self.apart else [*said, self.rest])


@act("open_file")
def of_records(
    uow: UnitOfWork, laptops: CentreLaptops, record_ids: Sequence[RecordId]
) -> RecordPlaces:
    """Return where the fields of these records are."""
    return _of_records(uow, laptops, _had(uow, laptops), 0, record_ids)


@act("list_cases", case="case_id", noted=False)
def of_case(uow: UnitOfWork, laptops: CentreLaptops, case_id: RecordId) -> Whereabouts:
    """Return the least that any record of a case says."""
    records = records_of(uow, [case_id])[case_id]
    return of_records(uow, laptops, records).of_records(records)


@act("list_cases")
def of_cases(
    uow: UnitOfWork, laptops: CentreLaptops, case_ids: Sequence[RecordId]
) -> Mapping[RecordId, Whereabouts]:
    """Return the same for several cases. Of a laptop that is far behind, and of those who wrote far
    back what no other is known to have read, it is not said that any of them reached it: to find
    out which they had costs more than a list may take."""
    records = records_of(uow, case_ids)
    had = {
        device: position
        for device, position in _had(uow, laptops).items()
        if uow.traces.size_after(position) <= FAR_BEHIND_BYTES
    }
    begin = 0 if uow.traces.size_after(0) <= FAR_BEHIND_BYTES else None
    ids = [one for some in records.values() for one in some]
    places = _of_records(uow, laptops, had, begin, ids)
    by_record: dict[RecordId, list[Whereabouts]] = {}
    for key, place in places.fields.items():
        by_record.setdefault(key.record_id, []).append(place)
    found = {}
    for case_id, some in records.items():
        said = [place for one in some for place in by_record.get(one, ())]
        is_all = bool(said) and frozenset(some) <= places.apart
        found[case_id] = least(said if is_all else [*said, places.rest])
    return found


def least(places: Sequence[Whereabouts]) -> Whereabouts:
    """Return what is true of all of these together: the least reach, the laptops that have every
    one of them, and the oldest time."""
    reach = min(one.reach for one in places)
    same = [one for one in places if one.reach is reach]
    laptops = frozenset.intersection(*(frozenset(one.laptops) for one in same))
    if reach is Reach.SEEN and not laptops:
        return Whereabouts(Reach.RECEIVED)
    times = [one.since_ms for one in same if one.since_ms is not None]
    is_part = len(same) < len(places) or any(one.is_part for one in same)
    return Whereabouts(
        reach,
        tuple(sorted(laptops)),
        min(times, default=None),
        is_part=is_part and reach < Reach.RECEIVED,
    )


def _had(uow: UnitOfWork, laptops: CentreLaptops) -> dict[bytes, int]:
    """Return how far each other laptop of the centre that was heard had read the log."""
    letters = laptops.letters()
    return {
        device: position
        for device, position in uow.devices.positions().items()
        if position > 0 and device in letters and device != laptops.own
    }


def _of_records(
    uow: UnitOfWork,
    laptops: CentreLaptops,
    had: Mapping[bytes, int],
    begin: int | None,
    record_ids: Sequence[RecordId],
) -> RecordPlaces:
    letters = {one: letter for one, letter in laptops.letters().items() if one != laptops.own}
    fields = _placed(uow, laptops, had, begin, letters, record_ids)
    fields |= _waiting(uow, laptops, letters, record_ids)
    rest = _received(letters[one] for one in had)
    for record_id, place in of_scans(uow, laptops, record_ids).items():
        key = FieldKey(Kind.ATTACHMENT, record_id, "sha256")
        fields[key] = least([fields.get(key, rest), place])
    return RecordPlaces(fields, rest, _apart(uow, fields, record_ids) if fields else frozenset())


def _apart(
    uow: UnitOfWork, fields: Iterable[FieldKey], record_ids: Sequence[RecordId]
) -> AbstractSet[RecordId]:
    """Return those of these records of which these are all the fields, and those that have none: a
    case names her before anything is written of her."""
    placed = Counter(key.record_id for key in fields)
    counts = uow.traces.field_counts(list(placed))
    others = [one for one in record_ids if one not in placed]
    nothing_yet = frozenset(others).difference(uow.records.kinds_of(others))
    return nothing_yet | {one for one, count in placed.items() if count == counts.get(one)}


def _received(letters: Iterable[str]) -> Whereabouts:
    seen_by = tuple(sorted(letters))
    return Whereabouts(Reach.SEEN if seen_by else Reach.RECEIVED, seen_by)


def _placed(
    uow: UnitOfWork,
    laptops: CentreLaptops,
    had: Mapping[bytes, int],
    begin: int | None,
    letters: Mapping[bytes, str],
    record_ids: Sequence[RecordId],
) -> dict[FieldKey, Whereabouts]:
    """Return the fields that not every one of these laptops had read. Where none is known to have
    read anything, who wrote what stands behind ``begin`` has that, and no more is found out; where
    there is no other laptop, nothing."""
    behind = min(had.values(), default=begin)
    if behind is None or not letters:
        return {}
    traces = uow.traces.placed_after(record_ids, behind)
    writers = writers_of(uow, laptops, {one.batch for one in traces})
    found: dict[FieldKey, list[Whereabouts]] = {}
    heads: dict[FieldKey, int] = {}
    for one in traces:
        seen_by = {device for device, position in had.items() if position >= one.position}
        writer = writers.get(one.batch)
        if writer is not None and writer in letters:
            seen_by.add(writer)  # who wrote it has it
        key = FieldKey(one.kind, one.record_id, one.field)
        found.setdefault(key, []).append(_received(letters[device] for device in seen_by))
        heads[key] = one.heads
    # Of values that met, those that stand further back every one of these laptops had read.
    rest = _received(letters[device] for device in had)
    return {
        key: least([*places, rest] if heads[key] > len(places) else places)
        for key, places in found.items()
    }


def _waiting(
    uow: UnitOfWork,
    laptops: CentreLaptops,
    letters: Mapping[bytes, str],
    record_ids: Sequence[RecordId],
) -> dict[FieldKey, Whereabouts]:
    """Return the fields of which the region's log lacks something."""
    traces = uow.traces.waiting(record_ids)
    foreign = {one.batch for one in traces if one.batch is not None and not one.is_own}
    writers = writers_of(uow, laptops, foreign)
    batches = sorted({one.batch for one in traces if one.batch is not None})
    told = frozenset(one.batch for one in uow.log_words.told(batches))
    # Whoever was taken out may have lost it: that it was there once is no second place.
    gone = laptops.gone()
    writers = {one: None if writer in gone else writer for one, writer in writers.items()}
    holders = {one: at - gone for one, at in uow.holdings.holders(batches).items()}
    best: dict[tuple[FieldKey, int], Whereabouts] = {}
    for one in traces:
        key = FieldKey(one.kind, one.record_id, one.field)
        place = (
            Whereabouts(Reach.TOLD)
            if one.batch in told
            else _outside(one, _at(one, writers, holders, laptops.own), letters)
        )
        known = best.get((key, one.change))
        if known is None or place.reach > known.reach:
            best[key, one.change] = place
    found: dict[FieldKey, list[Whereabouts]] = {}
    for (key, _), place in best.items():
        found.setdefault(key, []).append(place)
    return {key: least(places) for key, places in found.items()}


def _at(
    one: WaitingTrace,
    writers: Mapping[bytes, bytes | None],
    holders: Mapping[bytes, frozenset[bytes]],
    own: bytes | None,
) -> frozenset[bytes]:
    """Return which others have a batch: who wrote it, and who said to hold it."""
    if one.batch is None:
        return frozenset()
    writer = None if one.is_own else writers.get(one.batch)
    at = {*holders.get(one.batch, ()), *([] if writer is None else [writer])}
    return frozenset(device for device in at if device != own)


def _outside(one: WaitingTrace, at: frozenset[bytes], letters: Mapping[bytes, str]) -> Whereabouts:
    """Return where a change is that the log lacks, by one of the batches that hold it; ``at``: the
    devices that have this."""
    if one.refused_ms is not None:
        return Whereabouts(Reach.REFUSED, (), one.refused_ms)
    if at:
        known = tuple(sorted(letters[device] for device in at if device in letters))
        return Whereabouts(Reach.AT_ANOTHER, known)
    if one.stick_ms is not None:
        return Whereabouts(Reach.ON_STICK, (), one.stick_ms)
    if one.is_awaited:
        return Whereabouts(Reach.IN_SNAPSHOT)
    return Whereabouts(Reach.HERE, (), one.wall_ms)
