"""*Este equipo*: one card for each thing that keeps this laptop and its centre safe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from app.i18n import N_
from app.services import upkeep
from app.services.upkeep import ACCESS, Due
from ui.runtime.page import Page, ScreenContext
from ui.widgets.pieces import Box, button, card, label, scrolling
from ui.widgets.upkeep_line import upkeep_words

__all__ = ["CARDS", "MachineCard", "MachinePage"]

_COLUMNS: Final = 2


@dataclass(frozen=True, slots=True)
class MachineCard:
    """A card: the page to which it leads, its icon, and its words."""

    page: str
    icon: str
    title: str
    about: str


CARDS: Final = (
    MachineCard(
        "staff",
        "user",
        N_("Personas"),
        N_("Quién abre este equipo y con qué roles. Altas, bajas, palabras nuevas."),
    ),
    MachineCard(
        "devices",
        "send",
        N_("Equipos del centro"),
        N_("Unir este equipo o autorizar otro. Qué hacer si uno se pierde o lo roban."),
    ),
    MachineCard(
        "backup",
        "usb",
        N_("Copia de seguridad"),
        N_("Cuándo se hizo la última, hacer otra en una memoria, y probar que se abre."),
    ),
    MachineCard(
        "sheets",
        "file-text",
        N_("Hojas de recuperación"),
        N_("Tres hojas de papel: dos abren este equipo. Hacerlas, quién las guarda, el ensayo."),
    ),
    MachineCard(
        "closing",
        "lock",
        N_("Cerrar todo"),
        N_("Si alguien obliga a abrir este equipo: desde entonces solo dos hojas lo abren."),
    ),
    MachineCard(
        "audit",
        "list-checks",
        N_("Registro"),
        N_("Quién hizo qué en este equipo, en qué rol, y si el registro está íntegro."),
    ),
    MachineCard(
        ACCESS,
        "door-open",
        N_("Pedir acceso"),
        N_(
            "Lo del centro que es de otro servicio y no puede esperar. Qué está abierto, y a quién."
        ),
    ),
)


class MachinePage(Page):
    """The page of the laptop and its centre."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        title = label("title")
        self.texts.bind(title, "setText", N_("Este equipo"))
        page.addWidget(title)
        content = QWidget()
        content.setObjectName("page")
        grid = QGridLayout(content)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(12)
        self.buttons: list[QPushButton] = []
        self._told: dict[str, Box] = {}
        self._found: tuple[Due, ...] = ()
        for number, one in enumerate(CARDS):
            grid.addWidget(self._make_card(one), *divmod(number, _COLUMNS))
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
        grid.setRowStretch(len(CARDS), 1)
        page.addWidget(scrolling(content), 1)
        self.texts.changed.connect(self._retranslate)

    @property
    def first_stop(self) -> QWidget:
        """Override Page.first_stop."""
        return self.buttons[0]

    def open(self, **arguments: object) -> None:
        """Show what is due."""
        del arguments
        self._look()

    def refresh(self) -> None:
        """Records changed."""
        self._look()

    def _look(self) -> None:
        place = self.context.workplace
        if place.is_practice:  # of which nothing is kept
            return
        self.learn(
            lambda uow: upkeep.due(uow, place.desk, place.people, place.sheets), self._show_due
        )

    def _show_due(self, found: Sequence[Due]) -> None:
        self._found = tuple(found)
        for page, told in self._told.items():
            said = "\n".join(upkeep_words(self.texts, one) for one in found if one.page == page)
            told.say("", said)
            told.setVisible(bool(said))

    def _retranslate(self) -> None:
        self._show_due(self._found)

    def _make_card(self, one: MachineCard) -> QWidget:
        made, column = card()
        title, about = label("heading"), label()
        self.texts.bind(title, "setText", one.title)
        self.texts.bind(about, "setText", one.about)
        go = button("", one.icon)
        self.texts.bind(go, "setText", one.title)
        self.texts.bind(go, "setAccessibleDescription", one.about)
        go.clicked.connect(lambda: self.navigate.emit(one.page, {}))
        self.buttons.append(go)
        column.addWidget(title)
        column.addWidget(about)
        told = Box("info", is_row=True)
        told.hide()
        self._told[one.page] = told
        column.addWidget(told)
        column.addStretch()
        column.addWidget(go)
        return made
