"""The page of a batch that could not be used: a large one keeps nobody waiting."""

from __future__ import annotations

import io
from pathlib import Path
from typing import NoReturn

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QLabel, QTableView

from app.domain.change import RecordId
from app.domain.errors import EnvironmentFault
from app.domain.records import Kind
from app.services import refusals
from app.services.forms import change_fields
from app.services.messages import sentence
from app.services.ports import FieldKey, SealedBatch, UnitOfWork
from app.services.sealing import note_too_large
from tests.support.pseudo import pseudo
from tests.support.windows import Screen, shown_children, slow_disk
from tests.ui.test_pages import check_fit, check_names
from ui.screens.refused.view import RefusedPage
from ui.widgets.printing import printer_for

REFUSED, OTHER = b"o" * 32, b"p" * 32
MANY = 400


def _refuse(screen: Screen, count: int, reason: str = "batch_over_limit") -> None:
    """The server does not take a batch of this laptop with so many values."""

    def work(uow: UnitOfWork) -> None:
        keys = {
            FieldKey(Kind.NOTE, RecordId(f"{number:032x}"), "about"): f"Valor inventado {number}."
            for number in range(count)
        }
        change_fields(uow, screen.desk, keys)
        uow.batches.add(
            SealedBatch(REFUSED, b"sealed"),
            device=b"d" * 16, session=screen.desk.stamper.session, number=1, is_own=True,
            change_ids=[one.id for one in uow.changes.pending(count)], at_ms=1,
        )  # fmt: skip
        uow.commit()

    screen.run(work)
    _note(screen, reason)


def _note(screen: Screen, reason: str) -> None:
    screen.run(lambda uow: refusals.note_refused(uow, screen.desk, {REFUSED: reason}))


def _open(screen: Screen) -> RefusedPage:
    screen.go("refused", batch_id=REFUSED)
    page = screen.page
    assert isinstance(page, RefusedPage)
    screen.until(lambda: page._preview.page_count > 0)
    screen.settle()  # its head takes its room in the turn after
    return page


def _words(page: RefusedPage) -> str:
    return "\n".join(one.text() for one in shown_children(page) if isinstance(one, QLabel))


def _text(pdf: Path) -> str:
    pages = PdfReader(io.BytesIO(pdf.read_bytes())).pages
    return " ".join(page.extract_text() for page in pages)


