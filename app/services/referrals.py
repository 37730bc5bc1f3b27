"""Referrals: the minimum of data, bound to the consent recorded, on paper with a folio."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from app.domain.change import ChangeId, RecordId
from app.domain.consent import SharingConsent, why_not_shared
from app.domain.definitions import DataItem, Definitions
from app.domain.errors import DomainError
from app.domain.folio import check_code
from app.domain.form import Field, Problem
from app.domain.records import Kind, Name
from app.domain.value import Value
from app.services import forms
from app.services.display import shown_value
from app.services.ports import Desk, FieldKey, StoredField, UnitOfWork
from app.services.read_models import (
    CentreProfile,
    ConsentLine,
    FormFile,
    ReferralRow,
    ReferralSheet,
    SheetItem,
)

__all__ = ["DRAFT", "ISSUED", "issue", "of_case", "open_referral", "set_field", "sheet", "why_not"]

DRAFT: Final = "draft"
ISSUED: Final = "issued"

_COUNTER: Final = "referral_counter/{case_id}"


def open_referral(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> RecordId:
    """Open a referral of a case, with the minimum of data ticked; return its id. Commits.

    The folio carries the laptop's letter, so two laptops never print one folio twice.
    """
    case = uow.records.fields(case_id)
    code = case.get(Name.CODE)
    if code is None or uow.records.kind_of(case_id) != Kind.CASE:
        raise DomainError("record_unknown")
    referral_id, consent_id = desk.ids.new_record_id(), desk.ids.new_record_id()
    name = _COUNTER.format(case_id=case_id)
    number = int(uow.local.get(name) or b"0") + 1
    uow.local.put(name, str(number).encode())
    minimum = tuple(sorted(one.code for one in desk.definitions.data_items if one.by_default))
    values: dict[FieldKey, Value] = {
        FieldKey(Kind.REFERRAL, referral_id, Name.CASE): case_id,
        FieldKey(Kind.REFERRAL, referral_id, Name.CONSENT): consent_id,
        FieldKey(Kind.REFERRAL, referral_id, Name.FOLIO): (
            f"{code.value}-D{desk.device_letter}{number}"
        ),
        FieldKey(Kind.REFERRAL, referral_id, Name.STATE): DRAFT,
        FieldKey(Kind.REFERRAL, referral_id, "items"): minimum,
    }
    forms.change_fields(uow, desk, values)
    uow.commit()
    return referral_id


def set_field(
    uow: UnitOfWork,
    desk: Desk,
    referral_id: RecordId,
    field_id: str,
    value: Value,
    *,
    seen: ChangeId | forms.Current | None = forms.CURRENT,
) -> Problem | None:
    """Save one field of the referral form as :func:`app.services.forms.set_field` does.

    When she accepts, what is ticked at that moment is what the consent covers; when the institution
    cannot work without a data item (a health post needs a name), it is ticked as well and can be
    taken off again.
    """
    also: dict[FieldKey, Value] = {}
    file = forms.form_file(uow, desk, forms.REFERRAL_FORM, referral_id)
    ticked = _codes(file, "items")
    consent_id = file.records.get(Kind.CONSENT)
    if field_id == "consent_given" and value == "1" and consent_id is not None:
        # What she allowed before is never made wider by itself.
        if not _codes(file, "consent_covers"):
            also[FieldKey(Kind.CONSENT, consent_id, "covers")] = ticked
    elif field_id == "institution" and isinstance(value, str) and value != _text(file, field_id):
        institution = desk.definitions.institutions.get(value)
        if institution is not None and not institution.needs <= set(ticked):
            wider = tuple(sorted({*ticked, *institution.needs}))
            also[FieldKey(Kind.REFERRAL, referral_id, "items")] = wider
    forms.change_fields(uow, desk, also)
    return forms.set_field(uow, desk, forms.REFERRAL_FORM, referral_id, field_id, value, seen=seen)


def why_not(uow: UnitOfWork, desk: Desk, referral_id: RecordId) -> str | None:
    """Return the message id of what stands against letting the form leave, or None."""
    file = forms.form_file(uow, desk, forms.REFERRAL_FORM, referral_id)
    code = _text(file, "institution")
    if not code:
        return "referral_needs_institution"
    consent, items = _consent(file), frozenset(_codes(file, "items"))
    institution = desk.definitions.institutions.get(code)
    if institution is not None and institution.needs_express_consent:
        # Ley 30364; DS 009-2019-MC: no legal basis opens her file to her community's authorities.
        reason = why_not_shared(dataclasses.replace(consent, legal_basis=""), items)
        return "referral_needs_express_consent" if reason == "referral_needs_consent" else reason
    return why_not_shared(consent, items)


def issue(uow: UnitOfWork, desk: Desk, referral_id: RecordId, how: str) -> None:
    """Note that the form leaves (``print`` or ``pdf``), with day and hour, and audit it. Commits.

    Raises DomainError ``referral_needs_institution``, ``referral_needs_consent``,
    ``referral_needs_express_consent``, ``referral_beyond_consent``, with nothing changed.
    """
    if reason := why_not(uow, desk, referral_id):
        raise DomainError(reason)
    now = datetime.fromtimestamp(desk.clock.now_ms() / 1000, desk.clock.zone())
    values: dict[FieldKey, Value] = {
        FieldKey(Kind.REFERRAL, referral_id, Name.STATE): ISSUED,
        FieldKey(Kind.REFERRAL, referral_id, Name.ISSUED_ON): now.date().isoformat(),
        FieldKey(Kind.REFERRAL, referral_id, Name.ISSUED_TIME): now.strftime("%H:%M"),
    }
    if _stored(uow.records.fields(referral_id), Name.STATE) != ISSUED:
        forms.change_fields(uow, desk, values)
    uow.audit.append(
        actor=desk.actor.id, action=how, object_id=referral_id, at_ms=desk.clock.now_ms()
    )
    uow.commit()


def of_case(uow: UnitOfWork, case_id: RecordId) -> tuple[ReferralRow, ...]:
    """Return the referrals of a case, oldest first."""
    rows = []
    for referral_id in uow.records.referring(Kind.REFERRAL, Name.CASE, case_id):
        held = uow.records.fields(referral_id)
        rows.append(
            ReferralRow(
                referral_id=referral_id,
                case_id=case_id,
                folio=_stored(held, Name.FOLIO),
                institution=_stored(held, "institution_name") or _stored(held, "institution"),
                state=_stored(held, Name.STATE),
                issued_on=_day(_stored(held, Name.ISSUED_ON)),
            )
        )
    return tuple(rows)


def sheet(
    uow: UnitOfWork,
    desk: Desk,
    referral_id: RecordId,
    centre: CentreProfile,
    languages: tuple[str, ...],
) -> ReferralSheet:
    """Return everything that leaves on the form, and nothing else: unticked data are not in it."""
    file = forms.form_file(uow, desk, forms.REFERRAL_FORM, referral_id)
    ficha = forms.form_file(uow, desk, forms.FICHA, file.case_id)
    held = uow.records.fields(referral_id)
    ticked = frozenset(_codes(file, "items"))
    definitions = desk.definitions
    now = datetime.fromtimestamp(desk.clock.now_ms() / 1000, desk.clock.zone())
    folio = _stored(held, Name.FOLIO)

    def label(field_id: str) -> str:
        return shown_value(definitions, forms.REFERRAL_FORM, field_id, file.values.get(field_id))

    def of_ficha(field_id: str, item: str) -> str:
        value = ficha.values.get(field_id) if item in ticked else None
        return shown_value(definitions, forms.FICHA, field_id, value)

    return ReferralSheet(
        folio=folio,
        check_code=check_code(folio),
        issued_on=_day(_stored(held, Name.ISSUED_ON)) or now.date(),
        issued_time=_stored(held, Name.ISSUED_TIME) or now.strftime("%H:%M"),
        centre=centre,
        professional=desk.actor.name,
        professional_role=desk.actor.role,
        case_code=file.case_code if "case_code" in ticked else "",
        institution=_institution(definitions, file),
        area=_text(file, "area"),
        contact_person=_text(file, "contact_person"),
        contact_phone=_text(file, "contact_phone"),
        urgency=label("urgency"),
        person=_person(definitions, ficha, ticked),
        services=_labels(definitions, file, "services"),
        reason=_text(file, "reason"),
        summary=_text(file, "summary") if "summary" in ticked else "",
        violence_type=of_ficha("TIPO_VIOLENCIA", "violence_type"),
        risk_level=_text(ficha, "NIVEL_DE_RIESGO_VICTIMA") if "risk_level" in ticked else "",
        risk_valued_on=_day(_text(ficha, "risk_valued_on")) if "risk_level" in ticked else None,
        reply_within=label("reply_within"),
        consent=_consent_line(definitions, file),
        languages=languages,
    )


_ELSEWHERE: Final = frozenset({"case_code", "risk_level", "violence_type", "summary"})
"""Items with a place of their own on the form, apart from the list about the person."""


def _person(
    definitions: Definitions, ficha: FormFile, ticked: frozenset[str]
) -> tuple[SheetItem, ...]:
    # What the form no longer asks (weeks of a pregnancy corrected to "no") does not leave, either.
    asked = {one.id: one for _, one in definitions.form(forms.FICHA).shown(ficha.values)}
    items = []
    for item in definitions.data_items:
        if item.code in ticked and item.code not in _ELSEWHERE:
            items.extend(_shown(definitions, ficha, item, asked))
    return tuple(items)


def _shown(
    definitions: Definitions, ficha: FormFile, item: DataItem, asked: Mapping[str, Field]
) -> list[SheetItem]:
    found = []
    for field_id in item.fields:
        text = shown_value(definitions, forms.FICHA, field_id, ficha.values.get(field_id))
        if field_id in asked and text:
            found.append(SheetItem(field_id, asked[field_id].brief, text))
    return found


def _institution(definitions: Definitions, file: FormFile) -> str:
    code = _text(file, "institution")
    kind = definitions.institutions.get(code)
    name = _text(file, "institution_name")
    return name or (kind.name if kind else code)


def _labels(definitions: Definitions, file: FormFile, field_id: str) -> tuple[str, ...]:
    definition = definitions.form(file.form_id).get(field_id)
    if definition is None or definition.catalogue is None:
        return ()
    catalogue = definitions.catalogues[definition.catalogue]
    return tuple(catalogue.label(code) for code in _codes(file, field_id))


def _consent(file: FormFile) -> SharingConsent:
    return SharingConsent(
        is_given=file.values.get("consent_given") == "1",
        form=_text(file, "consent_form"),
        given_on=_text(file, "consent_given_on"),
        covers=frozenset(_codes(file, "consent_covers")),
        legal_basis=_text(file, "legal_basis"),
    )


def _consent_line(definitions: Definitions, file: FormFile) -> ConsentLine | None:
    consent = _consent(file)
    if not consent.is_given and not consent.legal_basis:
        return None

    def label(field_id: str) -> str:
        return shown_value(definitions, file.form_id, field_id, file.values.get(field_id))

    is_given = consent.is_given  # what stands from a consent taken back is not printed
    return ConsentLine(
        is_given=is_given,
        form=label("consent_form") if is_given else "",
        given_on=_day(consent.given_on) if is_given else None,
        language=label("consent_language"),
        interpreter=_text(file, "consent_interpreter"),
        covers=_labels(definitions, file, "consent_covers") if is_given else (),
        legal_basis=label("legal_basis"),
    )


def _codes(file: FormFile, field_id: str) -> tuple[str, ...]:
    value = file.values.get(field_id)
    return value if isinstance(value, tuple) else ()


def _text(file: FormFile, field_id: str) -> str:
    value = file.values.get(field_id)
    return value if isinstance(value, str) else ""


def _stored(held: Mapping[str, StoredField], name: str) -> str:
    stored = held.get(name)
    return stored.value if stored and isinstance(stored.value, str) else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
