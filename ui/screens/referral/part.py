"""One section of the referral form: heading, a word to an interpreter where needed, its fields."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.definitions import Definitions
from app.domain.form import Section
from app.services.ports import Clock
from ui.forms.open_form import OpenForm
from ui.forms.renderer import Fields
from ui.runtime.text import Texts
from ui.widgets.interpreter import interpreter_prompt
from ui.widgets.pieces import Box, label

__all__ = ["SectionPart"]


class SectionPart(QWidget):
    """The widgets of a section; hidden while none of its fields is asked."""

    def __init__(
        self,
        section: Section,
        form: OpenForm,
        definitions: Definitions,
        texts: Texts,
        clock: Clock,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("fields")
        self.section = section
        self._form = form
        self._is_wanted = True
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        heading = label("heading")
        heading.setText(f"{section.code}. {texts(section.title)}")
        column.addWidget(heading)
        prompt = interpreter_prompt(texts, section)
        if prompt is not None:
            column.addWidget(prompt)
        self.notice = Box("warning")
        self.notice.hide()
        column.addWidget(self.notice)
        self.fields = Fields(section.fields, form, definitions, texts, clock.today())
        column.addWidget(self.fields)
        self.show_visible()

    def want(self, *, is_wanted: bool) -> None:
        """Show the section, or hide it whatever is answered."""
        self._is_wanted = is_wanted
        self.show_visible()

    def show_visible(self) -> None:
        """Show the fields that the answers call for; none: the heading goes, too."""
        self.fields.show_visible()
        asked = {one.id for one in self._form.visible()}
        self.setVisible(self._is_wanted and any(one.id in asked for one in self.section.fields))
