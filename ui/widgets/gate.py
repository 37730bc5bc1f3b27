"""What of a page is not hers: said before anybody types, with who may do it and the way to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.i18n import N_
from app.services import centre_access
from app.services.centre_access import Shut
from ui.runtime.page import Page
from ui.runtime.text import Texts
from ui.widgets.pieces import Box, button

__all__ = ["Gate", "shut_words"]


class Gate(Box):
    """One sentence for all that a page offers and that is of another service; hidden while nothing
    is. What it guards is disabled with it. The use case itself asks again: this is a courtesy.

    Signals:
        turned: what is open to who works was told: the page fits what depends on more than that.
    """

    turned = Signal()

    def __init__(self, page: Page, name: str, acts: Sequence[str]) -> None:
        """``name``: the page to which *Pedir acceso* leads back; ``acts``: those that it offers."""
        super().__init__("info", is_row=True)
        self._page, self._name = page, name
        self._guards: dict[str, tuple[QWidget, ...]] = dict.fromkeys(acts, ())
        self._shut: Mapping[str, Shut] = {}
        self.ask = button("link", "chevron-right")
        page.texts.bind(self.ask, "setText", N_("Pedir acceso"))
        self.ask.clicked.connect(self._ask)
        self.buttons.addWidget(self.ask)
        self.hide()
        page.texts.changed.connect(self._say)

    def guard(self, act: str, *widgets: QWidget) -> None:
        """Disable these while the act is not hers."""
        self._guards[act] += widgets

    def look(self) -> None:
        """Ask what is open to who works."""
        desk, acts = self._page.context.workplace.desk, tuple(self._guards)
        self._page.learn(lambda uow: centre_access.shut(uow, desk, acts), self._show)

    def allows(self, act: str) -> bool:
        """Return whether an act is open to who works, as far as it is known."""
        return act not in self._shut

    def _show(self, shut: Mapping[str, Shut]) -> None:
        self._shut = shut
        for act, widgets in self._guards.items():
            for one in widgets:
                one.setEnabled(act not in shut)
        self._say()
        self.turned.emit()

    def _say(self) -> None:
        said = shut_words(self._page.texts, tuple(self._shut.values()))
        self.say("", said)
        self.ask.setAccessibleDescription(said)
        self.ask.setVisible(any(one.may_ask for one in self._shut.values()))
        self.setVisible(bool(said))

    def _ask(self) -> None:
        acts = [act for act, one in self._shut.items() if one.may_ask]
        self._page.navigate.emit("access", {"acts": acts, "back": self._name})


def shut_words(texts: Texts, shut: Sequence[Shut]) -> str:
    """Return the sentences about acts that are not hers: those of one service together."""
    said = []
    for services in dict.fromkeys(one.services for one in shut):
        same = [one for one in shut if one.services == services]
        what = "; ".join(texts(one.title) for one in same)
        who = ", ".join(texts(one) for one in services)
        names = ", ".join(same[0].names)
        if names:
            words = N_("No es de su servicio: {what}. Lo hace: {who} ({names}).")
        else:
            words = N_("No es de su servicio: {what}. Lo hace: {who}; hoy nadie del centro.")
        said.append(texts(words, what=what, who=who, names=names))
    return " ".join(said)
