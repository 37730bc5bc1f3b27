"""What stands beside the list of laptops: joining, granting, taking out, and the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.i18n import N_
from app.services.device_ports import CentreDevice
from app.services.devices import HELD_KINDS, LostReport
from app.services.messages import sentence
from ui.runtime.text import Texts
from ui.widgets.file_dialog import ask_open, ask_save
from ui.widgets.pieces import Box, button, label
from ui.widgets.printing import ask_printer, draw_pages

__all__ = ["ExchangePanel", "LostPanel", "grouped"]

_GROUP: Final = 4
_FILES: Final = "*.qispi"


def grouped(code: str) -> str:
    """Return digits in groups of four, as they are read out."""
    return " ".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def _column(widget: QWidget) -> QVBoxLayout:
    made = QVBoxLayout(widget)
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(6)
    return made


class ExchangePanel(QWidget):
    """One step of joining: a file from the other laptop, 32 digits read out over the telephone, and
    perhaps a file for it.

    Signals:
        done: carries the file chosen, the digits typed, and the file to write (None where none is).
    """

    done = Signal(object, str, object)

    def __init__(self, texts: Texts, *, words: tuple[str, str, str], writes: str = "") -> None:
        """``words``: heading, advice, button; ``writes``: name of the file that is written."""
        super().__init__()
        self._texts = texts
        self._writes = writes
        self._path: Path | None = None
        column = _column(self)
        heading, advice = label("heading"), label("muted")
        texts.bind(heading, "setText", words[0])
        texts.bind(advice, "setText", words[1])
        self.choose = button("", "folder-open")
        texts.bind(self.choose, "setText", N_("Elegir el archivo…"))
        self.choose.clicked.connect(self._ask_file)
        self._chosen = label("muted")
        ask = label()
        texts.bind(ask, "setText", N_("Las 32 cifras que le leen por teléfono"))
        self.digits = QLineEdit()
        ask.setBuddy(self.digits)
        texts.bind(self.digits, "setAccessibleName", N_("Las 32 cifras que le leen por teléfono"))
        self.digits.textChanged.connect(self._look)
        self.go = button("primary", "check-on-primary")
        texts.bind(self.go, "setText", words[2])
        self.go.clicked.connect(self._finish)
        for one in (heading, advice, self.choose, self._chosen, ask, self.digits, self.go):
            column.addWidget(one)
        column.addStretch()
        self._look()

    def begin(self) -> None:
        """Begin afresh."""
        self._path = None
        self._chosen.clear()
        self.digits.clear()

    def take(self, path: Path) -> None:
        """Take this file."""
        self._path = path
        self._chosen.setText(path.name)
        self._look()

    def _ask_file(self) -> None:
        title = self._texts(N_("Archivo del otro equipo"))
        ask_open(self, title, f"Qispi ({_FILES})", self.take)

    def _look(self) -> None:
        digits = sum(one.isdigit() for one in self.digits.text())
        self.go.setEnabled(self._path is not None and digits == _DIGITS)

    def _finish(self) -> None:
        if not self._writes:
            self.done.emit(self._path, self.digits.text(), None)
            return

        def chosen(target: Path) -> None:
            self.done.emit(self._path, self.digits.text(), target)

        ask_new(self, self._texts, self._writes, chosen)


_DIGITS: Final = 32


def ask_new(parent: QWidget, texts: Texts, name: str, chosen: Callable[[Path], None]) -> None:
    """Ask where a file for another laptop goes."""
    ask_save(
        parent,
        texts(N_("Guardar el archivo para el otro equipo")),
        name,
        chosen,
        filter=f"Qispi ({_FILES})",
        for_stick=True,
    )


class LostPanel(QWidget):
    """A laptop that is lost or leaves: what it held, and taking it out.

    Signals:
        reported: what it held is wanted; carries the :class:`CentreDevice`.
        printed: it is wanted on paper.
        revoked: it is to be taken out; carries it, too.
    """

    reported = Signal(object)
    printed = Signal()
    revoked = Signal(object)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        column = _column(self)
        self._heading = label("heading")
        self._steps = label()
        self.report = button("", "file-text")
        texts.bind(self.report, "setText", N_("Qué tenía ese equipo"))
        self.report.clicked.connect(lambda: self.reported.emit(self._device))
        self._told = Box("info")
        self._told.hide()
        self.print_button = button("", "printer")
        texts.bind(self.print_button, "setText", N_("Imprimir para el aviso"))
        self.print_button.clicked.connect(self.printed)
        self._sent = label("muted")
        for beside in (self.print_button, self._sent):
            beside.hide()
        self._ask = label()
        texts.bind(self._ask, "setText", N_("Para dar de baja, escriba la letra del equipo"))
        self.letter = QLineEdit()
        self._ask.setBuddy(self.letter)
        texts.bind(
            self.letter, "setAccessibleName", N_("Para dar de baja, escriba la letra del equipo")
        )
        self.letter.textChanged.connect(self._look)
        self.go = button("danger", "x")
        texts.bind(self.go, "setText", N_("Dar de baja para siempre"))
        self.go.clicked.connect(lambda: self.revoked.emit(self._device))
        # Taking it out is what presses: the report, which is long, stands below it.
        for one in (self._heading, self._steps, self._ask, self.letter, self.go):
            column.addWidget(one)
        for below in (self.report, self._told, self.print_button, self._sent):
            column.addWidget(below)
        column.addStretch()
        self._device: CentreDevice | None = None
        self._from_here = False

    def begin(self, device: CentreDevice, *, from_here: bool) -> None:
        """Begin with this laptop. ``from_here``: this one administers, and takes out others."""
        self._device = device
        self._from_here = from_here
        self._heading.setText(
            self._texts(N_("Equipo {letter}: perdido, robado o que se va"), letter=device.letter)
        )
        for told in (self._told, self.print_button, self._sent):
            told.hide()
        self.letter.clear()
        self._steps.setText(self._words(device))
        for one in (self._ask, self.letter, self.go):
            one.setVisible(from_here and not device.is_revoked)
        self._look()

    def _words(self, device: CentreDevice) -> str:
        """What is to be done, and first who takes it out: not every laptop can."""
        first = N_("1. Dé de baja el equipo, hoy mismo.")
        if device.is_revoked:
            first = N_("1. Ya está dado de baja.")
        elif not self._from_here:
            first = (
                N_(
                    "1. Llame hoy mismo a la región: al equipo que administra solo ella lo da "
                    "de baja."
                )
                if device.is_admin
                else N_(
                    "1. Este equipo no administra: desde el que administra, dé de baja el perdido, "
                    "hoy mismo. Si no está, llame a la región."
                )
            )
        rest = N_(
            "2. Sincronice este equipo y los demás, o páseles una memoria USB: hasta que lo "
            "sepan, el otro todavía recibe.\n"
            "3. Si estaba abierto, o las palabras iban con él, cuente con que se leyó todo: vean "
            "hoy a quién hay que proteger.\n"
            "4. Anote qué tenía y avise: la norma da 48 horas.\n"
            "5. Quien usaba esas palabras en otro equipo las cambia. Si iba una hoja de "
            "recuperación, haga un juego nuevo."
        )
        people = N_("Si alguien corre peligro hoy por esto, atienda eso primero.")
        return "\n".join(self._texts(one) for one in (people, first, rest))

    @property
    def device(self) -> CentreDevice | None:
        """The laptop that it is about."""
        return self._device

    def show_report(self, device: CentreDevice, report: LostReport) -> None:
        """Say what a laptop held; of another one than it is about nothing."""
        if device != self._device:
            return
        texts = self._texts
        heard = (
            texts(N_("Nunca llegó nada de lo que se hizo en él."))
            if report.heard_ms is None
            else texts(
                N_("Lo último que llegó de él: {day}."),
                day=texts.language.format_datetime_ms(report.heard_ms),
            )
        )
        counts = "\n".join(
            texts(
                N_("{held} de {there} {what}"),
                held=one.held,
                there=one.there,
                what=texts(HELD_KINDS[one.kind]),
            )
            for one in report.held
        )
        said = texts(
            N_(
                "Es lo que se sabe por lo que él mismo envió; por memoria USB pudo recibir más. "
                "Todo está cifrado: se abre solo con las palabras de quien entraba en él, o con "
                "dos hojas de recuperación."
            )
        )
        self._told.say(texts(N_("Tenía por lo menos")), f"{counts}\n{heard}\n{said}")
        self._told.show()
        self.print_button.show()
        self._sent.hide()

    def choose_printer(self, pdf: bytes) -> None:
        """Ask for a printer, and print."""
        if not ask_printer(self, lambda printer: self.print_on(printer, pdf)):
            self._say(N_("No hay impresora. Copie los números a mano."))

    def print_on(self, printer: QPrinter, pdf: bytes) -> None:
        """Print on this printer."""
        if draw_pages(pdf, printer):
            self._say(N_("Enviada a la impresora."))
        else:
            self._sent.setText(sentence("printer_refused", {}, self._texts))
            self._sent.show()

    def _say(self, msgid: str) -> None:
        self._sent.setText(self._texts(msgid))
        self._sent.show()

    def _look(self) -> None:
        letter = self._device.letter if self._device else ""
        self.go.setEnabled(bool(letter) and self.letter.text().strip().upper() == letter)
