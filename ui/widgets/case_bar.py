"""What one can do in a case, in one row above each of its pages: the same everywhere; and below it
that its number is not its own, when another case bears it, too."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.i18n import N_
from app.services.whereabouts_ports import Reach, Whereabouts
from ui.runtime.text import Texts
from ui.widgets.pieces import Box, CheckableButton, button, label, set_tip
from ui.widgets.place import PlaceLabel, place_told, place_words

__all__ = ["CaseBar"]

_PAGES: Final = (
    ("ficha", N_("Ficha")),
    ("plan", N_("Tareas")),
    ("records", N_("Anotar")),
    ("risk", N_("Riesgo")),
    ("referral", N_("Derivar")),
    ("papers", N_("Imprimir")),
    ("team", N_("Equipo")),
)


class CaseBar(QWidget):
    """The row.

    Signals:
        chosen: go to this page of the same case; carries its name. Or to *Sincronización*, from
            what the region refused.
    """

    chosen = Signal(str)

    def __init__(self, texts: Texts, current: str) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(4)
        self._chips: dict[str, CheckableButton] = {}
        self._came = 0
        for name, words in _PAGES:
            chip = CheckableButton("chip")
            chip.setChecked(name == current)
            texts.bind(chip, "setText", words)
            chip.clicked.connect(lambda _, n=name, c=chip: self._choose(n, c, current))
            row.addWidget(chip)
            self._chips[name] = chip
        self._person = label("strong", wraps=False)
        self._person.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._person.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.place = PlaceLabel(texts)
        whose = QVBoxLayout()
        whose.setSpacing(0)
        whose.addWidget(self._person)
        whose.addWidget(self.place)
        self.refused = button("link", "refresh-cw")
        self.refused.clicked.connect(lambda: self.chosen.emit("sync"))
        self.refused.hide()
        self._texts = texts
        texts.changed.connect(self._say_refused)
        row.addLayout(whose, 1)
        # Below the row: beside seven chips there is no room for it on a small screen.
        column.addWidget(self.refused, 0, Qt.AlignmentFlag.AlignRight)
        texts.changed.connect(self._say_came)
        self._number = ""
        self._doubled = Box("warning", is_row=True)
        self._doubled.hide()
        column.addWidget(self._doubled)
        texts.changed.connect(self._say_doubled)

    @property
    def person(self) -> str:
        """Whose case it says that it is; empty while that is not known."""
        return self._person.text()

    def show_person(self, words: str) -> None:
        """Say whose case it is: initials, or the name that she wants on screens."""
        self._person.setText(words)
        set_tip(self._person, words)

    def show_place(self, place: Whereabouts | None) -> None:
        """Say where the case is: the least that any record of it says."""
        self.place.show_place(place)
        self._say_refused()

    def show_doubled(self, number: str) -> None:
        """Say that another case bears this number, and what to write on the papers of the later
        one; empty: none does."""
        self._number = number
        self._say_doubled()

    def show_came(self, count: int) -> None:
        """Say how often somebody who is not of the team came into the case lately."""
        self._came = count
        self._say_came()

    def _say_came(self) -> None:
        words = self._texts(N_("Equipo"))
        self._chips["team"].setText(f"{words} · {self._came}" if self._came else words)
        told = self._texts.plural(
            N_("Esta semana entró {count} vez alguien que no es del equipo"),
            N_("Esta semana entró {count} veces alguien que no es del equipo"),
            self._came,
        )
        set_tip(self._chips["team"], told if self._came else "")
        self._chips["team"].setAccessibleDescription(told if self._came else "")

    def _say_doubled(self) -> None:
        said = self._texts(
            N_(
                "{code} ×2: otro caso lleva este número. Si este se abrió después, escriba «bis» "
                "junto al número en sus papeles."
            ),
            code=self._number,
        )
        more = self._texts(
            N_(
                "Decidan una sola vez, entre todo el equipo, cuál se abrió después: Casos muestra "
                "el día de ingreso de cada uno."
            )
        )
        self._doubled.say("", said if self._number else "")
        set_tip(self._doubled, more)
        self._doubled.setAccessibleDescription(more)
        self._doubled.setVisible(bool(self._number))

    def _say_refused(self) -> None:
        """What the region refused leads to where it is told why."""
        place = self.place.place
        is_refused = place is not None and place.reach is Reach.REFUSED
        self.place.setVisible(not is_refused)
        self.refused.setVisible(is_refused)
        if place is not None and is_refused:
            self.refused.setText(place_words(self._texts, place))
            told = place_told(self._texts, place)
            set_tip(self.refused, told)
            self.refused.setAccessibleDescription(told)

    def _choose(self, name: str, chip: CheckableButton, current: str) -> None:
        chip.setChecked(name == current)
        if name != current:
            self.chosen.emit(name)
