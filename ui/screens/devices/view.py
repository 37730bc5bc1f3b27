"""*Equipos del centro*: which laptops there are, how one joins, and what to do when one is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QModelIndex, QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.errors import QispiError
from app.i18n import N_
from app.services.device_ports import CentreDevice
from app.services.devices import DeviceRow, LostReport
from ui.runtime.page import Page, ScreenContext
from ui.screens.devices.panels import ExchangePanel, LostPanel, ask_new, grouped
from ui.screens.devices.presenter import JOIN, MANAGE, DevicesPresenter, Found
from ui.widgets.busy_line import BusyLine
from ui.widgets.gate import Gate
from ui.widgets.pieces import button, label
from ui.widgets.refusals import pressed_words
from ui.widgets.row_table import RowTable
from ui.widgets.side_panels import SidePanels
from ui.widgets.table import Column, TableModel
from ui.widgets.told_box import ToldBox

__all__ = ["DevicesPage"]

_PANEL_WIDTH: Final = 340
_TITLE: Final = N_("Equipos del centro")
_REQUEST: Final = "solicitud.qispi"
_REPLY: Final = "respuesta.qispi"
_HINT: Final = N_(
    "Cada equipo guarda todo lo del centro que leyó. Uno nuevo se une con dos archivos y dos "
    "códigos de 32 cifras que se leen por un teléfono conocido."
)
_ALONE: Final = N_(
    "Este equipo todavía no es de un centro: nada sale de él. Primero «Pedir unirse»: escribe un "
    "archivo y muestra 32 cifras. El primer equipo del centro lo autoriza la región; otro, el que "
    "administra. Después «Recibir la respuesta»."
)


class DevicesPage(Page):
    """The page of the laptops."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self.presenter = DevicesPresenter(context.runner, context.workplace, self)
        self._chosen: DeviceRow | None = None
        self._joins_by = ""
        self._administers = self._is_enrolled = self._has_joined = False
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        page.addLayout(self._make_head())
        self._told = ToldBox(self.texts)
        self._told.lock_wanted.connect(self.lock_wanted)
        page.addWidget(self._told)
        self.gate = Gate(self, "devices", (MANAGE, JOIN))
        page.addWidget(self.gate)
        body = QHBoxLayout()
        body.setSpacing(12)
        self._model: TableModel[DeviceRow] = TableModel(self._columns())
        self.table = RowTable(self._model, wide=2)
        self.texts.bind(self.table, "setAccessibleName", _TITLE)
        for column, width in ((0, 70), (1, 130)):
            self.table.setColumnWidth(column, width)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.table.clicked.connect(self._row_changed)
        body.addWidget(self.table, 1)
        body.addWidget(self._make_side())
        body.addStretch()  # of a laptop that belongs to no centre there is no list
        page.addLayout(body, 1)
        self.busy = BusyLine(self.texts)
        page.addWidget(self.busy)
        self.gate.guard(MANAGE, self._grant, self.lost_panel)
        self.gate.turned.connect(self._fit)
        self.texts.changed.connect(self._retranslate)

    @property
    def first_stop(self) -> QWidget:
        """Override Page.first_stop."""
        return self.table

    def open(self, **arguments: object) -> None:
        """Show the laptops."""
        del arguments
        self._told.forget_read()
        self.refresh()

    def refresh(self) -> None:
        """Records changed elsewhere."""
        self.gate.look()
        self.presenter.look()

    # What the presenter shows.

    def show_found(self, found: Found) -> None:
        """Show the laptops."""
        was = self._chosen.device.id if self._chosen else None
        self._model.show(found.rows)
        at = next((n for n, one in enumerate(found.rows) if one.device.id == was), 0)
        with QSignalBlocker(self.table.selectionModel()):
            self.table.selectRow(at)
        self._chosen = self._model.row(at)
        self._joins_by = found.joins_by
        self._administers = found.administers
        # What joined just now knows of it once it is opened again.
        self._is_enrolled = found.is_enrolled or self._has_joined
        self._fit()
        joins = (not found.is_enrolled or found.joins_anew) and not self._has_joined
        self._join.setVisible(joins)
        self._answer.setVisible(joins)
        self._grant.setVisible(found.administers)
        self.table.setVisible(bool(found.rows))
        self._look()

    def show_code(self, code: str, *, is_reply: bool) -> None:
        """A file was written."""
        said = (
            N_(
                "Respuesta escrita. Lea estas cifras a la otra persona por un teléfono conocido: "
                "{code}"
            )
            if is_reply
            else N_(
                "Solicitud escrita. Llévela al equipo que administra (la del primer equipo del "
                "centro, a la región), y lea estas cifras por un teléfono conocido: {code}"
            )
        )
        self._say(said, code=grouped(code))

    def show_accepted(self) -> None:
        """The centre took this laptop in."""
        done = N_("Este equipo ya es del centro. Bloquee y vuelva a entrar para empezar.")
        self._has_joined = True
        self._say(done, asks_lock=True)
        self.presenter.look()

    def show_revoked(self, letter: str) -> None:
        """A laptop was taken out."""
        self._say(
            N_(
                "Equipo {letter} dado de baja aquí. Sincronice ahora este equipo: hasta que la "
                "región lo sepa, el otro todavía recibe. Después los demás, o páselos por "
                "memoria USB."
            ),
            letter=letter,
        )

    def show_report(self, device: CentreDevice, report: LostReport) -> None:
        """Show what a laptop held, while it is the one that shows."""
        self.lost_panel.show_report(device, report)
        self._side.reveal(self.lost_panel, self.lost_panel.print_button)

    def print_report(self, pdf: bytes) -> None:
        """Print what a laptop held."""
        self.lost_panel.choose_printer(pdf)

    def show_busy(self) -> None:
        """Keys are being read or made."""
        self.begun.emit()
        self._told.hide()
        self.busy.begin(N_("Leyendo y comprobando las llaves…"))

    def show_done(self) -> None:
        """It ended."""
        self.busy.end()

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done. Nothing typed here waits for the disk: whatever refused,
        she tries again or not. Above another page it says where it comes from."""
        said = pressed_words(self.texts, fault)
        here = self.texts(_TITLE)
        self.failed.emit(said if self.isVisible() else f"{here} · {said}")

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        title = label("title")
        self.texts.bind(title, "setText", _TITLE)
        row.addWidget(title, 1)
        self._join, self._answer, self._grant = button("", "upload"), button(), button("primary")
        self.texts.bind(self._join, "setText", N_("Pedir unirse"))
        self._join.clicked.connect(self._ask_request)
        self.texts.bind(self._answer, "setText", N_("Recibir la respuesta"))
        self._answer.clicked.connect(lambda: self._begin(self.accept_panel))
        self.texts.bind(self._grant, "setText", N_("Autorizar otro equipo"))
        self._grant.clicked.connect(lambda: self._begin(self.grant_panel))
        for one in (self._join, self._answer, self._grant):
            one.hide()
            row.addWidget(one)
        return row

    def _make_side(self) -> QWidget:
        self._hint = label("muted")
        self._place_of_hint = QWidget()
        column = QVBoxLayout(self._place_of_hint)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._hint)
        column.addStretch()
        self.accept_panel = ExchangePanel(
            self.texts,
            words=(
                N_("Recibir la respuesta"),
                N_("Con ella este equipo pasa a ser del centro."),
                N_("Unirse al centro"),
            ),
        )
        self.accept_panel.done.connect(lambda path, typed, _: self.presenter.accept(path, typed))
        self.grant_panel = ExchangePanel(
            self.texts,
            words=(
                N_("Autorizar otro equipo"),
                N_(
                    "Elija su solicitud y escriba las cifras que le leen desde allí. Se escribe "
                    "una respuesta para ese equipo."
                ),
                N_("Escribir la respuesta…"),
            ),
            writes=_REPLY,
        )
        self.grant_panel.done.connect(self._granted)
        self.lost_panel = LostPanel(self.texts)
        self.lost_panel.reported.connect(self.presenter.report)
        self.lost_panel.printed.connect(self.presenter.print)
        self.lost_panel.revoked.connect(self.presenter.revoke)
        self._side = SidePanels(
            _PANEL_WIDTH, self._place_of_hint, self.accept_panel, self.grant_panel, self.lost_panel
        )
        return self._side

    def _columns(self) -> tuple[Column[DeviceRow], ...]:
        texts = self.texts
        return (
            Column(lambda: texts(N_("Equipo")), lambda row: row.device.letter),
            Column(lambda: texts(N_("Qué es")), self._what),
            Column(lambda: texts(N_("Lo último que llegó de él")), self._heard),
        )

    def _what(self, row: DeviceRow) -> str:
        if row.device.is_revoked:
            return self.texts(N_("Dado de baja"))
        if row.device.is_own:
            return self.texts(N_("Este equipo"))
        return self.texts(N_("Administra") if row.device.is_admin else N_("Del centro"))

    def _heard(self, row: DeviceRow) -> str:
        if row.device.is_own:
            return ""
        if row.heard_ms is None:
            return self.texts(N_("Nada todavía"))
        return self.texts.language.format_datetime_ms(row.heard_ms)

    # What happens.

    def _row_changed(self, now: QModelIndex) -> None:
        self._chosen = self._model.row(now.row())
        self._side.show_panel(self._place_of_hint)
        self._look()

    def _fit(self) -> None:
        for one in (self._join, self._answer):
            one.setEnabled(self.gate.allows(self._joins_by))

    def _look(self) -> None:
        """Show what can be done with the laptop that is chosen."""
        row = self._chosen
        if self._side.is_shown(self.accept_panel, self.grant_panel):
            return
        if row is not None and not row.device.is_own:
            shows = self._side.is_shown(self.lost_panel)
            if not shows or self.lost_panel.device != row.device:
                self.lost_panel.begin(row.device, from_here=self._administers)
                self._side.show_panel(self.lost_panel)
            return
        self._hint.setText(self.texts(_HINT if self._is_enrolled else _ALONE))
        self._side.show_panel(self._place_of_hint)

    def _begin(self, panel: ExchangePanel) -> None:
        self._told.hide()
        panel.begin()
        self._side.show_panel(panel)
        panel.choose.setFocus()

    def _ask_request(self) -> None:
        ask_new(self, self.texts, _REQUEST, self.presenter.request)

    def _granted(self, request: Path, typed: str, target: Path) -> None:
        self.presenter.grant(request, typed, target)

    def _say(self, msgid: str, *, asks_lock: bool = False, **parameters: object) -> None:
        self._told.tell(msgid, asks_lock=asks_lock, **parameters)
        self._side.show_panel(self._place_of_hint)

    def _retranslate(self) -> None:
        self._model.retranslate()
        self.presenter.look()
