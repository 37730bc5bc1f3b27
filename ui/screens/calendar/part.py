"""A table with, beside it, what is said of the chosen row, or the form in which one is written."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from app.domain.form import Form
from app.domain.value import Value
from app.i18n import N_
from ui.forms.renderer import REST_MS
from ui.runtime.page import ScreenContext
from ui.screens.calendar.entry_form import EntryForm
from ui.screens.calendar.presenter import Remarks
from ui.screens.calendar.words import Detail
from ui.widgets.pages import Pages
from ui.widgets.pieces import button, card, label, scrolling
from ui.widgets.reading_area import ReadingArea
from ui.widgets.row_table import RowTable
from ui.widgets.table import Column, TableModel

__all__ = ["Part", "PartWords"]

R = TypeVar("R")
_NARROW: Final = 860


@dataclass(frozen=True, slots=True)
class PartWords:
    """The Spanish words of a part: message ids."""

    table: str
    empty: str
    begin: str
    go_on: str
    heading: str
    note: str
    add: str


class Part(QWidget, Generic[R]):
    """A list of the calendar.

    Signals:
        typed: something stands in the form that is not kept yet.
        rested: what stands in the form is to be kept; carries its values.
        submitted: add what stands in the form; carries its values.
        discarded: what stood in the form is not wanted.
        removed: take the chosen row back; carries it.
        turned: the form was opened or closed.
    """

    typed = Signal()
    rested = Signal(dict)
    submitted = Signal(dict)
    discarded = Signal()
    removed = Signal(object)
    turned = Signal()

    def __init__(
        self,
        context: ScreenContext,
        form: Form,
        words: PartWords,
        columns: Sequence[Column[R]],
        widths: Mapping[int, int],
        hidden_when_narrow: int | None,
        detail_of: Callable[[R], Detail],
        key_of: Callable[[R], Hashable],
    ) -> None:
        super().__init__()
        self._context, self._form, self._words = context, form, words
        self._texts = context.texts
        self._widths, self._hidden = dict(widths), hidden_when_narrow
        self._detail_of, self._key_of = detail_of, key_of
        self._rows: tuple[R, ...] = ()
        self._is_typed = False
        self._model: TableModel[R] = TableModel(columns)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.flush)
        self.table = self._make_table()
        self._empty = label("muted")
        self._texts.bind(self._empty, "setText", words.empty)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self._empty)
        left.addWidget(self.table, 1)
        self._panel = Pages()
        self._panel.addWidget(self._make_detail())
        self._writing = self._make_form()
        self._panel.addWidget(self._writing)
        body = QHBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(10)
        body.addLayout(left, 1)
        body.addWidget(self._panel)
        self._say_detail()

    @property
    def chosen(self) -> R | None:
        """The chosen row."""
        return self._model.row(self.table.currentIndex().row())

    @property
    def writers(self) -> tuple[QWidget, ...]:
        """What changes the calendar: nobody else's than hers who may."""
        return (self._begin, self._go_on, self._remove, self._writing)

    @property
    def rows(self) -> tuple[R, ...]:
        """What the table shows."""
        return self._rows

    @property
    def is_writing(self) -> bool:
        """Whether the form is open."""
        return self._panel.currentIndex() == 1

    @property
    def is_busy(self) -> bool:
        """Whether something stands in the form that is not kept yet."""
        return self._is_typed

    def show_rows(self, rows: Sequence[R], preferred: Callable[[R], bool]) -> None:
        """Show these rows; the chosen one stays chosen, else the first that is preferred is."""
        chosen, scrolled_to = self.chosen, self.table.verticalScrollBar().value()
        self._rows = tuple(rows)
        self._model.show(rows)
        for column in self._widths:
            self.table.show_whole(column)
        self._empty.setVisible(not rows)
        key = None if chosen is None else self._key_of(chosen)
        numbers = [n for n, one in enumerate(rows) if key is not None and self._key_of(one) == key]
        is_same = bool(numbers)
        numbers += [n for n, one in enumerate(rows) if preferred(one)]
        if rows and numbers and is_same:
            self.table.selectRow(numbers[0])
            self.table.verticalScrollBar().setValue(scrolled_to)
        elif rows:
            self._select(numbers[0] if numbers else 0)
        self._say_detail()

    def choose(self, is_wanted: Callable[[R], bool]) -> None:
        """Choose a row."""
        number = next((n for n, one in enumerate(self._rows) if is_wanted(one)), None)
        if number is not None:
            self._select(number)

    def begin(self, values: Mapping[str, Value]) -> None:
        """Open the form with these values."""
        self.entry.show_values(values)
        self._panel.setCurrentIndex(1)
        self.turned.emit()
        QTimer.singleShot(0, self.entry, self.entry.focus)

    def show_remarks(self, remarks: Remarks) -> None:
        """Say beside the fields what does not fit."""
        self.entry.show_remarks(remarks)
        if remarks:
            row = self.entry.row(next(iter(remarks)))
            QTimer.singleShot(0, row, lambda: self._scroll.ensureWidgetVisible(row))

    def show_kept(self) -> None:
        """What stands in the form is on the disk."""
        if not self._rest.isActive():
            self._is_typed = False

    def end(self) -> None:
        """Close the form: it was added, or is not wanted."""
        self._rest.stop()
        self._is_typed = False
        self.entry.show_values({})
        self._panel.setCurrentIndex(0)
        self.turned.emit()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def flush(self) -> None:
        """Keep what stands in the form."""
        self._rest.stop()
        if self._is_typed:
            self.rested.emit(self.entry.values())

    def retranslate(self) -> None:
        """The language changed: what is written stays."""
        self._model.retranslate()
        self._say_detail()
        values = self.entry.values()
        self._put_entry()
        self.entry.show_values(values)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent: the panel makes room on a small screen."""
        super().resizeEvent(event)
        is_narrow = self.width() < _NARROW
        self._panel.setFixedWidth(286 if is_narrow else 350)
        if self._hidden is not None:
            self.table.setColumnHidden(self._hidden, is_narrow)

    # The frame.

    def _make_table(self) -> RowTable:
        count = self._model.columnCount()
        table = RowTable(
            self._model, wide=next(one for one in range(count) if one not in self._widths)
        )
        for column, width in self._widths.items():
            table.setColumnWidth(column, width)
        table.selectionModel().currentRowChanged.connect(self._say_detail)
        self._texts.bind(table, "setAccessibleName", self._words.table)
        return table

    def _make_detail(self) -> QFrame:
        frame, column = card()
        inside = QWidget()
        inside.setObjectName("fields")
        lines = QVBoxLayout(inside)
        lines.setContentsMargins(0, 0, 0, 0)
        self._heading = label("heading")
        self._lines = label()
        lines.addWidget(self._heading)
        lines.addWidget(self._lines)
        lines.addStretch()
        self._go_on = button("", "pencil")
        self._texts.bind(self._go_on, "setText", self._words.go_on)
        self._go_on.clicked.connect(self._begin_from_chosen)
        self._remove = button("danger", "x")
        self._texts.bind(self._remove, "setText", N_("Quitar"))
        self._remove.clicked.connect(self._remove_chosen)
        self._begin = button("primary", "plus")
        self._texts.bind(self._begin, "setText", self._words.begin)
        self._begin.clicked.connect(lambda: self.begin({}))
        self.reading = ReadingArea(inside)
        self._texts.bind(self.reading, "setAccessibleName", N_("Qué se sabe de lo elegido"))
        column.addWidget(self.reading, 1)
        for one in (self._go_on, self._remove, self._begin):
            column.addWidget(one)
        return frame

    def _make_form(self) -> QFrame:
        frame, column = card()
        heading = label("heading")
        self._texts.bind(heading, "setText", self._words.heading)
        note = label("muted")
        self._texts.bind(note, "setText", self._words.note)
        self._scroll = scrolling(QWidget())
        self._put_entry()
        add = button("primary", "circle-check")
        self._texts.bind(add, "setText", self._words.add)
        add.clicked.connect(self._submit)
        discard = button("", "x")
        self._texts.bind(discard, "setText", N_("Descartar"))
        discard.clicked.connect(self._discard)
        keys = QShortcut(QKeySequence("Ctrl+Return"), frame)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self._submit)
        column.addWidget(heading)
        column.addWidget(note)
        column.addWidget(self._scroll, 1)
        column.addWidget(add)
        column.addWidget(discard)
        return frame

    def _put_entry(self) -> None:
        self.entry = EntryForm(self._context, self._form)
        self.entry.edited.connect(self._edited)
        self.entry.left.connect(self.flush)
        old = self._scroll.takeWidget()
        self._scroll.setWidget(self.entry)
        if old is not None:
            old.deleteLater()

    # What happens.

    def _edited(self) -> None:
        self._is_typed = True
        self._rest.start()
        self.typed.emit()

    def _select(self, number: int) -> None:
        self.table.selectRow(number)
        # Once the table has its size.
        QTimer.singleShot(0, self.table, self._scroll_to_chosen)

    def _scroll_to_chosen(self) -> None:
        self.table.scrollTo(
            self.table.currentIndex(), QAbstractItemView.ScrollHint.PositionAtCenter
        )

    def _submit(self) -> None:
        self.flush()
        self.submitted.emit(self.entry.values())

    def _discard(self) -> None:
        self.end()
        self.discarded.emit()

    def _begin_from_chosen(self) -> None:
        row = self.chosen
        if row is not None:
            self.begin(self._detail_of(row).begins_with)

    def _remove_chosen(self) -> None:
        row = self.chosen
        if row is not None:
            self.removed.emit(row)

    def _say_detail(self) -> None:
        row = self.chosen
        detail = None if row is None else self._detail_of(row)
        self._heading.setText(detail.heading if detail else "")
        self._lines.setText("\n".join(detail.lines) if detail else "")
        self._remove.setVisible(detail is not None and detail.may_be_removed)
        self._go_on.setVisible(detail is not None and bool(detail.begins_with))
