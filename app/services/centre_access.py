"""What is of the centre and not hers: who may do it, what opens with a reason, and who opened what.

A centre without coordination must find the door that the matrix leaves open for it, before somebody
types words that nobody asked for; and everybody of the centre is shown who went through it. The
door itself is :func:`app.services.teams.open_access` without a case. Storage thread, reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.change import RecordId
from app.domain.permission import Access, Authorisation, Relation, allowed, holders
from app.domain.records import Kind, Name
from app.services.access import act, may
from app.services.access_records import (
    ACTS,
    FROM,
    GRANTED_FOR_MS,
    REASON,
    UNTIL,
    moment_of,
)
from app.services.accounts import Named, named
from app.services.ports import Desk, StoredField, UnitOfWork
from app.services.teams import CAME_NEWS_MS, Asked
from app.services.values import is_buried, stored_codes, stored_text

__all__ = ["CentreAccess", "Opening", "Shut", "has_news", "of_centre", "shut"]

SHOWN_MAX: Final = 20
_ASK: Final = "ask_access"


@dataclass(frozen=True, slots=True)
class Shut:
    """An act of the centre that is not open to who works. ``services`` are the titles of the roles
    that may, ``names`` the people of the centre who hold one of them now."""

    title: str
    services: tuple[str, ...]
    names: tuple[str, ...]
    may_ask: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """That somebody opened acts of the centre, and why; ``acts`` are titles, times in ms."""

    name: str
    acts: tuple[str, ...]
    reason: str
    from_ms: int
    until_ms: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class CentreAccess:
    """What who works could open with a reason, and what was opened lately, the newest first.
    ``told``: the colleagues who are shown it."""

    asked: tuple[Asked, ...]
    openings: tuple[Opening, ...]
    told: tuple[str, ...]


@act("enter")
def of_centre(uow: UnitOfWork, desk: Desk) -> CentreAccess:
    """Return what of the centre opens with a reason, and what was opened in the last days."""
    people = _people(uow)
    told = (one.name for one in _others(people, desk) if not one.left_on)
    return CentreAccess(tuple(_asked(uow, desk)), _openings(uow, desk, people), tuple(told))


@act("enter")
def has_news(uow: UnitOfWork, desk: Desk) -> bool:
    """Return whether a colleague opened something of the centre in the last days: what every
    laptop says by itself, so that nobody has to look for it."""
    return bool(_openings(uow, desk, _others(_people(uow), desk)))


@act("enter")
def shut(uow: UnitOfWork, desk: Desk, acts: Iterable[str]) -> Mapping[str, Shut]:
    """Return which of these acts of the centre are not open to who works: what a page asks before
    anybody types or chooses anything. The use case itself asks again."""
    matrix = desk.definitions.authorisation
    found: dict[str, Shut] = {}
    people: tuple[Named, ...] | None = None
    for name in acts:
        closed = may(uow, desk, name)
        if closed is None:
            continue
        people = _people(uow) if people is None else people
        row = matrix.acts[name]
        may_ask = closed.may_ask and may(uow, desk, _ASK) is None
        found[name] = Shut(
            row.title, holders(matrix, row), tuple(_who(matrix, name, people)), may_ask
        )
    return found


def _people(uow: UnitOfWork) -> tuple[Named, ...]:
    """Return everybody who works or worked in the centre, by name."""
    found = (named(uow, one) for one in uow.records.ids(Kind.PERSON))
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.name))


def _others(people: Iterable[Named], desk: Desk) -> list[Named]:
    own = RecordId(desk.actor.id)
    return [one for one in people if one.id != own]


def _who(matrix: Authorisation, name: str, people: Iterable[Named]) -> Iterator[str]:
    for one in people:
        answer = allowed(matrix, one.roles, name, Relation.CENTRE)
        if answer.access is Access.YES and not one.left_on:
            yield one.name


def _asked(uow: UnitOfWork, desk: Desk) -> Iterator[Asked]:
    if may(uow, desk, _ASK) is not None:
        return
    for one in desk.definitions.authorisation.acts.values():
        if one.is_about_case or one.planned:
            continue
        closed = may(uow, desk, one.id)
        if closed is not None and closed.may_ask:
            yield Asked(one.id, one.title)


def _openings(uow: UnitOfWork, desk: Desk, people: Iterable[Named]) -> tuple[Opening, ...]:
    since_ms = desk.clock.now_ms() - CAME_NEWS_MS
    found = [
        one
        for person in people
        for one in _of_person(uow, desk, person)
        if one.from_ms >= since_ms or one.is_open
    ]
    found.sort(key=lambda one: one.from_ms, reverse=True)
    return tuple(found[:SHOWN_MAX])


def _of_person(uow: UnitOfWork, desk: Desk, person: Named) -> Iterator[Opening]:
    matrix, now_ms = desk.definitions.authorisation, desk.clock.now_ms()
    records = uow.records.referring(Kind.ACCESS, Name.PERSON, person.id)
    for _, held in uow.records.held_by(records).values():
        begin, end = moment_of(held, FROM), moment_of(held, UNTIL)
        reason = stored_text(held, REASON)
        if _is_of_case(held) or is_buried(held) or begin is None or end is None or not reason:
            continue
        until_ms = min(end, begin + GRANTED_FOR_MS)  # no reason holds longer
        rows = (matrix.acts.get(one) for one in stored_codes(held, ACTS))
        titles = tuple(one.title for one in rows if one is not None)
        is_open = begin <= now_ms < until_ms
        yield Opening(person.name, titles, reason, begin, until_ms, is_open)


def _is_of_case(held: Mapping[str, StoredField]) -> bool:
    stored = held.get(Name.CASE)
    return stored is not None and stored.value is not None
