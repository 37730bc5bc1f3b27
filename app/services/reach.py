"""How far a person reaches into one case: which acts, and which fields she may read and write.

Made once for a look at a case, from her roles, how she stands to it and what she gave a reason for.
The rule itself is :mod:`app.domain.permission`; the matrix is data.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from app.domain.change import AuthorId
from app.domain.definitions import Definitions
from app.domain.form import Field, Section
from app.domain.marks import N_
from app.domain.permission import (
    SEE_NARRATIVE,
    SEE_PSYCHOLOGICAL,
    Access,
    Relation,
    act_to_write,
    allowed,
)
from app.domain.records import Kind, Name
from app.services.form_models import Closed
from app.services.ports import FieldKey, StoredField
from app.services.values import stored_text

__all__ = ["ADMINISTERED", "CLOSED", "WRITTEN_BY", "Reach", "read_as"]

CLOSED: Final = N_("No corresponde a su servicio")
"""What stands in a list or on a paper instead of what may not be read."""

WRITTEN_BY: Final[Mapping[str, str]] = {
    Kind.RISK_VALUATION: "value_risk",
    Kind.FVR: "value_risk",
    Kind.REFERRAL: "refer",
    Kind.CONSENT: "refer",
}
"""Kinds of record that are filled in within an urgent act, whatever service their sections name."""

ADMINISTERED: Final[Mapping[tuple[str, str], str]] = {
    (Kind.PERSON, ""): "manage_people",
    (Kind.ATTACHMENT, ""): "withdraw_attachment",
    (Kind.CASE, Name.TEAM): "assign_team",
    (Kind.CASE, Name.RESPONSIBLE): "assign_team",
    (Kind.CASE, Name.RESERVED): "open_reserve",
    (Kind.CASE, Name.BLOCKED): "lift_block",
}
"""Fields that no form asks for and a use case of their own writes: choosing between two values of
one, or bringing one back, is that act, or the one that opens what it may open. Without a field: all
of a kind."""

_READ_BY: Final[Mapping[str, str]] = {
    Kind.RISK_VALUATION: "see_risk",
    Kind.FVR: "see_risk",
    Kind.REFERRAL: "follow_referrals",
    Kind.CONSENT: "follow_referrals",
    Kind.ATTACHMENT: "see_attachment",
}
_UNKNOWN: Final = frozenset({SEE_NARRATIVE, SEE_PSYCHOLOGICAL})
"""What a newer version of the program wrote may be anything: whoever may read the strictest."""

_OF_A_NOTE = "text"
_BETWEEN = "."


def read_as(key: FieldKey, held: Mapping[str, StoredField]) -> str:
    """Return whose permission a copy of what stands in a field has, as ``kind.field``. ``held`` is
    the record of the field: a copy of a copy has that of the first."""
    if key.kind == Kind.NOTE and (first := stored_text(held, Name.READ_AS)):
        return first
    return f"{key.kind}{_BETWEEN}{key.field}"


@dataclass(frozen=True, slots=True)
class Reach:
    """What one person may do with one case. ``granted`` are the acts for which she gave a reason
    that still holds."""

    definitions: Definitions
    person: AuthorId
    roles: tuple[str, ...]
    relation: Relation
    granted: frozenset[str] = frozenset()
    _locks: dict[tuple[str, tuple[str, ...]], Closed | None] = field(
        default_factory=dict, repr=False, compare=False
    )
    _known: dict[tuple[tuple[str, ...], str], Access] = field(
        default_factory=dict, repr=False, compare=False
    )

    def access(self, act: str) -> Access:
        """Return how far an act goes: what she gave a reason for is open."""
        return self._access(self.roles, act)

    def may(self, act: str) -> bool:
        """Return whether an act is open to her now."""
        return self.access(act) is Access.YES

    def closed(self, kind: str, name: str, held: Mapping[str, StoredField]) -> Closed | None:
        """Return what keeps her from reading a field of a record that holds ``held``, None when she
        may. What she wrote herself she may, and whatever stands in a record that she began."""
        if self.relation is not Relation.BLOCKED and self._is_own(kind, name, held):
            return None
        acts = self._acts_to_read(kind, name)
        if kind == Kind.NOTE and name == _OF_A_NOTE:
            of_kind, _, of_field = stored_text(held, Name.READ_AS).partition(_BETWEEN)
            acts = acts | self._acts_to_read(of_kind, of_field)
        return next((self._closed(one) for one in sorted(acts) if not self.may(one)), None)

    def reads_any(self, kind: str, name: str) -> bool:
        """Return whether she may read this field of any record, whatever else it holds."""
        is_copy = kind == Kind.NOTE and name == _OF_A_NOTE
        return not is_copy and all(map(self.may, self._acts_to_read(kind, name)))

    def locked(self, kind: str, name: str) -> Closed | None:
        """Return what keeps her from writing a field, None when she may: each of her roles is asked
        for what it would be to that role, its own part or another's."""
        if (urgent := WRITTEN_BY.get(kind)) is not None:
            return None if self.may(urgent) else self._closed(urgent)
        shown = self.definitions.sections_with(kind, name)
        own = self.definitions.authorisation.writing(f"{kind}.{name}")
        for section, one in shown:
            alike = (own or "", section.filled_by)
            if alike not in self._locks:
                self._locks[alike] = self._locked(section, one)
            if (locked := self._locks[alike]) is not None:
                return locked
        return None

    def _is_own(self, kind: str, name: str, held: Mapping[str, StoredField]) -> bool:
        stored = held.get(name)
        begun = held.get(Name.CASE) if kind != Kind.CASE else None
        return any(one is not None and one.author == self.person for one in (stored, begun))

    def _acts_to_read(self, kind: str, name: str) -> AbstractSet[str]:
        matrix = self.definitions.authorisation
        if kind and not self.definitions.registry.knows(kind, name):
            return _UNKNOWN
        of_kind = _READ_BY.get(kind)
        if of_kind is not None and matrix.reading(f"{kind}.{name}") is None:
            return frozenset({of_kind})
        return self.definitions.acts_to_read(kind, name)

    def _locked(self, section: Section, one: Field) -> Closed | None:
        matrix = self.definitions.authorisation
        acts = [(role, act_to_write(matrix, role, section, one)) for role in self.roles]
        found = [(self._access((role,), act), act) for role, act in acts]
        if any(access is Access.YES for access, _ in found):
            return None
        access, act = max(found, default=(Access.NO, ""))
        return Closed(act, may_ask=access is Access.EXCEPTIONAL)

    def _closed(self, act: str) -> Closed:
        return Closed(act, may_ask=self.access(act) is Access.EXCEPTIONAL)

    def _access(self, roles: tuple[str, ...], act: str) -> Access:
        known = self._known.get((roles, act))
        if known is not None:
            return known
        access = allowed(self.definitions.authorisation, roles, act, self.relation).access
        is_granted = access is Access.EXCEPTIONAL and act in self.granted
        self._known[roles, act] = found = Access.YES if is_granted else access
        return found
