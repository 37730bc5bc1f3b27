"""Looking at an attachment: pixels from a process apart, seen here, noted, and nowhere else (I, A)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from app.apart.runner import Apart
from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.files_apart import ReadsApart
from app.services import attachments
from app.services.ports import UnitOfWork
from tests.support import bad_files, hostile_worker
from tests.support.windows import Screen, shown_children
from tests.ui.test_pages import check_fit, check_names, everywhere
from ui.screens.attachment.view import AttachmentPage

HOSTILE = (sys.executable, "-I", str(Path(hostile_worker.__file__)))


def attached(
    screen: Screen, content: bytes, description: str = "Hoja 1"
) -> tuple[RecordId, RecordId]:
    case_id = screen.new_case()
    return case_id, screen.run(
        lambda uow: attachments.attach(uow, screen.desk, case_id, case_id, content, description)
    )


def looked_at(screen: Screen, content: bytes) -> AttachmentPage:
    """The page, once it shows the attachment or says why not."""
    case_id, attachment_id = attached(screen, content)
    screen.go("risk", case_id=case_id)
    page = screen.go("attachment", case_id=case_id, attachment_id=attachment_id)
    assert isinstance(page, AttachmentPage)
    wait(screen, page)
    return page


def wait(screen: Screen, page: AttachmentPage) -> None:
    screen.settle()
    screen.until(lambda: not page.presenter.is_waiting)
    screen.settle()


def colours(page: AttachmentPage) -> set[str]:
    image = page.sheet.image
    return {
        image.pixelColor(x, y).name()
        for x in range(0, image.width(), 40)
        for y in range(0, image.height(), 40)
    }


def test_a_page_is_drawn_by_the_pixels_that_came(screen: Screen) -> None:
    page = looked_at(screen, bad_files.plain_pdf())

    assert page.sheet.page_count == 1, page._state.sentence.text()
    assert {"#ff0000", "#ffffff"} <= colours(page)
    assert page.sheet.image.width() == 800  # four pixels a point, no more
    assert page._what.text().startswith("Hoja 1 · PDF")
    assert page.sheet.area.accessibleName() == page._what.text()


def test_the_pages_of_a_pdf_are_turned_and_looked_at_closer_by_keyboard(screen: Screen) -> None:
    page = looked_at(screen, bad_files.pdf_of_pages(3))
    assert QApplication.focusWidget() is page.sheet.area

    def press(key: Qt.Key, how: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(page.sheet.area, key, how)
        wait(screen, page)

    control = Qt.KeyboardModifier.ControlModifier
    press(Qt.Key.Key_PageDown, control)
    press(Qt.Key.Key_PageDown, control)
    assert page.sheet.page == 2
    press(Qt.Key.Key_PageDown, control)
    assert page.sheet.page == 2
    press(Qt.Key.Key_PageUp, control)
    assert page.sheet.page == 1

    paper, room = page.sheet.area.widget(), page.sheet.area.viewport()
    assert paper.width() == room.width()
    press(Qt.Key.Key_Plus)
    press(Qt.Key.Key_Plus)
    assert paper.width() > 1.9 * room.width()
    press(Qt.Key.Key_Right)
    assert page.sheet.area.horizontalScrollBar().value() > 0
    press(Qt.Key.Key_0)
    assert paper.height() <= room.height()
    press(Qt.Key.Key_Minus)
    assert paper.height() <= room.height()
    assert page.sheet.page == 1


def test_a_photo_looked_at_closer_has_more_pixels(screen: Screen) -> None:
    page = looked_at(screen, bad_files.jpeg(2400, 1800))
    assert page.sheet.image.width() == 1600

    page.sheet.come_closer()
    wait(screen, page)

    assert page.sheet.image.width() == 2400


def test_that_it_was_seen_is_noted_once(screen: Screen) -> None:
    page = looked_at(screen, bad_files.pdf_of_pages(2))
    page.sheet.turn_to(1)
    wait(screen, page)
    seen = page.presenter._seen
    assert seen is not None

    def noted(uow: UnitOfWork) -> int:
        return len(uow.audit.details("view_attachment", seen.row.attachment_id, 10))

    assert screen.run(noted) == 1


def test_one_that_nobody_looks_at_any_more_is_not_held(screen: Screen) -> None:
    page = looked_at(screen, bad_files.jpeg())
    assert page.presenter._seen is not None
    assert not page.sheet.image.isNull()

    press(screen, "Volver a Riesgo")

    assert page.presenter._seen is None
    assert page.sheet.image.isNull()
    assert not page.isVisible()


def test_from_the_list_of_a_case_one_goes_to_it_and_back_to_what_was_filled_in(
    screen: Screen,
) -> None:
    case_id, _ = attached(screen, bad_files.jpeg())
    risk = screen.go("risk", case_id=case_id)
    risk.presenter.new_valuation()  # type: ignore[attr-defined]
    screen.settle()

    press(screen, "Ver")
    page = screen.page
    assert isinstance(page, AttachmentPage)
    wait(screen, page)
    assert not page.sheet.image.isNull()
    press(screen, "Volver a Riesgo")

    assert screen.page is risk
    assert risk.editor is not None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("mode", "why"),
    [
        ("falls", "hecho para dañar"),
        ("another_answer", "Intente de nuevo"),
        ("too_few_pixels", "Intente de nuevo"),
        ("too_wide", "Intente de nuevo"),
    ],
)
def test_whatever_becomes_of_the_reader_is_a_sentence(screen: Screen, mode: str, why: str) -> None:
    page = looked_at(screen, bad_files.jpeg())
    kept = page.presenter._files

    page.presenter._files = ReadsApart(Apart((*HOSTILE, mode)))
    page.presenter.turn_to(0)
    wait(screen, page)

    assert why in page._state.sentence.text()
    assert not page.sheet.image.isNull(), "what showed stays"

    page.presenter._files = kept
    page.presenter.turn_to(0)
    wait(screen, page)
    assert page._state.sentence.text() == ""


def test_what_came_from_a_colleague_and_may_do_harm_is_not_shown(screen: Screen) -> None:
    """It came by synchronisation: nobody here looked at it before."""
    page = looked_at(screen, bad_files.png_of(65535, 65535))

    assert "demasiado grande" in page._state.sentence.text()
    assert page.sheet.image.isNull()
    assert page.sheet.page_count == 0


def test_an_answer_that_comes_late_is_not_shown_for_another(screen: Screen) -> None:
    page = looked_at(screen, bad_files.jpeg())
    late: list[Callable[[], object]] = []

    class Late:
        def on_storage(self, *work: object) -> None:
            raise AssertionError

        def on_apart(self, work, done, failed) -> None:  # type: ignore[no-untyped-def]
            late.append(lambda: done(work()))

    runner, page.presenter._runner = page.presenter._runner, Late()
    page.presenter.turn_to(0)
    page.presenter._runner = runner
    page.presenter.close()
    for one in late:
        one()

    assert page.sheet.image.isNull()


@everywhere
def test_an_attachment_fits_a_small_screen_and_its_controls_have_names(screen: Screen) -> None:
    page = looked_at(screen, bad_files.pdf_of_pages(12))
    check_fit("attachment", screen.window)
    check_names("attachment", screen.window)
    page.show_why_not(DomainError("file_not_shown", reason="too_long"))
    screen.settle()
    check_fit("attachment refused", screen.window)


def press(screen: Screen, words: str) -> None:
    """Press the button with these words."""
    (found,) = (
        one
        for one in shown_children(screen.page)
        if isinstance(one, QPushButton) and one.text() == words and one.isEnabled()
    )
    found.click()
    screen.settle()
