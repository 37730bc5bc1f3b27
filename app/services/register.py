"""Who did what, for those who may ask: who saw a case, and the register of the centre.

Read only, and of cases the number alone: neither a name of a person served nor a value is ever in
it. That somebody read or exported the register is itself in it. Storage thread.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from app.domain.change import AuthorId, RecordId
from app.domain.errors import DomainError
from app.domain.folding import query_text
from app.domain.official_cell import FORMULA_STARTS
from app.domain.records import Kind, Name
from app.services.access import act
from app.services.accounts import NOBODY, named
from app.services.audit_ports import (
    AUDIT_BEGIN,
    AuditCheck,
    AuditEntry,
    AuditFilter,
    AuditHead,
)
from app.services.case_file import cases_of, records_of
from app.services.exchange_files import Seal, how_closed, new_file
from app.services.looks import READ_AUDIT, note_look
from app.services.ports import Desk, UnitOfWork
from app.services.register_details import SEPARATOR, colleague, detail_said, laptop_said
from app.services.register_words import ACTIONS, UNKNOWN, who_said
from app.services.tie_ports import Viewer
from app.services.values import stored_text
from app.services.whereabouts_ports import CentreLaptops

__all__ = [
    "CHECKED_AT_ONCE",
    "PAGE",
    "Choices",
    "Register",
    "RegisterRow",
    "Told",
    "Wanted",
    "check",
    "choices",
    "export_register",
    "head_code",
    "note_read",
    "register",
    "row_said",
    "told",
    "who_saw",
]

PAGE: Final = 100
"""Rows that are read at a time."""

CHECKED_AT_ONCE: Final = 2_000
"""Entries that are checked in one piece: half a second, and what is saved meanwhile waits."""

_FOUND_MAX: Final = 500
_ID_DIGITS: Final = 32
_HEAD: Final = (
    *("numero", "fecha", "hora", "persona", "rol", "accion", "caso", "detalle", "firma"),
    *("codigo_accion", "codigo_detalle"),
)


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One entry. ``about`` is the number of its case, empty when it is of none; ``action`` a key of
    :data:`app.services.register_words.ACTIONS` or the code itself; of what was done before roles
    were noted ``role`` is empty. ``whom``: the colleague or the laptop that it is about;
    ``detail``: in words, in parts between :data:`app.services.register_details.SEPARATOR`;
    ``code``: the same as it stands."""

    number: int
    at_ms: int
    who: str
    role: str
    action: str
    about: str
    whom: str
    detail: str
    code: str
    is_signed: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the register is asked for; all of these at once, and whatever where nothing is said."""

    person: AuthorId | None = None
    action: str = ""
    first: date | None = None
    last: date | None = None
    case_code: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """A page of the register, the newest first; ``next`` continues it, None at its end."""

    rows: tuple[RegisterRow, ...]
    next: int | None
    entries: int
    """All that there are, of whatever was asked."""
    code: str
    """Where the register ends, short enough for paper."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What one can ask for: the people and the actions that are in the register."""

    people: tuple[tuple[AuthorId, str, tuple[str, ...]], ...]
    """Id, name and roles of each, by name."""
    actions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """``heads``: letter and end of the audit of each other laptop, as it told it last. ``words``:
    how many times this laptop told its own; ``otherwise``: the first entry of which it once told
    something else than what stands here; ``names``: of those whose keys the check found, by id."""

    heads: tuple[tuple[str, str], ...]
    words: int
    otherwise: int | None
    names: Mapping[str, str] = field(default_factory=dict)


@act("who_saw", case="case_id")
def who_saw(
    uow: UnitOfWork, desk: Desk, case_id: RecordId, *, before: int | None = None
) -> Register:
    """Return who opened, wrote, printed or carried away what of a case, and who was refused it."""
    return _page(uow, desk, AuditFilter(objects=_of_cases(uow, [case_id])), before)


@act("read_audit")
def register(uow: UnitOfWork, desk: Desk, wanted: Wanted, *, before: int | None = None) -> Register:
    """Return a page of the register. Raises DomainError ``days_reversed``, ``record_unknown`` for a
    number that no case bears."""
    return _page(uow, desk, _filter(uow, desk, wanted), before)


@act("read_audit")
def choices(uow: UnitOfWork, desk: Desk) -> Choices:
    """Return what one can ask for."""
    del desk
    people = sorted((_known(uow, one) for one in uow.audit.actors()), key=lambda one: one[1:])
    return Choices(tuple(people), uow.audit.actions())


@act("read_audit")
def note_read(uow: UnitOfWork, desk: Desk) -> None:
    """Write to the audit that somebody reads it, once in fifteen minutes. Commits."""
    note_look(uow, desk, READ_AUDIT)


