"""*Casos*: the list, its filters, and what to know before acting on the chosen one."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.i18n import N_, NC_
from app.services.read_models import CaseFilter, CaseRow
from app.services.whereabouts_ports import Reach
from ui.runtime.page import Page, ScreenContext
from ui.screens.cases.columns import OTHER_HAS_NUMBER, columns_of, place_name, risk_words
from ui.screens.cases.presenter import PAGE, CasesPresenter, Known, Listed
from ui.widgets.chip_delegate import ChipDelegate, ChipLook
from ui.widgets.pieces import Box, CheckableButton, button, card, label
from ui.widgets.place import place_colour
from ui.widgets.reading_area import ReadingArea
from ui.widgets.refusals import pressed_words
from ui.widgets.risk import RISKS
from ui.widgets.row_table import RowTable
from ui.widgets.table import TableModel

__all__ = ["CasesPage"]

_CODE: Final = 1
_PERSON: Final = 2
_AGE: Final = 3
_TYPE: Final = 5
_SENT: Final = 6
_NARROW: Final = 900
_COLUMN_WIDTHS: Final = (118, 110, 0, 50, 118, 56, 104)
_NARROW_WIDTHS: Final = (108, 108, 0, 0, 92, 0, 92)
"""Of the columns; 0 takes what is left, or is hidden."""


class CasesPage(Page):
    """The page *Casos*."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self._definitions = context.workplace.desk.definitions
        self._presenter = CasesPresenter(context.runner, context.workplace, self)
        self._listed = Listed((), 0, "")
        self._known_of: tuple[RecordId, Known] | None = None
        self._model: TableModel[CaseRow] = TableModel(
            columns_of(self.texts, self._definitions, lambda code: code in self._listed.twice)
        )
        self.table = self._make_table()
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        page.addLayout(self._make_head())
        page.addLayout(self._make_filters())
        self._empty = Box("info")
        self._empty.hide()
        page.addWidget(self._empty)
        body = QHBoxLayout()
        body.setSpacing(10)
        body.addWidget(self.table, 1)
        self._rail = self._make_rail()
        self._rail.hide()  # until a case is chosen: of none there is nothing to say
        body.addWidget(self._rail)
        page.addLayout(body, 1)
        self.texts.changed.connect(self._retranslate)

    @property
    def first_stop(self) -> QWidget:
        """The list."""
        return self.table

    def open(self, **arguments: object) -> None:
        """Show the list; ``query`` searches in it, ``only_conflicts`` filters it."""
        if "query" in arguments:
            self._presenter.search(str(arguments["query"]))
        else:
            self._presenter.look()

    def refresh(self) -> None:
        """Records changed: look again."""
        self._presenter.look()

    def search(self, text: str) -> None:
        """Show what matches."""
        self._presenter.search(text)

    def focus_table(self) -> None:
        """Give the focus to the first row."""
        if self._model.rowCount():
            if not self.table.currentIndex().isValid():
                self.table.selectRow(0)
            self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_cases(self, listed: Listed) -> None:
        """Show these rows; the chosen one stays chosen."""
        chosen = self.chosen
        self._listed = listed
        self._model.show(listed.rows)
        self.table.show_whole(_CODE)
        number = next(
            (n for n, row in enumerate(listed.rows) if chosen and row.case_id == chosen.case_id), 0
        )
        if listed.rows:
            self.table.selectRow(number)
        self._say_counts()
        self._show_chosen()

    def show_known(self, case_id: RecordId, known: Known) -> None:
        """Show what one must know before acting on a case; the list may have moved on."""
        if self.chosen is not None and self.chosen.case_id == case_id:
            self._known_of = (case_id, known)
            self._say_known()

    def open_case(self, case_id: RecordId) -> None:
        """Go to the ficha of a case."""
        self.navigate.emit("ficha", {"case_id": case_id})

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""
        self.failed.emit(pressed_words(self.texts, fault))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent: the rail makes room on a small screen."""
        super().resizeEvent(event)
        is_narrow = self.width() < _NARROW
        self._rail.setFixedWidth(210 if is_narrow else 290)
        for column in (_AGE, _TYPE):
            self.table.setColumnHidden(column, is_narrow)
        for column, width in enumerate(_NARROW_WIDTHS if is_narrow else _COLUMN_WIDTHS):
            if width:
                self.table.setColumnWidth(column, width)
        self.table.show_whole(_CODE)

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        title = label("title", wraps=False)
        self.texts.bind(title, "setText", N_("Casos"))
        self._counts = label("muted")
        head.addWidget(title)
        head.addWidget(self._counts, 1)
        return head

    def _make_filters(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(6)
        said = label(wraps=False)
        self.texts.bind(said, "setText", N_("Mostrar:"))
        row.addWidget(said)
        self._filters: list[tuple[CaseFilter, QPushButton]] = []
        for filter, msgid in (
            (CaseFilter(), N_("Todos los casos")),
            (CaseFilter(risk_level="3"), NC_("safety", "▲ Severo")),
            (CaseFilter(risk_level="2"), NC_("safety", "◆ Moderado")),
            (CaseFilter(risk_level="1"), NC_("safety", "● Leve")),
            (CaseFilter(only_conflicts=True), N_("Con dos valores")),
        ):
            chip = CheckableButton("chip")
            chip.setAutoExclusive(True)
            chip.setChecked(filter == CaseFilter())
            self.texts.bind(chip, "setText", msgid)
            chip.clicked.connect(lambda _, f=filter: self._presenter.show_only(f))
            self._filters.append((filter, chip))
            row.addWidget(chip)
        row.addStretch()
        return row

    def _make_table(self) -> RowTable:
        table = RowTable(self._model, wide=_PERSON)
        table.setItemDelegateForColumn(0, ChipDelegate(self._risk_look, table))
        table.setItemDelegateForColumn(_SENT, ChipDelegate(self._sent_look, table))
        table.selectionModel().currentRowChanged.connect(self._show_chosen)
        table.activated.connect(self._activate)
        self.texts.bind(table, "setAccessibleName", N_("Lista de casos"))
        return table

    def _make_rail(self) -> QFrame:
        frame, column = card()
        self._name = label("heading")
        self._facts = label()
        self._notes = label()
        self._warning = Box("warning")
        self._conflict = Box("warning")
        look = button("link")
        self.texts.bind(look, "setText", N_("Revisar los dos valores"))
        look.clicked.connect(lambda: self.navigate.emit("conflicts", {}))
        self._conflict.buttons.addWidget(look)
        self._refused = Box("danger")
        why = button("link")
        self.texts.bind(why, "setText", N_("Ver por qué"))
        why.clicked.connect(lambda: self.navigate.emit("sync", {}))
        self._refused.buttons.addWidget(why)
        self._open = button("primary", "folder-open")
        self.texts.bind(self._open, "setText", N_("Abrir ficha"))
        self._open.clicked.connect(lambda: self._act("ficha"))
        self._refer = button("", "send")
        self.texts.bind(self._refer, "setText", N_("Derivar"))
        self._refer.clicked.connect(lambda: self._act("referral"))
        facts = QWidget()
        facts.setObjectName("fields")
        inside = QVBoxLayout(facts)
        inside.setContentsMargins(0, 0, 0, 0)
        for one in (
            self._name,
            self._facts,
            self._warning,
            self._refused,
            self._notes,
            self._conflict,
        ):
            inside.addWidget(one)
        inside.addStretch()
        self.reading = ReadingArea(facts)
        self.texts.bind(self.reading, "setAccessibleName", N_("Lo que hay que saber del caso"))
        column.addWidget(self.reading, 1)
        column.addWidget(self._open)
        column.addWidget(self._refer)
        return frame

    def _risk_look(self, number: int) -> ChipLook | None:
        row = self._model.row(number)
        look = RISKS.get(row.risk_level or "") if row else None
        return ChipLook(look.colour, look.soft) if look else None

    def _sent_look(self, number: int) -> ChipLook | None:
        row = self._model.row(number)
        if row is None:
            return None
        colour = "warning" if row.has_conflict else place_colour(row.place) if row.place else "info"
        return ChipLook(colour, f"{colour}_soft")

    @property
    def chosen(self) -> CaseRow | None:
        """The chosen case."""
        return self._model.row(self.table.currentIndex().row())

    def _activate(self, index: QModelIndex) -> None:
        row = self._model.row(index.row())
        if row is not None:
            self.open_case(row.case_id)

    def _act(self, page: str) -> None:
        row = self.chosen
        if row is not None:
            self.navigate.emit(page, {"case_id": row.case_id})

    @property
    def _is_filtered(self) -> bool:
        return self._presenter.filter != CaseFilter()

    def _say_counts(self) -> None:
        listed = self._listed
        count = len(listed.rows)
        if listed.query or self._is_filtered:
            said = self.texts.plural(
                N_("{count} caso coincide"),
                N_("{count} casos coinciden"),
                count if listed.query else listed.total,
            )
        else:
            said = self.texts.plural(
                N_("{count} caso en este equipo"), N_("{count} casos en este equipo"), listed.total
            )
        if count == PAGE:
            said += " · " + self.texts(N_("se muestran los primeros {count}"), count=PAGE)
        self._counts.setText(said)
        self._say_empty()

    def _say_empty(self) -> None:
        listed = self._listed
        self._empty.setVisible(not listed.rows)
        if listed.rows:
            return
        if listed.query:
            self._empty.say(
                self.texts(N_("Ningún caso coincide")),
                self.texts(
                    N_("Busque por parte del nombre, del documento, del teléfono o del número.")
                ),
            )
        elif self._is_filtered:
            self._empty.say(
                self.texts(N_("Ningún caso coincide")),
                self.texts(N_("«Todos los casos» muestra otra vez la lista entera.")),
            )
        else:
            self._empty.say(
                self.texts(N_("Todavía no hay casos aquí")),
                self.texts(N_("«Nueva atención» abre la primera ficha. Se guarda sola.")),
            )

    def _show_chosen(self) -> None:
        row = self.chosen
        self._rail.setVisible(row is not None)
        if row is None:
            return
        self._name.setText(row.person or row.code)
        if row.is_only_known:
            self._show_only_known()
            return
        facts = [row.code, risk_words(self.texts, row.risk_level)]
        if row.age is not None:
            facts.append(self.texts.plural(N_("{count} año"), N_("{count} años"), row.age))
        if row.district:
            facts.append(place_name(self._definitions, row.district))
        if row.entered_on:
            day = self.texts.language.format_date(row.entered_on)
            facts.append(self.texts(N_("Ingreso: {day}"), day=day))
        if row.code in self._listed.twice:
            facts.append(self.texts(OTHER_HAS_NUMBER))
        self._facts.setText("\n".join(facts))
        if self._known_of is not None and self._known_of[0] != row.case_id:
            self._known_of = None
        self._presenter.choose(row.case_id)
        self._say_known()
        self._warning.setVisible(row.call_warning)
        self._warning.say(
            self.texts(NC_("safety", "No llamar sin revisar")),
            self.texts(NC_("safety", "Otra persona puede contestar o ver el teléfono.")),
        )
        is_refused = row.place is not None and row.place.reach is Reach.REFUSED
        self._refused.setVisible(is_refused)
        self._refused.say(self.texts(N_("La región rechazó algo de este caso")))

    def _show_only_known(self) -> None:
        """Say of a case that is not hers who looks what she can do."""
        self._known_of = None
        self._facts.setText(
            self.texts(
                N_(
                    "Este caso lo atiende su equipo, y de él se ve solo que existe. «Abrir ficha» "
                    "lleva a quién lo atiende, y a pedir acceso con un motivo."
                )
            )
        )
        for one in (self._conflict, self._notes, self._warning, self._refused):
            one.hide()

    def _say_known(self) -> None:
        known = self._known_of[1] if self._known_of is not None else Known()
        self._conflict.setVisible(known.conflicts > 0)
        self._conflict.say(
            self.texts.plural(
                N_("{count} dato tiene dos valores"),
                N_("{count} datos tienen dos valores"),
                known.conflicts,
            )
        )
        lines = [f"{self.texts(one.label)}: {one.value}" for one in known.notes]
        self._notes.setText("\n".join(lines))
        self._notes.setVisible(bool(lines))

    def _retranslate(self) -> None:
        self._model.retranslate()
        self._say_counts()
        self._show_chosen()
