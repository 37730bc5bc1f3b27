"""The maker of papers, and a sheet about invented people."""

from __future__ import annotations

from datetime import date

import pytest

from app import definitions
from app.documents.registry import PaperDocuments
from app.domain.definitions import Definitions
from app.services.read_models import (
    CentreProfile,
    ConsentLine,
    ConsentState,
    ReferralSheet,
    SheetItem,
)


@pytest.fixture(scope="session")
def the_definitions() -> Definitions:
    return definitions.load()


@pytest.fixture(scope="session")
def papers(the_definitions: Definitions) -> PaperDocuments:
    return PaperDocuments(the_definitions)


@pytest.fixture
def centre() -> CentreProfile:
    return CentreProfile(
        name="CEM Inventado Nieva",
        programme="Programa Nacional Warmi Ñan",
        ministry="Ministerio de la Mujer y Poblaciones Vulnerables",
        address="Jr. Inventado 123",
        phone="041 000 000",
        district="Nieva, Condorcanqui, Amazonas",
    )


@pytest.fixture
def sheet(centre: CentreProfile) -> ReferralSheet:
    return ReferralSheet(
        folio="2026-A0013-DA1",
        check_code="7K",
        issued_on=date(2026, 11, 24),
        issued_time="16:40",
        centre=centre,
        professional="Lic. Inventada Ocho",
        professional_role="Psicología",
        case_code="2026-A0013",
        institution="Centro de Salud Inventado",
        area="Salud mental",
        contact_person="Lic. Inventada Nueve",
        contact_phone="041 000 001",
        urgency="Hoy mismo",
        person=(
            SheetItem("EDAD_VICTIMA", "Edad", "34"),
            SheetItem("LENGUA_MATERNA_VICTIMA", "Lengua materna", "Awajún"),
            SheetItem("names", "Nombres", "Nántip Ejémplo Ñañez Tsúnki"),
        ),
        must_not_call=False,
        services=("Atención médica", "Defensa legal"),
        reason="Pide atención en la mañana porque vuelve en bote.",
        summary="",
        violence_type="",
        risk_level="3",
        risk_valued_on=date(2026, 11, 23),
        reply_within="24 horas",
        consent=ConsentLine(
            state=ConsentState.GIVEN,
            given_by="La persona usuaria",
            form="Huella digital",
            given_on=date(2026, 11, 24),
            language="Awajún",
            interpreter="Intérprete Inventada Diez",
            covers=("Edad", "Nivel de riesgo"),
        ),
        languages=("es",),
    )
