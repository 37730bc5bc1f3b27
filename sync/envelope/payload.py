"""Changes to columns and back: what one batch says, before it is compressed, padded and sealed.

All values of one field stand together, ids are never sent but computed anew, and numbers of the
registry stand for names, so that kinds and fields of a newer version pass through unharmed.
``docs/protocol.md`` gives every column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec.msgpack import Ext

from app.domain.change import CHANGE_ID_BYTES, AuthorId, Change, ChangeId, RecordId, new_change
from app.domain.errors import DomainError
from app.domain.registry import FIELD_NUMBER_MAX, KIND_NUMBER_MAX, FieldRegistry
from app.domain.stamp import SESSION_BYTES, Stamp
from app.domain.value import Absent, Value
from sync.envelope.varints import from_zigzag, read_varints, to_zigzag, write_varints

__all__ = ["CHANGES_MAX", "FORMAT", "TEXT_BYTES_MAX", "decode_changes", "encode_changes"]

FORMAT: Final = 1
CHANGES_MAX: Final = 50_000
TEXT_BYTES_MAX: Final = 1 << 20
"""UTF-8 bytes of one text; what seals must also fit into a batch."""
CODES_MAX: Final = 10_000
DIGITS_MAX: Final = 4000

_ID_BYTES: Final = 16
_ABSENT: Final = 1
_LARGE_NUMBER: Final = 2
_ABSENT_CODES: Final[Mapping[Absent, bytes]] = {
    Absent.NOT_ASKED: b"\1",
    Absent.UNKNOWN: b"\2",
    Absent.DECLINED: b"\3",
}
_ABSENT_OF: Final = {code: absent for absent, code in _ABSENT_CODES.items()}

Text = Annotated[str, msgspec.Meta(max_length=TEXT_BYTES_MAX)]
Codes = Annotated[tuple[Text, ...], msgspec.Meta(max_length=CODES_MAX)]
WireValue = Text | int | bool | Codes | Ext | None
T = TypeVar("T")


class FieldEntry(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One field that the batch touches: the registry's numbers, and its values in order."""

    kind: Annotated[int, msgspec.Meta(ge=0, le=KIND_NUMBER_MAX)]
    number: Annotated[int, msgspec.Meta(ge=0, le=FIELD_NUMBER_MAX)]
    values: Annotated[tuple[WireValue, ...], msgspec.Meta(max_length=CHANGES_MAX)]


class Payload(msgspec.Struct, frozen=True, array_like=True):
    """The columns. A later format may add columns at the end; ``reader`` says whether they may
    be left unread: it is the oldest format whose reader may use the batch.
    """

    format: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    reader: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    count: Annotated[int, msgspec.Meta(ge=1, le=CHANGES_MAX)]
    sessions: bytes
    authors: bytes
    records: bytes
    fields: Annotated[tuple[FieldEntry, ...], msgspec.Meta(max_length=CHANGES_MAX)]
    record_of: bytes
    field_of: bytes
    session_of: bytes
    author_of: bytes
    wall_steps: bytes
    counter_steps: bytes
    base_counts: bytes
    base_places: bytes
    base_ids: bytes


@dataclass(slots=True)
class _Table:
    """Each different value once, in the order of its first use."""

    places: dict[bytes, int] = field(default_factory=dict)

    def place(self, content: bytes) -> int:
        return self.places.setdefault(content, len(self.places))

    def joined(self) -> bytes:
        return b"".join(self.places)


def encode_changes(registry: FieldRegistry, changes: Sequence[Change]) -> bytes:
    """Return the payload of these changes, in this order.

    Raises DomainError ``batch_over_limit`` when there are too many, ``batch_empty`` for none,
    ``registry_unknown_name``.
    """
    if not changes:
        raise DomainError("batch_empty")
    if len(changes) > CHANGES_MAX:
        raise DomainError("batch_over_limit")
    sessions, authors, records = _Table(), _Table(), _Table()
    fields: dict[tuple[int, int], int] = {}
    values: list[list[WireValue]] = []
    record_of, field_of, session_of, author_of = [], [], [], []
    for change in changes:
        kind = registry.kind_number(change.kind)
        key = kind, registry.field_number(change.kind, change.field)
        place = fields.setdefault(key, len(fields))
        if place == len(values):
            values.append([])
        values[place].append(_to_wire(change.value))
        field_of.append(place)
        record_of.append(records.place(bytes.fromhex(change.record_id)))
        session_of.append(sessions.place(change.stamp.session))
        author_of.append(authors.place(bytes.fromhex(change.author)))
    counts, places, ids = _bases(changes)
    return msgspec.msgpack.encode(
        Payload(
            format=FORMAT,
            reader=FORMAT,
            count=len(changes),
            sessions=sessions.joined(),
            authors=authors.joined(),
            records=records.joined(),
            fields=tuple(
                FieldEntry(kind, number, tuple(values[place]))
                for (kind, number), place in fields.items()
            ),
            record_of=write_varints(record_of),
            field_of=write_varints(field_of),
            session_of=write_varints(session_of),
            author_of=write_varints(author_of),
            wall_steps=_steps([change.stamp.wall_ms for change in changes]),
            counter_steps=_steps([change.stamp.counter for change in changes]),
            base_counts=counts,
            base_places=places,
            base_ids=ids,
        )
    )


