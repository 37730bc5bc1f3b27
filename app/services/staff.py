"""The people of a centre and their roles: who comes, who goes, and the half-yearly look at both.

A person's name, service and roles are her record, which every laptop has; that she opens this one
is an account of it (:mod:`app.services.accounts`). Nobody is ever deleted: what she did stays hers.
DS 016-2024-JUS art. 46 asks for the review of privileges at least every six months (dossier 7).
Storage thread; each use case commits what it writes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.folding import fold
from app.domain.permission import Access, Relation, allowed
from app.domain.records import Kind
from app.domain.value import Value, set_value
from app.services import accounts
from app.services.access import act
from app.services.account_ports import NewPerson
from app.services.accounts import Account, Named
from app.services.forms import change_fields
from app.services.ports import Desk, UnitOfWork

__all__ = [
    "REVIEW_DAYS",
    "Review",
    "StaffMember",
    "account_begun",
    "account_ended",
    "account_undone",
    "left_but_open",
    "list_staff",
    "note_words_chosen",
    "review_of_roles",
    "review_roles",
    "set_roles",
    "slot_put_back",
    "slot_replaced",
]

REVIEW_DAYS: Final = 183
"""Six months."""

NAME_LENGTH_MAX: Final = 120
_REVIEWED: Final = "laptop/roles_reviewed"


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person of the centre at this laptop. ``tag``: the two letters of her way in, empty where
    she has none here; ``is_unfinished``: she was to have one, and the disk did not keep it."""

    id: RecordId
    name: str
    roles: tuple[str, ...]
    left_on: str = ""
    tag: str = ""
    since_ms: int | None = None
    is_self: bool = False
    is_provisional: bool = False
    is_unfinished: bool = False

    @property
    def is_here(self) -> bool:
        """Whether she opens this laptop."""
        return bool(self.tag)


@dataclass(frozen=True, slots=True)
class Review:
    """When the roles were looked at last, on this laptop, and by whom; ``is_due``: six months
    ago, or never though the centre has worked for six months, or the laptop was made of a backup
    since (``is_restored``)."""

    on: date | None
    by: str
    is_due: bool
    is_restored: bool = False


@act("enter")
def list_staff(uow: UnitOfWork, desk: Desk, tags: Mapping[bytes, str]) -> tuple[StaffMember, ...]:
    """Return everybody of the centre: first those who open this laptop, then the others by name,
    and last those who left and do not open it. ``tags``: the letters of each slot of its vault."""
    held = {one.person: one for one in accounts.accounts_of(uow) if one.is_living}
    people = [
        _member(one, held.get(one.id), desk, tags)
        for record in uow.records.ids(Kind.PERSON)
        if (one := accounts.named(uow, record)) is not None
    ]
    return tuple(sorted(people, key=_place))


def _place(one: StaffMember) -> tuple[bool, bool, str]:
    return bool(one.left_on) and not one.is_here, not one.is_here, one.name


@act("enter")
def left_but_open(uow: UnitOfWork, desk: Desk) -> bool:
    """Return whether somebody left the centre, at another laptop, and opens this one still."""
    del desk
    there = (one for one in accounts.accounts_of(uow) if one.is_living)
    people = (accounts.named(uow, RecordId(one.person)) for one in there)
    return any(one is not None and one.left_on for one in people)


def _member(
    one: Named, account: Account | None, desk: Desk, tags: Mapping[bytes, str]
) -> StaffMember:
    member = StaffMember(one.id, one.name, one.roles, one.left_on, is_self=one.id == _self(desk))
    if account is None:
        return member
    tag = tags.get(account.slot, "")
    return replace(
        member,
        tag=tag,
        since_ms=account.since_ms,
        is_provisional=account.is_provisional,
        is_unfinished=not tag,
    )


