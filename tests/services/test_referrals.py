"""A referral leaves with what was ticked, for the receiver she accepted, and then stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, event, select

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.form import Problem
from app.domain.records import Kind, Name
from app.domain.value import Absent, Value
from app.services import conflicts, forms, referrals
from app.services.case_file import cases_of, records_of
from app.services.ports import FieldKey
from app.services.read_models import CaseFilter, CentreProfile, ConsentState, ReferralSheet
from db.schema import audit
from tests.support.laptops import Laptop, exchange

CENTRE = CentreProfile(
    "CEM Inventado", "Programa", "Ministerio", "Jr. Inventado 1", "041", "010404"
)
TODAY, TOMORROW = "2026-11-26", "2026-11-27"
ACCEPTS: dict[str, Value] = {
    "consent_given": "1",
    "consent_given_by": "usuaria",
    "consent_form": "huella",
    "consent_given_on": TODAY,
}
AUTHORITY: dict[str, Value] = {
    "community_authority": "Apu Inventado",
    "authority_is_kin": "0",
    "authority_may_know": "1",
}
CASE: dict[str, Value] = {
    "names": "Nantip",
    "surname_1": "Inventada",
    "document_type": "dni",
    "document_number": "99990001",
    "EDAD_VICTIMA": 34,
    "SEXO_VICTIMA": "0",
    "NIVEL_DE_RIESGO_VICTIMA": "3",
    "district": "010404",
    "address": "Casa inventada junto al río",
    "safe_phone": "999 000 001",
    "safe_phone_answered_by": "ella",
    "leave_message": "1",
    "safe_hours": "lunes de 8 a 11",
    "aggressor_sees_phone": "0",
    "relato": "Relato inventado que no sale",
}


def fill(laptop: Laptop, referral_id: RecordId, **values: Value) -> list[Problem]:
    """Fill in fields of the referral, each saved on its own; return the remarks."""
    remarks = []
    for name, value in values.items():
        remark = laptop.run(
            lambda uow, n=name, v=value: referrals.set_field(  # type: ignore[misc]
                uow, laptop.desk, referral_id, n, v
            )
        )
        remarks += [remark] if remark else []
    return remarks


def open_for(laptop: Laptop, case_id: RecordId, **values: Value) -> RecordId:
    opened = laptop.run(lambda uow: referrals.open_referral(uow, laptop.desk, case_id))
    fill(laptop, opened, **values)
    return opened


def refer(laptop: Laptop, *, of: dict[str, Value] | None = None, **values: Value) -> RecordId:
    """Open a case and a referral of it."""
    case_id = laptop.open_case()
    laptop.fill(case_id, **CASE | (of or {}))
    return open_for(laptop, case_id, **values)


def give_number_of(laptop: Laptop, one: RecordId, other: RecordId) -> None:
    """Let the second case bear the number of the first, as a copy of a laptop may give it."""

    def write(uow):
        code = uow.records.fields(one)[Name.CODE].value
        forms.change_fields(uow, laptop.desk, {FieldKey(Kind.CASE, other, Name.CODE): code})
        uow.commit()

    laptop.run(write)


def why_not(laptop: Laptop, referral_id: RecordId) -> str | None:
    return laptop.run(lambda uow: referrals.why_not(uow, laptop.desk, referral_id))


def sheet(laptop: Laptop, referral_id: RecordId) -> ReferralSheet:
    return laptop.run(lambda uow: referrals.sheet(uow, laptop.desk, referral_id, CENTRE, ("es",)))


def issue(laptop: Laptop, referral_id: RecordId, how: str = "print") -> ReferralSheet:
    return laptop.run(
        lambda uow: referrals.issue(uow, laptop.desk, referral_id, how, CENTRE, ("es",))
    )


def form(laptop: Laptop, referral_id: RecordId) -> dict[str, Value]:
    file = laptop.run(
        lambda uow: forms.form_file(uow, laptop.desk, forms.REFERRAL_FORM, referral_id)
    )
    return {name: value for name, value in file.values.items() if value is not None}


def consent_id(laptop: Laptop, referral_id: RecordId) -> RecordId:
    held = laptop.run(lambda uow: uow.records.fields(referral_id))
    return RecordId(str(held[Name.CONSENT].value))


def audited(laptop: Laptop, referral_id: RecordId) -> list[tuple[str, str]]:
    with laptop.store._engine.connect() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.number)).all()
    return [
        (one.action, one.detail)
        for one in rows
        if one.object_id == referral_id and one.action != "edit"
    ]


def texts(sheet: ReferralSheet) -> str:
    """Everything that stands on the sheet."""
    return repr(sheet)


# What may leave.


def test_with_her_consent_for_this_receiver_it_may_leave(laptop: Laptop) -> None:
    referral = refer(laptop, institution="eess", reason="Atención", **ACCEPTS)
    assert why_not(laptop, referral) is None
    line = sheet(laptop, referral).consent
    assert line is not None
    assert (line.state, line.given_by) == (ConsentState.GIVEN, "La persona usuaria")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "referral_needs_institution"),
        ({"institution": "Centro de Salud a mano"}, "referral_needs_institution"),
        ({"institution": "eess"}, "referral_needs_consent"),
        ({"institution": "eess", **ACCEPTS, "consent_given": "0"}, "referral_refused"),
        ({"institution": "eess", **ACCEPTS, "consent_given_by": None}, "referral_needs_giver"),
        ({"institution": "eess", **ACCEPTS, "consent_form": None}, "referral_needs_written_form"),
        ({"institution": "eess", **ACCEPTS, "consent_given_on": None}, "referral_consent_date"),
        ({"institution": "eess", **ACCEPTS, "consent_given_on": "ayer"}, "referral_consent_date"),
        ({"institution": "eess", **ACCEPTS, "consent_given_on": TOMORROW}, "referral_consent_date"),
        ({"institution": "comunidad"}, "referral_needs_express_consent"),
        ({"institution": "ong"}, "referral_needs_express_consent"),
    ],
)
def test_what_is_missing_is_named(laptop: Laptop, values: dict[str, Value], reason: str) -> None:
    referral = refer(laptop, **values)
    assert why_not(laptop, referral) == reason
    with pytest.raises(DomainError, match=reason):
        issue(laptop, referral)
    assert form(laptop, referral).get("consent_given") == values.get("consent_given")
    assert audited(laptop, referral) == []


def test_what_is_ticked_later_is_beyond_what_she_allowed(laptop: Laptop) -> None:
    referral = refer(laptop, institution="linea100", **ACCEPTS)
    ticked = form(laptop, referral)["items"]
    assert isinstance(ticked, tuple)
    fill(laptop, referral, items=tuple(sorted((*ticked, "address"))))
    assert why_not(laptop, referral) == "referral_beyond_consent"
    fill(laptop, referral, items=ticked)
    assert why_not(laptop, referral) is None


# 1. A consent is for one receiver.


@pytest.mark.parametrize(
    "changed",
    [{"institution": "ong"}, {"institution_name": "Otro Inventado"}, {"institution_name": None}],
)
def test_another_receiver_needs_another_consent(laptop: Laptop, changed: dict[str, Value]) -> None:
    referral = refer(laptop, institution="eess", institution_name="Posta Inventada", **ACCEPTS)
    former = consent_id(laptop, referral)
    remarks = fill(laptop, referral, **changed)
    assert [one.message_id for one in remarks] == ["consent_asked_anew"]
    assert consent_id(laptop, referral) != former
    assert not [one for one in form(laptop, referral) if one.startswith("consent")]
    assert sheet(laptop, referral).consent is None
    with pytest.raises(DomainError):
        issue(laptop, referral)
    given = FieldKey(Kind.CONSENT, former, "given")
    assert [one.value for one in laptop.run(lambda uow: uow.changes.history(given))] == ["1"]


def test_until_she_is_asked_again_the_reason_says_so(laptop: Laptop) -> None:
    referral = refer(laptop, institution="eess", **ACCEPTS)
    fill(laptop, referral, institution="csmc")
    assert why_not(laptop, referral) == "referral_needs_new_consent"
    fill(laptop, referral, **ACCEPTS)
    assert why_not(laptop, referral) is None


def test_a_refusal_is_for_one_receiver_too(laptop: Laptop) -> None:
    referral = refer(laptop, institution="ong", consent_given="0")
    fill(laptop, referral, institution="eess")
    assert "consent_given" not in form(laptop, referral)


@pytest.mark.parametrize("name", ["posta  inventada", "POSTA INVENTADA ", "Posta Inventada"])
def test_the_same_receiver_spelt_otherwise_keeps_the_consent(laptop: Laptop, name: str) -> None:
    referral = refer(laptop, institution="eess", institution_name="Posta Inventada", **ACCEPTS)
    assert fill(laptop, referral, institution_name=name) == []
    assert why_not(laptop, referral) is None


def test_before_she_was_asked_the_receiver_is_corrected_freely(laptop: Laptop) -> None:
    referral = refer(laptop, institution="eess")
    former = consent_id(laptop, referral)
    assert fill(laptop, referral, institution="csmc", institution_name="Inventado") == []
    assert consent_id(laptop, referral) == former


def test_a_consent_given_before_a_receiver_was_named_is_for_nobody(laptop: Laptop) -> None:
    referral = refer(laptop, **ACCEPTS)
    fill(laptop, referral, institution="eess")
    assert why_not(laptop, referral) == "referral_needs_new_consent"


def test_a_former_consent_still_belongs_to_its_case(laptop: Laptop) -> None:
    referral = refer(laptop, institution="eess", **ACCEPTS)
    former = consent_id(laptop, referral)
    fill(laptop, referral, institution="ong")
    (case_id,) = laptop.run(lambda uow: cases_of(uow, former, Kind.CONSENT))
    assert former in laptop.run(lambda uow: records_of(uow, [case_id]))[case_id]


def test_two_laptops_that_change_the_receiver_never_join_it_with_the_others_consent(
    two: tuple[Laptop, Laptop],
) -> None:
    a, b = two
    referral = refer(a, institution="eess")
    exchange(a, b)
    fill(b, referral, institution="csmc", **ACCEPTS)
    fill(a, referral, institution="mamis")
    exchange(a, b)
    for laptop in two:
        assert why_not(laptop, referral) == "referral_has_conflict"
    settle(a, FieldKey(Kind.REFERRAL, referral, Name.INSTITUTION), "mamis")
    assert why_not(a, referral) == "referral_needs_new_consent"


# 2. A legal basis holds where its source says, and no further.

BY_DUTY: dict[str, Value] = {"legal_basis": "reg30364_15_1"}
BY_FUNCTION: dict[str, Value] = {"legal_basis": "ley29733_14_1"}


@pytest.mark.parametrize(
    ("institution", "basis", "answer", "reason"),
    [
        ("pnp_comisaria", BY_DUTY, None, None),
        ("pnp_comisaria", BY_DUTY, "0", None),
        ("fiscalia_familia", BY_DUTY, "0", None),
        ("juzgado_paz", BY_DUTY, "0", None),
        ("eess", BY_DUTY, None, "referral_basis_elsewhere"),
        ("eess", BY_DUTY, "0", "referral_refused"),
        ("migraciones", BY_DUTY, "0", "referral_refused"),
        ("eess", BY_FUNCTION, None, None),
        ("eess", BY_FUNCTION, "0", "referral_refused"),
        ("pnp_comisaria", BY_FUNCTION, "0", "referral_refused"),
        ("upe", BY_FUNCTION, None, None),
        ("ie", BY_FUNCTION, None, "referral_basis_elsewhere"),
        ("eess", {"legal_basis": "ley29733_14_13"}, None, "referral_basis_elsewhere"),
        ("ong", BY_DUTY, None, "referral_needs_express_consent"),
        ("ong", BY_FUNCTION, "0", "referral_refused"),
        ("comunidad", BY_DUTY, None, "referral_needs_express_consent"),
        ("comunidad", BY_DUTY, "0", "referral_refused"),
    ],
)
def test_a_legal_basis_holds_for_whom_it_names(
    laptop: Laptop,
    institution: str,
    basis: dict[str, Value],
    answer: str | None,
    reason: str | None,
) -> None:
    referral = refer(laptop, institution=institution, consent_given=answer, **basis)
    assert why_not(laptop, referral) == reason
    line = sheet(laptop, referral).consent
    expected = {None: ConsentState.BY_LAW, "referral_refused": ConsentState.REFUSED}.get(reason)
    assert (line.state if line else None) == expected


def test_a_consent_taken_back_stops_what_no_duty_asks_for(laptop: Laptop) -> None:
    referral = refer(laptop, of=AUTHORITY, institution="comunidad", **ACCEPTS, **BY_DUTY)
    assert why_not(laptop, referral) is None
    fill(laptop, referral, consent_given="0")
    assert why_not(laptop, referral) == "referral_refused"


@pytest.mark.parametrize(("informed", "words"), [(None, "No consta"), ("1", "Sí"), ("0", "No")])
def test_with_a_basis_the_paper_names_it_and_what_was_recorded(
    laptop: Laptop, informed: str | None, words: str
) -> None:
    referral = refer(laptop, institution="pnp_comisaria", **ACCEPTS, **BY_DUTY, informed=informed)
    line = sheet(laptop, referral).consent
    assert line is not None
    assert line.state is ConsentState.BY_LAW
    assert "Deber de denunciar" in line.legal_basis
    assert (line.informed, line.given_by, line.form, line.given_on) == (words, "", "", None)


def test_a_basis_that_does_not_hold_is_not_printed_beside_a_consent(laptop: Laptop) -> None:
    referral = refer(laptop, institution="ong", **ACCEPTS, **BY_FUNCTION)
    line = sheet(laptop, referral).consent
    assert line is not None
    assert (line.state, line.legal_basis) == (ConsentState.GIVEN, "")


# 3. Two values: a person looks first.


def settle(laptop: Laptop, key: FieldKey, value: Value) -> None:
    seen = tuple(one.id for one in laptop.run(lambda uow: uow.changes.heads(key)))
    laptop.run(lambda uow: conflicts.settle(uow, laptop.desk, key, value, seen))


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("items", ("age",), ("age", "sex")),
        ("institution_name", "Una", "Otra"),
        ("reason", "uno", "dos"),
        ("consent_given", "1", "0"),
        ("consent_given_on", TODAY, "2026-11-25"),
        ("consent_covers", ("age",), ("age", "sex")),
        ("legal_basis", "ley29733_14_1", "ley29733_14_13"),
    ],
)
def test_while_two_laptops_disagree_nothing_leaves(
    two: tuple[Laptop, Laptop], name: str, first: Value, second: Value
) -> None:
    a, b = two
    referral = refer(a, institution="pnp_comisaria", **BY_DUTY)
    exchange(a, b)
    fill(a, referral, **{name: first})
    fill(b, referral, **{name: second})
    exchange(a, b)
    for laptop in two:
        assert why_not(laptop, referral) == "referral_has_conflict"
        with pytest.raises(DomainError, match="referral_has_conflict"):
            issue(laptop, referral)


# 4. What left stays as it left.


@pytest.fixture
def issued(laptop: Laptop) -> RecordId:
    referral = refer(laptop, institution="eess", reason="Motivo que salió", **ACCEPTS)
    issue(laptop, referral)
    return referral


@pytest.mark.parametrize(
    ("name", "value"),
    [("reason", "otro"), ("institution", "ong"), ("consent_given", "0"), ("items", ())],
)
def test_an_issued_referral_refuses_edits(
    laptop: Laptop, issued: RecordId, name: str, value: Value
) -> None:
    before, changes = form(laptop, issued), laptop.run(lambda uow: uow.changes.count())
    with pytest.raises(DomainError, match="referral_issued"):
        fill(laptop, issued, **{name: value})
    assert form(laptop, issued) == before
    assert laptop.run(lambda uow: uow.changes.count()) == changes


def test_printed_again_it_is_the_same_paper(laptop: Laptop, issued: RecordId) -> None:
    before = sheet(laptop, issued)
    case_id = laptop.run(
        lambda uow: forms.form_file(uow, laptop.desk, "derivacion", issued)
    ).case_id
    laptop.fill(case_id, EDAD_VICTIMA=35, NIVEL_DE_RIESGO_VICTIMA="1", names="Corregida")
    assert sheet(laptop, issued) == before
    assert issue(laptop, issued) == before


def test_every_paper_is_audited_with_codes_and_nothing_of_her(
    laptop: Laptop, issued: RecordId
) -> None:
    issue(laptop, issued, "pdf")
    (first, detail), (second, again) = audited(laptop, issued)
    assert (first, second) == ("print", "pdf_again")
    assert detail == again
    items = form(laptop, issued)["items"]
    assert isinstance(items, tuple)
    assert detail.split() == ["eess", *items]


def test_another_laptops_edit_of_what_left_does_not_change_the_paper(
    two: tuple[Laptop, Laptop],
) -> None:
    a, b = two
    referral = refer(a, institution="eess", area="Salud mental", **ACCEPTS)
    exchange(a, b)
    fill(b, referral, area="Otra área")
    left = issue(a, referral)
    exchange(a, b)
    for laptop in two:
        assert why_not(laptop, referral) is None
        assert sheet(laptop, referral) == left


def test_a_paper_that_could_not_be_handed_over_did_not_leave(laptop: Laptop) -> None:
    referral = refer(laptop, institution="eess", **ACCEPTS)

    def refuse(_: ReferralSheet) -> None:
        raise DomainError("paper_not_written")

    with pytest.raises(DomainError, match="paper_not_written"):
        laptop.run(
            lambda uow: referrals.issue(
                uow, laptop.desk, referral, "pdf", CENTRE, ("es",), hand_over=refuse
            )
        )
    assert laptop.run(lambda uow: referrals.state_of(uow, referral)) == referrals.DRAFT
    assert audited(laptop, referral) == []


def test_a_new_one_with_these_data_asks_for_consent_and_has_its_own_folio(
    laptop: Laptop, issued: RecordId
) -> None:
    new = laptop.run(lambda uow: referrals.open_like(uow, laptop.desk, issued))
    before, after = form(laptop, issued), form(laptop, new)
    assert {n: v for n, v in before.items() if not n.startswith("consent")} == after
    assert sheet(laptop, new).folio != sheet(laptop, issued).folio
    assert why_not(laptop, new) == "referral_needs_consent"
    fill(laptop, new, reason="Corregido")
    assert sheet(laptop, issued).reason == "Motivo que salió"


def test_what_another_version_kept_is_not_printed_otherwise(laptop: Laptop) -> None:
    referral = refer(laptop, institution="eess", **ACCEPTS)
    issue(laptop, referral)
    key = FieldKey(Kind.REFERRAL, referral, Name.ISSUED_SHEET)
    newer = json.dumps({"version": 99})

    def write(uow):
        forms.change_fields(uow, laptop.desk, {key: newer})
        uow.commit()

    laptop.run(write)
    assert why_not(laptop, referral) == "referral_other_version"
    with pytest.raises(DomainError, match="referral_other_version"):
        issue(laptop, referral)


# 5. Nobody rings her up.

DANGERS = [
    {"never_call": True},
    {"aggressor_sees_phone": "1"},
    {"aggressor_sees_phone": Absent.UNKNOWN},
    {"safe_phone_answered_by": "agresor"},
]


@pytest.mark.parametrize("danger", DANGERS)
def test_while_nobody_may_call_the_number_does_not_leave_and_the_paper_warns(
    laptop: Laptop, danger: dict[str, Value]
) -> None:
    referral = refer(laptop, of=danger, institution="eess", **ACCEPTS)
    made = sheet(laptop, referral)
    assert made.must_not_call
    assert "999 000 001" not in texts(made)
    assert not {"safe_phone", "leave_message"} & {one.code for one in made.person}
    (row,) = laptop.run(lambda uow: uow.cases.page(CaseFilter(), offset=0, limit=5))
    assert row.call_warning


def test_a_safe_number_leaves_with_who_answers_and_when(laptop: Laptop) -> None:
    made = sheet(laptop, refer(laptop, institution="eess", **ACCEPTS))
    person = {one.code: one.value for one in made.person}
    assert person["safe_phone"] == "999 000 001"
    assert person["safe_hours"] == "lunes de 8 a 11"
    assert person["aggressor_sees_phone"] == "No"
    assert not made.must_not_call
    (row,) = laptop.run(lambda uow: uow.cases.page(CaseFilter(), offset=0, limit=5))
    assert not row.call_warning


def test_a_paper_printed_again_leaves_out_a_number_that_became_unsafe(
    laptop: Laptop, issued: RecordId
) -> None:
    assert "999 000 001" in texts(sheet(laptop, issued))
    file = laptop.run(lambda uow: forms.form_file(uow, laptop.desk, "derivacion", issued))
    laptop.fill(file.case_id, never_call=True)
    again = issue(laptop, issued)
    assert again.must_not_call
    assert "999 000 001" not in texts(again)


# 7. What only the former institution needed does not leave.


def test_what_only_the_former_institution_needed_is_unticked(laptop: Laptop) -> None:
    referral = refer(laptop)
    minimum = form(laptop, referral)["items"]
    fill(laptop, referral, institution="upe")
    assert {"identity", "address"} <= set(sheet_items(laptop, referral))
    fill(laptop, referral, institution="eess")
    assert set(sheet_items(laptop, referral)) == {*minimum, "identity"}  # type: ignore[misc]
    fill(laptop, referral, institution="linea100")
    assert form(laptop, referral)["items"] == minimum
    assert "99990001" not in texts(sheet(laptop, referral))


def test_what_a_person_ticked_stays_ticked(laptop: Laptop) -> None:
    referral = refer(laptop)
    fill(laptop, referral, items=(*sheet_items(laptop, referral), "address"))
    fill(laptop, referral, institution="upe")
    fill(laptop, referral, institution="linea100")
    assert "address" in sheet_items(laptop, referral)
    assert "identity" not in sheet_items(laptop, referral)


def test_what_was_taken_off_and_ticked_again_is_a_persons_choice(laptop: Laptop) -> None:
    referral = refer(laptop, institution="eess")
    ticked = sheet_items(laptop, referral)
    fill(laptop, referral, items=tuple(one for one in ticked if one != "identity"))
    fill(laptop, referral, items=ticked)
    fill(laptop, referral, institution="linea100")
    assert "identity" in sheet_items(laptop, referral)


def sheet_items(laptop: Laptop, referral_id: RecordId) -> tuple[str, ...]:
    items = form(laptop, referral_id)["items"]
    assert isinstance(items, tuple)
    return items


# 8. Who consents, and when.


@pytest.mark.parametrize(
    ("age", "by", "reason"),
    [
        (34, "usuaria", None),
        (34, "apoyo", None),
        (34, "adolescente", "referral_giver_and_age"),
        (34, "cuidadora", "referral_giver_and_age"),
        (14, "adolescente", None),
        (17, "usuaria", None),
        (13, "usuaria", "referral_giver_and_age"),
        (13, "adolescente", "referral_giver_and_age"),
        (13, "cuidadora", "referral_guardian_unknown"),
        (Absent.UNKNOWN, "usuaria", None),
    ],
)
def test_who_may_consent_depends_on_her_age(
    laptop: Laptop, age: Value, by: str, reason: str | None
) -> None:
    answers = ACCEPTS | {"consent_given_by": by}
    referral = refer(laptop, of={"EDAD_VICTIMA": age}, institution="eess", **answers)
    assert why_not(laptop, referral) == reason


@pytest.mark.parametrize(
    ("is_perpetrator", "reason"), [("1", "referral_guardian_is_perpetrator"), ("0", None)]
)
def test_a_guardian_who_is_the_alleged_perpetrator_never_consents(
    laptop: Laptop, is_perpetrator: str, reason: str | None
) -> None:
    answers = ACCEPTS | {
        "consent_given_by": "cuidadora",
        "guardian_is_perpetrator": is_perpetrator,
    }
    referral = refer(laptop, of={"EDAD_VICTIMA": 9}, institution="eess", **answers)
    assert why_not(laptop, referral) == reason
    line = sheet(laptop, referral).consent
    assert (line.state if line else None) == (None if reason else ConsentState.GIVEN_FOR_HER)


def test_a_child_is_referred_to_the_protection_unit_without_the_guardian(laptop: Laptop) -> None:
    referral = refer(laptop, of={"EDAD_VICTIMA": 9}, institution="upe", **BY_FUNCTION)
    assert why_not(laptop, referral) is None


# 17. Folios.


def test_a_counter_of_a_restored_copy_gives_no_folio_twice(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    first, second = open_for(laptop, case_id), open_for(laptop, case_id)

    def restore(uow):
        uow.local.put(f"referral_counter/{case_id}", b"1")
        uow.commit()

    laptop.run(restore)
    third = open_for(laptop, case_id)
    folios = [sheet(laptop, one).folio for one in (first, second, third)]
    assert len(set(folios)) == 3
    assert [one.rpartition("-")[2] for one in folios] == ["DA1", "DA2", "DA3"]


def test_two_cases_of_one_number_get_two_folios(laptop: Laptop) -> None:
    """A disk that was put back gave the number again: their papers must differ, or a slip that
    comes back is of two women."""
    one, other = laptop.open_case(), laptop.open_case()
    give_number_of(laptop, one, other)
    folios = [sheet(laptop, open_for(laptop, case)).folio for case in (one, other, one, other)]
    assert folios == [f"2026-A0001-DA{number}" for number in (1, 2, 3, 4)]


def test_many_papers_of_another_case_of_this_number_are_not_asked_for_one_by_one(
    laptop: Laptop,
) -> None:
    one, other = laptop.open_case(), laptop.open_case()
    give_number_of(laptop, one, other)
    for number in range(1, 31):
        referral_id = open_for(laptop, other)
        assert sheet(laptop, referral_id).folio == f"2026-A0001-DA{number}"
    asked = []

    def note(connection, cursor, statement, *rest):
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        referral_id = laptop.run(lambda uow: referrals.open_referral(uow, laptop.desk, one))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len([said for said in asked if "FROM referral_row" in said]) <= 2
    assert sheet(laptop, referral_id).folio == "2026-A0001-DA31"


# The minimum of data.


def test_only_the_minimum_is_ticked_and_only_what_is_ticked_leaves(laptop: Laptop) -> None:
    referral = refer(laptop, institution="linea100", summary="Resumen inventado", **ACCEPTS)
    assert set(sheet_items(laptop, referral)) == {
        "case_code", "age", "sex", "language", "safe_contact", "risk_level",
    }  # fmt: skip
    made = texts(sheet(laptop, referral))
    for kept_back in (
        "Nantip", "Inventada'", "99990001", "Casa inventada", "Relato inventado",
        "Resumen inventado",
    ):  # fmt: skip
        assert kept_back not in made


@pytest.mark.parametrize(
    ("item", "stands"),
    [
        ("identity", "99990001"),
        ("address", "Casa inventada junto al río"),
        ("summary", "Resumen inventado"),
        ("safe_contact", "999 000 001"),
        ("age", "'34'"),
        ("risk_level", "risk_level='3'"),
        ("case_code", "case_code='2026-A0001'"),
    ],
)
def test_an_item_leaves_when_ticked_and_not_else(laptop: Laptop, item: str, stands: str) -> None:
    every = tuple(sorted(one.code for one in laptop.desk.definitions.data_items))
    referral = refer(laptop, institution="eess", summary="Resumen inventado", items=every)
    assert stands in texts(sheet(laptop, referral))
    fill(laptop, referral, items=tuple(one for one in every if one != item))
    assert stands not in texts(sheet(laptop, referral))


def test_nothing_that_leads_to_a_refuge_leaves(laptop: Laptop) -> None:
    referral = refer(
        laptop,
        institution="eess",
        institution_name="Refugio Inventado, jirón Secreto 5",
        area="Jirón Secreto 5",
        contact_person="Encargada Inventada",
        contact_phone="041 555 555",
    )
    fill(laptop, referral, institution="hrt", **ACCEPTS)
    made = sheet(laptop, referral)
    assert made.institution == "Hogar de Refugio Temporal"
    for kept_back in ("Secreto", "Refugio Inventado", "Encargada", "041 555"):
        assert kept_back not in texts(made)


def test_a_referral_of_nothing_is_refused(laptop: Laptop) -> None:
    ask: Callable[[RecordId], object] = lambda one: laptop.run(  # noqa: E731
        lambda uow: referrals.open_referral(uow, laptop.desk, one)
    )
    for unknown in (RecordId("0" * 32), refer(laptop)):
        with pytest.raises(DomainError, match="record_unknown"):
            ask(unknown)
