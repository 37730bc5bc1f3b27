"""The referral form as a reader, a printer and a PDF viewer meet it."""

from __future__ import annotations

import dataclasses
import io
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject, StreamObject

from app.documents.registry import PaperDocuments
from app.domain.folio import check_code, qr_text
from app.i18n import load
from app.services.read_models import (
    CentreProfile,
    ConsentLine,
    ConsentState,
    ReferralSheet,
    SheetItem,
)
from tests.support.every import some

LANGUAGES = [("es",), ("es", "quy"), ("es", "agr")]


def text_of(pdf: bytes) -> str:
    """The text that can be selected, its line breaks and runs of spaces made one space."""
    return re.sub(r"\s+", " ", PdfReader(io.BytesIO(pdf)).pages[0].extract_text())


def fonts_of(pdf: bytes) -> Iterator[DictionaryObject]:
    for number in range(1, len(PdfReader(io.BytesIO(pdf)).xref[0]) + 1):
        reader = PdfReader(io.BytesIO(pdf))
        found = reader.get_object(IndirectObject(number, 0, reader))
        if isinstance(found, DictionaryObject) and found.get("/Type") == "/Font":
            yield found


@pytest.mark.parametrize("languages", LANGUAGES)
def test_the_form_is_one_page_of_a4(
    papers: PaperDocuments, sheet: ReferralSheet, languages: tuple[str, ...]
) -> None:
    filled = papers.referral(dataclasses.replace(sheet, languages=languages))
    blank = papers.blank_referral(sheet.centre, languages)
    for pdf in (filled, blank):
        pages = PdfReader(io.BytesIO(pdf)).pages
        assert len(pages) == 1
        assert (round(pages[0].mediabox.width), round(pages[0].mediabox.height)) == (595, 842)


@pytest.mark.parametrize("languages", LANGUAGES)
def test_every_font_is_embedded_and_none_is_helvetica(
    papers: PaperDocuments, sheet: ReferralSheet, languages: tuple[str, ...]
) -> None:
    filled = papers.referral(dataclasses.replace(sheet, languages=languages))
    for pdf in (filled, papers.blank_referral(sheet.centre, languages)):
        assert b"Helvetica" not in pdf
        fonts = list(fonts_of(pdf))
        assert fonts
        for font in fonts:
            descriptor = font["/FontDescriptor"].get_object()
            assert isinstance(descriptor, DictionaryObject)
            assert isinstance(descriptor["/FontFile2"].get_object(), StreamObject)
            assert "Andika" in str(font["/BaseFont"])


def test_what_stands_on_the_sheet_can_be_selected(
    papers: PaperDocuments, sheet: ReferralSheet
) -> None:
    text = text_of(papers.referral(sheet))
    expected = [
        sheet.folio, sheet.check_code, "24/11/2026", "16:40", sheet.institution, sheet.area,
        sheet.contact_person, sheet.urgency, sheet.case_code, sheet.reason, *sheet.services,
        "Nántip Ejémplo Ñañez Tsúnki", "SEVERO", "23/11/2026", "24 horas", "Huella digital",
        "Intérprete Inventada Diez", "Edad, Nivel de riesgo", sheet.professional,
    ]  # fmt: skip
    assert [one for one in expected if one not in text] == []


def test_the_district_of_the_centre_is_a_name_and_not_a_code(
    papers: PaperDocuments, sheet: ReferralSheet
) -> None:
    centre = dataclasses.replace(sheet.centre, district="010402")
    text = text_of(papers.referral(dataclasses.replace(sheet, centre=centre)))
    assert "El Cenepa" in text
    assert "010402" not in text


def test_the_return_slip_names_the_paper_and_not_the_person(
    papers: PaperDocuments, sheet: ReferralSheet
) -> None:
    text = text_of(papers.referral(sheet))
    slip = text[text.index("Talón de respuesta") :]
    assert sheet.folio in slip
    assert sheet.centre.name in slip
    assert "Nántip" not in slip
    assert sheet.case_code not in slip.replace(sheet.folio, "")


