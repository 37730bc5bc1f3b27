"""Who opens this laptop: whose slot of the vault is whose, since when and until when.

That is a fact of this laptop alone and never leaves it. A person's name and roles are those of her
record, which every laptop of the centre has: she is one person on all of them. An account that
ended stays, so that the audit can always say who somebody was. Storage thread.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from app.domain.change import AuthorId, RecordId
from app.domain.errors import DomainError
from app.domain.permission import Authorisation
from app.domain.records import Kind
from app.services.ports import Actor, FieldKey, UnitOfWork
from app.services.values import stored_codes, stored_text

__all__ = [
    "ACCOUNTS",
    "EPOCH",
    "FORMER_KEY",
    "LEFT_ON",
    "NAME",
    "NOBODY",
    "RENEWAL",
    "RESTORED",
    "ROLE",
    "ROLES",
    "Account",
    "Named",
    "accounts_of",
    "actor_of",
    "adopt",
    "check_roles",
    "ended_slots",
    "keep",
    "key_of",
    "living",
    "named",
]

NOBODY: Final = AuthorId("0" * 32)
"""In the audit: somebody who did not say yet who she is, or of whom it is not known."""

ACCOUNTS: Final = "laptop/accounts"
"""Begins as what the copy of the laptop takes along: a database made anew knows its people."""

RENEWAL: Final = "laptop/key_renewal"
"""Somebody left, chose other words for hers or came in by sheets, or a set of these was replaced:
the next opening replaces the key of the database, so that an old copy of the vault file opens
nothing that is written from then on."""

FORMER_KEY: Final = "laptop/under_former_key"
"""The names, one a line, of the files beside the database that stayed under a key that was
replaced: whoever had it, and left, could still read them."""

EPOCH: Final = "laptop/epoch_renewal"
"""Somebody left, and the secret of the centre was not renewed since."""

RESTORED: Final = "laptop/accounts_restored"
"""The accounts are those of a backup: until somebody reviewed them, whoever left since opens it."""

_GIVEN_ANEW_MAX: Final = 32
"""How often somebody may have been given words since a database that was put back."""

NAME: Final = "name"
ROLE: Final = "role"
ROLES: Final = "roles"
LEFT_ON: Final = "left_on"


@dataclass(frozen=True, slots=True)
class Account:
    """One person's way in. ``slot``: its id in the vault file; ``is_provisional``: somebody else
    saw her words, and she has not chosen others yet; ``ended_ms``: she opens it no longer."""

    slot: bytes
    person: str
    since_ms: int
    is_provisional: bool = False
    ended_ms: int | None = None

    @property
    def is_living(self) -> bool:
        """Whether she opens this laptop now."""
        return self.ended_ms is None


@dataclass(frozen=True, slots=True)
class Named:
    """A person of the centre, as her record has her: the first of ``roles`` is her service."""

    id: RecordId
    name: str
    roles: tuple[str, ...]
    left_on: str = ""


def accounts_of(uow: UnitOfWork) -> tuple[Account, ...]:
    """Return every account there ever was, in the order in which they came. Raises DomainError
    ``file_damaged``."""
    content = uow.local.get(ACCOUNTS)
    if content is None:
        return ()
    try:
        return tuple(
            Account(bytes.fromhex(slot), person, since_ms, is_provisional, ended_ms)
            for slot, person, since_ms, is_provisional, ended_ms in json.loads(content)
        )
    except (ValueError, TypeError):
        raise DomainError("file_damaged") from None


def check_roles(matrix: Authorisation, roles: Iterable[str]) -> None:
    """Raise DomainError ``people_no_account`` for a role of those who work beside the centre and
    never sign in. One that this version does not know is left to who knows it."""
    if any(one in matrix.roles and not matrix.roles[one].has_account for one in roles):
        raise DomainError("people_no_account")


def ended_slots(uow: UnitOfWork) -> tuple[bytes, ...]:
    """Return the slots of the vault file that are nobody's any more: none of them may stay in it.
    Raises DomainError ``file_damaged``."""
    return tuple(one.slot for one in accounts_of(uow) if not one.is_living)


def living(there: Iterable[Account], person: RecordId) -> Account:
    """Return by which account a person opens this laptop. Raises DomainError ``people_unknown``."""
    found = next((one for one in there if one.person == person and one.is_living), None)
    if found is None:
        raise DomainError("people_unknown")
    return found


def keep(uow: UnitOfWork, accounts: Iterable[Account]) -> None:
    """Write the accounts. The caller commits."""
    rows = [
        (one.slot.hex(), one.person, one.since_ms, one.is_provisional, one.ended_ms)
        for one in accounts
    ]
    uow.local.put(ACCOUNTS, json.dumps(rows).encode())


def named(uow: UnitOfWork, person: RecordId) -> Named | None:
    """Return a person by her record, or None where it says no name."""
    held = uow.records.fields(person)
    name = stored_text(held, NAME)
    if not name:
        return None
    service = stored_text(held, ROLE)
    roles = dict.fromkeys((service, *stored_codes(held, ROLES)))
    roles.pop("", None)
    return Named(person, name, tuple(roles), stored_text(held, LEFT_ON))


def actor_of(uow: UnitOfWork, first: Actor, slot: bytes | None) -> Actor:
    """Return who opened the laptop by this slot; ``first`` is whom it was set up for, and stands
    for whoever opens a laptop without a vault.

    Raises DomainError ``account_unknown`` where the database does not know whose slot it is, and
    ``account_ended``.
    """
    person = first.id
    if slot is not None:
        account = next((one for one in accounts_of(uow) if one.slot == slot), None)
        if account is None:
            raise DomainError("account_unknown")
        if not account.is_living:
            raise DomainError("account_ended")
        person = AuthorId(account.person)
    who = named(uow, RecordId(person))
    if who is None or not who.roles:
        return first if person == first.id else Actor(person, "", "")
    return Actor(person, who.name, who.roles[0], who.roles)


def adopt(
    uow: UnitOfWork,
    first: Actor,
    entered: bytes,
    slot_after: Callable[[bytes], bytes],
    at_ms: int,
) -> bool:
    """Give an account to whoever entered by a slot that the database does not know, where it is
    certain whose it is; return whether that was written. The caller commits.

    The laptop of before accounts has one person. And a database that was put back is older than its
    vault: where words were given anew since, the slot comes after the person's former one, which
    only the key of the database makes (``slot_after``). That one slot lacks an account and one
    account its slot proves nothing: one person may have left since, and another come.
    """
    accounts = accounts_of(uow)
    if any(one.slot == entered for one in accounts):
        return False
    if not accounts:
        keep(uow, [Account(entered, first.id, at_ms)])
        return True
    for one in accounts:
        if one.is_living and _comes_after(one.slot, entered, slot_after):
            hers = replace(one, slot=entered, since_ms=at_ms, is_provisional=True)
            keep(uow, [hers if other is one else other for other in accounts])
            return True
    return False


def _comes_after(former: bytes, entered: bytes, slot_after: Callable[[bytes], bytes]) -> bool:
    for _ in range(_GIVEN_ANEW_MAX):
        former = slot_after(former)
        if former == entered:
            return True
    return False


def key_of(person: RecordId, field: str) -> FieldKey:
    """Return the key of a field of a person's record."""
    return FieldKey(Kind.PERSON, person, field)
