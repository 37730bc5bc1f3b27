"""The questions of an instrument, one a row: answered by mouse, or by arrows and digits alone.

Up and down go to the next question, a digit gives the answer of that place, Backspace takes it
back. Nothing is answered by moving.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QGridLayout, QVBoxLayout, QWidget

from app.domain.definitions import Definitions
from app.domain.form import Field, FieldType
from app.domain.instrument import Item
from app.domain.value import Value
from app.i18n import N_
from app.services.display import ABSENT_WORDS
from ui.forms.choice_editors import NO, YES, choices_of
from ui.forms.field_binding import FieldBinding
from ui.forms.field_editors import FieldEditor
from ui.forms.open_form import OpenForm
from ui.forms.renderer import remark_words
from ui.runtime.text import Texts
from ui.widgets.options import Columns, Option, radio_option
from ui.widgets.pieces import label, restyle

__all__ = ["HINT", "ItemList", "ItemRow"]

_OPTION_WIDTH: Final = 96
_BESIDE: Final = 700
"""From this width on the answers stand beside the question."""

_ANSWERS_WIDTH: Final = 410


class AnswerEditor(FieldEditor):
    """The answers of one question; one stop of Tab a question. Pressing the marked one again takes
    it back.

    Signals:
        moved: go to another question: -1 to the one before, 1 to the next.
    """

    moved = Signal(int)

    def __init__(
        self, definition: Field, definitions: Definitions, texts: Texts, today: date
    ) -> None:
        super().__init__(definition, definitions, texts)
        self._options: list[tuple[Value, Option]] = []
        self._answered: Value = None
        row = Columns(_OPTION_WIDTH)
        offered: list[tuple[Value, str]] = (
            [(YES, N_("Sí")), (NO, N_("No"))]
            if definition.type is FieldType.YES_NO
            else [(term.code, term.label) for term in choices_of(definition, definitions, today)]
        )
        offered += [(reason, ABSENT_WORDS[reason]) for reason in definition.absent]
        for value, words in offered:
            option = radio_option(texts(words))
            option.button.setAutoExclusive(False)
            option.button.clicked.connect(lambda _, v=value: self.answer(v))
            self._options.append((value, option))
            row.add(option)
        self.column.addWidget(row)
        self.watch()
        self._rove()

    @property
    def focus_widgets(self) -> tuple[QWidget, ...]:
        """The buttons."""
        return tuple(option.button for _, option in self._options)

    @property
    def stop(self) -> QWidget:
        """The button that Tab and the arrows reach: the marked one, or the first."""
        marked = (option.button for _, option in self._options if option.button.isChecked())
        return next(marked, self._options[0][1].button)

    def name(self, label: str, description: str) -> None:
        """Tell the question with each answer."""
        for number, (_, option) in enumerate(self._options, 1):
            option.button.setAccessibleName(f"{label} {number}: {option.words.text()}")
            option.button.setAccessibleDescription(description)

    def value(self) -> Value:
        """Return the code, a reason for no answer, or None."""
        return next((value for value, option in self._options if option.button.isChecked()), None)

    def show_value(self, value: Value) -> None:
        """Mark the answer."""
        for own, option in self._options:
            option.button.setChecked(own == value and value is not None)
        self._rove()

    def answer(self, value: Value) -> None:
        """Give this answer; given already, it is taken back."""
        self._take(None if value == self._answered else value)

    def _take(self, value: Value) -> None:
        self.show_value(value)
        self.edited.emit()
        self.chosen.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Override QObject::eventFilter: arrows, digits and Backspace."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            handled = self._press(event)
            if handled:
                return True
        return super().eventFilter(watched, event)

    def _press(self, event: QKeyEvent) -> bool:
        key, buttons = event.key(), self.focus_widgets
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if modifiers != Qt.KeyboardModifier.NoModifier:
            return False
        focused = QApplication.focusWidget()
        at = buttons.index(focused) if focused in buttons else 0
        match key:
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self.moved.emit(-1 if key == Qt.Key.Key_Up else 1)
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                step = -1 if key == Qt.Key.Key_Left else 1
                buttons[(at + step) % len(buttons)].setFocus(Qt.FocusReason.OtherFocusReason)
            case Qt.Key.Key_Backspace | Qt.Key.Key_Delete:
                if self.value() is not None:
                    self._take(None)
            case _ if event.text().isdigit() and 1 <= int(event.text()) <= len(self._options):
                value, option = self._options[int(event.text()) - 1]
                self._take(value)
                option.button.setFocus(Qt.FocusReason.OtherFocusReason)
            case _:
                return False
        return True

    def _rove(self) -> None:
        self._answered = self.value()
        for button in self.focus_widgets:
            policy = Qt.FocusPolicy.StrongFocus
            button.setFocusPolicy(policy if button is self.stop else Qt.FocusPolicy.ClickFocus)


class ItemRow(QFrame):
    """A question with its number, its answers, and the points that the answer gives."""

    def __init__(
        self, item: Item, definition: Field, definitions: Definitions, texts: Texts, today: date
    ) -> None:
        super().__init__()
        self.setObjectName("item")
        self.item = item
        self._texts = texts
        self.editor = AnswerEditor(definition, definitions, texts, today)
        number = label("muted" if item.parent else "strong", wraps=False)
        number.setText(item.number)
        number.setFixedWidth(30)
        number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self._question = label()
        self._question.setText(texts(item.text))
        self._question.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.points = label("strong", wraps=False)
        self.points.setFixedWidth(34)
        self.points.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self.remark = label("remark")
        self.remark.hide()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(4, 4, 6, 4)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(number, 0, 0)
        self._grid.addWidget(self._question, 0, 1)
        self._grid.addWidget(self.points, 0, 3)
        self._grid.addWidget(self.remark, 2, 1, 1, 3)
        self._is_beside: bool | None = None
        self._place()
        self.editor.name(f"{item.number}. {self._question.text()}", "")

    def show_binding(self, binding: FieldBinding, *, replaces: bool) -> None:
        """Show the state of the answer; with ``replaces`` also the answer."""
        if replaces:
            self.editor.show_value(binding.typed)
        said = remark_words(binding, self._texts)
        self.remark.setText(f"▲ {said}" if said else "")
        self.remark.setVisible(bool(said))
        self.editor.mark(has_problem=bool(said))
        self.editor.name(f"{self.item.number}. {self._question.text()}", said)
        self._show_points(binding.typed)

    def show_current(self, *, is_current: bool) -> None:
        """Show whether the focus is here."""
        if self.property("current") != is_current:
            self.setProperty("current", is_current)
            restyle(self)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        self._place()

    def _show_points(self, answer: Value) -> None:
        if self.item.parent:
            self.points.setText("")
            return
        words = f"+{self.item.points}" if self.item.scores(answer) else "—"
        self.points.setText(words)

    def _place(self) -> None:
        is_beside = self.width() >= _BESIDE
        if is_beside == self._is_beside:
            return
        self._is_beside = is_beside
        self._grid.removeWidget(self.editor)
        if is_beside:
            self.editor.setFixedWidth(_ANSWERS_WIDTH)
            self._grid.addWidget(self.editor, 0, 2)
        else:
            self.editor.setMinimumWidth(0)
            self.editor.setMaximumWidth(16_777_215)
            self._grid.addWidget(self.editor, 1, 1, 1, 3)


class ItemList(QWidget):
    """Some questions of an instrument that is being copied.

    Signals:
        entered: the focus came into a question: its field.
    """

    entered = Signal(str)

    def __init__(
        self,
        pairs: Sequence[tuple[Item, Field]],
        form: OpenForm,
        definitions: Definitions,
        texts: Texts,
        today: date,
    ) -> None:
        super().__init__()
        self._form = form
        self._rows: dict[str, ItemRow] = {}
        self.before: ItemList | None = None
        self.after: ItemList | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for item, definition in pairs:
            row = ItemRow(item, definition, definitions, texts, today)
            row.show_binding(form.binding(definition.id), replaces=True)
            self._rows[definition.id] = row
            self._listen(definition.id, row)
            column.addWidget(row)
        self.show_visible()

    def row(self, field_id: str) -> ItemRow | None:
        """Return the row of a question, or None."""
        return self._rows.get(field_id)

    def show_field(self, field_id: str, *, replaces: bool) -> None:
        """The state of an answer changed."""
        row = self._rows.get(field_id)
        if row is not None:
            row.show_binding(self._form.binding(field_id), replaces=replaces)

    def show_visible(self) -> None:
        """Show the questions that the answers call for."""
        visible = {one.id for one in self._form.visible()}
        for field_id, row in self._rows.items():
            row.setVisible(field_id in visible)

    def focus(self, field_id: str | None) -> None:
        """Put the focus into a question, or into the first one; of a page that was left meanwhile
        nothing takes it."""
        if not self.isVisible():
            return
        row = self._rows.get(field_id or "")
        if row is None or row.isHidden():
            row = next((one for one in self._rows.values() if not one.isHidden()), None)
        if row is not None:
            row.editor.stop.setFocus(Qt.FocusReason.OtherFocusReason)

    def focus_last(self) -> None:
        """Put the focus into the last question."""
        shown = [field_id for field_id, row in self._rows.items() if not row.isHidden()]
        if shown:
            self.focus(shown[-1])

    def _listen(self, field_id: str, row: ItemRow) -> None:
        editor = row.editor
        editor.edited.connect(lambda: self._form.edit(field_id, editor.value()))
        editor.chosen.connect(lambda: self._form.commit(field_id))
        editor.left.connect(lambda: self._left(field_id, row))
        editor.entered.connect(lambda: self._entered(field_id, row))
        editor.moved.connect(lambda step: self._move(field_id, step))

    def _entered(self, field_id: str, row: ItemRow) -> None:
        row.show_current(is_current=True)
        self.entered.emit(field_id)

    def _left(self, field_id: str, row: ItemRow) -> None:
        row.show_current(is_current=False)
        self._form.leave(field_id)

    def _move(self, field_id: str, step: int) -> None:
        shown = [name for name, row in self._rows.items() if not row.isHidden()]
        at = shown.index(field_id) + step
        if 0 <= at < len(shown):
            self.focus(shown[at])
        elif step > 0 and self.after is not None:
            self.after.focus(None)
        elif step < 0 and self.before is not None:
            self.before.focus_last()


HINT: Final = N_(
    "Flechas ↑ ↓: otra pregunta. 1, 2, 3…: la primera respuesta, la segunda… Retroceso: la borra."
)
