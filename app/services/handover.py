"""The hand-over between two shifts of a centre that works day and night.

What was open when the shift was handed over stays readable as it was then: its tasks are copied
into the record, whatever is done later. The person who takes over says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.facts import LIMA
from app.domain.records import Kind, Name
from app.domain.value import Value, set_value
from app.services.access import act, seen_by
from app.services.agenda import AgendaRow, agenda
from app.services.forms import SET_SIZE_MAX, change_fields
from app.services.ports import Desk, FieldKey, StoredField, UnitOfWork
from app.services.values import day_of, is_buried, stored_codes, stored_text
from app.services.work_ports import AgendaFilter

__all__ = ["Handover", "OpenItem", "give", "handovers", "open_now", "take"]

FORM: Final = "entrega"
GIVEN_ON: Final = "given_on"
GIVEN_AT: Final = "given_at"
SHIFT: Final = "shift"
NOTE: Final = "note"
OPEN_TASKS: Final = "open_tasks"
TAKEN_ON: Final = "taken_on"
TAKEN_AT: Final = "taken_at"
TAKEN_BY: Final = "taken_by"

NEXT_SHIFT_MS: Final = 24 * 60 * 60 * 1000
"""What falls due within a day is handed over; so is all that is overdue."""

SEVERE: Final = 3
NOTE_LENGTH_MAX: Final = 2_000
SEPARATOR: Final = "|"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A task as it stood at a hand-over. ``due_ms`` None: its term was not known; ``task`` is empty
    for a case that who looks may only know to be there."""

    case_code: str
    task: str
    risk: int
    due_ms: int | None


@dataclass(frozen=True, slots=True)
class Handover:
    """One hand-over; ``taken_on`` None: nobody has taken over yet."""

    record_id: RecordId
    given_on: date | None
    given_at: str
    shift: str
    given_by: str
    note: str
    items: tuple[OpenItem, ...]
    taken_on: date | None
    taken_at: str
    taken_by: str


@act("see_agenda")
def open_now(uow: UnitOfWork, desk: Desk) -> tuple[AgendaRow, ...]:
    """Return what the next shift must know: what is overdue, what falls due within a day, and every
    open task of a severe case, in the order of the agenda. Commits what was derived."""
    until_ms = desk.clock.now_ms() + NEXT_SHIFT_MS
    rows = agenda(uow, desk, AgendaFilter(), limit=SET_SIZE_MAX).rows
    return tuple(
        one
        for one in rows
        if one.task.risk == SEVERE or (one.task.due_ms is not None and one.task.due_ms <= until_ms)
    )


@act("hand_over")
def give(uow: UnitOfWork, desk: Desk, *, shift: str, note: str) -> RecordId:
    """Hand over what is open now, and return the record. Commits. Raises DomainError
    ``text_too_long``."""
    if len(note) > NOTE_LENGTH_MAX:
        raise DomainError("text_too_long", limit=NOTE_LENGTH_MAX)
    items = [_written(one) for one in open_now(uow, desk)]
    now = datetime.fromtimestamp(desk.clock.now_ms() / 1000, LIMA)
    record_id = desk.ids.new_record_id()
    values: dict[str, Value] = {
        GIVEN_ON: now.date().isoformat(),
        GIVEN_AT: now.strftime("%H:%M"),
        SHIFT: shift or None,
        NOTE: note.strip() or None,
        OPEN_TASKS: set_value(items) or None,
    }
    _write(uow, desk, record_id, values)
    return record_id


@act("hand_over")
def take(uow: UnitOfWork, desk: Desk, record_id: RecordId) -> None:
    """Note that this person takes over now. Commits. Raises DomainError ``record_unknown``,
    ``handover_taken``."""
    if uow.records.kind_of(record_id) != Kind.HANDOVER:
        raise DomainError("record_unknown")
    if stored_text(uow.records.fields(record_id), TAKEN_ON):
        raise DomainError("handover_taken")
    now = datetime.fromtimestamp(desk.clock.now_ms() / 1000, LIMA)
    values: dict[str, Value] = {
        TAKEN_ON: now.date().isoformat(),
        TAKEN_AT: now.strftime("%H:%M"),
        TAKEN_BY: desk.actor.name,
    }
    _write(uow, desk, record_id, values)


@act("see_agenda")
def handovers(uow: UnitOfWork, limit: int) -> tuple[Handover, ...]:
    """Return the latest hand-overs, the newest first."""
    seen = seen_by(uow, None, "see_agenda")
    hidden, known = _codes(uow, seen.hidden), _codes(uow, seen.known)
    found = []
    for record_id in uow.records.ids(Kind.HANDOVER):
        held = uow.records.fields(record_id)
        if not is_buried(held):
            found.append(_handover(uow, record_id, held, hidden, known))
    found.sort(key=lambda one: (one.given_on or date.min, one.given_at), reverse=True)
    return tuple(found[:limit])


def _write(uow: UnitOfWork, desk: Desk, record_id: RecordId, values: dict[str, Value]) -> None:
    keys = {FieldKey(Kind.HANDOVER, record_id, name): value for name, value in values.items()}
    change_fields(uow, desk, keys)
    uow.commit()


def _codes(uow: UnitOfWork, cases: Collection[RecordId]) -> frozenset[str]:
    """Return the numbers of cases: a colleague's hand-over names them by these."""
    held = uow.records.held_by(tuple(cases)).values()
    return frozenset(stored_text(one, Name.CODE) for _, one in held)


def _handover(
    uow: UnitOfWork,
    record_id: RecordId,
    held: Mapping[str, StoredField],
    hidden: frozenset[str],
    known: frozenset[str],
) -> Handover:
    written = map(_read, stored_codes(held, OPEN_TASKS))
    items = (replace(one, task="", risk=0) if one.case_code in known else one for one in written)
    author = held[GIVEN_ON].author if GIVEN_ON in held else None
    name = stored_text(uow.records.fields(RecordId(author)), "name") if author else ""
    return Handover(
        record_id=record_id,
        given_on=day_of(stored_text(held, GIVEN_ON)),
        given_at=stored_text(held, GIVEN_AT),
        shift=stored_text(held, SHIFT),
        given_by=name,
        note=stored_text(held, NOTE),
        items=tuple(sorted((one for one in items if one.case_code not in hidden), key=_order)),
        taken_on=day_of(stored_text(held, TAKEN_ON)),
        taken_at=stored_text(held, TAKEN_AT),
        taken_by=stored_text(held, TAKEN_BY),
    )


def _written(row: AgendaRow) -> str:
    """Return a task as one text of the set: due, risk, case, task. The id of the task, not its
    words: they are said in the language of the screen."""
    due = "" if row.task.due_ms is None else str(row.task.due_ms)
    return SEPARATOR.join((due, str(row.task.risk), row.case_code, row.task.rule))


def _read(text: str) -> OpenItem:
    due, risk, code, rule = (text.split(SEPARATOR, 3) + [""] * 4)[:4]
    return OpenItem(code, rule, int(risk) if _is(risk) else 0, int(due) if _is(due) else None)


def _is(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 15


def _order(one: OpenItem) -> tuple[bool, int, int]:
    return one.due_ms is None, one.due_ms or 0, -one.risk
