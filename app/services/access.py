"""The one place where the program asks whether somebody may do what she is about to do.

Every use case that is an act of the matrix (``app/data/authorisation.yaml``) is marked with it by
:func:`act`. The outermost one asks, before anything of it happens; the use cases within it are its
parts. What nobody allowed is refused, with a sentence, and the attempt is noted in the audit.
This is policy, not secrecy: who holds the key of a laptop can read what is on it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NoReturn, ParamSpec, TypeVar

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.permission import NOBODY, Access, Answer, Relation, allowed, holders
from app.domain.records import Kind
from app.services import accounts
from app.services.access_records import cases_granted, granted, tell_team
from app.services.case_file import cases_of
from app.services.case_ties import relation_to
from app.services.form_models import Closed
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.reach import ADMINISTERED, WRITTEN_BY, Reach
from app.services.tie_ports import Seen, Viewer
from app.services.unit_access import Refused

__all__ = [
    "act",
    "act_of",
    "ask",
    "may",
    "reach_of",
    "refuse_locked",
    "refuse_unreadable",
    "seen_by",
    "worker",
]

P = ParamSpec("P")
T = TypeVar("T")

_MARK: Final = "__act__"
_OF_WHO_LEFT: Final = ("",)
"""The roles of whoever is written to have left: none that the matrix knows. Without any she would
hold that of her service."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """Which argument of a use case says what it is about; whether the use case only looks, and
    whether it tells no more than that a case is there where no more is allowed."""

    case: str = ""
    record: str = ""
    key: str = ""
    looks: bool = False
    known: bool = False
    own: str = ""
    form: str = ""
    noted: bool = True

    def act(self, name: str, desk: Desk, given: Mapping[str, Any]) -> str:
        """Return the act: of a form that is filled in within an urgent one, that one."""
        form = desk.definitions.forms.get(given[self.form]) if self.form else None
        return WRITTEN_BY.get(form.anchor, name) if form is not None else name

    def cases(
        self, uow: UnitOfWork, given: Mapping[str, Any]
    ) -> tuple[tuple[RecordId, ...] | None, str]:
        """Return the cases (None: of none, or of all that she may see), and the record that the
        audit names."""
        if self.case:
            case_id: RecordId | None = given[self.case]
            return (() if case_id is None else (case_id,)), case_id or ""
        if self.record:
            record_id: RecordId = given[self.record]
            return cases_of(uow, record_id, uow.records.kind_of(record_id)), record_id
        if self.key:
            key: FieldKey = given[self.key]
            return cases_of(uow, key.record_id, key.kind), key.record_id
        return None, ""


def act(
    name: str,
    *,
    case: str = "",
    record: str = "",
    key: str = "",
    looks: bool = False,
    known: bool = False,
    own: str = "",
    form: str = "",
    noted: bool = True,
) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Mark a use case as an act of the matrix: who works in its unit is asked about it first.

    The argument ``case`` is the case that it is about, ``record`` a record of one, ``key`` a field
    of one; without any it is about no case, or about all that she may see. ``looks``: it writes
    nothing, so the team is told by what follows; ``known``: of a case that she may only know to be
    there it tells no more than that; ``own``: whoever wrote this field of the record may;
    ``form``: the argument that names a form; ``noted``: a refusal is an attempt, and stands in the
    audit, which what a page asks by itself is not. Who works is the desk among the arguments, or
    that of the unit. The marked use case raises what :func:`ask` raises as well.
    """
    subject = _Subject(case, record, key, looks, known, own, form, noted)

    def mark(use_case: Callable[P, T]) -> Callable[P, T]:
        names = tuple(inspect.signature(use_case).parameters)

        @functools.wraps(use_case)
        def asking(*args: P.args, **kwargs: P.kwargs) -> T:
            given: dict[str, Any] = dict(zip(names, args, strict=False)) | kwargs
            uow: UnitOfWork = given["uow"]
            with uow.access.inside() as is_outermost:
                if is_outermost:
                    cases, object_id = subject.cases(uow, given)
                    desk = worker(uow, given.get("desk"))
                    wanted = subject.act(name, desk, given)
                    _ask(uow, desk, wanted, cases, object_id, subject)
                return use_case(*args, **kwargs)

        setattr(asking, _MARK, name)
        return asking

    return mark


def act_of(use_case: object) -> str:
    """Return the act that a use case is marked with, empty for none."""
    return str(getattr(use_case, _MARK, ""))


