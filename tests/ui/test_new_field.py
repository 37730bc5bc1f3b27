"""A field that somebody adds to a data file is everywhere, without a line of code.

On the screen, saved to the disk, on the paper filled and blank, in the search, in the export, and in
what a signed pack says that it changes. The program is the real one; only the data are a copy.
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.definition_changes import changes_between
from app.definitions import load
from app.resources import data_root
from app.services import casework, ficha_sheet, forms, official_export, teams
from tests.support.windows import CENTRE, Screen, open_screen, shown_children
from ui.runtime.text import Texts
from ui.screens.ficha.view import FichaPage

BOAT = "Nombre del bote inventado"
RIVER = "Color del río inventado"
GREEN = "Verde inventado"
HARBOUR = "Puerto inventado de la acción"

FIELDS = f"""
  - {{id: boat_name, type: text, label: "{BOAT}", in_search: true}}
  - {{id: river_colour, type: choice, catalogue: river_colours, label: "{RIVER}"}}
"""
LIST = f"""catalogues:
- id: river_colours
  version: "2099.1"
  source: {{reference: "Invented for a test", certainty: design}}
  terms:
  - {{code: "1", label: "{GREEN}"}}
  - {{code: "2", label: "Pardo inventado"}}
"""


def after_the_first_field(path: Path, lines: str) -> None:
    """Write more fields below the first one of a form."""
    text = path.read_text(encoding="utf-8").splitlines(keepends=True)
    first = next(number for number, one in enumerate(text) if one.lstrip().startswith("- {id: "))
    indent = text[first][: len(text[first]) - len(text[first].lstrip())]
    added = [f"{indent}{one.lstrip()}\n" for one in lines.strip().splitlines()]
    path.write_text("".join((*text[: first + 1], *added, *text[first + 1 :])), encoding="utf-8")


def number(data: Path, kind: str, *names: str) -> None:
    """Give each name the next number of its kind, at the end of the registry."""
    rows = (data / "registry.csv").read_text(encoding="utf-8").splitlines()
    used = [one.split(",") for one in rows if one.startswith(f"{kind},")]
    following = max(int(one[3]) for one in used) + 1
    with (data / "registry.csv").open("a", encoding="utf-8") as file:
        for place, name in enumerate(names):
            file.write(f"{kind},{used[0][1]},{name},{following + place}\n")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The shipped data with two fields, a list and a field of an action added."""
    copy = tmp_path / "release"
    shutil.copytree(data_root(), copy)
    after_the_first_field(copy / "forms" / "ficha.yaml", FIELDS)
    (copy / "catalogues" / "river.yaml").write_text(LIST, encoding="utf-8")
    number(copy, "case", "boat_name", "river_colour")
    after_the_first_field(
        copy / "forms" / "accion.yaml", f'- {{id: harbour, type: text, label: "{HARBOUR}"}}'
    )
    number(copy, "action", "harbour")
    return copy


@pytest.fixture
def screen(qapp: QApplication, qtbot: QtBot, tmp_path: Path, data: Path) -> Iterator[Screen]:
    with open_screen(qapp, qtbot, tmp_path, Texts("es", None), load(data)) as made:
        yield made


def words_of(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def row_of(screen: Screen, field_id: str) -> QWidget:
    assert isinstance(screen.page, FichaPage)
    assert screen.page.fields is not None
    row = screen.page.fields.row(field_id)
    assert row is not None
    return row


def test_a_new_field_is_on_screen_on_paper_in_search_and_in_the_export(
    screen: Screen, tmp_path: Path
) -> None:
    case_id = screen.new_case()
    screen.go("ficha", case_id=case_id)

    # On the screen, with its words and its options; what is typed is on the disk.
    boat = row_of(screen, "boat_name")
    (line,) = [one for one in shown_children(boat) if isinstance(one, QLineEdit)]
    assert BOAT in line.accessibleName()
    line.setFocus()
    screen.bot.keyClicks(line, "Yacumama")
    colour = row_of(screen, "river_colour")
    (box,) = [one for one in shown_children(colour) if isinstance(one, QComboBox)]
    place = box.findText(GREEN, Qt.MatchFlag.MatchContains)
    assert place >= 0
    box.setCurrentIndex(place)
    box.activated.emit(place)
    screen.page.flush()
    screen.settle()
    assert screen.stored(case_id, "boat_name") == "Yacumama"
    assert screen.stored(case_id, "river_colour") == "1"

    # In the search.
    found = screen.run(lambda uow: casework.search_cases(uow, "yakumama", 5))
    assert [one.case_id for one in found] == [case_id]

    # On paper.
    documents = screen.shell.workplace.documents
    filled = screen.run(lambda uow: ficha_sheet.filled(uow, screen.desk, case_id, CENTRE))
    words = words_of(documents.form(filled))
    assert f"{BOAT} Yacumama" in words
    assert f"{RIVER} 1 {GREEN}" in words
    blank = ficha_sheet.blank(screen.desk.definitions, CENTRE, screen.desk.clock.today())
    words = words_of(documents.form(blank))
    for one in (BOAT, RIVER, f"1 {GREEN}", "2 Pardo inventado", HARBOUR):
        assert one in words

    # In the export, after the official columns, which stay as they are.
    target = tmp_path / "casos.csv"
    screen.run(lambda uow: teams.open_access(uow, screen.desk, None, ["export_texts"], "Prueba"))
    screen.run(
        lambda uow: official_export.export_own(
            uow, screen.desk, target, is_extended=True, with_texts=True
        )
    )
    head, row = target.read_text(encoding="utf-8-sig").splitlines()[:2]
    columns = dict(zip(head.split(","), row.split(","), strict=True))
    assert columns["boat_name"] == "Yacumama"
    assert columns["river_colour"] == "1"
    assert "boat_name" not in head.split(",")[:168]
    screen.settle()


def test_a_new_field_of_a_record_of_a_list_is_on_paper(screen: Screen) -> None:
    case_id = screen.new_case()
    form = screen.desk.definitions.form("accion")
    section = next(
        one for one in screen.desk.definitions.form("ficha").sections if one.many == form.id
    )

    def act(uow: object) -> None:
        record = forms.open_record(uow, screen.desk, form.id, case_id, dict(section.many_with))
        forms.set_field(uow, screen.desk, form.id, record, "harbour", "Muelle inventado")

    screen.run(act)
    filled = screen.run(lambda uow: ficha_sheet.filled(uow, screen.desk, case_id, CENTRE))
    words = words_of(screen.shell.workplace.documents.form(filled))
    assert f"{HARBOUR}: Muelle inventado" in words
    screen.settle()


def test_a_pack_with_the_new_field_says_so(data: Path) -> None:
    said = {f"{one.kind}: {one.what}" for one in changes_between(load(), load(data))}
    assert any(BOAT in one and one.startswith("Campo nuevo") for one in said)
    assert any(HARBOUR in one and one.startswith("Campo nuevo") for one in said)
    assert any(one.startswith("Lista nueva: river_colours") for one in said)
