"""What a lost laptop held, on one page for the notice of 48 hours: counts, and nobody's name."""

from __future__ import annotations

import io

import pytest
from pypdf import PdfReader

from app.documents.registry import PaperDocuments
from app.domain.records import Kind
from app.services.devices import Held, LostReport, LostSheet
from app.services.read_models import CentreProfile
from tests.documents.test_whole_form import fonts_of

CENTRE = CentreProfile("Centro Inventado", "", "", "Jirón Inventado 1", "900000000", "010401")
HEAD = "318 · 0A1B-2C3D-4E5F-6071"


def report(*, is_revoked: bool = True, heard_ms: int | None = 1_790_000_000_000) -> LostReport:
    held = (
        Held(Kind.CASE, 41, 57),
        Held(Kind.SURVIVOR, 40, 55),
        Held(Kind.ALLEGED_PERPETRATOR, 38, 50),
        Held(Kind.ATTACHMENT, 7, 9),
    )
    return LostReport("B", is_revoked, heard_ms, 120, 131, held, 1_790_400_000_000, HEAD)


def text_of(pdf: bytes) -> str:
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(page.extract_text().split())


def test_it_is_one_page_that_says_what_the_notice_has_to(papers: PaperDocuments) -> None:
    said = text_of(papers.lost_report(LostSheet(CENTRE, report())))
    for words in (
        "Centro Inventado",
        "Equipo B",
        "41 de 57",
        "40 de 55",
        "38 de 50",
        "7 de 9",
        "120 de 131",
        HEAD,
        "Cuándo lo supo el centro",
        "48 horas",
        "Firma",
        "Dado de baja",
    ):
        assert words in said, words


def test_what_is_not_known_or_not_done_yet_is_said(papers: PaperDocuments) -> None:
    sheet = LostSheet(CENTRE, report(is_revoked=False, heard_ms=None))
    said = text_of(papers.lost_report(sheet))
    assert "Todavía no" in said
    assert "Nunca llegó nada de lo que se hizo en él" in said, "it said what it held, on a stick"
    assert "Dado de baja" not in said


@pytest.mark.parametrize("name", ["Centro Inventado de Nombre Largo " * 4, ""])
def test_it_stays_one_page_and_its_title_says_nothing(papers: PaperDocuments, name: str) -> None:
    """(L8)"""
    centre = CentreProfile(name, "Ministerio " * 9, "Programa " * 9, "", "", "")
    pdf = papers.lost_report(LostSheet(centre, report()))
    information = PdfReader(io.BytesIO(pdf)).metadata
    assert information is not None
    assert information.title == "Equipo"
    assert not information.author
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 1
    assert all("Helvetica" not in one for one in fonts_of(pdf))