@pytest.mark.parametrize(
    "folio",
    ["2026-A0001-DA1", "2026-MM9999-DMM999", "2026-BCDF0001-DBCDF1", "2026-MMMM9999-DMMMM99"],
)
def test_a_folio_of_any_laptop_stands_whole_on_paper_and_slip(
    papers: PaperDocuments, sheet: ReferralSheet, folio: str
) -> None:
    text = text_of(papers.referral(dataclasses.replace(sheet, folio=folio)))
    head, slip = text[: text.index("Talón de respuesta")], text[text.index("Talón de respuesta") :]
    assert folio in head
    assert folio in slip


def test_the_code_holds_the_folio_and_nothing_of_a_person() -> None:
    """(L8)"""
    assert qr_text("2026-A0013-DA1") == f"QISPI:2026-A0013-DA1:{check_code('2026-A0013-DA1')}"


def test_the_risk_stays_out_when_it_was_not_ticked(
    papers: PaperDocuments, sheet: ReferralSheet
) -> None:
    text = text_of(papers.referral(dataclasses.replace(sheet, risk_level="", risk_valued_on=None)))
    assert "SEVERO" not in text
    assert "23/11/2026" not in text


def test_without_consent_the_paper_says_that_it_may_not_leave(
    papers: PaperDocuments, sheet: ReferralSheet
) -> None:
    text = text_of(papers.referral(dataclasses.replace(sheet, consent=None)))
    assert "todavía no puede salir del centro" in text
    assert "acepta que se compartan" not in text


def test_with_a_legal_basis_the_paper_never_says_that_she_accepts(
    papers: PaperDocuments, sheet: ReferralSheet
) -> None:
    basis = "Deber de denunciar los hechos (Reglamento de la Ley 30364, art. 15.1)"
    line = ConsentLine(ConsentState.BY_LAW, legal_basis=basis, informed="No consta")
    text = text_of(papers.referral(dataclasses.replace(sheet, consent=line)))
    assert basis in text
    assert "¿Se le informó? No consta" in text
    assert "acepta" not in text
    assert "se le informó a la persona" not in text


def test_a_refusal_is_said_as_such(papers: PaperDocuments, sheet: ReferralSheet) -> None:
    line = ConsentLine(ConsentState.REFUSED)
    text = text_of(papers.referral(dataclasses.replace(sheet, consent=line)))
    assert "La persona dijo que no" in text
    assert "acepta" not in text
    assert "Falta" not in text


def test_who_accepts_for_a_child_is_named_and_signs(
    papers: PaperDocuments, sheet: ReferralSheet
) -> None:
    assert sheet.consent is not None
    by = "Madre, padre o quien ejerce la tutela (no la presunta persona agresora)"
    line = dataclasses.replace(sheet.consent, state=ConsentState.GIVEN_FOR_HER, given_by=by)
    text = text_of(papers.referral(dataclasses.replace(sheet, consent=line)))
    assert "La persona acepta" not in text
    assert by in text
    assert "Persona usuaria: firma" not in text
    assert "Persona usuaria: firma" in text_of(papers.referral(sheet))


@pytest.mark.parametrize("reason", ["Corto.", "Palabra inventada. " * 1500])
def test_a_warning_not_to_call_is_printed_and_never_cut(
    papers: PaperDocuments, sheet: ReferralSheet, reason: str
) -> None:
    quiet = dataclasses.replace(sheet, reason=reason)
    warned = dataclasses.replace(quiet, must_not_call=True)
    warning = "NO LLAMAR NI ESCRIBIR a su teléfono: otra persona puede contestar o ver el teléfono"
    assert warning in text_of(papers.referral(warned))
    assert warning not in text_of(papers.referral(quiet))


