"""The derived row of a referral: what its record and its present consent say, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Final

from app.domain.change import RecordId
from app.domain.consent import NO
from app.domain.facts import Moment
from app.domain.records import Kind, Name, named_record
from app.domain.referral import ReferralFacts
from app.services.portions import RECORDS_AT_ONCE, portions
from app.services.ports import StoredField, UnitOfWork
from app.services.referral_ports import ReferralEntry
from app.services.values import day_of, is_buried, stored_text

__all__ = ["bring_up_to_date", "entry_of", "list_referrals"]

_VERSION_NAME: Final = "referral_rows/version"
_VERSION: Final = b"2"
"""Counts up when a row says something else than before: all are then made anew, once."""

_MAY_NAME_ONE: Final = frozenset(
    {Kind.CASE, Kind.SURVIVOR, Kind.ALLEGED_PERPETRATOR, Kind.REFERRAL, Kind.CONSENT}
)
"""Kinds that a referral or a consent may turn out to be, when somebody's error made one record of
two kinds: the lower number holds."""

Held = Mapping[str, StoredField]


def list_referrals(uow: UnitOfWork, touched: Iterable[tuple[RecordId, str]]) -> None:
    """Write the rows of the referrals that these records (id and kind) say something about."""
    wanted: dict[RecordId, None] = {}
    naming = tuple((one, kind) for one, kind in touched if kind in _MAY_NAME_ONE)
    for portion in portions(naming, RECORDS_AT_ONCE):
        with uow.records.reading_ahead(record_id for record_id, _ in portion):
            for record_id, kind in portion:
                if kind != Kind.CONSENT:
                    wanted.setdefault(record_id)
                for one in uow.records.referring(Kind.REFERRAL, Name.CONSENT, record_id):
                    wanted.setdefault(one)
    for some in portions(tuple(wanted), RECORDS_AT_ONCE):
        with uow.records.reading_ahead(some):
            for referral_id in some:
                entry = entry_of(uow, referral_id)
                if entry is None:
                    uow.referrals.remove(referral_id)
                else:
                    uow.referrals.put(entry)


def bring_up_to_date(uow: UnitOfWork) -> None:
    """Make the rows anew when another version of the program made them, or the file is older than
    they are. Storage thread. Commits when it did."""
    if uow.local.get(_VERSION_NAME) == _VERSION:
        return
    uow.referrals.clear()
    list_referrals(uow, ((one, Kind.REFERRAL) for one in uow.records.ids(Kind.REFERRAL)))
    uow.local.put(_VERSION_NAME, _VERSION)
    uow.commit()


def entry_of(uow: UnitOfWork, referral_id: RecordId) -> ReferralEntry | None:
    """Return what is recorded of a referral, or None for what is none, or was taken back."""
    if uow.records.kind_of(referral_id) != Kind.REFERRAL:
        return None
    held = uow.records.fields(referral_id)
    case = held.get(Name.CASE)
    case_id = named_record(case.value) if case else None
    if case_id is None or is_buried(held):
        return None
    consent = _consent(uow, held)
    return ReferralEntry(
        referral_id=referral_id,
        case_id=case_id,
        folio=stored_text(held, Name.FOLIO),
        institution=stored_text(held, Name.INSTITUTION),
        institution_name=stored_text(held, Name.INSTITUTION_NAME),
        urgency=stored_text(held, "urgency"),
        facts=_facts(held, consent),
        has_conflict=any(one.is_conflict for one in (*held.values(), *consent.values())),
    )


def _consent(uow: UnitOfWork, held: Held) -> Held:
    stored = held.get(Name.CONSENT)
    consent_id = named_record(stored.value) if stored else None
    if consent_id is None or uow.records.kind_of(consent_id) != Kind.CONSENT:
        return {}
    return uow.records.fields(consent_id)


def _facts(held: Held, consent: Held) -> ReferralFacts:
    issued_on = _day(held, Name.ISSUED_ON)
    return ReferralFacts(
        is_issued=issued_on is not None or stored_text(held, Name.STATE) not in ("", "draft"),
        issued=Moment(issued_on, _time(held, Name.ISSUED_TIME)) if issued_on else None,
        reply_within=stored_text(held, "reply_within"),
        received_on=_day(held, "received_on"),
        answer=stored_text(held, "outcome"),
        attended_on=_day(held, "attended_on"),
        refused_on=_day(held, "refused_on"),
        appointment_on=_day(held, "appointment_on"),
        no_answer_on=_day(held, "no_answer_on"),
        followed_up_on=_day(held, "followed_up_on"),
        revoked_on=_day(consent, "revoked_on") or _refused_on(consent, issued_on),
        told_on=_day(consent, "told_on"),
    )


def _refused_on(consent: Held, issued_on: date | None) -> date | None:
    """Return since when the receiver has to be told to stop, when the paper left although she says
    no: one laptop printed it while she refused before a colleague. What rests on the law goes on.
    """
    is_refused = stored_text(consent, "given") == NO and not stored_text(consent, "legal_basis")
    return issued_on if is_refused else None


def _day(held: Held, name: str) -> date | None:
    return day_of(stored_text(held, name))


def _time(held: Held, name: str) -> time | None:
    try:
        at = time.fromisoformat(stored_text(held, name))
    except ValueError:
        return None
    return at.replace(second=0, microsecond=0, tzinfo=None)