@act("manage_people")
def account_begun(
    uow: UnitOfWork, desk: Desk, new: NewPerson, slot: bytes, signs: bytes = b""
) -> RecordId:
    """Note that a person comes to this laptop by this slot, what she is, and by which key she signs
    (empty where there is none); return her record.

    Raises DomainError ``people_incomplete``, ``people_name_too_long``, ``people_no_account``,
    ``people_twice`` where she opens it already, ``people_namesake`` where somebody of the centre
    has the name of who is new.
    """
    name = " ".join(new.name.split())
    if not name or not new.service:
        raise DomainError("people_incomplete")
    if len(name) > NAME_LENGTH_MAX:
        raise DomainError("people_name_too_long", limit=NAME_LENGTH_MAX)
    if new.known is None and _is_taken(uow, name):
        raise DomainError("people_namesake", name=name)
    roles = tuple(dict.fromkeys((new.service, *new.roles)))
    accounts.check_roles(desk.definitions.authorisation, roles)
    person = new.known or desk.ids.new_record_id()
    there = accounts.accounts_of(uow)
    if any(one.person == person and one.is_living for one in there):
        raise DomainError("people_twice")
    now_ms = desk.clock.now_ms()
    written: dict[str, Value] = {accounts.NAME: name, accounts.ROLE: new.service}
    written |= {accounts.ROLES: set_value(roles), accounts.LEFT_ON: None}
    _write(uow, desk, person, written)
    accounts.keep(uow, (*there, Account(slot, person, now_ms, is_provisional=True)))
    _note(uow, desk, "person_added", person, _with_key(",".join(roles), signs))
    uow.commit()
    return person


def _is_taken(uow: UnitOfWork, name: str) -> bool:
    """Return whether somebody who did not leave the centre is called so: a name is all that a list
    of colleagues is chosen by."""
    people = (accounts.named(uow, one) for one in uow.records.ids(Kind.PERSON))
    there = (one for one in people if one is not None and not one.left_on)
    return any(fold(one.name) == fold(name) for one in there)


@act("manage_people")
def account_undone(uow: UnitOfWork, desk: Desk, slot: bytes) -> None:
    """Take back that somebody comes by this slot: the disk did not keep it."""
    there = accounts.accounts_of(uow)
    accounts.keep(uow, [one for one in there if one.slot != slot])
    for one in there:
        if one.slot == slot:
            _note(uow, desk, "person_not_added", RecordId(one.person))
    uow.commit()


@act("reset_words")
def slot_replaced(
    uow: UnitOfWork, desk: Desk, person: RecordId, slot: bytes, signs: bytes = b""
) -> Account:
    """Note that a person enters by another slot, whose words somebody else knows until she chooses
    her own, and that the one of before is ended: also when the vault file is not written, and only
    a later one leaves it out. ``signs``: the key by which she signs from now on. Return the account
    of before. Raises DomainError ``people_unknown``."""
    there = accounts.accounts_of(uow)
    was = accounts.living(there, person)
    after = replace(was, slot=slot, is_provisional=True)
    former = replace(was, ended_ms=desk.clock.now_ms())
    accounts.keep(uow, [*(after if one is was else one for one in there), former])
    _note(uow, desk, "words_given", person, _with_key("", signs))
    uow.commit()
    return was


@act("reset_words")
def slot_put_back(uow: UnitOfWork, desk: Desk, was: Account) -> None:
    """Take back that a person enters by another slot than before: the disk did not keep it."""
    there = accounts.accounts_of(uow)
    now = accounts.living(there, RecordId(was.person))
    staying = [one for one in there if one is now or one.slot != was.slot]
    accounts.keep(uow, [was if one is now else one for one in staying])
    _note(uow, desk, "words_not_given", RecordId(was.person))
    uow.commit()


@act("manage_people")
def account_ended(uow: UnitOfWork, desk: Desk, person: RecordId, *, leaves_centre: bool) -> None:
    """Note that a person opens this laptop no longer, and that the key of the database and the
    secret of the centre are to be replaced. Raises DomainError ``people_unknown``, ``people_self``:
    nobody takes the own way in, so somebody is always left."""
    if person == _self(desk):
        raise DomainError("people_self")
    there = accounts.accounts_of(uow)
    was = accounts.living(there, person)
    ended = replace(was, ended_ms=desk.clock.now_ms())
    accounts.keep(uow, [ended if one is was else one for one in there])
    if leaves_centre:
        _write(uow, desk, person, {accounts.LEFT_ON: desk.clock.today().isoformat()})
    uow.local.put(accounts.RENEWAL, b"1")
    uow.local.put(accounts.EPOCH, b"1")
    _note(uow, desk, "person_left" if leaves_centre else "person_removed", person)
    uow.commit()


