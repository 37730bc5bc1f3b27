"""*Ficha en blanco*: printed ahead, for days without power."""

from __future__ import annotations

from typing import Final

from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from app.domain.errors import QispiError
from app.i18n import N_
from app.services.messages import sentence
from ui.runtime.page import Page, ScreenContext
from ui.screens.blank.presenter import FICHA, REFERRAL, BlankPresenter
from ui.widgets.file_dialog import ask_save
from ui.widgets.paper_tools import SPANISH, LanguageChips, PageTurner
from ui.widgets.pdf_preview import PdfPreview
from ui.widgets.pieces import Box, CheckableButton, button, card, label, set_tone
from ui.widgets.printing import ask_printer, draw_pages
from ui.widgets.refusals import pressed_words

__all__ = ["BlankPage"]

_FORMS: Final = (
    (REFERRAL, N_("Ficha de derivación")),
    (FICHA, N_("Ficha de Registro de Casos")),
)


class BlankPage(Page):
    """The page of the blank forms."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self._presenter = BlankPresenter(context.runner, context.workplace, self)
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        page.addLayout(self._make_head())
        explained = label()
        self.texts.bind(
            explained,
            "setText",
            N_("Para llenar a mano los días sin luz. Imprima algunas y téngalas listas."),
        )
        page.addWidget(explained)
        self._preview = PdfPreview()
        self._form, self._codes = REFERRAL, SPANISH
        page.addLayout(self._make_row())
        self._languages = LanguageChips(self.texts)
        self._languages.chosen.connect(self._choose_languages)
        page.addWidget(self._languages)
        self._state = Box("ok")
        self._state.hide()
        page.addWidget(self._state)
        frame, column = card(margin=8)
        self.texts.bind(self._preview.view, "setAccessibleName", N_("Así saldrá impresa"))
        column.addWidget(self._preview)
        page.addWidget(frame, 1)

    def open(self, **arguments: object) -> None:
        """Show the referral form in Spanish."""
        del arguments
        self._state.hide()
        self._languages.reset()
        self._chips[0].setChecked(True)
        self._form, self._codes = REFERRAL, SPANISH
        self._show()

    def show_pdf(self, pdf: bytes) -> None:
        """Show the form as it will print."""
        self._preview.show_pdf(pdf)

    def show_written(self) -> None:
        """The PDF was written."""
        self._say("ok", self.texts(N_("PDF guardado.")))

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""
        self._say("warning", pressed_words(self.texts, fault))

    def _show(self) -> None:
        self._preview.clear()
        self._presenter.show(self._form, self._codes)

    def _choose_form(self, form: str) -> None:
        self._form = form
        self._show()

    def _choose_languages(self, codes: tuple[str, ...]) -> None:
        self._codes = codes
        self._show()

    def _make_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self._chips = []
        for form, msgid in _FORMS:
            chip = CheckableButton("chip")
            chip.setAutoExclusive(True)
            self.texts.bind(chip, "setText", msgid)
            chip.clicked.connect(lambda _, one=form: self._choose_form(one))
            self._chips.append(chip)
            row.addWidget(chip)
        row.addStretch()
        row.addWidget(PageTurner(self.texts, self._preview))
        return row

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        title = label("title")
        self.texts.bind(title, "setText", N_("Fichas en blanco"))
        head.addWidget(title, 1)
        write = button("", "save")
        self.texts.bind(write, "setText", N_("Guardar PDF…"))
        write.clicked.connect(self._choose_file)
        send = button("primary", "printer")
        self.texts.bind(send, "setText", N_("Imprimir"))
        send.clicked.connect(self._choose_printer)
        head.addWidget(write)
        head.addWidget(send)
        return head

    def _choose_file(self) -> None:
        ask_save(
            self, self.texts(N_("Guardar PDF")), self._presenter.file_name, self._presenter.write
        )

    def _choose_printer(self) -> None:
        if not ask_printer(self, self._print_on):
            self._say("warning", sentence("no_printer", {}, self.texts))

    def _print_on(self, printer: QPrinter) -> None:
        def paper(pdf: bytes) -> None:
            if draw_pages(pdf, printer):
                self._say("ok", self.texts(N_("Enviada a la impresora.")))
            else:
                self._say("warning", sentence("printer_refused", {}, self.texts))

        self._presenter.print(paper)

    def _say(self, tone: str, said: str) -> None:
        set_tone(self._state, tone)
        self._state.say("", said)
        self._state.show()
