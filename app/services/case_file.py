"""Which case a record belongs to, and which records belong to a case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from app.domain.change import RecordId
from app.domain.records import Kind, Name, named_record
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
    if kind == Kind.CONSENT:
        # One that another took the place of still names its referral.
        held = uow.records.fields(record_id).get(Name.REFERRAL)
        referral_id = named_record(held.value) if held else None
        if referral_id is not None:
            return cases_of(uow, referral_id, Kind.REFERRAL)
        referrals = uow.records.referring(Kind.REFERRAL, Name.CONSENT, record_id)
        return cases_of(uow, referrals[0], Kind.REFERRAL) if referrals else ()
    held = uow.records.fields(record_id).get(Name.CASE) if kind is not None else None
    case_id = named_record(held.value) if held else None
    return (case_id,) if case_id else ()


def records_of(
    uow: UnitOfWork, case_ids: Sequence[RecordId]
) -> Mapping[RecordId, tuple[RecordId, ...]]:
    """Return for each case every record of its file: itself, both persons, whatever names it (its
    referrals, actions, measures, …) and all consents to its referrals, also those that hold no
    longer."""
    named = uow.records.links(case_ids)
    naming = uow.records.referrers(case_ids)
    every = [one for some in naming.values() for one in some]
    present, consents = uow.records.links(every), uow.records.referrers(every)
    return {
        case_id: (
            case_id,
            *named.get(case_id, ()),
            *naming.get(case_id, ()),
            *(
                consent
                for record in naming.get(case_id, ())
                for consent in dict.fromkeys((*present.get(record, ()), *consents.get(record, ())))
            ),
        )
        for case_id in case_ids
    }
