"""*Hoy*: what is due, what is overdue, whose clock ran out; and the hand-over between shifts."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.domain.facts import LIMA
from app.i18n import N_
from app.services import upkeep
from app.services.agenda import Agenda, AgendaRow
from app.services.handover import Handover
from app.services.task_view import TaskView
from app.services.work_ports import AgendaCounts
from ui.runtime.page import Page, ScreenContext
from ui.screens.today.decisions import Decision
from ui.screens.today.handover_bar import HandoverBar
from ui.screens.today.places import paper_of, where_to_write
from ui.screens.today.presenter import TodayPresenter
from ui.screens.today.task_panel import TaskPanel
from ui.screens.today.words import refusal_words
from ui.widgets.chip_delegate import ChipDelegate, ChipLook
from ui.widgets.due import DueWords, due_words
from ui.widgets.pieces import Box, CheckableButton, label
from ui.widgets.refusals import pressed_words
from ui.widgets.risk import RISKS
from ui.widgets.row_table import RowTable
from ui.widgets.table import Column, TableModel
from ui.widgets.upkeep_line import UpkeepLine

__all__ = ["TodayPage"]

_DUE: Final = 0
_RISK: Final = 1
_WHAT: Final = 2
_PERSON: Final = 3
_CASE: Final = 4
_ROLE: Final = 5
_NARROW: Final = 900
_WIDTHS: Final = {_DUE: 160, _RISK: 112, _PERSON: 80, _CASE: 104, _ROLE: 100}
_NARROW_WIDTHS: Final = {_DUE: 154, _RISK: 104, _CASE: 96}
_AGAIN_MS: Final = 60_000
"""A term may run out while the page shows."""


class TodayPage(Page):
    """The page *Hoy*.

    Signals:
        counted: how many tasks are overdue, urgent or due today.
    """

    counted = Signal(int)

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        desk = context.workplace.desk
        self._definitions = desk.definitions
        self.presenter = TodayPresenter(context.runner, desk, self)
        self._found: Agenda | None = None
        self._model: TableModel[AgendaRow] = TableModel(self._columns())
        self.table = self._make_table()
        self.panel = TaskPanel(self.texts, self._definitions, self._now)
        self.panel.decided.connect(self.begun)
        self.panel.decided.connect(self._decide)
        self.panel.case_wanted.connect(self._open_case)
        self.panel.field_wanted.connect(self._open_field)
        self.panel.letter_wanted.connect(self._open_letter)
        self.handover = HandoverBar(self.texts, self._definitions, desk.actor.held)
        for one in (self.handover.given, self.handover.taken):
            one.connect(self.begun)
        self.handover.given.connect(self.presenter.give)
        self.handover.taken.connect(self.presenter.take)
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(6)
        page.addLayout(self._make_head())
        self._alert = Box("danger")
        self._alert.hide()
        page.addWidget(self._alert)
        self._empty = Box("ok")
        self._empty.hide()
        page.addWidget(self._empty)
        self.upkeep = UpkeepLine(self.texts)
        self.upkeep.wanted.connect(self.navigate)
        page.addWidget(self.upkeep)
        body = QHBoxLayout()
        body.setSpacing(10)
        body.addWidget(self.table, 1)
        body.addWidget(self.panel)
        page.addLayout(body, 1)
        page.addWidget(self.handover)
        self._again = QTimer(self)
        self._again.setInterval(_AGAIN_MS)
        self._again.timeout.connect(self._look_again)
        self._again.start()
        self.texts.changed.connect(self._retranslate)

    @property
    def first_stop(self) -> QWidget:
        """The list."""
        return self.table

    def open(self, **arguments: object) -> None:
        """Show the agenda."""
        del arguments
        self.presenter.look()
        self.presenter.look_at_handovers()
        self.look_at_upkeep()

    def refresh(self) -> None:
        """Records changed."""
        self.presenter.look()
        self.presenter.look_at_handovers()
        self.look_at_upkeep()

    # What the presenter shows.

    def show_agenda(self, found: Agenda) -> None:
        """Show these tasks; the chosen one stays chosen."""
        chosen = self.chosen
        self._found = found
        self._model.show(found.rows)
        self.table.show_whole(_CASE)
        same = (
            number
            for number, row in enumerate(found.rows)
            if chosen is not None
            and (row.task.case_id, row.task.key) == (chosen.task.case_id, chosen.task.key)
        )
        if found.rows:
            self.table.selectRow(next(same, 0))
        else:
            self.panel.show_task(None)
        self._say()

    def show_counts(self, counts: AgendaCounts) -> None:
        """Tell how much presses."""
        self.counted.emit(counts.overdue + counts.urgent + counts.today)

    def show_task(self, task: TaskView | None) -> None:
        """Show the chosen task in words, while it is open to who looks."""
        self.panel.show_task(task, self._now)

    def show_handovers(self, found: tuple[Handover, ...]) -> None:
        """Show the latest hand-overs."""
        self.handover.show_handovers(found)

    def show_given(self) -> None:
        """A shift was handed over."""
        self.handover.show_given()

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
        if fault.message_id == "task_unknown":
            self.presenter.look()
            return
        self.failed.emit(pressed_words(self.texts, fault))

    @property
    def chosen(self) -> AgendaRow | None:
        """The chosen task."""
        return self._model.row(self.table.currentIndex().row())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent: the panel makes room on a small screen."""
        super().resizeEvent(event)
        is_narrow = self.width() < _NARROW
        self.panel.setFixedWidth(236 if is_narrow else 320)
        for column in (_PERSON, _ROLE):
            self.table.setColumnHidden(column, is_narrow)
        for column, width in (_NARROW_WIDTHS if is_narrow else _WIDTHS).items():
            self.table.setColumnWidth(column, width)
        self.table.show_whole(_CASE)

    def look_at_upkeep(self) -> None:
        """Ask what this laptop and its people are due for."""
        place = self.context.workplace
        if place.is_practice:  # of which nothing is kept
            return
        self.learn(
            lambda uow: upkeep.due(uow, place.desk, place.people, place.sheets),
            self.upkeep.show_due,
        )

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        self._title = label("title", wraps=False)
        self._counts = label("muted")
        head.addWidget(self._title)
        head.addWidget(self._counts, 1)
        for only, words in ((False, N_("Todo el equipo")), (True, N_("Mis tareas"))):
            chip = CheckableButton("chip")
            chip.setAutoExclusive(True)
            chip.setChecked(only is False)
            self.texts.bind(chip, "setText", words)
            chip.clicked.connect(lambda _, o=only: self.presenter.show_only_mine(o))
            head.addWidget(chip)
        return head

    def _make_table(self) -> RowTable:
        table = RowTable(self._model, wide=_WHAT)
        table.setItemDelegateForColumn(_DUE, ChipDelegate(self._due_look, table))
        table.setItemDelegateForColumn(_RISK, ChipDelegate(self._risk_look, table))
        table.selectionModel().currentRowChanged.connect(self._choose)
        table.activated.connect(self._activate)
        self.texts.bind(table, "setAccessibleName", N_("Tareas por plazo"))
        return table

    def _columns(self) -> tuple[Column[AgendaRow], ...]:
        texts, roles = self.texts, self._definitions.catalogues["rol"]
        return (
            Column(lambda: texts(N_("Plazo")), lambda row: self._due(row).text),
            Column(lambda: texts(N_("Riesgo")), self._risk_words),
            Column(lambda: texts(N_("Qué hay que hacer")), lambda row: texts(row.title)),
            Column(lambda: texts(N_("Persona")), lambda row: row.person or "—"),
            Column(lambda: texts(N_("Caso")), lambda row: row.case_code),
            Column(lambda: texts(N_("A cargo de")), lambda row: texts(roles.label(row.task.role))),
        )

    @property
    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.context.workplace.desk.clock.now_ms() / 1000, LIMA)

    def _due(self, row: AgendaRow) -> DueWords:
        due_ms = row.task.due_ms
        due_at = None if due_ms is None else datetime.fromtimestamp(due_ms / 1000, LIMA)
        return due_words(
            self.texts,
            due_at,
            self._now,
            is_unknown=row.task.is_unknown,
            is_urgent=row.task.is_urgent,
        )

    def _risk_words(self, row: AgendaRow) -> str:
        look = RISKS.get(str(row.task.risk))
        return f"{look.shape} {self.texts(look.word)}" if look else self.texts(N_("sin valorar"))

    def _due_look(self, number: int) -> ChipLook | None:
        row = self._model.row(number)
        return self._due(row).look if row else None

    def _risk_look(self, number: int) -> ChipLook | None:
        row = self._model.row(number)
        look = RISKS.get(str(row.task.risk)) if row else None
        return ChipLook(look.colour, look.soft) if look else None

    def _say(self) -> None:
        texts, found = self.texts, self._found
        day = texts.language.format_date(self._now.date())
        self._title.setText(texts(N_("Hoy, {day}"), day=day))
        if found is None:
            return
        counts = found.counts
        said = texts.plural(N_("{count} tarea abierta"), N_("{count} tareas abiertas"), counts.open)
        if counts.unknown:
            said += " · " + texts.plural(
                N_("de {count} no se sabe el plazo"),
                N_("de {count} no se sabe el plazo"),
                counts.unknown,
            )
        if found.stale:
            said += " · " + texts.plural(
                N_("calculando {count} caso…"), N_("calculando {count} casos…"), found.stale
            )
        if found.set_aside:
            said += " · " + texts.plural(
                N_("{count} caso no se pudo calcular: avise a soporte"),
                N_("{count} casos no se pudieron calcular: avise a soporte"),
                found.set_aside,
            )
        self._counts.setText(said)
        self.show_counts(counts)
        self._alert.setVisible(bool(counts.overdue or counts.today or counts.urgent))
        over = texts.plural(
            N_("{count} plazo vencido"), N_("{count} plazos vencidos"), counts.overdue
        )
        today = texts.plural(N_("{count} vence hoy"), N_("{count} vencen hoy"), counts.today)
        urgent = texts.plural(
            N_("{count} urgente: no se sabe la hora"),
            N_("{count} urgentes: no se sabe la hora"),
            counts.urgent,
        )
        several = ((over, counts.overdue), (urgent, counts.urgent), (today, counts.today))
        words = " · ".join(one for one, count in several if count)
        first = found.rows[0] if found.rows else None
        most = (
            texts(
                N_("Lo más urgente: caso {code}, {task}."),
                code=first.case_code,
                task=texts(first.title),
            )
            if first is not None
            else ""
        )
        self._alert.say(words, most)
        self._empty.setVisible(not found.rows)
        self._empty.say(texts(N_("No hay tareas pendientes")))

    # What happens.

    def _choose(self) -> None:
        row = self.chosen
        if row is None:
            return
        if not self.panel.shows(row.task.case_id, row.task.key):
            # Until it came, and where it may not be read, nothing is decided of the one before.
            self.panel.show_task(None)
        self.presenter.choose(row.task.case_id, row.task.key)

    def _activate(self, index: QModelIndex) -> None:
        row = self._model.row(index.row())
        if row is not None:
            self.navigate.emit("plan", {"case_id": row.task.case_id, "key": row.task.key})

    def _decide(self, decision: object) -> None:
        task = self.panel.task
        if task is not None and isinstance(decision, Decision):
            self.presenter.decide(task, self._code_of(task), decision)

    def _code_of(self, task: TaskView) -> str:
        rows = self._found.rows if self._found is not None else ()
        return next((one.case_code for one in rows if one.task.case_id == task.case_id), "")

    def _open_case(self) -> None:
        task = self.panel.task
        if task is not None:
            self.navigate.emit("ficha", {"case_id": task.case_id})

    def _open_field(self, name: str) -> None:
        task = self.panel.task
        if task is not None:
            self.navigate.emit(*where_to_write(self._definitions, task.case_id, name))

    def _open_letter(self, slug: str) -> None:
        task = self.panel.task
        if task is not None:
            self.navigate.emit(*paper_of(task, slug))

    def _look_again(self) -> None:
        if self.isVisible():
            self.presenter.look()

    def _retranslate(self) -> None:
        self._model.retranslate()
        self._say()