def ask(uow: UnitOfWork, desk: Desk | None, name: str, case_id: RecordId | None = None) -> None:
    """Refuse an act that is not open to who works; for what is no use case of this room.

    Raises DomainError ``access_nobody``, ``access_left``, ``access_role``, ``access_team``,
    ``access_reason``; ``record_unknown`` when she must not even know that the case is there.
    """
    _ask(uow, desk, name, None if case_id is None else (case_id,), case_id or "")


def may(uow: UnitOfWork, desk: Desk, name: str, case_id: RecordId | None = None) -> Closed | None:
    """Return what keeps an act from who works, None when it is open: for what a screen offers.
    Reads only."""
    somebody = worker(uow, desk)
    answer, _ = _answer(uow, somebody, name, None if case_id is None else (case_id,))
    if answer.access is Access.YES:
        return None
    return Closed(name, may_ask=answer.access is Access.EXCEPTIONAL)


def reach_of(uow: UnitOfWork, desk: Desk, case_id: RecordId | None) -> Reach:
    """Return how far who works reaches into a case; None: into what is of no case. Reads only."""
    desk = worker(uow, desk)
    person = desk.actor.id
    relation = Relation.ASSIGNED  # as a case without a team is everybody's
    if case_id is not None:
        relation = relation_to(uow.records.fields(case_id), person)
    return Reach(desk.definitions, person, desk.actor.held, relation, granted(uow, desk, case_id))


def seen_by(uow: UnitOfWork, desk: Desk | None, name: str) -> Seen:
    """Return which cases a list of this act must not show to who works, and those of which it says
    no more than that they are there. Reads only."""
    somebody = worker(uow, desk)
    matrix, roles = somebody.definitions.authorisation, somebody.actor.held
    answers = {
        relation: allowed(matrix, roles, name, relation).access
        for relation in (Relation.CENTRE, Relation.RESERVED)
    }
    known = frozenset(one for one, far in answers.items() if Access.NO < far < Access.YES)
    viewer = Viewer(
        somebody.actor.id,
        hidden=frozenset(one for one, far in answers.items() if far is Access.NO),
        known=known,
    )
    seen = uow.ties.seen_by(viewer)
    return Seen(seen.hidden, seen.known - cases_granted(uow, somebody, name))


def worker(uow: UnitOfWork, desk: Desk | None = None) -> Desk:
    """Return the desk of who works in a unit, with the roles that her record has now: what a
    colleague took from her or gave her, also on another laptop, counts in the next unit. Where no
    record says any, those that she entered with. Raises DomainError ``access_nobody``."""
    found = desk or uow.access.desk
    if found is None:
        raise DomainError("access_nobody")
    actor, read = found.actor, uow.access.roles
    if actor.id not in read:
        who = accounts.named(uow, RecordId(actor.id))
        if who is not None and who.left_on:
            read[actor.id] = _OF_WHO_LEFT  # this laptop may not have ended her way in yet
        else:
            read[actor.id] = who.roles if who is not None and who.roles else actor.held
    if set(read[actor.id]) == set(actor.held):
        return found
    # Her service stays that of this sitting: the audit and what she prints name it.
    return replace(found, actor=replace(actor, roles=read[actor.id]))


def refuse_locked(
    uow: UnitOfWork,
    desk: Desk,
    record: tuple[RecordId, str],
    key: FieldKey,
) -> None:
    """Refuse to write a field that is not hers to write, or that holds what she may not read, in
    the case of a ``record`` (with its kind). For the use cases that write any field, when they are
    the outermost: within another act that act decides. Raises as :func:`ask` does."""
    if not uow.access.is_outermost:
        return
    desk = worker(uow, desk)
    cases = cases_of(uow, *record)
    if key.kind == Kind.ACCESS:
        raise DomainError("record_unknown")  # that somebody came in is nobody's to change
    administered = ADMINISTERED.get((key.kind, key.field)) or ADMINISTERED.get((key.kind, ""))
    if administered is not None:
        _ask(uow, desk, administered, cases or None, key.record_id)
        return
    reach = reach_of(uow, desk, _open_case(uow, desk, cases))
    held = uow.records.fields(key.record_id)
    stored = held.get(key.field)
    closed = reach.locked(key.kind, key.field)
    if closed is None and stored is not None and stored.value is not None:
        closed = reach.closed(key.kind, key.field, held)
    if closed is not None:
        far = Access.EXCEPTIONAL if closed.may_ask else Access.NO
        _note(uow, desk, closed.act, key.record_id)
        _refuse(desk, closed.act, Answer(far), is_blocked=False)


