"""Who keeps each of the three sheets, and where."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout

from app.i18n import N_
from app.services.recovery_sheets import TEXT_MAX, Custody
from app.services.sheet_ports import LETTERS
from ui.runtime.text import Texts
from ui.widgets.pieces import button, label

__all__ = ["CustodyPart"]


class CustodyPart(QFrame):
    """Two lines for each sheet.

    Signals:
        noted: carries the three :class:`Custody`.
    """

    noted = Signal(object)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self.setObjectName("card")
        self._texts = texts
        self.is_written = False
        """Whether something that was typed here is not on the disk."""
        self._is_typed_since = False
        self.lines: list[tuple[QLineEdit, QLineEdit]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        heading = label("heading")
        texts.bind(heading, "setText", N_("Quién las guarda"))
        column.addWidget(heading)
        said = label("muted")
        texts.bind(
            said,
            "setText",
            N_(
                "Queda en este equipo, cifrado. Escríbalo también en un acta que se guarde en otro "
                "lugar: hace falta justo cuando este equipo no se abre. Ninguna se queda donde "
                "está el equipo. Por ejemplo: la A en la coordinación regional, la B en la sede "
                "nacional, la C en otra unidad territorial. Nadie guarda dos."
            ),
        )
        column.addWidget(said)
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(2, 1)
        for at, msgid in ((1, N_("Quién la guarda")), (2, N_("Dónde"))):
            over = label("muted")
            texts.bind(over, "setText", msgid)
            grid.addWidget(over, 0, at)
        for row, letter in enumerate(LETTERS, start=1):
            name = label("strong", wraps=False)
            texts.bind(name, "setText", N_("Hoja {letter}"), letter=letter)
            pair = (QLineEdit(), QLineEdit())
            names = (N_("Quién guarda la hoja {letter}"), N_("Dónde está la hoja {letter}"))
            for at, (line, msgid) in enumerate(zip(pair, names, strict=True), start=1):
                line.setMaxLength(TEXT_MAX)
                line.textEdited.connect(self._edited)
                texts.bind(line, "setAccessibleName", msgid, letter=letter)
                grid.addWidget(line, row, at)
            grid.addWidget(name, row, 0)
            self.lines.append(pair)
        column.addLayout(grid)
        foot = QHBoxLayout()
        foot.addStretch()
        self.note_button = button("", "save")
        texts.bind(self.note_button, "setText", N_("Anotar"))
        self.note_button.clicked.connect(self.note)
        foot.addWidget(self.note_button)
        column.addLayout(foot)

    def show_custody(self, custody: Sequence[Custody], *, is_open: bool) -> None:
        """Show who keeps them; without sheets there is nothing to keep. What was typed and is not
        noted yet stays."""
        for (holder, place), one in zip(self.lines, custody, strict=True):
            if not self.is_written:
                holder.setText(one.holder)
                place.setText(one.place)
        self.setVisible(is_open)

    def show_noted(self) -> None:
        """What was asked to be noted is on the disk; more may have been typed since."""
        self.is_written = self._is_typed_since

    def _edited(self) -> None:
        self.is_written = self._is_typed_since = True

    def note(self) -> None:
        """Ask for it to be noted."""
        self._is_typed_since = False
        self.noted.emit(tuple(Custody(holder.text(), place.text()) for holder, place in self.lines))
