"""The rules of consent, each once: attention, sharing and denuncia are three different things."""

from __future__ import annotations

import pytest

from app.domain.errors import DomainError
from app.domain.form import FieldType
from app.domain.records import Kind
from app.domain.refuge import leads_to_a_place
from app.domain.value import Absent, Value
from app.services import forms, referrals
from app.services.read_models import ConsentState
from tests.services.test_referrals import (
    ACCEPTS,
    AUTHORITY,
    BY_DUTY,
    BY_FUNCTION,
    fill,
    form,
    issue,
    refer,
    sheet,
    texts,
    why_not,
)
from tests.support.laptops import Laptop, definitions

HRT_ACCEPTS: dict[str, Value] = {"institution": "hrt", **ACCEPTS, "entry_accepted": "1"}


def asked(laptop: Laptop, referral_id) -> set[str]:
    """The questions that the referral form shows."""
    shown = laptop.desk.definitions.form(forms.REFERRAL_FORM).shown(form(laptop, referral_id))
    return {one.id for section, one in shown if not section.after_issue}


def cautions(laptop: Laptop, referral_id) -> tuple[str, ...]:
    """What is warned of, beside that the form is not filled in: here it never is."""
    said = laptop.run(lambda uow: referrals.cautions(uow, laptop.desk, referral_id))
    return tuple(one for one in said if one != "referral_incomplete")


# Attention, sharing, denuncia.


def test_being_attended_is_not_to_share(laptop: Laptop) -> None:
    referral = refer(laptop, of={"attention_consent": "1"}, institution="eess")
    assert why_not(laptop, referral) == "referral_needs_consent"
    assert "consent_given" not in form(laptop, referral)


def test_sharing_is_not_to_be_attended_and_each_referral_is_asked_apart(laptop: Laptop) -> None:
    referral = refer(laptop, institution="eess", **ACCEPTS)
    issue(laptop, referral)
    case_id = laptop.run(
        lambda uow: forms.form_file(uow, laptop.desk, "derivacion", referral)
    ).case_id
    assert "attention_consent" not in laptop.ficha(case_id).values
    second = laptop.run(lambda uow: referrals.open_like(uow, laptop.desk, referral))
    assert why_not(laptop, second) == "referral_needs_consent"


def test_of_the_duty_to_report_she_is_informed_and_never_asked(laptop: Laptop) -> None:
    referral = refer(laptop, institution="pnp_comisaria", **BY_DUTY)
    questions = asked(laptop, referral)
    assert "informed" in questions
    assert not {"consent_given", "consent_given_by", "consent_form", "consent_covers"} & questions
    assert why_not(laptop, referral) is None
    assert cautions(laptop, referral) == ("referral_not_informed",)
    fill(laptop, referral, informed="1")
    assert cautions(laptop, referral) == ()


def test_that_she_does_not_want_to_report_does_not_undo_the_duty(laptop: Laptop) -> None:
    will: dict[str, Value] = {"INTERPUSO_DENUNCIA": "0", "DESEA_DENUNCIAR": "0"}
    referral = refer(laptop, of=will, institution="pnp_comisaria", **BY_DUTY)
    assert why_not(laptop, referral) is None
    wanted: dict[str, Value] = {"INTERPUSO_DENUNCIA": "0", "DESEA_DENUNCIAR": "1"}
    other = refer(laptop, of=wanted, institution="eess")
    assert why_not(laptop, other) == "referral_needs_consent", "nor is it a consent to share"


def test_no_form_has_a_consent_to_the_denuncia() -> None:
    told = definitions().form(forms.FICHA).get("told_of_duty")
    assert told is not None
    assert told.gated != "consent"
    for one in definitions().forms.values():
        for field in one.fields():
            if field.gated == "consent":
                assert "denuncia" not in field.id.casefold(), field.id