def refuse_unreadable(uow: UnitOfWork, desk: Desk, key: FieldKey) -> None:
    """Refuse a field that is not hers to read, as :func:`refuse_locked` does one not to write."""
    if not uow.access.is_outermost:
        return
    cases = cases_of(uow, key.record_id, key.kind)
    held = uow.records.fields(key.record_id)
    reach = reach_of(uow, desk, _open_case(uow, desk, cases))
    if (closed := reach.closed(key.kind, key.field, held)) is not None:
        far = Access.EXCEPTIONAL if closed.may_ask else Access.NO
        _note(uow, desk, closed.act, key.record_id)
        _refuse(desk, closed.act, Answer(far), is_blocked=False)


def _open_case(uow: UnitOfWork, desk: Desk, cases: Sequence[RecordId]) -> RecordId | None:
    """Return the first of these cases that she may know of, or else the first."""
    person = desk.actor.id
    hers = (
        one
        for one in cases
        if len(cases) == 1 or relation_to(uow.records.fields(one), person) is not Relation.BLOCKED
    )
    return next(hers, next(iter(cases), None))


def _ask(
    uow: UnitOfWork,
    desk: Desk | None,
    name: str,
    cases: Sequence[RecordId] | None,
    object_id: str,
    subject: _Subject = _Subject(),
) -> None:
    somebody = worker(uow, desk)
    answer, relations = _answer(uow, somebody, name, cases)
    is_blocked = bool(relations) and set(relations) == {Relation.BLOCKED}
    roles = somebody.definitions.authorisation.roles
    if subject.own and not is_blocked and not roles.keys().isdisjoint(somebody.actor.held):
        written = uow.records.fields(RecordId(object_id)).get(subject.own)
        if written is not None and written.author == somebody.actor.id:
            return
    if answer.access < (Access.EXISTS if subject.known else Access.YES):
        if subject.noted:
            _note(uow, somebody, name, object_id)
        _refuse(somebody, name, answer, is_blocked=is_blocked)
    uow.audit.acts_as(answer.role)  # also after an act in another role, in the same unit
    if answer.tells_team and not subject.looks:
        for case_id in cases or ():
            tell_team(uow, somebody, case_id, name, answer.role)


def _answer(
    uow: UnitOfWork, desk: Desk, name: str, cases: Sequence[RecordId] | None
) -> tuple[Answer, tuple[Relation, ...]]:
    """Return how far an act goes for her, and how she stands to the cases that it is about."""
    matrix, roles = desk.definitions.authorisation, desk.actor.held
    row = matrix.acts.get(name)
    if row is None:
        return NOBODY, ()
    if row.is_about_case and cases is None:
        # A list: what of it she sees follows from each case.
        best = max(
            (allowed(matrix, roles, name, one) for one in Relation), key=lambda one: one.access
        )
        return (Answer(Access.YES, best.role) if best.access else NOBODY), ()
    if not row.is_about_case or not cases:
        # A record whose case has not come is as one without a team: everybody's.
        # An act about no case goes as far in each relation that is open.
        return _answer_in(uow, desk, name, Relation.ASSIGNED, None), ()
    found = []
    for case_id in cases:
        relation = relation_to(uow.records.fields(case_id), desk.actor.id)
        found.append((_answer_in(uow, desk, name, relation, case_id), relation))
    answer, _ = max(found, key=lambda one: one[0].access)
    return answer, tuple(relation for _, relation in found)


def _answer_in(
    uow: UnitOfWork, desk: Desk, name: str, relation: Relation, case_id: RecordId | None
) -> Answer:
    """Return how far an act goes in this relation. What she gave a reason for is open: the team was
    told of it then."""
    answer = allowed(desk.definitions.authorisation, desk.actor.held, name, relation)
    if answer.access is Access.EXCEPTIONAL and name in granted(uow, desk, case_id):
        return Answer(Access.YES, answer.role)
    return answer


def _note(uow: UnitOfWork, desk: Desk, name: str, object_id: str) -> None:
    uow.access.refused.append(Refused(desk.actor.id, name, object_id, desk.clock.now_ms()))


def _refuse(desk: Desk, name: str, answer: Answer, *, is_blocked: bool) -> NoReturn:
    if is_blocked:
        raise DomainError("record_unknown")
    if desk.actor.roles == _OF_WHO_LEFT:
        raise DomainError("access_left")
    matrix = desk.definitions.authorisation
    row = matrix.acts[name]
    if answer.access is Access.EXCEPTIONAL:
        message = "access_reason" if row.is_about_case else "access_reason_centre"
        raise DomainError(message, what=row.title)
    # An act about no case goes as far in every relation: hers would be refused as well.
    in_team = allowed(matrix, desk.actor.held, name, Relation.OWN).access
    if in_team >= Access.EXCEPTIONAL:
        raise DomainError("access_team", what=row.title)
    raise DomainError("access_role", what=row.title, who=", ".join(holders(matrix, row)))
