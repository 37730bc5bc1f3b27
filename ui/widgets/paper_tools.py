"""What stands beside a paper that is shown: its pages to turn, and the languages to print it in."""

from __future__ import annotations

from typing import Final, Protocol

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import QDialog, QHBoxLayout, QWidget

from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.pieces import CheckableButton, button, label

__all__ = ["NOT_SEALED", "SPANISH", "LanguageChips", "PageTurner", "Paged", "open_dialog"]

NOT_SEALED: Final = N_(
    "No está cifrado: quien use esta laptop o la memoria USB puede abrirlo. Bórrelo cuando ya no "
    "haga falta."
)
"""What is said of a paper that was saved: of one that is printed everybody knows it."""

SPANISH: Final[tuple[str, ...]] = ("es",)
_LANGUAGES: Final = (
    (SPANISH, N_("Castellano")),
    (("es", "quy"), N_("Castellano y quechua (Chanka)")),
    (("es", "agr"), N_("Castellano y awajún")),
)


class Paged(Protocol):
    """What shows one page of several; ``drawn``: another one shows, or none."""

    @property
    def drawn(self) -> SignalInstance:
        """Emitted behind every page."""

    @property
    def page(self) -> int:
        """Which page shows, from 0."""

    @property
    def page_count(self) -> int:
        """How many there are."""

    def turn_to(self, page: int) -> None:
        """Show another page."""


class PageTurner(QWidget):
    """Turns the pages of a preview; it hides while there is one page."""

    def __init__(self, texts: Texts, preview: Paged) -> None:
        super().__init__()
        self._texts = texts
        self._preview = preview
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._back = button("", "chevron-left")
        texts.bind(self._back, "setAccessibleName", N_("Página anterior"))
        self._back.clicked.connect(lambda: preview.turn_to(preview.page - 1))
        self._said = label(wraps=False)
        self._next = button("", "chevron-right")
        texts.bind(self._next, "setAccessibleName", N_("Página siguiente"))
        self._next.clicked.connect(lambda: preview.turn_to(preview.page + 1))
        for one in (self._back, self._said, self._next):
            row.addWidget(one)
        preview.drawn.connect(self._show)
        texts.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        page, count = self._preview.page, self._preview.page_count
        self.setVisible(count > 1)
        said = self._texts(N_("Página {number} de {pages}"), number=page + 1, pages=count)
        self._said.setText(said)
        self._back.setEnabled(page > 0)
        self._next.setEnabled(page + 1 < count)


class LanguageChips(QWidget):
    """One language or two, chosen by a press.

    Signals:
        chosen: carries the codes, Spanish first.
    """

    chosen = Signal(tuple)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._chips = []
        for languages, msgid in _LANGUAGES:
            chip = CheckableButton("chip")
            chip.setAutoExclusive(True)
            texts.bind(chip, "setText", msgid)
            chip.clicked.connect(lambda _, one=languages: self.chosen.emit(one))
            self._chips.append(chip)
            row.addWidget(chip)
        row.addStretch()
        self.reset()

    def reset(self) -> None:
        """Show Spanish as chosen; nothing is emitted."""
        self._chips[0].setChecked(True)


def open_dialog(dialog: QDialog) -> None:
    """Show a dialog and go on: a loop inside the loop would go on while the program locks."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    QDialog.open(dialog)  # QPrintDialog hides it behind one of its own
