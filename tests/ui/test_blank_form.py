"""The blank form is printed and written from dialogs that hold nothing up."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QFileDialog, QPushButton

from tests.support.windows import Screen, shown_children

D = TypeVar("D", bound=QDialog)


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


def test_a_dialog_left_writes_nothing_and_the_page_goes_on(screen: Screen, tmp_path: Path) -> None:
    dialog = asked(screen, "Guardar PDF…", QFileDialog)
    dialog.selectFile(str(tmp_path / "hoja"))
    dialog.reject()
    screen.settle()
    assert list(tmp_path.glob("*.pdf")) == []
    assert "PDF guardado." not in words_on(screen)


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


def test_a_print_that_was_called_off_prints_nothing(screen: Screen, tmp_path: Path) -> None:
    dialog = asked(screen, "Imprimir", QPrintDialog)
    dialog.printer().setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    dialog.printer().setOutputFileName(str(tmp_path / "papel.pdf"))
    dialog.reject()
    screen.settle()
    assert not (tmp_path / "papel.pdf").exists()
    assert "Enviada a la impresora." not in words_on(screen)
