"""The parts of *Equipo*: the team, the block of somebody, and the door with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from app.domain.permission import Role
from app.i18n import N_
from app.services.teams import REASON_MAX, Asked, CasePeople, Colleague
from ui.runtime.text import Texts
from ui.widgets.pieces import button, label

__all__ = ["AskPanel", "BlockPanel", "TeamPanel"]

_TICKED: Final = ("open_file", "see_section", "see_narrative")
"""What whoever stands in for a colleague needs; the rest she ticks herself."""


class _Panel(QFrame):
    """A white box with a heading."""

    def __init__(self, texts: Texts, heading: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self.texts = texts
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 12, 12, 12)
        self.column.setSpacing(6)
        head = label("heading")
        texts.bind(head, "setText", heading)
        self.column.addWidget(head)


class TeamPanel(_Panel):
    """Who attends the case.

    Signals:
        wanted: write this team: the ids of its people, and who answers for it, or None.
    """

    wanted = Signal(list, object)

    def __init__(self, texts: Texts, roles: Mapping[str, Role]) -> None:
        super().__init__(texts, N_("Quién lo atiende"))
        self._roles = roles
        self._boxes: dict[str, QCheckBox] = {}
        self._none = label("muted")
        texts.bind(
            self._none,
            "setText",
            N_("Nadie está anotado: el caso es de todo el centro, hasta que se reparta."),
        )
        self.column.addWidget(self._none)
        self._rows = QVBoxLayout()
        self.column.addLayout(self._rows)
        ask = label()
        texts.bind(ask, "setText", N_("Responde por el caso"))
        self.responsible = QComboBox()
        texts.bind(self.responsible, "setAccessibleName", N_("Responde por el caso"))
        ask.setBuddy(self.responsible)
        self.column.addWidget(ask)
        self.column.addWidget(self.responsible)
        self.save = button("primary", "check")
        texts.bind(self.save, "setText", N_("Guardar el equipo"))
        self.save.clicked.connect(self._save)
        self.column.addWidget(self.save)

    def show_people(self, found: CasePeople) -> None:
        """Show the people of the centre, those of the team ticked."""
        may_write = "assign_team" not in found.closed
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()  # until it is gone it would show under what comes
                old.deleteLater()
        self._boxes = {}
        self.responsible.clear()
        self.responsible.addItem(self.texts(N_("Nadie en particular")), None)
        for one in found.people:
            box = QCheckBox()
            box.setChecked(one.is_in_team)
            box.setEnabled(may_write)
            self._boxes[one.id] = box
            self._rows.addWidget(_row(box, self._words(one)))
            self.responsible.addItem(one.name, one.id)
            if one.is_responsible:
                self.responsible.setCurrentIndex(self.responsible.count() - 1)
        is_shared = any(one.is_in_team or one.is_responsible for one in found.people)
        self._none.setVisible(not is_shared)
        self.responsible.setEnabled(may_write)
        self.save.setEnabled(may_write)

    def tick(self, person: str, *, is_in_team: bool) -> None:
        """Tick somebody, or no more."""
        self._boxes[person].setChecked(is_in_team)

    def _words(self, one: Colleague) -> str:
        titles = (self._roles[role].title for role in one.roles if role in self._roles)
        return f"{one.name} · {', '.join(self.texts(title) for title in titles)}"

    def _save(self) -> None:
        team = [one for one, box in self._boxes.items() if box.isChecked()]
        self.wanted.emit(team, self.responsible.currentData())


class BlockPanel(_Panel):
    """Who may not know of the case.

    Signals:
        wanted: block this person (True), or let her know again.
    """

    wanted = Signal(str, bool)

    def __init__(self, texts: Texts) -> None:
        super().__init__(texts, N_("Quién no debe ver este caso"))
        note = label("muted")
        texts.bind(
            note,
            "setText",
            N_("Si alguien del centro es parte o pariente: para esa persona, el caso no existe."),
        )
        self.column.addWidget(note)
        self._blocked = label()
        self.column.addWidget(self._blocked)
        self.person = QComboBox()
        texts.bind(self.person, "setAccessibleName", N_("Persona que no debe ver este caso"))
        self.person.currentIndexChanged.connect(self._say)
        self.column.addWidget(self.person)
        self.go = button("")
        self.go.clicked.connect(self._go)
        self.column.addWidget(self.go)
        self._found: CasePeople | None = None
        self._say()

    def show_people(self, found: CasePeople) -> None:
        """Show who is blocked."""
        self._found = found
        chosen = self.person.currentData()
        self.person.clear()
        for one in found.people:
            self.person.addItem(one.name, one.id)
        self.person.setCurrentIndex(max(0, self.person.findData(chosen)))
        names = ", ".join(one.name for one in found.people if one.is_blocked)
        self._blocked.setText(self.texts(N_("No lo ve: {names}"), names=names) if names else "")
        self._blocked.setVisible(bool(names))
        self._say()

    def choose(self, person: str) -> None:
        """Choose somebody."""
        self.person.setCurrentIndex(self.person.findData(person))

    def _say(self) -> None:
        found, one = self._found, self._chosen
        is_blocked = one is not None and one.is_blocked
        words = N_("Levantar el bloqueo") if is_blocked else N_("Bloquear a esta persona")
        self.go.setText(self.texts(words))
        act = "lift_block" if is_blocked else "block_person"
        self.go.setEnabled(one is not None and found is not None and act not in found.closed)

    @property
    def _chosen(self) -> Colleague | None:
        people = self._found.people if self._found is not None else ()
        return next((one for one in people if one.id == self.person.currentData()), None)

    def _go(self) -> None:
        if (one := self._chosen) is not None:
            self.wanted.emit(one.id, not one.is_blocked)


class AskPanel(_Panel):
    """The door: what opens with a reason. Hidden when nothing of the case is closed so.

    Signals:
        wanted: open these acts; carries the reason.
    """

    wanted = Signal(list, str)

    def __init__(self, texts: Texts) -> None:
        super().__init__(texts, N_("Pedir acceso"))
        note = label("muted")
        texts.bind(
            note,
            "setText",
            N_("Se abre al momento y por un turno. El equipo del caso ve quién entró y por qué."),
        )
        self.column.addWidget(note)
        ask = label()
        texts.bind(ask, "setText", N_("¿Por qué lo necesita ahora?"))
        self.reason = QLineEdit()
        self.reason.setMaxLength(REASON_MAX)
        texts.bind(self.reason, "setAccessibleName", N_("¿Por qué lo necesita ahora?"))
        self.reason.returnPressed.connect(self._go)
        ask.setBuddy(self.reason)
        self.column.addWidget(ask)
        self.column.addWidget(self.reason)
        self.go = button("primary", "check")
        texts.bind(self.go, "setText", N_("Entrar con este motivo"))
        self.go.clicked.connect(self._go)
        self.column.addWidget(self.go)
        self._urgent = label()
        texts.bind(
            self._urgent,
            "setText",
            N_("Lo urgente se abre siempre: comunicarse, valorar el riesgo, derivar, los plazos."),
        )
        self.column.addWidget(self._urgent)
        self._rows = QVBoxLayout()
        self.column.addLayout(self._rows)
        self._boxes: dict[str, QCheckBox] = {}
        self._asked: tuple[Asked, ...] | None = None

    def show_asked(self, asked: Sequence[Asked], *, opens_urgent: bool) -> None:
        """Show what opens with a reason; what was ticked stays so. ``opens_urgent``: what cannot
        wait opens with it."""
        ticked = {one for one, box in self._boxes.items() if box.isChecked()}
        is_first = self._asked is None
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()  # until it is gone it would show under what comes
                old.deleteLater()
        self._asked, self._boxes = tuple(asked), {}
        for one in asked:
            box = QCheckBox()
            box.setChecked(one.act in (_TICKED if is_first else ticked))
            self._boxes[one.act] = box
            self._rows.addWidget(_row(box, self.texts(one.title)))
        self._urgent.setVisible(opens_urgent)
        self.setVisible(bool(asked) or opens_urgent)

    def tick(self, act: str) -> None:
        """Tick what is wanted."""
        self._boxes[act].setChecked(True)

    def _go(self) -> None:
        acts = [one for one, box in self._boxes.items() if box.isChecked()]
        self.wanted.emit(acts, self.reason.text())


def _row(box: QCheckBox, words: str) -> QWidget:
    """Return a check box whose words go over several lines; it says them to a screen reader."""
    box.setAccessibleName(words)
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    said = label()
    said.setText(words)
    said.setBuddy(box)
    line.addWidget(box)
    line.addWidget(said, 1)
    return row
