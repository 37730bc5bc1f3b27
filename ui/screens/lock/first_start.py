"""The questions of a first start: the centre, the person, and the five words of her way in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.i18n import N_
from app.services.messages import ROLES
from ui.runtime.text import Texts
from ui.screens.lock.presenter import NewLaptop
from ui.widgets.finder import Finder, finder_for
from ui.widgets.five_words import FiveWords
from ui.widgets.pieces import label

__all__ = ["FirstStart"]

COORDINATES: Final = "coordinacion"


class FirstStart(QWidget):
    """What a laptop has to know before it is one."""

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._finder: Finder | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(5)
        self._centre, self._district, self._person = QLineEdit(), QLineEdit(), QLineEdit()
        self._address, self._phone = QLineEdit(), QLineEdit()
        texts.bind(self._district, "setPlaceholderText", N_("Escriba para buscar"))
        self._role = QComboBox()
        for code, msgid in ROLES.items():
            self._role.addItem(texts(msgid), code)
        self._leads = QCheckBox()
        texts.bind(self._leads, "setText", N_("También coordino el centro"))
        self._alone = label("muted")
        texts.bind(
            self._alone,
            "setText",
            N_(
                "Si es el primer equipo del centro y nadie coordina todavía, márquelo: sin alguien "
                "que coordine, agregar personas, dar palabras nuevas o hacer las hojas de "
                "recuperación se pide cada vez con un motivo."
            ),
        )
        self._role.currentIndexChanged.connect(self._say_leads)
        self._leads.toggled.connect(self._say_leads)
        for widget, msgid in (
            (self._centre, N_("Nombre del centro")),
            (self._district, N_("Distrito")),
            (self._address, N_("Dirección del centro (opcional)")),
            (self._phone, N_("Teléfono del centro (opcional)")),
            (self._person, N_("Su nombre")),
            (self._role, N_("Su servicio")),
        ):
            self._ask(widget, msgid)
        self._column.addWidget(self._leads)
        self._column.addWidget(self._alone)
        self.five = FiveWords(texts)
        self._column.addWidget(self.five)
        self.lines: list[QWidget] = [
            self._centre,
            self._district,
            self._address,
            self._phone,
            self._person,
            self._role,
            self._leads,
            self.five.line,
        ]

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """Where Tab stops, in the order of reading."""
        return (*self.lines[:-1], *self.five.stops)

    def show_districts(self, districts: Sequence[tuple[str, str]]) -> None:
        """Offer these districts."""
        if isValid(self._district):  # else the window was closed while the disk answered
            self._finder = finder_for(self._district, districts, are_places=True)
            self._district.editingFinished.connect(self._take_only_one)

    def answers(self) -> NewLaptop:
        """Return what was typed."""
        self._take_only_one()
        typed = self._district.text()
        district = (self._finder.code_of(typed.strip()) if self._finder else None) or typed
        role = str(self._role.currentData())
        return NewLaptop(
            centre=self._centre.text(),
            district=district,
            address=self._address.text(),
            phone=self._phone.text(),
            person=self._person.text(),
            role=role,
            roles=(COORDINATES,) if self._leads.isChecked() and role != COORDINATES else (),
            words=self.five.words,
            typed=self.five.typed(),
        )

    def line_of(self, message_id: str) -> QLineEdit:
        """Return the line that a remark is about."""
        lines = {
            "set_up_incomplete": self._person if self._centre.text().strip() else self._centre,
            "centre_name_too_long": self._centre,
            "district_unknown": self._district,
            "district_several": self._district,
        }
        return lines.get(message_id, self.five.line)

    def holder_of(self, line: QWidget) -> QWidget:
        """Return the widget of this panel below which a remark about a line stands."""
        return self.five if line is self.five.line else line

    def put_below(self, line: QWidget, remark: QWidget) -> None:
        """Put a remark below a line."""
        self._column.removeWidget(remark)
        self._column.insertWidget(self._column.indexOf(self.holder_of(line)) + 1, remark)

    def retranslate(self) -> None:
        """Say the services in the language of now."""
        for number, msgid in enumerate(ROLES.values()):
            self._role.setItemText(number, self._texts(msgid))

    def _take_only_one(self) -> None:
        """Take the only district of the name that was typed as if it had been picked."""
        found = self._finder.named(self._district.text()) if self._finder else ()
        if self._finder is not None and len(found) == 1:
            self._district.setText(self._finder.words_of(found[0]) or "")

    def _say_leads(self) -> None:
        service = self._role.currentData()
        self._leads.setVisible(service != COORDINATES)
        self._alone.setVisible(service != COORDINATES and not self._leads.isChecked())

    def _ask(self, widget: QWidget, msgid: str) -> None:
        question = label()
        question.setBuddy(widget)
        self._texts.bind(question, "setText", msgid)
        self._texts.bind(widget, "setAccessibleName", msgid)
        self._column.addWidget(question)
        self._column.addWidget(widget)
