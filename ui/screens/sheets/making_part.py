"""A new set: each sheet printed apart, then a row of each typed back from its paper.

While rows are typed back no sheet shows: what is proved is the paper.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.i18n import N_
from app.services.messages import sentence
from app.services.recovery_sheets import Making
from app.services.sheet_ports import LETTERS
from ui.runtime.text import Texts
from ui.widgets.pdf_preview import PdfPreview
from ui.widgets.pieces import CheckableButton, button, card, label, scrolling
from ui.widgets.printing import ask_printer, draw_pages
from ui.widgets.sheet_rows import RowLine

__all__ = ["MakingPart"]

_LEFT_WIDTH: Final = 380


class MakingPart(QWidget):
    """The making of a set.

    Signals:
        sheet_wanted: show this sheet; carries its number.
        typed: carries, by the number of each sheet, the row that was asked for.
        said: carries a tone and a sentence about printing.
        left: the set is given up.
    """

    sheet_wanted = Signal(int)
    typed = Signal(object)
    said = Signal(str, str)
    left = Signal()

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._making: Making | None = None
        self._replaces = False
        self._number = 1
        self._pdf: bytes | None = None
        self.preview = PdfPreview()
        self._first, self._second = label(), label()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        self._printing, self._reading = self._make_printing(), self._make_reading()
        content = QWidget()
        content.setObjectName("page")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 8, 0)
        column.addWidget(self._printing)
        column.addWidget(self._reading)
        self.leave_button = button()
        texts.bind(self.leave_button, "setText", N_("Dejarlo: no cambiar nada"))
        self.leave_button.clicked.connect(self.left)
        column.addWidget(self.leave_button)
        column.addStretch()
        area = scrolling(content)
        area.setFixedWidth(_LEFT_WIDTH)
        row.addWidget(area)
        self._paper, beside = card(margin=8)
        texts.bind(self.preview.view, "setAccessibleName", N_("Así saldrá impresa"))
        beside.addWidget(self.preview)
        row.addWidget(self._paper, 1)
        row.addStretch()
        self._show(reads=False)
        texts.changed.connect(self._say)

    @property
    def first_stop(self) -> QWidget:
        """Where the keyboard begins."""
        return self.chips[0]

    def begin(self, making: Making, *, replaces: bool) -> None:
        """Three sheets were drawn; ``replaces``: another set opens this laptop still."""
        self.clear()
        self._making, self._replaces = making, replaces
        self._say()
        self._show(reads=False)

    def show_sheet(self, number: int, pdf: bytes) -> None:
        """Show one sheet as it will print."""
        if number == self._number and not self._paper.isHidden():
            self._pdf = pdf
            self.preview.show_pdf(pdf)
            self.print_button.setEnabled(True)

    def clear(self) -> None:
        """Forget sheets and rows."""
        self._making = self._pdf = None
        self._number = 1
        self.chips[0].setChecked(True)
        self.preview.clear()
        self.print_button.setEnabled(False)
        for line in self.lines:
            line.clear()

    def _make_printing(self) -> QWidget:
        content, column = _column()
        column.addWidget(self._first)
        chips = QHBoxLayout()
        self.chips: list[CheckableButton] = []
        for number, letter in enumerate(LETTERS, start=1):
            chip = CheckableButton("chip")
            chip.setAutoExclusive(True)
            self._texts.bind(chip, "setText", N_("Hoja {letter}"), letter=letter)
            chip.clicked.connect(lambda _, one=number: self._choose(one))
            chips.addWidget(chip)
            self.chips.append(chip)
        chips.addStretch()
        column.addLayout(chips)
        self.print_button = button("", "printer")
        self.print_button.clicked.connect(self._choose_printer)
        column.addWidget(self.print_button)
        by_hand = label("muted")
        self._texts.bind(
            by_hand,
            "setText",
            N_(
                "Sin impresora: copie a mano las cinco filas de cada hoja, como se ven aquí, y el "
                "nombre del juego. Nadie más debe ver esta pantalla."
            ),
        )
        column.addWidget(by_hand)
        self.read_button = button("primary", "check")
        self._texts.bind(self.read_button, "setText", N_("Ya tengo las tres en papel"))
        self.read_button.clicked.connect(lambda: self._show(reads=True))
        column.addWidget(self.read_button)
        return content

    def _make_reading(self) -> QWidget:
        content, column = _column()
        column.addWidget(self._second)
        column.addLayout(self._make_proofs())
        self.keep_button = button("primary", "check")
        self._texts.bind(self.keep_button, "setText", N_("Comprobar y usar este juego"))
        self.keep_button.clicked.connect(self._type)
        again = button("", "chevron-left")
        self._texts.bind(again, "setText", N_("Imprimir otra vez"))
        again.clicked.connect(lambda: self._show(reads=False))
        column.addWidget(self.keep_button)
        column.addWidget(again)
        return content

    def _make_proofs(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        self.lines: list[RowLine] = []
        self._asked: list[QLabel] = []
        for at in range(len(LETTERS)):
            asked, line = label(wraps=False), RowLine()
            asked.setBuddy(line)
            line.returnPressed.connect(lambda one=at: self._go_on(one))
            grid.addWidget(asked, at, 0)
            grid.addWidget(line, at, 1)
            self._asked.append(asked)
            self.lines.append(line)
        return grid

    def _show(self, *, reads: bool) -> None:
        """Show the sheets, or ask for rows of them: never both."""
        self._printing.setVisible(not reads)
        self._reading.setVisible(reads)
        self._paper.setVisible(not reads)
        if reads:
            self.preview.clear()
            self.lines[0].setFocus()
        elif self._making is not None:
            self._choose(self._number)

    def _choose(self, number: int) -> None:
        self._number, self._pdf = number, None
        self.preview.clear()
        self.print_button.setEnabled(False)
        self.chips[number - 1].setChecked(True)
        self._say()
        self.sheet_wanted.emit(number)

    def _go_on(self, at: int) -> None:
        if at + 1 < len(self.lines):
            self.lines[at + 1].setFocus()
        else:
            self._type()

    def _type(self) -> None:
        if self._making is not None:
            asked = self._making.asked
            self.typed.emit(
                {one.number: line.text() for one, line in zip(asked, self.lines, strict=True)}
            )

    def _choose_printer(self) -> None:
        if not ask_printer(self, self._print_on):
            self.said.emit("warning", self._texts(N_("No hay impresora. Cópiela a mano.")))

    def _print_on(self, printer: QPrinter) -> None:
        if self._pdf is None:
            return
        if draw_pages(self._pdf, printer):
            self.said.emit("ok", self._texts(N_("Enviada a la impresora.")))
        else:
            self.said.emit("warning", sentence("printer_refused", {}, self._texts))

    def _say(self) -> None:
        first = (
            N_(
                "1. Imprima las tres hojas, una por una. Mientras tanto el juego anterior sigue "
                "abriendo este equipo."
            )
            if self._replaces
            else N_("1. Imprima las tres hojas, una por una. Todavía no abren nada.")
        )
        self._first.setText(self._texts(first))
        self._second.setText(
            self._texts(
                N_(
                    "2. Escriba estas tres filas, leyéndolas del papel: así se sabe que el papel "
                    "sirve. Hasta entonces no cambia nada."
                )
            )
        )
        letter = LETTERS[self._number - 1]
        self.print_button.setText(self._texts(N_("Imprimir la hoja {letter}"), letter=letter))
        if self._making is None:
            return
        for one, asked, line in zip(self._making.asked, self._asked, self.lines, strict=True):
            said = self._texts(N_("Hoja {letter}, fila {row}"), letter=one.letter, row=one.row)
            asked.setText(said)
            line.setAccessibleName(said)


def _column() -> tuple[QWidget, QVBoxLayout]:
    content = QWidget()
    column = QVBoxLayout(content)
    column.setContentsMargins(0, 0, 0, 0)
    return content, column
