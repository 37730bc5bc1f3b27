"""*Derivar*: the form left, right the very page that will print, drawn anew while one types."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.i18n import N_
from app.services.messages import sentence
from app.services.read_models import FormFile
from ui.runtime.page import Page, ScreenContext
from ui.runtime.retry import Retry
from ui.runtime.shortcuts import SHORTCUTS
from ui.screens.referral.case_list import CaseReferrals
from ui.screens.referral.part import SectionPart
from ui.screens.referral.presenter import Page as PaperPage
from ui.screens.referral.presenter import ReferralPresenter
from ui.widgets.case_bar import CaseBar
from ui.widgets.file_dialog import ask_save
from ui.widgets.paper_tools import NOT_SEALED
from ui.widgets.pdf_preview import PdfPreview
from ui.widgets.pieces import Box, CheckableButton, button, card, label, scrolling, set_tone
from ui.widgets.printing import ask_printer, draw_pages
from ui.widgets.refusals import fault_words, pressed_words

__all__ = ["ReferralPage"]

REDRAW_MS: Final = 300
ASK_ANEW: Final = "referral_needs_new_consent"
COPIES: Final = 2
"""One for the institution, one for the file of the centre."""


class ReferralPage(Page):
    """The page of one referral."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self.presenter = ReferralPresenter(context.runner, context.workplace, self)
        self._parts: list[SectionPart] = []
        self._answers = False
        self._paper: PaperPage | None = None
        self._printer: QPrinter | None = None
        self._outcome: tuple[str, str] | None = None
        self._preview = PdfPreview()
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 8)
        page.setSpacing(7)
        page.addLayout(self._make_head())
        self._bar = CaseBar(self.texts, "referral")
        self._bar.setEnabled(False)
        self._bar.chosen.connect(self._go)
        page.addWidget(self._bar)
        body = QHBoxLayout()
        body.setSpacing(10)
        body.addWidget(self._make_form(), 9)
        body.addWidget(self._make_preview(), 11)
        page.addLayout(body, 1)
        page.addLayout(self._make_foot())
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.setInterval(REDRAW_MS)
        self._redraw.timeout.connect(self.presenter.draw)
        self._retry = Retry(self, self.presenter.form.retry)
        self.texts.changed.connect(self._retranslate)

    def open(self, **arguments: object) -> None:
        """Open ``referral_id``, or go on with the draft of ``case_id``; with ``answers`` where the
        answer is filled in."""
        self.flush()
        self._answers = bool(arguments.get("answers"))
        if "referral_id" in arguments:
            self._open(RecordId(str(arguments["referral_id"])))
        else:
            self.presenter.open_for_case(RecordId(str(arguments["case_id"])), self._show_form)

    def flush(self) -> None:
        """Commit what is typed."""
        self.presenter.form.commit_all()

    @property
    def is_busy(self) -> bool:
        """Whether something on the screen is not on the disk."""
        return self.presenter.form.is_busy

    def refresh(self) -> None:
        """Records changed elsewhere."""
        self.presenter.form.reload()
        self.presenter.draw()

    def let_go(self) -> None:
        """The case is closed to who looks."""
        self.presenter.let_go()

    # What the presenter shows.

    def show_opening(self) -> None:
        """Another referral is on its way: the one before is gone from the screen, and whose it
        is."""
        self._parts = []
        self.name_nobody(self._bar)
        self._bar.setEnabled(False)
        self._case.clear()
        self._paper = self._outcome = None
        self._issued.hide()
        self._others.hide()
        self._print.setEnabled(False)
        self._write.setEnabled(False)
        self._preview.clear()
        old = self._area.takeWidget()
        self._area.setWidget(QWidget())
        if old is not None:
            old.deleteLater()

    def show_file(self, file: FormFile) -> None:
        """A form was opened, saved to or reloaded."""
        del file
        self._redraw.start()

    def show_field(self, field_id: str, *, replaces: bool) -> None:
        """The state of a field changed."""
        for part in self._parts:
            part.fields.show_field(field_id, replaces=replaces)
        if self.is_busy:
            self.typing.emit()

    def show_visible(self) -> None:
        """An answer changed which fields show."""
        self._outcome = None
        for part in self._parts:
            part.show_visible()

    def show_saved(self) -> None:
        """A commit returned, or something waits to be saved again."""
        form = self.presenter.form
        self._retry.want(form.may_be_retried)
        if not form.is_busy:
            self.saved.emit(self.context.workplace.desk.clock.now_ms())

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""
        is_disk, is_unsaved = fault.message_id.startswith("disk"), bool(self.presenter.form.unsaved)
        said = fault_words(self.texts, fault, is_typed=is_unsaved)
        if is_disk or is_unsaved:
            (self.not_saved if is_unsaved else self.failed).emit(said)
        if not is_disk:
            self._refuse(said)

    def show_leaving(self, *, is_leaving: bool) -> None:
        """Nothing may be typed while the form is on its way out."""
        self._outcome = None
        self._let_type(may_type=not is_leaving and not (self._paper and self._paper.is_issued))
        for one in (self._print, self._write, self._anew):
            one.setEnabled(not is_leaving)

    def show_page(self, page: PaperPage) -> None:
        """Show the page as it will print."""
        self._paper = page
        self._preview.show_pdf(page.pdf)
        self._print.setEnabled(page.why_not is None)
        self._write.setEnabled(page.why_not is None)
        self._issued.setVisible(page.is_issued)
        self._let_type(may_type=not page.is_issued)
        self._show_others(page)
        for part in self._parts:
            part.want(is_wanted=page.is_issued or not part.section.after_issue)
            part.notice.setVisible(part.section.gated == "consent" and page.why_not == ASK_ANEW)
        if self._answers and page.is_issued:
            self._answers = False
            self._go_to_answer()
        said = [sentence(one, {}, self.texts) for one in page.cautions]
        if page.why_not is not None:
            self._say("warning", sentence(page.why_not, {}, self.texts))
        elif said and self._outcome is None:
            self._say("warning", " ".join(said))
        elif self._outcome is not None:
            self._say(*self._outcome)
        elif page.is_issued:
            self._say("ok", self.texts(N_("Puede imprimirla de nuevo: sale el mismo papel.")))
        else:
            self._say("ok", self.texts(N_("Lista para salir: solo lleva lo que se ve aquí.")))

    def print_page(self, page: PaperPage, *, shows: bool) -> None:
        """Print it: it was noted that it leaves. Where another one shows by then, that one says
        nothing of it."""
        if shows:
            self.show_page(page)
        printer, self._printer = self._printer, None
        if printer is not None and not draw_pages(page.pdf, printer):
            self._refuse(sentence("printer_refused", {}, self.texts), shows=shows)
        elif shows:
            said = self.texts(N_("Enviada a la impresora: {copies} copias."), copies=COPIES)
            self._conclude("ok", said)

    def show_written(self, folio: str) -> None:
        """The PDF was written."""
        said = self.texts(N_("PDF guardado. Folio {folio}. Entréguelo en mano."), folio=folio)
        self._conclude("warning", f"{said} {self.texts(NOT_SEALED)}")

    def show_not_left(self, fault: QispiError) -> None:
        """The referral that showed before could not leave."""
        self._refuse(pressed_words(self.texts, fault), shows=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        self._hint.setVisible(self.width() >= 900)

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        title = label("title", wraps=False)
        self.texts.bind(title, "setText", N_("Derivar"))
        self._case = label("muted", wraps=False)
        head.addWidget(title)
        head.addWidget(self._case)
        head.addStretch()
        return head

    def _make_form(self) -> QWidget:
        frame, column = card(margin=8)
        self._others = CaseReferrals(self.texts, self.context.workplace.desk.definitions)
        self._others.chosen.connect(
            lambda one: self.navigate.emit("referral", {"referral_id": one})
        )
        column.addWidget(self._others)
        self._issued = Box("info")
        self._answer = button("primary", "pencil")
        self.texts.bind(self._answer, "setText", N_("Registrar respuesta"))
        self._answer.clicked.connect(self._go_to_answer)
        self._anew = button("", "plus")
        self.texts.bind(self._anew, "setText", N_("Nueva con estos datos"))
        self._anew.clicked.connect(self.begun)
        self._anew.clicked.connect(lambda: self.presenter.open_like(self._open))
        self._issued.buttons.addWidget(self._answer)
        self._issued.buttons.addWidget(self._anew)
        self._issued.buttons.addStretch()
        self._issued.hide()
        column.addWidget(self._issued)
        self._area = scrolling(QWidget())
        column.addWidget(self._area, 1)
        return frame

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self._state = Box("info")
        foot.addWidget(self._state, 1)
        self._write = button("", "save")
        self._write.clicked.connect(self.begun)
        self.texts.bind(self._write, "setText", N_("Guardar PDF…"))
        self._write.clicked.connect(self._choose_file)
        self._print = button("primary", "printer")
        self._print.clicked.connect(self.begun)
        self.texts.bind(self._print, "setText", N_("Imprimir {copies} copias"), copies=COPIES)
        self._print.clicked.connect(self._choose_printer)
        for one in (self._write, self._print):
            one.setEnabled(False)
            foot.addWidget(one)
        keys = QShortcut(QKeySequence(SHORTCUTS["print"].keys), self)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self._print.click)
        return foot

    def _make_preview(self) -> QWidget:
        frame, column = card(margin=8)
        head = QHBoxLayout()
        said = label("strong")
        self.texts.bind(said, "setText", N_("Así saldrá impresa"))
        self._hint = label("muted", wraps=False)
        self.texts.bind(self._hint, "setText", N_("A4, una hoja"))
        whole = CheckableButton("chip")
        self.texts.bind(whole, "setText", N_("Hoja entera"))
        whole.toggled.connect(lambda on: self._preview.fit(whole_page=on))
        head.addWidget(said, 1)
        head.addWidget(self._hint)
        head.addWidget(whole)
        column.addLayout(head)
        self.texts.bind(self._preview.view, "setAccessibleName", N_("Así saldrá impresa"))
        column.addWidget(self._preview, 1)
        return frame

    def _open(self, referral_id: RecordId) -> None:
        self.presenter.open(referral_id, self._show_form)

    def _show_form(self) -> None:
        file, desk = self.presenter.form.file, self.context.workplace.desk
        if file is not None and not self._bar.isEnabled():
            self._case.setText(file.case_code)
            self.name_case(self._bar, file.case_id)
            self._bar.setEnabled(True)
        holder = QWidget()
        holder.setObjectName("fields")
        column = QVBoxLayout(holder)
        column.setContentsMargins(4, 2, 8, 2)
        # What comes after stands first: once it left, nothing else is filled in any more.
        sections = sorted(self.presenter.form.form.sections, key=lambda one: not one.after_issue)
        self._parts = [
            SectionPart(one, self.presenter.form, desk.definitions, self.texts, desk.clock, holder)
            for one in sections
        ]
        is_issued = self._paper is not None and self._paper.is_issued
        for part in self._parts:
            part.want(is_wanted=is_issued or not part.section.after_issue)
            part.notice.say("", sentence(ASK_ANEW, {}, self.texts))
            part.fields.entered.connect(self._entered)
            column.addWidget(part)
        column.addStretch()
        self._issued.say(
            self.texts(N_("Esta derivación ya salió")),
            self.texts(N_("No se cambia. Aquí se anota lo que sigue.")),
        )
        old = self._area.takeWidget()
        self._area.setWidget(holder)
        if old is not None:
            old.deleteLater()
        QTimer.singleShot(0, holder, self._focus_first)

    def _focus_first(self) -> None:
        part = next((one for one in self._parts if not one.isHidden()), None)
        if part is not None:
            part.fields.focus(None)

    def _go_to_answer(self) -> None:
        part = next((one for one in self._parts if one.section.after_issue), None)
        if part is not None:
            self._area.verticalScrollBar().setValue(0)
            part.fields.focus(None)

    def _show_others(self, page: PaperPage) -> None:
        file = self.presenter.form.file
        if file is not None:
            today = self.context.workplace.desk.clock.today()
            self._others.show_rows(page.of_case, file.anchor_id, today)

    def _entered(self, field_id: str) -> None:
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            return  # whoever pressed it sees it; moved away, the release would land elsewhere
        for part in self._parts:
            row = part.fields.row(field_id)
            if row is not None:
                self._area.ensureWidgetVisible(row, 0, 12)

    def _choose_file(self) -> None:
        if self._paper is None:
            return
        name = f"derivacion-{self._paper.folio}.pdf"
        ask_save(self, self.texts(N_("Guardar PDF")), name, self.presenter.write)

    def _choose_printer(self) -> None:
        if self._paper is not None and not ask_printer(self, self._print_on, copies=COPIES):
            self._conclude("warning", sentence("no_printer", {}, self.texts))

    def _print_on(self, printer: QPrinter) -> None:
        self._printer = printer
        self.presenter.print()

    def _go(self, page: str) -> None:
        file = self.presenter.form.file
        self.flush()
        if file is not None:
            self.navigate.emit(page, {"case_id": file.case_id})

    def _let_type(self, *, may_type: bool) -> None:
        """What left takes nothing any more; the sections after it do, as long as they show."""
        is_leaving = self.presenter.is_leaving
        for part in self._parts:
            after = part.section.after_issue
            part.fields.setEnabled(not is_leaving if after else may_type)

    def _refuse(self, said: str, *, shows: bool = True) -> None:
        """Say what could not be done: above whatever page she is on where this one, or the referral
        that is meant, does not show."""
        if shows and self.isVisible():
            self._conclude("warning", said)
        else:
            self.failed.emit(said)

    def _conclude(self, tone: str, said: str) -> None:
        """Say how something ended; it stays said until something is typed."""
        self._outcome = (tone, said)
        self._say(tone, said)

    def _say(self, tone: str, said: str) -> None:
        set_tone(self._state, tone)
        self._state.say("", said)

    def _retranslate(self) -> None:
        if self.presenter.form.file is not None:
            self.flush()
            self._show_form()
        if self._paper is not None:
            self.show_page(self._paper)
