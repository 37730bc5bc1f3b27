"""What law and protocol ask in one case: its tasks by pathway, and what was decided about them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.domain.facts import LIMA
from app.domain.pathway import TaskState
from app.i18n import N_
from app.services.task_view import PlanView, TaskView
from ui.runtime.page import Page, ScreenContext
from ui.screens.plan.presenter import PlanPresenter
from ui.screens.today.decisions import Decision
from ui.screens.today.places import paper_of, where_to_write
from ui.screens.today.task_panel import TaskPanel
from ui.screens.today.words import decision_words, refusal_words
from ui.widgets.case_bar import CaseBar
from ui.widgets.chip_delegate import ChipDelegate, ChipLook
from ui.widgets.due import DueWords, due_words
from ui.widgets.pieces import Box, CheckableButton, label
from ui.widgets.refusals import pressed_words
from ui.widgets.row_table import RowTable
from ui.widgets.table import Column, TableModel

__all__ = ["PlanPage"]

_DUE: Final = 0
_WHAT: Final = 1
_ROLE: Final = 2
_NARROW: Final = 900


class PlanPage(Page):
    """The page of one case's tasks."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        desk = context.workplace.desk
        self._definitions = desk.definitions
        self.presenter = PlanPresenter(context.runner, desk, self)
        self._plan: PlanView | None = None
        self._wanted = ""
        self._model: TableModel[TaskView] = TableModel(self._columns())
        self.table = self._make_table()
        self.panel = TaskPanel(self.texts, self._definitions, self._now)
        self.panel.decided.connect(self.begun)
        self.panel.decided.connect(self._decide)
        self.panel.case_wanted.connect(lambda: self._go("ficha"))
        self.panel.field_wanted.connect(self._open_field)
        self.panel.letter_wanted.connect(self._open_letter)
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        page.addLayout(self._make_head())
        self._bar = CaseBar(self.texts, "plan")
        self._bar.chosen.connect(self._go)
        page.addWidget(self._bar)
        self._pathways = label("muted")
        page.addWidget(self._pathways)
        self._empty = Box("info")
        self._empty.hide()
        page.addWidget(self._empty)
        body = QHBoxLayout()
        body.setSpacing(10)
        body.addWidget(self.table, 1)
        body.addWidget(self.panel)
        page.addLayout(body, 1)
        self.texts.changed.connect(self._retranslate)

    @property
    def first_stop(self) -> QWidget:
        """The list."""
        return self.table

    def open(self, **arguments: object) -> None:
        """Show the tasks of ``case_id``; ``key`` is the one to choose."""
        self._wanted = str(arguments.get("key", ""))
        case_id = RecordId(str(arguments["case_id"]))
        self.name_case(self._bar, case_id)
        self.presenter.open(case_id)

    def refresh(self) -> None:
        """Records changed."""
        self.presenter.look()

    # What the presenter shows.

    def show_nothing(self) -> None:
        """Another case is on its way."""
        self._plan = None
        self._model.show(())
        self.panel.show_task(None)
        self._empty.hide()
        for one in (self._title, self._pathways):
            one.clear()

    def show_plan(self, plan: PlanView, shown: tuple[TaskView, ...]) -> None:
        """Show these tasks; the chosen one stays chosen."""
        chosen = self._wanted or (self.chosen.key if self.chosen else "")
        self._plan, self._wanted = plan, ""
        self._model.show(shown)
        same = (number for number, one in enumerate(shown) if one.key == chosen)
        if shown:
            self.table.selectRow(next(same, 0))
        else:
            self.panel.show_task(None)
        self._say()
        self._choose()

    def show_decided(self, case_id: RecordId, key: str) -> None:
        """A decision is on the disk."""
        if self.panel.show_decided(case_id, key):
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.saved.emit(self.context.workplace.desk.clock.now_ms())

    def show_not_decided(self, fault: QispiError, code: str, task: TaskView) -> None:
        """A decision was refused: who believes that it is on the disk lets the deadline pass."""
        self.failed.emit(refusal_words(self.texts, fault, code, task))

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""
        self.failed.emit(pressed_words(self.texts, fault))

    @property
    def chosen(self) -> TaskView | None:
        """The chosen task."""
        return self._model.row(self.table.currentIndex().row())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        is_narrow = self.width() < _NARROW
        self.panel.setFixedWidth(236 if is_narrow else 320)
        self.table.setColumnHidden(_ROLE, is_narrow)
        self.table.setColumnWidth(_DUE, 160)
        self.table.setColumnWidth(_ROLE, 110)

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        self._title = label("title", wraps=False)
        head.addWidget(self._title, 1)
        for settled, words in ((False, N_("Abiertas")), (True, N_("Todas"))):
            chip = CheckableButton("chip")
            chip.setAutoExclusive(True)
            chip.setChecked(settled is False)
            self.texts.bind(chip, "setText", words)
            chip.clicked.connect(lambda _, s=settled: self.presenter.show_settled(s))
            head.addWidget(chip)
        return head

    def _make_table(self) -> RowTable:
        table = RowTable(self._model, wide=_WHAT)
        table.setItemDelegateForColumn(_DUE, ChipDelegate(self._look, table))
        table.selectionModel().currentRowChanged.connect(self._choose)
        self.texts.bind(table, "setAccessibleName", N_("Tareas del caso"))
        return table

    def _columns(self) -> tuple[Column[TaskView], ...]:
        texts, roles = self.texts, self._definitions.catalogues["rol"]
        return (
            Column(lambda: texts(N_("Plazo")), lambda one: self._due(one).text),
            Column(
                lambda: texts(N_("Qué hay que hacer")),
                self._what,
                lambda one: f"{self._what(one)} · {texts(one.pathway)}",
            ),
            Column(lambda: texts(N_("A cargo de")), lambda one: texts(roles.label(one.role))),
        )

    @property
    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.context.workplace.desk.clock.now_ms() / 1000, LIMA)

    def _due(self, task: TaskView) -> DueWords:
        if task.is_settled:
            words = N_("✓ Hecha") if task.state is TaskState.DONE else N_("– No corresponde")
            return DueWords(self.texts(words), ChipLook("muted", "line"))
        return due_words(
            self.texts,
            task.due_at,
            self._now,
            is_unknown=bool(task.missing),
            is_urgent=task.is_urgent,
        )

    def _what(self, task: TaskView) -> str:
        """Return what to do; of what was put off, or has nobody to do it, first that."""
        is_put_off = task.until is not None and not task.is_settled
        if is_put_off or task.state is TaskState.NO_PROFESSIONAL:
            return f"{decision_words(self.texts, task)} · {self.texts(task.title)}"
        return self.texts(task.title)

    def _look(self, number: int) -> ChipLook | None:
        task = self._model.row(number)
        return self._due(task).look if task else None

    def _say(self) -> None:
        plan = self._plan
        if plan is None:
            return
        self._title.setText(self.texts(N_("Tareas · {code}"), code=plan.case_code))
        names = " · ".join(self.texts(title) for _, title in plan.pathways)
        self._pathways.setText(self.texts(N_("Rutas abiertas: {names}"), names=names or "—"))
        self._empty.setVisible(self._model.rowCount() == 0)
        self._empty.say(
            self.texts(N_("No queda nada pendiente en este caso")),
            self.texts(N_("Las tareas salen de lo que se anota en la ficha y en «Anotar».")),
        )

    # What happens.

    def _choose(self) -> None:
        self.panel.show_task(self.chosen, self._now)

    def _decide(self, decision: object) -> None:
        task = self.panel.task
        if task is not None and isinstance(decision, Decision):
            self.presenter.decide(task, decision)

    def _go(self, page: str) -> None:
        if self.presenter.case_id is not None:
            self.navigate.emit(page, {"case_id": self.presenter.case_id})

    def _open_field(self, name: str) -> None:
        if self.presenter.case_id is not None:
            self.navigate.emit(*where_to_write(self._definitions, self.presenter.case_id, name))

    def _open_letter(self, slug: str) -> None:
        task = self.panel.task
        if task is not None:
            self.navigate.emit(*paper_of(task, slug))

    def _retranslate(self) -> None:
        self._model.retranslate()
        self._say()
