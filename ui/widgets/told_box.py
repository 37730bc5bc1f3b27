"""What was done a moment ago, above a page, and the button that locks where that comes next."""

from __future__ import annotations

from PySide6.QtCore import Signal

from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.pieces import Box, button

__all__ = ["ToldBox"]


class ToldBox(Box):
    """It shows from when something is told until it is hidden.

    Signals:
        lock_wanted: lock now.
    """

    lock_wanted = Signal()

    def __init__(self, texts: Texts) -> None:
        super().__init__("ok", is_row=True)
        self._texts = texts
        self._told: tuple[str, ...] = ()
        self._parameters: dict[str, object] = {}
        self._is_unread = False
        self._lock = button("primary", "lock")
        texts.bind(self._lock, "setText", N_("Bloquear ahora"))
        self._lock.clicked.connect(self.lock_wanted)
        self.buttons.addWidget(self._lock)
        self.hide()
        texts.changed.connect(self._say)

    def tell(self, *msgids: str, asks_lock: bool = False, **parameters: object) -> None:
        """Say these sentences; ``asks_lock``: locking comes next."""
        self._told, self._parameters = msgids, parameters
        self._say()
        self._lock.setVisible(asks_lock)
        self.show()
        self._is_unread = not self.isVisible()

    def forget_read(self) -> None:
        """Hide what was told, now that the page is opened again: but not what was told while
        another page showed, which is read only from now on."""
        if not self._is_unread:
            self.hide()
        self._is_unread = False

    def _say(self) -> None:
        self.say("", " ".join(self._texts(one, **self._parameters) for one in self._told))