def test_who_reported_stays_reserved_whatever_is_ticked(laptop: Laptop) -> None:
    every = tuple(sorted(one.code for one in definitions().data_items))
    reporter: dict[str, Value] = {
        "INFORMANTE": "0",
        "informant_name": "Docente Inventada",
        "informant_reserved": True,
    }
    referral = refer(laptop, of=reporter, institution="pnp_comisaria", items=every, **BY_DUTY)
    assert "Docente Inventada" not in texts(sheet(laptop, referral))
    for item in definitions().data_items:
        assert not {"informant_name", "informant_relation"} & set(item.fields)


# Who consents.


@pytest.mark.parametrize("age", [14, 15, 16, 17])
def test_from_fourteen_she_consents_herself(laptop: Laptop, age: int) -> None:
    answers = ACCEPTS | {"consent_given_by": "adolescente"}
    referral = refer(laptop, of={"EDAD_VICTIMA": age}, institution="eess", **answers)
    assert why_not(laptop, referral) is None


def test_below_fourteen_she_does_not_and_the_guardian_may(laptop: Laptop) -> None:
    child: dict[str, Value] = {"EDAD_VICTIMA": 13}
    herself = refer(laptop, of=child, institution="eess", **ACCEPTS)
    assert why_not(laptop, herself) == "referral_giver_and_age"
    guardian = ACCEPTS | {"consent_given_by": "cuidadora", "guardian_is_perpetrator": "0"}
    assert why_not(laptop, refer(laptop, of=child, institution="eess", **guardian)) is None


def test_the_alleged_perpetrator_never_consents_for_her_and_not_knowing_is_no_no(
    laptop: Laptop,
) -> None:
    for answer, reason in (
        ("1", "referral_guardian_is_perpetrator"),
        (None, "referral_guardian_unknown"),
    ):
        guardian = ACCEPTS | {"consent_given_by": "cuidadora", "guardian_is_perpetrator": answer}
        referral = refer(laptop, of={"EDAD_VICTIMA": 9}, institution="eess", **guardian)
        assert why_not(laptop, referral) == reason


def test_without_the_guardian_the_protection_unit_is_reached_by_law(laptop: Laptop) -> None:
    referral = refer(laptop, of={"EDAD_VICTIMA": 9}, institution="upe", **BY_FUNCTION)
    assert why_not(laptop, referral) is None


# A communal authority.


@pytest.mark.parametrize(
    ("authority", "reason"),
    [
        ({}, None),
        ({"authority_may_know": "0"}, "referral_authority_refused"),
        ({"authority_may_know": None}, "referral_authority_not_asked"),
        ({"authority_is_kin": "1"}, "referral_authority_is_kin"),
        ({"authority_is_kin": Absent.UNKNOWN}, "referral_authority_kin_unknown"),
        ({"authority_is_kin": None}, "referral_authority_kin_unknown"),
        ({"community_authority": None}, "referral_authority_not_asked"),
    ],
)
def test_a_communal_authority_is_told_only_if_she_allows_it_and_it_is_no_kin(
    laptop: Laptop, authority: dict[str, Value], reason: str | None
) -> None:
    referral = refer(laptop, of=AUTHORITY | authority, institution="comunidad", **ACCEPTS)
    assert why_not(laptop, referral) == reason


def test_what_she_allows_in_general_is_no_consent_to_this_referral(laptop: Laptop) -> None:
    referral = refer(laptop, of=AUTHORITY, institution="comunidad")
    assert why_not(laptop, referral) == "referral_needs_express_consent"


# The interpreter.


