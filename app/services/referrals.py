"""Referrals: the minimum of data, bound to the consent recorded, on paper with a folio.

A draft is filled in like any form. Once issued it is what left: nothing of it can be changed, a
second print is the same paper, and another one is a new referral with its own folio and consent.
What comes after (the answer, the follow-up, a consent taken back) has sections of its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.form import Problem
from app.domain.records import Kind, Name
from app.domain.safety import must_not_call
from app.domain.value import Value, set_value
from app.services import forms, referral_consent, referral_refuge, transfers
from app.services.access import act
from app.services.issued_sheet import Issued, read_issued, write_issued
from app.services.ports import Desk, FieldKey, StoredField, UnitOfWork
from app.services.read_models import CentreProfile, FormFile, ReferralSheet
from app.services.referral_sheet import compose, without_telephone
from app.services.values import codes_of, stored_codes, stored_text, text_of

__all__ = [
    "DRAFT",
    "ISSUED",
    "cautions",
    "issue",
    "open_like",
    "open_referral",
    "set_field",
    "sheet",
    "state_of",
    "why_not",
]

DRAFT: Final = "draft"
ISSUED: Final = "issued"

_COUNTER: Final = "referral_counter/{case_id}"
_RECEIVING_FICHA: Final = "receiving_ficha"
_RECEIVER: Final = (Name.INSTITUTION, Name.INSTITUTION_NAME)


@act("refer", case="case_id")
def open_referral(uow: UnitOfWork, desk: Desk, case_id: RecordId) -> RecordId:
    """Open a referral of a case, with the minimum of data ticked; return its id. Commits.

    The folio carries the laptop's letter, so two laptops never print one folio twice.
    """
    minimum = set_value([one.code for one in desk.definitions.data_items if one.by_default])
    return _open(uow, desk, case_id, {Name.ITEMS: minimum})


@act("refer", record="referral_id")
def open_like(uow: UnitOfWork, desk: Desk, referral_id: RecordId) -> RecordId:
    """Open a new referral with what another one says: its own folio, its consent still to be
    asked. Commits."""
    file = forms.form_file(uow, desk, forms.REFERRAL_FORM, referral_id)
    form = desk.definitions.form(forms.REFERRAL_FORM)
    held = uow.records.fields(referral_id)
    names = [
        one.field
        for section in form.sections
        if not section.after_issue
        for one in section.fields
        if one.kind == Kind.REFERRAL
    ] + [Name.NEEDED_ITEMS]
    return _open(uow, desk, file.case_id, {one: held[one].value for one in names if one in held})


@act("refer", record="referral_id")
def set_field(
    uow: UnitOfWork,
    desk: Desk,
    referral_id: RecordId,
    field_id: str,
    value: Value,
    *,
    seen: forms.Seen = forms.CURRENT,
) -> Problem | None:
    """Save one field of the referral form as :func:`app.services.forms.set_field` does.

    When she answers, what is ticked and chosen at that moment is what the consent is about. When
    the institution becomes another one, a consent already answered gives way to a new one; what
    the new institution cannot work without is ticked, and can be taken off again; what only the
    former one needed is not shared any more.

    A section that is filled in once the form has left takes what comes after, nothing else does.
    What could lead to a refuge is not stored.

    Raises DomainError ``referral_issued``, ``referral_not_issued``, ``refuge_place_not_stored`` and
    ``refuge_place_in_text`` as well, with nothing changed.
    """
    is_draft = state_of(uow, referral_id) == DRAFT
    section = desk.definitions.form(forms.REFERRAL_FORM).section_of(field_id)
    if is_draft is (section is not None and section.after_issue):
        raise DomainError("referral_not_issued" if is_draft else "referral_issued")
    file = forms.form_file(uow, desk, forms.REFERRAL_FORM, referral_id)
    referral_refuge.refuse_place(desk, file, field_id, value)
    if not is_draft:
        if field_id == _RECEIVING_FICHA:
            noted = transfers.number_that_came_back(uow, desk, file, value)
            forms.change_fields(uow, desk, noted)
        return forms.set_field(
            uow, desk, forms.REFERRAL_FORM, referral_id, field_id, value, seen=seen
        )
    also: dict[FieldKey, Value] = {}
    remark = None
    if field_id in _RECEIVER:
        chosen = value.strip() if isinstance(value, str) else ""
        code, name = (chosen if one == field_id else text_of(file, one) for one in _RECEIVER)
        also, remark = referral_consent.ask_anew(desk, file, (code, name))
        if field_id == Name.INSTITUTION:
            also |= _items_for(uow, desk, file, code)
            also |= referral_refuge.cleared(desk, file, code)
    elif field_id == "consent_given":
        also = referral_consent.answer(file, value)
    elif field_id == Name.ITEMS:
        also = _ticked_by_hand(uow, file, value)
    forms.change_fields(uow, desk, also)
    seen = _of_this_record(uow, desk, referral_id, field_id, seen)
    problem = forms.set_field(
        uow, desk, forms.REFERRAL_FORM, referral_id, field_id, value, seen=seen
    )
    return problem or remark


@act("refer", record="referral_id", looks=True)
def why_not(uow: UnitOfWork, desk: Desk, referral_id: RecordId) -> str | None:
    """Return the message id of what stands against letting the form leave, or None.

    What was issued may be printed again: it was asked about when it left. Not so when she took her
    consent back since: another print would be another sharing.
    """
    file = forms.form_file(uow, desk, forms.REFERRAL_FORM, referral_id)
    if _has_conflict(uow, desk, file):
        return "referral_has_conflict"
    kept = stored_text(uow.records.fields(referral_id), Name.ISSUED_SHEET)
    if kept:
        if referral_consent.is_withdrawn(desk, file):
            return "referral_consent_withdrawn"
        return None if read_issued(kept) is not None else "referral_other_version"
    if referral_refuge.names_a_place(desk, file):
        return "refuge_place_in_text"
    ficha = forms.form_file(uow, desk, forms.FICHA, file.case_id)
    return referral_consent.why_not(uow, desk, file, ficha)


@act("refer", record="referral_id", looks=True)
def cautions(uow: UnitOfWork, desk: Desk, referral_id: RecordId) -> tuple[str, ...]:
    """Return the message ids of what deserves a second look before a draft leaves; none of them
    keeps it. Of what left there are none."""
    if state_of(uow, referral_id) != DRAFT:
        return ()
    file = forms.form_file(uow, desk, forms.REFERRAL_FORM, referral_id)
    ficha = forms.form_file(uow, desk, forms.FICHA, file.case_id)
    incomplete = ("referral_incomplete",) if file.missing else ()
    return (*incomplete, *referral_consent.cautions(desk, file, ficha))


@act("refer", record="referral_id")
def issue(
    uow: UnitOfWork,
    desk: Desk,
    referral_id: RecordId,
    how: str,
    centre: CentreProfile,
    languages: tuple[str, ...],
    *,
    hand_over: Callable[[ReferralSheet], None] | None = None,
) -> ReferralSheet:
    """Note that the form leaves (``print`` or ``pdf``), with day and hour, and audit it; return
    what leaves. Commits. Of an issued one the same paper leaves once more, and that is audited.

    ``hand_over`` gets the sheet before the commit: when it raises, nothing was noted. Raises
    DomainError with the reason of :func:`why_not`, with nothing changed.
    """
    if reason := why_not(uow, desk, referral_id):
        raise DomainError(reason)
    issued = _issued(uow, referral_id)
    action = how if issued is None else f"{how}_again"
    if issued is None:
        issued = _issue(uow, desk, referral_id, centre, languages)
    paper = _as_today(uow, desk, referral_id, issued.sheet, languages)
    uow.audit.append(
        actor=desk.actor.id,
        action=action,
        object_id=referral_id,
        at_ms=desk.clock.now_ms(),
        detail=" ".join((issued.institution, *issued.items)),
    )
    if hand_over is not None:
        hand_over(paper)
    uow.commit()
    return paper


@act("follow_referrals", record="referral_id")
def state_of(uow: UnitOfWork, referral_id: RecordId) -> str:
    """Return whether a referral is a draft or has left, as it was recorded: :data:`DRAFT` or
    :data:`ISSUED`. What became of it since is :mod:`app.services.referral_answers`."""
    return stored_text(uow.records.fields(referral_id), Name.STATE) or DRAFT


@act("refer", record="referral_id", looks=True)
def sheet(
    uow: UnitOfWork,
    desk: Desk,
    referral_id: RecordId,
    centre: CentreProfile,
    languages: tuple[str, ...],
) -> ReferralSheet:
    """Return everything that leaves on the form, and nothing else: unticked data are not in it.

    Of an issued referral it is what left, save for her telephone if it must not be called by now.
    """
    issued = _issued(uow, referral_id)
    if issued is None:
        return compose(uow, desk, referral_id, centre, languages)
    return _as_today(uow, desk, referral_id, issued.sheet, languages)


def _open(uow: UnitOfWork, desk: Desk, case_id: RecordId, content: Mapping[str, Value]) -> RecordId:
    code = stored_text(uow.records.fields(case_id), Name.CODE)
    if not code or uow.records.kind_of(case_id) != Kind.CASE:
        raise DomainError("record_unknown")
    referral_id = desk.ids.new_record_id()
    own: dict[str, Value] = {
        Name.CASE: case_id,
        Name.FOLIO: _next_folio(uow, desk, case_id, code),
        Name.STATE: DRAFT,
        **content,
    }
    values = {FieldKey(Kind.REFERRAL, referral_id, one): value for one, value in own.items()}
    forms.change_fields(uow, desk, values | referral_consent.new_consent(desk, referral_id))
    uow.commit()
    return referral_id


def _next_folio(uow: UnitOfWork, desk: Desk, case_id: RecordId, code: str) -> str:
    name = _COUNTER.format(case_id=case_id)
    others = uow.records.referring(Kind.REFERRAL, Name.CASE, case_id)
    own = {stored_text(uow.records.fields(one), Name.FOLIO) for one in others}
    number = int(uow.local.get(name) or b"0") + 1
    # A counter that a restored copy brought back must not give a folio that stands on a paper; nor
    # one that a paper of another case of this number bears.
    beginning = f"{code}-D{desk.device_letter}"
    taken = own | uow.referrals.folios(beginning)
    while (folio := f"{beginning}{number}") in taken:
        number += 1
    uow.local.put(name, str(number).encode())
    return folio


def _has_conflict(uow: UnitOfWork, desk: Desk, file: FormFile) -> bool:
    """Return whether two laptops wrote different things into what leaves. What came after does not
    alter the paper."""
    form = desk.definitions.form(forms.REFERRAL_FORM)
    after = {
        (one.kind, one.field) for part in form.sections if part.after_issue for one in part.fields
    }
    return any(
        stored.is_conflict and (kind, name) not in after
        for kind, record_id in file.records.items()
        for name, stored in uow.records.fields(record_id).items()
    )


def _issue(
    uow: UnitOfWork,
    desk: Desk,
    referral_id: RecordId,
    centre: CentreProfile,
    languages: tuple[str, ...],
) -> Issued:
    def note(values: Mapping[str, Value]) -> None:
        keys = {FieldKey(Kind.REFERRAL, referral_id, one): v for one, v in values.items()}
        forms.change_fields(uow, desk, keys)

    now = datetime.fromtimestamp(desk.clock.now_ms() / 1000, desk.clock.zone())
    note(
        {
            Name.STATE: ISSUED,
            Name.ISSUED_ON: now.date().isoformat(),
            Name.ISSUED_TIME: now.strftime("%H:%M"),
        }
    )
    held = uow.records.fields(referral_id)
    known = {one.code for one in desk.definitions.data_items}
    issued = Issued(
        institution=stored_text(held, Name.INSTITUTION),
        items=tuple(one for one in stored_codes(held, Name.ITEMS) if one in known),
        sheet=compose(uow, desk, referral_id, centre, languages),
    )
    note({Name.ISSUED_SHEET: write_issued(issued)})
    return issued


def _issued(uow: UnitOfWork, referral_id: RecordId) -> Issued | None:
    return read_issued(stored_text(uow.records.fields(referral_id), Name.ISSUED_SHEET))


def _as_today(
    uow: UnitOfWork,
    desk: Desk,
    referral_id: RecordId,
    issued: ReferralSheet,
    languages: tuple[str, ...],
) -> ReferralSheet:
    paper = dataclasses.replace(issued, languages=languages)
    file = forms.form_file(uow, desk, forms.REFERRAL_FORM, referral_id)
    ficha = forms.form_file(uow, desk, forms.FICHA, file.case_id)
    return without_telephone(paper) if must_not_call(ficha.values) else paper


def _items_for(
    uow: UnitOfWork, desk: Desk, file: FormFile, institution: str
) -> dict[FieldKey, Value]:
    """Return what is ticked when this institution is chosen: what it needs comes, what only the
    one before needed goes, what a person ticked stays."""
    kind = desk.definitions.institutions.get(institution)
    needs = kind.needs if kind is not None else frozenset()
    ticked = set(codes_of(file, Name.ITEMS))
    needed = set(_needed(uow.records.fields(file.anchor_id)))
    gone, new = needed - needs, needs - ticked
    return _ticks(file, (ticked - gone) | new, (needed - gone) | new)


def _ticked_by_hand(uow: UnitOfWork, file: FormFile, value: Value) -> dict[FieldKey, Value]:
    """Return what is still ticked for the institution's sake: what was taken off and ticked again
    is somebody's own choice."""
    ticked = value if isinstance(value, tuple) else ()
    needed = set(_needed(uow.records.fields(file.anchor_id)))
    return {_key(file, Name.NEEDED_ITEMS): set_value(needed & set(ticked)) or None}


def _ticks(file: FormFile, ticked: set[str], needed: set[str]) -> dict[FieldKey, Value]:
    return {
        _key(file, Name.ITEMS): set_value(ticked) or None,
        _key(file, Name.NEEDED_ITEMS): set_value(needed) or None,
    }


def _needed(held: Mapping[str, StoredField]) -> tuple[str, ...]:
    return stored_codes(held, Name.NEEDED_ITEMS)


def _key(file: FormFile, name: str) -> FieldKey:
    return FieldKey(Kind.REFERRAL, file.anchor_id, name)


def _of_this_record(
    uow: UnitOfWork, desk: Desk, referral_id: RecordId, field_id: str, seen: forms.Seen
) -> forms.Seen:
    """Leave out what stood on the screen from a consent that another one took the place of."""
    definition = desk.definitions.form(forms.REFERRAL_FORM).get(field_id)
    if isinstance(seen, forms.Current) or definition is None or definition.kind != Kind.CONSENT:
        return seen
    file = forms.form_file(uow, desk, forms.REFERRAL_FORM, referral_id)
    key = FieldKey(Kind.CONSENT, file.records[Kind.CONSENT], definition.field)
    known = {one.id for one in uow.changes.history(key)}
    return tuple(one for one in seen if one in known)
