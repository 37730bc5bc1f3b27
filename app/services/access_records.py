"""That somebody went into a case that others attend, as a record of the case: with the reason that
she gave, or because it could not wait. It synchronises, and the team is shown it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from app.domain.change import RecordId, new_change
from app.domain.records import Kind, Name, named_record
from app.domain.value import Value, set_value
from app.services import ledger
from app.services.ports import Desk, StoredField, UnitOfWork
from app.services.values import is_buried, stored_codes, stored_text

__all__ = [
    "ACTS",
    "FROM",
    "GRANTED_FOR_MS",
    "REASON",
    "ROLE",
    "UNTIL",
    "cases_granted",
    "grant",
    "granted",
    "let_herself_in",
    "moment_of",
    "tell_team",
]

ACTS: Final = "acts"
REASON: Final = "reason"
FROM: Final = "from_ms"
UNTIL: Final = "until_ms"
ROLE: Final = "role"

GRANTED_FOR_MS: Final = 12 * 60 * 60 * 1000
"""So long a reason holds: a shift, and not until somebody remembers to take it back."""

_DAY_MS: Final = 24 * 60 * 60 * 1000

Held = Mapping[str, StoredField]


def granted(uow: UnitOfWork, desk: Desk, case_id: RecordId | None) -> frozenset[str]:
    """Return the acts for which who works gave a reason that holds now, in a case; None: of what is
    of no case. Reads only."""
    records = _of_person(uow, desk) if case_id is None else _of_case(uow, case_id)
    acts: set[str] = set()
    for held in _holding(uow, desk, records):
        if _case_of(held) == case_id:
            acts.update(stored_codes(held, ACTS))
    return frozenset(acts)


def cases_granted(uow: UnitOfWork, desk: Desk, act: str) -> frozenset[RecordId]:
    """Return the cases for which who works gave a reason for this act that holds now. Reads
    only."""
    own = _holding(uow, desk, _of_person(uow, desk))
    found = (held for held in own if act in stored_codes(held, ACTS))
    return frozenset(case_id for held in found if (case_id := _case_of(held)) is not None)


def let_herself_in(uow: UnitOfWork, desk: Desk, case_id: RecordId, act: str) -> bool:
    """Return whether who works ever gave a reason for this act in a case, whether it holds still or
    not. Reads only."""
    found = uow.records.held_by(_of_case(uow, case_id)).values()
    return any(
        stored_text(held, Name.PERSON) == desk.actor.id
        and act in stored_codes(held, ACTS)
        and bool(stored_text(held, REASON))
        and not is_buried(held)
        for _, held in found
    )


def grant(
    uow: UnitOfWork, desk: Desk, case_id: RecordId | None, acts: Iterable[str], reason: str
) -> RecordId:
    """Write that who works may do these acts for a shift, and why. The caller commits."""
    now_ms = desk.clock.now_ms()
    record_id = desk.ids.new_record_id()
    said: dict[str, Value] = {
        REASON: reason,
        FROM: now_ms,
        UNTIL: now_ms + GRANTED_FOR_MS,
        ROLE: desk.actor.role,
    }
    _write(uow, desk, record_id, case_id, set_value(list(acts)), said)
    return record_id


def tell_team(uow: UnitOfWork, desk: Desk, case_id: RecordId, act: str, role: str) -> None:
    """Write, once a day, that who works did something in a case that others attend. The caller
    commits."""
    now_ms = desk.clock.now_ms()
    said = f"{case_id}/{desk.actor.id}/{act}/{now_ms // _DAY_MS}"
    digest = bytearray(
        hashlib.blake2b(said.encode(), digest_size=16, person=b"qispi-access-1").digest()
    )
    digest[6] = digest[6] & 0x0F | 0x80  # a UUID of version 8 (RFC 9562, 5.8)
    digest[8] = digest[8] & 0x3F | 0x80
    record_id = RecordId(digest.hex())
    if uow.records.kind_of(record_id) is not None:
        return
    _write(uow, desk, record_id, case_id, (act,), {FROM: now_ms, ROLE: role})


def moment_of(held: Held, name: str) -> int | None:
    """Return an instant that a record of an access holds, in ms, or None."""
    stored = held.get(name)
    value = stored.value if stored is not None else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _of_case(uow: UnitOfWork, case_id: RecordId) -> Sequence[RecordId]:
    return uow.records.referring(Kind.ACCESS, Name.CASE, case_id)


def _of_person(uow: UnitOfWork, desk: Desk) -> Sequence[RecordId]:
    return uow.records.referring(Kind.ACCESS, Name.PERSON, RecordId(desk.actor.id))


def _holding(uow: UnitOfWork, desk: Desk, records: Sequence[RecordId]) -> Iterator[Held]:
    """Yield those of these records that are of who works, with a reason that holds now. A clock
    that was put back, or another laptop's, makes none hold longer than a shift."""
    now_ms = desk.clock.now_ms()
    for _, held in uow.records.held_by(records).values():
        if stored_text(held, Name.PERSON) != desk.actor.id:
            continue
        begin, end = moment_of(held, FROM), moment_of(held, UNTIL)
        if begin is None or end is None or is_buried(held) or not stored_text(held, REASON):
            continue
        if begin <= now_ms < min(end, begin + GRANTED_FOR_MS):
            yield held


def _case_of(held: Held) -> RecordId | None:
    stored = held.get(Name.CASE)
    return named_record(stored.value) if stored is not None else None


def _write(
    uow: UnitOfWork,
    desk: Desk,
    record_id: RecordId,
    case_id: RecordId | None,
    acts: tuple[str, ...],
    said: Mapping[str, Value],
) -> None:
    now_ms = desk.clock.now_ms()
    of_whom: dict[str, Value] = {Name.CASE: case_id, Name.PERSON: desk.actor.id, ACTS: acts}
    changes = [
        new_change(
            desk.definitions.registry,
            kind=Kind.ACCESS,
            record_id=record_id,
            field=name,
            value=value,
            stamp=desk.stamper.next(now_ms),
            author=desk.actor.id,
            bases=(),
        )
        for name, value in (of_whom | dict(said)).items()
        if value is not None
    ]
    ledger.record(uow, desk.definitions, changes, is_own=True)
    uow.audit.append(
        actor=desk.actor.id,
        action="access",
        object_id=case_id or "",
        at_ms=now_ms,
        detail=" ".join(acts),
    )
