"""*Sincronización*: the state in a sentence, what waits, five named steps, and the stick."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.domain.errors import QispiError
from app.i18n import N_
from app.services.messages import sentence
from app.services.read_models import SetAsideRow, SyncProgress, SyncReport, SyncView, WaitingRow
from app.services.sync_status import LONGEST_WAIT_MS, status_sentence
from ui.runtime.page import Page, ScreenContext
from ui.screens.sync.presenter import SyncPresenter
from ui.screens.sync.run_panel import RunPanel, kilobytes
from ui.widgets.pieces import Box, button, card, label, set_tone
from ui.widgets.table import Column, TableModel

__all__ = ["SyncPage"]


class SyncPage(Page):
    """The page *Sincronización*.

    Signals:
        looked: carries a :class:`SyncView`: what is true now.
        synchronised: a run ended that may have brought changes.
    """

    looked = Signal(object)
    synchronised = Signal()

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self.presenter = SyncPresenter(context.runner, context.workplace, self)
        self._view: SyncView | None = None
        self._until_next = QTimer(self)
        self._until_next.setSingleShot(True)
        self._until_next.timeout.connect(self._say_state)
        self._waiting: TableModel[WaitingRow] = TableModel(self._waiting_columns())
        self._aside: TableModel[SetAsideRow] = TableModel(self._aside_columns())
        self._panel = RunPanel(self.texts)
        self._panel.stop_wanted.connect(self.presenter.cancel)
        self._panel.stick_wanted.connect(self.want_stick)
        self._panel.stick_chosen.connect(self.use_stick)
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        page.addLayout(self._make_head())
        self._state = Box("info")
        page.addWidget(self._state)
        self._conflicts = self._make_conflicts()
        page.addWidget(self._conflicts)
        self._facts = Box("warning")
        self._facts.hide()
        page.addWidget(self._facts)
        body = QHBoxLayout()
        body.setSpacing(10)
        body.addWidget(self._make_waiting(), 1)
        body.addWidget(self._panel, 1)
        page.addLayout(body, 1)
        self.texts.changed.connect(self._retranslate)

    def open(self, **arguments: object) -> None:
        """Show what is true now."""
        del arguments
        self.presenter.look()

    def refresh(self) -> None:
        """Records changed: look again."""
        self.presenter.look()

    def sync_now(self) -> None:
        """Synchronise by network."""
        if not self.presenter.is_running:
            self._begin(is_stick=False)
            self.presenter.sync_now()

    def use_stick(self, folder: Path) -> None:
        """Exchange batches with a folder on a stick."""
        if not self.presenter.is_running:
            self._begin(is_stick=True)
            self.presenter.use_stick(folder)

    def want_stick(self) -> None:
        """Ask where the stick is, unless this laptop has nobody to exchange with."""
        if self.presenter.is_enrolled:
            self._panel.choose_stick()
        else:
            self.sync_now()

    # What the presenter shows.

    def show_view(self, view: SyncView) -> None:
        """Show what is true now."""
        self._view = view
        self._waiting.show(view.waiting)
        self._aside.show(view.set_aside)
        self._say_waiting()
        self._say_facts()
        self._aside_card.setVisible(bool(view.set_aside))
        self._conflicts.setVisible(view.conflicts > 0)
        self._conflicts.say(
            self.texts.plural(
                N_("{count} dato con dos valores por revisar"),
                N_("{count} datos con dos valores por revisar"),
                view.conflicts,
            )
        )
        self._say_state()
        self.looked.emit(view)

    def show_progress(self, progress: SyncProgress) -> None:
        """A run goes on."""
        self._panel.show_progress(progress)

    def show_report(self, report: SyncReport) -> None:
        """A run ended."""
        self._now.setEnabled(True)
        self._panel.show_report(report)
        self.synchronised.emit()

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""
        self.failed.emit(sentence(fault.message_id, fault.parameters, self.texts))

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        title = label("title", wraps=False)
        self.texts.bind(title, "setText", N_("Sincronización"))
        self._now = button("primary", "refresh-cw")
        self.texts.bind(self._now, "setText", N_("Sincronizar ahora (F5)"))
        self._now.clicked.connect(self.sync_now)
        head.addWidget(title)
        head.addStretch()
        head.addWidget(self._now)
        return head

    def _make_conflicts(self) -> Box:
        box = Box("warning")
        look = button("", "git-merge")
        self.texts.bind(look, "setText", N_("Revisar"))
        look.clicked.connect(lambda: self.navigate.emit("conflicts", {}))
        box.buttons.addWidget(look)
        box.buttons.addStretch()
        box.hide()
        return box

    def _make_waiting(self) -> QFrame:
        frame, column = card()
        self._waiting_title = label("heading")
        column.addWidget(self._waiting_title)
        table = _plain_table(self._waiting)
        self.texts.bind(table, "setAccessibleName", N_("Cambios por enviar"))
        column.addWidget(table, 1)
        self._aside_card = QWidget()
        aside = QVBoxLayout(self._aside_card)
        aside.setContentsMargins(0, 0, 0, 0)
        said = label("strong")
        self.texts.bind(said, "setText", N_("Apartados: no se pudieron usar; los demás llegaron"))
        aside.addWidget(said)
        aside_table = _plain_table(self._aside)
        aside_table.setMaximumHeight(110)
        self.texts.bind(aside_table, "setAccessibleName", N_("Paquetes apartados"))
        aside.addWidget(aside_table)
        self._aside_card.hide()
        column.addWidget(self._aside_card)
        return frame

    def _waiting_columns(self) -> tuple[Column[WaitingRow], ...]:
        return (
            Column(lambda: self.texts(N_("Caso")), self._of_what),
            Column(lambda: self.texts(N_("Cambios")), lambda row: str(row.changes)),
            Column(
                lambda: self.texts(N_("Desde")),
                lambda row: self.texts.language.format_datetime_ms(row.since_ms),
            ),
        )

    def _of_what(self, row: WaitingRow) -> str:
        return row.case_code or self.texts(N_("Otros datos del centro"))

    def _aside_columns(self) -> tuple[Column[SetAsideRow], ...]:
        return (
            Column(
                lambda: self.texts(N_("Por qué")),
                lambda row: sentence(row.reason, {}, self.texts),
            ),
            Column(lambda: self.texts(N_("Paquetes")), lambda row: str(row.count)),
            Column(lambda: self.texts(N_("KB")), lambda row: kilobytes(row.size)),
            Column(
                lambda: self.texts(N_("Último")),
                lambda row: self.texts.language.format_datetime_ms(row.at_ms),
            ),
        )

    def _begin(self, *, is_stick: bool) -> None:
        if self.presenter.is_enrolled:
            self._now.setEnabled(False)
            self._panel.begin(is_stick=is_stick)
        self._say_state()

    def _say_waiting(self) -> None:
        view = self._view
        if view is None:
            return
        if not view.waiting_changes:
            self._waiting_title.setText(self.texts(N_("Nada por enviar")))
            return
        said = self.texts.plural(
            N_("Por enviar: {count} cambio"),
            N_("Por enviar: {count} cambios"),
            view.waiting_changes,
        )
        self._waiting_title.setText(said)

    def _say_facts(self) -> None:
        view = self._view
        if view is None:
            return
        said = [sentence(one.message_id, {"count": one.count}, self.texts) for one in view.facts]
        heading = self.texts(N_("Para tener en cuenta: no se perdió nada"))
        self._facts.say(heading, "\n".join(f"• {one}" for one in said))
        self._facts.setVisible(bool(said))

    def _say_state(self) -> None:
        view = self._view
        if view is None:
            return
        clock = self.context.workplace.desk.clock
        said = status_sentence(view, clock.now_ms(), self.texts.language)
        tone = "ok" if view.last_failure is None and view.last_success_ms else "warning"
        set_tone(self._state, tone)
        why = sentence(view.last_failure, {}, self.texts) if view.last_failure else ""
        next_ms = view.next_attempt_ms or 0
        wait_ms = next_ms - clock.now_ms()
        self._until_next.stop()
        if 0 < wait_ms <= LONGEST_WAIT_MS:
            self._until_next.start(wait_ms)
            time = self.texts.language.format_datetime_ms(next_ms)
            why = f"{why} {self.texts(N_('Próximo intento: {time}.'), time=time)}".strip()
        self._state.say(said, why)

    def _retranslate(self) -> None:
        self._waiting.retranslate()
        self._aside.retranslate()
        if self._view is not None:
            self.show_view(self._view)


def _plain_table(model: TableModel[WaitingRow] | TableModel[SetAsideRow]) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setTabKeyNavigation(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setAlternatingRowColors(True)
    table.setShowGrid(False)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(28)
    header = table.horizontalHeader()
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return table
