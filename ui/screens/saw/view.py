"""*¿Quién vio este caso?*: who opened, wrote, printed or carried away what of it, and when."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.i18n import N_
from app.services.register import RegisterRow
from ui.runtime.page import Page, ScreenContext
from ui.screens.audit.table import EntriesTable
from ui.screens.saw.presenter import SawPresenter
from ui.widgets.case_bar import CaseBar
from ui.widgets.pieces import Box, button, label
from ui.widgets.refusals import pressed_words

__all__ = ["SawPage"]


class SawPage(Page):
    """The page of who saw one case."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        desk = context.workplace.desk
        self.presenter = SawPresenter(context.runner, desk, self)
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        title = label("title", wraps=False)
        self.texts.bind(title, "setText", N_("¿Quién vio este caso?"))
        page.addWidget(title)
        self._bar = CaseBar(self.texts, "saw")
        self._bar.chosen.connect(self._go)
        page.addWidget(self._bar)
        self._said = Box("warning")
        self._said.hide()
        page.addWidget(self._said)
        self.table = EntriesTable(self.texts, desk.clock.zone(), of_case=True)
        self.texts.bind(self.table, "setAccessibleName", N_("Quién vio este caso"))
        page.addWidget(self.table, 1)
        foot = QHBoxLayout()
        note = label("muted")
        self.texts.bind(
            note,
            "setText",
            N_(
                "Lo que se hizo en este equipo. Lo que se hizo en otro lo dice ese otro. De lo que "
                "se escribió se ve el campo, nunca el dato."
            ),
        )
        self._more = button("", "chevron-down")
        self.texts.bind(self._more, "setText", N_("Ver anteriores"))
        self._more.clicked.connect(self.presenter.more)
        foot.addWidget(note, 1)
        foot.addWidget(self._more)
        page.addLayout(foot)

    @property
    def first_stop(self) -> QWidget:
        """The entries."""
        return self.table

    def open(self, **arguments: object) -> None:
        """Show who saw ``case_id``."""
        if "case_id" not in arguments:
            return
        case_id = RecordId(str(arguments["case_id"]))
        self._said.hide()
        self.table.show_rows(())
        self.name_case(self._bar, case_id, shows_file=False)
        self.presenter.open(case_id)

    # What the presenter shows.

    def show_entries(self, rows: tuple[RegisterRow, ...], *, has_more: bool) -> None:
        """Show these entries, the newest first."""
        at = self.table.currentIndex().row()
        self.table.show_rows(rows)
        self.table.selectRow(max(at, 0))
        self._more.setEnabled(has_more)

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""
        self._said.say("", pressed_words(self.texts, fault))
        self._said.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Override QWidget::resizeEvent."""
        super().resizeEvent(event)
        self.table.fit(self.width())

    def _go(self, name: str) -> None:
        if name == "sync":
            self.navigate.emit("sync", {})
        elif self.presenter.case_id is not None:
            self.navigate.emit(name, {"case_id": self.presenter.case_id})
