"""The forms that are shipped are safe, printable and fit for the screen."""

from __future__ import annotations

import itertools

import pytest

from app.definitions import texts
from app.domain.definitions import Definitions
from app.domain.form import Field, FieldType
from app.domain.merge import MergeRule
from app.domain.value import Absent
from app.services.messages import ROLES

PAGE_FIELDS = 14

ASKED = [
    "relato",
    "risk_reason",
    "NIVEL_DE_RIESGO_VICTIMA",
    "attention_consent",
    "district",
    "community",
    "address",
    "route",
    "safe_phone",
    "safe_hours",
    "leave_message",
    "never_call",
    "phone",
    "trusted_person_phone",
    "aggressor_nearby",
    "CUENTA_MEDIDAS_PROTECCION",
]


def _field(definitions: Definitions, form: str, name: str) -> Field:
    field = definitions.form(form).get(name)
    assert field is not None, name
    return field


def test_the_forms_are_there(definitions: Definitions) -> None:
    assert {"ficha", "derivacion", "accion", "red", "dependiente"} <= set(definitions.forms)


def test_a_section_fits_a_page(definitions: Definitions) -> None:
    for form in definitions.forms.values():
        for section in form.sections:
            assert len(section.fields) <= PAGE_FIELDS, section.id


def test_sections_are_filled_by_known_services(definitions: Definitions) -> None:
    services = {term.code for term in definitions.catalogues["servicio_cem"].terms}
    assert services <= set(ROLES)
    for form in definitions.forms.values():
        for section in form.sections:
            assert set(section.filled_by) <= set(ROLES)


MAY_EDIT = {
    "admision": "A",
    "psicologia": "ABEFG",
    "social": "ABCEFG",
    "legal": "ABDEFGH",
    "coordinacion": "",
}
"""Which sections of the paper form a service fills (dossier of the work, roles)."""

NOTED_BY_ALL = {"proceso", "medidas"}
"""What police, prosecutor and court did is on no section of the paper form: who learns of it first
notes it."""


def test_each_service_fills_its_own_sections(definitions: Definitions) -> None:
    for section in definitions.form("ficha").sections:
        if not section.code or section.id in NOTED_BY_ALL:
            continue
        may = {role for role, letters in MAY_EDIT.items() if section.code in letters}
        assert set(section.filled_by) <= may, section.id
        if section.id != "apreciacion":  # the psychologist's own
            assert set(section.filled_by) == may, section.id


def test_the_ficha_has_the_sections_of_the_paper_form_in_order(definitions: Definitions) -> None:
    letters = [one.code for one in definitions.form("ficha").sections if one.code]

    assert letters == sorted(letters)
    assert set(letters) == set("ABCDEFGH")


def test_admission_does_not_fill_the_account_of_the_facts(definitions: Definitions) -> None:
    section = definitions.form("ficha").section_of("relato")

    assert section is not None
    assert "admision" not in section.filled_by


@pytest.mark.parametrize("name", ASKED)
def test_a_dangerous_disagreement_is_asked_never_guessed(
    definitions: Definitions, name: str
) -> None:
    assert _field(definitions, "ficha", name).merge is MergeRule.ASK


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("NIVEL_DE_RIESGO_VICTIMA", "3"),
        ("never_call", True),
        ("leave_message", "0"),
        ("attention_consent", "0"),
        ("aggressor_nearby", "1"),
        ("aggressor_sees_phone", "1"),
        ("authority_may_know", "0"),
        ("interpreter_knows_parties", "1"),
        ("fvr_level", "severo_extremo"),
        ("CASO_TENTATIVA_DE_FEMINICIDIO", "1"),
    ],
)
def test_the_more_cautious_value_shows_until_settled(
    definitions: Definitions, name: str, first: str | bool
) -> None:
    assert _field(definitions, "ficha", name).most_cautious_first[0] == first


@pytest.mark.parametrize("name", ["aggressor_nearby", "aggressor_sees_phone", "authority_is_kin"])
def test_not_knowing_is_more_cautious_than_no(definitions: Definitions, name: str) -> None:
    assert _field(definitions, "ficha", name).most_cautious_first == ("1", Absent.UNKNOWN, "0")


def test_every_narrative_is_asked_for_and_every_set_of_the_ficha_is_joined(
    definitions: Definitions,
) -> None:
    for form in definitions.forms.values():
        for one in form.fields():
            if one.type is FieldType.NARRATIVE:
                assert one.merge is MergeRule.ASK, one.id
    for one in definitions.form("ficha").fields():
        if one.type is FieldType.CHOICES:
            assert one.merge is MergeRule.UNION, one.id


@pytest.mark.parametrize("name", ["items", "consent_covers"])
def test_what_leaves_and_what_she_allowed_are_never_widened_by_joining(
    definitions: Definitions, name: str
) -> None:
    assert _field(definitions, "derivacion", name).merge is MergeRule.ASK


def test_absent_is_not_allowed_for_safety_answers_that_have_no_safe_default(
    definitions: Definitions,
) -> None:
    for name in ("attention_consent", "never_call", "leave_message", "NIVEL_DE_RIESGO_VICTIMA"):
        assert _field(definitions, "ficha", name).absent == ()


