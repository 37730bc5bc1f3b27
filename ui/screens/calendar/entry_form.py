"""A form that is written whole and then added: its fields come from its definition."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.form import Form
from app.domain.value import Value
from app.services.messages import sentence
from ui.forms.renderer import FieldRow
from ui.runtime.page import ScreenContext
from ui.screens.calendar.presenter import Remarks

__all__ = ["EntryForm"]


class EntryForm(QWidget):
    """The fields of a form; values go in and out by name of the record's field.

    Signals:
        edited: the person changed something.
        left: the focus left a field.
    """

    edited = Signal()
    left = Signal()

    def __init__(self, context: ScreenContext, form: Form) -> None:
        super().__init__()
        self.setObjectName("fields")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._texts = context.texts
        self._rows: dict[str, FieldRow] = {}
        desk = context.workplace.desk
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(9)
        for field in form.fields():
            row = FieldRow(field, desk.definitions, self._texts, desk.clock.today())
            row.editor.show_value(None)
            row.editor.edited.connect(lambda one=row: self._edited(one))
            row.editor.left.connect(self.left)
            self._rows[field.field] = row
            column.addWidget(row)
        column.addStretch()

    def values(self) -> dict[str, Value]:
        """Return what stands in the fields; the blank ones are left out."""
        found = {name: row.editor.value() for name, row in self._rows.items()}
        return {name: value for name, value in found.items() if value is not None}

    def show_values(self, values: Mapping[str, Value]) -> None:
        """Show these values and no others, without remarks."""
        for name, row in self._rows.items():
            row.editor.show_value(values.get(name))
            row.say("")

    def show_remarks(self, remarks: Remarks) -> None:
        """Say what does not fit beside its field, and go to the first one."""
        for name, row in self._rows.items():
            problem = remarks.get(name)
            row.say(
                sentence(problem.message_id, problem.parameters, self._texts) if problem else ""
            )
        first = next((name for name in self._rows if name in remarks), None)
        if first is not None:
            self.focus(first)

    def focus(self, name: str = "") -> None:
        """Put the focus into a field, or into the first one."""
        row = self._rows.get(name) or next(iter(self._rows.values()))
        row.editor.focus_widgets[0].setFocus(Qt.FocusReason.OtherFocusReason)
        row.editor.go_on_typing()

    def row(self, name: str) -> FieldRow:
        """Return the widgets of a field."""
        return self._rows[name]

    def _edited(self, row: FieldRow) -> None:
        row.say("")
        self.edited.emit()
