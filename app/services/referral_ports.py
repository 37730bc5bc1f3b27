"""What the referrals need from the storage: a derived row of each, and those that are open."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from app.domain.change import RecordId
from app.domain.referral import ReferralFacts

__all__ = ["OpenReferral", "ReferralEntry", "ReferralIndex"]


@dataclass(frozen=True, slots=True)
class ReferralEntry:
    """A referral as its records say. ``has_conflict``: two laptops recorded different things, and a
    person has to choose."""

    referral_id: RecordId
    case_id: RecordId
    folio: str
    institution: str
    institution_name: str
    urgency: str
    facts: ReferralFacts
    has_conflict: bool = False


@dataclass(frozen=True, slots=True)
class OpenReferral:
    """An open referral with what the list of cases shows of its case; empty texts while the case
    has not arrived, or was taken back. ``is_twice``: another one bears its folio, open or not."""

    entry: ReferralEntry
    case_code: str
    risk_level: str
    district: str
    is_twice: bool = False


class ReferralIndex(Protocol):
    """A row a referral, derived from the records; rebuilt from the change log at any time."""

    def put(self, entry: ReferralEntry) -> None:
        """Write or replace the row of a referral."""

    def remove(self, referral_id: RecordId) -> None:
        """Drop the row of a referral, if there is one."""

    def open(self, hidden: Collection[RecordId] = ()) -> tuple[OpenReferral, ...]:
        """Return every open referral (:func:`app.domain.referral.is_open`), in no order; none of
        ``hidden`` cases."""

    def count_open(self, hidden: Collection[RecordId] = ()) -> int:
        """Return how many are open, without those of ``hidden`` cases."""

    def with_folio(self, folio: str) -> tuple[ReferralEntry, ...]:
        """Return the referrals of a folio, however many bear it, oldest first."""

    def folios(self, beginning: str) -> frozenset[str]:
        """Return the folios that begin so and go on with a digit, whatever case they are of."""

    def clear(self) -> None:
        """Drop every row (a rebuild follows in the same transaction)."""
