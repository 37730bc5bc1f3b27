"""Which case a record belongs to, and which records belong to a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from app.domain.change import RecordId
from app.domain.records import Kind, Name
from app.services.ports import UnitOfWork

__all__ = ["cases_of", "records_of"]

_NAMED_BY_CASE: Final[Mapping[str, str]] = {
    Kind.SURVIVOR: Name.SURVIVOR,
    Kind.ALLEGED_PERPETRATOR: Name.ALLEGED_PERPETRATOR,
}
"""Kinds of record that a case names, and the field that names them."""


def cases_of(uow: UnitOfWork, record_id: RecordId, kind: str | None) -> tuple[RecordId, ...]:
    """Return the cases that a record of this kind belongs to, oldest first: a person may have
    several. Empty for what belongs to none, or whose case has not arrived yet."""
    if kind == Kind.CASE:
        return (record_id,)
    if kind is not None and kind in _NAMED_BY_CASE:
        return uow.records.referring(Kind.CASE, _NAMED_BY_CASE[kind], record_id)
    if kind == Kind.REFERRAL:
        held = uow.records.fields(record_id).get(Name.CASE)
        return (RecordId(held.value),) if held and isinstance(held.value, str) else ()
    if kind == Kind.CONSENT:
        referrals = uow.records.referring(Kind.REFERRAL, Name.CONSENT, record_id)
        return cases_of(uow, referrals[0], Kind.REFERRAL) if referrals else ()
    return ()


def records_of(
    uow: UnitOfWork, case_ids: Sequence[RecordId]
) -> Mapping[RecordId, tuple[RecordId, ...]]:
    """Return for each case every record of its file: itself, both persons, its referrals and their
    consents."""
    named = uow.records.links(case_ids)
    referrals = uow.records.referrers(case_ids)
    consents = uow.records.links([one for some in referrals.values() for one in some])
    return {
        case_id: (
            case_id,
            *named.get(case_id, ()),
            *referrals.get(case_id, ()),
            *(
                consent
                for referral in referrals.get(case_id, ())
                for consent in consents.get(referral, ())
            ),
        )
        for case_id in case_ids
    }