@act("enter")
def note_words_chosen(uow: UnitOfWork, desk: Desk) -> None:
    """Note that whoever works now chose her words herself: nobody else knows them."""
    there = accounts.accounts_of(uow)
    person = desk.actor.id
    accounts.keep(
        uow,
        [
            replace(one, is_provisional=False) if one.person == person and one.is_living else one
            for one in there
        ],
    )
    _note(uow, desk, "words_chosen", _self(desk))
    uow.commit()


@act("manage_people")
def set_roles(
    uow: UnitOfWork, desk: Desk, person: RecordId, service: str, roles: tuple[str, ...]
) -> None:
    """Write what a person is: her service, and every role that she holds. They count from what she
    does next, on another laptop once it knows of them. Raises DomainError ``people_unknown``,
    ``people_incomplete``, ``people_no_account``, ``people_last_to_manage`` where she is herself the
    last at this laptop who may do this."""
    who = accounts.named(uow, person)
    if who is None:
        raise DomainError("people_unknown")
    if not service:
        raise DomainError("people_incomplete")
    held = tuple(dict.fromkeys((service, *roles)))
    if held == who.roles:
        return
    accounts.check_roles(desk.definitions.authorisation, held)
    loses_it = _may_manage(desk, who.roles) and not _may_manage(desk, held)
    if person == _self(desk) and loses_it:
        there = {one.person for one in accounts.accounts_of(uow) if one.is_living} - {person}
        found = (accounts.named(uow, RecordId(one)) for one in there)
        others = [one for one in found if one is not None and not one.left_on]
        if not any(_may_manage(desk, one.roles) for one in others):
            raise DomainError("people_last_to_manage")
    _write(uow, desk, person, {accounts.ROLE: service, accounts.ROLES: set_value(held)})
    _note(uow, desk, "roles_changed", person, f"{','.join(who.roles)}>{','.join(held)}")
    uow.commit()


@act("enter")
def review_of_roles(uow: UnitOfWork, desk: Desk) -> Review:
    """Return when the roles of the people of this laptop were last reviewed."""
    is_restored = uow.local.get(accounts.RESTORED) is not None
    content = uow.local.get(_REVIEWED)
    if content is not None:
        day, by = json.loads(content)
        on = date.fromisoformat(day)
        who = accounts.named(uow, RecordId(by))
        is_due = is_restored or desk.clock.today() - on > timedelta(days=REVIEW_DAYS)
        return Review(on, who.name if who else "", is_due, is_restored)
    since = [one.since_ms for one in accounts.accounts_of(uow)]
    age_ms = desk.clock.now_ms() - min(since, default=desk.clock.now_ms())
    is_due = is_restored or age_ms > REVIEW_DAYS * 24 * 60 * 60 * 1000
    return Review(None, "", is_due, is_restored)


@act("review_roles")
def review_roles(uow: UnitOfWork, desk: Desk) -> None:
    """Note that whoever works now looked at who holds which role here, and found it right."""
    written = (desk.clock.today().isoformat(), desk.actor.id)
    uow.local.put(_REVIEWED, json.dumps(written).encode())
    uow.local.put(accounts.RESTORED, None)
    _note(uow, desk, "roles_reviewed", _self(desk))
    uow.commit()


def _may_manage(desk: Desk, roles: tuple[str, ...]) -> bool:
    matrix = desk.definitions.authorisation
    return allowed(matrix, roles, "manage_people", Relation.CENTRE).access is Access.YES


def _self(desk: Desk) -> RecordId:
    return RecordId(desk.actor.id)


def _write(uow: UnitOfWork, desk: Desk, person: RecordId, values: Mapping[str, Value]) -> None:
    change_fields(
        uow, desk, {accounts.key_of(person, field): value for field, value in values.items()}
    )


def _with_key(detail: str, signs: bytes) -> str:
    """Return a detail that says a person's key too: it counts behind this entry."""
    return f"{detail} key={signs.hex()}".strip() if signs else detail


def _note(uow: UnitOfWork, desk: Desk, action: str, person: RecordId, detail: str = "") -> None:
    uow.audit.append(
        actor=desk.actor.id,
        action=action,
        object_id=person,
        at_ms=desk.clock.now_ms(),
        detail=detail,
    )
