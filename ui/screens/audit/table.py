"""The table of entries of the register, as both pages that show some have it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from app.i18n import N_
from app.services.register import RegisterRow, row_said
from app.services.register_words import ACTIONS, who_said
from ui.runtime.text import Texts
from ui.widgets.row_table import RowTable
from ui.widgets.table import Column, TableModel

__all__ = ["EntriesTable", "day_and_time"]

_NUMBER, _ROLE, _CASE, _DETAIL, _SIGNED = 0, 3, 5, 6, 7
_WIDTHS: Final = (64, 124, 138, 116, 204, 108, 0, 72)
_NARROW_WIDTHS: Final = (58, 118, 116, 0, 176, 100, 0, 62)
"""Of the columns; 0 takes what is left, or is hidden."""
_NARROW: Final = 900


def day_and_time(at_ms: int, zone: tzinfo) -> str:
    """Return when something was, in digits."""
    return datetime.fromtimestamp(at_ms / 1000, zone).strftime("%d/%m/%Y %H:%M")


class EntriesTable(RowTable):
    """The table. ``of_case``: all entries are of one case, and its number is not said in each."""

    def __init__(self, texts: Texts, zone: tzinfo, *, of_case: bool = False) -> None:
        self._texts = texts
        self._zone = zone
        self._of_case = of_case
        self.entries: TableModel[RegisterRow] = TableModel(self._columns())
        super().__init__(self.entries, wide=_DETAIL)
        self.setColumnHidden(_CASE, of_case)
        texts.changed.connect(self.entries.retranslate)
        self.fit(_NARROW)

    def show_rows(self, rows: Sequence[RegisterRow]) -> None:
        """Show these entries; the first is chosen."""
        self.entries.show(rows)
        if rows:
            self.selectRow(0)

    def fit(self, width: int) -> None:
        """Give each column its room on a page of this width."""
        is_narrow = width < _NARROW
        self.setColumnHidden(_ROLE, is_narrow)
        for column, room in enumerate(_NARROW_WIDTHS if is_narrow else _WIDTHS):
            if room:
                self.setColumnWidth(column, room)

    def _columns(self) -> tuple[Column[RegisterRow], ...]:
        say = self._texts
        return (
            Column(lambda: say(N_("N.º")), lambda row: str(row.number), self._whole),
            Column(lambda: say(N_("Cuándo")), lambda row: day_and_time(row.at_ms, self._zone)),
            Column(lambda: say(N_("Quién")), lambda row: who_said(row.who, say)),
            Column(lambda: say(N_("En qué rol")), self._role),
            Column(lambda: say(N_("Qué hizo")), self._action, self._whole),
            Column(lambda: say(N_("Caso")), lambda row: row.about or "—"),
            Column(lambda: say(N_("Detalle")), lambda row: row_said(row, say) or "—", self._whole),
            Column(lambda: say(N_("Firma")), self._signature),
        )

    def _role(self, row: RegisterRow) -> str:
        return self._texts(row.role) if row.role else "—"

    def _action(self, row: RegisterRow) -> str:
        return self._texts(ACTIONS.get(row.action, row.action))

    def _signature(self, row: RegisterRow) -> str:
        return self._texts(N_("Sí")) if row.is_signed else self._texts(N_("No"))

    def _whole(self, row: RegisterRow) -> str:
        """All of an entry in a line, for a screen reader and where a column is short."""
        parts = (
            self._action(row),
            row_said(row, self._texts),
            row.about,
            who_said(row.who, self._texts),
            self._texts(row.role),
        )
        return " · ".join(one for one in parts if one)
