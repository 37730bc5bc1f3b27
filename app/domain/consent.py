"""What the person served allowed to be shared, or the legal basis without her consent.

Attention, sharing and denuncia are three things: the first and the second are asked, each apart; of
the third she is informed (DS 009-2016-MIMP, art. 15.1). Sharing sensitive data beyond a legal
mandate needs express consent in writing: signature, fingerprint or electronic (Ley 29733, art.
13.6; DS 016-2024-JUS, art. 8), for each referral and its one receiver. Which legal basis holds for
which receiver, and against a refusal, stands in the data (``sharing.yaml``), each with its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.definitions import Institution, LegalBasis, SharingRules
from app.domain.value import Value

__all__ = [
    "NO",
    "SIGNED_FORMS",
    "WRITTEN_FORMS",
    "YES",
    "Sharing",
    "SharingConsent",
    "basis_in_force",
    "why_not_shared",
]

WRITTEN_FORMS: Final = frozenset({"firma", "huella", "electronico"})
SIGNED_FORMS: Final = frozenset({"firma", "huella"})
"""How entry into a refuge is accepted: signed, or with her fingerprint."""

YES: Final = "1"
NO: Final = "0"


@dataclass(frozen=True, slots=True)
class SharingConsent:
    """The consent to one referral, as recorded. Empty texts mean: not recorded.

    ``answer`` is :data:`YES`, :data:`NO` or empty; ``receiver`` is the code and the name of the
    institution that it was given for. ``entry_accepted`` is whether she enters a refuge by her own
    will: another question than whether her data may be shared with it.
    """

    answer: str = ""
    given_by: str = ""
    guardian_is_perpetrator: str = ""
    form: str = ""
    given_on: str = ""
    covers: frozenset[str] = frozenset()
    receiver: tuple[str, str] = ("", "")
    legal_basis: str = ""
    entry_accepted: str = ""


@dataclass(frozen=True, slots=True)
class Sharing:
    """What would leave: these items, to this receiver, today. ``age`` None: not known.

    ``authority_may_know`` and ``authority_is_kin`` are her answers about the authority of her
    community, None while they were not given.
    """

    institution: Institution
    receiver: tuple[str, str]
    items: frozenset[str]
    age: int | None
    today: date
    authority_may_know: Value = None
    authority_is_kin: Value = None


def basis_in_force(
    consent: SharingConsent, institution: Institution, rules: SharingRules
) -> LegalBasis | None:
    """Return the recorded legal basis when it holds for this receiver and this person's answer."""
    basis = rules.legal_bases.get(consent.legal_basis)
    if basis is None or institution.needs_express_consent or not basis.names(institution):
        return None
    if consent.answer == NO and not basis.outweighs_refusal:
        return None
    return basis


def why_not_shared(consent: SharingConsent, sharing: Sharing, rules: SharingRules) -> str | None:
    """Return the message id of what stands against letting these items leave, or None."""
    if basis_in_force(consent, sharing.institution, rules) is not None:
        return None
    if consent.answer == NO:
        return "referral_refused"
    if consent.answer != YES:
        if sharing.institution.needs_express_consent:
            return "referral_needs_express_consent"
        return "referral_basis_elsewhere" if consent.legal_basis else "referral_needs_consent"
    if consent.receiver != sharing.receiver:
        return "referral_needs_new_consent"
    if reason := _why_not_giver(consent, sharing.age, rules):
        return reason
    if consent.form not in WRITTEN_FORMS:
        return "referral_needs_written_form"
    if not _is_past(consent.given_on, sharing.today):
        return "referral_consent_date"
    if reason := _why_not_entry(consent, sharing) or _why_not_authority(sharing):
        return reason
    return None if sharing.items <= consent.covers else "referral_beyond_consent"


def _why_not_entry(consent: SharingConsent, sharing: Sharing) -> str | None:
    if not sharing.institution.entry_is_voluntary:
        return None
    if consent.entry_accepted != YES:
        refused = consent.entry_accepted == NO
        return "referral_entry_refused" if refused else "referral_needs_entry"
    return None if consent.form in SIGNED_FORMS else "referral_needs_signed_entry"


def _why_not_authority(sharing: Sharing) -> str | None:
    """Return what stands against telling a communal authority: who is kin of the parties, or may
    be, is not told, nor anybody whom she did not name."""
    if not sharing.institution.is_communal_authority:
        return None
    if sharing.authority_may_know != YES:
        refused = sharing.authority_may_know == NO
        return "referral_authority_refused" if refused else "referral_authority_not_asked"
    if sharing.authority_is_kin == YES:
        return "referral_authority_is_kin"
    return None if sharing.authority_is_kin == NO else "referral_authority_kin_unknown"


def _why_not_giver(consent: SharingConsent, age: int | None, rules: SharingRules) -> str | None:
    giver = rules.givers.get(consent.given_by)
    if giver is None:
        return "referral_needs_giver"
    if not giver.may_be(age):
        return "referral_giver_and_age"
    if giver.is_herself or consent.guardian_is_perpetrator == NO:
        return None
    is_perpetrator = consent.guardian_is_perpetrator == YES
    return "referral_guardian_is_perpetrator" if is_perpetrator else "referral_guardian_unknown"


def _is_past(text: str, today: date) -> bool:
    try:
        return date.fromisoformat(text) <= today
    except ValueError:
        return False
