"""Changes to columns and back: what one batch says, before it is compressed, padded and sealed.

All values of one field stand together, ids are never sent but computed anew, and numbers of the
registry stand for names, so that kinds and fields of a newer version pass through unharmed.
``docs/protocol.md`` gives every column; :mod:`sync.envelope.origin_payload` has those of format 2.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

import msgspec

from app.domain.change import (
    CHANGE_ID_BYTES,
    AuthorId,
    Change,
    ChangeId,
    RecordId,
    change_id,
)
from app.domain.errors import DomainError
from app.domain.registry import FIELD_NUMBER_MAX, KIND_NUMBER_MAX, FieldRegistry
from app.domain.stamp import SESSION_BYTES, Stamp
from sync.envelope.columns import (
    ID_BYTES,
    VARINT_BYTES,
    Table,
    all_in,
    back_references,
    by_byte,
    end,
    from_bytes_apart,
    next_of,
    numbers,
    raw_id,
    split,
    steps,
    sums,
)
from sync.envelope.varints import read_varints, varint_list, write_varints
from sync.envelope.wire_values import (
    TEXT_LENGTH_MAX,
    TEXTS_MAX,
    WireValue,
    count_texts,
    from_wire,
    to_wire,
)

__all__ = [
    "CHANGES_MAX",
    "FORMAT",
    "PLAIN",
    "TEXT_LENGTH_MAX",
    "Address",
    "Payload",
    "decode_changes",
    "encode_changes",
    "format_of",
    "join_changes",
    "read_addresses",
    "read_columns",
    "to_columns",
    "values_in_order",
]

FORMAT: Final = 2
"""The newest layout of the columns; what :mod:`sync.envelope.audit_column` puts behind them is a
format of its own, and no layout."""

PLAIN: Final = 1
"""The format whose reader needs nothing but the payload itself."""

CHANGES_MAX: Final = 50_000

BASES_MAX: Final = 4 * CHANGES_MAX
"""All that the changes of a batch replace, together; one that is edited replaces one."""

_Format = Annotated[int, msgspec.Meta(ge=1, le=65535)]


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What stands first in every format: see :class:`Payload`."""

    format: _Format
    reader: _Format


class Payload(Head, frozen=True, array_like=True):
    """The columns. A later format may add columns at the end; ``reader`` says whether they may
    be left unread: it is the oldest format whose reader may use the batch. ``format`` is the newest
    that the writer knows.
    """

    count: Annotated[int, msgspec.Meta(ge=1, le=CHANGES_MAX)]
    sessions: bytes
    authors: bytes
    records: bytes
    field_kinds: bytes
    field_numbers: bytes
    record_of: bytes
    field_of: bytes
    session_of: bytes
    author_of: bytes
    wall_steps: bytes
    counter_steps: bytes
    base_counts: bytes
    base_of: bytes
    base_ids: bytes
    values: Annotated[tuple[WireValue, ...], msgspec.Meta(max_length=CHANGES_MAX)]


Columns = TypeVar("Columns", bound=Payload)

_Undecoded: Final[Any] = msgspec.defstruct(
    "_Undecoded",
    [
        *((name, msgspec.Raw) for name in Payload.__struct_fields__[:-1]),
        ("values", Annotated[tuple[msgspec.Raw, ...], msgspec.Meta(max_length=CHANGES_MAX)]),
    ],
    array_like=True,
)
"""The columns as they stand there."""


@dataclass(frozen=True, slots=True)
class Address:
    """The field of a record that a change sets: as names, and as it is hashed."""

    record_id: RecordId
    kind: str
    field: str
    key: tuple[bytes, int, int]


def encode_changes(registry: FieldRegistry, changes: Sequence[Change]) -> bytes:
    """Return the payload of these changes, in this order, in the format that every reader reads.

    Raises DomainError ``batch_over_limit`` when there are too many or one is too long for any
    reader, ``batch_empty`` for none, ``registry_unknown_name``.
    """
    payload = to_columns(
        registry,
        changes,
        addressed=changes,
        bases=[change.bases for change in changes],
        values=[to_wire(change.value) for change in changes],
    )
    return msgspec.msgpack.encode(payload)


