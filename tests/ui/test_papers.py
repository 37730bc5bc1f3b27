"""The papers of a case: shown as they will print, noted when they leave."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtWidgets import QCheckBox, QFileDialog, QListWidget, QPushButton

from app.domain.change import RecordId
from app.services import teams
from app.services.messages import sentence
from tests.support.windows import Screen, shown_children, slow_disk
from ui.screens.papers.view import PapersPage
from ui.widgets.printing import printer_for

STORY = "Relato inventado que no sale solo"


def words_of(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def opened(screen: Screen, **arguments: object) -> tuple[PapersPage, RecordId]:
    case_id = screen.new_case(names="Inventada Uno", relato=STORY)
    page = screen.go("papers", case_id=case_id, **arguments)
    assert isinstance(page, PapersPage)
    return page, case_id


def saved(screen: Screen, page: PapersPage, place: Path) -> tuple[str, str]:
    """Press the button that saves; return the name that was offered and the words of the file."""
    (press,) = [
        one
        for one in shown_children(page)
        if isinstance(one, QPushButton) and one.text() == "Guardar PDF…"
    ]
    press.click()
    (dialog,) = [one for one in page.findChildren(QFileDialog) if one.isVisible()]
    name = Path(dialog.selectedFiles()[0]).name
    dialog.selectFile(str(place / "papel.pdf"))
    dialog.accept()
    screen.settle()
    return name, words_of((place / "papel.pdf").read_bytes())


def printed_of(screen: Screen) -> int:
    return screen.run(lambda uow: uow.audit.count())


def choose(screen: Screen, page: PapersPage, title: str) -> None:
    (papers,) = [one for one in shown_children(page) if isinstance(one, QListWidget)]
    (row,) = [row for row in range(papers.count()) if papers.item(row).text() == title]
    papers.setCurrentRow(row)
    screen.settle()


def said(page: PapersPage) -> str:
    return " ".join(one.accessibleName() for one in shown_children(page) if one.accessibleName())


def test_the_ficha_goes_out_by_its_code_and_without_the_story(
    screen: Screen, tmp_path: Path
) -> None:
    page, _ = opened(screen)
    before = printed_of(screen)
    name, words = saved(screen, page, tmp_path)
    assert "No está cifrado: quien use esta laptop" in said(page)
    assert re.fullmatch(r"ficha-\d{4}-[A-Z]+\d+\.pdf", name)
    assert "Inventada Uno" in words
    assert STORY not in words
    assert "No se imprime: está en el expediente" in words
    assert printed_of(screen) == before + 1


def test_the_story_goes_out_when_somebody_asks_for_it(screen: Screen, tmp_path: Path) -> None:
    page, case_id = opened(screen)
    (box,) = [one for one in shown_children(page) if isinstance(one, QCheckBox)]
    acts, why = ["print_narrative"], "La pide el juzgado"
    screen.run(lambda uow: teams.open_access(uow, screen.desk, case_id, acts, why))
    box.click()
    screen.settle()
    assert STORY in saved(screen, page, tmp_path)[1]


def test_the_ficha_page_leads_to_its_papers_and_back(screen: Screen) -> None:
    case_id = screen.new_case(names="Inventada Uno")
    ficha = screen.go("ficha", case_id=case_id)
    (press,) = [
        one
        for one in shown_children(ficha)
        if isinstance(one, QPushButton) and one.text() == "Imprimir"
    ]
    press.click()
    screen.settle()
    assert isinstance(screen.page, PapersPage)
    (back,) = [
        one
        for one in shown_children(screen.page)
        if isinstance(one, QPushButton) and one.text() == "Ficha"
    ]
    back.click()
    screen.settle()
    assert not isinstance(screen.page, PapersPage)


def test_a_letter_opened_for_a_term_says_when_it_ended_and_what_stays_blank(
    screen: Screen, tmp_path: Path
) -> None:
    facts = {"due": "21/11/2026 a las 09:30"}
    page, _ = opened(screen, paper="oficio_informe_policial", facts=facts)
    assert "Modelo de trabajo" in said(page)
    assert "Queda en blanco" in said(page)
    name, words = saved(screen, page, tmp_path)
    assert "No está cifrado: quien use esta laptop" in said(page)
    assert name == "oficio-informe-policial.pdf"
    assert "Ese plazo venció el 21/11/2026 a las 09:30" in words
    assert "Inventada Uno" not in words


def test_a_paper_that_she_takes_along_has_a_name_that_tells_nothing(
    screen: Screen, tmp_path: Path
) -> None:
    page, _ = opened(screen)
    choose(screen, page, "Papeleta de cita")
    name, words = saved(screen, page, tmp_path)
    assert "No está cifrado: quien use esta laptop" in said(page)
    assert name == "hoja.pdf"
    assert "Inventada Uno" not in words
    assert "CEM" not in words


def test_another_paper_is_not_told_what_the_letter_before_was_told(screen: Screen) -> None:
    page, _ = opened(screen, paper="oficio_informe_policial", facts={"due": "x"})
    choose(screen, page, "Oficio: medidas de protección pendientes")
    assert page.presenter.choice is not None
    assert page.presenter.choice.facts == {}


REFUSED = sentence("printer_refused", {}, str)
WRITTEN = "PDF guardado. No está cifrado"


def goes_on(screen: Screen, page: PapersPage, then: str, other: RecordId) -> None:
    """Choose another paper, the papers of another case, or another page."""
    if then == "another":
        (papers,) = [one for one in shown_children(page) if isinstance(one, QListWidget)]
        papers.setCurrentRow(1)
    elif then:
        screen.shell.go(then, {"case_id": other} if then == "papers" else {})


def is_told_of(screen: Screen, page: PapersPage, case_id: RecordId, said: str) -> bool:
    """Whether it is said above the pages of the ficha of this case, by its title and the number of
    the case."""
    number = screen.run(lambda uow: teams.people_of(uow, screen.desk, case_id)).code
    title = dict(page.presenter.titles)["ficha"]
    return screen.shell.alert_words.startswith(f"{number} · {title}: {said}")


@pytest.mark.parametrize("then", ["", "another", "papers", "cases"])
def test_that_a_copy_lies_open_is_said_wherever_she_is_by_then(
    screen: Screen, tmp_path: Path, then: str
) -> None:
    """And of which paper. Control: whoever waits reads it beside the button."""
    other = screen.new_case(names="Inventada Dos")
    page, case_id = opened(screen)
    with slow_disk(screen):
        page.presenter.write(tmp_path / "papel.pdf")
        goes_on(screen, page, then, other)
    assert (tmp_path / "papel.pdf").exists()
    assert (WRITTEN in said(page)) is (not then)
    assert is_told_of(screen, page, case_id, WRITTEN) is bool(then)
    assert bool(screen.shell.alert_words) is bool(then)
    assert "Inventada Uno" not in screen.shell.alert_words


@pytest.mark.parametrize("then", ["", "another", "papers", "cases"])
def test_that_a_paper_did_not_print_is_said_wherever_she_is_by_then(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    """It is noted that it left; of another paper that shows by then it is not said. Control: whoever
    waits reads it beside the button."""
    monkeypatch.setattr("ui.screens.papers.view.draw_pages", lambda _, __: False)
    other = screen.new_case(names="Inventada Dos")
    page, case_id = opened(screen)
    with slow_disk(screen):
        page._print_on(printer_for(1))
        goes_on(screen, page, then, other)
    assert (REFUSED in said(page)) is (not then)
    assert is_told_of(screen, page, case_id, REFUSED) is bool(then)
    assert bool(screen.shell.alert_words) is bool(then)


@pytest.mark.parametrize("then", ["", "another", "papers", "cases"])
def test_that_a_copy_was_not_written_is_said_of_which(
    screen: Screen, tmp_path: Path, then: str
) -> None:
    other = screen.new_case(names="Inventada Dos")
    page, case_id = opened(screen)
    with slow_disk(screen):
        page.presenter.write(tmp_path / "no hay" / "papel.pdf")
        goes_on(screen, page, then, other)
    assert is_told_of(screen, page, case_id, "") is bool(then)
    assert bool(screen.shell.alert_words) is bool(then)


def test_of_a_paper_that_left_nothing_is_said_of_another(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each goes to the printer that was chosen for it."""
    printed: list[object] = []
    monkeypatch.setattr(
        "ui.screens.papers.view.draw_pages", lambda _, printer: not printed.append(printer)
    )
    page, _ = opened(screen)
    first, second = printer_for(1), printer_for(1)
    (papers,) = [one for one in shown_children(page) if isinstance(one, QListWidget)]
    with slow_disk(screen):
        page._print_on(first)
        page.presenter.write(tmp_path / "papel.pdf")
        page._print_on(second)
        papers.setCurrentRow(1)
    assert printed == [first, second]
    assert "Enviada" not in said(page) and "PDF guardado" not in said(page)
    assert "Enviada" not in screen.shell.alert_words