@act("read_audit")
def check(uow: UnitOfWork, desk: Desk, after: AuditCheck = AUDIT_BEGIN) -> AuditCheck:
    """Check the next :data:`CHECKED_AT_ONCE` entries: the chain and every signature. Asked again
    with its answer until that is whole."""
    del desk
    return uow.audit.check(after, most=CHECKED_AT_ONCE)


@act("read_audit")
def export_register(
    uow: UnitOfWork,
    desk: Desk,
    target: Path,
    wanted: Wanted,
    say: Callable[[str], str],
    seal: Seal | None = None,
) -> int:
    """Write what the register says to a new CSV file that no spreadsheet takes for formulas, the
    oldest first, in clear without ``seal``; return the number of rows. Commits the entry that says
    so.

    ``say`` gives words in the language of who asked. Raises DomainError ``file_exists`` and as
    :func:`register`; EnvironmentFault. No file is left then.
    """
    asked = _filter(uow, desk, wanted)
    numbers = sorted(one.number for one in _every(uow, asked))
    with new_file(target, seal) as file:
        file.write(b"\xef\xbb\xbf" + (",".join(_HEAD) + "\r\n").encode())
        for start in range(0, len(numbers), PAGE):
            some = numbers[start : start + PAGE]
            page = [
                one
                for one in uow.audit.entries(asked, most=len(some), before=some[-1] + 1)
                if one.number >= some[0]
            ]
            file.write(_lines(desk, _rows(uow, desk, page[::-1]), say).encode())
        # Noted before it takes its name: nothing leaves that the audit does not know of.
        uow.audit.append(
            actor=desk.actor.id,
            action="export_audit",
            object_id="",
            at_ms=desk.clock.now_ms(),
            detail=f"rows={len(numbers)} {how_closed(seal)}",
        )
        uow.commit()
    return len(numbers)


@act("read_audit")
def told(
    uow: UnitOfWork, desk: Desk, laptops: CentreLaptops, found: AuditCheck = AUDIT_BEGIN
) -> Told:
    """Return what the laptops of the centre told of their audits, so that it can be compared with
    them: theirs on their screens, this one's own here and now. And the names of those whose keys
    were ``found``."""
    del desk
    letters = laptops.letters()
    others = [one for one in letters if one != laptops.own]
    newest = uow.anchors.newest(others)
    heads = sorted((letters[one], _short(head)) for one, head in newest.items())
    own = uow.anchors.of_device(laptops.own) if laptops.own is not None else ()
    hashes = uow.audit.hashes([one.head.number for one in own])
    otherwise = {one.head.number for one in own if hashes.get(one.head.number) != one.head.hash}
    names = {one.person: _name(uow, AuthorId(one.person)) for one in found.keys.found}
    return Told(tuple(heads), len(own), min(otherwise, default=None), names)


def row_said(row: RegisterRow, say: Callable[[str], str]) -> str:
    """Return whom and what an entry is about besides its case, in a language."""
    parts = (say(one) for one in row.detail.split(SEPARATOR) if one)
    return SEPARATOR.join(one for one in (row.whom, *parts) if one)


def head_code(uow: UnitOfWork) -> str:
    """Return where the audit of this laptop ends, as a paper has it: the number of the last entry
    and the beginning of its hash. Empty before the first."""
    head = uow.audit.head()
    return "" if head is None else _short(head)


def _short(head: AuditHead) -> str:
    digits = head.hash.hex().upper()
    return f"{head.number} · {digits[:4]}-{digits[4:8]}-{digits[8:12]}-{digits[12:16]}"


def _page(uow: UnitOfWork, desk: Desk, asked: AuditFilter, before: int | None) -> Register:
    found = uow.audit.entries(asked, most=PAGE + 1, before=before)
    rows = _rows(uow, desk, found[:PAGE])
    further = found[PAGE - 1].number if len(found) > PAGE else None
    return Register(rows, further, uow.audit.count(), head_code(uow))


def _every(uow: UnitOfWork, asked: AuditFilter) -> Iterator[AuditEntry]:
    """Yield all of what is asked for, the newest first."""
    before: int | None = None
    while True:
        found = uow.audit.entries(asked, most=_FOUND_MAX, before=before)
        yield from found
        if len(found) < _FOUND_MAX:
            return
        before = found[-1].number


def _filter(uow: UnitOfWork, desk: Desk, wanted: Wanted) -> AuditFilter:
    if wanted.first and wanted.last and wanted.last < wanted.first:
        raise DomainError("days_reversed")
    asked = AuditFilter(
        actor=wanted.person,
        actions=frozenset({wanted.action}) if wanted.action else frozenset(),
        since_ms=_begin_of(desk, wanted.first) if wanted.first else None,
        before_ms=_begin_of(desk, wanted.last + timedelta(days=1)) if wanted.last else None,
    )
    if not wanted.case_code.strip():
        return asked
    cases = _with_code(uow, desk, wanted.case_code.strip())
    return replace(asked, objects=_of_cases(uow, cases))


