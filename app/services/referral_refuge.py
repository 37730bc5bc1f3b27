"""A refuge is where nobody may find it: what leads to one is neither stored nor leaves.

Rules of DS 009-2016-MIMP, art. 9 and 89. Which institutions are refuges stands in the data
(``address_is_reserved``); which fields could lead to one follows from the form: those that do not
show once a refuge is chosen, and every text that a person writes freely.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from app.domain.condition import fields_of
from app.domain.errors import DomainError
from app.domain.form import Field, FieldType
from app.domain.records import Kind, Name
from app.domain.refuge import leads_to_a_place
from app.domain.value import Value, is_answered
from app.services import forms
from app.services.ports import Desk, FieldKey
from app.services.read_models import FormFile
from app.services.values import text_of

__all__ = ["cleared", "is_reserved", "names_a_place", "refuse_place"]

_WRITTEN: Final = frozenset({FieldType.TEXT, FieldType.NARRATIVE})


def is_reserved(desk: Desk, institution: str) -> bool:
    """Return whether the place of this kind of institution is kept in reserve."""
    kind = desk.definitions.institutions.get(institution)
    return kind is not None and kind.address_is_reserved


def refuse_place(desk: Desk, file: FormFile, field_id: str, value: Value) -> None:
    """Raise DomainError when the value could lead to the refuge that the referral is for; what was
    typed stays on the screen, and nothing is stored (``refuge_place_not_stored`` for a field that
    is not asked for a refuge, ``refuge_place_in_text`` for a text with an address or telephone)."""
    institution = text_of(file, Name.INSTITUTION)
    if not isinstance(value, str) or not value.strip() or not is_reserved(desk, institution):
        return
    if any(one.id == field_id for one in _leading(desk, file, institution)):
        raise DomainError("refuge_place_not_stored")
    definition = desk.definitions.form(forms.REFERRAL_FORM).get(field_id)
    if definition is not None and definition.type in _WRITTEN and leads_to_a_place(value):
        raise DomainError("refuge_place_in_text")


def cleared(desk: Desk, file: FormFile, institution: str) -> dict[FieldKey, Value]:
    """Return what is emptied when a refuge is chosen: name, area and contact of another place, or
    of this one, typed before."""
    if not is_reserved(desk, institution):
        return {}
    return {
        FieldKey(one.kind, file.records[one.kind], one.field): None
        for one in _leading(desk, file, institution)
        if one.kind in file.records and is_answered(file.values.get(one.id))
    }


def names_a_place(desk: Desk, file: FormFile) -> bool:
    """Return whether a text of a referral to a refuge, written before it was chosen or on another
    laptop, seems to hold an address or a telephone."""
    if not is_reserved(desk, text_of(file, Name.INSTITUTION)):
        return False
    form = desk.definitions.form(forms.REFERRAL_FORM)
    return any(
        leads_to_a_place(text_of(file, one.id))
        for section in form.sections
        if not section.after_issue
        for one in section.fields
        if one.type in _WRITTEN and one.kind == Kind.REFERRAL
    )


def _leading(desk: Desk, file: FormFile, institution: str) -> Iterator[Field]:
    """Yield the texts that the form asks of other institutions, and not of a refuge."""
    form = desk.definitions.form(forms.REFERRAL_FORM)
    chosen: dict[str, Value] = {**file.values, Name.INSTITUTION: institution}
    shown = {one.id for _, one in form.shown(chosen)}
    for one in form.fields():
        depends = one.shown_when is not None and Name.INSTITUTION in fields_of(one.shown_when)
        if depends and one.type in _WRITTEN and one.id not in shown:
            yield one
