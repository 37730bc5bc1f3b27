"""The left half of *Sincronización*: what people must know, what could not be used, what waits.

It scrolls as a whole, so that nothing hides behind anything on a small screen.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.i18n import N_
from app.services.messages import sentence
from app.services.read_models import SetAsideRow, WaitingRow
from app.services.refusals import AWAITS_EARLIER, RefusedRow, who_refused
from app.services.sync_page import SyncPage
from app.services.sync_status import waiting_words
from app.services.whereabouts_ports import ShareKind, WaitingShare, Whereabouts
from ui.runtime.text import Texts
from ui.screens.sync.facts_part import FactsPart
from ui.screens.sync.lists import day_column, fit, list_table
from ui.screens.sync.run_panel import kilobytes
from ui.screens.sync.stray_part import StrayPart
from ui.widgets.pieces import button, label
from ui.widgets.place import place_short, place_told
from ui.widgets.reading_area import ReadingArea
from ui.widgets.table import Column, TableModel

__all__ = ["LeftPanel"]

_KINDS: Final = {
    ShareKind.URGENT: N_("Urgentes"),
    ShareKind.OTHER: N_("Otros cambios"),
    ShareKind.CLOSED: N_("Paquetes cerrados"),
    ShareKind.ATTACHMENT: N_("Adjuntos"),
    ShareKind.TOO_LARGE: N_("Demasiado grandes"),
    ShareKind.STATEMENT: N_("Avisos de equipos"),
}
_REFUSED_SHOWN: Final = 3
"""So many, and what is done with them and what waits are in sight on a small screen."""


class LeftPanel(QFrame):
    """The panel.

    Signals:
        refused_wanted: show a batch that could not be used; carries its id.
        put_away_wanted: show the strays of now no longer.
        answered: somebody told of facts, or read them; carries them.
    """

    refused_wanted = Signal(object)
    put_away_wanted = Signal()
    answered = Signal(object)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self.setObjectName("card")
        self._texts = texts
        self._page: SyncPage | None = None
        self._shares: TableModel[WaitingShare] = TableModel(self._share_columns())
        self._waiting: TableModel[WaitingRow] = TableModel(self._waiting_columns())
        self._refused: TableModel[RefusedRow] = TableModel(self._refused_columns())
        self._rest: TableModel[SetAsideRow] = TableModel(self._rest_columns())
        content = QWidget()
        content.setObjectName("fields")
        self._column = QVBoxLayout(content)
        self._column.setSpacing(6)
        self._column.setContentsMargins(8, 8, 8, 6)
        self.facts = FactsPart(texts)
        self.facts.answered.connect(self.answered)
        self._column.addWidget(self.facts)
        self._make_refused()
        self._make_waiting()
        self.strays = StrayPart(texts)
        self.strays.wanted.connect(self.refused_wanted)
        self.strays.put_away_wanted.connect(self.put_away_wanted)
        self._column.addWidget(self.strays)
        self._column.addStretch(1)  # all of the height to spare: a box would take its share
        outer = QVBoxLayout(self)
        outer.setContentsMargins(4, 4, 4, 4)
        area = ReadingArea(content)
        texts.bind(area, "setAccessibleName", N_("Qué pasó y qué espera"))
        outer.addWidget(area)
        self.facts.begin_after(area)
        texts.changed.connect(self._retranslate)

    @property
    def has_page(self) -> bool:
        """Whether it was ever told what is true."""
        return self._page is not None

    def show_page(self, page: SyncPage) -> None:
        """Show what is true now."""
        self._page = page
        self.facts.show_page(page)
        chosen = self._refused.row(self.refused_table.currentIndex().row())
        self._refused.show(page.refused)
        ids = [one.id for one in page.refused]
        if page.refused:
            same = ids.index(chosen.id) if chosen is not None and chosen.id in ids else 0
            self.refused_table.selectRow(same)
        self._refused_part.setVisible(bool(page.refused))
        rest = _not_listed(page)
        self._rest.show(rest)
        self._rest_table.setVisible(bool(rest))
        self._shares.show(page.shares)
        self._shares_table.setVisible(bool(page.shares))
        self._waiting.show(page.view.waiting)
        self._waiting_table.setVisible(bool(page.view.waiting))
        fit(self.refused_table, len(page.refused), _REFUSED_SHOWN)
        for table, count in (
            (self._rest_table, len(rest)),
            (self._shares_table, len(page.shares)),
            (self._waiting_table, len(page.view.waiting)),
        ):
            fit(table, count)
        self.strays.show_rows(page.strays)
        self._say_waiting(page)

    # The parts.

    def _make_refused(self) -> None:
        self._refused_part = QWidget()
        part = QVBoxLayout(self._refused_part)
        part.setContentsMargins(0, 0, 0, 0)
        part.setSpacing(6)
        said = label("heading")
        self._texts.bind(said, "setText", N_("No se pudo enviar o usar; lo demás sigue"))
        part.addWidget(said)
        # A reason is a sentence: it is read whole, on two lines when it must be.
        self.refused_table = list_table(self._refused, 0, lines=2)
        self._texts.bind(self.refused_table, "setAccessibleName", N_("Paquetes apartados"))
        self.refused_table.activated.connect(self._open)
        part.addWidget(self.refused_table)
        look = button("", "file-text")
        self._texts.bind(look, "setText", N_("Ver, imprimir o exportar"))
        look.clicked.connect(self._open)
        part.addWidget(look, 0, Qt.AlignmentFlag.AlignLeft)
        self._refused_part.hide()
        self._column.addWidget(self._refused_part)
        self._rest_table = list_table(self._rest, 0)
        self._texts.bind(self._rest_table, "setAccessibleName", N_("Otros paquetes apartados"))
        self._rest_table.hide()
        self._column.addWidget(self._rest_table)

    def _make_waiting(self) -> None:
        self._waiting_title = label("heading")
        self._column.addWidget(self._waiting_title)
        self._shares_table = list_table(self._shares, 0)
        self._texts.bind(self._shares_table, "setAccessibleName", N_("Por enviar, por urgencia"))
        self._shares_table.hide()
        self._column.addWidget(self._shares_table)
        self._waiting_table = list_table(self._waiting, 0)
        self._texts.bind(self._waiting_table, "setAccessibleName", N_("Cambios por enviar"))
        self._waiting_table.hide()
        self._column.addWidget(self._waiting_table)

    # The columns.

    def _share_columns(self) -> tuple[Column[WaitingShare], ...]:
        texts = self._texts
        return (
            Column(
                lambda: texts(N_("Qué espera")),
                self._kind,
                self._kind_whole,
            ),
            Column(lambda: texts(N_("Cuántos")), lambda one: str(one.count)),
            Column(
                lambda: texts(N_("KB")),
                self._size,
                self._size_whole,
            ),
            day_column(texts, N_("Desde"), lambda one: one.since_ms),
        )

    def _kind(self, one: WaitingShare) -> str:
        if one.kind is ShareKind.STATEMENT and one.on_stick == one.count:
            return self._texts(N_("Avisos (en USB)"))
        return self._texts(_KINDS.get(one.kind, N_("Otros cambios")))

    def _kind_whole(self, one: WaitingShare) -> str:
        if one.kind is ShareKind.STATEMENT:
            why = N_(
                "Altas y bajas de equipos: avisan quién entró al centro y quién salió. "
                "Hasta que llegue, la región todavía deja entrar a un equipo dado de baja."
            )
            left = N_("En una memoria USB van {on_stick} de {count}.")
            told = self._texts(left, on_stick=one.on_stick, count=one.count) if one.on_stick else ""
            return f"{self._texts(why)} {told}".strip()
        if one.kind is ShareKind.CLOSED:
            return self._texts(
                N_("Paquetes cerrados: casi siempre de otros equipos. Se llevan tal como llegaron.")
            )
        return self._texts(_KINDS.get(one.kind, N_("Otros cambios")))

    def _size(self, one: WaitingShare) -> str:
        if one.kind is ShareKind.TOO_LARGE:
            return "—"
        if _is_included(one):
            return self._texts(N_("incluidos"))
        return _near(one.size, is_estimated=one.is_estimated)

    def _size_whole(self, one: WaitingShare) -> str:
        if one.kind is ShareKind.TOO_LARGE:
            return self._texts(
                N_("No caben en ningún paquete y no se envían: arriba dice qué hacer.")
            )
        if _is_included(one):
            return self._texts(
                N_("Viajan en los mismos paquetes que los urgentes, y están contados allí.")
            )
        said = f"{_near(one.size, is_estimated=one.is_estimated)} KB"
        if one.is_estimated:
            why = N_("Es un cálculo: lo exacto se sabe al cifrarlos, cuando empiece el envío.")
            said += f". {self._texts(why)}"
        return said

    def _waiting_columns(self) -> tuple[Column[WaitingRow], ...]:
        texts = self._texts
        return (
            Column(
                lambda: texts(N_("Caso")),
                lambda row: row.case_code or texts(N_("Del centro")),
                lambda row: row.case_code or texts(N_("Otros datos del centro")),
            ),
            Column(lambda: texts(N_("Cuántos")), lambda row: str(row.changes)),
            Column(lambda: texts(N_("Dónde está")), self._where, self._where_whole),
            day_column(texts, N_("Desde"), lambda row: row.since_ms),
        )

    def _place(self, row: WaitingRow) -> Whereabouts | None:
        if self._page is None or row.case_id is None:
            return None
        return self._page.places.get(row.case_id)

    def _where(self, row: WaitingRow) -> str:
        place = self._place(row)
        return place_short(self._texts, place) if place is not None else "—"

    def _where_whole(self, row: WaitingRow) -> str:
        place = self._place(row)
        return place_told(self._texts, place) if place is not None else "—"

    def _refused_columns(self) -> tuple[Column[RefusedRow], ...]:
        texts = self._texts
        return (
            Column(lambda: texts(N_("Por qué")), lambda row: sentence(row.reason, {}, texts)),
            Column(lambda: texts(N_("Equipo")), lambda row: row.letter or "—", self._whose),
            day_column(texts, N_("Cuándo"), lambda row: row.at_ms),
        )

    def _whose(self, row: RefusedRow) -> str:
        said = N_("dato {name}") if row.is_unsealed else N_("paquete {name}")
        name = self._texts(said, name=row.short)
        return f"{self._texts(who_refused(row))}: {name}, {kilobytes(row.size)} KB"

    def _rest_columns(self) -> tuple[Column[SetAsideRow], ...]:
        texts = self._texts
        return (
            Column(lambda: texts(N_("Por qué")), lambda row: sentence(row.reason, {}, texts)),
            Column(lambda: texts(N_("Paquetes")), lambda row: str(row.count)),
            Column(lambda: texts(N_("Último")), lambda row: self._since(row.at_ms)),
        )

    def _since(self, at_ms: int | None) -> str:
        return "—" if at_ms is None else self._texts.language.format_datetime_ms(at_ms)

    # What it says.

    def _say_waiting(self, page: SyncPage) -> None:
        counts = {one.kind: one.count for one in page.shares}
        said = waiting_words(
            self._texts.language,
            changes=page.view.waiting_changes,
            attachments=counts.get(ShareKind.ATTACHMENT, 0),
            closed=counts.get(ShareKind.CLOSED, 0),
            statements=counts.get(ShareKind.STATEMENT, 0),
        )
        said = said[:1].upper() + said[1:]
        if page.view.waiting_changes:
            # What is told above is the sum of what is told of each, rounded as it is.
            whole = f"{sum(map(_tenths, page.shares)) / 10:,.1f}"
            said += f" (≈ {whole} KB)" if page.is_estimated else f" ({whole} KB)"
        self._waiting_title.setText(said)

    def _open(self) -> None:
        row = self._refused.row(max(0, self.refused_table.currentIndex().row()))
        if row is not None:
            self.refused_wanted.emit(row.id)

    def _retranslate(self) -> None:
        for model in (self._shares, self._waiting, self._refused, self._rest):
            model.retranslate()
        if self._page is not None:
            self.show_page(self._page)


def _is_included(one: WaitingShare) -> bool:
    """Whether all of it travels in what is counted above, or adds next to nothing to it."""
    return one.kind is ShareKind.OTHER and kilobytes(one.size) == kilobytes(0)


def _tenths(one: WaitingShare) -> int:
    """Return its size as it is shown, in tenths of a KB."""
    return 0 if one.kind is ShareKind.TOO_LARGE else round(float(f"{one.size / 1024:.1f}") * 10)


def _near(size: int, *, is_estimated: bool) -> str:
    return f"≈ {kilobytes(size)}" if is_estimated else kilobytes(size)


def _not_listed(page: SyncPage) -> tuple[SetAsideRow, ...]:
    """Return the reasons for which more is set aside than is listed one by one or counted."""
    listed = Counter(one.reason for one in page.refused if not one.by_server)
    listed.update({one.reason: one.count for one in page.strays})
    return tuple(
        dataclasses.replace(one, count=one.count - listed[one.reason])
        for one in page.view.set_aside
        if one.reason != AWAITS_EARLIER and one.count > listed[one.reason]
    )