@pytest.mark.parametrize("code", ["quy", "agr"])
def test_consent_is_printed_in_her_language_only_when_approved(
    papers: PaperDocuments, sheet: ReferralSheet, code: str
) -> None:
    text = text_of(papers.referral(dataclasses.replace(sheet, languages=("es", code))))
    spanish = (
        "La persona acepta que se compartan con esta institución solo los datos de esta ficha."
    )
    assert spanish in text
    approved = load(code).pgettext("consent", spanish)
    if approved == spanish:
        assert "léalo en castellano con intérprete" in text
    else:
        assert approved in text


@pytest.mark.parametrize("code", ["quy", "agr"])
def test_a_second_language_says_how_far_it_was_checked(
    papers: PaperDocuments, sheet: ReferralSheet, code: str
) -> None:
    text = text_of(papers.referral(dataclasses.replace(sheet, languages=("es", code))))
    assert f"{load(code).name}: " in text


def test_a_text_too_long_is_cut_in_sight_and_the_foot_says_so(
    papers: PaperDocuments, sheet: ReferralSheet
) -> None:
    long = dataclasses.replace(sheet, reason="Palabra inventada. " * 1500)
    text = text_of(papers.referral(long))
    assert "[…]" in text
    assert "el texto no entró completo" in text
    assert "Puede negarse o cambiar de opinión" in text
    assert "el texto no entró completo" not in text_of(papers.referral(sheet))


def test_the_blank_form_offers_every_service_and_every_level(
    papers: PaperDocuments, centre: CentreProfile
) -> None:
    text = text_of(papers.blank_referral(centre, ("es",)))
    for word in ("Atención médica", "Acogida en refugio", "LEVE", "MODERADO", "SEVERO", "Motivo",
                 "Inmediata", "24 horas", "firma o huella", "Talón de respuesta"):  # fmt: skip
        assert word in text


def test_nothing_is_left_among_the_temporary_files(
    papers: PaperDocuments,
    sheet: ReferralSheet,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """(L3)"""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    papers.referral(sheet)
    papers.blank_referral(sheet.centre, ("es", "agr"))
    assert list(tmp_path.iterdir()) == []


def test_the_same_sheet_gives_the_same_bytes_on_any_thread(
    papers: PaperDocuments, sheet: ReferralSheet
) -> None:
    expected = papers.referral(sheet)
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(papers.referral, [sheet] * 8)) == {expected}


_ANY_TEXT = st.text(max_size=200) | st.integers(0, 3000).map(lambda n: "largo " * n)


@settings(
    max_examples=some(8, 25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    reason=_ANY_TEXT,
    summary=_ANY_TEXT,
    institution=_ANY_TEXT,
    name=st.text(max_size=400),
    items=st.lists(st.tuples(st.text(max_size=30), _ANY_TEXT), max_size=26),
    languages=st.sampled_from(LANGUAGES),
)
def test_whatever_was_typed_the_page_holds_it_above_the_signatures(
    papers: PaperDocuments,
    sheet: ReferralSheet,
    *,
    reason: str,
    summary: str,
    institution: str,
    name: str,
    items: list[tuple[str, str]],
    languages: tuple[str, ...],
) -> None:
    odd = dataclasses.replace(
        sheet,
        reason=reason,
        summary=summary,
        institution=institution,
        professional=name,
        contact_person=name,
        person=tuple(SheetItem("x", label, value) for label, value in items),
        languages=languages,
    )
    page = PdfReader(io.BytesIO(papers.referral(odd))).pages[0]
    heights: dict[str, float] = {}

    def note(text: str, _cm: object, matrix: list[float], _font: object, _size: object) -> None:
        for word in ("Puede negarse", "Persona usuaria"):
            if word in text:
                heights[word] = matrix[5]

    page.extract_text(visitor_text=note)
    assert heights["Puede negarse"] > heights["Persona usuaria"] + 30