def to_columns(
    registry: FieldRegistry,
    changes: Sequence[Change],
    *,
    addressed: Sequence[Change],
    bases: Sequence[Sequence[ChangeId]],
    values: Sequence[WireValue],
) -> Payload:
    """Return the columns of the plain format.

    ``addressed`` are those of the changes whose record and field are written down; ``bases`` and
    ``values`` are what is written of each change. Raises as :func:`encode_changes` does.
    """
    if not changes:
        raise DomainError("batch_empty")
    if len(changes) > CHANGES_MAX:
        raise DomainError("batch_over_limit")
    sessions, authors = Table(), Table()
    keys = [_field_key(registry, change) for change in addressed]
    fields = sorted(set(keys))
    place_of = {key: place for place, key in enumerate(fields)}
    session_of = [sessions.place(change.stamp.session) for change in changes]
    author_of = [authors.place(raw_id(change.author)) for change in changes]
    records, record_of = back_references([raw_id(one.record_id) for one in addressed])
    codes = sum(len(value) for value in values if isinstance(value, tuple))
    if sum(map(len, bases)) > BASES_MAX or codes > TEXTS_MAX:
        raise DomainError("batch_over_limit")
    base_of, base_ids = _bases(changes, bases)
    order = [_field_key(registry, change) for change in changes]
    return Payload(
        FORMAT,
        PLAIN,
        len(changes),
        sessions.joined(),
        authors.joined(),
        by_byte(records),
        write_varints(kind for kind, _ in fields),
        steps([number for _, number in fields]),
        write_varints(record_of),
        write_varints(place_of[key] for key in keys),
        write_varints(session_of),
        write_varints(author_of),
        steps([change.stamp.wall_ms for change in changes]),
        steps([change.stamp.counter for change in changes]),
        write_varints(map(len, bases)),
        write_varints(base_of),
        b"".join(base_ids),
        tuple(values[at] for at in sorted(range(len(changes)), key=order.__getitem__)),
    )


def _field_key(registry: FieldRegistry, change: Change) -> tuple[int, int]:
    return registry.kind_number(change.kind), registry.field_number(change.kind, change.field)


def _bases(
    changes: Sequence[Change], bases: Sequence[Sequence[ChangeId]]
) -> tuple[list[int], list[bytes]]:
    """Return how far back in the batch each base stands (0: elsewhere), and the ids elsewhere."""
    made: dict[bytes, int] = {}
    back: list[int] = []
    ids: list[bytes] = []
    for at, change in enumerate(changes):
        for base in bases[at]:
            back.append(at - made[base] if base in made else 0)
            if base not in made:
                assert len(base) == CHANGE_ID_BYTES, "an id has 16 bytes"
                ids.append(base)
        made[change.id] = at
    return back, ids


def format_of(content: bytes) -> Head:
    """Return the newest format that the writer of a payload knows, and the oldest whose reader
    reads it. Raises DomainError ``batch_malformed``."""
    try:
        return msgspec.msgpack.decode(content, type=Head)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise DomainError("batch_malformed") from None


def decode_changes(registry: FieldRegistry, content: bytes) -> tuple[Change, ...]:
    """Return the changes of a payload that needs nothing beside it, with their ids computed anew.

    Raises DomainError ``batch_malformed``, ``batch_unknown_version`` or ``batch_over_limit``.
    """
    if format_of(content).reader > PLAIN:
        raise DomainError("batch_unknown_version")
    try:
        payload = read_columns(content, Payload)
        addresses = read_addresses(registry, payload, payload.count)
        values = values_in_order(payload, [address.key[1:] for address in addresses])
        return join_changes(payload, addresses, values, [()] * payload.count)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise DomainError("batch_malformed") from None


def read_columns(content: bytes, kind: type[Columns]) -> Columns:
    """Return the columns of a payload. Raises ValueError, before memory is taken for the codes when
    there are too many."""
    # Each takes a byte, so a small one holds too few to be counted.
    if len(content) > TEXTS_MAX:
        undecoded = msgspec.msgpack.decode(content, type=_Undecoded)
        if count_texts(undecoded.values) > TEXTS_MAX:
            raise ValueError("too many codes")
    return msgspec.msgpack.decode(content, type=kind)


def read_addresses(registry: FieldRegistry, payload: Payload, count: int) -> list[Address]:
    """Return the records and fields that are written down. Raises ValueError."""
    records = _records(payload, count)
    fields = _fields(registry, payload)
    field_of = numbers(payload.field_of, count)
    all_in(field_of, len(fields))
    if len(set(field_of)) != len(fields):
        raise ValueError("fields do not fit")
    return [
        Address(record_id, kind, name, (raw, kind_number, number))
        for (record_id, raw), (kind, name, kind_number, number) in zip(
            records, map(fields.__getitem__, field_of), strict=True
        )
    ]