@pytest.mark.parametrize(
    ("ficha", "consent", "expected"),
    [
        ({}, {}, ()),
        ({}, {"consent_interpreter": "Yaun"}, ("referral_interpreter_not_asked",)),
        ({}, {"consent_interpreter": "Yaun", "interpreter_knows": "0"}, ()),
        (
            {},
            {"consent_interpreter": "Yaun", "interpreter_knows": "1"},
            ("referral_interpreter_knows",),
        ),
        (
            {
                "interpreter_needed": "1",
                "interpreter_name": "Yaun",
                "interpreter_knows_parties": "1",
            },
            {},
            ("referral_interpreter_knows",),
        ),
    ],
)
def test_an_interpreter_who_knows_the_parties_is_warned_of(
    laptop: Laptop, ficha: dict[str, Value], consent: dict[str, Value], expected: tuple[str, ...]
) -> None:
    referral = refer(laptop, of=ficha, institution="eess", **ACCEPTS, **consent)
    assert cautions(laptop, referral) == expected
    assert why_not(laptop, referral) is None, "a warning keeps nothing from leaving"


# A refuge.


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, None),
        ({"entry_accepted": None}, "referral_needs_entry"),
        ({"entry_accepted": "0"}, "referral_entry_refused"),
        ({"consent_form": "electronico"}, "referral_needs_signed_entry"),
        ({"consent_form": "firma"}, None),
        ({"consent_given": "0"}, "referral_refused"),
        ({"consent_given": None}, "referral_needs_express_consent"),
    ],
)
def test_a_refuge_is_entered_by_her_own_signed_will(
    laptop: Laptop, values: dict[str, Value], reason: str | None
) -> None:
    referral = refer(laptop, **HRT_ACCEPTS | values)
    assert why_not(laptop, referral) == reason


@pytest.mark.parametrize("basis", [BY_DUTY, BY_FUNCTION])
def test_no_legal_basis_takes_her_to_a_refuge(laptop: Laptop, basis: dict[str, Value]) -> None:
    referral = refer(laptop, institution="hrt", **basis)
    assert why_not(laptop, referral) == "referral_needs_express_consent"


def test_the_paper_for_a_refuge_says_that_she_enters_by_her_own_will(laptop: Laptop) -> None:
    line = sheet(laptop, refer(laptop, **HRT_ACCEPTS)).consent
    assert line is not None
    assert (line.state, line.entry) == (ConsentState.GIVEN, "Sí")
    other = sheet(laptop, refer(laptop, institution="eess", **ACCEPTS)).consent
    assert other is not None
    assert other.entry == ""


def reserved() -> list[str]:
    return [one.code for one in definitions().institutions.values() if one.address_is_reserved]


def test_there_is_a_refuge_in_the_list_and_it_is_entered_voluntarily() -> None:
    assert reserved() == ["hrt"]
    assert definitions().institutions["hrt"].entry_is_voluntary


def test_no_form_asks_where_a_refuge_is() -> None:
    """Every field of a place, an address or a telephone is of a person, or of where the facts
    happened; of the institution of a referral nothing shows that leads to it once it is a refuge."""
    of_people = {Kind.SURVIVOR, Kind.ALLEGED_PERPETRATOR, Kind.SUPPORT_PERSON, Kind.DEPENDANT}
    words = ("address", "direccion", "route", "phone", "telefono", "ubicacion", "location")
    form_of_referral = definitions().form(forms.REFERRAL_FORM)
    for code in reserved():
        shown = {one.id for _, one in form_of_referral.shown({"institution": code})}
        for one in form_of_referral.fields():
            leads = any(word in one.id for word in words) or one.type is FieldType.PLACE
            assert not (leads and one.id in shown), one.id
    for a_form in definitions().forms.values():
        for one in a_form.fields():
            if any(word in one.id.casefold() for word in words) and a_form.id != "derivacion":
                assert one.kind in of_people, f"{a_form.id}.{one.id}"
            label = one.label.casefold()
            if "refugio" in label or "hrt" in label:
                assert not any(word in label for word in ("dirección", "ubicación")), one.id