@pytest.mark.parametrize("what", ["written", "not written", "not printed"])
def test_what_is_said_beside_the_button_stays_while_its_paper_shows(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, what: str
) -> None:
    """A synchronisation that ends draws the paper anew, and so does another language: she would
    never read that a copy lies open. Control: of another paper, and of the same one later, it is not
    said."""
    monkeypatch.setattr("ui.screens.papers.view.draw_pages", lambda _, __: False)
    page, _ = opened(screen, paper="oficio_informe_policial", facts={"due": "x"})
    before = said(page)
    assert "Modelo de trabajo" in before
    if what == "not printed":
        page._print_on(printer_for(1))
    else:
        place = tmp_path if what == "written" else tmp_path / "no hay"
        page.presenter.write(place / "papel.pdf")
    screen.settle()
    told = said(page)
    assert "Modelo de trabajo" not in told
    screen.shell.records_changed()
    screen.settle()
    assert said(page) == told
    screen.texts.switch("quy")
    screen.settle()
    screen.texts.switch("es")
    screen.settle()
    assert said(page) == told
    title = dict(page.presenter.titles)["oficio_informe_policial"]
    for other in ("Papeleta de cita", title):
        choose(screen, page, other)
        assert REFUSED not in said(page) and "PDF" not in said(page)
