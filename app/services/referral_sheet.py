"""What leaves on a referral: the data ticked, the consent it rests on, and how to reach her safely.

What is not ticked is not read. While her telephone must not be called, its number does not leave,
whatever is ticked, and the sheet warns.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from app.domain.change import RecordId
from app.domain.consent import NO, YES, basis_in_force, why_not_shared
from app.domain.definitions import DataItem, Definitions
from app.domain.folio import check_code
from app.domain.form import Field
from app.domain.records import Name
from app.domain.safety import TELEPHONE_FIELDS, must_not_call
from app.services import forms
from app.services.display import shown_value
from app.services.ports import Desk, UnitOfWork
from app.services.read_models import (
    CentreProfile,
    ConsentLine,
    ConsentState,
    FormFile,
    ReferralSheet,
    SheetItem,
)
from app.services.referral_consent import consent_of, sharing_of
from app.services.risk_levels import current_as_stated
from app.services.values import codes_of, day_of, stored_text, text_of

__all__ = ["compose", "without_telephone"]

_ELSEWHERE: Final = frozenset({"case_code", "risk_level", "violence_type", "summary"})
"""Items with a place of their own on the form, apart from the list about the person."""

_GIVEN: Final = (None, "referral_beyond_consent")
_INFORMED: Final = {YES: "Sí", NO: "No"}
_NOT_RECORDED: Final = "No consta"


def compose(
    uow: UnitOfWork,
    desk: Desk,
    referral_id: RecordId,
    centre: CentreProfile,
    languages: tuple[str, ...],
) -> ReferralSheet:
    """Return everything that leaves on the form now, and nothing else."""
    file = forms.form_file(uow, desk, forms.REFERRAL_FORM, referral_id)
    ficha = forms.form_file(uow, desk, forms.FICHA, file.case_id)
    held = uow.records.fields(referral_id)
    ticked = frozenset(codes_of(file, Name.ITEMS))
    definitions = desk.definitions
    now = datetime.fromtimestamp(desk.clock.now_ms() / 1000, desk.clock.zone())
    folio = stored_text(held, Name.FOLIO)
    kind = definitions.institutions.get(text_of(file, Name.INSTITUTION))
    is_reserved = kind is not None and kind.address_is_reserved
    level, valued_on = current_as_stated(uow, definitions, file.case_id)

    def label(field_id: str) -> str:
        return shown_value(definitions, forms.REFERRAL_FORM, field_id, file.values.get(field_id))

    def of_receiver(field_id: str) -> str:
        # Nothing that could lead to a refuge leaves, whatever was typed before it was chosen.
        return "" if is_reserved else text_of(file, field_id)

    def of_ficha(field_id: str, item: str) -> str:
        return _words(definitions, ficha, field_id) if item in ticked else ""

    sheet = ReferralSheet(
        folio=folio,
        check_code=check_code(folio),
        issued_on=day_of(stored_text(held, Name.ISSUED_ON)) or now.date(),
        issued_time=stored_text(held, Name.ISSUED_TIME) or now.strftime("%H:%M"),
        centre=centre,
        professional=desk.actor.name,
        professional_role=desk.actor.role,
        case_code=file.case_code if "case_code" in ticked else "",
        institution=of_receiver("institution_name") or label(Name.INSTITUTION),
        area=of_receiver("area"),
        contact_person=of_receiver("contact_person"),
        contact_phone=of_receiver("contact_phone"),
        urgency=label("urgency"),
        person=_person(definitions, ficha, ticked),
        must_not_call=False,
        services=_labels(definitions, file, "services"),
        reason=text_of(file, "reason"),
        summary=text_of(file, "summary") if "summary" in ticked else "",
        violence_type=of_ficha("TIPO_VIOLENCIA", "violence_type"),
        risk_level=level if "risk_level" in ticked else "",
        risk_valued_on=valued_on if "risk_level" in ticked else None,
        reply_within=label("reply_within"),
        consent=_consent_line(uow, desk, file, ficha),
        languages=languages,
        is_transfer=kind is not None and kind.is_another_centre and _is_yes(file, "is_transfer"),
    )
    return without_telephone(sheet) if must_not_call(ficha.values) else sheet


def _is_yes(file: FormFile, field_id: str) -> bool:
    return text_of(file, field_id) == YES


def without_telephone(sheet: ReferralSheet) -> ReferralSheet:
    """Return the sheet of somebody who must not be called: with the warning, without the number."""
    kept = tuple(one for one in sheet.person if one.code not in TELEPHONE_FIELDS)
    return dataclasses.replace(sheet, person=kept, must_not_call=True)


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
        text = _words(definitions, ficha, field_id)
        if field_id in asked and text:
            found.append(SheetItem(field_id, asked[field_id].brief, text))
    return found


def _words(definitions: Definitions, file: FormFile, field_id: str) -> str:
    return shown_value(definitions, file.form_id, field_id, file.values.get(field_id))


def _labels(definitions: Definitions, file: FormFile, field_id: str) -> tuple[str, ...]:
    definition = definitions.form(file.form_id).get(field_id)
    if definition is None or definition.catalogue is None:
        return ()
    catalogue = definitions.catalogues[definition.catalogue]
    return tuple(catalogue.label(code) for code in codes_of(file, field_id))


def _consent_line(
    uow: UnitOfWork, desk: Desk, file: FormFile, ficha: FormFile
) -> ConsentLine | None:
    """Return what the paper rests on: a basis in force, a whole consent, or a refusal; else None.

    What stands from a consent that does not hold is not printed.
    """
    sharing = sharing_of(desk, file, ficha)
    if sharing is None:
        return None
    definitions, rules = desk.definitions, desk.definitions.sharing
    consent = consent_of(uow, desk, file)

    def label(field_id: str) -> str:
        return _words(definitions, file, field_id)

    language, interpreter = label("consent_language"), text_of(file, "consent_interpreter")
    if basis_in_force(consent, sharing.institution, rules) is not None:
        informed = _INFORMED.get(text_of(file, "informed"), _NOT_RECORDED)
        return ConsentLine(
            ConsentState.BY_LAW,
            language=language,
            interpreter=interpreter,
            legal_basis=label("legal_basis"),
            informed=informed,
        )
    if consent.answer == NO:
        return ConsentLine(ConsentState.REFUSED)
    if consent.answer != YES or why_not_shared(consent, sharing, rules) not in _GIVEN:
        return None
    giver = rules.givers[consent.given_by]
    return ConsentLine(
        ConsentState.GIVEN if giver.is_herself else ConsentState.GIVEN_FOR_HER,
        given_by=label("consent_given_by"),
        form=label("consent_form"),
        given_on=day_of(consent.given_on),
        language=language,
        interpreter=interpreter,
        covers=_labels(definitions, file, "consent_covers"),
        entry=label("entry_accepted") if sharing.institution.entry_is_voluntary else "",
    )
