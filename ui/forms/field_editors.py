"""One editor for each type of field: what it shows, and the value that stands in it.

Every editor gives the value as the domain holds it. What cannot be read (a date that does not
exist) stays as the typed text: it is saved as it is, with a remark beside it.
"""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.domain.definitions import Definitions
from app.domain.form import Field, FieldType
from app.domain.value import Absent, Value
from ui.forms.absent import AbsentButton, with_button
from ui.forms.values import read_value, shown_text
from ui.runtime.text import Texts

__all__ = ["FieldEditor", "LineEditor", "NarrativeEditor"]


class FieldEditor(QWidget):
    """What every editor is.

    Signals:
        edited: the person changed it; :meth:`value` gives what stands there.
        chosen: a choice was made that is whole at once: it can be saved without a rest.
        left: the focus went elsewhere.
        entered: the focus came in.
    """

    edited = Signal()
    chosen = Signal()
    left = Signal()
    entered = Signal()

    def __init__(self, definition: Field, definitions: Definitions, texts: Texts) -> None:
        super().__init__()
        self.definition = definition
        self.definitions = definitions
        self.texts = texts
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(2)

    @property
    def focus_widgets(self) -> tuple[QWidget, ...]:
        """The widgets in it that take the focus, the first one first."""
        raise NotImplementedError

    @property
    def is_choosing(self) -> bool:
        """Whether a list is open in which somebody looks for the answer: what stands in the editor
        until then is a search, not an answer."""
        return False

    def value(self) -> Value:
        """Return what stands in the editor."""
        raise NotImplementedError

    def show_value(self, value: Value) -> None:
        """Show a value, without a signal."""
        raise NotImplementedError

    def settle(self) -> None:
        """The focus goes elsewhere: what stands here is all that was to be typed."""

    @property
    def doubt(self) -> str:
        """What is to be said of what stands here and can mean several things; empty: nothing."""
        return ""

    def go_on_typing(self) -> None:
        """The focus was put here: what is typed next follows what stands here."""

    def name(self, label: str, description: str) -> None:
        """Tell a screen reader what is asked."""
        for one in self.focus_widgets:
            one.setAccessibleName(label)
            one.setAccessibleDescription(description)

    def mark(self, *, has_problem: bool) -> None:
        """Show with a frame that a remark stands below."""
        for one in self.focus_widgets:
            if one.property("problem") != has_problem:
                one.setProperty("problem", has_problem)
                style = one.style()
                style.unpolish(one)
                style.polish(one)

    def watch(self) -> None:
        """Listen to the focus of the parts; call once they are made."""
        for one in self.focus_widgets:
            one.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: tell when the focus comes and goes."""
        if event.type() == QEvent.Type.FocusIn:
            self.entered.emit()
        elif event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            # A menu or list that belongs to the editor, or another window, is not leaving it.
            is_elsewhere = QApplication.focusWidget() not in self.focus_widgets
            if event.reason() != Qt.FocusReason.PopupFocusReason and is_elsewhere:
                self.settle()
                self.left.emit()
        return super().eventFilter(watched, event)


class LineEditor(FieldEditor):
    """One line: text, number, date or time.

    Nothing is cut to a length here: what is too long is kept with a remark, or refused by name.
    """

    def __init__(
        self, definition: Field, definitions: Definitions, texts: Texts, today: date
    ) -> None:
        super().__init__(definition, definitions, texts)
        self._today = today
        self.line = QLineEdit()
        hint = {FieldType.DATE: "dd/mm/aaaa", FieldType.TIME: "hh:mm"}.get(definition.type)
        self._hint = hint or ""
        self.line.setPlaceholderText(self._hint)
        self._absent: Absent | None = None
        self.line.textEdited.connect(self._typed)
        self.line.editingFinished.connect(self._tidy)
        if definition.absent:
            button = AbsentButton(definition.absent, texts)
            button.serve(self.line)
            button.picked.connect(self._pick)
            self.column.addWidget(with_button(self.line, button))
        else:
            self.column.addWidget(self.line)
        self.watch()

    @property
    def focus_widgets(self) -> tuple[QWidget, ...]:
        """The line."""
        return (self.line,)

    def go_on_typing(self) -> None:
        """Put the cursor behind the text."""
        self.line.end(False)

    def value(self) -> Value:
        """Return the value as the domain holds it, or the text that could not be read."""
        return self._absent or read_value(self.definition, self.line.text(), self._today)

    def show_value(self, value: Value) -> None:
        """Show a value, without a signal."""
        self._absent = value if isinstance(value, Absent) else None
        self.line.setText("" if self._absent else shown_text(self.definition, value))
        if not self.line.hasFocus():
            self.line.setCursorPosition(0)  # a long text shows its beginning
        self._say_absent()

    def _typed(self) -> None:
        self._absent = None
        self._say_absent()
        self.edited.emit()

    def _pick(self, reason: Absent | None) -> None:
        self._absent = reason
        self.line.clear()
        self._say_absent()
        self.edited.emit()
        self.chosen.emit()

    def _say_absent(self) -> None:
        shown = self.texts(AbsentButton.words(self._absent)) if self._absent else self._hint
        self.line.setPlaceholderText(shown)

    def _tidy(self) -> None:
        # «1/3/26» becomes «01/03/2026» once the field is left.
        tidy = shown_text(self.definition, self.value())
        if self._absent is None and tidy and tidy != self.line.text():
            self.line.setText(tidy)


class _Paragraphs(QPlainTextEdit):
    """Many lines; Tab goes on to the next field."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)


class NarrativeEditor(FieldEditor):
    """Many lines of text, with undo."""

    def __init__(self, definition: Field, definitions: Definitions, texts: Texts) -> None:
        super().__init__(definition, definitions, texts)
        self.box = _Paragraphs()
        self.box.setMinimumHeight(90)
        self._is_showing = False
        self.box.textChanged.connect(self._typed)
        self.column.addWidget(self.box)
        self.watch()

    @property
    def focus_widgets(self) -> tuple[QWidget, ...]:
        """The box."""
        return (self.box,)

    def go_on_typing(self) -> None:
        """Put the cursor behind the text."""
        self.box.moveCursor(QTextCursor.MoveOperation.End)

    def value(self) -> Value:
        """Return the text, or None when it is blank."""
        return self.box.toPlainText() or None

    def show_value(self, value: Value) -> None:
        """Show a text, without a signal."""
        self._is_showing = True
        self.box.setPlainText(value if isinstance(value, str) else "")
        self._is_showing = False

    def _typed(self) -> None:
        if not self._is_showing:
            self.edited.emit()
