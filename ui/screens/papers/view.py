"""*Papeles*: the ficha and the letters of a case, each shown as it will print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.i18n import N_
from app.services.messages import sentence
from ui.runtime.page import Page, ScreenContext
from ui.screens.papers.presenter import FICHA, Choice, Paper, PapersPresenter
from ui.widgets.case_bar import CaseBar
from ui.widgets.file_dialog import ask_save
from ui.widgets.paper_tools import NOT_SEALED, LanguageChips, PageTurner
from ui.widgets.pdf_preview import PdfPreview
from ui.widgets.pieces import Box, button, card, label, set_tone
from ui.widgets.printing import ask_printer, draw_pages
from ui.widgets.refusals import pressed_words

__all__ = ["PapersPage"]


_LIST_WIDTH: Final = 250


class PapersPage(Page):
    """The page of the papers of one case."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self.presenter = PapersPresenter(context.runner, context.workplace, self)
        self._paper: Paper | None = None
        self._outcome: tuple[str, str] | None = None
        """How what was done with the paper that is chosen ended: a tone, and the words."""
        self._preview = PdfPreview()
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 8)
        page.setSpacing(7)
        page.addLayout(self._make_head())
        self._bar = CaseBar(self.texts, "papers")
        self._bar.chosen.connect(self._go)
        page.addWidget(self._bar)
        body = QHBoxLayout()
        body.setSpacing(10)
        body.addWidget(self._make_list())
        body.addWidget(self._make_preview(), 1)
        page.addLayout(body, 1)
        page.addLayout(self._make_foot())
        self.texts.changed.connect(self._retranslate)
        self._fill_list()

    @property
    def first_stop(self) -> QWidget:
        """The list of papers."""
        return self._list

    def open(self, **arguments: object) -> None:
        """Show a paper of ``case_id``: ``paper`` is ``ficha`` or the code of a letter, ``facts``
        what that letter is told."""
        self._paper = self._outcome = None
        self._case.clear()
        self._preview.clear()
        self._chips.reset()
        self._let_leave(may_leave=False)  # of no case there is none
        self._state.hide()
        if "case_id" not in arguments:
            return
        self.name_case(self._bar, RecordId(str(arguments["case_id"])))
        facts = arguments.get("facts")
        choice = Choice(
            RecordId(str(arguments["case_id"])),
            str(arguments.get("paper", FICHA)),
            facts if isinstance(facts, Mapping) else {},
        )
        self._narrative.setChecked(False)
        self.presenter.open(choice)
        self._select(choice.paper)

    def refresh(self) -> None:
        """Records changed elsewhere."""
        self.presenter.draw()

    # What the presenter shows.

    def show_drawing(self) -> None:
        """Another paper is on its way."""
        self._outcome = None
        self._let_leave(may_leave=False)

    def show_paper(self, paper: Paper) -> None:
        """Show the paper as it will print."""
        self._paper = paper
        self._preview.show_pdf(paper.pdf)
        self._case.setText(paper.case_code)
        self._narrative.setVisible(paper.choice.paper == FICHA)
        self._chips.setVisible(paper.has_languages)
        self._let_leave(may_leave=True)
        if self._outcome is not None:
            self._say(*self._outcome)
            return
        said = [self.texts(paper.mark)] if paper.mark else []
        if paper.unfilled:
            blanks = ", ".join(self.texts(one) for one in paper.unfilled)
            said.append(
                self.texts(N_("Queda en blanco, para escribir a mano: {blanks}."), blanks=blanks)
            )
        self._say("info", " ".join(said))

    def show_written(self, choice: Choice, code: str) -> None:
        """The PDF was written: it lies open, wherever she is by now."""
        said = (N_("PDF guardado."), NOT_SEALED)
        self._tell(choice, code, " ".join(map(self.texts, said)))

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""
        self._say("warning", pressed_words(self.texts, fault))

    def show_not_left(self, choice: Choice, code: str, fault: QispiError) -> None:
        """It could not leave."""
        self._tell(choice, code, pressed_words(self.texts, fault))

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        title = label("title", wraps=False)
        self.texts.bind(title, "setText", N_("Papeles del caso"))
        self._case = label("muted", wraps=False)
        head.addWidget(title)
        head.addWidget(self._case)
        head.addStretch()
        return head

    def _make_list(self) -> QWidget:
        frame, column = card(margin=6)
        frame.setFixedWidth(_LIST_WIDTH)
        self._list = QListWidget()
        self._list.setWordWrap(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.texts.bind(self._list, "setAccessibleName", N_("Papeles del caso"))
        self._list.currentItemChanged.connect(self._chosen)
        column.addWidget(self._list)
        return frame

    def _make_preview(self) -> QWidget:
        frame, column = card(margin=8)
        head = QHBoxLayout()
        self._narrative = QCheckBox()
        self.texts.bind(self._narrative, "setText", N_("Imprimir también el relato"))
        self._narrative.clicked.connect(
            lambda is_wanted: self.presenter.with_narrative(is_wanted=is_wanted)
        )
        head.addWidget(self._narrative, 1)
        head.addWidget(PageTurner(self.texts, self._preview))
        column.addLayout(head)
        self._chips = LanguageChips(self.texts)
        self._chips.chosen.connect(self.presenter.in_languages)
        self._chips.hide()
        column.addWidget(self._chips)
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
        self._write = button("", "save")
        self.texts.bind(self._write, "setText", N_("Guardar PDF…"))
        self._write.clicked.connect(self._choose_file)
        self._print = button("primary", "printer")
        self.texts.bind(self._print, "setText", N_("Imprimir"))
        self._print.clicked.connect(self._choose_printer)
        foot.addWidget(self._write)
        foot.addWidget(self._print)
        return foot

    def _fill_list(self) -> None:
        self._list.blockSignals(True)
        self._list.clear()
        for name, title in self.presenter.titles:
            item = QListWidgetItem(self.texts(title))
            item.setData(Qt.ItemDataRole.UserRole, name)
            self._list.addItem(item)
        self._list.blockSignals(False)

    def _select(self, paper: str) -> None:
        self._list.blockSignals(True)
        for row in range(self._list.count()):
            if self._list.item(row).data(Qt.ItemDataRole.UserRole) == paper:
                self._list.setCurrentRow(row)
        self._list.blockSignals(False)

    def _chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._narrative.setChecked(False)
            self._chips.reset()
            self.presenter.choose(item.data(Qt.ItemDataRole.UserRole))

    def _choose_file(self) -> None:
        if self._paper is None:
            return
        ask_save(self, self.texts(N_("Guardar PDF")), self._paper.file_name, self.presenter.write)

    def _choose_printer(self) -> None:
        if not ask_printer(self, self._print_on):
            self._conclude("warning", sentence("no_printer", {}, self.texts))

    def _print_on(self, printer: QPrinter) -> None:
        def on_paper(paper: Paper) -> None:
            if not draw_pages(paper.pdf, printer):
                said = sentence("printer_refused", {}, self.texts)
                self._tell(paper.choice, paper.case_code, said)
            elif paper.choice == self.presenter.choice:
                self._conclude("ok", self.texts(N_("Enviada a la impresora.")))

        self.presenter.print(on_paper)

    def _tell(self, choice: Choice, code: str, said: str) -> None:
        """Say what she must know of a paper: that it did not leave, which it is noted to have, or
        that a copy of it lies open. Above whatever page she is on where it does not show, and then
        of which one."""
        if choice == self.presenter.choice and self.isVisible():
            self._conclude("warning", said)
        else:
            title = self.texts(dict(self.presenter.titles)[choice.paper])
            self.failed.emit(f"{code} · {title}: {said}")

    def _go(self, page: str) -> None:
        choice = self.presenter.choice
        if choice is not None:
            self.navigate.emit(page, {"case_id": choice.case_id})

    def _let_leave(self, *, may_leave: bool) -> None:
        for one in (self._write, self._print):
            one.setEnabled(may_leave)

    def _conclude(self, tone: str, said: str) -> None:
        """Say how something ended; it stays said until another paper is chosen. The paper is drawn
        anew meanwhile, which would take it away unread."""
        self._outcome = (tone, said)
        self._say(tone, said)

    def _say(self, tone: str, said: str) -> None:
        set_tone(self._state, tone)
        self._state.say("", said)
        self._state.setVisible(bool(said))

    def _retranslate(self) -> None:
        self._fill_list()
        if self.presenter.choice is not None:
            self._select(self.presenter.choice.paper)
        if self._paper is not None:
            self.show_paper(self._paper)
