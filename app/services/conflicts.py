"""Fields changed on two laptops without seeing each other: shown whole, settled by a person."""

from __future__ import annotations

from typing import Final

from app.domain.change import Change, ChangeId, RecordId, new_change
from app.domain.errors import DomainError
from app.domain.records import Name
from app.domain.value import Value
from app.services import ledger
from app.services.case_file import cases_of
from app.services.forms import stored_form
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.read_models import ConflictRow, ConflictValue

__all__ = ["draft", "keep_draft", "list_conflicts", "settle"]

_DRAFT: Final = "conflict_draft/{key.record_id}/{key.kind}/{key.field}"
"""On this laptop alone: a text half written to join two others."""


def list_conflicts(uow: UnitOfWork, desk: Desk) -> tuple[ConflictRow, ...]:
    """Return every field in which a person has to choose, with all its values."""
    rows = []
    for key in uow.records.conflicts():
        heads = uow.changes.heads(key)
        shown = ledger.resolve_field(desk.definitions, key, heads).shown
        if shown is None:
            continue
        cases = cases_of(uow, key.record_id, key.kind)
        case_id = cases[0] if cases else None
        code = uow.records.fields(case_id).get(Name.CODE) if case_id else None
        definition = desk.definitions.field_of(key.kind, key.field)
        rows.append(
            ConflictRow(
                case_id=case_id or key.record_id,
                case_code=str(code.value) if code else "",
                record_id=key.record_id,
                kind=key.kind,
                field=key.field,
                label=definition.label if definition else key.field,
                shown=shown.id,
                values=tuple(_value(uow, desk, head) for head in reversed(heads)),
            )
        )
    return tuple(rows)


def settle(
    uow: UnitOfWork, desk: Desk, key: FieldKey, value: Value, seen: tuple[ChangeId, ...]
) -> None:
    """Settle a conflict: ``value`` replaces the changes the person saw. Commits.

    It is a change like any other: it syncs, stays in the history with what it replaced, and can be
    met by another. A value that arrived meanwhile is not replaced and keeps the conflict open.
    Raises DomainError ``conflict_gone`` when none of the seen changes is current any more, and what
    :func:`app.services.forms.stored_form` raises.
    """
    definition = desk.definitions.field_of(key.kind, key.field)
    if definition is not None:
        value = stored_form(definition, value)
    current = {head.id for head in uow.changes.heads(key)}
    if not current & set(seen):
        raise DomainError("conflict_gone")
    now_ms = desk.clock.now_ms()
    change = new_change(
        desk.definitions.registry,
        kind=key.kind,
        record_id=key.record_id,
        field=key.field,
        value=value,
        stamp=desk.stamper.next(now_ms),
        author=desk.actor.id,
        bases=seen,
    )
    ledger.record(uow, desk.definitions, [change], is_own=True)
    uow.audit.append(
        actor=desk.actor.id,
        action="settle",
        object_id=key.record_id,
        at_ms=now_ms,
        detail=f"{key.kind}.{key.field}",
    )
    uow.local.put(_DRAFT.format(key=key), None)
    uow.commit()


def keep_draft(uow: UnitOfWork, key: FieldKey, text: str) -> None:
    """Keep what someone is writing to settle a conflict, until it is settled. Commits."""
    uow.local.put(_DRAFT.format(key=key), text.encode())
    uow.commit()


def draft(uow: UnitOfWork, key: FieldKey) -> str | None:
    """Return what someone began to write to settle a conflict, or None."""
    content = uow.local.get(_DRAFT.format(key=key))
    return None if content is None else content.decode()


def _value(uow: UnitOfWork, desk: Desk, head: Change) -> ConflictValue:
    name = uow.records.fields(RecordId(head.author)).get("name")
    return ConflictValue(
        change_id=head.id,
        value=head.value,
        author=head.author,
        author_name=str(name.value) if name else "",
        at_ms=head.stamp.wall_ms,
        is_own=head.author == desk.actor.id,
    )
