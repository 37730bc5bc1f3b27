"""A recovery sheet on paper: what it holds is read back from it, and it names nobody (K7)."""

from __future__ import annotations

import io
import itertools
import random
import re
from pathlib import Path

import pytest
import segno
from pypdf import PdfReader

from app.crypto.sheets import PARTS, Sheet, SheetKind, joined, new_sheets
from app.documents import qr
from app.documents.registry import PaperDocuments
from app.domain.errors import DomainError
from app.domain.sheet_rows import read_rows, scanned, split_rows, write_name
from app.services.sheet_ports import PaperSheet, RecoverySheet
from tests.documents.test_whole_form import fonts_of

SECRET, SHEETS = new_sheets(SheetKind.CENTRE, random.Random(20261126).randbytes)
DAY = "26 de noviembre de 2026"
ROW = re.compile(r"^\s*(?:\d\s+)?((?:[0-9A-Z]{4} ){4}· \d\d)$", re.MULTILINE)
NAMES_NOTHING = ("CEM", "mujer", "violencia", "víctima", "Warmi", "AURORA", "caso", "ministerio")


def paper(papers: PaperDocuments, number: int, *, is_root: bool = False) -> bytes:
    one = SHEETS[number - 1]
    printed = PaperSheet(number, one.rows())
    return papers.recovery_sheet(RecoverySheet(printed, write_name(one.set_id), DAY, is_root))


def text_of(pdf: bytes) -> str:
    (page,) = PdfReader(io.BytesIO(pdf)).pages
    return page.extract_text()


@pytest.mark.parametrize("number", range(1, PARTS + 1))
def test_the_rows_are_read_back_from_the_paper(papers: PaperDocuments, number: int) -> None:
    rows = tuple(ROW.findall(text_of(paper(papers, number))))
    assert Sheet.typed(rows) == SHEETS[number - 1]
    with pytest.raises(DomainError, match="sheet_row_wrong"):  # the control: another order
        Sheet.typed((rows[1], rows[0], *rows[2:]))


def test_two_papers_open_and_one_does_not(papers: PaperDocuments) -> None:
    read = [Sheet.typed(tuple(ROW.findall(text_of(paper(papers, number))))) for number in (1, 2, 3)]
    for one, other in itertools.permutations(read, 2):
        assert joined(one, other) == SECRET
    with pytest.raises(DomainError, match="sheets_same"):
        joined(read[0], read[0])


@pytest.mark.parametrize("is_root", [False, True])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_it_says_which_it_is_and_which_others_open_with_it(
    papers: PaperDocuments, number: int, is_root: bool
) -> None:
    said = " ".join(text_of(paper(papers, number, is_root=is_root)).split())
    letter = "ABC"[number - 1]
    one, other = (each for each in "ABC" if each != letter)
    assert f"Juego {write_name(SHEETS[0].set_id)} · hecho el {DAY} · hoja {letter}" in said
    assert f"Con cualquier otra de las dos hojas (la {one} o la {other}) se abre." in said
    assert "Esta hoja sola no abre nada" in said
    assert "La guarda (nombre y cargo)" in said
    assert ("Emergencia con dos hojas" in said) is not is_root
    assert ("qispi region restore" in said) is is_root


def test_it_says_that_the_backups_of_its_time_open_with_it_still(papers: PaperDocuments) -> None:
    """Whoever found two of a set that was replaced throws them away, or keeps them, by that."""
    said = " ".join(text_of(paper(papers, 1)).split())
    assert "dejan de abrir el equipo; las copias de antes se abren todavía con ellas." in said


def test_it_names_nothing_that_puts_anybody_in_danger(papers: PaperDocuments) -> None:
    """(L8)"""
    said = text_of(paper(papers, 1)).lower()
    assert [name for name in NAMES_NOTHING if name.lower() in said.split()] == []
    assert "hoja" in said.split()  # the control: a word of it is found
    information = PdfReader(io.BytesIO(paper(papers, 1))).metadata
    assert information is not None
    assert information.title == "Hoja"
    assert not information.author


def test_the_faces_are_embedded_and_the_rows_stand_in_one_whose_signs_are_as_wide(
    papers: PaperDocuments,
) -> None:
    names = {name.split("+")[-1] for name in fonts_of(paper(papers, 2))}
    assert any("Mono" in name for name in names)
    assert all(name.startswith(("Andika", "DejaVuSansMono")) for name in names)


def test_the_code_holds_the_rows_as_a_reader_types_them() -> None:
    rows = SHEETS[0].rows()
    text = scanned(rows)
    assert segno.make(text, error="m", micro=False, boost_error=False).mode == "alphanumeric"
    assert qr.side(text) == 37
    assert read_rows(split_rows(text)) == read_rows(rows)
    assert read_rows(split_rows("\n".join(rows))) == read_rows(rows)
    assert split_rows(rows[0]) == (rows[0],)  # a row is a row


def test_the_sheet_names_both_doors_as_the_screens_do(papers: PaperDocuments) -> None:
    """Of the laptop itself, and of a new computer with a backup: whoever holds it knows neither."""
    said = " ".join(text_of(paper(papers, 1)).split())
    for page, door in (
        ("view.py", "Nadie recuerda sus palabras: abrir con dos hojas"),
        ("view.py", "Recuperar de una copia…"),
        ("recover.py", "No recuerdo las palabras: con dos hojas"),
    ):
        screen = Path(__file__).parents[2] / "ui" / "screens" / "lock" / page
        assert f'"{door}"' in screen.read_text(encoding="utf-8")
        assert f"«{door}»" in said
