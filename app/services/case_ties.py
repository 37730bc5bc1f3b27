"""How people stand to cases: what a case says of its team, and what that makes of somebody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from app.domain.change import AuthorId, RecordId
from app.domain.permission import Relation, Ties, relation_of
from app.domain.records import Kind, Name
from app.services.ports import StoredField, UnitOfWork
from app.services.tie_ports import Tie
from app.services.values import stored_codes, stored_text

__all__ = ["TIED", "bring_up_to_date", "is_reserved", "relation_to", "tie_case", "ties_of"]

TIED: Final = frozenset({Name.TEAM, Name.RESPONSIBLE, Name.RESERVED, Name.BLOCKED})
"""Fields of a case that say who attends it."""

_VERSION_NAME: Final = "case_ties/version"
_VERSION: Final = b"1"
_IS_ID: Final = re.compile(r"[0-9a-f]{32}")


def ties_of(held: Mapping[str, StoredField]) -> Iterator[tuple[Tie, str]]:
    """Yield what the fields of a case say, each with the person of whom (empty: of nobody). What
    is no id of a person (another laptop's program may write anything) says nothing."""
    if is_reserved(held):
        yield Tie.RESERVED, ""
    for tie, people in (
        (Tie.BLOCKED, stored_codes(held, Name.BLOCKED)),
        (Tie.RESPONSIBLE, (stored_text(held, Name.RESPONSIBLE),)),
        (Tie.TEAM, stored_codes(held, Name.TEAM)),
    ):
        yield from ((tie, one) for one in people if _IS_ID.fullmatch(one))


def is_reserved(held: Mapping[str, StoredField]) -> bool:
    """Return whether a case is in reserve; while two laptops differ, it is."""
    stored = held.get(Name.RESERVED)
    return stored is not None and stored.value is True


def relation_to(held: Mapping[str, StoredField], person: AuthorId) -> Relation:
    """Return how a person stands to the case that holds these fields. Every case of a laptop is of
    its centre."""
    ties = tuple(ties_of(held))
    return relation_of(
        Ties(
            is_of_centre=True,
            answers_for_it=(Tie.RESPONSIBLE, person) in ties,
            is_in_team=(Tie.TEAM, person) in ties,
            has_team=any(tie in (Tie.TEAM, Tie.RESPONSIBLE) for tie, _ in ties),
            is_reserved=(Tie.RESERVED, "") in ties,
            is_blocked=(Tie.BLOCKED, person) in ties,
        )
    )


def tie_case(uow: UnitOfWork, case_id: RecordId) -> None:
    """Derive the ties of a case from its fields. The caller commits."""
    uow.ties.put(case_id, ties_of(uow.records.fields(case_id)))


def bring_up_to_date(uow: UnitOfWork) -> None:
    """Derive the ties of every case when the file is older than they are: a colleague's newer
    program may have written them already. Commits when it did."""
    if uow.local.get(_VERSION_NAME) == _VERSION:
        return
    uow.ties.clear()
    for case_id in uow.records.ids(Kind.CASE):
        tie_case(uow, case_id)
    uow.local.put(_VERSION_NAME, _VERSION)
    uow.commit()
