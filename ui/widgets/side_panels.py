"""What stands beside a list: one of several panels, each of which scrolls."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from ui.widgets.pages import Pages
from ui.widgets.pieces import scrolling

__all__ = ["SidePanels"]


class SidePanels(Pages):
    """The panels; the first one shows."""

    def __init__(self, width: int, *panels: QWidget) -> None:
        super().__init__()
        self._places = {one: scrolling(one) for one in panels}
        for place in self._places.values():
            self.addWidget(place)
        self.setFixedWidth(width)

    def show_panel(self, panel: QWidget) -> None:
        """Show this one."""
        self.setCurrentWidget(self._places[panel])

    def reveal(self, panel: QWidget, part: QWidget) -> None:
        """Scroll a part of a panel into sight, once it has its place there."""
        area = self._places[panel]
        QTimer.singleShot(0, part, lambda: area.ensureWidgetVisible(part))

    def is_shown(self, *panels: QWidget) -> bool:
        """Return whether it is one of these that shows."""
        return self.currentWidget() in [self._places[one] for one in panels]
