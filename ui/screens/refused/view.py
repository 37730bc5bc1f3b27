"""The page of a batch that could not be sent or used: words at the left, its paper at the right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.errors import QispiError
from app.i18n import N_
from app.services.messages import sentence
from app.services.refusals import RefusalSheet, RefusedRow, neutral_name, who_refused
from ui.runtime.page import Page, ScreenContext
from ui.runtime.text import Texts
from ui.screens.refused.presenter import GONE, RefusedPresenter, Shown
from ui.screens.sync.run_panel import kilobytes
from ui.screens.sync.words import advice_words
from ui.widgets.file_dialog import ask_save
from ui.widgets.gate import Gate
from ui.widgets.paper_tools import NOT_SEALED, PageTurner
from ui.widgets.pdf_preview import PdfPreview
from ui.widgets.pieces import Box, button, card, label, set_tone
from ui.widgets.printing import ask_printer, draw_pages
from ui.widgets.reading_area import ReadingArea
from ui.widgets.refusals import pressed_words

__all__ = ["RefusedPage"]

_LEFT_WIDTH: Final = 300
_SEALED: Final = "lote"
_PAPER, _SEALED_FILE = "rescue_batch", "export_sealed"


class RefusedPage(Page):
    """The page of one refused batch."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self.presenter = RefusedPresenter(context.runner, context.workplace, self)
        self._shown: Shown | None = None
        self._preview = PdfPreview()
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 8)
        page.setSpacing(7)
        page.addLayout(self._make_head())
        self.gate = Gate(self, "refused", (_PAPER, _SEALED_FILE))
        self.gate.turned.connect(self._fit)
        page.addWidget(self.gate)
        body = QHBoxLayout()
        body.setSpacing(10)
        body.addWidget(self._make_words())
        body.addWidget(self._make_preview(), 1)
        page.addLayout(body, 1)
        page.addLayout(self._make_foot())
        self.texts.changed.connect(self._say_words)
        self._take_away()

    @property
    def first_stop(self) -> QWidget:
        """Back to the list."""
        return self._back

    def open(self, **arguments: object) -> None:
        """Show the batch ``batch_id``."""
        self._take_away()
        self.gate.look()
        batch_id = arguments.get("batch_id")
        self.presenter.open(batch_id if isinstance(batch_id, bytes) else None)

    def refresh(self) -> None:
        """Something was sent or received: perhaps it is refused no longer."""
        self.presenter.refresh()

    # What the presenter shows.

    def show_refused(self, shown: Shown) -> None:
        """Show the batch and its paper."""
        self._shown = shown
        self._preview.show_pdf(shown.pdf)
        self._fit()
        self._say_words()

    def show_preparing(self) -> None:
        """The whole paper is being drawn: that may take seconds."""
        self._say("info", self.texts(N_("Se prepara el papel entero…")))

    def show_written(self, row: RefusedRow, *, is_sealed: bool) -> None:
        """A file was written: the paper, which everybody reads, or what only the centre opens."""
        said = self.texts(N_("Archivo guardado."))
        if is_sealed:
            self._say_of(row, "ok", said)
        else:
            self._say_of(row, "warning", f"{said} {self.texts(NOT_SEALED)}")

    def show_fault(self, fault: QispiError, row: RefusedRow | None = None) -> None:
        """Something could not be done."""
        said = pressed_words(self.texts, fault)
        is_of_this = row is None or row.id == self.presenter.batch_id
        if fault.message_id == GONE and is_of_this:
            self._take_away()
        if row is None:
            self._say("warning", said)
        else:
            self._refuse(row, said)

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        self._back = button("", "chevron-left")
        self.texts.bind(self._back, "setText", N_("Sincronización"))
        self._back.clicked.connect(lambda: self.navigate.emit("sync", {"from_refused": True}))
        title = label("title")
        self.texts.bind(title, "setText", N_("No se pudo enviar o usar"))
        head.addWidget(self._back)
        head.addWidget(title, 1)
        return head

    def _make_words(self) -> QWidget:
        frame, column = card(margin=6)
        frame.setFixedWidth(_LEFT_WIDTH)
        content = QWidget()
        content.setObjectName("fields")
        inside = QVBoxLayout(content)
        inside.setContentsMargins(6, 4, 6, 4)
        inside.setSpacing(8)
        self._facts = label()
        self._why, self._safe, self._to_do = Box("warning"), Box("ok"), Box("info")
        inside.addLayout(self._make_beside())
        for one in (self._facts, self._why, self._safe, self._to_do):
            inside.addWidget(one)
        inside.addStretch()
        area = ReadingArea(content)
        self.texts.bind(area, "setAccessibleName", N_("Qué pasó y qué hacer"))
        column.addWidget(area)
        return frame

    def _make_beside(self) -> QHBoxLayout:
        """Of several that came in a bunch: from one to the next."""
        row = QHBoxLayout()
        self._before = button("", "chevron-left")
        self._after = button("", "chevron-right")
        for one, step, words in (
            (self._before, -1, N_("El archivo anterior")),
            (self._after, 1, N_("El archivo siguiente")),
        ):
            self.texts.bind(one, "setAccessibleName", words)
            self.texts.bind(one, "setToolTip", words)
            one.clicked.connect(lambda _=False, by=step: self._turn(by))
        self._which = label(wraps=False)
        self._which.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row.addWidget(self._before)
        row.addWidget(self._which, 1)
        row.addWidget(self._after)
        return row

    def _make_preview(self) -> QWidget:
        frame, column = card(margin=8)
        column.addWidget(PageTurner(self.texts, self._preview))
        self.texts.bind(self._preview.view, "setAccessibleName", N_("Así saldrá impresa"))
        column.addWidget(self._preview, 1)
        return frame

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self._state = Box("info")
        self._state.hide()
        foot.addWidget(self._state, 1)
        foot.addStretch()
        self._export = button("", "usb")
        self.texts.bind(self._export, "setText", N_("Exportar cifrado…"))
        self.texts.bind(
            self._export,
            "setToolTip",
            N_("El paquete tal como está, para la región. Fuera del centro nadie puede abrirlo."),
        )
        self._export.clicked.connect(self._choose_export)
        self._write = button("", "save")
        self.texts.bind(self._write, "setText", N_("Guardar PDF…"))
        self._write.clicked.connect(self._choose_pdf)
        self._print = button("primary", "printer")
        self.texts.bind(self._print, "setText", N_("Imprimir"))
        self._print.clicked.connect(self._choose_printer)
        for one in (self._export, self._write, self._print):
            foot.addWidget(one)
        return foot

    # What happens.

    def _take_away(self) -> None:
        """Nothing of the batch before may be left on the screen."""
        self._shown = None
        self._preview.clear()
        self._state.hide()
        self._fit()
        self._say_words()

    def _fit(self) -> None:
        shown = self._shown
        if shown is not None and shown.sheet.row.id != self.presenter.batch_id:
            shown = None  # the next one is on its way
        for one in (self._write, self._print):
            one.setEnabled(shown is not None and self.gate.allows(_PAPER))
        is_kept = shown is not None and shown.sheet.row.is_kept
        self._export.setEnabled(is_kept and self.gate.allows(_SEALED_FILE))

    def _turn(self, by: int) -> None:
        if self._shown is not None and (others := self._shown.sheet.beside):
            now = self.presenter.batch_id  # the next one may be on its way
            at = others.index(now if now in others else self._shown.sheet.row.id) + by
            self.presenter.open(others[at % len(others)])
            self._fit()

    def _say_beside(self) -> None:
        others = self._shown.sheet.beside if self._shown is not None else ()
        for one in (self._before, self._which, self._after):
            one.setVisible(len(others) > 1)
        if self._shown is not None and len(others) > 1:
            at = others.index(self._shown.sheet.row.id)
            said = N_("Archivo {number} de {count}")
            self._which.setText(self.texts(said, number=at + 1, count=len(others)))

    def _say_words(self) -> None:
        self._say_beside()
        shown = self._shown
        for one in (self._why, self._safe, self._to_do):
            one.setVisible(shown is not None)
        if shown is None:
            self._facts.setText(self.texts(N_("Elija un paquete en la página Sincronización.")))
            return
        sheet, texts = shown.sheet, self.texts
        row = sheet.row
        facts = [
            texts(_name(row), name=row.short),
            texts(N_("Equipo: {letter}"), letter=row.letter or texts(N_("no se sabe"))),
            texts(N_("Desde: {time}"), time=texts.language.format_datetime_ms(row.at_ms)),
            texts(N_("Tamaño: {size} KB"), size=kilobytes(row.size)),
        ]
        facts.append(_what_it_holds(texts, sheet))
        if shown.count < len(sheet.entries):
            begins = N_("Aquí se ven los primeros {count}; al imprimir o guardar salen todos.")
            facts.append(texts(begins, count=shown.count))
        self._facts.setText("\n".join(facts))
        self._why.say(texts(who_refused(row)), sentence(row.reason, {}, texts))
        self._safe.say(texts(N_("Qué está a salvo")), texts(sheet.safe))
        self._to_do.say(texts(N_("Qué hacer")), advice_words(texts, sheet.advice))

    def _choose_pdf(self) -> None:
        if self._shown is not None:
            self._choose_file("pdf", "PDF (*.pdf)", self.presenter.write)

    def _choose_export(self) -> None:
        if self._shown is not None:
            name = self.texts(N_("Paquete cifrado de Qispi"))
            self._choose_file(_SEALED, f"{name} (*.{_SEALED})", self.presenter.export)

    def _choose_file(self, ending: str, filter: str, write: Callable[[Path], None]) -> None:
        assert self._shown is not None
        ask_save(
            self,
            self.texts(N_("Guardar")),
            neutral_name(self._shown.sheet.row.id, ending),
            write,
            filter=filter,
            for_stick=ending == _SEALED,
        )

    def _choose_printer(self) -> None:
        if not ask_printer(self, self._print_on):
            self._say("warning", sentence("no_printer", {}, self.texts))

    def _print_on(self, printer: QPrinter) -> None:
        def on_paper(shown: Shown) -> None:
            row = shown.sheet.row
            if draw_pages(shown.pdf, printer):
                self._say_of(row, "ok", self.texts(N_("Enviada a la impresora.")))
            else:
                self._refuse(row, sentence("printer_refused", {}, self.texts))

        self.presenter.print(on_paper)

    def _refuse(self, row: RefusedRow, said: str) -> None:
        """Say that this one did not leave: above whatever page she is on."""
        if self.isVisible():
            self._say_of(row, "warning", said)
        else:
            self.failed.emit(f"{self._called(row)}: {said}")

    def _say_of(self, row: RefusedRow, tone: str, said: str) -> None:
        """Say what became of this one: by its name where another shows by now."""
        is_shown = row.id == self.presenter.batch_id
        self._say(tone, said if is_shown else f"{self._called(row)}: {said}")

    def _called(self, row: RefusedRow) -> str:
        return self.texts(_name(row), name=row.short)

    def _say(self, tone: str, said: str) -> None:
        set_tone(self._state, tone)
        self._state.say("", said)
        self._state.setVisible(bool(said))


def _name(row: RefusedRow) -> str:
    if row.is_unsealed:
        return N_("Dato {name}")
    return N_("Archivo {name}") if row.is_stray else N_("Paquete {name}")


def _what_it_holds(texts: Texts, sheet: RefusalSheet) -> str:
    """Return how much it holds, counted as it is where it waits: also what nobody typed."""
    count = len(sheet.entries)
    if not count:
        return texts(N_("No se puede abrir en este equipo."))
    if sheet.changes <= count:
        return texts.plural(
            N_("Trae {count} dato, que se lee en el papel"),
            N_("Trae {count} datos, que se leen en el papel"),
            count,
        )
    whole = texts.plural(N_("Trae {count} cambio"), N_("Trae {count} cambios"), sheet.changes)
    read = texts.plural(
        N_("En el papel se lee {count} dato; lo demás une las fichas entre sí"),
        N_("En el papel se leen {count} datos; lo demás une las fichas entre sí"),
        count,
    )
    return f"{whole}. {read}"
