"""*Adjunto*: a picture, or the pages of a PDF, as somebody sent it: seen here and nowhere else."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.i18n import N_
from app.services.apart_ports import ShownPage
from app.services.attachments import AttachmentRow
from ui.runtime.page import Page, ScreenContext
from ui.runtime.shortcuts import SHORTCUTS
from ui.screens.attachment.presenter import AttachmentPresenter
from ui.screens.attachment.sheet import Sheet
from ui.widgets.case_bar import CaseBar
from ui.widgets.file_types import FILE_TYPES
from ui.widgets.paper_tools import PageTurner
from ui.widgets.pieces import Box, button, label, set_tone
from ui.widgets.refusals import pressed_words

__all__ = ["AttachmentPage"]

_HOME: Final = "risk"


class AttachmentPage(Page):
    """The page that shows an attachment of a case."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self._case_id: RecordId | None = None
        self._row: AttachmentRow | None = None
        self.sheet = Sheet()
        self._state = Box("info")
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 8)
        page.setSpacing(7)
        page.addLayout(self._make_head())
        self._bar = CaseBar(self.texts, _HOME)
        self._bar.chosen.connect(self._go)
        page.addWidget(self._bar)
        page.addWidget(self._state)
        page.addWidget(self.sheet, 1)
        page.addLayout(self._make_foot())
        self.presenter = AttachmentPresenter(
            context.runner, context.workplace.desk, context.workplace.files, self
        )
        self.sheet.drawn.connect(self._show_tools)
        self.sheet.turned.connect(self.presenter.turn_to)
        self.sheet.zoomed.connect(lambda is_close: self.presenter.look_closer(is_close=is_close))
        self.texts.changed.connect(self._retranslate)
        self._make_shortcuts()
        self.show_nothing()

    @property
    def first_stop(self) -> QWidget:
        """The page that is looked at: the arrows scroll it."""
        return self.sheet.area

    def open(self, **arguments: object) -> None:
        """Show ``attachment_id`` of ``case_id``."""
        if "case_id" in arguments and "attachment_id" in arguments:
            self._case_id = RecordId(str(arguments["case_id"]))
            self.name_case(self._bar, self._case_id)
            self.presenter.open(self._case_id, RecordId(str(arguments["attachment_id"])))

    def hideEvent(self, event: QHideEvent) -> None:
        """Override QWidget::hideEvent: one that nobody looks at is not held any longer."""
        super().hideEvent(event)
        if not event.spontaneous():  # a window put aside still shows it
            self.presenter.close()

    # What the presenter shows.

    def show_nothing(self) -> None:
        """Another attachment is on its way, or none."""
        self._row = None
        self._what.setText("")
        self.sheet.area.setAccessibleName(self.texts(N_("Adjunto")))
        self.sheet.clear()
        self._say("info", "")

    def show_what(self, row: AttachmentRow) -> None:
        """Say what it is; its first page is on its way."""
        self._row = row
        self._what.setText(self._words(row))
        self.sheet.area.setAccessibleName(self._words(row))
        self._say("info", self.texts(N_("Abriendo el adjunto…")))

    def show_page(self, page: int, shown: ShownPage) -> None:
        """Show a page, from 0."""
        self._say("info", "")
        self.sheet.show_page(page, shown.count, shown.pixels)

    def show_why_not(self, fault: QispiError) -> None:
        """It cannot be shown, and why; a page that shows already stays."""
        self._say("warning", pressed_words(self.texts, fault))

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        title = label("title", wraps=False)
        self.texts.bind(title, "setText", N_("Adjunto"))
        self._what = label("muted")
        self._back = button("", "chevron-left")
        self.texts.bind(self._back, "setText", N_("Volver a Riesgo"))
        self._back.clicked.connect(lambda: self._go(_HOME))
        head.addWidget(title)
        head.addWidget(self._what, 1)
        head.addWidget(self._back)
        return head

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        hint = label("muted")
        self.texts.bind(
            hint,
            "setText",
            N_("Se ve solo aquí: no se guarda aparte, y queda anotado quién lo vio."),
        )
        self._smaller = button()
        self.texts.bind(self._smaller, "setText", N_("Más chico"))
        self._smaller.clicked.connect(self.sheet.go_back)
        self._larger = button()
        self.texts.bind(self._larger, "setText", N_("Más grande"))
        self._larger.clicked.connect(self.sheet.come_closer)
        self._whole = button()
        self.texts.bind(self._whole, "setText", N_("Entero"))
        self._whole.clicked.connect(self.sheet.show_whole)
        foot.addWidget(hint, 1)
        foot.addWidget(PageTurner(self.texts, self.sheet))
        for one in (self._smaller, self._larger, self._whole):
            foot.addWidget(one)
        return foot

    def _make_shortcuts(self) -> None:
        sheet = self.sheet
        acts = (
            ("+", sheet.come_closer),
            ("-", sheet.go_back),
            ("0", sheet.show_whole),
            (SHORTCUTS["next_step"].keys, lambda: sheet.turn_to(sheet.page + 1)),
            (SHORTCUTS["previous_step"].keys, lambda: sheet.turn_to(sheet.page - 1)),
        )
        for keys, act in acts:
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def _show_tools(self) -> None:
        self._smaller.setEnabled(self.sheet.may_go_back)
        self._larger.setEnabled(self.sheet.may_come_closer)
        self._whole.setEnabled(self.sheet.may_go_back)

    def _words(self, row: AttachmentRow) -> str:
        kind = FILE_TYPES.get(row.media_type)
        day = self.texts.language.format_date(row.attached_on) if row.attached_on else ""
        parts = (row.description, self.texts(kind) if kind else row.media_type, day, row.by)
        return " · ".join(one for one in parts if one)

    def _say(self, tone: str, said: str) -> None:
        set_tone(self._state, tone)
        self._state.say("", said)
        self._state.setVisible(bool(said))

    def _go(self, page: str) -> None:
        # On the page of risk stands what was being filled in.
        arguments = {"case_id": self._case_id} if page != _HOME and self._case_id else {}
        self.navigate.emit(page, arguments)

    def _retranslate(self) -> None:
        if self._row is not None:
            self._what.setText(self._words(self._row))
