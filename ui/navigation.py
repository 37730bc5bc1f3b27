"""The rail at the left: what one can go to, how much waits there, and who is working."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from app.i18n import N_
from app.services.ports import Desk
from ui.runtime.text import Texts
from ui.widgets.pieces import CheckableButton, button, chip, label, set_tip

__all__ = ["WIDTH", "Navigation"]

WIDTH: Final = 220
_COUNT_MAX: Final = 999
_BESIDE: Final = 8
_MARK: Final = "▲"


class Navigation(QFrame):
    """The rail.

    Signals:
        chosen: go to this page; carries its name.
        new_case: begin a new attention.
    """

    chosen = Signal(str)
    new_case = Signal()

    def __init__(self, texts: Texts, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setFixedWidth(WIDTH)
        self._texts = texts
        self._entries: dict[str, _Entry] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(_BESIDE, 10, _BESIDE, 8)
        column.setSpacing(4)
        new = button("primary", "plus")
        texts.bind(new, "setText", N_("Nueva atención"))
        new.clicked.connect(self.new_case)
        column.addWidget(new)
        column.addWidget(self._entry("today", "calendar-days", N_("Hoy")))
        column.addWidget(self._entry("cases", "folder", N_("Casos")))
        column.addWidget(self._entry("referrals", "send", N_("Derivaciones")))
        column.addWidget(self._entry("sync", "refresh-cw", N_("Sincronización")))
        column.addWidget(self._entry("conflicts", "git-merge", N_("Por revisar")))
        column.addStretch()
        column.addWidget(self._entry("calendar", "clock", N_("Calendario")))
        column.addWidget(self._entry("blank", "printer", N_("Ficha en blanco")))
        column.addWidget(self._entry("machine", "shield", N_("Este equipo")))
        self._translation = label("muted")
        column.addWidget(self._translation)
        person = label("strong")
        person.setText(desk.actor.name)
        role = label("muted")
        known = desk.definitions.authorisation.roles.get(desk.actor.role)
        texts.bind(role, "setText", known.title if known is not None else desk.actor.role)
        column.addWidget(person)
        column.addWidget(role)
        self._say_translation()
        texts.changed.connect(self._say_translation)

    def mark(self, page: str) -> None:
        """Show which page shows; one that stands nowhere here marks nothing."""
        for name, entry in self._entries.items():
            entry.setChecked(name == page)

    def show_count(self, page: str, count: int, *, is_noted: bool = False) -> None:
        """Say how much waits there; or that something is told there that nobody read yet."""
        mark = self._texts(N_("aviso")) if is_noted else ""
        told = self._texts(N_("Hay un aviso que nadie leyó todavía")) if is_noted else ""
        self._entries[page].show_count(count, mark, told)

    def _say_translation(self) -> None:
        """Say how far the language on the screen is translated, and who looked at it."""
        language = self._texts.language
        self._translation.setVisible(not language.is_source)
        if language.is_source:
            return
        said = (
            N_("{language}: {share} % traducido, en borrador sin revisar; lo demás en castellano.")
            if language.share_reviewed == 0
            else N_(
                "{language}: {share} % traducido, {reviewed} % revisado; lo demás en castellano."
            )
        )
        self._translation.setText(
            self._texts(
                said,
                language=language.name,
                share=round(language.share_translated * 100),
                reviewed=round(language.share_reviewed * 100),
            )
        )

    def _entry(self, name: str, picture: str, msgid: str) -> _Entry:
        entry = _Entry(picture)
        self._texts.bind(entry, "setText", msgid)
        entry.clicked.connect(lambda: self.chosen.emit(name))
        self._entries[name] = entry
        return entry


class _Entry(CheckableButton):
    """One line of the rail, with a count at its end, or a word that presses more than it."""

    def __init__(self, picture: str) -> None:
        super().__init__("nav", picture)
        self._count = chip("badge")
        self._mark = chip("warning")
        for one in (self._count, self._mark):
            # The line is pressed wherever it is pressed.
            one.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            one.hide()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 6, 0)
        row.addStretch()
        row.addWidget(self._count)
        row.addWidget(self._mark)

    def show_count(self, count: int, mark: str, told: str) -> None:
        """Show this count, nothing when there is none; or this mark instead, and say both."""
        self._count.setText(str(count) if count <= _COUNT_MAX else f"{_COUNT_MAX}+")
        self._count.setVisible(count > 0 and not mark)
        self._mark.setText(f"{_MARK} {mark}")
        self._mark.setVisible(bool(mark))
        if self.sizeHint().width() > WIDTH - 2 * _BESIDE:
            self._mark.setText(_MARK)  # of a long language the word is said, and in the tool tip
        self.setAccessibleDescription(" · ".join(filter(None, (str(count or ""), told))))
        set_tip(self, told)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Override QWidget::sizeHint: words and count stand side by side."""
        hint = super().sizeHint()
        for one in (self._count, self._mark):
            if not one.isHidden():
                hint += QSize(one.sizeHint().width() + 4, 0)
        return hint

    def minimumSizeHint(self) -> QSize:
        """Override QWidget::minimumSizeHint."""
        return self.sizeHint()
