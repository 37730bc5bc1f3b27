"""What people must know of copies, gaps and histories: a box each, until it was answered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.i18n import N_
from app.services.answered_facts import ANSWERS
from app.services.messages import sentence
from app.services.read_models import SyncFact
from app.services.sync_advice import told_procedure
from app.services.sync_page import SyncPage
from ui.runtime.text import Texts
from ui.screens.sync.words import told_words
from ui.widgets.pieces import Box, button, label

__all__ = ["FactsPart"]

_SERVER_RESTORED: Final = 3
"""What shows it in several ways is one thing to do: one box."""

Group = tuple[SyncFact, ...]


class FactsPart(QWidget):
    """The part. What was answered shows when somebody asks for it.

    Signals:
        answered: somebody told of these facts, or read them; carries them.
    """

    answered = Signal(object)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._page: SyncPage | None = None
        self._before: QWidget | None = None
        self._is_whole = False
        self._goes_on = False
        """The button that has the keyboard goes with its box."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._title = label("heading")
        texts.bind(self._title, "setText", N_("Para tener en cuenta"))
        column.addWidget(self._title)
        self._open = _Boxes(texts, "warning")
        self._open.answered.connect(self._answer)
        column.addWidget(self._open)
        self.fold = button("link")
        self.fold.clicked.connect(self._turn)
        column.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        self._folded = _Boxes(texts, "info")
        column.addWidget(self._folded)
        self.hide()

    def show_page(self, page: SyncPage) -> None:
        """Show what is true now."""
        self._page = page
        has_all = page.has_region_all
        fresh = _groups(one for one in page.facts if one.message_id not in page.answered)
        old = _groups(one for one in page.facts if one.message_id in page.answered)
        self._title.setVisible(bool(fresh or self._is_whole))
        self._open.show_groups(fresh, has_region_all=has_all)
        self._order()
        self._is_whole = self._is_whole and bool(old)
        self._folded.show_groups(old if self._is_whole else (), has_region_all=has_all)
        self.fold.setVisible(bool(old))
        self.fold.setText(
            self._texts(N_("Ocultar los avisos ya atendidos"))
            if self._is_whole
            else self._texts.plural(
                N_("Ver {count} aviso ya atendido"),
                N_("Ver {count} avisos ya atendidos"),
                len(old),
            )
        )
        self.setVisible(bool(page.facts))
        if self._goes_on and old:
            self._goes_on = False
            self.fold.setFocus(Qt.FocusReason.OtherFocusReason)

    def begin_after(self, stop: QWidget) -> None:
        """Have the keyboard come here behind this: boxes are made when there is one to show, behind
        all others."""
        self._before = stop
        self._order()

    def _order(self) -> None:
        before = self._before
        for one in (*self._open.buttons, self.fold):
            if before is not None:
                QWidget.setTabOrder(before, one)
            before = one

    def _answer(self, facts: Group) -> None:
        self._goes_on = True
        self.answered.emit(facts)

    def _turn(self) -> None:
        self._is_whole = not self._is_whole
        if self._page is not None:
            self.show_page(self._page)


class _Boxes(QWidget):
    """Boxes below each other, one for each group of facts.

    Signals:
        answered: carries the facts of a box.
    """

    answered = Signal(object)

    def __init__(self, texts: Texts, tone: str) -> None:
        super().__init__()
        self._texts = texts
        self._tone = tone
        self._boxes: list[tuple[Box, QPushButton]] = []
        self._groups: tuple[Group, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """The buttons that answer, shown or not, in their order."""
        return tuple(answer for _, answer in self._boxes)

    def show_groups(self, groups: Sequence[Group], *, has_region_all: bool) -> None:
        """Show a box for each."""
        self._groups = tuple(groups)
        while len(self._boxes) < len(groups):
            self._add(len(self._boxes))
        for number, (box, answer) in enumerate(self._boxes):
            box.setVisible(number < len(groups))
            if number < len(groups):
                said = _words(self._texts, groups[number], has_region_all=has_region_all)
                box.say("", said)
                self._say_answer(answer, groups[number][0], said)
        self.setVisible(bool(groups))

    def _add(self, number: int) -> None:
        box = Box(self._tone)
        answer = button("", "check")
        answer.clicked.connect(lambda: self.answered.emit(self._groups[number]))
        box.buttons.addWidget(answer)
        box.buttons.addStretch()
        self._column.addWidget(box)
        self._boxes.append((box, answer))

    def _say_answer(self, answer: QPushButton, fact: SyncFact, about: str) -> None:
        """What was answered has no button: nobody takes it back, its number does."""
        words = ANSWERS.get(fact.message_id)
        answer.setVisible(words is not None and self._tone == "warning")
        if words is not None:
            answer.setText(self._texts(words))
            answer.setAccessibleName(f"{self._texts(words)}: {about}")


def _groups(facts: Iterable[SyncFact]) -> tuple[Group, ...]:
    """Return the facts in their order, those of a restored server together."""
    found: dict[object, list[SyncFact]] = {}
    for one in facts:
        number = told_procedure(one.message_id)
        key = number if number == _SERVER_RESTORED else one.message_id
        found.setdefault(key, []).append(one)
    return tuple(map(tuple, found.values()))


def _words(texts: Texts, group: Group, *, has_region_all: bool) -> str:
    number = told_procedure(group[0].message_id)
    said = [_sentence(texts, one) for one in group]
    if number == _SERVER_RESTORED:
        if all(one.message_id != "other_history_seen" for one in group):
            said.append(sentence("server_may_be_old", {}, texts))
        now = "server_has_all" if has_region_all else "server_gets_all"
        said.append(sentence(now, {}, texts))
    return " ".join((*said, told_words(texts, number))).strip()


def _sentence(texts: Texts, fact: SyncFact) -> str:
    about: dict[str, str | int] = {"count": fact.count, "times": fact.times}
    about["named"] = ", ".join(fact.named)
    return sentence(fact.message_id, about, texts)
