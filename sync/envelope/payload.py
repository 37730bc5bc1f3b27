"""Changes to columns and back: what one batch says, before it is compressed, padded and sealed.

All values of one field stand together, ids are never sent but computed anew, and numbers of the
registry stand for names, so that kinds and fields of a newer version pass through unharmed.
``docs/protocol.md`` gives every column.
"""

from __future__ import annotations

import itertools
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

__all__ = ["CHANGES_MAX", "FORMAT", "TEXT_LENGTH_MAX", "decode_changes", "encode_changes"]

FORMAT: Final = 1
CHANGES_MAX: Final = 50_000
TEXT_LENGTH_MAX: Final = 1 << 20
"""Characters of one text; what is sealed must also fit into a batch."""
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

Text = Annotated[str, msgspec.Meta(max_length=TEXT_LENGTH_MAX)]
Codes = Annotated[tuple[Text, ...], msgspec.Meta(max_length=CODES_MAX)]
WireValue = Text | int | bool | Codes | Ext | None
T = TypeVar("T")
Sized = TypeVar("Sized", str, bytes, tuple[str, ...])


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

    Raises DomainError ``batch_over_limit`` when there are too many or one is too long for any
    reader, ``batch_empty`` for none, ``registry_unknown_name``.
    """
    if not changes:
        raise DomainError("batch_empty")
    if len(changes) > CHANGES_MAX:
        raise DomainError("batch_over_limit")
    sessions, authors = _Table(), _Table()
    keys = [
        (registry.kind_number(one.kind), registry.field_number(one.kind, one.field))
        for one in changes
    ]
    fields = sorted(set(keys))
    place_of = {key: place for place, key in enumerate(fields)}
    field_of = [place_of[key] for key in keys]
    session_of = [sessions.place(change.stamp.session) for change in changes]
    author_of = [authors.place(_raw_id(change.author)) for change in changes]
    records, record_of = _back_references([_raw_id(one.record_id) for one in changes])
    base_of, base_ids = _bases(changes)
    by_field = sorted(range(len(changes)), key=lambda at: field_of[at])
    return msgspec.msgpack.encode(
        Payload(
            format=FORMAT,
            reader=FORMAT,
            count=len(changes),
            sessions=sessions.joined(),
            authors=authors.joined(),
            records=_by_byte(records),
            field_kinds=write_varints(kind for kind, _ in fields),
            field_numbers=_steps([number for _, number in fields]),
            record_of=write_varints(record_of),
            field_of=write_varints(field_of),
            session_of=write_varints(session_of),
            author_of=write_varints(author_of),
            wall_steps=_steps([change.stamp.wall_ms for change in changes]),
            counter_steps=_steps([change.stamp.counter for change in changes]),
            base_counts=write_varints(len(change.bases) for change in changes),
            base_of=write_varints(base_of),
            base_ids=b"".join(base_ids),
            values=tuple(_to_wire(changes[at].value) for at in by_field),
        )
    )


def _back_references(contents: Sequence[bytes]) -> tuple[list[bytes], list[int]]:
    """Return each different content once, and for each place how far back it last stood, or 0
    when it is new.
    """
    last: dict[bytes, int] = {}
    back: list[int] = []
    for at, content in enumerate(contents):
        back.append(at - last[content] if content in last else 0)
        last[content] = at
    return list(last), back


def _bases(changes: Sequence[Change]) -> tuple[list[int], list[bytes]]:
    """Return how far back in the batch each base stands (0: elsewhere), and the ids elsewhere."""
    made: dict[bytes, int] = {}
    back: list[int] = []
    ids: list[bytes] = []
    for at, change in enumerate(changes):
        for base in change.bases:
            back.append(at - made[base] if base in made else 0)
            if base not in made:
                assert len(base) == CHANGE_ID_BYTES, "an id has 16 bytes"
                ids.append(base)
        made[change.id] = at
    return back, ids


def _by_byte(ids: Sequence[bytes]) -> bytes:
    """Return all first bytes, then all second ones, …: those of near times compress."""
    return b"".join(bytes(one[at] for one in ids) for at in range(_ID_BYTES))


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
            return Ext(_LARGE_NUMBER, _within(str(value).encode("ascii"), DIGITS_MAX))
        case str():
            return _within(value, TEXT_LENGTH_MAX)
        case tuple():
            return tuple(_within(code, TEXT_LENGTH_MAX) for code in _within(value, CODES_MAX))
        case _:
            return value


def _within(content: Sized, limit: int) -> Sized:
    if len(content) > limit:
        raise DomainError("batch_over_limit")
    return content


def _raw_id(digits: str) -> bytes:
    content = bytes.fromhex(digits)
    # Another length would shift every id behind it, in silence.
    assert len(content) == _ID_BYTES, "an id has 32 hexadecimal digits"
    return content


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
    names = _field_names(registry, payload)
    field_of = _column(payload.field_of, count)
    values = _values_in_order(payload, field_of, len(names))
    records = _records(payload)
    session_of = _column(payload.session_of, count)
    author_of = _column(payload.author_of, count)
    walls = _sums(_column(payload.wall_steps, count))
    counters = _sums(_column(payload.counter_steps, count))
    bases = _Bases(payload)
    for at in range(count):
        kind, name = names[field_of[at]]
        change = new_change(
            registry,
            kind=kind,
            record_id=records[at],
            field=name,
            value=_from_wire(values[at]),
            stamp=_stamp(walls[at], _at(sessions, session_of[at]), counters[at]),
            author=_at(authors, author_of[at]),
            bases=bases.next(),
        )
        bases.made.append(change.id)
        yield change
    bases.close()


def _field_names(registry: FieldRegistry, payload: Payload) -> list[tuple[str, str]]:
    """Return kind and name of each field of the batch; their numbers rise."""
    kinds = list(read_varints(payload.field_kinds))
    numbers = _sums(_column(payload.field_numbers, len(kinds)))
    pairs = list(zip(kinds, numbers, strict=True))
    if any(after <= before for before, after in itertools.pairwise(pairs)):
        raise ValueError("fields out of order")
    for kind, number in pairs:
        if kind > KIND_NUMBER_MAX or not 0 <= number <= FIELD_NUMBER_MAX:
            raise ValueError("number outside the registry")
    return [
        (name := registry.kind_name(kind), registry.field_name(name, number))
        for kind, number in pairs
    ]


def _values_in_order(payload: Payload, field_of: list[int], fields: int) -> list[WireValue]:
    """Return the values, which travel field by field, in the order of the changes."""
    if any(place >= fields for place in field_of) or len(set(field_of)) != fields:
        raise ValueError("fields do not fit")
    if len(payload.values) != payload.count:
        raise ValueError("values do not fit")
    by_field = sorted(range(payload.count), key=lambda at: field_of[at])
    values: list[WireValue] = [None] * payload.count
    for at, value in zip(by_field, payload.values, strict=True):
        values[at] = value
    return values


def _records(payload: Payload) -> list[RecordId]:
    """Return the record of each change."""
    new = iter(_from_bytes_apart(payload.records))
    found: list[RecordId] = []
    for back in _column(payload.record_of, payload.count):
        if back > len(found):
            raise ValueError("no such change")
        found.append(found[-back] if back else RecordId(_next(new).hex()))
    _end(new)
    return found


class _Bases:
    """Reads the bases of each change in turn; ``made`` are the ids of the changes before it."""

    def __init__(self, payload: Payload) -> None:
        self._counts = iter(_column(payload.base_counts, payload.count))
        self._back = read_varints(payload.base_of)
        self._ids = iter(_split(payload.base_ids, CHANGE_ID_BYTES))
        self.made: list[ChangeId] = []

    def next(self) -> tuple[ChangeId, ...]:
        """Return the bases of the next change."""
        return tuple(self._base() for _ in range(next(self._counts)))

    def _base(self) -> ChangeId:
        back = _next(self._back)
        if back > len(self.made):
            raise ValueError("no such change")
        return self.made[-back] if back else ChangeId(_next(self._ids))

    def close(self) -> None:
        """Raise ValueError when something is left over."""
        _end(self._back)
        _end(self._ids)


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


def _from_bytes_apart(content: bytes) -> list[bytes]:
    if len(content) % _ID_BYTES:
        raise ValueError("table cut off")
    count = len(content) // _ID_BYTES
    return [content[at::count] for at in range(count)]


def _column(content: bytes, count: int) -> list[int]:
    numbers = list(read_varints(content))
    if len(numbers) != count:
        raise ValueError("a column of another length")
    return numbers


def _sums(steps: Sequence[int]) -> list[int]:
    return list(itertools.accumulate(from_zigzag(step) for step in steps))


def _next(column: Iterator[T]) -> T:
    for found in column:
        return found
    raise ValueError("a column is too short")


def _end(column: Iterator[object]) -> None:
    if any(True for _ in column):
        raise ValueError("a column is too long")


def _at(table: Sequence[T], place: int) -> T:
    if place >= len(table):
        raise ValueError("no such entry")
    return table[place]
