"""What became of the referrals: the return slip registered by its code, and the list that ages.

Nothing here sets a state: it follows from the dated facts of each referral
(:mod:`app.domain.referral`) and the clock.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Final

from app.domain.change import RecordId
from app.domain.deadline import Clock, Due, Unknown, answer
from app.domain.definitions import Definitions
from app.domain.errors import DomainError
from app.domain.facts import Moment
from app.domain.folio import check_code, read_code
from app.domain.records import Kind, Name, named_record
from app.domain.referral import (
    ISSUE_EVENT,
    REVOCATION_EVENT,
    ReferralFacts,
    ReferralState,
    asks_for_action,
    facts_since,
    is_open,
    state_of,
)
from app.domain.term import Unit
from app.services.access import act, ask, seen_by
from app.services.people import initials_of_case
from app.services.ports import Desk, UnitOfWork
from app.services.read_models import AgeingRow, ReferralRow
from app.services.referral_entries import entry_of
from app.services.referral_ports import ReferralEntry
from app.services.values import stored_text
from app.services.work_calendar import calendar_of

__all__ = ["ageing", "count_open", "of_case", "register_slip"]

_LATEST: Final = float("inf")
_SLIP: Final = "slip"


@act("follow_referrals")
def register_slip(uow: UnitOfWork, desk: Desk, code: str) -> ReferralRow:
    """Return the referral whose return slip came back, by the number and check code printed on it
    (or read from its QR), however they are typed; that somebody asked is audited. Commits.

    What the slip says is then filled in on the referral's form, in its section of the answer.
    Raises DomainError ``slip_no_code``, ``slip_check_wrong``, ``slip_unknown``, ``slip_not_issued``
    or ``slip_twice``, with nothing changed.
    """
    read = read_code(code)
    if read is None:
        raise DomainError("slip_no_code")
    folio, check = read
    if check_code(folio) != check:
        raise DomainError("slip_check_wrong", folio=folio)
    found = uow.referrals.with_folio(folio)
    blocked = seen_by(uow, desk, "follow_referrals").hidden
    found = tuple(one for one in found if one.case_id not in blocked)
    if not found:
        raise DomainError("slip_unknown", folio=folio)
    issued = [one for one in found if one.facts.is_issued]
    if len(issued) != 1:
        raise DomainError("slip_twice" if issued else "slip_not_issued", folio=folio)
    (entry,) = issued
    ask(uow, desk, "follow_referrals", entry.case_id)
    uow.audit.append(
        actor=desk.actor.id,
        action=_SLIP,
        object_id=entry.referral_id,
        at_ms=desk.clock.now_ms(),
    )
    row = _Look(uow, desk).row(entry, _district(uow, entry.case_id))
    uow.commit()
    return row


@act("follow_referrals", case="case_id")
def of_case(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> tuple[ReferralRow, ...]:
    """Return the referrals of a case, oldest first, each with what became of it."""
    found = uow.records.referring(Kind.REFERRAL, Name.CASE, case_id)
    entries = [entry for one in found if (entry := entry_of(uow, one)) is not None]
    if not entries:
        return ()
    look, district = _Look(uow, desk), _district(uow, case_id)
    return tuple(look.row(entry, district) for entry in entries)


@act("follow_referrals")
def ageing(uow: UnitOfWork, desk: Desk, now: datetime | None = None) -> tuple[AgeingRow, ...]:
    """Return every open referral of this laptop: first what asks for something to be done now, then
    by urgency, then the one whose term ends first, then the oldest.

    ``now`` is an instant with its zone, the clock's by default. Reads the rows of the open ones
    alone, however many cases there are.
    """
    look = _Look(uow, desk, now)
    seen = seen_by(uow, desk, "follow_referrals")
    rows = [
        _only_known(look.row(one.entry, one.district), one.case_code)
        if one.entry.case_id in seen.known
        else AgeingRow(
            look.row(one.entry, one.district),
            one.case_code,
            one.risk_level,
            initials_of_case(uow, one.entry.case_id) if one.is_twice else None,
        )
        for one in uow.referrals.open(seen.hidden)
    ]
    rules = desk.definitions.referrals

    def order(row: AgeingRow) -> tuple[bool, int, float, date, str]:
        one = row.referral
        due = one.due.timestamp() if one.due is not None else _LATEST
        rank = rules.urgency_rank(one.urgency)
        return (not one.needs_action, rank, due, one.issued_on or date.min, one.folio)

    return tuple(sorted(rows, key=order))


@act("follow_referrals")
def count_open(uow: UnitOfWork) -> int:
    """Return how many referrals are open."""
    return uow.referrals.count_open(seen_by(uow, None, "follow_referrals").hidden)


def _only_known(row: ReferralRow, case_code: str) -> AgeingRow:
    """Return the row of a referral of a case in reserve: that it waits, since when, and nothing of
    where to."""
    return AgeingRow(replace(row, institution="", has_conflict=False, revoked=False), case_code, "")


class _Look:
    """One look at referrals, at one instant: terms that begin and last alike are counted once."""

    def __init__(self, uow: UnitOfWork, desk: Desk, now: datetime | None = None) -> None:
        zone = desk.clock.zone()
        self._definitions = desk.definitions
        self._calendar = calendar_of(uow, desk)
        self._now = now or datetime.fromtimestamp(desk.clock.now_ms() / 1000, zone)
        self._today = self._now.astimezone(zone).date()
        self._replies: dict[tuple[str, Moment | None, str], Due | Unknown | None] = {}

    def row(self, entry: ReferralEntry, district: str) -> ReferralRow:
        """Return a referral as a list shows it; ``district`` is where its case is."""
        facts = entry.facts
        due = self._reply(facts, district) if facts.is_issued else None
        state = state_of(facts, due, self._now)
        issued_on = facts.issued.day if facts.issued else None
        waits = state in _WAITING
        revoked = facts.revoked_on is not None and facts.told_on is None
        return ReferralRow(
            referral_id=entry.referral_id,
            case_id=entry.case_id,
            folio=entry.folio,
            institution=_receiver(self._definitions, entry),
            urgency=entry.urgency,
            state=state,
            issued_on=issued_on,
            received_on=facts.received_on,
            appointment_on=facts.appointment_on,
            days=max(0, (self._today - issued_on).days) if issued_on else None,
            due=due.latest if isinstance(due, Due) and waits else None,
            is_due_unknown=isinstance(due, Unknown) and waits,
            needs_action=facts.is_issued and asks_for_action(facts, state, self._today),
            is_open=is_open(facts),
            revoked=revoked,
            stop_by=self._stop_by(facts, district) if revoked else None,
            has_conflict=entry.has_conflict,
        )

    def _reply(self, facts: ReferralFacts, district: str) -> Due | Unknown | None:
        term = self._definitions.referrals.reply_terms.get(facts.reply_within)
        if term is None:
            return None
        begun = facts.issued
        if begun is not None and term.unit is not Unit.HOUR:
            begun = Moment(begun.day)  # the time of day moves no term in days
        key = (term.code, begun, district)
        if key not in self._replies:
            rule = term.rule(ISSUE_EVENT, Clock.THIRD_PARTY)
            found = answer(rule, facts_since(ISSUE_EVENT, begun, district), self._calendar)
            self._replies[key] = found if isinstance(found, Due | Unknown) else None
        return self._replies[key]

    def _stop_by(self, facts: ReferralFacts, district: str) -> date | None:
        # The centre's own duty: of the two ends of a day, the earlier one.
        begun = Moment(facts.revoked_on) if facts.revoked_on else None
        rule = self._definitions.referrals.revocation.rule(REVOCATION_EVENT, Clock.OWN)
        found = answer(rule, facts_since(REVOCATION_EVENT, begun, district), self._calendar)
        return found.at.date() if isinstance(found, Due) else None


_WAITING: Final = frozenset({ReferralState.SENT, ReferralState.RECEIVED, ReferralState.OVERDUE})
"""While nobody answered, the term counts."""


def _receiver(definitions: Definitions, entry: ReferralEntry) -> str:
    kind = definitions.institutions.get(entry.institution)
    if kind is not None and kind.address_is_reserved:
        return kind.name
    return entry.institution_name or (kind.name if kind is not None else entry.institution)


def _district(uow: UnitOfWork, case_id: RecordId) -> str:
    """Return where the person of a case lives: the row of the case holds it, as the list does."""
    held = uow.records.fields(case_id).get(Name.SURVIVOR)
    survivor_id = named_record(held.value) if held is not None else None
    return stored_text(uow.records.fields(survivor_id), "district") if survivor_id else ""