def _of_cases(uow: UnitOfWork, cases: Sequence[RecordId]) -> frozenset[RecordId]:
    """Return the records of cases without the colleagues whom they name: what was done to these is
    of no case."""
    every = {one for some in records_of(uow, cases).values() for one in some}
    kinds = uow.records.kinds_of(tuple(every))
    return frozenset(one for one in every if kinds.get(one) != Kind.PERSON)


def _with_code(uow: UnitOfWork, desk: Desk, code: str) -> list[RecordId]:
    found = uow.cases.search(query_text(code), limit=_FOUND_MAX)
    hidden = _blocked(uow, desk)
    named = (one for one in found if one.case_id not in hidden)
    cases = [one.case_id for one in named if one.code.casefold() == code.casefold()]
    if not cases:
        raise DomainError("record_unknown")
    return cases


def _begin_of(desk: Desk, day: date) -> int:
    """Return when a day begins here, in ms."""
    begin = datetime(day.year, day.month, day.day, tzinfo=desk.clock.zone())
    return int(begin.timestamp() * 1000)


def _rows(uow: UnitOfWork, desk: Desk, entries: Sequence[AuditEntry]) -> tuple[RegisterRow, ...]:
    roles = desk.definitions.authorisation.roles
    names = {one: _name(uow, one) for one in {entry.actor for entry in entries}}
    objects, hidden = {entry.object_id for entry in entries}, _blocked(uow, desk)
    cases = {one: _cases(uow, one) for one in objects}
    codes = {one: _codes(uow, found, hidden) for one, found in cases.items()}
    # The row stays: the chain lacks none. Of a case that she must not know it says no more.
    secret = {one for one, found in cases.items() if found and hidden.issuperset(found)}
    said = {one.number: "" if one.object_id in secret else one.detail for one in entries}
    whom = {one: colleague(uow, one) for one in objects}
    return tuple(
        RegisterRow(
            number=one.number,
            at_ms=one.at_ms,
            who=names[one.actor],
            role=roles[one.role].title if one.role in roles else one.role,
            action=one.action,
            about=codes[one.object_id],
            whom=whom[one.object_id] or laptop_said(one.action, one.object_id),
            detail=detail_said(desk.definitions, one.action, said[one.number]),
            code=said[one.number],
            is_signed=one.is_signed,
        )
        for one in entries
    )


def _name(uow: UnitOfWork, author: AuthorId) -> str:
    if author == NOBODY:
        return UNKNOWN
    person = named(uow, RecordId(author))
    return person.name if person is not None else author[-8:]


def _known(uow: UnitOfWork, author: AuthorId) -> tuple[AuthorId, str, tuple[str, ...]]:
    """Return her, how she is called, and the roles that tell her from a namesake."""
    person = named(uow, RecordId(author))
    return author, _name(uow, author), tuple(person.roles) if person is not None else ()


def _blocked(uow: UnitOfWork, desk: Desk) -> frozenset[RecordId]:
    """Return the cases that who works is blocked for: who audits sees every other one's number."""
    return uow.ties.seen_by(Viewer(desk.actor.id)).hidden


def _cases(uow: UnitOfWork, object_id: str) -> tuple[RecordId, ...]:
    """Return the cases that an object belongs to."""
    if len(object_id) != _ID_DIGITS:
        return ()
    record = RecordId(object_id)
    return cases_of(uow, record, uow.records.kind_of(record))


def _codes(uow: UnitOfWork, cases: Sequence[RecordId], hidden: Collection[RecordId]) -> str:
    """Return the numbers of these cases, but for hidden ones."""
    shown = (one for one in cases if one not in hidden)
    codes = (stored_text(uow.records.fields(one), Name.CODE) for one in shown)
    return " ".join(one for one in codes if one)


def _lines(desk: Desk, rows: Sequence[RegisterRow], say: Callable[[str], str]) -> str:
    text = io.StringIO()
    zone = desk.clock.zone()
    writer = csv.writer(text, lineterminator="\r\n")
    for one in rows:
        at = datetime.fromtimestamp(one.at_ms / 1000, zone)
        cells = (
            str(one.number),
            at.strftime("%d/%m/%Y"),
            at.strftime("%H:%M:%S"),
            who_said(one.who, say),
            say(one.role),
            say(ACTIONS.get(one.action, one.action)),
            one.about,
            row_said(one, say),
            "1" if one.is_signed else "0",
            one.action,
            one.code,
        )
        writer.writerow([_harmless(cell) for cell in cells])
    return text.getvalue()


def _harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula, and that has nothing unseen."""
    seen = "".join(one if one.isprintable() else "·" for one in text)
    return f"'{seen}" if seen.lstrip(" '\u00a0").startswith(FORMULA_STARTS) else seen
