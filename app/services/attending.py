"""Who of the centre attends a case, and who comes into its team where nobody of it would be left.
Storage thread.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.permission import Access, Relation, allowed
from app.domain.records import Kind, Name
from app.domain.value import Value
from app.services.access import may, worker
from app.services.access_records import let_herself_in
from app.services.accounts import Named, named
from app.services.case_ties import TIED, is_reserved, relation_to, ties_of
from app.services.ports import Desk, FieldKey, StoredField, UnitOfWork
from app.services.tie_ports import Tie
from app.services.values import stored_codes

__all__ = [
    "attending",
    "check_chosen",
    "comes_herself",
    "let_herself_into",
    "may_from_outside",
    "staff_of",
    "standing",
    "unseen",
    "who_comes",
]

_ATTENDS: Final = (Relation.OWN, Relation.ASSIGNED)
_ATTENDING: Final = (Tie.TEAM, Tie.RESPONSIBLE)
_ABLE: Final = (Access.YES, Access.EXCEPTIONAL)
_OF_WHO_ATTENDS: Final = frozenset((Kind.CASE, one) for one in TIED)


def staff_of(uow: UnitOfWork) -> tuple[Named, ...]:
    """Return everybody who works in the centre, by name."""
    found = (named(uow, one) for one in uow.records.ids(Kind.PERSON))
    here = [one for one in found if one is not None and not one.left_on]
    return tuple(sorted(here, key=lambda one: (one.name, one.id)))


def attending(uow: UnitOfWork, desk: Desk, blocked: set[str]) -> set[str]:
    """Return who of the centre attends persons, and is not kept from the case."""
    roles = desk.definitions.authorisation.roles
    able = {code for code, role in roles.items() if role.attends}
    return {str(one.id) for one in staff_of(uow) if not able.isdisjoint(one.roles)} - blocked


def standing(held: Mapping[str, StoredField]) -> set[str]:
    """Return who stands in a case as of its team, or as answering for it."""
    return {one for tie, one in ties_of(held) if tie in _ATTENDING}


def unseen(uow: UnitOfWork, held: Mapping[str, StoredField]) -> set[str]:
    """Return who stands there and is not known here yet: her record comes behind the case's, or
    what came of it says no name."""
    may_be = (None, Kind.PERSON)
    return {
        one
        for one in standing(held)
        if uow.records.kind_of(RecordId(one)) in may_be and named(uow, RecordId(one)) is None
    }


def who_comes(
    uow: UnitOfWork,
    desk: Desk,
    case_id: RecordId,
    held: Mapping[str, StoredField],
    there: set[str],
    out: str,
) -> set[str]:
    """Return who comes into the team of a case when nobody of it is left in it: whoever keeps the
    last one, ``out``, from it, where she may; else the coordination, else who else forms teams, but
    into a case in reserve nobody unasked. ``there``: who may be in it."""
    if comes_herself(uow, desk, case_id, held, out):
        return {desk.actor.id}
    if is_reserved(held):
        return set()
    return (_who_may(uow, desk, "lift_block") & there) or (
        _who_may(uow, desk, "assign_team") & there
    )


def comes_herself(
    uow: UnitOfWork,
    desk: Desk,
    case_id: RecordId,
    held: Mapping[str, StoredField],
    out: str = "",
) -> bool:
    """Return whether who closes a case's door is behind it: she is of its team, or may form it,
    perhaps with a reason that she gave; or nobody of the centre but ``out``, herself among them,
    could, with a reason or without: a door that cannot wait is closed by whoever is there.

    Who is kept from the case counts as if she were not: else whoever kept out one after the other
    would come in behind the last. Where the case is in reserve, that may be because of her who
    closes: she may go in, and say why, and its team is those who were let in by somebody.
    """
    is_of_team = relation_to(held, desk.actor.id) in _ATTENDS
    if is_of_team or may(uow, desk, "assign_team", case_id) is None:
        return True
    others = attending(uow, desk, {out})
    return not is_reserved(held) and others.isdisjoint(_who_may(uow, desk, "assign_team", _ABLE))


def let_herself_into(
    uow: UnitOfWork, desk: Desk, case_id: RecordId, held: Mapping[str, StoredField]
) -> bool:
    """Return whether who works is in a case in reserve by a reason of her own to form its team. It
    may be in reserve because of her, unless she alone put it there: what another laptop wrote
    without having seen hers counts, whoever was the last."""
    if not is_reserved(held):  # most are not: it saves what is asked below
        return False
    closed = uow.changes.heads(FieldKey(Kind.CASE, case_id, Name.RESERVED))
    is_hers = all(one.author == desk.actor.id for one in closed if one.value is True)
    return not is_hers and let_herself_in(uow, desk, case_id, "assign_team")


def may_from_outside(desk: Desk, act_id: str) -> bool:
    """Return whether who works may do something in a case in reserve of which she is not, with a
    reason or without. ``desk``: that of :func:`app.services.access.worker`, whose roles count now.
    """
    matrix = desk.definitions.authorisation
    return allowed(matrix, desk.actor.held, act_id, Relation.RESERVED).access in _ABLE


def check_chosen(uow: UnitOfWork, desk: Desk, key: FieldKey, *values: Value) -> None:
    """Ask of somebody who chooses what a case says of who attends it what is asked of whoever forms
    its team. ``values``: what she wants the field to say; none: that what others chose is open
    again.

    Raises DomainError ``reserve_keeps_team`` where she let herself into a case in reserve: either
    value of it would make its door hers; ``team_blocked`` (``names``); ``team_reserved`` where it
    would be in reserve and nobody attends it.
    """
    if (key.kind, key.field) not in _OF_WHO_ATTENDS:
        return
    case_id, held = key.record_id, uow.records.fields(key.record_id)
    is_door = key.field == Name.RESERVED
    if let_herself_into(uow, desk, case_id, held) and not (
        is_door and may_from_outside(worker(uow, desk), "open_reserve")
    ):
        raise DomainError("reserve_keeps_team")
    # While two differ about the door it is closed.
    chosen = values or ((True,) if is_door else ())
    for value in chosen if key.field in held else ():
        then = {**held, key.field: replace(held[key.field], value=value)}
        blocked, stand = set(stored_codes(then, Name.BLOCKED)), standing(then)
        if not is_door and not blocked.isdisjoint(stand):
            names = ", ".join(one.name for one in staff_of(uow) if one.id in blocked & stand)
            raise DomainError("team_blocked", names=names)
        attend = attending(uow, desk, blocked) | unseen(uow, then) - blocked
        if is_reserved(then) and attend.isdisjoint(stand):
            raise DomainError("team_reserved")


def _who_may(
    uow: UnitOfWork,
    desk: Desk,
    act_id: str,
    able: Collection[Access] = (Access.YES,),
) -> set[str]:
    """Return who of the centre may do something in the cases of others, without a reason unless
    said otherwise."""
    matrix = desk.definitions.authorisation
    return {
        str(one.id)
        for one in staff_of(uow)
        if allowed(matrix, one.roles, act_id, Relation.CENTRE).access in able
    }
