"""What stands beside the list of people: who comes, which roles, which words, who goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.permission import Role
from app.i18n import N_
from app.services.account_ports import NewPerson
from app.services.staff import StaffMember
from ui.runtime.text import Texts
from ui.screens.staff.presenter import Words
from ui.widgets.five_words import FiveWords
from ui.widgets.pieces import Box, button, label
from ui.widgets.secret_line import SecretLine

__all__ = ["ELSEWHERE", "LeavePanel", "OwnWordsPanel", "PersonPanel", "RolesPanel", "titles"]

ELSEWHERE: Final = N_(
    "El secreto del centro no se renueva aquí, sino en el equipo que administra el centro (el "
    "primero que tuvo). Sincronice aquí y después allá; en aquel bloqueen y vuelvan a entrar. "
    "Hasta entonces, ese equipo también lo pide."
)
"""Somebody leaves at a laptop that does not administer the centre."""


def _column(widget: QWidget) -> QVBoxLayout:
    made = QVBoxLayout(widget)
    made.setContentsMargins(0, 0, 0, 0)
    made.setSpacing(6)
    return made


class RolesEditor(QWidget):
    """A service, and the roles that somebody holds besides.

    Signals:
        changed: something else was chosen.
    """

    changed = Signal()

    def __init__(self, texts: Texts, roles: Sequence[Role]) -> None:
        super().__init__()
        self._texts = texts
        self._roles = tuple(roles)
        column = _column(self)
        ask = label()
        texts.bind(ask, "setText", N_("Servicio"))
        self.service = QComboBox()
        ask.setBuddy(self.service)
        texts.bind(self.service, "setAccessibleName", N_("Servicio"))
        self.service.addItem("", "")
        for one in self._roles:
            self.service.addItem(texts(one.title), one.code)
        column.addWidget(ask)
        column.addWidget(self.service)
        besides = label()
        texts.bind(besides, "setText", N_("Además hace de"))
        column.addWidget(besides)
        self._boxes: dict[str, QCheckBox] = {}
        for one in self._roles:
            box = QCheckBox()
            texts.bind(box, "setText", one.title)
            texts.bind(box, "setToolTip", one.purpose)
            box.toggled.connect(lambda _: self.changed.emit())
            self._boxes[one.code] = box
            column.addWidget(box)
        self.service.currentIndexChanged.connect(self._chosen)

    def show_roles(self, roles: Sequence[str]) -> None:
        """Show these; the first is the service."""
        self.service.setCurrentIndex(max(0, self.service.findData(roles[0] if roles else "")))
        for code, box in self._boxes.items():
            box.setChecked(code in roles[1:])

    def chosen(self) -> tuple[str, tuple[str, ...]]:
        """Return the service, empty when none was chosen, and the other roles."""
        service = str(self.service.currentData())
        besides = tuple(
            code for code, box in self._boxes.items() if box.isChecked() and code != service
        )
        return service, besides

    def retranslate(self) -> None:
        """Say the services in the language of now."""
        for number, one in enumerate(self._roles, 1):
            self.service.setItemText(number, self._texts(one.title))

    def _chosen(self) -> None:
        service = self.service.currentData()
        for code, box in self._boxes.items():
            box.setVisible(code != service)
        self.changed.emit()


class RolesPanel(QWidget):
    """The service and the roles of somebody, to be changed.

    Signals:
        done: carries the :class:`StaffMember`, her service and her other roles.
    """

    done = Signal(object, str, object)

    def __init__(self, texts: Texts, roles: Sequence[Role]) -> None:
        super().__init__()
        self._person: StaffMember | None = None
        column = _column(self)
        self._of = label("heading")
        self.editor = RolesEditor(texts, roles)
        self.save = button("primary", "save")
        texts.bind(self.save, "setText", N_("Guardar roles"))
        self.save.clicked.connect(lambda: self.done.emit(self._person, *self.editor.chosen()))
        for one in (self._of, self.editor, self.save):
            column.addWidget(one)
        column.addStretch()

    def begin(self, person: StaffMember) -> None:
        """Begin with this person."""
        self._person = person
        self._of.setText(person.name)
        self.editor.show_roles(person.roles)


class PersonPanel(QWidget):
    """A person who gets words: somebody new, somebody of the centre, or whoever forgot hers.

    Signals:
        drawn: other words are wanted.
        added: carries a :class:`NewPerson` and :class:`Words`.
        given: carries the :class:`StaffMember` who forgot, and :class:`Words`.
    """

    drawn = Signal()
    added = Signal(object, object)
    given = Signal(object, object)

    def __init__(self, texts: Texts, roles: Sequence[Role]) -> None:
        super().__init__()
        self._texts = texts
        self._person: StaffMember | None = None
        self._forgot = False
        column = _column(self)
        self._heading = label("heading")
        self._said = label("muted")
        self._ask = label()
        self.name = QLineEdit()
        self.roles = RolesEditor(texts, roles)
        self.five = FiveWords(texts)
        self.five.another.connect(self.drawn)
        self.five.line.returnPressed.connect(self._finish)
        texts.bind(self._ask, "setText", N_("Nombre y apellidos"))
        texts.bind(self.name, "setAccessibleName", N_("Nombre y apellidos"))
        self._ask.setBuddy(self.name)
        self.go = button("primary", "check-on-primary")
        texts.bind(self.go, "setText", N_("Darle estas palabras"))
        self.go.clicked.connect(self._finish)
        for one in (
            self._heading,
            self._said,
            self._ask,
            self.name,
            self.roles,
            self.five,
            self.go,
        ):
            column.addWidget(one)
        column.addStretch()

    def begin(self, person: StaffMember | None = None, *, forgot: bool = False) -> None:
        """Begin with somebody new; with a person of the centre; or with whoever forgot."""
        self._person, self._forgot = person, forgot
        self.name.setText(person.name if person else "")
        self.roles.show_roles(person.roles if person else ())
        for one in (self._ask, self.name, self.roles):
            one.setVisible(not forgot)
        self.name.setReadOnly(person is not None)
        if person is None:
            heading = self._texts(N_("Agregar persona"))
        elif forgot:
            heading = self._texts(N_("Palabras nuevas para {name}"), name=person.name)
        else:
            heading = self._texts(N_("{name} abrirá este equipo"), name=person.name)
        self._heading.setText(heading)
        self._said.setText(
            self._texts(
                N_(
                    "Que ella se siente al teclado, lea sus palabras y las escriba. Cuando entre, "
                    "el programa le recuerda elegir otras, que nadie más haya visto."
                )
            )
        )
        self.drawn.emit()

    def _finish(self) -> None:
        words = Words(self.five.words, self.five.typed())
        if self._forgot:
            self.given.emit(self._person, words)
            return
        service, besides = self.roles.chosen()
        known = self._person.id if self._person else None
        self.added.emit(NewPerson(self.name.text(), service, besides, known), words)


class OwnWordsPanel(QWidget):
    """Other words for whoever works now.

    Signals:
        drawn: other words are wanted.
        done: carries the current words as typed, and :class:`Words`.
    """

    drawn = Signal()
    done = Signal(str, object)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        column = _column(self)
        heading = label("heading")
        texts.bind(heading, "setText", N_("Cambiar mis palabras"))
        ask = label()
        texts.bind(ask, "setText", N_("Las palabras con que entró hoy"))
        self.current = SecretLine(texts)
        texts.bind(self.current.line, "setAccessibleName", N_("Las palabras con que entró hoy"))
        ask.setBuddy(self.current.line)
        self.five = FiveWords(texts)
        self.five.another.connect(self.drawn)
        self.five.line.returnPressed.connect(self._finish)
        self.go = button("primary", "check-on-primary")
        texts.bind(self.go, "setText", N_("Usar estas palabras"))
        self.go.clicked.connect(self._finish)
        for one in (heading, ask, self.current, self.five, self.go):
            column.addWidget(one)
        column.addStretch()

    def begin(self) -> None:
        """Begin afresh."""
        self.current.forget()
        self.drawn.emit()

    def _finish(self) -> None:
        self.done.emit(self.current.line.text(), Words(self.five.words, self.five.typed()))


class LeavePanel(QWidget):
    """What to see to before somebody goes, and what her going does.

    Signals:
        done: carries the :class:`StaffMember` and whether she leaves the centre.
    """

    done = Signal(object, bool)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        column = _column(self)
        self._heading = label("heading")
        column.addWidget(self._heading)
        self._steps = []
        for msgid in (
            N_(
                "De cada caso suyo responde otra persona («Equipo», en el caso), y lo pendiente "
                "quedó dicho («Entregar el turno», en Hoy)."
            ),
            N_("Devolvió la laptop y las memorias USB del centro; si no, dé de baja ese equipo."),
            N_("Se la da de baja también en los otros equipos donde trabaja."),
            N_("Si guardaba una hoja de recuperación, la entregó y se anotó quién la guarda."),
        ):
            box = QCheckBox()
            self._steps.append(box)
            column.addWidget(_wrapped(box, texts, msgid))
        self.leaves = QRadioButton()
        texts.bind(self.leaves, "setText", N_("Se va del centro"))
        self.stays = QRadioButton()
        texts.bind(self.stays, "setText", N_("Sigue en el centro, sin este equipo"))
        column.addWidget(self.leaves)
        column.addWidget(self.stays)
        said = Box("warning", is_row=True)
        texts.bind(
            said.sentence,
            "setText",
            N_(
                "Sus palabras dejan de abrir este equipo ahora. La próxima vez que alguien entre, "
                "el equipo cambia su llave: puede tardar un minuto. Lo que ella hubiera copiado "
                "antes sigue abriéndose con sus palabras."
            ),
        )
        said.heading.hide()
        column.addWidget(said)
        self._elsewhere = Box("warning", is_row=True)
        texts.bind(self._elsewhere.sentence, "setText", ELSEWHERE)
        self._elsewhere.heading.hide()
        self._is_renewed_here = True
        self.leaves.toggled.connect(self._say_elsewhere)
        column.addWidget(self._elsewhere)
        self.go = button("danger", "log-out")
        texts.bind(self.go, "setText", N_("Dar de baja"))
        self._person: StaffMember | None = None
        self.go.clicked.connect(lambda: self.done.emit(self._person, self.leaves.isChecked()))
        column.addWidget(self.go)
        column.addStretch()

    def begin(self, person: StaffMember, *, is_renewed_here: bool = True) -> None:
        """Begin with this person; ``is_renewed_here``: this laptop renews the secret of the
        centre, or there is none."""
        self._person = person
        self._heading.setText(self._texts(N_("Dar de baja a {name}"), name=person.name))
        for box in self._steps:
            box.setChecked(False)
        self._is_renewed_here = is_renewed_here
        self.leaves.setChecked(True)
        self._say_elsewhere(self.leaves.isChecked())

    def _say_elsewhere(self, leaves: bool) -> None:
        self._elsewhere.setVisible(leaves and not self._is_renewed_here)


def _wrapped(box: QCheckBox, texts: Texts, msgid: str) -> QWidget:
    """Return a check box whose words go over several lines; it says them to a screen reader."""
    texts.bind(box, "setAccessibleName", msgid)
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    said = label()
    texts.bind(said, "setText", msgid)
    said.setBuddy(box)
    line.addWidget(box)
    line.addWidget(said, 1)
    return row


def titles(roles: Mapping[str, Role], codes: Sequence[str], texts: Texts) -> str:
    """Return roles by their names, the service first."""
    return ", ".join(texts(roles[one].title) if one in roles else one for one in codes)
