"""The whole ficha on paper: every question of its definition, filled in or for handwriting."""

from __future__ import annotations

import dataclasses
import io
import re
from collections.abc import Iterator
from datetime import date

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject

from app.documents.registry import PaperDocuments
from app.domain.definitions import Definitions
from app.domain.form import FieldType
from app.services import ficha_sheet
from app.services.paper_sheets import (
    FormItem,
    FormPart,
    FormSheet,
    FormTable,
    Room,
    TableRow,
)
from app.services.read_models import CentreProfile

DAY = date(2026, 11, 24)
LANGUAGES = [("es",), ("es", "quy"), ("es", "agr")]


def pages_of(pdf: bytes) -> list[str]:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return [re.sub(r"\s+", " ", page.extract_text()) for page in pages]


def fonts_of(pdf: bytes) -> Iterator[str]:
    reader = PdfReader(io.BytesIO(pdf))
    for number in range(1, len(reader.xref[0]) + 1):
        found = reader.get_object(IndirectObject(number, 0, reader))
        if isinstance(found, DictionaryObject) and found.get("/Type") == "/Font":
            assert "/FontFile2" in found["/FontDescriptor"].get_object()
            yield str(found["/BaseFont"])


def squeezed(text: str) -> str:
    """Text without spaces: a page breaks lines where it likes."""
    return re.sub(r"\s+", "", text)


@pytest.fixture
def blank(the_definitions: Definitions, centre: CentreProfile) -> FormSheet:
    return ficha_sheet.blank(the_definitions, centre, DAY)


def sheet_with(blank: FormSheet, *parts: FormPart) -> FormSheet:
    return dataclasses.replace(
        blank,
        parts=parts,
        annexes=(),
        is_blank=False,
        case_code="2026-A0013",
        printed_on="24/11/2026 16:40",
        professional="Lic. Inventada Ocho",
    )


def test_the_blank_form_asks_every_question_of_the_definition(
    papers: PaperDocuments, the_definitions: Definitions, blank: FormSheet
) -> None:
    text = squeezed("".join(pages_of(papers.form(blank))))
    ficha = the_definitions.form("ficha")
    lacking = [
        one.id
        for one in ficha.fields()
        if one.type is not FieldType.REFERENCE and squeezed(one.label) not in text
    ]
    assert lacking == []
    for section in ficha.sections:
        assert squeezed(section.title) in text


def test_the_blank_form_has_the_official_codes_and_items(
    papers: PaperDocuments, the_definitions: Definitions, blank: FormSheet
) -> None:
    text = squeezed("".join(pages_of(papers.form(blank))))
    for field in the_definitions.form("ficha").fields():
        if field.official is None or field.catalogue is None:
            continue
        for term in the_definitions.catalogues[field.catalogue].choices(DAY):
            assert squeezed(f"{term.code} {term.label}") in text, field.id
    assert "A.1.1" in text
    assert "[28-30]" in text  # the three official parts of one place


def test_every_page_has_its_number_the_code_and_who_may_read_it(
    papers: PaperDocuments, blank: FormSheet
) -> None:
    for sheet in (blank, sheet_with(blank, *blank.parts)):
        pages = pages_of(papers.form(sheet))
        assert len(pages) > 2
        for number, text in enumerate(pages, 1):
            assert f"Página {number} de {len(pages)}" in text
            assert "RESERVADO" in text
            assert (sheet.case_code or "Código del caso: ____") in text


def test_the_legend_cites_the_law_in_force(papers: PaperDocuments, blank: FormSheet) -> None:
    first = pages_of(papers.form(blank))[0]
    for one in ("consentimiento verbal", "Ley 29733", "DS 016-2024-JUS", "art. 9"):
        assert one in first
    assert "003-2013" not in first


@pytest.mark.parametrize("languages", LANGUAGES)
def test_only_embedded_andika_on_a4(
    papers: PaperDocuments, blank: FormSheet, languages: tuple[str, ...]
) -> None:
    pdf = papers.form(dataclasses.replace(blank, languages=languages))
    assert {name.split("+")[-1].split("-")[0] for name in fonts_of(pdf)} == {"Andika"}
    assert b"Helvetica" not in pdf
    assert "�" not in "".join(pages_of(pdf))
    for page in PdfReader(io.BytesIO(pdf)).pages:
        assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)


def test_the_blank_form_names_nobody(papers: PaperDocuments, blank: FormSheet) -> None:
    """(L8)"""
    reader = PdfReader(io.BytesIO(papers.form(blank)))
    assert reader.metadata is not None
    assert reader.metadata.title == "Ficha de Registro de Casos"
    assert not reader.metadata.author


def test_a_very_long_answer_goes_on_over_pages_and_is_whole(
    papers: PaperDocuments, blank: FormSheet
) -> None:
    words = " ".join(f"palabra{number}" for number in range(3_000))
    item = FormItem("relato", "", "", "Relato inventado", Room.LINES, words)
    pages = pages_of(papers.form(sheet_with(blank, FormPart("B", "Hechos", (), (item,)))))
    text = squeezed("".join(pages))
    assert len(pages) > 2
    missing = [number for number in range(3_000) if f"palabra{number}" not in text]
    assert missing == []


def test_a_long_table_says_its_columns_on_each_page(
    papers: PaperDocuments, blank: FormSheet
) -> None:
    rows = tuple(TableRow((f"Acción {n}", "24/11/2026"), (("Nota", "x"),)) for n in range(120))
    table = FormTable(("Qué se hizo", "Cuándo"), rows)
    pages = pages_of(papers.form(sheet_with(blank, FormPart("G", "Seguimiento", (), (), table))))
    assert len(pages) > 1
    assert all("Qué se hizo" in one for one in pages)
    assert all(f"Acción {n} " in " ".join(pages) for n in range(120))


def test_an_empty_list_says_that_nothing_is_recorded(
    papers: PaperDocuments, blank: FormSheet
) -> None:
    part = FormPart("C", "Redes", (), (), FormTable(("Nombre",)))
    assert "Nada registrado." in pages_of(papers.form(sheet_with(blank, part)))[0]


def test_texts_are_never_markup(papers: PaperDocuments, blank: FormSheet) -> None:
    item = FormItem("x", "", "", "<b>uno</b>", Room.LINE, "<img src='x'/> & \x00 ‮dos")
    text = pages_of(papers.form(sheet_with(blank, FormPart("A", "<i>", (), (item,)))))[0]
    assert "<b>uno</b>" in text
    assert "<img src='x'/> &" in text
