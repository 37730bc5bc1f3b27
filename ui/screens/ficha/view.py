"""The ficha: one step a page, every field saved when it is left, what is missing at the side."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.i18n import N_
from app.services import whereabouts
from app.services.read_models import FormFile, ReferralRow, ResumePoint
from app.services.whereabouts import RecordPlaces
from ui.forms.renderer import Fields
from ui.runtime.page import Page, ScreenContext
from ui.runtime.retry import Retry
from ui.runtime.shortcuts import SHORTCUTS
from ui.screens.ficha.presenter import FichaPresenter
from ui.screens.ficha.rail import FichaRail
from ui.screens.ficha.step_row import StepRow
from ui.widgets.case_bar import CaseBar
from ui.widgets.interpreter import interpreter_prompt
from ui.widgets.pieces import Box, button, card, label, scrolling, set_tip
from ui.widgets.refusals import fault_words

__all__ = ["FichaPage"]

_NARROW: Final = 900
_NEXT_WIDTH: Final = 300


class FichaPage(Page):
    """The page of one case's ficha."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self.presenter = FichaPresenter(context.runner, context.workplace.desk, self)
        self._fields: Fields | None = None
        self._list: QPushButton | None = None
        self._is_resumed = False
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 8)
        page.setSpacing(7)
        page.addLayout(self._make_head())
        self._bar = CaseBar(self.texts, "ficha")
        self._bar.chosen.connect(self._go_to)
        page.addWidget(self._bar)
        self._step_row = StepRow(self.texts)
        self._step_row.chosen.connect(self.presenter.go)
        page.addWidget(self._step_row)
        body = QHBoxLayout()
        body.setSpacing(10)
        frame, column = card(margin=4)
        self._area = scrolling(QWidget())
        column.addWidget(self._area)
        body.addWidget(frame, 1)
        practises = self.context.workplace.is_practice
        self.rail = FichaRail(self.texts, self.presenter, is_practice=practises)
        self.rail.referral_chosen.connect(self.open_referral)
        self.rail.begun.connect(self.begun)
        self.rail.conflicts_wanted.connect(lambda: self.navigate.emit("conflicts", {}))
        self._rail_area = scrolling(self.rail)
        body.addWidget(self._rail_area)
        page.addLayout(body, 1)
        page.addLayout(self._make_foot())
        self._retry = Retry(self, self.presenter.form.retry)
        self.texts.changed.connect(self._retranslate)

    def open(self, **arguments: object) -> None:
        """Open the ficha of ``case_id``; ``place`` says where someone was typing, or with
        ``is_asked`` which field is wanted."""
        case_id, place = arguments["case_id"], arguments.get("place")
        self._is_resumed = isinstance(place, ResumePoint) and not arguments.get("is_asked")
        self.presenter.open(
            RecordId(str(case_id)), place if isinstance(place, ResumePoint) else None
        )

    def flush(self) -> None:
        """Commit what is typed."""
        self.presenter.form.commit_all()

    @property
    def is_busy(self) -> bool:
        """Whether something on the screen is not on the disk."""
        return self.presenter.form.is_busy

    @property
    def fields(self) -> Fields | None:
        """The widgets of the step that shows."""
        return self._fields

    def refresh(self) -> None:
        """Records changed elsewhere."""
        self.presenter.form.reload()
        self.presenter.look_at_referrals()

    def let_go(self) -> None:
        """The case is closed to who looks."""
        self.show_opening()
        self.presenter.let_go()  # once its lines are gone: they note what stands in them

    # What the presenter shows.

    def show_opening(self) -> None:
        """Another ficha is on its way: the one before is gone from the screen, and its name."""
        self._fields = None
        self.name_nobody(self._bar)
        self._bar.setEnabled(False)
        self._title.clear()
        self.rail.hide()
        self.rail.show_fresh()
        self.rail.places.watch([])
        self.rail.places.show_places(None)
        old = self._area.takeWidget()
        self._area.setWidget(QWidget())
        if old is not None:
            old.deleteLater()

    def show_file(self, file: FormFile) -> None:
        """A form was opened, saved to or reloaded."""
        if self.presenter.wanted not in (None, file.case_id):
            return  # of the one before, which is gone from the screen
        self._look_at_places(file)
        self._show_head()
        self.rail.show_state()

    def show_field(self, field_id: str, *, replaces: bool) -> None:
        """The state of a field changed."""
        if self._fields is not None:
            self._fields.show_field(field_id, replaces=replaces)
        if self.presenter.form.is_busy:
            self.typing.emit()
            self.rail.show_state()

    def show_visible(self) -> None:
        """An answer changed which fields show."""
        if self._fields is not None:
            self._fields.show_visible()
        self._show_head()
        self.rail.show_state()

    def show_saved(self) -> None:
        """A commit returned, or something waits to be saved again."""
        form = self.presenter.form
        self._retry.want(form.may_be_retried)
        if not form.is_busy:
            now_ms = self.context.workplace.desk.clock.now_ms()
            self.rail.show_saved(now_ms)
            self.saved.emit(now_ms)

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done. A file that opens with a reason leads to where it is asked
        for."""
        case_id, is_unsaved = self.presenter.wanted, bool(self.presenter.form.unsaved)
        # What waits in the one before is refused in that one: its own door is led to.
        if fault.message_id == "access_reason" and case_id is not None and not is_unsaved:
            self.lead("team", {"case_id": case_id})
        said = fault_words(self.texts, fault, is_typed=is_unsaved)
        (self.not_saved if is_unsaved else self.failed).emit(said)

    def show_step(self, field_id: str | None) -> None:
        """Show the fields of the current step."""
        self._name()
        desk = self.context.workplace.desk
        fields = Fields(
            self.presenter.section.fields,
            self.presenter.form,
            desk.definitions,
            self.texts,
            desk.clock.today(),
        )
        fields.entered.connect(self._entered)
        holder = QWidget()
        holder.setObjectName("fields")
        column = QVBoxLayout(holder)
        column.setContentsMargins(10, 6, 10, 6)
        prompt = interpreter_prompt(self.texts, self.presenter.section)
        if prompt is not None:
            column.addWidget(prompt)
        self._list = None
        if self.presenter.section.many:
            column.addWidget(self._make_list_step())
        column.addWidget(fields)
        column.addStretch()
        self._fields = fields
        self.rail.places.watch([fields])
        old = self._area.takeWidget()
        self._area.setWidget(holder)
        if old is not None:
            old.deleteLater()
        self._area.verticalScrollBar().setValue(0)
        self._show_head()
        if self._is_resumed:
            self.rail.show_resumed()
            self._is_resumed = False
        # The new widgets have no place yet; the focus needs one to scroll to.
        QTimer.singleShot(0, fields, lambda: self._focus(fields, field_id))

    def show_referrals(self, rows: tuple[ReferralRow, ...]) -> None:
        """Show the referrals of the case."""
        self.rail.show_referrals(rows)

    def open_referral(self, referral_id: RecordId) -> None:
        """Go to a referral."""
        self.lead("referral", {"referral_id": referral_id})

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        self._rail_area.setFixedWidth(222 if self.width() < _NARROW else 300)

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        self._title = label("step")
        self._later = button("")
        self.texts.bind(self._later, "setText", N_("Dejar para después"))
        self._later.clicked.connect(self._leave)
        head.addWidget(self._title, 1)
        head.addWidget(self._later, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        self._back = button("", "chevron-left")
        self.texts.bind(self._back, "setText", N_("Atrás"))
        self._back.clicked.connect(lambda: self.presenter.go(self.presenter.step - 1))
        hint = label("muted")
        hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.texts.bind(hint, "setText", N_("Ctrl+AvPág y Ctrl+RePág cambian de paso"))
        self._next = button("primary", "chevron-right")
        self._next.clicked.connect(lambda: self.presenter.go(self.presenter.step + 1))
        foot.addWidget(self._back)
        foot.addWidget(hint, 1)
        foot.addWidget(self._next)
        for name, change in (("next_step", 1), ("previous_step", -1)):
            keys = QShortcut(QKeySequence(SHORTCUTS[name].keys), self)
            keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            keys.activated.connect(lambda c=change: self.presenter.go(self.presenter.step + c))
        return foot

    def _name(self) -> None:
        """Say whose ficha shows: another one that was wanted may not have come."""
        file = self.presenter.file
        if file is not None and file.case_id != self.named:
            self.name_case(self._bar, file.case_id)
        self._bar.setEnabled(True)
        self.rail.show()

    def _look_at_places(self, file: FormFile) -> None:
        """Ask where each field is."""
        laptops, ids = self.context.workplace.laptops, tuple(file.records.values())

        def answered(places: RecordPlaces) -> None:
            now = self.presenter.file
            if now is not None and now.case_id == file.case_id:
                self.rail.places.show_places(places)

        self.learn(lambda uow: whereabouts.of_records(uow, laptops, ids), answered)

    def _focus(self, fields: Fields, field_id: str | None) -> None:
        """A step without fields has the button of its list: in the search box, where Qt puts the
        focus, what is typed would leave the page."""
        if not self.isVisible():
            return  # it came late: nor is it noted that she types here
        fields.focus(field_id)
        if fields.focused is None and self._list is not None:
            self._list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_list_step(self) -> QWidget:
        """Return what stands in a step whose answers are records of their own."""
        box = Box("info")
        title = self.texts(self.presenter.section.title)
        box.say(
            title, self.texts(N_("Se anota como lista: cada cosa con su fecha y quién la hizo."))
        )
        go = button("primary", "list-checks")
        go.setText(self.texts(N_("Ver la lista y anotar")))
        section_id = self.presenter.section.id
        go.clicked.connect(lambda: self._open_list(section_id))
        self._list = go
        box.buttons.addWidget(go)
        box.buttons.addStretch()
        return box

    def _open_list(self, section_id: str) -> None:
        file = self.presenter.file
        if file is not None:
            self.navigate.emit("records", {"case_id": file.case_id, "section": section_id})

    def _show_head(self) -> None:
        file = self.presenter.file
        if file is None or self.presenter.wanted is not None:
            return
        steps, current = self.presenter.steps, self.presenter.step
        title = self.texts(steps[current].title)
        self._title.setText(
            self.texts(
                N_("{code} · paso {step} de {steps}: {title}"),
                code=file.case_code,
                step=current + 1,
                steps=len(steps),
                title=title,
            )
        )
        lacking = frozenset(one.step - 1 for one in self.presenter.missing())
        self._step_row.show_steps(steps, current, lacking, self.presenter.answered())
        self._back.setEnabled(current > 0)
        is_last = current + 1 == len(steps)
        self._next.setEnabled(not is_last)
        following = "" if is_last else self.texts(steps[current + 1].title)
        said = (
            self.texts(N_("Último paso"))
            if is_last
            else self.texts(N_("Siguiente: {title}"), title=following)
        )
        metrics = self._next.fontMetrics()
        self._next.setText(metrics.elidedText(said, Qt.TextElideMode.ElideRight, _NEXT_WIDTH))
        set_tip(self._next, said)
        self._next.setAccessibleName(said)

    def _entered(self, field_id: str) -> None:
        self.presenter.entered(field_id)
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:
            return  # whoever pressed it sees it; moved away, the release would land elsewhere
        row = self._fields.row(field_id) if self._fields else None
        area: QScrollArea = self._area
        focused = self.focusWidget()
        if row is not None and row.height() < area.viewport().height():
            area.ensureWidgetVisible(row, 0, 12)
        elif focused is not None:
            area.ensureWidgetVisible(focused, 0, 40)

    def _go_to(self, page: str) -> None:
        if page == "referral":
            self.presenter.refer()
        elif self.presenter.file is not None:
            self.flush()
            self.navigate.emit(page, {"case_id": self.presenter.file.case_id})

    def _leave(self) -> None:
        self.presenter.leave()
        self.navigate.emit("cases", {})

    def _retranslate(self) -> None:
        if self.presenter.file is None:
            return
        focused = self._fields.focused if self._fields is not None else None
        self.presenter.form.commit_all()
        self.show_step(focused)
        self.rail.show_state()
        self.presenter.look_at_referrals()
