"""*Riesgo*: left what is being filled in, right score, warnings, history and attachments."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.i18n import N_, NC_
from app.services.messages import sentence
from app.services.read_models import FormFile
from ui.runtime.page import Page, ScreenContext
from ui.runtime.retry import Retry
from ui.screens.risk.editor import FormEditor
from ui.screens.risk.presenter import RiskPicture, RiskPresenter
from ui.screens.risk.rail import RiskRail
from ui.widgets.case_bar import CaseBar
from ui.widgets.file_dialog import ask_open
from ui.widgets.pieces import Box, button, card, label, scrolling
from ui.widgets.refusals import fault_words, pressed_words

__all__ = ["RiskPage"]

_NARROW: Final = 900


class RiskPage(Page):
    """The page of risk of one case."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        desk = context.workplace.desk
        workplace = context.workplace
        self.presenter = RiskPresenter(
            context.runner, desk, self, workplace.laptops, workplace.files
        )
        self.editor: FormEditor | None = None
        self._is_asked = False
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 8)
        page.setSpacing(7)
        page.addLayout(self._make_head())
        body = QHBoxLayout()
        body.setSpacing(10)
        frame, column = card(margin=4)
        self._area = scrolling(QWidget())
        column.addWidget(self._area)
        body.addWidget(frame, 1)
        self.rail = RiskRail(self.texts, desk.definitions)
        self.rail.valuation_chosen.connect(self._show_valuation)
        self.rail.fvr_chosen.connect(lambda one: self.presenter.show_fvr(RecordId(one)))
        files = self.rail.attachments
        for one in (files.attach_wanted, files.withdrawn, files.asked_for):
            one.connect(self.begun)
        files.attach_wanted.connect(self._choose_file)
        files.seen.connect(self._see)
        files.withdrawn.connect(lambda one: self.presenter.withdraw_attachment(RecordId(one)))
        files.asked_for.connect(lambda one: self.presenter.want_attachment(RecordId(one)))
        self._rail_area = scrolling(self.rail)
        body.addWidget(self._rail_area)
        page.addLayout(body, 1)
        page.addLayout(self._make_foot())
        self._retry = Retry(self, self.presenter.retry)
        self.texts.changed.connect(self._retranslate)
        self.show_editor()

    @property
    def first_stop(self) -> QWidget:
        """The button for a new valuation."""
        return self._value

    def open(self, **arguments: object) -> None:
        """Open the page of ``case_id``; without one, what stood here stays."""
        if "case_id" in arguments:
            self.presenter.open(RecordId(str(arguments["case_id"])))

    def flush(self) -> None:
        """Commit what is typed."""
        self.presenter.commit_all()

    @property
    def is_busy(self) -> bool:
        """Whether something on the screen is not on the disk."""
        return self.presenter.is_busy

    def refresh(self) -> None:
        """Records changed elsewhere."""
        self.presenter.reload()

    def let_go(self) -> None:
        """The case is closed to who looks."""
        self._case.clear()
        self.presenter.let_go()

    # What the presenter shows.

    def show_opening(self) -> None:
        """Another form is on its way: the one before is gone from the screen."""
        self.editor = None
        self._fill(QWidget())

    def show_case(self, case_id: RecordId) -> None:
        """From now on this case shows."""
        if case_id != self.named:
            self.rail.attachments.description.clear()
        self._case.clear()
        self.name_case(self._bar, case_id)

    def show_editor(self) -> None:
        """Show the form that is open, or what one can do here."""
        form, desk = self.presenter.form, self.context.workplace.desk
        self._reset_withdraw()
        self.editor = None
        if form is None or form.file is None:
            self.rail.score.hide()
            if self.presenter.picture is None:
                self.rail.show_nothing()
            self._fill(self._make_advice())
        else:
            self.editor = FormEditor(form, desk.definitions, self.texts, desk.clock.today())
            self.editor.entered.connect(self._entered)
            self._fill(self.editor)
            editor = self.editor
            # The new widgets have no place yet; the focus needs one to scroll to.
            QTimer.singleShot(0, editor, lambda: editor.focus(None))
        self._withdraw.setVisible(self.editor is not None)
        has_case = self.presenter.case_id is not None
        for one in (self._value, self._copy, self._bar, self.rail.attachments):
            one.setEnabled(has_case)
        self._show_score()

    def show_risk(self, picture: RiskPicture) -> None:
        """Show history, warnings and attachments."""
        self._case.setText(picture.case_code)
        self.rail.show_risk(picture)
        self._show_score()

    def show_file(self, file: FormFile) -> None:
        """A form was opened, saved to or reloaded."""
        del file

    def show_field(self, field_id: str, *, replaces: bool) -> None:
        """The state of a field changed."""
        if self.editor is not None:
            self.editor.show_field(field_id, replaces=replaces)
        if self.presenter.is_busy:
            self.typing.emit()

    def show_visible(self) -> None:
        """An answer changed which fields show, and the score."""
        if self.editor is not None:
            self.editor.show_visible()
        self._show_score()

    def show_saved(self) -> None:
        """A commit returned, or something waits to be saved again."""
        self._retry.want(self.presenter.may_be_retried)
        if not self.presenter.is_busy:
            self.saved.emit(self.context.workplace.desk.clock.now_ms())
            self.presenter.look()

    def show_asked_for(self) -> None:
        """The bytes of an attachment were asked for: fetch them now, if anybody can be reached."""
        self.show_saved()
        if self.context.workplace.sync.is_enrolled:
            self.context.sync_now()

    def show_attaching(self, *, is_so: bool) -> None:
        """Whether a picture or PDF is being looked at, before it is kept."""
        self.rail.attachments.say_looking(is_so=is_so)

    def show_attached(self, remarks: tuple[str, ...]) -> None:
        """A picture or PDF was attached."""
        self.rail.attachments.say_kept([sentence(one, {}, self.texts) for one in remarks])
        self.show_saved()

    def show_not_attached(self, fault: QispiError, code: str, *, shows: bool) -> None:
        """It was not attached, and why: beside the field, and above the page she went to."""
        said = pressed_words(self.texts, fault)
        if not (shows and self.isVisible()):
            self.show_not_done(fault, code, shows=shows)
        if not shows:
            return
        self.rail.attachments.say_refused(said)
        remark = self.rail.attachments.remark
        # It has no place yet, and the card may end below what is in sight.
        QTimer.singleShot(0, remark, lambda: self._rail_area.ensureWidgetVisible(remark))

    def show_not_done(self, fault: QispiError, code: str, *, shows: bool) -> None:
        """Something else was refused: above whatever page she is on, and where another case shows,
        or none, of which one."""
        said = pressed_words(self.texts, fault)
        is_here = (shows and self.isVisible()) or not code
        self.failed.emit(said if is_here else f"{code} · {said}")

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""
        said = fault_words(self.texts, fault, is_typed=bool(self.presenter.unsaved))
        (self.not_saved if self.presenter.unsaved else self.failed).emit(said)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        self._rail_area.setFixedWidth(264 if self.width() < _NARROW else 330)

    # The frame.

    def _make_head(self) -> QVBoxLayout:
        head = QVBoxLayout()
        head.setSpacing(6)
        first = QHBoxLayout()
        title = label("title", wraps=False)
        self.texts.bind(title, "setText", N_("Riesgo"))
        self._case = label("muted", wraps=False)
        self._copy = button("", "file-text")
        self.texts.bind(self._copy, "setText", N_("Transcribir FVR"))
        self._copy.clicked.connect(self.begun)
        self._copy.clicked.connect(self.presenter.new_fvr)
        self._value = button("primary", "plus")
        self.texts.bind(self._value, "setText", N_("Nueva valoración del CEM"))
        self._value.clicked.connect(self.begun)
        self._value.clicked.connect(self.presenter.new_valuation)
        first.addWidget(title)
        first.addWidget(self._case)
        first.addStretch()
        first.addWidget(self._copy)
        first.addWidget(self._value)
        self._bar = CaseBar(self.texts, "risk")
        self._bar.chosen.connect(self._go)
        head.addLayout(first)
        head.addWidget(self._bar)
        return head

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        self._withdraw = button("link")
        self._withdraw.setMinimumHeight(34)
        self._withdraw.clicked.connect(self._take_back)
        foot.addWidget(self._withdraw)
        foot.addStretch()
        return foot

    def _make_advice(self) -> QWidget:
        holder = QWidget()
        holder.setObjectName("fields")
        column = QVBoxLayout(holder)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(10)
        box = Box("info")
        box.say(
            self.texts(N_("Dos cosas distintas")),
            self.texts(
                NC_(
                    "safety",
                    "El CEM hace su propia valoración: el nivel y su motivo son de la profesional. "
                    "La FVR la aplica la Policía, la Fiscalía o el Juzgado: aquí solo se copia su "
                    "resultado, o se ensaya.",
                )
            ),
        )
        column.addWidget(box)
        hint = label("muted")
        hint.setText(
            self.texts(
                N_("Comience una con los botones de arriba, o abra una de la lista de la derecha.")
            )
        )
        column.addWidget(hint)
        column.addStretch(1)  # the height to spare, all of it: a box takes its share of a mere 0
        return holder

    def _fill(self, widget: QWidget) -> None:
        old = self._area.takeWidget()
        self._area.setWidget(widget)
        if old is not None:
            old.deleteLater()

    def _show_score(self) -> None:
        reading = self.presenter.reading() if self.editor is not None else None
        self.rail.score.setVisible(reading is not None)
        if reading is not None:
            self.rail.score.show_reading(self.presenter.instrument, reading)

    def _show_valuation(self, record_id: str) -> None:
        if record_id == self.presenter.case_id:
            self._go("ficha")
        else:
            self.presenter.show_valuation(RecordId(record_id))

    def _choose_file(self) -> None:
        ask_open(
            self,
            self.texts(N_("Adjuntar foto o PDF")),
            self.texts(N_("Fotos y PDF (*.jpg *.jpeg *.png *.pdf)")),
            lambda path: self.presenter.attach(path, self.rail.attachments.description.text()),
        )

    def _see(self, attachment_id: str) -> None:
        if self.presenter.case_id is not None:
            arguments = {"case_id": self.presenter.case_id, "attachment_id": attachment_id}
            self.navigate.emit("attachment", arguments)

    def _take_back(self) -> None:
        """Take back what is pressed twice: the first press asks."""
        if self._is_asked:
            self.begun.emit()
            self.presenter.withdraw()
        else:
            self._is_asked = True
            self._withdraw.setText(self.texts(N_("Presione otra vez para quitarla de este caso")))

    def _reset_withdraw(self) -> None:
        self._is_asked = False
        self._withdraw.setText(self.texts(N_("Quitar: no es de este caso")))

    def _entered(self, field_id: str) -> None:
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton or self.editor is None:
            return  # whoever pressed it sees it; moved away, the release would land elsewhere
        row = self.editor.row(field_id)
        if row is not None and row.height() < self._area.viewport().height():
            self._area.ensureWidgetVisible(row, 0, 12)

    def _go(self, page: str) -> None:
        if self.presenter.case_id is not None:
            self.navigate.emit(page, {"case_id": self.presenter.case_id})

    def _retranslate(self) -> None:
        self.presenter.commit_all()
        self.show_editor()
        if self.presenter.picture is not None:
            self.show_risk(self.presenter.picture)
