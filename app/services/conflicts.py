"""Fields changed on two laptops without seeing each other: shown whole, settled by a person.

Settling is a change like any other: it syncs, it can meet another one, and it can be undone
(``docs/adr/0014``). No value is ever lost by it. What became of every pair of operations stands in
``docs/conflicts.md``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from app.domain.change import Change, ChangeId, RecordId, new_change
from app.domain.definitions import Definitions
from app.domain.errors import DomainError
from app.domain.form import Field
from app.domain.lineage import Lineage, distinct, same_value
from app.domain.records import OF_THE_CENTRE, Kind, Name
from app.domain.value import Value
from app.services import ledger
from app.services.access import act, refuse_locked, seen_by
from app.services.attending import check_chosen
from app.services.case_file import cases_of
from app.services.conflict_drafts import draft, put_draft
from app.services.conflict_models import ConflictRow, Severity
from app.services.conflict_values import TOLD_MAX, last_undone, name_of, newest, value_rows
from app.services.conflict_words import label_of, names_of_people, words_of
from app.services.forms import BASES_MAX, change_fields, stored_form
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.reach import read_as
from app.services.readable import open_conflicts
from app.services.risk_levels import noted_with
from app.services.values import putting_back, stored_text

__all__ = [
    "case_and_code",
    "count",
    "count_of",
    "list_conflicts",
    "settle",
    "settle_both",
    "severity_of",
    "undo_settlement",
]

ROWS_MAX: Final = 200
_SEVERAL: Final = 2
_SAFETY: Final = frozenset({"safety", "consent"})
_RIGHTS_KINDS: Final = frozenset({Kind.MEASURE, Kind.EVENT, Kind.REFERRAL, Kind.CONSENT})


@act("see_conflicts")
def list_conflicts(
    uow: UnitOfWork,
    desk: Desk,
    letters: Mapping[bytes, str] | None = None,
    *,
    limit: int = ROWS_MAX,
) -> tuple[ConflictRow, ...]:
    """Return at most ``limit`` fields in which a person has to choose, each with all its values:
    what her safety depends on first, then the oldest record. ``letters`` gives the letter of each
    laptop of the centre by its device id. Reads only."""
    found = [(severity_of(desk.definitions, key), key) for key in open_conflicts(uow, desk)]
    found.sort(key=lambda one: one[0])  # a stable sort: the oldest record first among equals
    hidden = seen_by(uow, desk, "see_conflicts").hidden if found else ()
    rows = (_row(uow, desk, key, one, letters or {}, hidden) for one, key in found[:limit])
    return tuple(row for row in rows if row is not None)


@act("see_conflicts")
def count(uow: UnitOfWork) -> int:
    """Return in how many fields a person has to choose."""
    return len(open_conflicts(uow, None))


@act("list_cases", case="case_id", noted=False)
def count_of(uow: UnitOfWork, case_id: RecordId) -> int:
    """Return in how many fields of a case and of its records a person has to choose."""
    keys = open_conflicts(uow, None)
    return sum(case_id in cases_of(uow, key.record_id, key.kind) for key in keys)


def severity_of(definitions: Definitions, key: FieldKey) -> Severity:
    """Return what a wrong choice in a field could do, by its definition."""
    definition = definitions.field_of(key.kind, key.field)
    if definition is None:
        return Severity.OTHER
    is_safety = definition.most_cautious_first or definition.finds_her
    if is_safety or definition.gated in _SAFETY:
        return Severity.SAFETY
    if definition.gated or definition.is_sensitive or key.kind in _RIGHTS_KINDS:
        return Severity.RIGHTS
    return Severity.OTHER


@act("settle_conflict", key="key")
def settle(
    uow: UnitOfWork, desk: Desk, key: FieldKey, value: Value, seen: tuple[ChangeId, ...]
) -> ChangeId:
    """Settle a conflict: ``value`` replaces the changes the person saw; return the decision's
    change. Commits.

    It is a change like any other: it syncs, stays in the history with what it replaced, and can be
    met by another. A value that arrived meanwhile is not replaced and keeps the conflict open.
    Raises DomainError ``conflict_gone`` when none of the seen changes is current any more, and what
    :func:`app.services.forms.stored_form` and :func:`app.services.attending.check_chosen` raise.
    """
    refuse_locked(uow, desk, (key.record_id, key.kind), key)
    check_chosen(uow, desk, key, value)
    decision = _settle(uow, desk, key, value, seen)
    uow.commit()
    return decision


@act("settle_conflict", key="key")
def settle_both(
    uow: UnitOfWork, desk: Desk, key: FieldKey, keep: ChangeId, seen: tuple[ChangeId, ...]
) -> ChangeId:
    """Settle a conflict in which both were right: the value of ``keep`` stays in the field, every
    other one becomes a note of the case, with who wrote it and when; return the decision's change.
    Commits.

    Two laptops that decide so write the same notes. Raises DomainError ``conflict_gone``,
    ``both_needs_case`` for a field of no case.
    """
    refuse_locked(uow, desk, (key.record_id, key.kind), key)
    heads = {head.id: head for head in uow.changes.heads(key)}
    case_id = _case_of(uow, key, seen_by(uow, desk, "see_conflicts").hidden)
    if keep not in heads or keep not in seen:
        raise DomainError("conflict_gone")
    if case_id is None:
        raise DomainError("both_needs_case")
    kept = heads[keep]
    check_chosen(uow, desk, key, kept.value)
    decision = _settle(uow, desk, key, kept.value, seen)
    lineage, there = Lineage(uow.changes.history(key)), set(seen)
    for one in heads.values():
        is_other = one.value is not None and not same_value(one.value, kept.value)
        if is_other and one.id in there:
            _note(uow, desk, key, case_id, lineage.written_by(one))
    uow.commit()
    return decision


@act("settle_conflict", key="key")
def undo_settlement(
    uow: UnitOfWork, desk: Desk, key: FieldKey, decision: ChangeId
) -> tuple[ChangeId, ...]:
    """Undo what somebody settled: the conflict is open again on every laptop, with the values that
    the decision had replaced; return their changes. Commits.

    Each value is written once more, on the decision alone, so they stand beside each other as they
    did; what had been decided, if it was one of them, last, so that what shows meanwhile does not
    change. The decision stays in the history; a text that was written to join them is there to go
    on from, unless another one is begun on this laptop: that one stands nowhere else, and stays.
    Raises DomainError ``settlement_passed`` when something else was written there since,
    ``settlement_partial`` while some of the values that it replaced have not arrived: a question
    that lacks one of them would hide it from everybody.
    """
    refuse_locked(uow, desk, (key.record_id, key.kind), key)
    check_chosen(uow, desk, key)
    lineage = Lineage(uow.changes.history(key))
    undone = lineage.get(decision)
    if undone is None or not lineage.is_head(decision):
        raise DomainError("settlement_passed")
    replaced = lineage.known(undone.bases)
    if len(replaced) < len(undone.bases):
        raise DomainError("settlement_partial")
    values = distinct(replaced)
    if len(values) < _SEVERAL:
        raise DomainError("settlement_passed")
    values.sort(key=lambda one: (same_value(one.value, undone.value), one.stamp, one.id))
    changes = [_change(desk, key, one.value, (decision,)) for one in values]
    ledger.record(uow, desk.definitions, changes, is_own=True)
    change_fields(uow, desk, noted_with(desk.definitions, key, values[-1].value))
    _audit(uow, desk, "unsettle", key)
    is_own = isinstance(undone.value, str) and not any(one.value == undone.value for one in values)
    if is_own and draft(uow, key) is None:
        # What was written to join them is there to go on from; one of the values is there anyway.
        put_draft(uow, key, str(undone.value), [one.id for one in changes])
    uow.commit()
    return tuple(one.id for one in changes)


def case_and_code(
    uow: UnitOfWork, key: FieldKey, hidden: Collection[RecordId] = ()
) -> tuple[RecordId, str]:
    """Return the case that a field belongs to, with its number, the first that is not ``hidden``;
    the record itself for one of no case, or whose case has not arrived."""
    case_id = _case_of(uow, key, hidden)
    if case_id is None:
        return key.record_id, ""
    return case_id, stored_text(uow.records.fields(case_id), Name.CODE)


def _row(
    uow: UnitOfWork,
    desk: Desk,
    key: FieldKey,
    severity: Severity,
    letters: Mapping[bytes, str],
    hidden: Collection[RecordId],
) -> ConflictRow | None:
    history = uow.changes.history(key)
    looked_at = uow.changes.heads_of((key,), {one.id: one for one in history})[key]
    shown = ledger.resolve_field(desk.definitions, key, looked_at).shown
    if shown is None:
        return None
    lineage = Lineage(history)
    heads = lineage.heads()  # all of them: also those that are not looked at to say what shows
    told = newest(uow, heads, shown, lineage)
    replaced = _replaced(heads, told)
    case_id, code = case_and_code(uow, key, hidden)
    return ConflictRow(
        case_id=case_id,
        case_code=code,
        record_id=key.record_id,
        kind=key.kind,
        field=key.field,
        label=label_of(desk.definitions, key),
        shown=shown.id,
        values=value_rows(uow, desk, told, lineage, letters),
        severity=severity,
        base=_base(told, lineage),
        can_keep_both=len(told) == len(heads) and _can_keep_both(desk.definitions, key, code),
        undone=last_undone(uow, (base for one in heads for base in one.bases), lineage),
        heads=replaced,
        beyond=len(heads) - len(replaced),
    )


def _replaced(heads: Sequence[Change], told: Sequence[Change]) -> tuple[ChangeId, ...]:
    """Return what a decision between the heads of a field replaces: of more than it may name, those
    that are told and the newest of the others."""
    shown = {one.id for one in told}
    others = [one.id for one in heads if one.id not in shown]
    named = shown.union(others[-(BASES_MAX - len(shown)) :])
    return tuple(one.id for one in heads if one.id in named)


def _base(told: Sequence[Change], lineage: Lineage) -> tuple[Value, ...]:
    """Return what the sides had replaced, however often a decision between them was undone."""
    written = [lineage.written_by(one) for one in told]
    return tuple(one.value for one in distinct(lineage.common_bases(written))[:TOLD_MAX])


def _settle(
    uow: UnitOfWork, desk: Desk, key: FieldKey, value: Value, seen: tuple[ChangeId, ...]
) -> ChangeId:
    definition = desk.definitions.field_of(key.kind, key.field)
    if definition is not None:
        value = stored_form(definition, value)
    if not {head.id for head in uow.changes.heads(key)} & set(seen):
        raise DomainError("conflict_gone")
    change = _change(desk, key, value, seen)
    ledger.record(uow, desk.definitions, [change], is_own=True)
    change_fields(uow, desk, noted_with(desk.definitions, key, value))
    _audit(uow, desk, "settle", key)
    kept = draft(uow, key)
    if kept is None or not kept.seen or kept.seen & set(seen) or kept.text == value:
        put_draft(uow, key, None)  # One of an earlier question, which others decided, stays.
    return change.id


def _change(desk: Desk, key: FieldKey, value: Value, bases: tuple[ChangeId, ...]) -> Change:
    return new_change(
        desk.definitions.registry,
        kind=key.kind,
        record_id=key.record_id,
        field=key.field,
        value=value,
        stamp=desk.stamper.next(desk.clock.now_ms()),
        author=desk.actor.id,
        bases=bases,
    )


def _note(uow: UnitOfWork, desk: Desk, key: FieldKey, case_id: RecordId, other: Change) -> None:
    """Keep what a change says as a note of the case. Its id is made of the change's, so that two
    laptops that decide alike write one note."""
    digest = hashlib.blake2b(other.id, digest_size=16, person=b"qispi-note-1").digest()
    marked = bytearray(digest)
    marked[6] = marked[6] & 0x0F | 0x80  # a UUID of version 8 (RFC 9562, 5.8)
    marked[8] = marked[8] & 0x3F | 0x80
    note_id = RecordId(marked.hex())
    if uow.records.kind_of(note_id) == Kind.NOTE:
        change_fields(uow, desk, putting_back(Kind.NOTE, note_id))
        return  # it stands there, perhaps with what somebody added
    values: dict[str, Value] = {
        Name.CASE: case_id,
        "text": words_of(desk.definitions, key, other.value, names_of_people(uow)) or None,
        "about": label_of(desk.definitions, key),
        Name.READ_AS: read_as(key, uow.records.fields(key.record_id)),
        "written_by": name_of(uow, other) or None,
        "written_on": _day_of(desk, other),
    }
    keys = {FieldKey(Kind.NOTE, note_id, name): value for name, value in values.items()}
    change_fields(uow, desk, keys)


def _day_of(desk: Desk, change: Change) -> str | None:
    try:
        at = datetime.fromtimestamp(change.stamp.wall_ms / 1000, desk.clock.zone())
    except (ValueError, OverflowError, OSError):
        return None  # a clock so far off that there is no such day
    return at.date().isoformat()


def _can_keep_both(definitions: Definitions, key: FieldKey, code: str) -> bool:
    definition: Field | None = definitions.field_of(key.kind, key.field)
    return definition is not None and bool(code) and key.kind not in OF_THE_CENTRE


def _case_of(uow: UnitOfWork, key: FieldKey, hidden: Collection[RecordId] = ()) -> RecordId | None:
    cases = cases_of(uow, key.record_id, key.kind)
    return next((one for one in cases if one not in hidden), None)


def _audit(uow: UnitOfWork, desk: Desk, action: str, key: FieldKey) -> None:
    uow.audit.append(
        actor=desk.actor.id,
        action=action,
        object_id=key.record_id,
        at_ms=desk.clock.now_ms(),
        detail=f"{key.kind}.{key.field}",
    )