def test_unknown_people_can_be_registered(definitions: Definitions) -> None:
    for name in ("names", "surname_1", "surname_2", "document_number", "birth_date"):
        assert {Absent.UNKNOWN, Absent.DECLINED} <= set(_field(definitions, "ficha", name).absent)
    assert Absent.UNKNOWN in _field(definitions, "ficha", "EDAD_VICTIMA").absent


def test_the_fields_that_lists_and_search_read_exist(definitions: Definitions) -> None:
    """app/services/ledger.py reads these by name."""
    for kind, name in itertools.chain(
        (("case", one) for one in ("FECHA_INGRESO", "EDAD_VICTIMA", "TIPO_VIOLENCIA")),
        (("case", one) for one in ("NIVEL_DE_RIESGO_VICTIMA", "CEM", "risk_valued_on")),
        (("survivor", one) for one in ("names", "surname_1", "surname_2", "alias", "district")),
        (("survivor", one) for one in ("document_number", "community", "safe_phone", "phone")),
        (("survivor", one) for one in ("never_call", "LENGUA_MATERNA_VICTIMA", "SEXO_VICTIMA")),
        (("consent", one) for one in ("given", "form", "given_on", "covers", "legal_basis")),
        (("consent", one) for one in ("given_by", "guardian_is_perpetrator", "informed")),
        (("survivor", one) for one in ("safe_phone_answered_by", "aggressor_sees_phone")),
    ):
        assert definitions.field_of(kind, name) is not None, f"{kind}.{name}"


def test_the_account_of_the_facts_never_leaves(definitions: Definitions) -> None:
    leaving = {name for item in definitions.data_items for name in item.fields}

    assert not leaving & {"relato", "risk_reason", "code_phrase", "informant_name"}


def test_by_default_only_the_minimum_leaves(definitions: Definitions) -> None:
    minimum = {item.code for item in definitions.data_items if item.by_default}

    assert minimum == {"case_code", "age", "sex", "language", "safe_contact", "risk_level"}


def test_no_form_has_a_field_for_the_address_of_an_institution(definitions: Definitions) -> None:
    referral = {one.id for one in definitions.form("derivacion").fields()}

    assert not any("address" in name or "district" in name for name in referral)
    assert definitions.institutions["hrt"].address_is_reserved


def test_a_refuge_a_communal_authority_and_a_private_one_need_express_consent(
    definitions: Definitions,
) -> None:
    marked = [one.code for one in definitions.institutions.values() if one.needs_express_consent]

    assert marked == ["hrt", "comunidad", "ong"]


def test_only_the_duty_to_report_outweighs_a_refusal(definitions: Definitions) -> None:
    bases = definitions.sharing.legal_bases
    duty = bases["reg30364_15_1"]

    assert [one.code for one in bases.values() if one.outweighs_refusal] == ["reg30364_15_1"]
    for code in duty.institutions:
        sector = definitions.institutions[code].sector
        assert sector in ("interior", "ministerio_publico", "poder_judicial")
    assert not duty.sectors


def test_a_legal_basis_whose_text_was_not_found_holds_for_nobody(
    definitions: Definitions,
) -> None:
    for basis in definitions.sharing.legal_bases.values():
        names = any(basis.names(one) for one in definitions.institutions.values())
        assert names == (basis.source.certainty != "gap"), basis.code


def test_institutions_and_data_items_are_lists_that_a_form_asks_for(
    definitions: Definitions,
) -> None:
    assert {term.code for term in definitions.catalogues["institutions"].terms} == set(
        definitions.institutions
    )
    assert [term.code for term in definitions.catalogues["data_items"].terms] == [
        item.code for item in definitions.data_items
    ]


def test_the_written_forms_of_consent_are_those_of_the_rule(definitions: Definitions) -> None:
    assert {term.code for term in definitions.catalogues["forma_consentimiento"].terms} == {
        "firma",
        "huella",
        "electronico",
    }


def test_every_text_is_one_spanish_sentence_or_label(definitions: Definitions) -> None:
    for place, text in texts(definitions):
        assert text == text.strip(), place
        assert "  " not in text, place
        assert "\n" not in text, place
        assert "{" not in text or place.startswith("letters/"), place
        assert "error" not in text.lower().split(), place


def test_two_fields_of_one_page_never_carry_one_label(definitions: Definitions) -> None:
    for form in definitions.forms.values():
        for section in form.sections:
            labels = [one.label for one in section.fields]
            assert len(labels) == len(set(labels)), section.id


def test_what_stands_in_a_printed_box_has_a_short_label(definitions: Definitions) -> None:
    for item in definitions.data_items:
        for name in item.fields:
            field = definitions.form("ficha").get(name) or definitions.form("derivacion").get(name)
            assert field is not None
            assert len(field.brief) <= 40, name


def test_every_field_says_where_it_comes_from(definitions: Definitions) -> None:
    for form in definitions.forms.values():
        for one in form.fields():
            assert one.source is not None, one.id


def test_what_was_not_found_stays_visibly_open(definitions: Definitions) -> None:
    for name in ("ficha_letters", "other_language", "amazonian_people"):
        source = _field(definitions, "ficha", name).source
        assert source is not None
        assert source.certainty == "gap"
