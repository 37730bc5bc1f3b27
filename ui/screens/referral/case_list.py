"""The referrals of the case, each with what became of it in words; the open one stays pressed."""

from __future__ import annotations

from datetime import date
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.domain.change import RecordId
from app.domain.definitions import Definitions
from app.domain.referral import ReferralState
from app.i18n import N_
from app.services.read_models import ReferralRow
from ui.runtime.text import Texts
from ui.widgets.pieces import button, label, set_tip
from ui.widgets.referral_state import due_words, state_words

__all__ = ["CaseReferrals"]

_ELIDE: Final = Qt.TextElideMode.ElideRight
_LINE_WIDTH: Final = 300


class CaseReferrals(QWidget):
    """A line a referral.

    Signals:
        chosen: open this referral; carries its id.
    """

    chosen = Signal(str)

    def __init__(self, texts: Texts, definitions: Definitions) -> None:
        super().__init__()
        self.setObjectName("fields")
        self._texts = texts
        self._definitions = definitions
        self._shown: tuple[object, ...] = ()
        self._lines: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 4)
        self._column.setSpacing(1)
        self._title = label("strong")
        self._column.addWidget(self._title)
        self.hide()

    def show_rows(self, rows: tuple[ReferralRow, ...], current: RecordId, today: date) -> None:
        """Show these referrals; a draft that is the only one is no list."""
        wanted = (rows, current, today, self._texts.language.code)
        if wanted == self._shown:
            return
        self._shown = wanted
        for one in self._lines:
            self._column.removeWidget(one)
            one.deleteLater()
        self._lines = [self._line(row, row.referral_id == current, today) for row in rows]
        for one in self._lines:
            self._column.addWidget(one)
        self._title.setText(self._texts(N_("Derivaciones de este caso")))
        self._title.setVisible(len(rows) > 1)
        self.setVisible(len(rows) > 1 or any(one.issued_on for one in rows))

    def _line(self, row: ReferralRow, is_current: bool, today: date) -> QWidget:
        said = self.words(row, today)
        if is_current:
            line = label("strong")
            line.setText(f"› {said}")
            return line
        link = button("link")
        link.setText(self.fontMetrics().elidedText(said, _ELIDE, _LINE_WIDTH))
        set_tip(link, said)
        link.setAccessibleName(said)
        link.clicked.connect(lambda: self.chosen.emit(row.referral_id))
        return link

    def words(self, row: ReferralRow, today: date) -> str:
        """Return a referral in words: number, what became of it, until when, and the receiver."""
        parts = [row.folio, state_words(self._texts, self._definitions, row)]
        if row.due is not None or row.revoked or row.state is ReferralState.APPOINTMENT:
            parts.append(due_words(self._texts, row, today))
        if row.institution:
            parts.append(self._texts(row.institution))
        return " · ".join(parts)
