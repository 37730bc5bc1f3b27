"""Who attends a case, who may not know of it, and who came in: the team, the reserve, the blocks,
and the door for whoever must go in now and says why. Storage thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.permission import Access, Relation
from app.domain.records import Kind, Name
from app.domain.value import Value, set_value
from app.services.access import act, may, reach_of, worker
from app.services.access_records import ACTS, FROM, REASON, grant, moment_of
from app.services.attending import (
    attending,
    comes_herself,
    let_herself_into,
    may_from_outside,
    staff_of,
    standing,
    unseen,
    who_comes,
)
from app.services.case_ties import is_reserved
from app.services.form_models import Closed
from app.services.forms import change_fields
from app.services.ports import Desk, FieldKey, StoredField, UnitOfWork
from app.services.values import is_buried, stored_codes, stored_text

__all__ = [
    "REASON_MAX",
    "Asked",
    "Came",
    "CasePeople",
    "Colleague",
    "block",
    "count_came",
    "lift_block",
    "open_access",
    "open_reserve",
    "people_of",
    "reserve",
    "set_team",
]

REASON_MAX: Final = 200
CAME_SHOWN: Final = 20
CAME_NEWS_MS: Final = 7 * 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the centre, and how she stands to a case; ``roles`` are codes."""

    id: RecordId
    name: str
    roles: tuple[str, ...]
    is_in_team: bool
    is_responsible: bool
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class Came:
    """That somebody who is not of the team did something in the case; ``acts`` are titles. Without
    a reason it was what cannot wait."""

    name: str
    acts: tuple[str, ...]
    reason: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Asked:
    """An act that opens with a reason: its id and title."""

    act: str
    title: str


@dataclass(frozen=True, slots=True)
class CasePeople:
    """Who attends a case. Of one that she who looks may only know to be there, only its number and
    the team; the others of the centre, too, once she gave a reason to put them in or keep them out.
    ``closed`` says which acts are closed to her; ``asked`` what opens with a reason; ``came`` is
    None where who came in is for the team to know."""

    case_id: RecordId
    code: str
    people: tuple[Colleague, ...]
    is_reserved: bool
    came: tuple[Came, ...] | None
    asked: tuple[Asked, ...]
    closed: dict[str, Closed]
    opens_urgent: bool = False
    """What cannot wait opens with a reason, whatever else is asked for."""
    left: int = 0
    """How many stand in its team who work here no more, or are kept from it: to the others it is
    not everybody's."""
    unknown: int = 0
    """How many others stand in its team who are not known here yet: another laptop wrote them."""

    @property
    def is_left_alone(self) -> bool:
        """Whether nobody stands in its team who works here, or may, as far as is known."""
        return not self.unknown and not any(
            one.is_in_team or one.is_responsible for one in self.people
        )


