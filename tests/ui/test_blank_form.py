"""The blank form is printed and written from dialogs that hold nothing up."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtPrintSupport import QPrintDialog, QPrinter, QPrinterInfo
from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QPushButton

from tests.support.windows import Screen, shown_children

D = TypeVar("D", bound=QDialog)


@pytest.fixture
def a_printer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The laptop knows a printer."""
    names = staticmethod(lambda: ["Impresora inventada"])
    monkeypatch.setattr(QPrinterInfo, "availablePrinterNames", names)


@pytest.fixture
def no_printer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The laptop knows none."""
    monkeypatch.setattr(QPrinterInfo, "availablePrinterNames", staticmethod(list))


def asked(screen: Screen, words: str, kind: type[D]) -> D:
    """Press a button of the page; return the dialog that stands open when the press returns."""
    page = screen.go("blank")
    (button,) = [
        one for one in shown_children(page) if isinstance(one, QPushButton) and one.text() == words
    ]
    button.click()
    (dialog,) = [one for one in page.findChildren(QDialog) if one.isVisible()]
    assert isinstance(dialog, kind)
    return dialog


def words_on(screen: Screen) -> str:
    return "\n".join(
        text
        for one in shown_children(screen.page)
        if (text := one.accessibleName() or getattr(one, "text", str)())
    )


def test_the_form_is_written_where_the_dialog_says(screen: Screen, tmp_path: Path) -> None:
    dialog = asked(screen, "Guardar PDF…", QFileDialog)
    assert [Path(one).name for one in dialog.selectedFiles()] == ["derivacion-en-blanco.pdf"]
    dialog.selectFile(str(tmp_path / "hoja"))
    dialog.accept()
    screen.settle()
    assert (tmp_path / "hoja.pdf").read_bytes().startswith(b"%PDF")
    assert "PDF guardado." in words_on(screen)


def test_the_ficha_is_offered_beside_the_referral_and_its_pages_are_turned(
    screen: Screen, tmp_path: Path
) -> None:
    page = screen.go("blank")

    def press(words: str) -> None:
        (one,) = [
            one
            for one in shown_children(page)
            if isinstance(one, QPushButton) and words in (one.text(), one.accessibleName())
        ]
        one.click()

    press("Ficha de Registro de Casos")
    screen.settle()
    assert "Página 1 de " in words_on(screen)
    press("Página siguiente")
    assert "Página 2 de " in words_on(screen)
    press("Guardar PDF…")
    (dialog,) = [one for one in page.findChildren(QFileDialog) if one.isVisible()]
    assert [Path(one).name for one in dialog.selectedFiles()] == ["ficha-en-blanco.pdf"]
    dialog.selectFile(str(tmp_path / "hoja"))
    dialog.accept()
    screen.settle()
    assert (tmp_path / "hoja.pdf").read_bytes().startswith(b"%PDF")


def test_a_dialog_left_writes_nothing_and_the_page_goes_on(screen: Screen, tmp_path: Path) -> None:
    dialog = asked(screen, "Guardar PDF…", QFileDialog)
    dialog.selectFile(str(tmp_path / "hoja"))
    dialog.reject()
    screen.settle()
    assert list(tmp_path.glob("*.pdf")) == []
    assert "PDF guardado." not in words_on(screen)


@pytest.mark.usefixtures("no_printer")
def test_without_a_printer_the_page_says_so_and_opens_no_dialog(screen: Screen) -> None:
    page = screen.go("blank")
    (button,) = [one for one in page.findChildren(QPushButton) if one.text() == "Imprimir"]
    button.click()
    screen.settle()
    assert "No hay impresora. Guarde el PDF." in words_on(screen)
    assert page.findChildren(QDialog) == []


@pytest.mark.usefixtures("a_printer")
def test_the_dialog_offers_no_printer_that_is_a_plain_file(screen: Screen) -> None:
    dialog = asked(screen, "Imprimir", QPrintDialog)
    assert not dialog.testOption(QPrintDialog.PrintDialogOption.PrintToFile)
    offered = [
        one.itemText(row) for one in dialog.findChildren(QComboBox) for row in range(one.count())
    ]
    assert not [one for one in offered if "PDF" in one or "archivo" in one]
    dialog.reject()


@pytest.mark.usefixtures("a_printer")
def test_the_form_goes_to_the_printer_once_the_dialog_is_accepted(
    screen: Screen, tmp_path: Path
) -> None:
    dialog = asked(screen, "Imprimir", QPrintDialog)
    printer = dialog.printer()
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(tmp_path / "papel.pdf"))
    dialog.done(QDialog.DialogCode.Accepted)
    screen.settle()
    assert (tmp_path / "papel.pdf").read_bytes().startswith(b"%PDF")
    assert "Enviada a la impresora." in words_on(screen)


@pytest.mark.usefixtures("a_printer")
def test_a_print_that_was_called_off_prints_nothing(screen: Screen, tmp_path: Path) -> None:
    dialog = asked(screen, "Imprimir", QPrintDialog)
    dialog.printer().setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    dialog.printer().setOutputFileName(str(tmp_path / "papel.pdf"))
    dialog.reject()
    screen.settle()
    assert not (tmp_path / "papel.pdf").exists()
    assert "Enviada a la impresora." not in words_on(screen)