def test_whoever_saves_does_not_wait_for_the_paper_of_a_large_batch(
    screen: Screen, tmp_path: Path
) -> None:
    _refuse(screen, MANY)
    page = _open(screen)
    target = tmp_path / "paquete.pdf"
    page.presenter.write(target)
    saves = 0
    while not target.exists():
        screen.run(lambda uow: uow.records.conflicts())
        saves += 1
        assert saves < 10_000
        QCoreApplication.processEvents()
    pages = len(PdfReader(io.BytesIO(target.read_bytes())).pages)
    assert pages > 5
    assert saves >= pages, "between any two pages whatever is to be saved is saved"
    screen.settle()
    assert "Archivo guardado. No está cifrado" in _words(page)
    text = _text(target)
    assert all(f"Valor inventado {number}." in text for number in (0, MANY // 2, MANY - 1))


def test_of_the_sealed_file_for_the_region_nobody_is_told_that_it_is_open(
    screen: Screen, tmp_path: Path
) -> None:
    _refuse(screen, 3)
    page = _open(screen)
    target = tmp_path / "lote.qispi"
    page.presenter.export(target)
    screen.until(target.exists)
    screen.settle()
    assert "Archivo guardado." in _words(page)
    assert "No está cifrado" not in _words(page)


def test_of_a_large_batch_the_first_values_are_shown_and_it_is_said_that_all_of_them_print(
    screen: Screen,
) -> None:
    _refuse(screen, MANY)
    page = _open(screen)
    assert page._preview.page_count <= 5
    said = _words(page)
    assert f"Trae {MANY} datos" in said
    assert "Aquí se ven los primeros" in said
    assert "salen todos" in said


def test_a_small_batch_is_shown_whole(screen: Screen) -> None:
    _refuse(screen, 3)
    page = _open(screen)
    assert "Trae 3 datos, que se leen en el papel" in _words(page)
    assert "Aquí se ven los primeros" not in _words(page)


def test_what_it_brings_is_counted_as_where_it_waits(screen: Screen) -> None:
    """A case has changes that nobody typed and nobody reads: they bind its records together."""
    screen.new_case(names="Inventada")
    waiting = screen.run(lambda uow: len(uow.changes.pending(100)))
    _refuse(screen, waiting, "batch_malformed")
    page = _open(screen)
    shown = page._shown
    assert shown is not None
    read = len(shown.sheet.entries)
    assert read < waiting
    said = _words(page)
    assert f"Trae {waiting} cambios. En el papel se leen {read} datos" in said


def test_the_paper_is_drawn_anew_only_when_what_it_says_has_changed(screen: Screen) -> None:
    _refuse(screen, 3)
    page = _open(screen)
    drawn: list[bool] = []
    page._preview.drawn.connect(lambda: drawn.append(True))
    page.refresh()
    screen.settle()
    assert not drawn
    _note(screen, "batch_unknown_version")
    page.refresh()
    screen.until(lambda: bool(drawn))


def test_a_batch_that_is_gone_when_its_paper_is_ready_is_not_shown(screen: Screen) -> None:
    _refuse(screen, MANY)
    screen.shell.go("refused", {"batch_id": REFUSED})
    page = screen.page
    assert isinstance(page, RefusedPage)
    page.open()
    screen.settle()
    assert page._preview.page_count == 0
    assert "Trae" not in _words(page)


def test_a_batch_that_was_taken_after_all_leaves_the_page_and_comes_back_when_refused_again(
    screen: Screen,
) -> None:
    _refuse(screen, 3)
    page = _open(screen)
    screen.run(lambda uow: refusals.note_refused(uow, screen.desk, {}))
    page.refresh()
    screen.settle()
    assert page._preview.page_count == 0
    _note(screen, "batch_over_limit")
    page.refresh()
    screen.until(lambda: page._preview.page_count > 0)


@pytest.mark.parametrize("screen", [("es", None), ("es", pseudo)], indirect=True)
def test_the_page_of_a_large_batch_fits_and_names_its_controls(screen: Screen) -> None:
    _refuse(screen, MANY)
    _open(screen)
    check_fit("refused", screen.window)
    check_names("refused", screen.window)


def test_a_change_that_no_batch_holds_is_said_to_be_one_and_prints(screen: Screen) -> None:
    screen.new_case(names="Inventada")

    def find(uow: UnitOfWork) -> bytes:
        change = uow.changes.pending(99)[-1]
        note_too_large(uow, [change.id])
        uow.commit()
        return change.id

    change_id = screen.run(find)
    page = screen.go("sync")
    (table,) = [
        one for one in shown_children(page)
        if isinstance(one, QTableView) and one.accessibleName() == "Paquetes apartados"
    ]  # fmt: skip
    cells = table.model()
    assert "ningún paquete" in cells.index(0, 0).data()
    assert "no lo pudo usar" not in cells.index(0, 1).data(Qt.ItemDataRole.ToolTipRole)
    screen.go("refused", batch_id=change_id)
    page = screen.page
    assert isinstance(page, RefusedPage)
    screen.until(lambda: page._preview.page_count > 0)
    said = _words(page)
    assert "Dato" in said
    assert "Paquete" not in said
    assert "No cabe en ningún paquete" in said
    assert "Trae 1 dato, que se lee en el papel" in said
    assert page._print.isEnabled()
    assert not page._export.isEnabled(), "there is nothing sealed"
    check_fit("refused", screen.window)


@pytest.mark.parametrize("leaves", ["printed", "written", "gone"])
def test_what_became_of_a_paper_is_not_said_of_another_that_shows_by_then(
    screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leaves: str
) -> None:
    """Control: beside the one that is meant, it is said without a name."""
    monkeypatch.setattr("ui.screens.refused.view.draw_pages", lambda _, __: True)
    _refuse(screen, 3)
    one, other = REFUSED, _refuse_another(screen)
    said = {"printed": "Enviada a la impresora.", "written": "Archivo guardado.", "gone": GONE}
    page = _open(screen)
    short = page._facts.text().splitlines()[0]

    def leave() -> None:
        if leaves == "written":
            page.presenter.write(tmp_path / "paquete.pdf")
        else:
            page._print_on(printer_for(1))

    if leaves != "gone":
        leave()
        screen.until(lambda: said[leaves] in _words(page))
        assert f"{short}: {said[leaves]}" not in _words(page)
    with slow_disk(screen):
        if leaves == "gone":
            screen.runner.on_storage_thread(lambda: _take_after_all(screen))
        leave()
        page.open(batch_id=other)
    screen.until(lambda: f"{short}: {said[leaves]}" in _words(page))
    screen.until(lambda: page._preview.page_count > 0)
    assert page._facts.text().splitlines()[0] != short
    assert one != other


@pytest.mark.parametrize("leaves", ["printed", "written", "exported"])
def test_what_could_not_leave_once_leaves_the_next_time(
    screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leaves: str
) -> None:
    """The disk did not answer for a moment: the buttons are there, and do something."""
    monkeypatch.setattr("ui.screens.refused.view.draw_pages", lambda _, __: True)
    _refuse(screen, 3)
    page = _open(screen)

    def unreadable() -> NoReturn:
        raise EnvironmentFault("disk_failing")

    screen.runner.use(unreadable)
    page._print_on(printer_for(1))
    screen.settle()
    screen.runner.use(screen.shell.workplace.open_unit)
    assert "Enviada" not in _words(page)
    assert page._print.isEnabled()
    if leaves == "printed":
        page._print_on(printer_for(1))
    else:
        presenter = page.presenter
        leave = presenter.write if leaves == "written" else presenter.export
        leave(tmp_path / "paquete")
    said = "Enviada a la impresora." if leaves == "printed" else "Archivo guardado."
    screen.until(lambda: said in _words(page))


@pytest.mark.parametrize("stays", [True, False])
def test_that_a_paper_did_not_print_is_said_wherever_she_is_by_then(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, stays: bool
) -> None:
    """It is noted that it left. Control: whoever waits reads it beside the button."""
    monkeypatch.setattr("ui.screens.refused.view.draw_pages", lambda _, __: False)
    _refuse(screen, 3)
    page, refused = _open(screen), sentence("printer_refused", {}, str)
    with slow_disk(screen):
        page._print_on(printer_for(1))
        if not stays:
            screen.shell.go("today", {})
    screen.until(lambda: refused in (_words(page) if stays else screen.shell.alert_words))
    assert (refused in screen.shell.alert_words) is not stays


GONE = sentence("refusal_gone", {}, str)


def _take_after_all(screen: Screen) -> None:
    """The server takes the first one after all."""
    with screen.store.unit() as uow:
        refusals.note_refused(uow, screen.desk, {OTHER: "batch_over_limit"})


def _refuse_another(screen: Screen) -> bytes:
    def work(uow: UnitOfWork) -> None:
        key = FieldKey(Kind.NOTE, RecordId("f" * 32), "about")
        change_fields(uow, screen.desk, {key: "Otro valor inventado."})
        uow.batches.add(
            SealedBatch(OTHER, b"sealed too"),
            device=b"d" * 16, session=screen.desk.stamper.session, number=2, is_own=True,
            change_ids=[one.id for one in uow.changes.pending(1)], at_ms=1,
        )  # fmt: skip
        uow.commit()
        refused = {REFUSED: "batch_over_limit", OTHER: "batch_over_limit"}
        refusals.note_refused(uow, screen.desk, refused)

    screen.run(work)
    return OTHER
