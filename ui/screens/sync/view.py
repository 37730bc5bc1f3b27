"""*Sincronización*: the state in a sentence, what waits, five named steps, and the stick."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.domain.errors import QispiError
from app.i18n import N_
from app.services.messages import sentence
from app.services.read_models import (
    SetAsideRow,
    SyncProgress,
    SyncReport,
    SyncStep,
    SyncView,
    WaitingRow,
)
from app.services.sync_status import status_sentence
from ui.runtime.page import Page, ScreenContext
from ui.screens.sync.presenter import SyncPresenter
from ui.widgets.pieces import Box, button, card, chip, label, restyle, scrolling, set_tone
from ui.widgets.table import Column, TableModel

__all__ = ["SyncPage"]

_STEPS: Final = (
    (SyncStep.PREPARE, N_("Preparar y cifrar lo que espera")),
    (SyncStep.CONNECT, N_("Conectar con la región")),
    (SyncStep.SEND, N_("Enviar cambios")),
    (SyncStep.RECEIVE, N_("Recibir cambios")),
    (SyncStep.VERIFY, N_("Comprobar que todo llegó")),
)
_DONE: Final = N_("listo")
_NOW: Final = N_("en curso")
_LATER: Final = N_("espera")
_KIB: Final = 1024


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
        self._report: SyncReport | None = None
        self._waiting: TableModel[WaitingRow] = TableModel(self._waiting_columns())
        self._aside: TableModel[SetAsideRow] = TableModel(self._aside_columns())
        self._step_chips: dict[SyncStep, QLabel] = {}
        self._step_words: list[tuple[QLabel, int, str]] = []
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        page.addLayout(self._make_head())
        self._state = Box("info")
        page.addWidget(self._state)
        self._conflicts = self._make_conflicts()
        page.addWidget(self._conflicts)
        body = QHBoxLayout()
        body.setSpacing(10)
        body.addWidget(self._make_waiting(), 1)
        body.addWidget(self._make_run(), 1)
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
            self._begin()
            self.presenter.sync_now()

    # What the presenter shows.

    def show_view(self, view: SyncView) -> None:
        """Show what is true now."""
        self._view = view
        self._waiting.show(view.waiting)
        self._aside.show(view.set_aside)
        self._say_waiting()
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
        order = [step for step, _ in _STEPS]
        current = order.index(progress.step)
        for number, step in enumerate(order):
            self._mark(step, _DONE if number < current else _NOW if number == current else _LATER)
        total = progress.total_bytes
        self._bar.setRange(0, total or 0)
        self._bar.setValue(min(progress.done_bytes, total))
        said = ""
        if total:
            said = self.texts(
                N_("{done} de {total} KB"),
                done=_kib(progress.done_bytes),
                total=_kib(total),
            )
        if progress.seconds_left is not None:
            said += " · " + self.texts.plural(
                N_("falta {count} segundo"), N_("faltan {count} segundos"), progress.seconds_left
            )
        self._amount.setText(said)

    def show_report(self, report: SyncReport) -> None:
        """A run ended."""
        self._report = report
        self._bar.hide()
        self._stop.setEnabled(False)
        self._now.setEnabled(True)
        self._stick.setEnabled(True)
        if report.failure is None:
            for step, _ in _STEPS:
                self._mark(step, _DONE)
        self._say_report()
        self.synchronised.emit()

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""
        self.not_saved.emit(sentence(fault.message_id, fault.parameters, self.texts))

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

    def _make_run(self) -> QFrame:
        frame, outer = card(margin=4)
        content = QWidget()
        content.setObjectName("fields")
        column = QVBoxLayout(content)
        column.setSpacing(6)
        column.setContentsMargins(8, 6, 8, 6)
        for number, (step, msgid) in enumerate(_STEPS, start=1):
            row = QHBoxLayout()
            state = chip("plain")
            state.setMinimumWidth(66)
            state.setAlignment(Qt.AlignmentFlag.AlignCenter)
            words = label()
            self._step_words.append((words, number, msgid))
            words.setText(f"{number}. {self.texts(msgid)}")
            self._step_chips[step] = state
            row.addWidget(state)
            row.addWidget(words, 1)
            column.addLayout(row)
            self._mark(step, _LATER)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.hide()
        self.texts.bind(self._bar, "setAccessibleName", N_("Avance"))
        self._amount = label("muted")
        self._stop = button("", "x")
        self._stop.setEnabled(False)
        self.texts.bind(self._stop, "setText", N_("Detener"))
        self._stop.clicked.connect(self.presenter.cancel)
        column.addWidget(self._bar)
        column.addWidget(self._amount)
        safe = label("muted")
        self.texts.bind(
            safe, "setText", N_("Puede seguir trabajando, cerrar o apagar: no se pierde nada.")
        )
        column.addWidget(safe)
        column.addWidget(self._stop, 0, Qt.AlignmentFlag.AlignLeft)
        heading = label("heading")
        self.texts.bind(heading, "setText", N_("¿Sin internet? Use una memoria USB"))
        column.addWidget(heading)
        explained = label()
        self.texts.bind(
            explained,
            "setText",
            N_(
                "Lleva los cambios cifrados a otro equipo del centro y trae los suyos. "
                "Nadie más puede abrirlos."
            ),
        )
        column.addWidget(explained)
        self._stick = button("", "usb")
        self.texts.bind(self._stick, "setText", N_("Elegir la memoria USB…"))
        self._stick.clicked.connect(self._choose_stick)
        column.addWidget(self._stick, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch()
        outer.addWidget(scrolling(content))
        return frame

    def _waiting_columns(self) -> tuple[Column[WaitingRow], ...]:
        return (
            Column(lambda: self.texts(N_("Caso")), lambda row: row.case_code or "—"),
            Column(lambda: self.texts(N_("Cambios")), lambda row: str(row.changes)),
            Column(
                lambda: self.texts(N_("Desde")),
                lambda row: self.texts.language.format_datetime_ms(row.since_ms),
            ),
        )

    def _aside_columns(self) -> tuple[Column[SetAsideRow], ...]:
        return (
            Column(
                lambda: self.texts(N_("Por qué")),
                lambda row: sentence(row.reason, {}, self.texts),
            ),
            Column(lambda: self.texts(N_("KB")), lambda row: _kib(row.size)),
            Column(
                lambda: self.texts(N_("Cuándo")),
                lambda row: self.texts.language.format_datetime_ms(row.at_ms),
            ),
        )

    def _begin(self) -> None:
        self._report = None
        for step, _ in _STEPS:
            self._mark(step, _LATER)
        self._bar.setRange(0, 0)
        self._bar.show()
        self._stop.setEnabled(True)
        self._now.setEnabled(False)
        self._stick.setEnabled(False)
        self._amount.setText("")

    def _mark(self, step: SyncStep, msgid: str) -> None:
        state = self._step_chips[step]
        kind = {_DONE: "ok", _NOW: "info"}.get(msgid, "plain")
        state.setProperty("state", msgid)
        state.setText(self.texts(msgid))
        if state.property("chip") != kind:
            state.setProperty("chip", kind)
            restyle(state)

    def _choose_stick(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.texts(N_("Memoria USB")))
        if folder:
            self.use_stick(Path(folder))

    def use_stick(self, folder: Path) -> None:
        """Exchange batches with a folder on a stick."""
        self._begin()
        self.presenter.use_stick(folder)

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

    def _say_state(self) -> None:
        view = self._view
        if view is None:
            return
        clock = self.context.workplace.desk.clock
        said = status_sentence(view, clock.now_ms(), self.texts.language)
        tone = "ok" if view.last_failure is None and view.last_success_ms else "warning"
        set_tone(self._state, tone)
        why = sentence(view.last_failure, {}, self.texts) if view.last_failure else ""
        if view.next_attempt_ms is not None and view.next_attempt_ms > clock.now_ms():
            time = self.texts.language.format_datetime_ms(view.next_attempt_ms)
            why = f"{why} {self.texts(N_('Próximo intento: {time}.'), time=time)}".strip()
        self._state.say(said, why)

    def _say_report(self) -> None:
        report = self._report
        if report is None:
            return
        if report.failure is not None:
            self._amount.setText(sentence(report.failure, {}, self.texts))
            return
        said = [
            self.texts.plural(
                N_("Se recibió {count} cambio"),
                N_("Se recibieron {count} cambios"),
                report.changes_received,
            ),
            self.texts(
                N_("{up} KB enviados, {down} KB recibidos"),
                up=_kib(report.bytes_up),
                down=_kib(report.bytes_down),
            ),
        ]
        if report.set_aside:
            said.append(
                self.texts.plural(
                    N_("{count} paquete apartado"),
                    N_("{count} paquetes apartados"),
                    report.set_aside,
                )
            )
        self._amount.setText(" · ".join(said))

    def _retranslate(self) -> None:
        for state in self._step_chips.values():
            state.setText(self.texts(str(state.property("state"))))
        for words, number, msgid in self._step_words:
            words.setText(f"{number}. {self.texts(msgid)}")
        self._waiting.retranslate()
        self._aside.retranslate()
        self._say_report()
        if self._view is not None:
            self.show_view(self._view)


def _kib(size: int) -> str:
    return f"{size / _KIB:,.1f}"


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
