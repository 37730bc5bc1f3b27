"""The repeated records of a case (actions, people of her network, measures, …), listed by form.

A record is never deleted: taking one back is a change like any other, which syncs and can be
undone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from app.domain.change import AuthorId, RecordId
from app.domain.errors import DomainError
from app.domain.form import Field, FieldType, Form, Section
from app.domain.records import Kind, Name, named_record
from app.domain.value import Value
from app.services.access import act, reach_of
from app.services.display import shown_value
from app.services.forms import change_fields, open_record
from app.services.ports import Desk, StoredField, UnitOfWork
from app.services.reach import CLOSED, Reach
from app.services.read_models import RecordRow
from app.services.values import (
    came_back,
    day_of,
    is_buried,
    putting_back,
    stored_text,
    taking_out,
)

__all__ = ["begin", "columns_of", "discard", "list_records", "list_section", "restore"]

_OF_THEIR_OWN = frozenset(
    {
        Kind.CASE,
        Kind.SURVIVOR,
        Kind.ALLEGED_PERPETRATOR,
        Kind.REFERRAL,
        Kind.CONSENT,
        Kind.PERSON,
        Kind.ACCESS,
        Kind.ATTACHMENT,
    }
)
"""Kinds that other use cases begin and end; they are not taken back from a list."""


def columns_of(form: Form) -> tuple[Field, ...]:
    """Return the fields that a list of records of this form shows as columns, in its order."""
    return tuple(one for one in form.fields() if one.is_listed and one.kind == form.anchor)


@act("open_file", case="case_id")
def list_records(
    uow: UnitOfWork,
    desk: Desk,
    form_id: str,
    case_id: RecordId,
    *,
    having: Mapping[str, Value] | None = None,
    is_discarded: bool = False,
) -> tuple[RecordRow, ...]:
    """Return the records of a case that a form was filled in for, oldest first.

    The date of a record is that of the first column which is a date; records without one (planned,
    not done yet) come last, in the order in which they were begun. ``having`` keeps those that hold
    these values (by name of the record's field); ``is_discarded`` gives those that were taken back,
    and no others.
    """
    reach = reach_of(uow, desk, case_id) if uow.access.is_outermost else None
    return _listed(uow, desk, (form_id, case_id), dict(having or {}), is_discarded, reach)


def _listed(
    uow: UnitOfWork,
    desk: Desk,
    place: tuple[str, RecordId],
    wanted: Mapping[str, Value],
    is_discarded: bool,
    reach: Reach | None,
) -> tuple[RecordRow, ...]:
    form_id, case_id = place
    form = desk.definitions.form(form_id)
    columns = columns_of(form)
    rows = []
    for record_id in uow.records.referring(form.anchor, Name.CASE, case_id):
        held = uow.records.fields(record_id)
        if is_buried(held) is not is_discarded:
            continue
        if all((stored := held.get(name)) and stored.value == wanted[name] for name in wanted):
            rows.append(_row(uow, desk, form, columns, record_id, held, reach))
    return tuple(sorted(rows, key=lambda row: (row.date is None, row.date or date.min, row.id)))


@act("open_file", case="case_id")
def list_section(
    uow: UnitOfWork, desk: Desk, section: Section, case_id: RecordId
) -> tuple[RecordRow, ...]:
    """Return what a section that lists records (:attr:`Section.many`) shows for a case."""
    reach = reach_of(uow, desk, case_id) if uow.access.is_outermost else None
    place = (section.many, case_id)
    return _listed(uow, desk, place, dict(section.many_with), False, reach)


@act("write_file", case="case_id")
def begin(
    uow: UnitOfWork,
    desk: Desk,
    form_id: str,
    case_id: RecordId,
    values: Mapping[str, Value] | None = None,
) -> RecordId:
    """Begin a record of a case and return its id. Commits.

    ``values`` are what is known already, by name of the record's field.
    Raises DomainError ``record_unknown`` when there is no such case.
    """
    record_id = open_record(uow, desk, form_id, case_id, values)
    uow.commit()
    return record_id


@act("write_file", record="record_id")
def discard(uow: UnitOfWork, desk: Desk, record_id: RecordId) -> None:
    """Take a record out of its list: nothing of it is lost, and :func:`restore` undoes it. Commits.

    Raises DomainError ``record_unknown`` for one that is no repeated record of a case.
    """
    _bury(uow, desk, record_id, is_buried=True)


@act("write_file", record="record_id")
def restore(uow: UnitOfWork, desk: Desk, record_id: RecordId) -> None:
    """Put a record that was taken back into its list again. Commits. Raises like
    :func:`discard`."""
    _bury(uow, desk, record_id, is_buried=False)


def _bury(uow: UnitOfWork, desk: Desk, record_id: RecordId, *, is_buried: bool) -> None:
    kind = uow.records.kind_of(record_id)
    held = uow.records.fields(record_id)
    owner = held.get(Name.CASE)
    if kind is None or kind in _OF_THEIR_OWN or owner is None or not named_record(owner.value):
        raise DomainError("record_unknown")
    written = taking_out(kind, record_id, held) if is_buried else putting_back(kind, record_id)
    change_fields(uow, desk, written)
    uow.commit()


def _row(
    uow: UnitOfWork,
    desk: Desk,
    form: Form,
    columns: Sequence[Field],
    record_id: RecordId,
    held: Mapping[str, StoredField],
    reach: Reach | None,
) -> RecordRow:
    return RecordRow(
        id=record_id,
        columns=tuple(_column(desk, form, one, held, reach) for one in columns),
        date=_date(columns, held),
        author=_name(uow, held[Name.CASE].author),
        has_conflict=any(one.is_conflict for one in held.values()),
        came_back=came_back(held),
    )


def _column(
    desk: Desk, form: Form, one: Field, held: Mapping[str, StoredField], reach: Reach | None
) -> str:
    if one.field not in held:
        return ""
    if reach is not None and reach.closed(one.kind, one.field, held) is not None:
        return CLOSED
    return shown_value(desk.definitions, form.id, one.id, held[one.field].value)


def _date(columns: Sequence[Field], held: Mapping[str, StoredField]) -> date | None:
    first = next((one for one in columns if one.type is FieldType.DATE), None)
    return day_of(stored_text(held, first.field)) if first is not None else None


def _name(uow: UnitOfWork, author: AuthorId) -> str:
    return stored_text(uow.records.fields(RecordId(author)), "name")
