"""The last card: another answer than those that met, which a person writes or picks herself."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from app.domain.form import Field, FieldType
from app.domain.value import Value
from app.i18n import N_
from ui.forms.choice_editors import NO, YES
from ui.forms.field_editors import FieldEditor
from ui.forms.renderer import REST_MS
from ui.runtime.text import Texts
from ui.widgets.options import radio_option
from ui.widgets.pieces import label

__all__ = ["OwnAnswer", "is_every_answer"]

_LISTED: Final = frozenset(
    {FieldType.YES_NO, FieldType.CHOICE, FieldType.CHOICES, FieldType.PLACE, FieldType.FLAG}
)
_OTHER_ANSWER: Final = N_("Elegir otra respuesta")
_OTHER_TEXT: Final = N_("Escribir otra cosa, o juntar los dos")

_STALE: Final = N_("Esto se empezó a escribir ante otros valores. Léalo otra vez antes de usarlo.")


class OwnAnswer(QFrame):
    """The card. Its ``button`` goes into the group of all values.

    Signals:
        edited: the person changed it: it is what she chooses.
        typing: what stands in it is work that is not on the disk yet.
        rested: nobody types for the moment: time to keep it.
    """

    edited = Signal()
    typing = Signal()
    rested = Signal()

    def __init__(self, texts: Texts, editor: FieldEditor) -> None:
        super().__init__()
        self.setObjectName("card")
        self.editor = editor
        # A choice among codes is one press; a text is work that a lock must not take away.
        self._is_typed = editor.definition.type not in _LISTED
        self.is_written = False
        """Whether something that was typed here is not on the disk."""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.rested)
        column = QVBoxLayout(self)
        column.setSpacing(3)
        column.setContentsMargins(12, 8, 12, 8)
        option = radio_option(texts(_OTHER_TEXT if self._is_typed else _OTHER_ANSWER))
        self.button = option.button
        column.addWidget(option)
        self._stale = label("remark")
        self._stale.setText(texts(_STALE))
        self._stale.hide()
        column.addWidget(self._stale)
        editor.name(texts(editor.definition.label), "")
        editor.edited.connect(self._edited)
        column.addWidget(editor)

    @property
    def text(self) -> str:
        """What is typed, as a text to go on from; empty when nothing is."""
        value = self.editor.value()
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return value if isinstance(value, str) else ""

    def show_draft(self, text: str, *, is_stale: bool) -> None:
        """Show what someone began to write before. ``is_stale``: other values stood there then, so
        that it is no answer to this question before somebody read it again."""
        self.editor.show_value(text)
        self._stale.setVisible(is_stale)
        self.button.setChecked(not is_stale)

    def begin_keeping(self) -> None:
        """What stands here goes to the disk now."""
        self._rest.stop()

    def note_kept(self) -> bool:
        """What stood here is on the disk; return False when more was typed since."""
        if self._rest.isActive():
            return False
        self.is_written = False
        return True

    def _edited(self) -> None:
        self.edited.emit()
        if self._is_typed:  # also an emptied one: what was kept of it holds no more
            self.is_written = True
            self._rest.start()
            self.typing.emit()


def is_every_answer(field: Field, met: AbstractSet[Value]) -> bool:
    """Return whether the values that met are all the answers that there are."""
    answers: set[Value] = {YES, NO, *field.absent}
    return field.type is FieldType.YES_NO and answers <= met
