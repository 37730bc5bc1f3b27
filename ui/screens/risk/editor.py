"""The form that is open on the page of risk: fields as everywhere, questions one a row."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.condition import holds
from app.domain.definitions import Definitions
from app.domain.form import Section
from app.domain.instrument import Item
from app.i18n import N_, NC_
from ui.forms.open_form import OpenForm
from ui.forms.renderer import Fields
from ui.runtime.text import Texts
from ui.screens.risk.items import HINT, ItemList
from ui.widgets.interpreter import interpreter_prompt
from ui.widgets.pieces import Box, label

__all__ = ["FormEditor"]


class FormEditor(QWidget):
    """The sections of an open form, one below the other; those that do not apply are hidden.

    Signals:
        entered: the focus came into a field: its id.
    """

    entered = Signal(str)

    def __init__(self, form: OpenForm, definitions: Definitions, texts: Texts, today: date) -> None:
        super().__init__()
        self.setObjectName("fields")
        self._form = form
        self._definitions = definitions
        self._texts = texts
        self._today = today
        self._parts: list[Fields | ItemList] = []
        self._blocks: list[tuple[Section, QWidget]] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 4, 10, 6)
        self._column.setSpacing(8)
        self._notice = Box("info")
        self._items = self._all_items()
        if self._items:
            self._column.addWidget(self._notice)
        sections = form.form.sections
        questions = [one for one in sections if one.fields[0].id in self._items]
        fields = [one for one in sections if one not in questions]
        for section in (*fields[:1], *questions, *fields[1:]):
            self._add(section)
        self._column.addStretch()
        self._join()
        self.show_visible()

    def row(self, field_id: str) -> QWidget | None:
        """Return the widgets of a field, or None."""
        found = (part.row(field_id) for part in self._parts)
        return next((one for one in found if one is not None), None)

    def show_field(self, field_id: str, *, replaces: bool) -> None:
        """The state of a field changed."""
        for part in self._parts:
            part.show_field(field_id, replaces=replaces)

    def show_visible(self) -> None:
        """An answer changed which fields show."""
        values = self._form.values()
        for section, block in self._blocks:
            block.setVisible(section.shown_when is None or holds(section.shown_when, values))
        for part in self._parts:
            part.show_visible()
        self._say_notice()

    def focus(self, field_id: str | None) -> None:
        """Put the focus into a field, or into the first one."""
        for part in self._parts:
            if field_id is None or part.row(field_id) is not None:
                part.focus(field_id)
                return

    @property
    def item_lists(self) -> tuple[ItemList, ...]:
        """The questions, part by part."""
        return tuple(one for one in self._parts if isinstance(one, ItemList))

    def _all_items(self) -> Mapping[str, Item]:
        return {
            item.field: item
            for instrument in self._definitions.instruments.values()
            for item in instrument.items()
            if self._form.form.get(item.field) is not None
        }

    def _add(self, section: Section) -> None:
        block = QWidget()
        column = QVBoxLayout(block)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        heading = label("heading")
        heading.setText(self._texts(section.title))
        column.addWidget(heading)
        prompt = interpreter_prompt(self._texts, section)
        if prompt is not None:
            column.addWidget(prompt)
        part: Fields | ItemList
        if section.fields[0].id in self._items:
            hint = label("muted")
            hint.setText(self._texts(HINT))
            column.addWidget(hint)
            pairs = [(self._items[one.id], one) for one in section.fields]
            part = ItemList(pairs, self._form, self._definitions, self._texts, self._today)
        else:
            part = Fields(section.fields, self._form, self._definitions, self._texts, self._today)
        part.entered.connect(self.entered)
        column.addWidget(part)
        self._parts.append(part)
        self._blocks.append((section, block))
        self._column.addWidget(block)

    def _join(self) -> None:
        for first, second in itertools.pairwise(self.item_lists):
            first.after, second.before = second, first

    def _say_notice(self) -> None:
        code = self._form.values().get("instrument")
        instrument = self._definitions.instruments.get(code if isinstance(code, str) else "")
        says = self._texts(
            NC_(
                "safety",
                "La FVR la aplica la Policía, la Fiscalía o el Juzgado, nunca el CEM ni ella misma."
                " Aquí se copia de su papel.",
            )
        )
        notice = self._texts(instrument.notice) if instrument and instrument.notice else ""
        self._notice.say(self._texts(N_("Esto es una copia")), f"{says} {notice}".strip())
