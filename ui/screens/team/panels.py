"""The parts of *Equipo*: the team, and the block of somebody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QVBoxLayout,
)

from app.domain.change import RecordId
from app.domain.permission import Role
from app.i18n import N_
from app.services.colleague_names import told_apart
from app.services.teams import CasePeople, Colleague
from ui.runtime.text import Texts
from ui.widgets.ask_panel import ticked_row
from ui.widgets.pieces import button, label

__all__ = ["BlockPanel", "TeamPanel"]

_AS_IT_IS: Final = object()
"""Nobody chose anything else than what is on the disk."""

_SHARED: Final = N_("Nadie está anotado: el caso es de todo el centro, hasta que se reparta.")
_ORPHAN: Final = N_(
    "Está en reserva y ya nadie lo atiende. Entre con un motivo, también para formar el equipo, y "
    "diga quién lo atiende."
)
_ORPHAN_OF_OTHERS: Final = N_(
    "Está en reserva y ya nadie lo atiende. Pida a una colega que atienda, o a quien coordina, que "
    "diga quién lo atiende; si no hay, llame a la coordinación regional."
)
"""Whoever alone attended it left the centre: it is nobody's. The second, here and below, is for who
can form its team by no reason."""
_LEFT: Final = N_(
    "Quien lo atendía ya no está. Diga quién lo atiende; si está cerrado para usted, entre antes "
    "con un motivo."
)
_LEFT_OF_OTHERS: Final = N_(
    "Quien lo atendía ya no está. Pida a una colega que atienda, o a quien coordina, que diga "
    "quién lo atiende; si no hay, llame a la coordinación regional."
)


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
        self._found: CasePeople | None = None
        self.show_nothing()

    def show_nothing(self) -> None:
        """Show nobody: a team that is not known is not written."""
        self._found = None
        self._take_away()
        for one in (self.responsible, self.save):
            one.setEnabled(False)
        self._none.hide()

    def show_people(self, found: CasePeople) -> None:
        """Show the people of the centre, those of the team ticked; what somebody ticked and did not
        save yet stays so. Who may not write it sees only who is in it: a box that cannot be ticked
        looks like one that can."""
        may_write = "assign_team" not in found.closed
        ticked, chosen = self._unsaved()
        self._take_away()
        self._found = found
        self.responsible.addItem(self.texts(N_("Nadie en particular")), None)
        for one, name in zip(found.people, _names(found, self.texts, self._roles), strict=True):
            if not (may_write or one.is_in_team or one.is_responsible):
                continue
            box = QCheckBox()
            box.setChecked(ticked.get(one.id, one.is_in_team))
            box.setEnabled(may_write)
            self._boxes[one.id] = box
            self._rows.addWidget(ticked_row(box, self._words(one)))
            self.responsible.addItem(name, one.id)
        self._order()
        answers = next((one.id for one in found.people if one.is_responsible), None)
        wanted = answers if chosen is _AS_IT_IS else chosen
        self.responsible.setCurrentIndex(max(0, self.responsible.findData(wanted)))
        told = self._told(found)
        self._none.setText(told)
        self._none.setVisible(bool(told))
        self.responsible.setEnabled(may_write)
        self.save.setEnabled(may_write)

    def tick(self, person: str, *, is_in_team: bool) -> None:
        """Tick somebody, or no more."""
        self._boxes[person].setChecked(is_in_team)

    def _take_away(self) -> None:
        while (item := self._rows.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()  # until it is gone it would show under what comes
                old.deleteLater()
        self._boxes = {}
        self.responsible.clear()

    def _order(self) -> None:
        """Have the keyboard come to the people before what saves them: a box that is made anew
        comes behind all others."""
        before = self.responsible.previousInFocusChain()
        while before is not None and before.focusPolicy() == Qt.FocusPolicy.NoFocus:
            before = before.previousInFocusChain()  # behind what takes no focus nothing can be put
        for box in self._boxes.values():
            if before is not None:
                self.setTabOrder(before, box)
            before = box

    def _unsaved(self) -> tuple[dict[RecordId, bool], object]:
        """Return what was ticked otherwise than it is on the disk, and who was chosen to answer for
        the case, or that nobody chose."""
        people = self._found.people if self._found is not None else ()
        ticked = {
            one.id: self._boxes[one.id].isChecked()
            for one in people
            if one.id in self._boxes and self._boxes[one.id].isChecked() != one.is_in_team
        }
        answers = next((one.id for one in people if one.is_responsible), None)
        chosen = self.responsible.currentData()
        return ticked, _AS_IT_IS if not people or chosen == answers else chosen

    def _told(self, found: CasePeople) -> str:
        """Return what is to be said where a team shows nobody, or not all."""
        if found.unknown:
            return self.texts.plural(
                N_(
                    "En su equipo hay {count} colega que esta laptop todavía no conoce: su nombre "
                    "llega al sincronizar."
                ),
                N_(
                    "En su equipo hay {count} colegas que esta laptop todavía no conoce: sus "
                    "nombres llegan al sincronizar."
                ),
                found.unknown,
            )
        if not found.is_left_alone:
            return ""
        if not (found.is_reserved or found.left):
            return self.texts(_SHARED)
        hers, of_others = _ORPHAN, _ORPHAN_OF_OTHERS
        if not found.is_reserved:
            hers, of_others = _LEFT, _LEFT_OF_OTHERS
        may = "assign_team" not in found.closed or found.closed["assign_team"].may_ask
        return self.texts(hers if may else of_others)

    def _words(self, one: Colleague) -> str:
        return f"{one.name} · {', '.join(_titles(one, self.texts, self._roles))}"

    def _save(self) -> None:
        team = [one for one, box in self._boxes.items() if box.isChecked()]
        self.wanted.emit(team, self.responsible.currentData())


class BlockPanel(_Panel):
    """Who may not know of the case.

    Signals:
        wanted: block this person (True), or let her know again.
    """

    wanted = Signal(str, bool)

    def __init__(self, texts: Texts, roles: Mapping[str, Role], own: str) -> None:
        """``own``: the id of who works now."""
        super().__init__(texts, N_("Quién no debe ver este caso"))
        self._roles, self._own = roles, own
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
        texts.bind(self.person, "setPlaceholderText", N_("Elija a la persona"))
        self.person.currentIndexChanged.connect(self._say)
        self.column.addWidget(self.person)
        self._is_own = label()
        texts.bind(
            self._is_own,
            "setText",
            N_("Es usted misma: dejará de ver el caso, y solo otra persona puede levantarlo."),
        )
        self._is_alone = label()
        texts.bind(
            self._is_alone,
            "setText",
            N_("Nadie más atiende este caso: ponga antes a otra persona en el equipo."),
        )
        for one in (self._is_own, self._is_alone):
            self.column.addWidget(one)
        self.go = button("")
        self.go.clicked.connect(self._go)
        self.column.addWidget(self.go)
        self._found: CasePeople | None = None
        self.show_nothing()

    def show_nothing(self) -> None:
        """Show nobody."""
        self._found = None
        self.person.clear()
        self.person.setEnabled(False)
        self._blocked.hide()
        self._say()

    def show_people(self, found: CasePeople) -> None:
        """Show who is blocked."""
        self._found = found
        self.person.setEnabled(True)
        chosen = self.person.currentData()
        self.person.clear()
        called = _names(found, self.texts, self._roles)
        for one, name in zip(found.people, called, strict=True):
            self.person.addItem(name, one.id)
        # Nobody is chosen for her: one press too many would take the case from a colleague.
        self.person.setCurrentIndex(self.person.findData(chosen))
        blocked = zip(found.people, called, strict=True)
        names = ", ".join(name for one, name in blocked if one.is_blocked)
        self._blocked.setText(self.texts(N_("No lo ve: {names}"), names=names) if names else "")
        self._blocked.setVisible(bool(names))
        self._say()

    def choose(self, person: str) -> None:
        """Choose somebody."""
        self.person.setCurrentIndex(self.person.findData(person))

    def _say(self) -> None:
        found, one = self._found, self._chosen
        is_blocked = one is not None and one.is_blocked
        is_own = one is not None and one.id == self._own
        self._is_own.setVisible(is_own)
        self._is_alone.setVisible(is_own and found is not None and _attends_alone(found, self._own))
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


def _attends_alone(found: CasePeople, own: str) -> bool:
    """Return whether she attends the case, and nobody else who may know of it, as far as this
    laptop knows who they are."""
    there = {
        one.id
        for one in found.people
        if (one.is_in_team or one.is_responsible) and not one.is_blocked
    }
    return there == {own} and not found.unknown


def _titles(one: Colleague, texts: Texts, roles: Mapping[str, Role]) -> list[str]:
    """Return what somebody is, in words."""
    return [texts(roles[role].title) for role in one.roles if role in roles]


def _names(found: CasePeople, texts: Texts, roles: Mapping[str, Role]) -> list[str]:
    """Return how each of these people is called in a list to choose from."""
    return told_apart((one.name, _titles(one, texts, roles)) for one in found.people)
