"""*Derivaciones*: what waits for an answer, and the box for the code of a slip that came back."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
)

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.i18n import N_
from app.services.read_models import AgeingRow, ReferralRow
from ui.runtime.page import Page, ScreenContext
from ui.screens.referrals.columns import columns_of
from ui.screens.referrals.origin_panel import OriginPanel
from ui.screens.referrals.presenter import ReferralsPresenter
from ui.widgets.chip_delegate import ChipDelegate, ChipLook
from ui.widgets.pieces import Box, button, card, label
from ui.widgets.referral_state import look_of
from ui.widgets.refusals import pressed_words
from ui.widgets.risk import RISKS
from ui.widgets.row_table import RowTable
from ui.widgets.table import TableModel

__all__ = ["ReferralsPage"]

_INSTITUTION: Final = 3
_RISK: Final = 4
_PERSON: Final = 6
_NARROW: Final = 900
_WIDTHS: Final = (176, 104, 112, 0, 124, 152, 80, 56)
_NARROW_WIDTHS: Final = (152, 92, 92, 0, 0, 140, 64, 48)
"""Of the columns; 0 takes what is left, or is hidden."""
_CODE_LENGTH_MAX: Final = 60


class ReferralsPage(Page):
    """The page *Derivaciones*.

    Signals:
        counted: how many referrals are open.
    """

    counted = Signal(int)

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        desk = context.workplace.desk
        self.presenter = ReferralsPresenter(context.runner, desk, self)
        self._model: TableModel[AgeingRow] = TableModel(
            columns_of(self.texts, desk.definitions, desk.clock.today)
        )
        self._rows: tuple[AgeingRow, ...] = ()
        self.table = self._make_table()
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        page.addLayout(self._make_head())
        frame, column = card(spacing=6, margin=10)
        self._make_slip(column)
        page.addWidget(frame)
        self.origin = OriginPanel(self.texts)
        self.origin.hide()
        self.origin.entered.connect(self.presenter.open_linked)
        self.origin.closed.connect(self.origin.hide)
        page.addWidget(self.origin)
        self._empty = Box("info")
        self._empty.hide()
        page.addWidget(self._empty)
        page.addWidget(self.table, 1)
        self.texts.changed.connect(self._retranslate)

    def open(self, **arguments: object) -> None:
        """Show the list, with an empty box for a code."""
        del arguments
        self.code.clear()
        self._refusal.hide()
        self.origin.hide()
        self.code.setFocus(Qt.FocusReason.OtherFocusReason)
        self.presenter.look()

    def refresh(self) -> None:
        """Records changed: look again."""
        self.presenter.look()

    # What the presenter shows.

    def show_ageing(self, rows: tuple[AgeingRow, ...]) -> None:
        """Show these referrals; the chosen one stays chosen."""
        chosen = self._model.row(self.table.currentIndex().row())
        self._rows = rows
        self._model.show(rows)
        number = next(
            (
                n
                for n, row in enumerate(rows)
                if chosen and row.referral.referral_id == chosen.referral.referral_id
            ),
            0,
        )
        if rows:
            self.table.selectRow(number)
        self.table.setColumnHidden(_PERSON, all(row.person is None for row in rows))
        self._say_counts()

    def show_count(self, count: int) -> None:
        """So many are open."""
        self.counted.emit(count)

    def open_answer(self, row: ReferralRow) -> None:
        """The slip is of this referral: go to where its answer is filled in."""
        self.navigate.emit("referral", {"referral_id": row.referral_id, "answers": True})

    def show_refused_slip(self, fault: QispiError) -> None:
        """The code that was typed names no referral; it stays, to be corrected."""
        self._refusal.say("", pressed_words(self.texts, fault))
        self._refusal.show()
        self.code.setFocus(Qt.FocusReason.OtherFocusReason)
        self.code.selectAll()

    def open_ficha(self, case_id: RecordId) -> None:
        """The linked ficha was opened: go to it."""
        self.navigate.emit("ficha", {"case_id": case_id})

    def show_refused_origin(self, fault: QispiError) -> None:
        """What was typed of the other centre's paper does not fit."""
        self.origin.refuse(pressed_words(self.texts, fault))

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""
        self.failed.emit(pressed_words(self.texts, fault))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        is_narrow = self.width() < _NARROW
        self.table.setColumnHidden(_RISK, is_narrow)
        for column, width in enumerate(_NARROW_WIDTHS if is_narrow else _WIDTHS):
            if width:
                self.table.setColumnWidth(column, width)

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        title = label("title", wraps=False)
        self.texts.bind(title, "setText", N_("Derivaciones"))
        self._counts = label("muted")
        comes = button("", "plus")
        self.texts.bind(comes, "setText", N_("Recibir de otro CEM"))
        comes.clicked.connect(lambda: self.origin.begin())
        head.addWidget(title)
        head.addWidget(self._counts, 1)
        head.addWidget(comes)
        return head

    def _make_slip(self, column: QVBoxLayout) -> None:
        said = label("strong")
        self.texts.bind(
            said, "setText", N_("¿Volvió un talón? Escriba su número y el código de control")
        )
        self.code = QLineEdit()
        self.code.setMaxLength(_CODE_LENGTH_MAX)
        self.code.setPlaceholderText("2026-A0412-DA3 · 7K")
        self.texts.bind(self.code, "setAccessibleName", N_("Número y código de control del talón"))
        said.setBuddy(self.code)
        register = button("primary", "check-on-primary")
        self.texts.bind(register, "setText", N_("Registrar respuesta"))
        for signal in (register.clicked, self.code.returnPressed):
            signal.connect(lambda *_: self.presenter.register(self.code.text()))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.code, 1)
        row.addWidget(register)
        self._refusal = Box("warning")
        self._refusal.hide()
        column.addWidget(said)
        column.addLayout(row)
        column.addWidget(self._refusal)

    def _make_table(self) -> RowTable:
        table = RowTable(self._model, wide=_INSTITUTION)
        table.setColumnHidden(_PERSON, True)
        table.setItemDelegateForColumn(0, ChipDelegate(self._state_look, table))
        table.setItemDelegateForColumn(_RISK, ChipDelegate(self._risk_look, table))
        table.activated.connect(self._activate)
        self.texts.bind(table, "setAccessibleName", N_("Derivaciones abiertas"))
        return table

    def _state_look(self, number: int) -> ChipLook | None:
        row = self._model.row(number)
        if row is None:
            return None
        look = look_of(row.referral)
        return ChipLook(look.tone, look.soft)

    def _risk_look(self, number: int) -> ChipLook | None:
        row = self._model.row(number)
        look = RISKS.get(row.risk_level) if row else None
        return ChipLook(look.colour, look.soft) if look else None

    def _activate(self, index: QModelIndex) -> None:
        row = self._model.row(index.row())
        if row is not None:
            self.open_answer(row.referral)

    def _say_counts(self) -> None:
        pressing = sum(1 for row in self._rows if row.referral.needs_action)
        said = self.texts.plural(N_("{count} abierta"), N_("{count} abiertas"), len(self._rows))
        if pressing:
            more = self.texts.plural(
                N_("{count} pide algo ahora"), N_("{count} piden algo ahora"), pressing
            )
            said = f"{said} · ▲ {more}"
        self._counts.setText(said)
        self.table.setVisible(bool(self._rows))
        self._empty.setVisible(not self._rows)
        self._empty.say(
            self.texts(N_("No hay derivaciones abiertas")),
            self.texts(N_("Aquí aparecen las que salieron y todavía no tienen respuesta.")),
        )

    def _retranslate(self) -> None:
        self._model.retranslate()
        self._say_counts()