@pytest.mark.parametrize("name", ["institution_name", "area", "contact_person", "contact_phone"])
def test_what_leads_to_a_refuge_is_not_stored(laptop: Laptop, name: str) -> None:
    referral = refer(laptop, **HRT_ACCEPTS)
    with pytest.raises(DomainError, match="refuge_place_not_stored"):
        fill(laptop, referral, **{name: "Casa Inventada"})
    assert name not in form(laptop, referral)


def test_choosing_a_refuge_empties_what_led_to_another_place(laptop: Laptop) -> None:
    referral = refer(
        laptop, institution="eess", institution_name="Casa Inventada", contact_phone="041 555 555"
    )
    fill(laptop, referral, institution="hrt")
    assert not {"institution_name", "contact_phone"} & form(laptop, referral).keys()


@pytest.mark.parametrize("name", ["reason", "summary"])
def test_a_text_with_an_address_is_not_stored_for_a_refuge(laptop: Laptop, name: str) -> None:
    referral = refer(laptop, **HRT_ACCEPTS, items=("summary",), consent_covers=("summary",))
    with pytest.raises(DomainError, match="refuge_place_in_text"):
        fill(laptop, referral, **{name: "La esperan en jr. Secreto 123"})
    fill(laptop, referral, **{name: "Pide acogida para ella y dos hijas"})
    assert why_not(laptop, referral) is None


def test_an_address_written_before_the_refuge_was_chosen_keeps_it_from_leaving(
    laptop: Laptop,
) -> None:
    referral = refer(laptop, reason="Llevarla a Av. Secreta 12", institution="eess")
    fill(laptop, referral, **HRT_ACCEPTS)
    assert why_not(laptop, referral) == "refuge_place_in_text"
    fill(laptop, referral, reason="Pide acogida")
    assert why_not(laptop, referral) is None


def test_the_answer_of_a_refuge_stores_no_place_either(laptop: Laptop) -> None:
    referral = refer(laptop, **HRT_ACCEPTS)
    issue(laptop, referral)
    fill(laptop, referral, outcome="attended", attention_given="Ingresó con sus hijas")
    for name in ("observations", "attention_given", "follow_up", "received_by"):
        with pytest.raises(DomainError, match="refuge_place_in_text"):
            fill(laptop, referral, **{name: "Queda en la calle Secreta 5"})
    with pytest.raises(DomainError, match="refuge_place_not_stored"):
        fill(laptop, referral, received_phone="041 555 555")


@pytest.mark.parametrize(
    "text",
    [
        "Jr. Los Inventados 123",
        "jirón inventado s/n",
        "AV. EJEMPLO 5",
        "calle los pinos 4",
        "Mz. B lote 7",
        "queda frente a la plaza",
        "al costado de la posta",
        "a espaldas del mercado",
        "carretera a Bagua km 12",
        "su dirección es reservada: pasaje Uno",
        "-5.6401, -78.5312",
        "llamar al 999 000 111",
        "041-555555",
    ],
)
def test_what_people_write_when_they_write_an_address_is_noticed(text: str) -> None:
    assert leads_to_a_place(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Riesgo severo, teme por su vida. Pide acogida para ella y sus 2 hijas.",
        "Atención psicológica por violencia de pareja. Riesgo severo (21/37).",
        "Estuvo en situación de calle y sin apoyo familiar.",
        "Denunció el 23/11/2026 en la comisaría; cuenta con medidas de protección.",
        "La usuaria está en la comunidad con su madre hasta el 2026-11-30.",
        "Su pareja la encontró en la calle cuando volvía del trabajo.",
        "Ley 30364, art. 32: retiro del domicilio.",
    ],
)
def test_what_is_no_address_passes(text: str) -> None:
    assert not leads_to_a_place(text)


def test_a_form_that_is_not_filled_in_may_leave_after_a_warning(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    referral = laptop.run(lambda uow: referrals.open_referral(uow, laptop.desk, case_id))

    said = laptop.run(lambda uow: referrals.cautions(uow, laptop.desk, referral))

    assert said[0] == "referral_incomplete"
