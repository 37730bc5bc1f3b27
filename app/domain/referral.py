"""What became of a referral: its state follows from dated facts, never from a state that somebody
sets.

Whoever knows the same facts shows the same state, so two laptops cannot disagree in silence: when
they recorded different answers, the field of the answer is in conflict and a person chooses. The
term for an answer is what the centre asked for (no norm sets one).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from app.domain.catalogue import Source
from app.domain.deadline import Answer, Clock, DeadlineRule, Due
from app.domain.facts import CaseFacts, Moment, Occurrence
from app.domain.term import Unit

__all__ = [
    "ISSUE_EVENT",
    "REVOCATION_EVENT",
    "Outcome",
    "ReferralFacts",
    "ReferralRules",
    "ReferralState",
    "ReferralTerm",
    "asks_for_action",
    "facts_since",
    "is_open",
    "outcome_of",
    "state_of",
]

ISSUE_EVENT: Final = "referral_issued"
REVOCATION_EVENT: Final = "referral_consent_revoked"
"""The events that the two terms of a referral count from."""


class ReferralState(enum.Enum):
    """What became of a referral; the values are codes of the catalogue ``estado_derivacion``."""

    DRAFT = "draft"
    SENT = "sent"
    RECEIVED = "received"
    APPOINTMENT = "appointment"
    OVERDUE = "overdue"
    NOT_ARRIVED = "not_arrived"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"
    ATTENDED = "attended"


class Outcome(enum.Enum):
    """What the receiver answered on the return slip: codes of ``resultado_derivacion``."""

    ATTENDED = "attended"
    APPOINTMENT = "appointment"
    NOT_ARRIVED = "not_arrived"
    REFUSED = "refused"


_STATE_OF: Final[Mapping[Outcome, ReferralState]] = {
    Outcome.ATTENDED: ReferralState.ATTENDED,
    Outcome.APPOINTMENT: ReferralState.APPOINTMENT,
    Outcome.NOT_ARRIVED: ReferralState.NOT_ARRIVED,
    Outcome.REFUSED: ReferralState.REFUSED,
}
_UNSETTLED: Final = frozenset({Outcome.NOT_ARRIVED, Outcome.REFUSED})
"""Answered, and she is without attention all the same: somebody has to see what comes next."""


@dataclass(frozen=True, slots=True)
class ReferralFacts:
    """What is recorded of a referral that may have left. None: not recorded.

    ``answer`` is the code that was recorded, also one that this version does not know.
    ``revoked_on`` is the day on which she took back her consent after it had left, ``told_on`` the
    day on which the receiver was told.
    """

    is_issued: bool = False
    issued: Moment | None = None
    reply_within: str = ""
    received_on: date | None = None
    answer: str = ""
    attended_on: date | None = None
    refused_on: date | None = None
    appointment_on: date | None = None
    no_answer_on: date | None = None
    followed_up_on: date | None = None
    revoked_on: date | None = None
    told_on: date | None = None


@dataclass(frozen=True, slots=True)
class ReferralTerm:
    """How long an answer may take, or how soon sharing must stop: data, with its source."""

    code: str
    amount: int
    unit: Unit
    source: Source

    def rule(self, starts_at: str, clock: Clock) -> DeadlineRule:
        """Return the term as a rule of the deadline engine, counted from an event."""
        return DeadlineRule(
            id=f"{starts_at}_{self.code}",
            title="",
            actor="",
            clock=clock,
            amount=self.amount,
            unit=self.unit,
            starts_at=starts_at,
            source=self.source,
        )


@dataclass(frozen=True, slots=True)
class ReferralRules:
    """The terms of referrals: for an answer by the code of ``plazo_respuesta``, and the one in
    which sharing stops after a consent was taken back. ``urgencies`` are the codes of ``urgencia``,
    the most urgent first."""

    reply_terms: Mapping[str, ReferralTerm]
    revocation: ReferralTerm
    urgencies: tuple[str, ...] = ()

    def urgency_rank(self, code: str) -> int:
        """Return 0 for the most urgent; what is not recorded or not known comes before the least
        urgent."""
        if code in self.urgencies:
            return 2 * self.urgencies.index(code)
        return max(0, 2 * len(self.urgencies) - 3)


def outcome_of(facts: ReferralFacts) -> Outcome | None:
    """Return what was answered, or None. A date without an answer is an answer; of two such dates
    the refusal counts, for it asks for something to be done."""
    try:
        return Outcome(facts.answer)
    except ValueError:
        pass
    if facts.answer:
        return None  # a newer version knows what it means
    if facts.refused_on:
        return Outcome.REFUSED
    return Outcome.ATTENDED if facts.attended_on else None


def state_of(facts: ReferralFacts, reply: Answer | None, now: datetime) -> ReferralState:
    """Return the state at this instant. ``reply`` is what the deadline engine says of the term that
    was asked for, None when none was.

    A term is over only when its latest end is past, and never while that end is not known. That the
    paper was received is no answer yet: such a referral can be overdue.
    """
    if not facts.is_issued:
        return ReferralState.DRAFT
    outcome = outcome_of(facts)
    if outcome is not None:
        return _STATE_OF[outcome]
    if facts.answer:
        return ReferralState.RECEIVED
    if facts.no_answer_on is not None:
        return ReferralState.NO_ANSWER
    if isinstance(reply, Due) and now > reply.latest:
        return ReferralState.OVERDUE
    return ReferralState.SENT if facts.received_on is None else ReferralState.RECEIVED


def is_open(facts: ReferralFacts) -> bool:
    """Return whether somebody still has to look after it. No clock: only facts close a referral.

    It is open until it was attended, or given up as without an answer, or, where she did not arrive
    or was refused, until the follow-up was recorded; and while the receiver has not been told of a
    consent taken back.
    """
    if not facts.is_issued:
        return False
    if facts.revoked_on is not None and facts.told_on is None:
        return True
    outcome = outcome_of(facts)
    if outcome is Outcome.ATTENDED:
        return False
    if outcome in _UNSETTLED:
        return facts.followed_up_on is None
    return facts.no_answer_on is None or outcome is Outcome.APPOINTMENT


def asks_for_action(facts: ReferralFacts, state: ReferralState, today: date) -> bool:
    """Return whether an open referral asks for something to be done now: its term is over, she did
    not arrive, she was refused, her appointment has passed and nobody knows whether she was seen,
    or she took her consent back and the receiver was not told."""
    if facts.revoked_on is not None and facts.told_on is None:
        return True
    if state is ReferralState.APPOINTMENT:
        return facts.appointment_on is not None and facts.appointment_on < today
    return state in (ReferralState.OVERDUE, ReferralState.NOT_ARRIVED, ReferralState.REFUSED)


def facts_since(event: str, moment: Moment | None, district: str) -> CaseFacts:
    """Return what a term of a referral counts from: :data:`ISSUE_EVENT` or
    :data:`REVOCATION_EVENT`, at a moment that may not be known."""
    return CaseFacts({}, (Occurrence(event, moment),), district)