@act("list_cases", case="case_id", known=True)
def people_of(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> CasePeople:
    """Return who attends a case, who came in, and what of it who works could open with a reason.
    Raises DomainError ``record_unknown``."""
    if uow.records.kind_of(case_id) != Kind.CASE:
        raise DomainError("record_unknown")
    held = uow.records.fields(case_id)
    is_open = reach_of(uow, desk, case_id).may("list_cases")
    blocked = set(stored_codes(held, Name.BLOCKED))
    # Who is kept from it attends nothing of it, though another laptop put her in meanwhile.
    team = set(stored_codes(held, Name.TEAM)) - blocked
    responsible = stored_text(held, Name.RESPONSIBLE)
    staff = staff_of(uow)
    unknown = unseen(uow, held) - blocked
    gone = standing(held).difference(unknown, {one.id for one in staff} - blocked)
    acts = ("assign_team", "reserve_case", "open_reserve", "block_person", "lift_block")
    closed = {one: found for one in acts if (found := may(uow, desk, one, case_id)) is not None}
    is_told = is_open or "lift_block" not in closed
    is_chosen_from = is_told or not {"assign_team", "block_person"} <= closed.keys()
    people = (
        Colleague(
            one.id,
            one.name,
            one.roles,
            is_in_team=one.id in team,
            is_responsible=one.id == responsible and one.id not in blocked,
            is_blocked=is_told and one.id in blocked,
        )
        for one in staff
    )
    return CasePeople(
        case_id,
        stored_text(held, Name.CODE),
        tuple(one for one in people if is_chosen_from or one.is_in_team or one.is_responsible),
        is_reserved(held),
        tuple(_came(uow, desk, case_id)) if is_open else None,
        tuple(_asked(uow, desk, case_id)),
        closed,
        any(_urgent(uow, desk, case_id)),
        len(gone),
        len(unknown),
    )


@act("list_cases", case="case_id", noted=False)
def count_came(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> int:
    """Return how often somebody else came into a case in the last days who is not of its team: what
    each of its pages shows, so that nobody has to look for it. Reads only."""
    since_ms = desk.clock.now_ms() - CAME_NEWS_MS
    records = uow.records.referring(Kind.ACCESS, Name.CASE, case_id)
    return sum(
        not is_buried(held)
        and stored_text(held, Name.PERSON) != desk.actor.id
        and (moment_of(held, FROM) or 0) >= since_ms
        for _, held in uow.records.held_by(records).values()
    )


@act("assign_team", case="case_id")
def set_team(
    uow: UnitOfWork,
    desk: Desk,
    case_id: RecordId,
    team: Iterable[RecordId],
    responsible: RecordId | None,
) -> None:
    """Write who attends a case and who answers for it. Who stands there and is not known here yet
    was shown to nobody, and stays, unless she is kept from it. Commits.

    Raises DomainError ``person_unknown``; ``team_blocked`` (``names``) for who is kept from the
    case: it would look attended, and she does not know of it; ``team_reserved`` where a case in
    reserve would be left to nobody who attends persons; ``reserve_keeps_team`` where whoever let
    herself into it takes out somebody else.
    """
    staff = {one.id: one.name for one in staff_of(uow)}
    people = set(team) | ({responsible} if responsible else set())
    if not people <= staff.keys():
        raise DomainError("person_unknown")
    held = uow.records.fields(case_id)
    blocked = set(stored_codes(held, Name.BLOCKED))
    if not blocked.isdisjoint(people):
        names = ", ".join(name for one, name in staff.items() if one in blocked & people)
        raise DomainError("team_blocked", names=names)
    answers = stored_text(held, Name.RESPONSIBLE)
    unknown = unseen(uow, held) - blocked
    attend = attending(uow, desk, blocked) | unknown
    if is_reserved(held) and attend.isdisjoint(people | unknown):
        raise DomainError("team_reserved")
    _check_taken_out(uow, desk, case_id, held, standing(held) & staff.keys() - people - blocked)
    values: dict[str, Value] = {
        Name.TEAM: set_value({str(one) for one in people} | unknown),
        Name.RESPONSIBLE: responsible or (answers if answers in unknown else None),
    }
    _write(uow, desk, case_id, values)


@act("reserve_case", case="case_id")
def reserve(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> None:
    """Put a case in reserve: it is for its team alone. Where nobody attends it, or only who left or
    is kept from it, the door would be closed to all: whoever closes it is in its team then.
    Commits.

    Raises DomainError ``reserve_leaves_no_team`` where nobody attends it, and whoever closes the
    door is not of the team, but she or somebody else may form it: the one whom the door is closed
    to could be put in unasked.
    """
    held = uow.records.fields(case_id)
    # Whose door it is stays known: closed again, it would be that of whoever does.
    is_settled = is_reserved(held) and (
        not held[Name.RESERVED].is_conflict or let_herself_into(uow, desk, case_id, held)
    )
    values: dict[str, Value] = {} if is_settled else {Name.RESERVED: True}
    blocked = set(stored_codes(held, Name.BLOCKED))
    there = attending(uow, desk, blocked)
    if (there | unseen(uow, held) - blocked).isdisjoint(standing(held)):
        if not comes_herself(uow, desk, case_id, held):
            raise DomainError("reserve_leaves_no_team")
        values[Name.TEAM] = set_value({*stored_codes(held, Name.TEAM), desk.actor.id})
    _write(uow, desk, case_id, values)


@act("open_reserve", case="case_id")
def open_reserve(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> None:
    """Take a case out of reserve. Commits.

    Raises DomainError ``reserve_keeps_team`` where whoever let herself into it may only because she
    is in its team: she would open the door to all, and close it behind her.
    """
    _check_opened(uow, desk, case_id, "open_reserve")
    _write(uow, desk, case_id, {Name.RESERVED: False})


@act("block_person", case="case_id")
def block(uow: UnitOfWork, desk: Desk, case_id: RecordId, person: RecordId) -> None:
    """Keep somebody of the centre from a case: she can do nothing with it, does not know of it, and
    attends it no longer. Where nobody would attend it then, whoever does this is of its team:
    without one it would be everybody's, or behind its door. Where she may not form it, the
    coordination is, or who else forms teams, but for a case in reserve: behind that door comes only
    who was let in by somebody. Nobody comes in by keeping a colleague out, unless nobody else of
    the centre could form a team, kept out or not. Commits.

    Raises DomainError ``person_unknown``, ``block_leaves_nobody`` when nobody of the centre who
    attends persons could act on it any more, ``block_leaves_no_team`` when nobody else attends it
    and nobody comes, for whoever does this is to be kept from it herself or may not form the team;
    ``reserve_keeps_team`` where whoever let herself into a case in reserve keeps out somebody who
    attends it.
    """
    if person not in {one.id for one in staff_of(uow)}:
        raise DomainError("person_unknown")
    held = uow.records.fields(case_id)
    blocked = {*stored_codes(held, Name.BLOCKED), str(person)}
    there = attending(uow, desk, blocked)
    if not there:
        raise DomainError("block_leaves_nobody")
    _check_taken_out(uow, desk, case_id, held, standing(held) & {person})
    is_own = desk.actor.id in blocked
    comes = set() if is_own else who_comes(uow, desk, case_id, held, there, str(person))
    values: dict[str, Value] = {Name.BLOCKED: set_value(blocked)}
    attend = there | unseen(uow, held) - blocked
    _write(uow, desk, case_id, values | _without(held, blocked, attend, comes))


def _check_taken_out(
    uow: UnitOfWork,
    desk: Desk,
    case_id: RecordId,
    held: Mapping[str, StoredField],
    out: set[str],
) -> None:
    """Raise DomainError ``reserve_keeps_team`` where whoever let herself into a case in reserve
    takes somebody else out of it: to whoever is kept from it, the case is not there."""
    if out - {desk.actor.id} and let_herself_into(uow, desk, case_id, held):
        raise DomainError("reserve_keeps_team")


def _check_opened(uow: UnitOfWork, desk: Desk, case_id: RecordId, act_id: str) -> None:
    """Raise DomainError ``reserve_keeps_team`` where whoever let herself into a case in reserve may
    open it to others only because she is in its team."""
    held = uow.records.fields(case_id)
    if let_herself_into(uow, desk, case_id, held) and not may_from_outside(
        worker(uow, desk), act_id
    ):
        raise DomainError("reserve_keeps_team")


def _without(
    held: Mapping[str, StoredField], blocked: set[str], there: set[str], comes: set[str]
) -> dict[str, Value]:
    """Return what is to be written of who attends a case so that nobody who is blocked does, also
    none of those that a version of before left in it, and somebody of ``there`` does: of who left
    nothing is to be had."""
    team = set(stored_codes(held, Name.TEAM))
    responsible = stored_text(held, Name.RESPONSIBLE)
    if blocked.isdisjoint({*team, responsible}):
        return {}
    left = team - blocked
    answers = responsible if responsible not in blocked else ""
    if there.isdisjoint({*left, answers}):
        if not comes:
            raise DomainError("block_leaves_no_team")
        left |= comes
    return {Name.TEAM: set_value(left), Name.RESPONSIBLE: answers or None}


@act("lift_block", case="case_id")
def lift_block(uow: UnitOfWork, desk: Desk, case_id: RecordId, person: RecordId) -> None:
    """Let somebody know of a case again. Nobody lifts her own block: to her the case is not there.
    Commits. Raises DomainError ``reserve_keeps_team`` as :func:`open_reserve` does."""
    _check_opened(uow, desk, case_id, "lift_block")
    blocked = set(stored_codes(uow.records.fields(case_id), Name.BLOCKED)) - {str(person)}
    _write(uow, desk, case_id, {Name.BLOCKED: set_value(blocked)})


@act("ask_access", case="case_id")
def open_access(
    uow: UnitOfWork, desk: Desk, case_id: RecordId | None, acts: Sequence[str], reason: str
) -> None:
    """Open acts for a shift to who works, who says why: the team of the case is shown it. What
    cannot wait is opened with them. Without a case, for what is of the centre. Commits.

    Raises DomainError ``access_needs_reason``, ``access_not_to_ask`` for what no reason opens,
    ``text_too_long``.
    """
    written = reason.strip()
    if not written:
        raise DomainError("access_needs_reason")
    if len(written) > REASON_MAX:
        raise DomainError("text_too_long", limit=REASON_MAX)
    closed = [may(uow, desk, one, case_id) for one in acts]
    wanted = [one.act for one in closed if one is not None]
    if not all(one.may_ask for one in closed if one is not None):
        raise DomainError("access_not_to_ask")
    if case_id is not None:
        wanted += [one for one in _urgent(uow, desk, case_id) if one not in wanted]
    if not wanted:
        raise DomainError("access_not_to_ask")
    grant(uow, desk, case_id, wanted, written)
    uow.commit()


def _urgent(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> Iterator[str]:
    reach = reach_of(uow, desk, case_id)
    for one in desk.definitions.authorisation.acts.values():
        if one.is_urgent and one.is_about_case and reach.access(one.id) is Access.EXCEPTIONAL:
            yield one.id


def _asked(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> Iterator[Asked]:
    reach = reach_of(uow, desk, case_id)
    if reach.relation is Relation.BLOCKED:
        return
    for one in desk.definitions.authorisation.acts.values():
        is_asked = one.is_about_case and not one.planned and not one.is_urgent
        if is_asked and reach.access(one.id) is Access.EXCEPTIONAL:
            yield Asked(one.id, one.title)


def _came(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> Iterator[Came]:
    matrix = desk.definitions.authorisation
    records = uow.records.referring(Kind.ACCESS, Name.CASE, case_id)
    found = [held for _, held in uow.records.held_by(records).values() if not is_buried(held)]
    found.sort(key=lambda held: moment_of(held, FROM) or 0, reverse=True)
    for held in found[:CAME_SHOWN]:
        person = stored_text(held, Name.PERSON)
        acts = (matrix.acts.get(one) for one in stored_codes(held, ACTS))
        yield Came(
            stored_text(uow.records.fields(RecordId(person)), "name"),
            tuple(one.title for one in acts if one is not None),
            stored_text(held, REASON),
            moment_of(held, FROM) or 0,
        )


def _write(uow: UnitOfWork, desk: Desk, case_id: RecordId, values: dict[str, Value]) -> None:
    if uow.records.kind_of(case_id) != Kind.CASE:
        raise DomainError("record_unknown")
    keys = {FieldKey(Kind.CASE, case_id, name): value for name, value in values.items()}
    change_fields(uow, desk, keys)
    uow.commit()
