"""What the person served allowed to be shared, or the legal basis without her consent.

Attention, sharing and denuncia are three things. Sharing sensitive data beyond a legal mandate
needs express consent in writing: signature, fingerprint or electronic (Ley 29733, art. 13.6; DS
016-2024-JUS, art. 8), for each referral; a legal basis (art. 14.1, 14.13; DS 009-2016-MIMP,
art. 15) stands without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["WRITTEN_FORMS", "SharingConsent", "why_not_shared"]

WRITTEN_FORMS: Final = frozenset({"firma", "huella", "electronico"})


@dataclass(frozen=True, slots=True)
class SharingConsent:
    """The consent to one referral, as recorded. Empty texts mean: not recorded."""

    is_given: bool
    form: str
    given_on: str
    covers: frozenset[str]
    legal_basis: str


def why_not_shared(consent: SharingConsent | None, items: frozenset[str]) -> str | None:
    """Return the message id of what stands against letting these items leave, or None."""
    if consent is None:
        return "referral_needs_consent"
    if consent.legal_basis:
        return None
    if not consent.is_given or consent.form not in WRITTEN_FORMS or not consent.given_on:
        return "referral_needs_consent"
    if not items <= consent.covers:
        return "referral_beyond_consent"
    return None
