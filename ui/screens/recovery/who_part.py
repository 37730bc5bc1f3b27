"""Who has the sheets, and the five words that she gets."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from app.i18n import N_
from app.services.account_ports import NewPerson
from app.services.colleague_names import told_apart
from app.services.messages import ROLES
from app.services.staff import StaffMember
from ui.runtime.text import Texts
from ui.widgets.five_words import FiveWords
from ui.widgets.pieces import label

__all__ = ["WhoPart"]


class WhoPart(QWidget):
    """Somebody of the centre, or somebody who comes.

    Signals:
        another: other words are wanted.
        done: Enter in the last line.
    """

    another = Signal()
    done = Signal()

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._people: tuple[StaffMember, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(5)
        self.chosen, self.name, self.service = QComboBox(), QLineEdit(), QComboBox()
        self.name.setMaxLength(120)
        texts.bind(self.chosen, "setPlaceholderText", N_("Elija su nombre"))
        self._asked = [
            self._ask(widget, msgid)
            for widget, msgid in (
                (self.chosen, N_("¿Quién es usted?")),
                (self.name, N_("Su nombre")),
                (self.service, N_("Su servicio")),
            )
        ]
        for code, msgid in ROLES.items():
            self.service.addItem(texts(msgid), code)
        self.five = FiveWords(texts)
        self.five.another.connect(self.another)
        self.five.line.returnPressed.connect(self.done)
        self._column.addWidget(self.five)
        self.chosen.currentIndexChanged.connect(self._show_new)
        texts.changed.connect(self._retranslate)

    @property
    def first_stop(self) -> QWidget:
        """Where the keyboard begins."""
        return self.chosen

    def begin(self, people: Sequence[StaffMember]) -> None:
        """Ask who of these it is."""
        self._people = tuple(people)
        self.chosen.clear()
        for said in self._words():
            self.chosen.addItem(said)
        self.chosen.addItem(self._texts(N_("Otra persona")))
        # Nobody is chosen for her: whoever goes on too soon would take a colleague's words away.
        self.chosen.setCurrentIndex(-1 if self._people else 0)
        self._show_new()

    def who(self) -> NewPerson | None:
        """Return who was chosen, None while nobody is."""
        at = self.chosen.currentIndex()
        if 0 <= at < len(self._people):
            one = self._people[at]
            return NewPerson(one.name, one.roles[0] if one.roles else "", one.roles, one.id)
        if at < 0:
            return None
        return NewPerson(self.name.text().strip(), str(self.service.currentData()))

    def forget(self) -> None:
        """Keep nothing on the screen."""
        self.hide()
        self._people = ()
        self.chosen.clear()
        self.name.clear()
        self.five.forget()

    def _ask(self, widget: QWidget, msgid: str) -> QWidget:
        question = label()
        question.setBuddy(widget)
        self._texts.bind(question, "setText", msgid)
        self._texts.bind(widget, "setAccessibleName", msgid)
        self._column.addWidget(question)
        self._column.addWidget(widget)
        return question

    def _show_new(self) -> None:
        comes = self.chosen.currentIndex() >= len(self._people)
        for one in (self._asked[1], self.name, self._asked[2], self.service):
            one.setVisible(comes)

    def _words(self) -> list[str]:
        """What each is called, and of two of one name what she is: whoever chose the other would
        take her words away, and work under her."""
        return told_apart(
            (one.name, [self._texts(ROLES.get(role, role)) for role in one.roles])
            for one in self._people
        )

    def _retranslate(self) -> None:
        for number, msgid in enumerate(ROLES.values()):
            self.service.setItemText(number, self._texts(msgid))
        if self.chosen.count():
            for number, said in enumerate(self._words()):
                self.chosen.setItemText(number, said)
            self.chosen.setItemText(len(self._people), self._texts(N_("Otra persona")))
