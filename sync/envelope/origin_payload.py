"""Format 2: a change that replaces one of the log names that one by batch and place.

Record, field and first base of such a change need not travel, and of a text only what follows the
beginning that it keeps. ``docs/protocol.md`` gives the columns, which stand behind those of
:mod:`sync.envelope.payload`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from app.domain.change import Change, ChangeId
from app.domain.errors import DomainError
from app.domain.registry import FieldRegistry
from app.services.ports import CONTEXT_BYTES, AwaitsEarlier, Origin, Origins
from sync.envelope.columns import Table, all_in, numbers, raw_id, split
from sync.envelope.payload import (
    CHANGES_MAX,
    FORMAT,
    TEXT_LENGTH_MAX,
    Address,
    Payload,
    decode_changes,
    encode_changes,
    format_of,
    join_changes,
    read_addresses,
    read_columns,
    to_columns,
    values_in_order,
)
from sync.envelope.varints import write_varints
from sync.envelope.wire_values import WireValue, to_wire

__all__ = ["KEPT_MAX", "KEPT_MIN", "ORIGINS_MAX", "decode_with_origins", "encode_with_origins"]

KEPT_MAX: Final = 8 << 20
"""Characters that all texts of a batch take over from others, together: what a batch may grow."""

KEPT_MIN: Final = 12
"""A shorter beginning in common is written again: that compresses as well as its length does."""

ORIGINS_MAX: Final = 1 << 26
"""What the values of all origins weigh together, each once: a character 1, a code 16 more. They are
read from the log to open the batch; what is edited in a batch is a hundredth of it."""

_CODE_WEIGHT: Final = 16

_TRIMMED_MIN: Final = 64
"""Characters; to keep so many more than are wanted costs less than to cut them off."""

_PLACE_MAX: Final = CHANGES_MAX - 1


class OriginPayload(Payload, frozen=True, array_like=True):
    """The columns of format 2. Those of records, fields and bases hold what no origin tells."""

    contexts: bytes
    origin_of: bytes
    origin_place: bytes
    kept: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class _Named:
    """An origin as the columns name it: the context's number from 0, place, characters kept."""

    context: int
    place: int
    kept: int


def encode_with_origins(
    registry: FieldRegistry, changes: Sequence[Change], origins: Origins
) -> bytes:
    """Return the payload of these changes, in this order; in the plain format when none of them
    replaces a change that stands in the log.

    Raises DomainError as :func:`~sync.envelope.payload.encode_changes` does.
    """
    placed = origins.origins_of({base for change in changes for base in change.bases})
    chosen = [_origin_of(change, placed) for change in changes]
    if not any(chosen):
        return encode_changes(registry, changes)
    heavy = {(one.context, one.place): _weight(one.change) for one in chosen if one is not None}
    if sum(heavy.values()) > ORIGINS_MAX:
        raise DomainError("batch_over_limit")
    contexts = Table()
    named: list[_Named] = []
    values: list[WireValue] = []
    room = KEPT_MAX
    for change, origin in zip(changes, chosen, strict=True):
        value = to_wire(change.value)
        if origin is not None:
            kept = _kept(value, origin.change.value, room)
            room -= kept
            value = value[kept:] if isinstance(value, str) else value
            named.append(_Named(contexts.place(origin.context), origin.place, kept))
        values.append(value)
    plain = to_columns(
        registry,
        changes,
        addressed=[one for one, origin in zip(changes, chosen, strict=True) if origin is None],
        bases=[_other_bases(*pair) for pair in zip(changes, chosen, strict=True)],
        values=values,
    )
    in_turn = iter(named)
    own: dict[str, object] = {
        "format": FORMAT,
        "reader": FORMAT,
        "contexts": contexts.joined(),
        "origin_of": write_varints(next(in_turn).context + 1 if one else 0 for one in chosen),
        "origin_place": write_varints(one.place for one in named),
        "kept": write_varints(one.kept for one in named),
    }
    return msgspec.msgpack.encode(OriginPayload(**(msgspec.structs.asdict(plain) | own)))


def decode_with_origins(
    registry: FieldRegistry, content: bytes, origins: Origins | None
) -> tuple[Change, ...]:
    """Return the changes of a payload of any format, with their ids computed anew.

    Raises DomainError ``batch_malformed``, ``batch_unknown_version`` or ``batch_over_limit``, and
    AwaitsEarlier when it rests on a batch that ``origins`` does not know.
    """
    reader = format_of(content).reader
    if reader < FORMAT:
        return decode_changes(registry, content)
    if reader > FORMAT:
        raise DomainError("batch_unknown_version")
    try:
        return _changes(registry, read_columns(content, OriginPayload), origins)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise DomainError("batch_malformed") from None


def _origin_of(change: Change, placed: Mapping[ChangeId, Origin]) -> Origin | None:
    """Return where the first of the bases stands that is of the same field, if any does."""
    for base in change.bases:
        origin = placed.get(base)
        if origin is not None and _field_of(origin.change) == _field_of(change):
            return origin
    return None


