"""The one way in: changes go to the log, and what screens read is derived from its heads.

An edit typed here, a change received from another laptop and a rebuild all pass through
:func:`derive`, so the derived tables can always be made again from the log (and a test compares).
Everything here runs inside the caller's unit of work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from app.domain.change import Change, ChangeId, RecordId
from app.domain.definitions import Definitions
from app.domain.folding import index_text
from app.domain.merge import MergeRule, Resolved, resolve
from app.domain.records import Kind, Name, is_reference, named_record
from app.domain.safety import must_not_call
from app.domain.value import Value
from app.services.case_file import cases_of
from app.services.case_ties import TIED, tie_case
from app.services.people_index import TouchedPeople
from app.services.portions import RECORDS_AT_ONCE, portions
from app.services.ports import FieldKey, StoredField, UnitOfWork
from app.services.read_models import CaseRow
from app.services.referral_entries import list_referrals
from app.services.risk_levels import current_level
from app.services.values import is_buried

__all__ = ["derive", "rebuild", "record", "resolve_field", "rule_of"]

PERU: Final = "51"
FIELDS_AT_ONCE: Final = 5_000
"""Read and written together: what a rebuild of many thousand files holds in memory."""

LISTED_NUMBER_MAX: Final = 2**63 - 1
"""What a column of the list can hold."""

_LISTED = frozenset({Kind.CASE, Kind.SURVIVOR, Kind.ALLEGED_PERPETRATOR, Kind.RISK_VALUATION})
"""Kinds of record of which the list of cases shows something."""

_MOVES_EVERY_TERM = frozenset({Kind.CALENDAR_DAY, Kind.DISTANCE_TERM})
"""A local holiday, a suspension or a distance moves the terms of every case."""


_STAYS: Final[tuple[Value, ...]] = (None, False)
"""What is hidden too soon is missed; what shows too long can be taken out again."""

_OWN_RULES: Final[Mapping[tuple[str, str], MergeRule]] = {
    (Kind.CASE, Name.TEAM): MergeRule.UNION,
    (Kind.CASE, Name.BLOCKED): MergeRule.UNION,
    (Kind.CASE, Name.RESERVED): MergeRule.ASK,
}
"""Who attends a case and who may not: no form asks for it. Somebody whom one laptop blocks while
another one lets go of the block stays blocked."""

_IN_RESERVE: Final[tuple[Value, ...]] = (True,)


def record(
    uow: UnitOfWork, definitions: Definitions, changes: Sequence[Change], *, is_own: bool
) -> tuple[FieldKey, ...]:
    """Append changes to the log and derive what they touch; return the fields touched."""
    touched = uow.changes.append(changes, is_own=is_own)
    derive(uow, definitions, touched, at_hand=changes)
    return touched


def derive(
    uow: UnitOfWork,
    definitions: Definitions,
    touched: Sequence[FieldKey],
    *,
    at_hand: Sequence[Change] = (),
) -> None:
    """Write the derived values of these fields, and the list rows of the cases they belong to.

    ``at_hand`` are changes that were just appended: they are not read again.
    """
    # Somebody's error may make a record of two kinds: each counts, in whatever order they come.
    records: dict[tuple[RecordId, str], None] = {}
    people = TouchedPeople(uow)
    former: dict[RecordId, None] = {}
    tied: dict[RecordId, None] = {}
    known = {change.id: change for change in at_hand}
    for keys in portions(touched, FIELDS_AT_ONCE):
        written = _resolved(uow, definitions, keys, known)
        former |= _moved_from(uow, written, people)
        new = frozenset(uow.records.put_all(written))
        for key, _, _ in written:
            people.after(key, is_new=key.record_id in new)
            records.setdefault((key.record_id, key.kind))
            if key.kind == Kind.CASE and key.field in TIED:
                tied.setdefault(key.record_id)
        former |= dict.fromkeys(_beside(uow, tuple(new)))
    listed, planned = _cases_of(uow, tuple(records))
    for cases in portions(tuple(listed | former), RECORDS_AT_ONCE):
        with uow.records.reading_ahead(_with_links(uow, cases)):
            for case_id in cases:
                _list_case(uow, definitions, case_id)
    for case_id in tied:
        tie_case(uow, case_id)
    people.index()
    list_referrals(uow, records)
    uow.agenda.mark(planned | former)
    if any(kind in _MOVES_EVERY_TERM for _, kind in records):
        uow.agenda.mark_all()


def _resolved(
    uow: UnitOfWork,
    definitions: Definitions,
    keys: Sequence[FieldKey],
    known: Mapping[ChangeId, Change],
) -> list[tuple[FieldKey, StoredField, RecordId | None]]:
    """Return what these fields show, as it is written."""
    rows = []
    for key, heads in uow.changes.heads_of(keys, known).items():
        resolved = resolve_field(definitions, key, heads)
        shown = resolved.shown
        if shown is None:
            continue
        stored = StoredField(
            value=resolved.value,
            shown=shown.id,
            is_conflict=resolved.is_conflict,
            changed_ms=shown.stamp.wall_ms,
            author=shown.author,
        )
        rows.append((key, stored, _target(key, resolved.value)))
    return rows


def _moved_from(
    uow: UnitOfWork,
    written: Sequence[tuple[FieldKey, StoredField, RecordId | None]],
    people: TouchedPeople,
) -> dict[RecordId, None]:
    """Return the cases that records belonged to until now whose references are about to be written;
    tell ``people`` whom a case names so far. A new record names nobody."""
    naming = [key for key, _, _ in written if is_reference(key.kind, key.field)]
    there = uow.records.kinds_of([key.record_id for key in naming])
    cases: dict[RecordId, None] = {}
    for key in naming:
        if key.record_id in there:
            people.before(key)
            cases |= dict.fromkeys(cases_of(uow, key.record_id, key.kind))
    return cases


def _with_links(uow: UnitOfWork, record_ids: Sequence[RecordId]) -> list[RecordId]:
    """Return these records and those that they name."""
    links = uow.records.links(record_ids)
    return [*record_ids, *(one for some in links.values() for one in some)]


def rebuild(uow: UnitOfWork, definitions: Definitions) -> int:
    """Make every derived table anew from the change log alone; return the number of fields.

    The caller commits. ``qispi doctor --rebuild`` is this; a property test holds it equal to what
    step by step derivation gave.
    """
    uow.changes.rebuild_heads()
    uow.records.clear()
    uow.cases.clear()
    uow.ties.clear()
    uow.agenda.clear()
    uow.referrals.clear()
    uow.people.clear()
    keys = tuple(uow.changes.fields())
    derive(uow, definitions, keys)
    return len(keys)


def resolve_field(definitions: Definitions, key: FieldKey, heads: Sequence[Change]) -> Resolved:
    """Return what a field shows, by the merge rule of its definition.

    A field that no form of this version shows is kept by the latest stamp. Whether a record was
    taken out is asked when laptops differ, and until then it is there.
    """
    if key.field == Name.TOMBSTONE:
        return resolve(heads, MergeRule.ASK, most_cautious_first=_STAYS)
    own = _OWN_RULES.get((key.kind, key.field))
    if own is not None:
        return resolve(heads, own, most_cautious_first=_IN_RESERVE)
    if key.field == Name.TAKEN_OUT_AS:
        return resolve(heads, MergeRule.UNION)
    definition = definitions.field_of(key.kind, key.field)
    if definition is None:
        return resolve(heads, MergeRule.LATEST)
    return resolve(heads, definition.merge, most_cautious_first=definition.most_cautious_first)


def rule_of(definitions: Definitions, key: FieldKey) -> MergeRule:
    """Return what a field does when changes meet in it."""
    if key.field == Name.TOMBSTONE:
        return MergeRule.ASK
    own = _OWN_RULES.get((key.kind, key.field))
    if own is not None:
        return own
    if key.field == Name.TAKEN_OUT_AS:
        return MergeRule.UNION
    definition = definitions.field_of(key.kind, key.field)
    return definition.merge if definition is not None else MergeRule.LATEST


def _target(key: FieldKey, value: Value) -> RecordId | None:
    return named_record(value) if is_reference(key.kind, key.field) else None


def _beside(uow: UnitOfWork, record_ids: Sequence[RecordId]) -> Iterator[RecordId]:
    """Yield the cases that records name or are named by, as whatever kind: one that became of
    another kind says nothing there any more."""
    links, naming = uow.records.links(record_ids), uow.records.referrers(record_ids)
    named = (*links.values(), *naming.values())
    others = dict.fromkeys(one for some in named for one in some)
    for portion in portions(tuple(others), RECORDS_AT_ONCE):
        with uow.records.reading_ahead(portion):
            for one in portion:
                yield from cases_of(uow, one, uow.records.kind_of(one))


def _cases_of(
    uow: UnitOfWork, records: Sequence[tuple[RecordId, str]]
) -> tuple[dict[RecordId, None], dict[RecordId, None]]:
    """Return the cases whose row in the list has to be written, and those whose tasks may change:
    any record of a case may be a fact that opens, closes or moves one."""
    listed: dict[RecordId, None] = {}
    planned: dict[RecordId, None] = {}
    for portion in portions(records, RECORDS_AT_ONCE):
        with uow.records.reading_ahead(record_id for record_id, _ in portion):
            for record_id, kind in portion:
                for case_id in cases_of(uow, record_id, kind):
                    planned.setdefault(case_id)
                    if kind in _LISTED:
                        listed.setdefault(case_id)
    return listed, planned


def _list_case(uow: UnitOfWork, definitions: Definitions, case_id: RecordId) -> None:
    if uow.records.kind_of(case_id) != Kind.CASE:
        return  # what is named there has not arrived yet, or is none
    case = uow.records.fields(case_id)
    if is_buried(case):
        uow.cases.remove(case_id)
        return
    survivor = _named(uow, case, Name.SURVIVOR)
    perpetrator = _named(uow, case, Name.ALLEGED_PERPETRATOR)
    everything = [*case.values(), *survivor.values(), *perpetrator.values()]
    row = CaseRow(
        case_id=case_id,
        code=_text(case, Name.CODE),
        person=_person(survivor),
        age=_number(case, "EDAD_VICTIMA"),
        risk_level=current_level(uow, definitions, case_id) or None,
        violence_type=_text(case, "TIPO_VIOLENCIA") or None,
        district=_text(survivor, "district") or None,
        entered_on=_day(case, "FECHA_INGRESO"),
        changed_ms=max((one.changed_ms for one in everything), default=0),
        has_conflict=any(one.is_conflict for one in everything),
        call_warning=must_not_call({name: one.value for name, one in survivor.items()}),
    )
    searched = {
        Kind.CASE: case,
        Kind.SURVIVOR: survivor,
        Kind.ALLEGED_PERPETRATOR: perpetrator,
    }
    uow.cases.put(row, index_text(row.code, *_search_parts(definitions, searched)))


def _named(
    uow: UnitOfWork, case: Mapping[str, StoredField], name: str
) -> Mapping[str, StoredField]:
    stored = case.get(name)
    record_id = named_record(stored.value) if stored else None
    return uow.records.fields(record_id) if record_id else {}


def _person(survivor: Mapping[str, StoredField]) -> str:
    alias = _text(survivor, "alias")
    if alias:
        return alias
    second = _text(survivor, "surname_2")
    parts = (
        _text(survivor, "names"),
        _text(survivor, "surname_1"),
        second[:1] + "." if second else "",
    )
    return " ".join(part for part in parts if part)


def _search_parts(
    definitions: Definitions, records: Mapping[str, Mapping[str, StoredField]]
) -> list[str]:
    texts, digits = [], []
    for kind, held in records.items():
        for one in definitions.searched(kind):
            text = _text(held, one.field)
            if one.in_search:
                texts.append(text)
            if one.search_digits:
                digits.append("".join(filter(str.isdigit, text)))
    # A number is found as one word, however it was grouped when it was typed; a telephone also
    # without the country's code.
    local = [one[2:] for one in digits if len(one) == 11 and one.startswith(PERU)]
    return texts + digits + local


def _text(fields: Mapping[str, StoredField], name: str) -> str:
    stored = fields.get(name)
    return stored.value if stored and isinstance(stored.value, str) else ""


def _number(fields: Mapping[str, StoredField], name: str) -> int | None:
    """Return a number that the list can hold: what another laptop's program wrote may be any."""
    stored = fields.get(name)
    value = stored.value if stored else None
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= LISTED_NUMBER_MAX else None


def _day(fields: Mapping[str, StoredField], name: str) -> date | None:
    try:
        return date.fromisoformat(_text(fields, name))
    except ValueError:
        return None
