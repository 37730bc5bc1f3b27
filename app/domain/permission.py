"""Who may do what with whose case: one pure rule over a matrix that is data.

Nobody may do anything unless the matrix says so. An act is what several use cases mean to a person
(see a case, write a referral); the matrix says for every act and role how far it goes in each
relation of the person to the case. Urgent acts are open to all who attend: a rule that stops one
puts somebody in danger. This is policy, not secrecy: who holds the key of a laptop can read it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from app.domain.catalogue import Source
from app.domain.form import Field, FieldType, Section

__all__ = [
    "NOBODY",
    "OPEN_FILE",
    "OPEN_RELATIONS",
    "SEE_NARRATIVE",
    "SEE_PSYCHOLOGICAL",
    "SEE_SECTION",
    "WIDER",
    "WRITE_OTHER_SECTION",
    "WRITE_OWN_SECTION",
    "WRITE_PSYCHOLOGICAL",
    "Access",
    "Act",
    "Answer",
    "Authorisation",
    "Exempt",
    "Relation",
    "Role",
    "Ties",
    "act_to_read",
    "act_to_write",
    "allowed",
    "holders",
    "may_read",
    "may_write",
    "relation_of",
]

OPEN_FILE: Final = "open_file"
SEE_SECTION: Final = "see_section"
SEE_NARRATIVE: Final = "see_narrative"
SEE_PSYCHOLOGICAL: Final = "see_psychological"
WRITE_OWN_SECTION: Final = "write_own_section"
WRITE_OTHER_SECTION: Final = "write_other_section"
WRITE_PSYCHOLOGICAL: Final = "write_psychological"

_ADMISSION: Final = "admision"
_PSYCHOLOGY: Final = ("psicologia",)


class Access(enum.IntEnum):
    """How far an act goes. Each includes those before it."""

    NO = 0
    EXISTS = 1
    """Only that the case exists, its number and who attends it."""
    EXCEPTIONAL = 2
    """After giving a reason, which the team of the case is shown; until then as ``EXISTS``."""
    YES = 3


class Relation(enum.Enum):
    """How a person stands to a case. For acts about no case it is ``CENTRE``."""

    OWN = "own"
    """She answers for it."""
    ASSIGNED = "assigned"
    """She is of its team."""
    CENTRE = "centre"
    """It is of her centre, and others attend it."""
    RESERVED = "reserved"
    """The same, and it was put in reserve: a colleague or an authority is involved."""
    OTHER_CENTRE = "other_centre"
    BLOCKED = "blocked"
    """She is a party or kin of one, or said so herself: no role opens it, nor tells that it is."""


OPEN_RELATIONS: Final = (Relation.OWN, Relation.ASSIGNED, Relation.CENTRE)
"""The relations in which nothing speaks against a person of the centre."""

WIDER: Final[Mapping[Relation, Relation]] = {
    Relation.ASSIGNED: Relation.OWN,
    Relation.CENTRE: Relation.ASSIGNED,
    Relation.RESERVED: Relation.CENTRE,
    Relation.OTHER_CENTRE: Relation.CENTRE,
}
"""The relation in which at least as much is allowed; a matrix that says otherwise is not read."""


@dataclass(frozen=True, slots=True)
class Ties:
    """What is known of a person and a case. A case without a team is everybody's of its centre,
    as every case is before somebody shares the work out."""

    is_of_centre: bool
    answers_for_it: bool = False
    is_in_team: bool = False
    has_team: bool = False
    is_reserved: bool = False
    is_blocked: bool = False


def relation_of(ties: Ties) -> Relation:
    """Return the relation that these facts make: the first that holds, of the strictest first.

    A case in reserve is closed to all but its team, and to everybody while it has none.
    """
    if ties.is_blocked:
        return Relation.BLOCKED
    if not ties.is_of_centre:
        return Relation.OTHER_CENTRE
    if ties.answers_for_it:
        return Relation.OWN
    if ties.is_in_team:
        return Relation.ASSIGNED
    if ties.is_reserved:
        return Relation.RESERVED
    return Relation.CENTRE if ties.has_team else Relation.ASSIGNED


@dataclass(frozen=True, slots=True)
class Role:
    """A role that a person may hold. ``attends``: she receives the persons served."""

    code: str
    title: str
    purpose: str
    source: Source
    attends: bool = False
    has_account: bool = True


@dataclass(frozen=True, slots=True)
class Act:
    """One row of the matrix: what is done, by which use cases, and how far for whom.

    ``use_cases`` are functions of ``app.services`` (``module.function``), ``elsewhere`` those of
    other rooms. An act without either is a finer question inside the acts ``part_of`` (about the
    fields ``reads`` or ``writes``, as ``kind.field``), or ``planned``: nothing does it yet.
    ``tells_team``: the team is shown when somebody else did it, also where no reason was asked.
    """

    id: str
    title: str
    group: str
    reason: str
    source: Source
    grants: Mapping[tuple[str, Relation], Access]
    is_about_case: bool = True
    is_urgent: bool = False
    tells_team: bool = False
    use_cases: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    part_of: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()
    planned: str = ""


@dataclass(frozen=True, slots=True)
class Exempt:
    """Use cases that are no act of a person, and why. ``callers`` says who alone may call them:
    ``services``, ``program`` (no screen and no command) or ``anyone`` (nothing of a case)."""

    reason: str
    callers: str
    use_cases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Authorisation:
    """The roles and the matrix of one version. ``groups`` are the titles of its parts."""

    version: str
    roles: Mapping[str, Role]
    groups: Mapping[str, str]
    acts: Mapping[str, Act]
    exempt: tuple[Exempt, ...] = ()
    _of_reading: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    _of_writing: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for act in self.acts.values():
            self._of_reading.update(dict.fromkeys(act.reads, act.id))
            self._of_writing.update(dict.fromkeys(act.writes, act.id))

    def reading(self, name: str) -> str | None:
        """Return the act that reading a field (``kind.field``) has for itself, or None."""
        return self._of_reading.get(name)

    def writing(self, name: str) -> str | None:
        """Return the act that writing a field (``kind.field``) has for itself, or None."""
        return self._of_writing.get(name)


@dataclass(frozen=True, slots=True)
class Answer:
    """How far an act goes, for which of the roles (empty: for none), and whether the team of the
    case is told of it."""

    access: Access
    role: str = ""
    tells_team: bool = False


NOBODY: Final = Answer(Access.NO)


def allowed(matrix: Authorisation, roles: Iterable[str], act: str, relation: Relation) -> Answer:
    """Return the most that any of ``roles`` allows; of two that allow as much, the earlier one.

    An act or a role that the matrix does not know allows nothing, nor does a block anything.
    """
    row = matrix.acts.get(act)
    best = NOBODY
    if row is None or relation is Relation.BLOCKED:
        return best
    for role in roles:
        access = row.grants.get((role, relation), Access.NO)
        if role in matrix.roles and access > best.access:
            best = Answer(access, role, tells_team=_tells(row, access, relation))
    return best


def holders(matrix: Authorisation, row: Act) -> tuple[str, ...]:
    """Return the titles of the roles that may do something, in a case of their own."""
    return tuple(
        role.title
        for code, role in matrix.roles.items()
        if row.grants.get((code, Relation.OWN)) is Access.YES
    )


def act_to_read(matrix: Authorisation, section: Section, one: Field | None = None) -> str:
    """Return the act of reading a field of a section; without a field, of what it lists."""
    own = matrix.reading(f"{one.kind}.{one.field}") if one is not None else None
    if own is not None:
        return own
    if section.filled_by == _PSYCHOLOGY:
        return SEE_PSYCHOLOGICAL
    if one is not None and one.type is FieldType.NARRATIVE:
        return SEE_NARRATIVE
    return OPEN_FILE if _ADMISSION in section.filled_by else SEE_SECTION


def act_to_write(
    matrix: Authorisation, role: str, section: Section, one: Field | None = None
) -> str:
    """Return the act that writing a field of a section is for somebody of ``role``."""
    own = matrix.writing(f"{one.kind}.{one.field}") if one is not None else None
    if own is not None:
        return own
    if section.filled_by == _PSYCHOLOGY:
        return WRITE_PSYCHOLOGICAL
    return WRITE_OWN_SECTION if role in section.filled_by else WRITE_OTHER_SECTION


def may_read(
    matrix: Authorisation,
    roles: Iterable[str],
    section: Section,
    one: Field | None,
    relation: Relation,
) -> Answer:
    """Return whether a field of a section may be read, as :func:`allowed` does."""
    return allowed(matrix, roles, act_to_read(matrix, section, one), relation)


def may_write(
    matrix: Authorisation,
    roles: Iterable[str],
    section: Section,
    one: Field | None,
    relation: Relation,
) -> Answer:
    """Return whether a field of a section may be written: each role is asked for what it would be
    to that role, its own part or another's."""
    best = NOBODY
    for role in roles:
        answer = allowed(matrix, (role,), act_to_write(matrix, role, section, one), relation)
        if answer.access > best.access:
            best = answer
    return best


def _tells(row: Act, access: Access, relation: Relation) -> bool:
    if access is Access.EXCEPTIONAL:
        return True
    is_others = relation not in (Relation.OWN, Relation.ASSIGNED)
    return row.tells_team and row.is_about_case and is_others and access is Access.YES
