"""What the ficha asks follows what was answered, by the rules of the official dictionary."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from app.domain.condition import fields_of
from app.domain.definitions import Definitions
from app.domain.form import FieldType, Form, check_value, check_years
from app.domain.value import Absent, Value


@pytest.fixture(scope="session")
def ficha(definitions: Definitions) -> Form:
    return definitions.form("ficha")


def _shown(form: Form, values: Mapping[str, Value]) -> set[str]:
    return {one.id for _, one in form.shown(values)}


def _missing(form: Form, values: Mapping[str, Value]) -> set[str]:
    return {one.id for one in form.missing_to_validate(values)}


BONDS = ("VINCULO_PAREJA", "VINCULO_FAMILIAR", "SIN_VINCULO")


@pytest.mark.parametrize(("group", "bond"), list(zip("123", BONDS, strict=True)))
def test_the_bond_is_asked_from_the_list_of_its_group_and_no_other(
    ficha: Form, group: str, bond: str
) -> None:
    values = {"VINCULO_AGRESOR_VICTIMA": group}

    assert _shown(ficha, values) & set(BONDS) == {bond}
    assert _missing(ficha, values) & set(BONDS) == {bond}


def test_without_a_group_no_bond_is_asked(ficha: Form) -> None:
    assert not _shown(ficha, {}) & set(BONDS)


GENERALLY = {"FRECUENCIA_AGREDE", "ESTADO_AGRESOR_G", "ESTADO_VICTIMA_G"}


def test_how_often_and_generally_are_asked_only_when_it_was_not_the_first_time(
    ficha: Form,
) -> None:
    assert not _shown(ficha, {}) & GENERALLY
    assert not _shown(ficha, {"PRIMERA_VEZ_AGREDE": "1"}) & GENERALLY
    assert _shown(ficha, {"PRIMERA_VEZ_AGREDE": "0"}) >= GENERALLY
    assert "FRECUENCIA_AGREDE" in _missing(ficha, {"PRIMERA_VEZ_AGREDE": "0"})


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ({}, False),
        ({"SEXO_VICTIMA": "1"}, False),
        ({"SEXO_VICTIMA": "0"}, True),
    ],
)
def test_pregnancy_is_asked_of_women_only(
    ficha: Form, values: dict[str, Value], asked: bool
) -> None:
    assert ("VICTIMA_GESTANDO" in _shown(ficha, values)) is asked


def test_weeks_of_pregnancy_run_from_1_to_42(ficha: Form) -> None:
    weeks = ficha.get("pregnancy_weeks")
    assert weeks is not None
    woman = {"SEXO_VICTIMA": "0", "VICTIMA_GESTANDO": "1"}

    assert "pregnancy_weeks" in _shown(ficha, woman)
    assert "pregnancy_weeks" not in _shown(ficha, woman | {"VICTIMA_GESTANDO": "0"})
    assert check_value(weeks, 1) is None
    assert check_value(weeks, 42) is None
    assert check_value(weeks, 0) is not None
    assert check_value(weeks, 43) is not None


FOREIGN = {"VICTIMA_PAIS_EXTRANJERO", "VICTIMA_CARNE_EXTRANJERIA", "migration_status"}


def test_a_person_may_be_peruvian_and_foreign(ficha: Form) -> None:
    both = _shown(ficha, {"VICTIMA_PERUANA": "1", "VICTIMA_EXTRANJERA": "1"})

    assert both >= FOREIGN | {"VICTIMA_CUENTA_DNI"}
    assert not _shown(ficha, {"VICTIMA_PERUANA": "1", "VICTIMA_EXTRANJERA": "0"}) & FOREIGN


def test_where_she_studies_is_asked_when_she_studies(ficha: Form) -> None:
    school = {"LUGAR_ESTUDIA", "TIPO_GESTION_ESTUDIA"}

    assert _shown(ficha, {"ESTUDIA": "1"}) >= school
    assert not _shown(ficha, {"ESTUDIA": "0"}) & school


def test_motive_and_manner_are_asked_of_an_attempted_feminicide(ficha: Form) -> None:
    attempt = {"MOVIL_TENTATIVA_DE_FEMINICIDIO", "MODALIDAD_TENTATIVA_DE_FEMINICIDIO"}

    assert _shown(ficha, {"CASO_TENTATIVA_DE_FEMINICIDIO": "1"}) >= attempt
    assert not _shown(ficha, {"CASO_TENTATIVA_DE_FEMINICIDIO": "0"}) & attempt
    assert not _shown(ficha, {}) & attempt


ACTS = ("economic_acts", "psychological_acts", "physical_acts", "sexual_acts")


@pytest.mark.parametrize(("kind", "acts"), list(zip("0123", ACTS, strict=True)))
def test_a_principal_type_without_an_act_is_warned_of(
    ficha: Form, definitions: Definitions, kind: str, acts: str
) -> None:
    field = ficha.get(acts)
    assert field is not None
    code = definitions.catalogues[str(field.catalogue)].terms[0].code
    others: dict[str, Value] = {one: ("x",) for one in ACTS if one != acts}

    assert ficha.warning_on("TIPO_VIOLENCIA", {"TIPO_VIOLENCIA": kind} | others) is not None
    assert ficha.warning_on("TIPO_VIOLENCIA", {"TIPO_VIOLENCIA": kind, acts: (code,)}) is None


def test_acts_never_choose_the_principal_type_nor_the_type_the_acts(ficha: Form) -> None:
    """All four sets are asked whatever the type is: nothing is derived, nothing is hidden."""
    for kind in (None, "0", "1", "2", "3"):
        assert _shown(ficha, {"TIPO_VIOLENCIA": kind}) >= {*ACTS, "TIPO_VIOLENCIA"}
    assert ficha.warning_on("TIPO_VIOLENCIA", {"physical_acts": ("PUNTAPIES_PATADAS",)}) is None


@pytest.mark.parametrize("way_in", ["15", "16", "17"])
def test_who_comes_from_police_prosecutor_or_court_has_an_earlier_report(
    ficha: Form, way_in: str
) -> None:
    values: dict[str, Value] = {"FORMA_INGRESO": way_in, "INTERPUSO_DENUNCIA": "0"}

    assert ficha.warning_on("INTERPUSO_DENUNCIA", values) is not None
    assert ficha.warning_on("INTERPUSO_DENUNCIA", values | {"INTERPUSO_DENUNCIA": "1"}) is None
    assert ficha.warning_on("INTERPUSO_DENUNCIA", values | {"FORMA_INGRESO": "18"}) is None


def test_a_warning_has_a_source_and_is_one_sentence(ficha: Form) -> None:
    for one in ficha.warnings:
        assert one.message.endswith("."), one.id
        assert one.source.reference, one.id


BEFORE = {"INTERPUSO_DENUNCIA", "CUENTA_MEDIDAS_PROTECCION", "CUENTA_MEDIDAS_CAUTELARES"}
"""What the dictionary defines as *before the intervention of the CEM*."""


def test_what_was_before_the_centre_never_stands_with_what_the_centre_did(ficha: Form) -> None:
    official = {
        one.id
        for one in ficha.fields()
        if one.official and "antes de la intervención del CEM" in one.official.label
    }
    assert official == BEFORE
    for section in ficha.sections:
        held = {one.id for one in section.fields}
        if section.before_cem:
            assert section.code == "B"
            assert held >= BEFORE
        else:
            assert not held & BEFORE, section.id
        if section.code in ("D", "E", "F", "G", "H"):
            assert not section.before_cem


def test_no_record_of_the_centres_work_holds_an_official_variable(
    definitions: Definitions,
) -> None:
    """What the centre obtained is in records of its own; no variable of the ficha is filled by
    them, so a measure obtained later can never say that she had it before."""
    for form_id in ("accion", "red", "dependiente"):
        for one in definitions.form(form_id).fields():
            assert not one.fills, one.id


def test_details_of_the_earlier_report_follow_from_it(ficha: Form) -> None:
    details = {"earlier_report_where", "earlier_report_on", "earlier_report_number"}

    assert _shown(ficha, {"INTERPUSO_DENUNCIA": "1"}) >= details
    assert not _shown(ficha, {"INTERPUSO_DENUNCIA": "0"}) & details


def test_only_yes_is_stored_in_a_flag(ficha: Form) -> None:
    flags = [one for one in ficha.fields() if one.type is FieldType.FLAG]
    assert flags
    for one in flags:
        assert check_value(one, True) is None
        assert check_value(one, None) is None
        assert check_value(one, False) is not None


def test_a_blank_is_never_read_as_no(ficha: Form) -> None:
    """No condition holds because something was left blank, except that something stands open."""
    shown_on_nothing = {one.id for one in ficha.fields() if one.shown_when is None}
    asked = _shown(ficha, {})
    for name in asked - shown_on_nothing:
        field = ficha.get(name)
        assert field is not None
        assert field.shown_when is not None
        asks = set(fields_of(field.shown_when))
        assert asks == {"document_type"}, name


@pytest.mark.parametrize(
    ("born", "day", "said", "years"),
    [
        ("2000-05-10", "2026-05-10", 26, None),
        ("2000-05-10", "2026-05-09", 26, 25),
        ("2000-05-10", "2026-05-09", 25, None),
        ("2000-02-29", "2027-02-28", 27, 26),
        ("2000-02-29", "2027-03-01", 27, None),
        ("2026-01-02", "2026-11-26", 0, None),
        ("2026-12-02", "2026-11-26", 0, None),
        ("hace mucho", "2026-11-26", 30, None),
        (None, "2026-11-26", 30, None),
        (Absent.UNKNOWN, "2026-11-26", 30, None),
        ("1990-01-01", None, 20, None),
        ("1990-01-01", "2026-11-26", Absent.UNKNOWN, None),
        ("1990-01-01", "2026-11-26", None, None),
    ],
)
def test_age_is_of_the_day_she_comes_and_is_remarked_on_never_set(
    ficha: Form, born: Value, day: Value, said: Value, years: int | None
) -> None:
    age = ficha.get("EDAD_VICTIMA")
    assert age is not None

    problem = check_years(age, said, {"birth_date": born, "FECHA_INGRESO": day})

    assert (problem.parameters["years"] if problem else None) == years


def test_orientation_and_identity_are_asked_after_a_consent_of_their_own(ficha: Form) -> None:
    block = {"sexual_orientation", "gender_identity"}

    for answer in (None, "0"):
        assert not _shown(ficha, {"attention_consent": "1", "diversity_consent": answer}) & block
    assert _shown(ficha, {"diversity_consent": "1"}) >= block
    assert not _missing(ficha, {}) & (block | {"diversity_consent"})


def test_the_emergency_kit_is_asked_for_whenever_there_was_sexual_violence(ficha: Form) -> None:
    assert "rape_on" not in _shown(ficha, {"TIPO_VIOLENCIA": "2"})
    assert "rape_on" in _shown(ficha, {"TIPO_VIOLENCIA": "3"})
    assert "rape_on" in _shown(ficha, {"TIPO_VIOLENCIA": "2", "sexual_acts": ("VIOLACION",)})


def test_there_are_ten_motives_for_not_sending_her_for_the_kit(definitions: Definitions) -> None:
    assert len(definitions.catalogues["motivo_no_deriva_kit"].terms) == 10


def test_conciliation_and_withdrawal_close_no_file(definitions: Definitions) -> None:
    for term in definitions.catalogues["cierre_motivo"].terms:
        assert "oncilia" not in term.label
        assert "esist" not in term.label


@pytest.mark.parametrize(
    ("field_id", "code", "time_id"),
    [
        ("FECHA_INGRESO", "ingreso", "entered_at"),
        ("last_event_on", "hechos_ocurridos", "last_event_time"),
        ("rape_on", "hecho_violacion", "rape_time"),
        ("earlier_report_on", "denuncia_recibida", "earlier_report_time"),
        ("kit_referred_on", "derivada_para_kit", "kit_referred_time"),
        ("kit_delivered_on", "kit_entregado", "kit_delivered_time"),
        ("kit_not_referred_on", "kit_no_derivado", ""),
        ("shelter_entered_on", "hrt_ingreso", ""),
        ("validated_on", "caso_validado", "validated_time"),
        ("closed_on", "caso_cerrado", ""),
    ],
)
def test_dates_of_the_ficha_say_what_happened(
    ficha: Form, field_id: str, code: str, time_id: str
) -> None:
    field = ficha.get(field_id)

    assert field is not None
    assert (field.occurs, field.occurs_time) == (code, time_id)


RURAL = {
    "safe_phone",
    "safe_phone_answered_by",
    "leave_message",
    "safe_hours",
    "never_call",
    "code_phrase",
    "route",
    "travel_hours",
    "community_authority",
    "authority_may_know",
    "authority_is_kin",
    "interpreter_name",
    "interpreter_knows_parties",
    "alias",
    "aggressor_nearby",
    "native_community",
    "basin",
    "radio_frequency",
    "phone_point",
    "home_spanish_speaker",
}


def test_the_ficha_asks_what_rural_staff_need(ficha: Form) -> None:
    assert {one.id for one in ficha.fields()} >= RURAL


def test_a_file_taken_up_again_names_the_one_before(ficha: Form) -> None:
    field = ficha.get("linked_case")

    assert field is not None
    assert field.type is FieldType.REFERENCE
    assert {"origin_centre", "origin_folio", "origin_case_code", "origin_ficha"} <= {
        one.id for one in ficha.fields()
    }


@pytest.mark.parametrize(
    ("section_id", "form_id", "part"),
    [
        ("dependientes", "dependiente", None),
        ("redes", "red", None),
        ("plan", "accion", "plan"),
        ("seguimiento", "accion", "seguimiento"),
        ("acciones_legales", "accion", "legal"),
    ],
)
def test_repeated_things_are_records_of_their_own(
    ficha: Form, section_id: str, form_id: str, part: str | None
) -> None:
    section = next(one for one in ficha.sections if one.id == section_id)

    assert section.many == form_id
    assert dict(section.many_with).get("part") == part
    assert section.fields == ()


def test_the_actions_with_an_official_number_keep_it(definitions: Definitions) -> None:
    numbers = {
        term.number: term.code for term in definitions.catalogues["acciones"].terms if term.number
    }

    assert numbers == {
        13: "DERIVAR_EESS_KIT_EMERGENCIA",
        27: "GESTION_SOCIAL",
        32: "ACOMPANAMIENTO_PSICOJURIDICO",
        34: "INFORME_PSICOLOGICO",
        36: "FORTALECIMIENTO_REDES",
        40: "INFORME_SOCIAL",
    }
