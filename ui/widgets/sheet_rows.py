"""The five rows of a recovery sheet, to be typed from paper: each is looked at when it is whole.

A code reader types all five into one line, and they are parted; nothing that was typed is
suggested, learnt by an input method or left in the widget behind :meth:`SheetRows.clear`.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from app.domain.errors import DomainError
from app.domain.sheet_rows import ROWS, read_row, split_rows
from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.pieces import Box, is_held_enter, label
from ui.widgets.refusals import pressed_words

__all__ = ["RowLine", "SheetRows"]

_RIGHT: Final = "✓"
_WRONG: Final = "✗"
_LENGTH_MAX: Final = 240
"""Of a line: a whole sheet as a reader types it, and blanks."""


class RowLine(QLineEdit):
    """A line for one row of a sheet."""

    def __init__(self) -> None:
        super().__init__()
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF() + 1)
        self.setFont(font)
        self.setMaxLength(_LENGTH_MAX)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhPreferUppercase
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QLineEdit::keyPressEvent: Enter that is held down goes on once."""
        if not is_held_enter(event):
            super().keyPressEvent(event)


class SheetRows(QWidget):
    """One sheet.

    Signals:
        changed: something was typed.
        done: Enter in the last line.
    """

    changed = Signal()
    done = Signal()

    def __init__(self, texts: Texts, name: str) -> None:
        """``name`` is said before each row to a screen reader: *Primera hoja*."""
        super().__init__()
        self._texts = texts
        self._sheet = name
        self._lines: list[RowLine] = []
        self._marks: list[QWidget] = []
        self._fault: DomainError | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        heading = label("heading")
        texts.bind(heading, "setText", name)
        column.addWidget(heading)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        for place in range(1, ROWS + 1):
            number = label(wraps=False)
            number.setText(f"{place}")
            line = RowLine()
            line.setPlaceholderText("XXXX XXXX XXXX XXXX · 00")
            self._name(line, name, place)
            texts.changed.connect(lambda one=line, at=place: self._name(one, name, at))
            line.textEdited.connect(lambda typed, at=place: self._typed(at, typed))
            line.editingFinished.connect(lambda at=place: self._look_at(at))
            line.returnPressed.connect(lambda at=place: self._go_on(at))
            mark = label("strong", wraps=False)
            mark.setMinimumWidth(16)
            grid.addWidget(number, place, 0)
            grid.addWidget(line, place, 1)
            grid.addWidget(mark, place, 2)
            self._lines.append(line)
            self._marks.append(mark)
        self._remark = Box("warning")
        self._remark.hide()
        column.addWidget(self._remark)
        texts.changed.connect(self._say)

    @property
    def rows(self) -> tuple[str, ...]:
        """What was typed."""
        return tuple(line.text() for line in self._lines)

    @property
    def lines(self) -> tuple[RowLine, ...]:
        """The lines, in order."""
        return tuple(self._lines)

    @property
    def is_right(self) -> bool:
        """Whether every row is as some sheet has it."""
        return all(_fault_of(place, row) is None for place, row in enumerate(self.rows, 1))

    @property
    def remark(self) -> str:
        """What is said of a row; empty while nothing is."""
        return "" if self._remark.isHidden() else self._remark.accessibleName()

    def check(self) -> bool:
        """Say of the first row that does not fit what is wrong, and go there; return whether all
        do."""
        for place, row in enumerate(self.rows, 1):
            fault = _fault_of(place, row)
            if fault is not None:
                self._mark(place, is_right=False, is_wrong=bool(row.strip()))
                self._lines[place - 1].setFocus(Qt.FocusReason.OtherFocusReason)
                self._fault = fault
                self._say()
                return False
        self._fault = None
        self._say()
        return True

    def clear(self) -> None:
        """Forget what was typed."""
        for line, mark in zip(self._lines, self._marks, strict=True):
            line.clear()
            mark.setText("")  # type: ignore[attr-defined]
        self._fault = None
        self._say()

    def _typed(self, place: int, typed: str) -> None:
        parts = split_rows(typed)
        if len(parts) == ROWS:
            for line, part in zip(self._lines, parts, strict=True):
                line.setText(part)
            for at in range(1, ROWS + 1):
                self._look_at(at)
            self._lines[-1].setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self._mark(place, is_right=_fault_of(place, typed) is None)
        self.changed.emit()

    def _look_at(self, place: int) -> None:
        typed = self._lines[place - 1].text()
        fault = _fault_of(place, typed) if typed.strip() else None
        is_typed = bool(typed.strip())
        self._mark(place, is_right=is_typed and fault is None, is_wrong=fault is not None)
        if fault is not None:
            self._fault = fault
        elif self._fault is not None and self._fault.parameters.get("row") == place:
            self._fault = None
        self._say()

    def _mark(self, place: int, *, is_right: bool, is_wrong: bool = False) -> None:
        """Mark one row, so that of two that are wrong both are seen."""
        mark = _RIGHT if is_right else _WRONG if is_wrong else ""
        self._marks[place - 1].setText(mark)  # type: ignore[attr-defined]
        said = {_RIGHT: N_("Coincide"), _WRONG: N_("No coincide")}.get(mark)
        self._lines[place - 1].setAccessibleDescription(self._texts(said) if said else "")

    def _go_on(self, place: int) -> None:
        if place < ROWS:
            self._lines[place].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.done.emit()

    def _name(self, line: RowLine, name: str, place: int) -> None:
        said = self._texts(N_("{sheet}, fila {row}"), sheet=self._texts(name), row=place)
        line.setAccessibleName(said)

    def _say(self) -> None:
        fault = self._fault
        said = pressed_words(self._texts, fault) if fault else ""
        if said:  # two sheets stand side by side: of which of them the row is
            said = f"{self._texts(self._sheet)}. {said}"
        self._remark.say("", said)
        self._remark.setVisible(bool(said))


def _fault_of(place: int, typed: str) -> DomainError | None:
    try:
        read_row(place, typed)
    except DomainError as fault:
        return fault
    return None
