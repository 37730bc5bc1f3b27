"""Editors for codes: yes or no, a list, ticks, a district. No wheel and no letter changes an answer
by accident: an answer given by mistake is worse than none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QButtonGroup, QComboBox, QLineEdit, QWidget

from app.domain.catalogue import Term
from app.domain.definitions import Definitions
from app.domain.form import Field
from app.domain.value import Absent, Value, set_value
from app.i18n import N_
from app.services.display import ABSENT_WORDS
from app.services.messages import sentence
from ui.forms.absent import AbsentButton, with_button
from ui.forms.field_editors import FieldEditor
from ui.runtime.text import Texts
from ui.widgets.finder import finder_for
from ui.widgets.options import Columns, Option, check_option, radio_option
from ui.widgets.pieces import set_tip

__all__ = [
    "NO",
    "YES",
    "ChoicesEditor",
    "ComboEditor",
    "FinderEditor",
    "FlagEditor",
    "YesNoEditor",
    "choices_of",
]

YES: Final = "1"
NO: Final = "0"
_RADIO_WIDTH: Final = 92
_CHECK_WIDTH: Final = 230


def choices_of(definition: Field, definitions: Definitions, day: date) -> tuple[Term, ...]:
    """Return the terms a field offers on a day."""
    if definition.catalogue is None:
        return ()
    return definitions.catalogues[definition.catalogue].choices(day)


class _Combo(QComboBox):
    """A list that the wheel does not turn: the page scrolls instead."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Override QComboBox::wheelEvent."""
        event.ignore()


class ComboEditor(FieldEditor):
    """One code of a short list; the reasons for no answer stand at its end."""

    def __init__(
        self,
        definition: Field,
        definitions: Definitions,
        texts: Texts,
        terms: Sequence[Term],
    ) -> None:
        super().__init__(definition, definitions, texts)
        self.box = _Combo()
        self.box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.box.setMinimumContentsLength(6)
        self.box.addItem("—", None)
        for term in terms:
            self.box.addItem(texts(term.label), term.code)
        for reason in definition.absent:
            self.box.addItem(texts(ABSENT_WORDS[reason]), reason)
        self.box.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.box.view().setMinimumWidth(min(self.box.view().sizeHintForColumn(0) + 30, 560))
        self.box.activated.connect(self._picked)
        self.column.addWidget(self.box)
        self.watch()

    @property
    def focus_widgets(self) -> tuple[QWidget, ...]:
        """The list."""
        return (self.box,)

    def value(self) -> Value:
        """Return the code, a reason for no answer, or None."""
        held = self.box.currentData()
        return held if isinstance(held, (str, Absent)) else None

    def show_value(self, value: Value) -> None:
        """Show a code; one that is no longer offered is added, so that nothing is hidden."""
        for number in range(self.box.count()):
            if self.box.itemData(number) == value:
                self.box.setCurrentIndex(number)
                break
        else:
            catalogue = self.definitions.catalogues[self.definition.catalogue or ""]
            self.box.addItem(self.texts(catalogue.label(str(value))), value)
            self.box.setCurrentIndex(self.box.count() - 1)
        set_tip(self.box, self.box.currentText())

    def _picked(self) -> None:
        set_tip(self.box, self.box.currentText())
        self.edited.emit()
        self.chosen.emit()


class FinderEditor(FieldEditor):
    """One of many entries (countries, occupations, districts), found while it is typed."""

    def __init__(
        self,
        definition: Field,
        definitions: Definitions,
        texts: Texts,
        entries: Sequence[tuple[str, str]],
        *,
        are_places: bool = False,
    ) -> None:
        super().__init__(definition, definitions, texts)
        self.line = QLineEdit()
        self._is_typed = False
        texts.bind(self.line, "setPlaceholderText", N_("Escriba para buscar"))
        self._finder = finder_for(self.line, entries, are_places=are_places)
        self._finder.activated.connect(self._picked)
        self.line.textEdited.connect(self._typed)
        self._absent: Absent | None = None
        if definition.absent:
            button = AbsentButton(definition.absent, texts)
            button.serve(self.line)
            button.picked.connect(self._pick_absent)
            self.column.addWidget(with_button(self.line, button))
        else:
            self.column.addWidget(self.line)
        self.watch()

    @property
    def focus_widgets(self) -> tuple[QWidget, ...]:
        """The line."""
        return (self.line,)

    @property
    def is_choosing(self) -> bool:
        """Whether the list of what was found is open."""
        found = self._finder.popup()
        return found is not None and found.isVisible()

    def value(self) -> Value:
        """Return the code of what is written out, or the text, which a remark will name."""
        if self._absent is not None:
            return self._absent
        text = self.line.text().strip()
        return (self._finder.code_of(text) or text) if text else None

    def show_value(self, value: Value) -> None:
        """Show the words of a code."""
        self._is_typed = False
        self._absent = value if isinstance(value, Absent) else None
        if isinstance(value, Absent):
            self.line.setText("")
            self.line.setPlaceholderText(self.texts(ABSENT_WORDS[value]))
        else:
            text = str(value) if value is not None else ""
            self.line.setText(self._finder.words_of(text) or text)
        self.line.setCursorPosition(0)
        set_tip(self.line, self.line.text())

    def settle(self) -> None:
        """Take the only place of the name that was typed as if it had been picked."""
        found = self._finder.named(self.line.text()) if self._is_typed else ()
        if len(found) == 1:
            self._picked(self._finder.words_of(found[0]) or "")

    @property
    def doubt(self) -> str:
        """That several places have the name that stands here."""
        count = len(self._finder.named(self.line.text()))
        return sentence("district_several", {"count": count}, self.texts) if count > 1 else ""

    def _typed(self) -> None:
        self._absent = None
        self._is_typed = True
        self.edited.emit()

    def _picked(self, words: str) -> None:
        self._absent = None
        self._is_typed = False
        self.line.setText(words)
        set_tip(self.line, words)
        self.edited.emit()
        self.chosen.emit()

    def _pick_absent(self, reason: Absent | None) -> None:
        self.show_value(reason)
        self.edited.emit()
        self.chosen.emit()