def _field_of(change: Change) -> tuple[str, str, str]:
    return change.record_id, change.kind, change.field


def _other_bases(change: Change, origin: Origin | None) -> tuple[ChangeId, ...]:
    if origin is None:
        return change.bases
    return tuple(base for base in change.bases if base != origin.change.id)


def _kept(value: WireValue, before: object, room: int) -> int:
    """Return how many characters at the beginning of a text need not travel."""
    if not isinstance(value, str) or not isinstance(before, str):
        return 0
    low, high = 0, min(len(value), len(before))
    while low < high:
        middle = (low + high + 1) // 2
        if value[low:middle] == before[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low if KEPT_MIN <= low <= room else 0


def _changes(
    registry: FieldRegistry, payload: OriginPayload, origins: Origins | None
) -> tuple[Change, ...]:
    """Return the changes. Raises ValueError when the columns do not fit each other."""
    named = _named(payload)
    found = _found(payload, named, origins)
    written = iter(read_addresses(registry, payload, named.count(None)))
    addresses = [
        next(written) if origin is None else _address(registry, origin) for origin in found
    ]
    values = values_in_order(payload, [address.key[1:] for address in addresses])
    for at, (one, origin) in enumerate(zip(named, found, strict=True)):
        if one is not None and origin is not None and one.kept:
            values[at] = _whole(values[at], origin, one.kept)
    first = [() if origin is None else (origin.id,) for origin in found]
    return join_changes(payload, addresses, values, first)


def _named(payload: OriginPayload) -> list[_Named | None]:
    """Return the origin that each change names, or None. Raises ValueError."""
    contexts = len(set(split(payload.contexts, CONTEXT_BYTES, payload.count)))
    if contexts * CONTEXT_BYTES != len(payload.contexts):
        raise ValueError("a context twice")
    of = numbers(payload.origin_of, payload.count)
    all_in(of, contexts + 1)
    if len({*of, 0}) != contexts + 1:
        raise ValueError("a context of no use")
    count = len(of) - of.count(0)
    places, kept = numbers(payload.origin_place, count), numbers(payload.kept, count)
    if sum(kept) > KEPT_MAX or (places and max(places) > _PLACE_MAX):
        raise ValueError("too much of an origin")
    told = iter(zip(places, kept, strict=True))
    return [_Named(one - 1, *next(told)) if one else None for one in of]


def _found(
    payload: OriginPayload, named: Sequence[_Named | None], origins: Origins | None
) -> list[Change | None]:
    """Return the origin of each change, of its text no more than is kept. Raises AwaitsEarlier, or
    ValueError for a place that a batch does not have."""
    wanted: dict[int, dict[int, int]] = {}
    for one in named:
        if one is not None:
            kept = wanted.setdefault(one.context, {})
            kept[one.place] = max(one.kept, kept.get(one.place, 0))
    held: list[Mapping[int, Change]] = []
    weight = 0
    for number, context in enumerate(split(payload.contexts, CONTEXT_BYTES, payload.count)):
        changes = origins.changes_at(context, wanted[number]) if origins else None
        if changes is None:
            raise AwaitsEarlier(context)
        if len(changes) != len(wanted[number]):
            raise ValueError("no such place")
        weight += sum(map(_weight, changes.values()))
        if weight > ORIGINS_MAX:
            raise ValueError("origins too heavy")
        held.append({at: _trimmed(one, wanted[number][at]) for at, one in changes.items()})
    return [None if one is None else held[one.context][one.place] for one in named]


def _weight(origin: Change) -> int:
    """Return how much a value weighs: see :data:`ORIGINS_MAX`."""
    value = origin.value
    if isinstance(value, str):
        return len(value)
    if isinstance(value, tuple):
        return _CODE_WEIGHT * len(value) + sum(map(len, value))
    return 0


def _trimmed(origin: Change, kept: int) -> Change:
    """Return an origin with so much of its text: all of them together would be any number."""
    value = origin.value
    if isinstance(value, str):
        is_long = len(value) > kept + _TRIMMED_MIN
        return dataclasses.replace(origin, value=value[:kept]) if is_long else origin
    return dataclasses.replace(origin, value=None) if isinstance(value, tuple) else origin


def _address(registry: FieldRegistry, origin: Change) -> Address:
    kind = registry.kind_number(origin.kind)
    field = registry.field_number(origin.kind, origin.field)
    key = (raw_id(origin.record_id), kind, field)
    return Address(origin.record_id, origin.kind, origin.field, key)


def _whole(value: WireValue, origin: Change, kept: int) -> str:
    """Return a text of which only what follows the kept beginning travelled."""
    before = origin.value
    if not isinstance(value, str) or not isinstance(before, str) or kept > len(before):
        raise ValueError("no text to keep")
    if kept + len(value) > TEXT_LENGTH_MAX:
        raise ValueError("a text too long")
    return before[:kept] + value