def _bases(changes: Sequence[Change]) -> tuple[bytes, bytes, bytes]:
    """Return how many bases each change has, where they stand, and the ids of those elsewhere.

    A place counts back to an earlier change of this batch (1 is the one before); 0 takes the next
    of the ids.
    """
    at: dict[bytes, int] = {}
    counts: list[int] = []
    places: list[int] = []
    ids: list[bytes] = []
    for index, change in enumerate(changes):
        counts.append(len(change.bases))
        for base in change.bases:
            earlier = at.get(base)
            places.append(0 if earlier is None else index - earlier)
            if earlier is None:
                ids.append(base)
        at[change.id] = index
    return write_varints(counts), write_varints(places), b"".join(ids)


def _steps(numbers: Sequence[int]) -> bytes:
    return write_varints(
        to_zigzag(number - before) for before, number in zip((0, *numbers), numbers, strict=False)
    )


def _to_wire(value: Value) -> WireValue:
    match value:
        case Absent():
            return Ext(_ABSENT, _ABSENT_CODES[value])
        case bool():
            return value
        case int() if not -(2**63) <= value < 2**64:
            return Ext(_LARGE_NUMBER, str(value).encode("ascii"))
        case _:
            return value


def decode_changes(registry: FieldRegistry, content: bytes) -> tuple[Change, ...]:
    """Return the changes of a payload, with their ids computed anew.

    Raises DomainError ``batch_malformed``, ``batch_unknown_version`` or ``batch_over_limit``.
    """
    try:
        payload = msgspec.msgpack.decode(content, type=Payload)
        if payload.reader > FORMAT:
            raise DomainError("batch_unknown_version")
        return tuple(_changes(registry, payload))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise DomainError("batch_malformed") from None


def _changes(registry: FieldRegistry, payload: Payload) -> Iterator[Change]:
    """Yield the changes. Raises ValueError when the columns do not fit each other."""
    count = payload.count
    sessions = _split(payload.sessions, SESSION_BYTES)
    authors = [AuthorId(author.hex()) for author in _split(payload.authors, _ID_BYTES)]
    records = [RecordId(record.hex()) for record in _split(payload.records, _ID_BYTES)]
    columns = [iter(entry.values) for entry in payload.fields]
    names = [
        (kind := registry.kind_name(entry.kind), registry.field_name(kind, entry.number))
        for entry in payload.fields
    ]
    walls = _sums(payload.wall_steps)
    counters = _sums(payload.counter_steps)
    record_of = read_varints(payload.record_of)
    field_of = read_varints(payload.field_of)
    session_of = read_varints(payload.session_of)
    author_of = read_varints(payload.author_of)
    bases = _Bases(payload)
    for _ in range(count):
        place = _next(field_of)
        kind, name = _at(names, place)
        change = new_change(
            registry,
            kind=kind,
            record_id=_at(records, _next(record_of)),
            field=name,
            value=_from_wire(_next(columns[place])),
            stamp=_stamp(_next(walls), _at(sessions, _next(session_of)), _next(counters)),
            author=_at(authors, _next(author_of)),
            bases=bases.next(),
        )
        bases.made.append(change.id)
        yield change
    rest = (walls, counters, record_of, field_of, session_of, author_of, *columns, *bases.columns)
    if any(True for column in rest for _ in column):
        raise ValueError("a column is too long")


class _Bases:
    """Reads the bases of each change in turn; ``made`` are the ids of the changes before it."""

    def __init__(self, payload: Payload) -> None:
        self._counts = read_varints(payload.base_counts)
        self._places = read_varints(payload.base_places)
        self._ids = iter(_split(payload.base_ids, CHANGE_ID_BYTES))
        self.made: list[ChangeId] = []

    @property
    def columns(self) -> tuple[Iterator[int] | Iterator[bytes], ...]:
        return self._counts, self._places, self._ids

    def next(self) -> tuple[ChangeId, ...]:
        return tuple(self._base() for _ in range(_below(_next(self._counts), CHANGES_MAX)))

    def _base(self) -> ChangeId:
        back = _next(self._places)
        if back == 0:
            return ChangeId(_next(self._ids))
        return self.made[-_below(back, len(self.made))]


def _stamp(wall_ms: int, session: bytes, counter: int) -> Stamp:
    try:
        return Stamp(wall_ms, session, counter)
    except DomainError:
        raise ValueError("stamp out of range") from None


def _from_wire(value: WireValue) -> Value:
    if not isinstance(value, Ext):
        return value
    data = bytes(value.data)
    if value.code == _ABSENT and data in _ABSENT_OF:
        return _ABSENT_OF[data]
    if value.code == _LARGE_NUMBER and len(data) <= DIGITS_MAX:
        number = int(data.decode("ascii"))
        if _to_wire(number) == value:
            return number
    raise ValueError("unknown kind of value")


def _split(joined: bytes, size: int) -> list[bytes]:
    if len(joined) % size:
        raise ValueError("table cut off")
    return [joined[at : at + size] for at in range(0, len(joined), size)]


def _sums(steps: bytes) -> Iterator[int]:
    total = 0
    for step in read_varints(steps):
        total += from_zigzag(step)
        yield total


def _next(column: Iterator[T]) -> T:
    for found in column:
        return found
    raise ValueError("a column is too short")


def _at(table: Sequence[T], place: int) -> T:
    if place >= len(table):
        raise ValueError("no such entry")
    return table[place]


def _below(number: int, limit: int) -> int:
    if number > limit:
        raise ValueError("number over its limit")
    return number