class YesNoEditor(FieldEditor):
    """Yes, no, and the reasons for neither; pressing the marked one again makes it blank."""

    def __init__(self, definition: Field, definitions: Definitions, texts: Texts) -> None:
        super().__init__(definition, definitions, texts)
        self._group = QButtonGroup(self)
        self._group.setExclusive(False)
        self._options: list[tuple[Value, Option]] = []
        row = Columns(_RADIO_WIDTH)
        offered: list[tuple[Value, str]] = [(YES, N_("Sí")), (NO, N_("No"))]
        offered += [(reason, ABSENT_WORDS[reason]) for reason in definition.absent]
        for value, words in offered:
            option = radio_option(texts(words))
            option.button.setAutoExclusive(False)
            option.button.clicked.connect(lambda checked, v=value: self._click(v, checked=checked))
            self._options.append((value, option))
            row.add(option)
        self.column.addWidget(row)
        self.watch()

    @property
    def focus_widgets(self) -> tuple[QWidget, ...]:
        """The buttons."""
        return tuple(option.button for _, option in self._options)

    def name(self, label: str, description: str) -> None:
        """Tell the question with each answer."""
        for _, option in self._options:
            option.button.setAccessibleName(f"{label} {option.words.text()}")
            option.button.setAccessibleDescription(description)

    def value(self) -> Value:
        """Return the official code "1" or "0", a reason, or None."""
        return next((value for value, option in self._options if option.button.isChecked()), None)

    def show_value(self, value: Value) -> None:
        """Mark the answer."""
        for own, option in self._options:
            option.button.setChecked(own == value and value is not None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QWidget::keyPressEvent: Backspace makes the answer blank."""
        if event.key() in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete) and self.value() is not None:
            self._click(None, checked=False)
        else:
            super().keyPressEvent(event)

    def _click(self, value: Value, *, checked: bool) -> None:
        self.show_value(value if checked else None)
        self.edited.emit()
        self.chosen.emit()


class FlagEditor(FieldEditor):
    """One tick: yes, or blank; never a no (only 1 = Sí is stored)."""

    def __init__(self, definition: Field, definitions: Definitions, texts: Texts) -> None:
        super().__init__(definition, definitions, texts)
        self.option = check_option(texts(definition.label))
        self.option.button.clicked.connect(self._click)
        self.column.addWidget(self.option)
        self.watch()

    @property
    def focus_widgets(self) -> tuple[QWidget, ...]:
        """The check box."""
        return (self.option.button,)

    def value(self) -> Value:
        """Return True or None."""
        return True if self.option.button.isChecked() else None

    def show_value(self, value: Value) -> None:
        """Show the tick."""
        self.option.button.setChecked(value is True)

    def _click(self) -> None:
        self.edited.emit()
        self.chosen.emit()


class ChoicesEditor(FieldEditor):
    """A set of codes as check boxes, in as many columns as fit."""

    def __init__(
        self,
        definition: Field,
        definitions: Definitions,
        texts: Texts,
        terms: Sequence[Term],
    ) -> None:
        super().__init__(definition, definitions, texts)
        self._columns = Columns(_CHECK_WIDTH)
        self._options: dict[str, Option] = {}
        for term in terms:
            self._add(term.code, texts(term.label))
        self.column.addWidget(self._columns)
        self.watch()

    @property
    def focus_widgets(self) -> tuple[QWidget, ...]:
        """The check boxes."""
        return tuple(option.button for option in self._options.values())

    def name(self, label: str, description: str) -> None:
        """Tell the question with each box."""
        for option in self._options.values():
            option.button.setAccessibleName(option.words.text())
            option.button.setAccessibleDescription(f"{label} {description}".strip())

    def value(self) -> Value:
        """Return the set of codes, or None when nothing is ticked."""
        codes = [code for code, option in self._options.items() if option.button.isChecked()]
        return set_value(codes) if codes else None

    def show_value(self, value: Value) -> None:
        """Tick the codes; one that is no longer offered is added, so that nothing is hidden."""
        codes = value if isinstance(value, tuple) else ()
        catalogue = self.definitions.catalogues[self.definition.catalogue or ""]
        for code in codes:
            if code not in self._options:
                self._add(code, self.texts(catalogue.label(code)))
        for code, option in self._options.items():
            option.button.setChecked(code in codes)

    def _add(self, code: str, words: str) -> None:
        option = check_option(words)
        option.button.clicked.connect(self._click)
        self._options[code] = option
        self._columns.add(option)

    def _click(self) -> None:
        self.edited.emit()
        self.chosen.emit()
