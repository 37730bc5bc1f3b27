"""The calendar by which terms are counted: the nation's holidays and what the centre wrote itself.

Its own days and distances are records of the centre, so they travel to its other laptops and have
a history; writing one makes the tasks of every case be worked out again (the ledger marks them).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.records import Kind, Name
from app.domain.term import WorkCalendar
from app.domain.value import Value
from app.domain.work_calendar import CentreCalendar, DaySort, LocalDays
from app.services.access import act
from app.services.forms import change_fields
from app.services.ports import Desk, FieldKey, StoredField, UnitOfWork
from app.services.values import day_of, is_buried, putting_back, stored_text, taking_out

__all__ = [
    "CALENDAR_FORM",
    "DISTANCE_DAYS_MAX",
    "DISTANCE_FORM",
    "RUN_DAYS_MAX",
    "CalendarRow",
    "Distance",
    "add_day",
    "calendar_of",
    "list_days",
    "list_distances",
    "own_years",
    "remove_day",
    "remove_distance",
    "restore",
    "set_distance",
]

CALENDAR_FORM: Final = "calendario"
DISTANCE_FORM: Final = "distancia"
RUN_DAYS_MAX: Final = 366
"""Days in a row that one entry may cover; a longer one is a slip of the pen."""
DISTANCE_DAYS_MAX: Final = 60

_FIRST: Final = "day"
_LAST: Final = "last_day"
_SORT: Final = "sort"
_DISTRICT: Final = "district"
_REASON: Final = "reason"
_BASIS: Final = "legal_basis"
_DAYS: Final = "days"
_SOURCE: Final = "source"
_FROM: Final = "valid_from"
_SORTS: Final = {one.value: one for one in DaySort}

Held = Mapping[str, StoredField]


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """An entry of the calendar as a list shows it. ``record_id`` is None for a holiday of the
    nation. ``is_counted`` is false for an entry that does not fit (no day, no sort, an end before
    its beginning, more than :data:`RUN_DAYS_MAX` days): it counts for nothing until corrected."""

    record_id: RecordId | None
    first: date | None
    last: date | None
    sort: str
    district: str
    reason: str
    legal_basis: str
    is_counted: bool


@dataclass(frozen=True, slots=True)
class Distance:
    """The days of a district, where they come from, and since when; None when it does not fit."""

    record_id: RecordId
    district: str
    days: int | None
    source: str
    valid_from: date | None


def calendar_of(uow: UnitOfWork, desk: Desk) -> WorkCalendar:
    """Return the calendar as it stands: the nation's holidays, the centre's days, its distances.

    Of two distances of one district the later ``valid_from`` that has begun counts, then the longer
    one. Reads only; inside the caller's transaction, one thread.
    """
    rows = (_row(record_id, held) for record_id, held in _records(uow, Kind.CALENDAR_DAY))
    days = tuple(
        LocalDays(one.first, one.last, _SORTS[one.sort], one.district)
        for one in rows
        if one.is_counted and one.first is not None and one.last is not None
    )
    today = desk.clock.today()
    begun = [
        (one.valid_from or date.min, one.days, one.district)
        for one in list_distances(uow)
        if one.days is not None and one.district and (one.valid_from or date.min) <= today
    ]
    return CentreCalendar(desk.holidays, days, {place: days for _, days, place in sorted(begun)})


@act("see_calendar")
def list_days(uow: UnitOfWork, desk: Desk, year: int) -> tuple[CalendarRow, ...]:
    """Return the holidays of the nation and the centre's own entries that touch a year, by day; the
    entries without a day first, whatever the year."""
    found = [_row(record_id, held) for record_id, held in _records(uow, Kind.CALENDAR_DAY)]
    own = [one for one in found if _touches(one, year)]
    day = date(year, 1, 1)
    while day.year == year:
        name = desk.holidays.name_of(day)
        if name is not None:
            own.append(CalendarRow(None, day, day, "", "", name, "", is_counted=True))
        if day == date.max:
            break
        day += timedelta(days=1)
    return tuple(sorted(own, key=lambda one: (one.first or date.min, one.district, one.reason)))


@act("see_calendar")
def own_years(uow: UnitOfWork) -> tuple[int, ...]:
    """Return the years in which the centre has days of its own, in order: also one that a slip of
    the pen put far away."""
    rows = (_row(record_id, held) for record_id, held in _records(uow, Kind.CALENDAR_DAY))
    return tuple(sorted({day.year for one in rows for day in (one.first, one.last) if day}))


@act("see_calendar")
def list_distances(uow: UnitOfWork) -> tuple[Distance, ...]:
    """Return the distances that the centre wrote, by district and day."""
    found = [
        Distance(
            record_id,
            stored_text(held, _DISTRICT),
            _distance_days(held),
            stored_text(held, _SOURCE),
            day_of(stored_text(held, _FROM)),
        )
        for record_id, held in _records(uow, Kind.DISTANCE_TERM)
    ]
    return tuple(sorted(found, key=lambda one: (one.district, one.valid_from or date.min)))


@act("keep_calendar")
def add_day(
    uow: UnitOfWork,
    desk: Desk,
    first: date,
    sort: DaySort,
    *,
    last: date | None = None,
    district: str = "",
    reason: str = "",
    legal_basis: str = "",
    more: Mapping[str, Value] | None = None,
) -> RecordId:
    """Write a day, or those from ``first`` to ``last``, and return its record. Commits.

    ``more`` are fields that the form has beside these, by name of the record's field. Raises
    DomainError ``calendar_days_reversed``, ``calendar_days_too_many``, ``district_unknown``.
    """
    end = last or first
    if end < first:
        raise DomainError("calendar_days_reversed")
    if (end - first).days >= RUN_DAYS_MAX:
        raise DomainError("calendar_days_too_many", limit=RUN_DAYS_MAX)
    _check_place(desk, district)
    record_id = desk.ids.new_record_id()
    values: dict[str, Value] = {
        **(more or {}),
        _FIRST: first.isoformat(),
        _LAST: end.isoformat() if end != first else None,
        _SORT: sort.value,
        _DISTRICT: district or None,
        _REASON: reason.strip() or None,
        _BASIS: legal_basis.strip() or None,
    }
    _write(uow, desk, Kind.CALENDAR_DAY, record_id, values)
    return record_id


@act("keep_calendar")
def remove_day(uow: UnitOfWork, desk: Desk, record_id: RecordId) -> None:
    """Take a day of the centre back; its history stays. Commits. Raises DomainError
    ``record_unknown``."""
    _bury(uow, desk, (Kind.CALENDAR_DAY,), record_id, is_buried=True)


@act("keep_calendar")
def remove_distance(uow: UnitOfWork, desk: Desk, record_id: RecordId) -> None:
    """Take a distance back: that of its district is not known any more; its history stays. Commits.
    Raises DomainError ``record_unknown``."""
    _bury(uow, desk, (Kind.DISTANCE_TERM,), record_id, is_buried=True)


@act("keep_calendar")
def restore(uow: UnitOfWork, desk: Desk, record_id: RecordId) -> None:
    """Put a day or a distance that was taken back into its list again. Commits. Raises DomainError
    ``record_unknown``."""
    _bury(uow, desk, (Kind.CALENDAR_DAY, Kind.DISTANCE_TERM), record_id, is_buried=False)


@act("keep_calendar")
def set_distance(
    uow: UnitOfWork,
    desk: Desk,
    district: str,
    days: int,
    *,
    source: str,
    valid_from: date | None = None,
    more: Mapping[str, Value] | None = None,
) -> RecordId:
    """Write how many days of distance a district has, and return its record. Commits.

    A district has one record, with an id made of its code: two laptops that write at once meet in
    it and are asked. ``more`` as for :func:`add_day`. Raises DomainError
    ``district_unknown``, ``distance_days_out_of_range``.
    """
    _check_place(desk, district)
    if not district:
        raise DomainError("district_unknown")
    if not 0 <= days <= DISTANCE_DAYS_MAX:
        raise DomainError("distance_days_out_of_range", limit=DISTANCE_DAYS_MAX)
    digest = hashlib.blake2b(district.encode(), digest_size=16, person=b"qispi-distance")
    record_id = RecordId(digest.hexdigest())
    values: dict[str, Value] = {
        **(more or {}),
        _DISTRICT: district,
        _DAYS: days,
        _SOURCE: source.strip() or None,
        _FROM: valid_from.isoformat() if valid_from else None,
        Name.TOMBSTONE: None,
        Name.TAKEN_OUT_AS: None,
    }
    _write(uow, desk, Kind.DISTANCE_TERM, record_id, values)
    return record_id


def _records(uow: UnitOfWork, kind: str) -> Iterator[tuple[RecordId, Held]]:
    for record_id in tuple(uow.records.ids(kind)):
        held = uow.records.fields(record_id)
        if not is_buried(held):
            yield record_id, held


def _row(record_id: RecordId, held: Held) -> CalendarRow:
    first = day_of(stored_text(held, _FIRST))
    written = stored_text(held, _LAST)
    last = day_of(written) if written else first
    sort = stored_text(held, _SORT)
    fits = first is not None and last is not None and 0 <= (last - first).days < RUN_DAYS_MAX
    return CalendarRow(
        record_id,
        first,
        last,
        sort,
        stored_text(held, _DISTRICT),
        stored_text(held, _REASON),
        stored_text(held, _BASIS),
        is_counted=fits and sort in _SORTS,
    )


def _touches(row: CalendarRow, year: int) -> bool:
    if row.first is None:
        return True
    return row.first.year == year or (row.last or row.first).year == year


def _distance_days(held: Held) -> int | None:
    stored = held.get(_DAYS)
    days = stored.value if stored else None
    is_number = isinstance(days, int) and not isinstance(days, bool)
    return days if is_number and 0 <= days <= DISTANCE_DAYS_MAX else None  # type: ignore[operator,return-value]


def _check_place(desk: Desk, district: str) -> None:
    if district and desk.definitions.places.get(district) is None:
        raise DomainError("district_unknown")


def _bury(
    uow: UnitOfWork, desk: Desk, kinds: Sequence[str], record_id: RecordId, *, is_buried: bool
) -> None:
    kind = uow.records.kind_of(record_id)
    if kind is None or kind not in kinds:
        raise DomainError("record_unknown")
    held = uow.records.fields(record_id)
    written = taking_out(kind, record_id, held) if is_buried else putting_back(kind, record_id)
    change_fields(uow, desk, written)
    uow.commit()


def _write(
    uow: UnitOfWork, desk: Desk, kind: str, record_id: RecordId, values: Mapping[str, Value]
) -> None:
    known = {FieldKey(kind, record_id, name): value for name, value in values.items()}
    change_fields(uow, desk, known)
    uow.commit()
