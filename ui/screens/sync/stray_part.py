"""Below what the centre wrote: files of sticks that nobody of the centre signed, a row a reason."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.i18n import N_
from app.services.strays import StrayRow
from ui.runtime.text import Texts
from ui.screens.sync.lists import day_column, fit, list_table
from ui.widgets.pieces import button, label
from ui.widgets.table import Column, TableModel

__all__ = ["StrayPart", "stray_words"]


class StrayPart(QWidget):
    """The part. What was put away shows when somebody asks for it.

    Signals:
        wanted: show one of them; carries its id.
        put_away_wanted: show these no longer, until others come.
    """

    wanted = Signal(object)
    put_away_wanted = Signal()

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._rows: tuple[StrayRow, ...] = ()
        self._is_whole = False
        self._model: TableModel[StrayRow] = TableModel(
            (
                Column(lambda: texts(N_("Por qué")), lambda row: stray_words(texts, row)),
                day_column(texts, N_("Último"), lambda row: row.at_ms),
            )
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._title = label("heading")
        texts.bind(self._title, "setText", N_("Archivos que no se usaron"))
        column.addWidget(self._title)
        self.table = list_table(self._model, 0, lines=2)
        texts.bind(self.table, "setAccessibleName", N_("Archivos que no se usaron"))
        self.table.activated.connect(self._open)
        column.addWidget(self.table)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.look = button("", "file-text")
        texts.bind(self.look, "setText", N_("Ver cada uno"))
        self.look.clicked.connect(self._open)
        self.put_away = button("")
        texts.bind(self.put_away, "setText", N_("Guardar aparte"))
        texts.bind(
            self.put_away,
            "setToolTip",
            N_("No se borra nada: deja de mostrarse hasta que lleguen otros."),
        )
        self.put_away.clicked.connect(self._put_away)
        row.addWidget(self.look)
        row.addWidget(self.put_away)
        row.addStretch()
        column.addLayout(row)
        self.aside = button("link")
        self.aside.clicked.connect(self._turn)
        column.addWidget(self.aside, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()
        texts.changed.connect(self.retranslate)

    def show_rows(self, rows: Sequence[StrayRow]) -> None:
        """Show what is there now; the chosen reason stays chosen."""
        self._rows = tuple(rows)
        self._show()

    def retranslate(self) -> None:
        """The language changed."""
        self._model.retranslate()
        self._show()

    def _show(self) -> None:
        fresh = [one for one in self._rows if not one.is_put_away]
        aside = sum(one.count for one in self._rows if one.is_put_away)
        shown = [*self._rows] if self._is_whole else fresh
        chosen = self._model.row(self.table.currentIndex().row())
        self._model.show(shown)
        reasons = [one.reason for one in shown]
        if shown:
            is_there = chosen is not None and chosen.reason in reasons
            self.table.selectRow(reasons.index(chosen.reason) if chosen and is_there else 0)
        fit(self.table, len(shown))
        for one in (self._title, self.table, self.look):
            one.setVisible(bool(shown))
        self.put_away.setVisible(bool(fresh))
        self.aside.setVisible(aside > 0)
        if self._is_whole:
            self.aside.setText(self._texts(N_("Ocultar lo guardado aparte")))
        else:
            self.aside.setText(
                self._texts.plural(
                    N_("Ver {count} archivo guardado aparte"),
                    N_("Ver {count} archivos guardados aparte"),
                    aside,
                )
            )
        self.setVisible(bool(self._rows))

    def _open(self) -> None:
        row = self._model.row(max(0, self.table.currentIndex().row()))
        if row is not None:
            self.wanted.emit(row.last_id)

    def _put_away(self) -> None:
        self._is_whole = False
        self.put_away_wanted.emit()

    def _turn(self) -> None:
        self._is_whole = not self._is_whole
        self._show()


def stray_words(texts: Texts, row: StrayRow) -> str:
    """Return how many there are and why they are of no use, in words that claim nothing more."""
    count = row.count
    if row.reason == "batch_malformed":
        return texts.plural(
            N_("{count} archivo que no es de Qispi o llegó dañado"),
            N_("{count} archivos que no son de Qispi o llegaron dañados"),
            count,
        )
    if row.reason == "batch_truncated":
        return texts.plural(
            N_("{count} archivo que llegó incompleto"),
            N_("{count} archivos que llegaron incompletos"),
            count,
        )
    if row.reason == "batch_altered":
        return texts.plural(
            N_("{count} archivo alterado o dañado"),
            N_("{count} archivos alterados o dañados"),
            count,
        )
    if row.reason == "batch_over_limit":
        return texts.plural(
            N_("{count} archivo dañado o demasiado grande"),
            N_("{count} archivos dañados o demasiado grandes"),
            count,
        )
    return _of_somebody(texts, row)


def _of_somebody(texts: Texts, row: StrayRow) -> str:
    """Of those that say of themselves whose they are, or of which program: nobody proved it."""
    count = row.count
    if row.reason == "batch_wrong_centre":
        return texts.plural(
            N_("{count} archivo que dice ser de otro centro"),
            N_("{count} archivos que dicen ser de otro centro"),
            count,
        )
    if row.reason == "batch_unknown_device":
        return texts.plural(
            N_("{count} archivo de un equipo que aquí no se conoce todavía"),
            N_("{count} archivos de un equipo que aquí no se conoce todavía"),
            count,
        )
    if row.reason == "batch_unknown_version":
        return texts.plural(
            N_("{count} archivo que dice ser de una versión más nueva"),
            N_("{count} archivos que dicen ser de una versión más nueva"),
            count,
        )
    return texts.plural(
        N_("{count} archivo que no se pudo usar"), N_("{count} archivos que no se pudieron usar"),
        count,
    )  # fmt: skip
