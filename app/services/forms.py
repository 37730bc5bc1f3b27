"""Reading and filling in a form: every field is its own change, saved the moment it is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from app.domain.change import Change, ChangeId, RecordId, new_change
from app.domain.definitions import Definitions
from app.domain.errors import DomainError
from app.domain.form import (
    TEXT_LENGTH_MAX,
    Field,
    FieldType,
    Form,
    Problem,
    check_digits,
    check_past,
    check_value,
    check_years,
)
from app.domain.lineage import said, same_value
from app.domain.records import OF_THE_CENTRE, Kind, Name, named_kind, named_record
from app.domain.value import Absent, Value
from app.services import ledger
from app.services.access import act, reach_of, refuse_locked
from app.services.ports import Desk, FieldKey, StoredField, UnitOfWork
from app.services.reach import Reach
from app.services.read_models import FieldView, FormFile

__all__ = [
    "BASES_MAX",
    "CURRENT",
    "FICHA",
    "REFERRAL_FORM",
    "Current",
    "Seen",
    "change_fields",
    "form_file",
    "open_record",
    "problem_of",
    "remark_on",
    "set_field",
    "stored_form",
    "to_validate",
]

FICHA: Final = "ficha"
REFERRAL_FORM: Final = "derivacion"

SET_SIZE_MAX = 500

BASES_MAX: Final = 10_000
"""So many changes are replaced by one edit or decision: as many as are looked at to say what a
field shows. People make two or three; a malicious laptop makes more than a batch of ours could
name, and the rest is replaced by the next ones."""


class Current:
    """Marks that the editor saw whatever the log holds now."""


CURRENT: Final = Current()

Seen = tuple[ChangeId, ...] | Current
"""What stood on the screen when typing began: those changes, or whatever there is now."""


@act("open_file", record="anchor_id", form="form_id", looks=True)
def form_file(uow: UnitOfWork, desk: Desk, form_id: str, anchor_id: RecordId) -> FormFile:
    """Return a form with its values. What of it is not hers to read is closed to who works, what is
    not hers to write locked; within another act it is whole. Raises DomainError
    ``record_unknown``."""
    form = desk.definitions.form(form_id)
    records = _records(uow, form, anchor_id)
    stored = {kind: uow.records.fields(record_id) for kind, record_id in records.items()}
    unsent = uow.records.unsent(tuple(records.values()))
    disputed = uow.changes.disputed(tuple(records.values()))
    fields: dict[str, FieldView] = {}
    for definition in form.fields():
        held = stored.get(definition.kind, {}).get(definition.field)
        if held is not None:
            record_id = records[definition.kind]
            heads = disputed.get(FieldKey(definition.kind, record_id, definition.field), ())
            is_sent = (record_id, definition.field) not in unsent
            fields[definition.id] = _view(held, heads, desk.stamper.session, is_sent=is_sent)
    case_id = _case_of(form, anchor_id, stored[form.anchor])
    code = uow.records.fields(case_id).get(Name.CODE) if case_id else None
    file = FormFile(
        form_id=form_id,
        anchor_id=anchor_id,
        case_id=case_id,
        case_code=str(code.value) if code else "",
        records=records,
        fields=fields,
        missing=to_validate(desk, form, {name: view.value for name, view in fields.items()}),
    )
    if not uow.access.is_outermost:
        return file
    reach = reach_of(uow, desk, case_id or None)
    return replace(file, fields=_as_open(form, file, stored, reach))


@act("write_file", case="case_id")
def open_record(
    uow: UnitOfWork,
    desk: Desk,
    form_id: str,
    case_id: RecordId | None,
    values: Mapping[str, Value] | None = None,
) -> RecordId:
    """Begin a record for which a form is opened (an action, a measure, …) and return its id.

    ``case_id`` is the case that it belongs to, None for a record of the centre; ``values`` are
    what is known already, by name of the record's field. The caller commits. Raises DomainError
    ``record_unknown`` when there is no such case.
    """
    form = desk.definitions.form(form_id)
    record_id = desk.ids.new_record_id()
    known = dict(values or {})
    if case_id is not None:
        if uow.records.kind_of(case_id) != Kind.CASE:
            raise DomainError("record_unknown")
        known[Name.CASE] = case_id
    change_fields(
        uow,
        desk,
        {FieldKey(form.anchor, record_id, name): value for name, value in known.items()},
    )
    return record_id


@act("write_file", record="anchor_id", form="form_id")
def set_field(
    uow: UnitOfWork,
    desk: Desk,
    form_id: str,
    anchor_id: RecordId,
    field_id: str,
    value: Value,
    *,
    seen: Seen = CURRENT,
) -> Problem | None:
    """Save one field; when this returns it is on disk. Return a remark to show beside it, or None.

    A remark (seven digits in a DNI) never keeps a value from being saved. ``seen`` are the changes
    that stood on the screen when typing began (:attr:`FieldView.replaces`): those are replaced, and
    a value that arrived since is kept beside the new one.

    Raises DomainError ``field_unknown``, ``text_too_long``; EnvironmentFault when the disk refuses,
    and then nothing was written.
    """
    form = desk.definitions.form(form_id)
    definition = form.get(field_id)
    if definition is None:
        raise DomainError("field_unknown", field=field_id)
    stored = stored_form(definition, value)
    record_id = _records(uow, form, anchor_id).get(definition.kind)
    if record_id is None:
        raise DomainError("record_unknown")
    key = FieldKey(definition.kind, record_id, definition.field)
    refuse_locked(uow, desk, (anchor_id, form.anchor), key)
    change_fields(uow, desk, {key: stored}, seen=seen)
    uow.commit()
    leans = definition.digits is not None or field_id in form.leaning()  # on other answers
    values = form_file(uow, desk, form_id, anchor_id).values if leans else {}
    return remark_on(desk, form, definition, stored, values)


def remark_on(
    desk: Desk, form: Form, definition: Field, value: Value, values: Mapping[str, Value]
) -> Problem | None:
    """Return the remark to show beside a field that holds this value, or None. ``values`` are those
    of its form, by field id."""
    return (
        problem_of(desk.definitions, definition, value)
        or check_digits(definition, value, values)
        or check_past(definition, value, desk.clock.today())
        or check_years(definition, value, values)
        or form.warning_on(definition.id, values)
    )


def to_validate(desk: Desk, form: Form, values: Mapping[str, Value]) -> tuple[Field, ...]:
    """Return what keeps the file from being validated, in the form's order: what is missing, and
    what was answered and does not fit. A list to work through; it never blocks saving."""
    missing = {one.id for one in form.missing_to_validate(values)}
    return tuple(
        one
        for _, one in form.shown(values)
        if one.id in missing or remark_on(desk, form, one, values.get(one.id), values) is not None
    )


def change_fields(
    uow: UnitOfWork,
    desk: Desk,
    values: Mapping[FieldKey, Value],
    *,
    seen: Seen = CURRENT,
) -> tuple[Change, ...]:
    """Append own changes and their audit entries; the caller commits. What is already so is not
    written again."""
    now_ms = desk.clock.now_ms()
    changes: list[Change] = []
    heads_of = uow.changes.heads_of(tuple(values), {})
    for key, value in values.items():
        heads = heads_of[key]
        bases = _bases(desk.definitions, key, heads, seen)
        if _says_nothing_new(heads, bases, value):
            continue
        changes.append(
            new_change(
                desk.definitions.registry,
                kind=key.kind,
                record_id=key.record_id,
                field=key.field,
                value=value,
                stamp=desk.stamper.next(now_ms),
                author=desk.actor.id,
                bases=bases,
            )
        )
        uow.audit.append(
            actor=desk.actor.id,
            action="edit",
            object_id=key.record_id,
            at_ms=now_ms,
            detail=f"{key.kind}.{key.field}",
        )
    ledger.record(uow, desk.definitions, changes, is_own=True)
    return tuple(changes)


def problem_of(definitions: Definitions, definition: Field, value: Value) -> Problem | None:
    """Return the remark to show beside a field, or None: its shape, then its catalogue.

    A code that holds no longer is no reason for a remark: the file may be older than the list.
    """
    problem = check_value(definition, value)
    if problem or value is None or isinstance(value, Absent):
        return problem
    if definition.type is FieldType.PLACE and isinstance(value, str):
        return None if definitions.places.get(value) else Problem("place_unknown", {})
    if definition.catalogue is None:
        return None
    catalogue = definitions.catalogues[definition.catalogue]
    codes = value if isinstance(value, tuple) else (str(value),)
    for code in codes:
        if catalogue.get(code) is None:
            return Problem("code_unknown", {"code": code})
    return None


def _as_open(
    form: Form, file: FormFile, stored: Mapping[str, Mapping[str, StoredField]], reach: Reach
) -> Mapping[str, FieldView]:
    """Return the fields of a form as far as they are open to somebody; what is closed or locked is
    there also where nothing was answered."""
    fields: dict[str, FieldView] = {}
    for one in form.fields():
        closed = reach.closed(one.kind, one.field, stored.get(one.kind, {}))
        locked = reach.locked(one.kind, one.field)
        view = file.fields.get(one.id)
        if closed is not None:
            fields[one.id] = FieldView(None, closed=closed)
        elif locked is not None:
            fields[one.id] = replace(view or FieldView(None), locked=locked)
        elif view is not None:
            fields[one.id] = view
    return fields


def _view(
    held: StoredField, heads: Sequence[Change], session: bytes, *, is_sent: bool
) -> FieldView:
    """Return a field as it shows. In an open conflict an edit goes on from the value that shows;
    else it replaces everything that the value joins."""
    is_alone = held.is_conflict or not heads
    mine = [one.id for one in heads if one.stamp.session == session and one.id != held.shown]
    return FieldView(
        held.value,
        held.shown,
        held.is_conflict,
        is_sent,
        replaces=(held.shown,) if is_alone else tuple(one.id for one in heads),
        mine=mine[-1] if mine else None,
    )


def _records(uow: UnitOfWork, form: Form, anchor_id: RecordId) -> dict[str, RecordId]:
    if uow.records.kind_of(anchor_id) != form.anchor:
        raise DomainError("record_unknown")
    records: dict[str, RecordId] = {form.anchor: anchor_id}
    kinds = {one.kind for one in form.fields()} - {form.anchor}
    for name, held in uow.records.fields(anchor_id).items():
        kind = named_kind(form.anchor, name)
        named = named_record(held.value) if kind in kinds else None
        if kind is not None and named is not None:
            records[kind] = named
    return records


def _case_of(form: Form, anchor_id: RecordId, held: Mapping[str, StoredField]) -> RecordId:
    """Return the case of a form; empty for a record of the centre, which is of no case."""
    if form.anchor == Kind.CASE:
        return anchor_id
    stored = held.get(Name.CASE)
    if stored is None and form.anchor in OF_THE_CENTRE:
        return RecordId("")
    case_id = named_record(stored.value) if stored else None
    if case_id is None:
        raise DomainError("record_unknown")
    return case_id


def _bases(
    definitions: Definitions, key: FieldKey, heads: Sequence[Change], seen: Seen
) -> tuple[ChangeId, ...]:
    """Return what an edit replaces, at most :data:`BASES_MAX` of ``heads``, the newest."""
    if not isinstance(seen, Current):
        # What stood on the screen is replaced, and whoever wrote the very same; what came beside it
        # since stays, and the field's rule decides.
        there = set(seen)
        values = {said(head.value) for head in heads if head.id in there}
        replaced = [head.id for head in heads if head.id in there or said(head.value) in values]
        held = set(replaced)
        gone = [one for one in dict.fromkeys(seen) if one not in held]  # by what came since
        return (*replaced[-BASES_MAX:], *gone)[:BASES_MAX]
    resolved = ledger.resolve_field(definitions, key, heads)
    if resolved.is_conflict and resolved.shown is not None:
        # Editing goes on from the value on the screen; the other stays until a person chooses.
        return (resolved.shown.id,)
    return tuple(head.id for head in heads[-BASES_MAX:])


def _says_nothing_new(heads: Sequence[Change], bases: tuple[ChangeId, ...], value: Value) -> bool:
    if not heads:
        return value is None
    (one, *others) = heads
    return not others and one.id in bases and same_value(one.value, value)


def stored_form(definition: Field, value: Value) -> Value:
    """Return a value as it is stored. Raises DomainError ``text_too_long``, ``set_too_large``."""
    _refuse_oversize(value)
    if isinstance(value, str):
        # No blanks around one line: one spelling of one text. Nothing but blanks is blank.
        stripped = value.strip()
        return value if definition.type is FieldType.NARRATIVE and stripped else stripped or None
    return None if value == () else value


def _refuse_oversize(value: Value) -> None:
    if isinstance(value, str) and len(value) > TEXT_LENGTH_MAX:
        raise DomainError("text_too_long", limit=TEXT_LENGTH_MAX)
    if isinstance(value, tuple) and len(value) > SET_SIZE_MAX:
        raise DomainError("set_too_large", limit=SET_SIZE_MAX)