def _fields(registry: FieldRegistry, payload: Payload) -> list[tuple[str, str, int, int]]:
    """Return kind and name of each field of the batch, and their numbers, which rise."""
    if len(payload.field_kinds) > VARINT_BYTES * payload.count:
        raise ValueError("more fields than changes")
    kinds = varint_list(payload.field_kinds)
    pairs = list(zip(kinds, sums(numbers(payload.field_numbers, len(kinds))), strict=True))
    if any(after <= before for before, after in itertools.pairwise(pairs)):
        raise ValueError("fields out of order")
    for kind, number in pairs:
        if kind > KIND_NUMBER_MAX or not 0 <= number <= FIELD_NUMBER_MAX:
            raise ValueError("number outside the registry")
    return [
        (name := registry.kind_name(kind), registry.field_name(name, number), kind, number)
        for kind, number in pairs
    ]


def _records(payload: Payload, count: int) -> list[tuple[RecordId, bytes]]:
    """Return the record of each change that writes one down, as digits and as bytes."""
    new = iter([(RecordId(raw.hex()), raw) for raw in from_bytes_apart(payload.records, count)])
    found: list[tuple[RecordId, bytes]] = []
    for back in numbers(payload.record_of, count):
        if back > len(found):
            raise ValueError("no such change")
        found.append(found[-back] if back else next_of(new))
    end(new)
    return found


def values_in_order(payload: Payload, fields: Sequence[tuple[int, ...]]) -> list[WireValue]:
    """Return the values, which travel field by field, in the order of the changes; ``fields`` are
    the numbers of the kind and the field of each. Raises ValueError."""
    if len(payload.values) != payload.count:
        raise ValueError("values do not fit")
    by_field = sorted(range(payload.count), key=fields.__getitem__)
    values: list[WireValue] = [None] * payload.count
    for at, value in zip(by_field, payload.values, strict=True):
        values[at] = value
    return values


def join_changes(
    payload: Payload,
    addresses: Sequence[Address],
    values: Sequence[WireValue],
    first_bases: Sequence[tuple[ChangeId, ...]],
) -> tuple[Change, ...]:
    """Return the changes. ``first_bases`` are bases that the columns do not hold. Raises ValueError
    when the columns do not fit each other."""
    counts = numbers(payload.base_counts, payload.count)
    if sum(counts) > BASES_MAX:
        raise ValueError("too many bases")
    bases = _Bases(payload)
    changes: list[Change] = []
    for address, value, first, count, (stamp, author, raw_author) in zip(
        addresses, values, first_bases, counts, _signs(payload), strict=True
    ):
        known = from_wire(value)
        based = tuple(sorted({*first, *bases.take(count)})) if count or first else ()
        id_ = change_id(address.key, stamp, raw_author, based, known)
        bases.made.append(id_)
        changes.append(
            Change(id_, address.kind, address.record_id, address.field, known, stamp, author, based)
        )
    bases.close()
    return tuple(changes)


def _signs(payload: Payload) -> Iterator[tuple[Stamp, AuthorId, bytes]]:
    """Yield of each change the stamp, and the author as digits and as bytes."""
    count = payload.count
    sessions = split(payload.sessions, SESSION_BYTES, count)
    authors = [(AuthorId(raw.hex()), raw) for raw in split(payload.authors, ID_BYTES, count)]
    session_of = numbers(payload.session_of, count)
    author_of = numbers(payload.author_of, count)
    all_in(session_of, len(sessions))
    all_in(author_of, len(authors))
    walls = sums(numbers(payload.wall_steps, count))
    counters = sums(numbers(payload.counter_steps, count))
    try:
        for wall, session, counter, author in zip(
            walls, session_of, counters, author_of, strict=True
        ):
            yield Stamp(wall, sessions[session], counter), *authors[author]
    except DomainError:
        raise ValueError("stamp out of range") from None


class _Bases:
    """Reads the bases of each change in turn; ``made`` are the ids of the changes before it."""

    def __init__(self, payload: Payload) -> None:
        if len(payload.base_of) > VARINT_BYTES * BASES_MAX:
            raise ValueError("too many bases")
        self._back = read_varints(payload.base_of)
        self._ids = iter(split(payload.base_ids, CHANGE_ID_BYTES, BASES_MAX))
        self.made: list[ChangeId] = []

    def take(self, count: int) -> list[ChangeId]:
        """Return the next bases. Raises ValueError when there are not so many."""
        return [self._base() for _ in range(count)]

    def _base(self) -> ChangeId:
        back = next_of(self._back)
        if back > len(self.made):
            raise ValueError("no such change")
        return self.made[-back] if back else ChangeId(next_of(self._ids))

    def close(self) -> None:
        """Raise ValueError when something is left over."""
        end(self._back)
        end(self._ids)
