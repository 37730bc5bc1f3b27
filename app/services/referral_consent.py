"""The consent to a referral: for one receiver, and asked anew when the receiver changes.

A consent is a record of its own that names its referral and the institution it was given for. The
referral names the one that holds; those before it stay, and are history.
"""

from __future__ import annotations

from app.domain.change import RecordId
from app.domain.consent import NO, YES, Sharing, SharingConsent, why_not_shared
from app.domain.definitions import Definitions
from app.domain.form import Problem
from app.domain.records import Kind, Name
from app.domain.value import Value, is_answered
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.read_models import FormFile
from app.services.values import codes_of, number_of, stored_text, text_of

__all__ = [
    "answer",
    "ask_anew",
    "cautions",
    "consent_of",
    "is_withdrawn",
    "new_consent",
    "receiver",
    "sharing_of",
    "why_not",
]

_ASKED_ANEW = Problem("consent_asked_anew", {})


def new_consent(desk: Desk, referral_id: RecordId) -> dict[FieldKey, Value]:
    """Return the fields that give a referral a consent in which nothing is answered yet."""
    consent_id = desk.ids.new_record_id()
    return {
        FieldKey(Kind.REFERRAL, referral_id, Name.CONSENT): consent_id,
        FieldKey(Kind.CONSENT, consent_id, Name.REFERRAL): referral_id,
    }


def receiver(definitions: Definitions, code: str, name: str) -> tuple[str, str]:
    """Return whom a consent is for. Blanks and capitals make no other institution; a refuge has
    no name of its own."""
    kind = definitions.institutions.get(code)
    is_reserved = kind is not None and kind.address_is_reserved
    return code, "" if is_reserved else " ".join(name.split()).casefold()


def answer(file: FormFile, value: Value) -> dict[FieldKey, Value]:
    """Return what is noted when she says yes or no: for which receiver, and, with a yes, that it
    covers what is ticked at that moment. What she allowed before is never made wider by itself."""
    consent_id = file.records.get(Kind.CONSENT)
    if consent_id is None or value not in (YES, NO) or value == file.values.get("consent_given"):
        return {}
    noted: dict[FieldKey, Value] = {
        FieldKey(Kind.CONSENT, consent_id, name): text_of(file, name) or None
        for name in (Name.INSTITUTION, Name.INSTITUTION_NAME)
    }
    if value == YES and not codes_of(file, "consent_covers"):
        noted[FieldKey(Kind.CONSENT, consent_id, "covers")] = codes_of(file, Name.ITEMS) or None
    return noted


def ask_anew(
    desk: Desk, file: FormFile, changed: tuple[str, str]
) -> tuple[dict[FieldKey, Value], Problem | None]:
    """Return a new consent, with the remark that says so, when the receiver becomes another one
    and the present consent was answered; nothing otherwise."""
    definitions = desk.definitions
    held = (text_of(file, one) for one in (Name.INSTITUTION, Name.INSTITUTION_NAME))
    before = receiver(definitions, *held)
    if before == receiver(definitions, *changed) or not _is_recorded(desk, file):
        return {}, None
    return new_consent(desk, file.anchor_id), _ASKED_ANEW


def _is_recorded(desk: Desk, file: FormFile) -> bool:
    form = desk.definitions.form(file.form_id)
    return any(
        is_answered(view.value)
        for name, view in file.fields.items()
        if (field := form.get(name)) is not None and field.kind == Kind.CONSENT
    )


def consent_of(uow: UnitOfWork, desk: Desk, file: FormFile) -> SharingConsent:
    """Return the consent as it is recorded."""
    held = uow.records.fields(file.records[Kind.CONSENT]) if Kind.CONSENT in file.records else {}
    return SharingConsent(
        answer=text_of(file, "consent_given"),
        given_by=text_of(file, "consent_given_by"),
        guardian_is_perpetrator=text_of(file, "guardian_is_perpetrator"),
        form=text_of(file, "consent_form"),
        given_on=text_of(file, "consent_given_on"),
        covers=frozenset(codes_of(file, "consent_covers")),
        receiver=receiver(
            desk.definitions,
            stored_text(held, Name.INSTITUTION),
            stored_text(held, Name.INSTITUTION_NAME),
        ),
        legal_basis=text_of(file, "legal_basis"),
        entry_accepted=text_of(file, "entry_accepted"),
    )


def sharing_of(desk: Desk, file: FormFile, ficha: FormFile) -> Sharing | None:
    """Return what would leave, or None while no institution of the list is chosen."""
    institution = desk.definitions.institutions.get(text_of(file, Name.INSTITUTION))
    if institution is None:
        return None
    return Sharing(
        institution=institution,
        receiver=receiver(desk.definitions, institution.code, text_of(file, "institution_name")),
        items=frozenset(codes_of(file, Name.ITEMS)),
        age=number_of(ficha, "EDAD_VICTIMA"),
        today=desk.clock.today(),
        authority_may_know=_asked(desk, ficha, "authority_may_know"),
        authority_is_kin=_asked(desk, ficha, "authority_is_kin"),
    )


def why_not(uow: UnitOfWork, desk: Desk, file: FormFile, ficha: FormFile) -> str | None:
    """Return the message id of what stands against sharing, or None."""
    sharing = sharing_of(desk, file, ficha)
    if sharing is None:
        return "referral_needs_institution"
    consent = consent_of(uow, desk, file)
    if not consent.answer and not consent.legal_basis and _was_asked_before(uow, file.anchor_id):
        return "referral_needs_new_consent"
    return why_not_shared(consent, sharing, desk.definitions.sharing)


def is_withdrawn(desk: Desk, file: FormFile) -> bool:
    """Return whether she took back, after it left, the consent that the referral rests on, or said
    no before one laptop while another printed it. What the law obliges to report does not rest on
    one."""
    if not is_answered(file.values.get("revoked_on")) and text_of(file, "consent_given") != NO:
        return False
    basis = desk.definitions.sharing.legal_bases.get(text_of(file, "legal_basis"))
    institution = desk.definitions.institutions.get(text_of(file, Name.INSTITUTION))
    if basis is None or institution is None or not basis.outweighs_refusal:
        return True
    return not basis.names(institution)


def cautions(desk: Desk, file: FormFile, ficha: FormFile) -> tuple[str, ...]:
    """Return the message ids of what deserves a second look and keeps nothing from leaving: that
    she was not informed of a legal basis, that the interpreter knows the parties, or that nobody
    asked whether."""
    found = []
    if text_of(file, "legal_basis") and text_of(file, "informed") != YES:
        found.append("referral_not_informed")
    knows = {text_of(file, "interpreter_knows"), _asked(desk, ficha, "interpreter_knows_parties")}
    if YES in knows:
        found.append("referral_interpreter_knows")
    elif text_of(file, "consent_interpreter") and not text_of(file, "interpreter_knows"):
        found.append("referral_interpreter_not_asked")
    return tuple(found)


def _asked(desk: Desk, ficha: FormFile, field_id: str) -> Value:
    """Return what the ficha answers while it asks for it: what stands behind a question that shows
    no longer is no answer."""
    asked = {one.id for _, one in desk.definitions.form(ficha.form_id).shown(ficha.values)}
    return ficha.values.get(field_id) if field_id in asked else None


def _was_asked_before(uow: UnitOfWork, referral_id: RecordId) -> bool:
    changes = uow.changes.history(FieldKey(Kind.REFERRAL, referral_id, Name.CONSENT))
    return len({one.value for one in changes}) > 1
