"""Opening cases, listing and searching them, and returning to where someone was typing."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from typing import Final

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.folding import query_text
from app.domain.records import Kind, Name
from app.domain.value import Absent, Value, is_answered
from app.services.access import act, may, seen_by, worker
from app.services.display import shown_value
from app.services.forms import FICHA, change_fields, form_file, stored_form
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.read_models import CaseFilter, CaseRow, ResumePoint, SheetItem
from app.services.values import stored_text

__all__ = [
    "contact_notes",
    "count_cases",
    "doubled_number",
    "list_cases",
    "note_view",
    "number_of",
    "open_case",
    "remember_place",
    "resume_place",
    "search_cases",
]

_COUNTER = "case_counter/{year}"
_ROUND: Final = 100
NUMBERS_PASSED_MIN: Final = 50
"""A centre opens some ten cases a week on a laptop, and a backup is a week old, or a month."""
_STRETCH = "case_numbers/stretch"
_STRETCHES: Final = 50
"""Of a hundred numbers each: of so many a laptop that has a twin picks one at first. Two seldom
pick the same, and four digits last for a while."""
_STRETCHES_LATER: Final = 4
_TENS: Final = 10
"""Places in a stretch where it begins."""
_RESUME = "resume_place/{person}"
VIEW_NOTED_FOR_MS = 15 * 60 * 1000
CENTRE: Final = "CEM"
_BEFORE_A_CALL: Final = (
    "community",
    "LENGUA_MATERNA_VICTIMA",
    "interpreter_needed",
    "safe_hours",
    "leave_message",
)
"""What one must know before reaching her; the number itself stands in her ficha only."""

_NUMBER: Final = re.compile(r"[\d\s]*\d[\d\s]*")


@act("register")
def open_case(
    uow: UnitOfWork,
    desk: Desk,
    known: Mapping[str, Value] | None = None,
    *,
    survivor: RecordId | None = None,
    perpetrator: RecordId | None = None,
    typed: Mapping[str, Value] | None = None,
) -> RecordId:
    """Open a new file for a person served and an alleged perpetrator; return the case's id.

    The unit of the official registry is this pair, and the episode (dictionary, CONDICION), so all
    three records begin together; ``survivor`` and ``perpetrator`` are the records of people who are
    on file already: a case more for them. The number carries the laptop's letter: two laptops of a
    centre that have no network never give one number twice. ``known`` is what is known of the case
    already, by name of the record's field; ``typed`` what was typed, by id of the field in the
    ficha: of somebody on file it fills in what is blank, and replaces nothing. Commits.

    Raises DomainError ``record_unknown`` when a person is not on file as such.
    """
    case_id = desk.ids.new_record_id()
    records = {
        Kind.CASE: case_id,
        Kind.SURVIVOR: _on_file(uow, Kind.SURVIVOR, survivor) or desk.ids.new_record_id(),
        Kind.ALLEGED_PERPETRATOR: _on_file(uow, Kind.ALLEGED_PERPETRATOR, perpetrator)
        or desk.ids.new_record_id(),
    }
    today = desk.clock.today()
    values: dict[FieldKey, Value] = {
        FieldKey(Kind.CASE, case_id, Name.CODE): _next_code(uow, desk),
        FieldKey(Kind.CASE, case_id, Name.SURVIVOR): records[Kind.SURVIVOR],
        FieldKey(Kind.CASE, case_id, Name.ALLEGED_PERPETRATOR): records[Kind.ALLEGED_PERPETRATOR],
        FieldKey(Kind.CASE, case_id, "FECHA_INGRESO"): today.isoformat(),
    }
    if _fits_the_ficha(desk):
        values[FieldKey(Kind.CASE, case_id, CENTRE)] = desk.centre_name
    for name, value in (known or {}).items():
        values[FieldKey(Kind.CASE, case_id, name)] = value
    values |= _typed(uow, desk, records, typed or {})
    change_fields(uow, desk, values)
    uow.commit()
    return case_id


@act("list_cases")
def list_cases(uow: UnitOfWork, filter: CaseFilter, offset: int, limit: int) -> tuple[CaseRow, ...]:
    """Return a page of the list: open conflicts and higher risk first, then the newest change."""
    seen = seen_by(uow, None, "list_cases")
    return uow.cases.page(filter, offset=offset, limit=limit, seen=seen)


@act("list_cases")
def count_cases(uow: UnitOfWork, filter: CaseFilter) -> int:
    """Return how many cases the filter lets through."""
    return uow.cases.count(filter, seen_by(uow, None, "list_cases"))


@act("list_cases")
def search_cases(uow: UnitOfWork, text: str, limit: int) -> tuple[CaseRow, ...]:
    """Return the cases in which every word of ``text`` begins a word of a name, a document, a
    telephone, a community or the number, however it is spelt; ``999 000 001`` is one number."""
    query = query_text("".join(text.split()) if _NUMBER.fullmatch(text) else text)
    seen = seen_by(uow, None, "list_cases")
    return uow.cases.search(query, limit=limit, seen=seen) if query else ()


@act("list_cases", case="case_id", noted=False)
def doubled_number(uow: UnitOfWork, case_id: RecordId) -> str:
    """Return the number of a case when another case bears it, too: copies of a laptop gave it
    twice. Empty when it is its own."""
    code = stored_text(uow.records.fields(case_id), Name.CODE)
    return code if uow.cases.bearers(code) > 1 else ""


@act("list_cases", case="case_id", known=True, noted=False)
def number_of(uow: UnitOfWork, case_id: RecordId) -> str:
    """Return the number of a case, also of one of which she who works may only know that it is
    there; empty when none is written. Reads only."""
    return stored_text(uow.records.fields(case_id), Name.CODE)


@act("reach_her", case="case_id")
def contact_notes(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> tuple[SheetItem, ...]:
    """Return what one must know before reaching the person of a case: where, in which language,
    when, and whether a message may be left. What was not asked is left out."""
    file = form_file(uow, desk, FICHA, case_id)
    asked = {one.id: one for _, one in desk.definitions.form(FICHA).shown(file.values)}
    notes = []
    for field_id in _BEFORE_A_CALL:
        value = file.values.get(field_id)
        words = shown_value(desk.definitions, FICHA, field_id, value)
        if field_id in asked and words and value is not Absent.NOT_ASKED:
            notes.append(SheetItem(field_id, asked[field_id].brief, words))
    return tuple(notes)


@act("open_file", case="case_id")
def note_view(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> None:
    """Write to the audit that this person opened this case, once in fifteen minutes. Commits.

    Viewing is logged by law (DS 016-2024-JUS, art. 46.3).
    """
    now_ms = desk.clock.now_ms()
    name = f"viewed/{desk.actor.id}/{case_id}"
    last = uow.local.get(name)
    if last is not None and 0 <= now_ms - int(last) < VIEW_NOTED_FOR_MS:
        return
    uow.audit.append(actor=desk.actor.id, action="view", object_id=case_id, at_ms=now_ms)
    uow.local.put(name, str(now_ms).encode())
    uow.commit()


@act("own_screen")
def remember_place(uow: UnitOfWork, place: ResumePoint | None) -> None:
    """Remember where who works here types, so that a power cut brings her back there, and nobody
    else. Commits."""
    content = None if place is None else json.dumps(dataclasses.asdict(place)).encode()
    uow.local.put(_RESUME.format(person=worker(uow).actor.id), content)
    uow.commit()


@act("own_screen")
def resume_place(uow: UnitOfWork) -> ResumePoint | None:
    """Return where who works here was typing when the program ended, or None."""
    content = uow.local.get(_RESUME.format(person=worker(uow).actor.id))
    if content is None:
        return None
    try:
        place = ResumePoint(**json.loads(content))
    except (ValueError, TypeError):
        # Another version of the program remembered it in another form: a convenience, no more.
        return None
    if uow.records.kind_of(place.case_id) is None:
        return None
    # Meanwhile it may have become a case that she must not open.
    return None if may(uow, worker(uow), "open_file", place.case_id) else place


def _on_file(uow: UnitOfWork, kind: str, record_id: RecordId | None) -> RecordId | None:
    if record_id is not None and uow.records.kind_of(record_id) != kind:
        raise DomainError("record_unknown")
    return record_id


def _typed(
    uow: UnitOfWork, desk: Desk, records: Mapping[str, RecordId], typed: Mapping[str, Value]
) -> dict[FieldKey, Value]:
    form = desk.definitions.form(FICHA)
    values: dict[FieldKey, Value] = {}
    for field_id, value in typed.items():
        definition = form.get(field_id)
        if definition is None:
            raise DomainError("field_unknown", field=field_id)
        stored = stored_form(definition, value)
        record_id = records[definition.kind]
        held = uow.records.fields(record_id).get(definition.field)
        if stored is not None and (held is None or not is_answered(held.value)):
            values[FieldKey(definition.kind, record_id, definition.field)] = stored
    return values


def _next_code(uow: UnitOfWork, desk: Desk) -> str:
    year = desk.clock.today().year
    name = _COUNTER.format(year=year)
    number = _last_number(uow, name) + 1
    code = f"{year}-{desk.device_letter}{number:04d}"
    # A counter that a restored copy brought back must not give a number that is already on
    # somebody's paper.
    while uow.cases.bearers(code):
        number += 1
        code = f"{year}-{desk.device_letter}{number:04d}"
    uow.local.put(name, str(number).encode())
    return code


def pass_numbers_over(uow: UnitOfWork, desk: Desk) -> None:
    """Go on numbering further up, from a round hundred: an older state was put back, and numbers
    given since may stand on papers of cases that did not come back with it. The caller commits."""
    name = _COUNTER.format(year=desk.clock.today().year)
    uow.local.put(name, str(_hundreds_behind(_last_number(uow, name)) * _ROUND).encode())


def leave_numbers(uow: UnitOfWork, desk: Desk, chance: int, place: int) -> None:
    """Leave the numbers that come next to another laptop of this letter, or to what this one gave
    and forgot, and go on further up, for good. ``chance`` picks where: another one there, and at
    every time; at first the last digit of ``place``, too: of two twins one in 500 shares all of it
    with the other, and then their numbers are told to be doubled, as always. Where this run of the
    program did so already and gave no number since, nothing changes. The caller commits."""
    name = _COUNTER.format(year=desk.clock.today().year)
    number, session = _last_number(uow, name), desk.stamper.session.hex()
    held = uow.local.get(_STRETCH)
    if held == f"{number}/{session}".encode():
        return
    ways = _STRETCHES if held is None else _STRETCHES_LATER
    tens = place if held is None else chance // ways
    start = (_hundreds_behind(number) + chance % ways) * _ROUND + tens % _TENS * 10
    uow.local.put(name, str(start).encode())
    uow.local.put(_STRETCH, f"{start}/{session}".encode())


def _hundreds_behind(number: int) -> int:
    return -(-(number + NUMBERS_PASSED_MIN) // _ROUND)


def _last_number(uow: UnitOfWork, name: str) -> int:
    """Return the last number given under a counter. A year begins at 1, or where the stretch does:
    a twin begins it, too."""
    given = uow.local.get(name) or (uow.local.get(_STRETCH) or b"0").partition(b"/")[0]
    return int(given)


def _fits_the_ficha(desk: Desk) -> bool:
    # A name cut to the length of the official variable would be a name that no list has.
    variable = desk.definitions.form(FICHA).get(CENTRE)
    return variable is not None and 0 < len(desk.centre_name) <= variable.length_max
