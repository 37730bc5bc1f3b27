"""A section of a form as widgets, from its definition alone.

Which fields show follows the answers while they are given; widgets are shown and hidden, never made
anew, so the focus and what is typed stay where they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QGridLayout, QVBoxLayout, QWidget

from app.domain.definitions import Definitions
from app.domain.form import Field, FieldType
from app.i18n import N_
from app.services.messages import sentence
from ui.forms.absent import NO_ANSWER
from ui.forms.editor_of import editor_of
from ui.forms.field_binding import FieldBinding, FieldState
from ui.forms.field_editors import FieldEditor
from ui.forms.open_form import OpenForm
from ui.runtime.text import Texts
from ui.widgets.pieces import label, set_tip

__all__ = ["FieldRow", "Fields", "closed_words", "remark_words"]

REST_MS: Final = 700
"""A field is saved when nothing was typed in it for so long, and whenever it is left."""

_MORE_CAUTIOUS: Final = N_(
    "Este dato tiene otro valor en otro equipo. Los dos se conservan; mientras tanto se muestra el "
    "más prudente."
)
_LATER: Final = N_(
    "Este dato tiene otro valor en otro equipo. Los dos se conservan; mientras tanto se muestra el "
    "más reciente."
)
_TYPED: Final = N_(
    "Llegó otro valor de otro equipo. Los dos se conservan; aquí sigue lo que usted escribe."
)

_CLOSED: Final = N_("No corresponde a su servicio. Si hay una respuesta, la ve quien la atiende.")
_CLOSED_MAY_ASK: Final = N_(
    "No corresponde a su servicio. Puede pedir acceso en «Equipo», con un motivo."
)
_LOCKED: Final = N_("Lo llena otro servicio: usted puede leerlo.")
_LOCKED_MAY_ASK: Final = N_(
    "Lo llena otro servicio. Puede pedir acceso en «Equipo», con un motivo."
)

_TWO_COLUMNS: Final = 440
_THREE_COLUMNS: Final = 760


class FieldRow(QWidget):
    """A question, its editor, its help, and what is to be said about the answer."""

    def __init__(
        self, definition: Field, definitions: Definitions, texts: Texts, today: date
    ) -> None:
        super().__init__()
        self.definition = definition
        self.texts = texts
        self.editor: FieldEditor = editor_of(definition, definitions, texts, today)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self._question = texts(definition.label) + (" *" if definition.needed_to_validate else "")
        if definition.type is not FieldType.FLAG:
            self.label = label()
            self.label.setText(self._question)
            self.label.setBuddy(self.editor.focus_widgets[0])
            column.addWidget(self.label)
        column.addWidget(self.editor)
        self.help = label("muted")
        self._keys = ""
        if definition.absent and definition.type is not FieldType.CHOICE:
            self._keys = texts(NO_ANSWER)
        if definition.help:
            self.help.setText(texts(definition.help))
            column.addWidget(self.help)
        self.shut = label("muted")
        self.shut.hide()
        column.addWidget(self.shut)
        self.remark = label("remark")
        self.remark.hide()
        column.addWidget(self.remark)
        self.place = label("muted")
        self.place.hide()
        column.addWidget(self.place)
        column.addStretch()
        self.editor.name(self._question, f"{self.help.text()} {self._keys}".strip())

    def show_binding(self, binding: FieldBinding, *, replaces: bool) -> None:
        """Show the state of the field; with ``replaces`` also its value."""
        if replaces:
            self.editor.show_value(binding.typed)
        self._shut(binding)
        self.say(remark_words(binding, self.texts, self.editor.doubt))

    @property
    def takes_answers(self) -> bool:
        """Whether who looks may read and write it."""
        return self.editor.isEnabled()

    def _shut(self, binding: FieldBinding) -> None:
        """Of what may not be read there is no editor, which would look like a blank."""
        words = closed_words(binding, self.texts)
        self.editor.setHidden(binding.stored.closed is not None)
        self.editor.setEnabled(not words)
        self.shut.setText(words)
        self.shut.setAccessibleName(f"{self._question} {words}".strip())
        self.shut.setVisible(bool(words))

    def show_place(self, words: str, told: str) -> None:
        """Say where the answer is, in a few words with the whole truth behind them; empty takes
        them away."""
        self.place.setText(words)
        set_tip(self.place, told)
        self.place.setAccessibleName(told or words)
        self.place.setVisible(bool(words))

    def say(self, said: str) -> None:
        """Show a remark beside the answer; empty takes it away."""
        self.remark.setText(f"▲ {said}" if said else "")
        self.remark.setVisible(bool(said))
        self.editor.mark(has_problem=bool(said))
        self.editor.name(self._question, f"{said} {self.help.text()} {self._keys}".strip())


def closed_words(binding: FieldBinding, texts: Texts) -> str:
    """Return why an answer may not be read or not be written; empty when both may."""
    if (closed := binding.stored.closed) is not None:
        return texts(_CLOSED_MAY_ASK if closed.may_ask else _CLOSED)
    if (locked := binding.stored.locked) is not None:
        return texts(_LOCKED_MAY_ASK if locked.may_ask else _LOCKED)
    return ""


def remark_words(binding: FieldBinding, texts: Texts, doubt: str = "") -> str:
    """Return what is to be said beside an answer; empty when nothing is. ``doubt``: why the list
    does not have what was typed, where the editor knows better than the rule."""
    if binding.state is FieldState.NOT_SAVED:
        return texts(N_("No está guardado todavía. Lo que escribió sigue aquí."))
    if binding.state is FieldState.REFUSED and binding.remark is not None:
        why = sentence(binding.remark.message_id, binding.remark.parameters, texts)
        return f"{why} {texts(N_('No está guardado. Lo que escribió sigue aquí.'))}"
    if binding.stored.is_conflict:
        return texts(_MORE_CAUTIOUS if binding.definition.most_cautious_first else _LATER)
    if binding.other_arrived:
        return texts(_TYPED)
    if binding.remark is None:
        return ""
    said = doubt or sentence(binding.remark.message_id, binding.remark.parameters, texts)
    return f"{said} {texts(N_('Puede seguir y corregir después.'))}"


class Fields(QWidget):
    """Some fields of an open form, in as many columns as fit.

    Signals:
        entered: the focus came into a field: its id.
    """

    entered = Signal(str)

    def __init__(
        self,
        fields: Sequence[Field],
        form: OpenForm,
        definitions: Definitions,
        texts: Texts,
        today: date,
    ) -> None:
        super().__init__()
        self._form = form
        self._columns = 0
        self._rows: dict[str, FieldRow] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(14)
        self._grid.setVerticalSpacing(9)
        self._resting = ""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self._rested)
        for definition in fields:
            if definition.type is FieldType.REFERENCE:
                continue
            row = FieldRow(definition, definitions, texts, today)
            row.show_binding(form.binding(definition.id), replaces=True)
            row.setParent(self)
            self._rows[definition.id] = row
            self._listen(definition.id, row.editor)
        self._order_tab()
        self.show_visible(force=True)

    def row(self, field_id: str) -> FieldRow | None:
        """Return the widgets of a field, or None."""
        return self._rows.get(field_id)

    def show_field(self, field_id: str, *, replaces: bool) -> None:
        """The state of a field changed."""
        row = self._rows.get(field_id)
        if row is not None:
            row.show_binding(self._form.binding(field_id), replaces=replaces)

    @property
    def ids(self) -> tuple[str, ...]:
        """The fields that have widgets here."""
        return tuple(self._rows)

    def show_place(self, field_id: str, words: str, told: str) -> None:
        """Say under an answer where it is; empty takes the words away."""
        row = self._rows.get(field_id)
        if row is not None:
            row.show_place(words, told)

    def show_visible(self, *, force: bool = False) -> None:
        """Show the fields that the answers call for, and hide the others."""
        visible = {one.id for one in self._form.visible()}
        before = [not row.isHidden() for row in self._rows.values()]
        wanted = [field_id in visible for field_id in self._rows]
        if before == wanted and not force:
            return
        for row, shows in zip(self._rows.values(), wanted, strict=True):
            row.setVisible(shows)
        self._columns = 0
        self._place()

    def focus(self, field_id: str | None) -> None:
        """Put the focus into a field, or into the first one that shows; of a page that was left
        meanwhile nothing takes it."""
        if not self.isVisible():
            return
        row = self._rows.get(field_id or "")
        if row is None or row.isHidden() or not row.takes_answers:
            shown = [one for one in self._rows.values() if not one.isHidden()]
            row = next((one for one in shown if one.takes_answers), None)
        if row is not None:
            row.editor.focus_widgets[0].setFocus(Qt.FocusReason.OtherFocusReason)
            row.editor.go_on_typing()

    @property
    def focused(self) -> str | None:
        """The field that holds the focus, or None."""
        focus = QApplication.focusWidget()
        return next(
            (name for name, row in self._rows.items() if focus in row.editor.focus_widgets), None
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        self._place()

    def _listen(self, field_id: str, editor: FieldEditor) -> None:
        editor.edited.connect(lambda: self._edited(field_id, editor))
        editor.chosen.connect(lambda: self._form.commit(field_id))
        editor.left.connect(lambda: self._form.leave(field_id))
        editor.entered.connect(lambda: self.entered.emit(field_id))

    def _edited(self, field_id: str, editor: FieldEditor) -> None:
        if self._resting and self._resting != field_id:
            self._rested()
        self._form.edit(field_id, editor.value())
        self._resting = field_id
        self._rest.start()

    def _rested(self) -> None:
        self._rest.stop()
        row = self._rows.get(self._resting)
        if row is not None and row.editor.is_choosing:
            # A rest with the list open is reading, not an answer. Leaving the field saves it.
            self._rest.start()
            return
        field_id, self._resting = self._resting, ""
        self._form.commit(field_id)

    def _order_tab(self) -> None:
        order = [w for row in self._rows.values() for w in row.editor.focus_widgets]
        for first, second in itertools.pairwise(order):
            QWidget.setTabOrder(first, second)

    def _place(self) -> None:
        width = self.width()
        columns = 3 if width >= _THREE_COLUMNS else 2 if width >= _TWO_COLUMNS else 1
        if columns == self._columns:
            return
        for column in range(3):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        self._columns = columns
        at_row = at_column = 0
        for row in self._rows.values():
            if row.isHidden():
                continue
            span = min(row.definition.columns, columns)
            if at_column + span > columns:
                at_row, at_column = at_row + 1, 0
            self._grid.addWidget(row, at_row, at_column, 1, span)
            at_column += span
