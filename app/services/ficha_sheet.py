"""A whole form on paper, from its definition: filled for a case, or blank for handwriting.

Nothing here knows a field by name: a field, list or section that a definition adds stands on the
paper. What the form does not show for these answers is not printed; of what is sensitive the long
texts are printed only when asked for. Storage thread.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Final

from app.domain.catalogue import Catalogue
from app.domain.change import RecordId
from app.domain.condition import holds
from app.domain.definitions import Definitions
from app.domain.form import Field, FieldType, Form, Section
from app.domain.letter import FormPaper
from app.domain.marks import N_
from app.domain.records import Name
from app.domain.value import Absent, Value, is_answered
from app.services.access import act, ask, reach_of
from app.services.condition_words import condition_words
from app.services.display import ABSENT_WORDS, shown_value
from app.services.form_items import ROOMS, item_of
from app.services.forms import FICHA, form_file
from app.services.messages import ROLES
from app.services.paper_sheets import (
    Annex,
    FormItem,
    FormPart,
    FormSheet,
    FormTable,
    Room,
    SheetOption,
    TableRow,
)
from app.services.ports import Desk, StoredField, UnitOfWork
from app.services.reach import CLOSED, Reach
from app.services.read_models import CentreProfile
from app.services.values import is_buried

__all__ = ["WITHHELD", "blank", "filled", "note_print"]

LONG_LIST: Final = 30
"""A list with more codes is printed once, as an annex, and its code is written into boxes."""

COLUMNS_MAX: Final = 6
_FIRST_COLUMNS: Final = 4
_UBIGEO_DIGITS: Final = 6
_NUMBER_DIGITS: Final = 4
_CODE_LENGTH_MAX: Final = 3

WITHHELD: Final = N_("No se imprime: está en el expediente")

_NO_PAPER: Final = FormPaper("", "", "", 3, None)


@act("print_ficha", case="case_id", looks=True)
def filled(
    uow: UnitOfWork,
    desk: Desk,
    case_id: RecordId,
    centre: CentreProfile,
    *,
    with_narrative: bool = False,
    languages: tuple[str, ...] = ("es",),
) -> FormSheet:
    """Return the ficha of a case as it stands on the disk, with what who prints it may read. Raises
    DomainError ``record_unknown``; with the narrative that of :func:`app.services.access.ask`."""
    definitions = desk.definitions
    if with_narrative:
        ask(uow, desk, "print_narrative", case_id)
    reach = reach_of(uow, desk, case_id)
    form = definitions.form(FICHA)
    file = form_file(uow, desk, FICHA, case_id)
    values = file.values
    stored = {kind: uow.records.fields(record_id) for kind, record_id in file.records.items()}
    parts = []
    for section in form.sections:
        if section.shown_when is not None and not holds(section.shown_when, values):
            continue
        table = _table_of_case(uow, desk, section, reach, case_id, with_narrative=with_narrative)
        items = tuple(
            _closed_item(one)
            if reach.closed(one.kind, one.field, stored.get(one.kind, {})) is not None
            else _filled_item(definitions, form, one, values, with_narrative=with_narrative)
            for one in section.fields
            if one.type is not FieldType.REFERENCE
            and (one.shown_when is None or holds(one.shown_when, values))
        )
        parts.append(_part(section, items, table))
    now = datetime.fromtimestamp(desk.clock.now_ms() / 1000, desk.clock.zone())
    return FormSheet(
        title=form.title,
        form=f"{form.id} {form.version}",
        case_code=file.case_code,
        centre=centre,
        printed_on=f"{now:%d/%m/%Y %H:%M}",
        professional=desk.actor.name,
        legend=_paper(definitions).legend,
        reserved=_paper(definitions).reserved,
        parts=tuple(parts),
        has_narrative=with_narrative,
        languages=languages,
    )


def blank(
    definitions: Definitions,
    centre: CentreProfile,
    day: date,
    languages: tuple[str, ...] = ("es",),
) -> FormSheet:
    """Return the ficha laid out for handwriting on a day: every question, with when it is asked,
    and the codes that may be chosen then. Any thread."""
    form = definitions.form(FICHA)
    parts = tuple(
        _part(
            section,
            tuple(
                _blank_item(definitions, form, one, day)
                for one in section.fields
                if one.type is not FieldType.REFERENCE
            ),
            _blank_table(definitions, section, day),
            condition_words(definitions, form, section.shown_when),
        )
        for section in form.sections
    )
    return FormSheet(
        title=form.title,
        form=f"{form.id} {form.version}",
        case_code="",
        centre=centre,
        printed_on="",
        professional="",
        legend=_paper(definitions).legend,
        reserved=_paper(definitions).reserved,
        parts=parts,
        annexes=tuple(_annexes(definitions, form, day)),
        is_blank=True,
        has_narrative=True,
        languages=languages,
    )


@act("print_paper", case="case_id")
def note_print(uow: UnitOfWork, desk: Desk, case_id: RecordId, what: str, how: str) -> None:
    """Write to the audit that a paper of this case was printed or saved; ``what`` is the name of
    the document, ``how`` is ``print`` or ``pdf``. Commits. Call it before the paper leaves."""
    uow.audit.append(
        actor=desk.actor.id,
        action=how,
        object_id=case_id,
        at_ms=desk.clock.now_ms(),
        detail=what,
    )
    uow.commit()


def _paper(definitions: Definitions) -> FormPaper:
    return definitions.papers.get(FICHA, _NO_PAPER)


def _part(
    section: Section, items: tuple[FormItem, ...], table: FormTable | None, when: str = ""
) -> FormPart:
    return FormPart(
        code=section.code,
        title=section.title,
        filled_by=tuple(ROLES.get(one, one) for one in section.filled_by),
        items=items,
        table=table,
        when=when,
        gate=section.gated or "",
    )


def _filled_item(
    definitions: Definitions,
    form: Form,
    field: Field,
    values: Mapping[str, Value],
    *,
    with_narrative: bool,
) -> FormItem:
    value = values.get(field.id)
    is_withheld = _is_withheld(field, value, with_narrative=with_narrative)
    words = "" if is_withheld else _words(definitions, form.id, field, value)
    return item_of(field, field.brief, value=words, is_withheld=is_withheld)


def _closed_item(field: Field) -> FormItem:
    """Return what stands for an answer that who prints it may not read, whether or not there is
    one."""
    return item_of(field, field.brief, value=CLOSED)


def _is_withheld(field: Field, value: Value, *, with_narrative: bool) -> bool:
    """A long text about her life stays in the file unless somebody asks for it on this paper."""
    return (
        field.type is FieldType.NARRATIVE
        and field.is_sensitive
        and not with_narrative
        and is_answered(value)
        and not isinstance(value, Absent)
    )


def _words(definitions: Definitions, form_id: str, field: Field, value: Value) -> str:
    """Return the answer in words, with its code in front where the list has official ones."""
    words = shown_value(definitions, form_id, field.id, value)
    if field.catalogue is None or isinstance(value, Absent) or not isinstance(value, str):
        return words
    return f"{value} {words}" if _is_code(value) and words != value else words


def _is_code(code: str) -> bool:
    return code.isdigit() and len(code) <= _CODE_LENGTH_MAX


def _blank_item(definitions: Definitions, form: Form, field: Field, day: date) -> FormItem:
    catalogue = definitions.catalogues[field.catalogue] if field.catalogue else None
    is_long = catalogue is not None and len(catalogue.choices(day)) > LONG_LIST
    options: tuple[SheetOption, ...] = ()
    room, digits, annex = ROOMS[field.type], 0, ""
    if field.type is FieldType.FLAG:
        options = (SheetOption("", "Sí"),)
    elif field.type is FieldType.PLACE:
        digits = _UBIGEO_DIGITS
    elif field.type is FieldType.NUMBER:
        digits = len(str(field.maximum)) if field.maximum is not None else _NUMBER_DIGITS
    elif field.digits is not None:
        room, digits = Room.BOXES, field.digits
    elif catalogue is not None and is_long:
        room, annex = Room.CODE, catalogue.id
        digits = max(len(term.code) for term in catalogue.terms)
    elif catalogue is not None:
        options = _options(catalogue, day)
    return _item_in(
        item_of(
            field,
            field.label,
            when=condition_words(definitions, form, field.shown_when),
            options=options,
            options_gate=(catalogue.gated or "") if catalogue is not None else "",
            annex=annex,
            digits=digits,
            absent=tuple(ABSENT_WORDS[one] for one in field.absent),
        ),
        room,
    )


def _item_in(item: FormItem, room: Room) -> FormItem:
    return dataclasses.replace(item, room=room)


def _options(catalogue: Catalogue, day: date) -> tuple[SheetOption, ...]:
    return tuple(
        SheetOption(term.code if _is_code(term.code) else "", term.label)
        for term in catalogue.choices(day)
    )


def _annexes(definitions: Definitions, form: Form, day: date) -> Iterator[Annex]:
    """Yield each long list that the form asks for, once."""
    seen: set[str] = set()
    listed = (definitions.form(one.many) for one in form.sections if one.many)
    for field in (one for each in (form, *listed) for one in each.fields()):
        if field.catalogue is None or field.catalogue in seen:
            continue
        catalogue = definitions.catalogues[field.catalogue]
        if len(catalogue.choices(day)) > LONG_LIST:
            seen.add(catalogue.id)
            yield Annex(field.brief, _options(catalogue, day))


# The records of a list.


def _columns(form: Form) -> tuple[Field, ...]:
    """Return the questions that are columns: those that the definition lists, or the first."""
    asked = [one for one in form.fields() if one.type is not FieldType.REFERENCE]
    listed = [one for one in asked if one.is_listed]
    return tuple(listed[:COLUMNS_MAX] or asked[:_FIRST_COLUMNS])


def _table_of_case(
    uow: UnitOfWork,
    desk: Desk,
    section: Section,
    reach: Reach,
    case_id: RecordId,
    *,
    with_narrative: bool,
) -> FormTable | None:
    if not section.many:
        return None
    definitions = desk.definitions
    form = definitions.form(section.many)
    columns = _columns(form)
    rows = []
    for record_id in uow.records.referring(form.anchor, Name.CASE, case_id):
        held = uow.records.fields(record_id)
        if _belongs(held, section):
            values = form_file(uow, desk, form.id, record_id).values
            closed = frozenset(
                one.id
                for one in form.fields()
                if reach.closed(one.kind, one.field, held if one.kind == form.anchor else {})
            )
            rows.append(_row(definitions, section, values, closed, with_narrative=with_narrative))
    return FormTable(tuple(one.brief for one in columns), tuple(rows))


def _belongs(held: Mapping[str, StoredField], section: Section) -> bool:
    if is_buried(held):
        return False
    return all(name in held and held[name].value == value for name, value in section.many_with)


def _row(
    definitions: Definitions,
    section: Section,
    values: Mapping[str, Value],
    closed: frozenset[str],
    *,
    with_narrative: bool,
) -> TableRow:
    form = definitions.form(section.many)
    columns, fixed = _columns(form), {name for name, _ in section.many_with}

    def words(field: Field) -> str:
        value = values.get(field.id)
        if field.id in closed:
            return CLOSED
        if _is_withheld(field, value, with_narrative=with_narrative):
            return WITHHELD
        return _words(definitions, form.id, field, value)

    rest = (
        (field.brief, words(field))
        for _, field in form.shown(values)
        if field not in columns
        and field.field not in fixed
        and field.type is not FieldType.REFERENCE
    )
    return TableRow(
        tuple(words(one) for one in columns),
        tuple((label, said) for label, said in rest if said),
    )


def _blank_table(definitions: Definitions, section: Section, day: date) -> FormTable | None:
    if not section.many:
        return None
    form = definitions.form(section.many)
    columns = _columns(form)
    fixed = {name for name, _ in section.many_with}
    rest = tuple(
        one.brief
        for one in form.fields()
        if one not in columns and one.type is not FieldType.REFERENCE and one.field not in fixed
    )
    lists = tuple(
        Annex(one.brief, options)
        for one in form.fields()
        if one.catalogue is not None
        and one.type is not FieldType.YES_NO
        and (options := _options(definitions.catalogues[one.catalogue], day))
        and len(options) <= LONG_LIST
    )
    rows = _paper(definitions).blank_rows
    return FormTable(tuple(one.brief for one in columns), (), rest, rows, lists)
