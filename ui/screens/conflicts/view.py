"""Several values of one field: who wrote each, what each had not seen, and which one shall stay.

Beside them what was decided, and what joined by itself.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.errors import EnvironmentFault, QispiError
from app.domain.value import Value
from app.i18n import N_
from app.services.conflict_drafts import Draft, LeftText
from app.services.conflict_models import ConflictRow, JoinedRow, SettledRow
from app.services.messages import sentence
from ui.forms.editor_of import editor_of
from ui.runtime.page import Page, ScreenContext
from ui.screens.conflicts.cards_area import CardsArea
from ui.screens.conflicts.choice_card import ChoiceCard
from ui.screens.conflicts.left_text import LeftPart
from ui.screens.conflicts.lists import DecisionList, Fill
from ui.screens.conflicts.own_answer import OwnAnswer, is_every_answer
from ui.screens.conflicts.presenter import Choice, ConflictsPresenter, Part
from ui.screens.conflicts.words import open_more, quoted, reopened, severity_word, told_of
from ui.widgets.options import Columns, check_option
from ui.widgets.pieces import Box, CheckableButton, button, holds_focus, label
from ui.widgets.refusals import not_noted_words, pressed_words

__all__ = ["ConflictsPage"]

_PARTS = {
    Part.OPEN: N_("Por decidir"),
    Part.SETTLED: N_("Decidido"),
    Part.JOINED: N_("Se unió solo"),
}

_CARD_WIDTH = 330
"""So that two stand beside each other on the small screen."""


class ConflictsPage(Page):
    """The page of the fields with several values."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self.presenter = ConflictsPresenter(context.runner, context.workplace, self)
        self._row: ConflictRow | None = None
        self._choices: tuple[Choice, ...] = ()
        self._options: list[QAbstractButton] = []
        self._group = QButtonGroup(self)
        self._own: OwnAnswer | None = None
        self._comes = False
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        self._title = label("title", wraps=False)
        self._what = label("heading")
        self._before = label("muted")
        self._reopened = label("strong")
        self._explained = label()
        self.texts.bind(
            self._explained,
            "setText",
            N_(
                "Dos equipos cambiaron este dato sin verse. Elija cuál queda. Nada se pierde: "
                "los otros valores se ven después en «Decidido»."
            ),
        )
        self._none = Box("ok")
        self._none.hide()
        self._area = CardsArea()
        self.texts.bind(self._area, "setAccessibleName", N_("Los valores que se encontraron"))
        page.addLayout(self._make_head())
        self._left = LeftPart(self.texts)
        for one in (self._left.note_wanted, self._left.forget_wanted):
            one.connect(self.begun)
        self._left.note_wanted.connect(self.presenter.note_left)
        self._left.forget_wanted.connect(self.presenter.forget_left)
        page.addWidget(self._left)
        for each in (self._what, self._reopened, self._before, self._explained, self._none):
            page.addWidget(each)
        self._filler = QWidget()
        for high in (self._area, self._filler):
            page.addWidget(high, 1)
        self._both = check_option("")
        self.texts.bind(
            self._both, "say", N_("Los dos son correctos: el que no queda pasa a una nota del caso")
        )
        page.addWidget(self._both)
        page.addLayout(self._make_foot())
        self.texts.changed.connect(self._retranslate)

    @property
    def first_stop(self) -> QWidget:
        """Which part shows; once the values are there, the first of them."""
        return self._parts[self.presenter.part]

    def open(self, **arguments: object) -> None:
        """Show the first open one."""
        del arguments
        self._comes = True
        self.presenter.look()

    def flush(self) -> None:
        """Keep what is being written."""
        if self._own is not None and self._own.is_written:
            self._own.begin_keeping()
            self.presenter.keep(self._own.text)

    @property
    def is_busy(self) -> bool:
        """Whether something that was written here is not on the disk."""
        return self._own is not None and self._own.is_written

    @property
    def is_choosing(self) -> bool:
        """Whether a choice is being made, which nobody saved yet."""
        return self.is_busy or any(option.isChecked() for option in self._options)

    def refresh(self) -> None:
        """Records changed: look again, unless a choice is being made."""
        self.presenter.refresh()

    # What the presenter shows.

    def show_left(self, left: tuple[LeftText, ...]) -> None:
        """Show what was written about questions that somebody else settled meanwhile."""
        if not left and holds_focus(self._left):
            self._parts[Part.OPEN].setFocus(Qt.FocusReason.OtherFocusReason)
        self._left.show_texts(left)

    def show_conflict(
        self, row: ConflictRow, choices: tuple[Choice, ...], draft: Draft | None
    ) -> None:
        """Show one field with its values, and what someone began to write before."""
        stop = self._stop_for(row)
        self._row, self._choices = row, choices
        number, count = self.presenter.number, self.presenter.count
        title = self.texts(N_("Revisar {number} de {count}"), number=number, count=count)
        self._title.setText(title)
        where = f"{row.case_code} · " if row.case_code else ""
        self._what.setText(
            f"{where}{self.texts(row.label)}  —  {self.texts(severity_word(row.severity))}"
        )
        before = " · ".join(quoted(self.texts, self._words(row, one)) for one in row.base)
        said = self.texts(N_("Antes decía {before}."), before=before) if before else ""
        self._before.setText(f"{said} {open_more(self.texts, row)}".strip())
        self._reopened.setText(
            reopened(self.texts, self._when, lambda one: self._words(row, one), row.undone)
            if row.undone
            else ""
        )
        self._show_shell(is_open=True)
        holder = QWidget()
        holder.setObjectName("page")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._options = []
        self._group = QButtonGroup(self)
        beside = Columns(_CARD_WIDTH, spacing=8)
        for choice in choices:
            beside.add(self._card_of(row, choice))
        column.addWidget(beside)
        if (own := self._own_card(draft)) is not None:
            column.addWidget(own)
        column.addStretch()
        self._area.show_only(holder)
        self._order_stops()
        if stop is not None:
            place = self._options[min(stop, len(self._options) - 1)]
            place.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_none(self) -> None:
        """Nothing is open."""
        if holds_focus(self):  # else Qt gives the keyboard to the search
            self._parts[self.presenter.part].setFocus(Qt.FocusReason.OtherFocusReason)
        self._comes = False
        self._own = self._row = None
        self._options = []
        self._title.setText(self.texts(N_("Datos con dos valores")))
        self._show_shell(is_open=False)
        self._none.say(
            self.texts(N_("Nada por revisar")),
            self.texts(N_("Los demás cambios de los equipos se juntaron solos.")),
        )

    def show_settled_rows(self, rows: tuple[SettledRow, ...]) -> None:
        """Show what was decided."""
        self._show_list(lambda made: made.add_settled(rows))

    def show_joined_rows(self, rows: tuple[JoinedRow, ...]) -> None:
        """Show what joined by itself."""
        self._show_list(lambda made: made.add_joined(rows))

    def show_turned(self) -> None:
        """Another part comes: of the one that was left nothing shows."""
        self._show_list(lambda _: None)

    def show_kept(self) -> None:
        """What is being written is on the disk."""
        if self._own is None or self._own.note_kept():
            self.saved.emit(self.context.workplace.desk.clock.now_ms())

    def show_settled(self) -> None:
        """A choice was saved."""
        self.saved.emit(self.context.workplace.desk.clock.now_ms())
        self.context.records_changed()

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be read."""
        self.failed.emit(pressed_words(self.texts, fault))

    def show_not_noted(self, fault: QispiError, code: str, label: str) -> None:
        """What was pressed about this field of a case was refused: nothing of it waits."""
        self.failed.emit(not_noted_words(self.texts, fault, code, label))

    def show_not_kept(self, fault: QispiError) -> None:
        """What is being written is not on the disk; the next save takes it along."""
        said = sentence(fault.message_id, fault.parameters, self.texts)
        (self.not_saved if isinstance(fault, EnvironmentFault) else self.failed).emit(said)

    def choose(self, words: str) -> None:
        """Choose the value that reads like this, and save the choice."""
        for option, choice in zip(self._options, self._choices, strict=False):
            if self._row is not None and self._words(self._row, choice.value.value) == words:
                option.setChecked(True)
                self._save.click()
                return

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addStretch()
        self._parts: dict[Part, CheckableButton] = {}
        for part, words in _PARTS.items():
            chip = CheckableButton("chip")
            chip.setAutoExclusive(True)
            chip.setChecked(part is Part.OPEN)
            self.texts.bind(chip, "setText", words)
            chip.clicked.connect(lambda _=False, part=part: self._turn_to(part))
            self._parts[part] = chip
            head.addWidget(chip)
        return head

    def _show_list(self, fill: Fill) -> None:
        if holds_focus(self._area):  # else Qt gives the keyboard to the search
            self._parts[self.presenter.part].setFocus(Qt.FocusReason.OtherFocusReason)
        self._row = None
        self._options = []
        self._own = None
        self._comes = False
        self._left.show_texts(())
        self._title.setText(self.texts(_PARTS[self.presenter.part]))
        self._show_shell(is_open=False)
        self._none.hide()
        self._filler.hide()
        self._area.show()
        made = DecisionList(
            self.texts,
            lambda kind, name, value: self.presenter.in_words(kind, name, value, self.texts),
        )
        made.undo_wanted.connect(self.begun)
        made.value_wanted.connect(self.begun)
        made.undo_wanted.connect(self.presenter.undo)
        made.value_wanted.connect(self.presenter.bring_back)
        fill(made)
        self._area.show_only(made)

    def _order_stops(self) -> None:
        """Let Tab go from the values to what is done with them: they were made later."""
        stop = self.window().previousInFocusChain()
        while stop is not None and stop.focusPolicy() == Qt.FocusPolicy.NoFocus:
            stop = stop.previousInFocusChain()  # Qt orders none of these
        for one in (self._both.button, self._later, self._ficha, self._save):
            if stop is not None and stop is not one:
                self.setTabOrder(stop, one)
            stop = one

    def _turn_to(self, part: Part) -> None:
        self.flush()
        self.presenter.turn_to(part)

    def _words(self, row: ConflictRow, value: Value) -> str:
        return self.presenter.in_words(row.kind, row.field, value, self.texts)

    def _when(self, ms: int) -> str:
        return self.texts.language.format_datetime_ms(ms)

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        self._later = button()
        self.texts.bind(self._later, "setText", N_("Decidir después"))
        self._later.clicked.connect(self._postpone)
        self._ficha = button("", "folder-open")
        self.texts.bind(self._ficha, "setText", N_("Abrir ficha"))
        self._ficha.clicked.connect(self._open_ficha)
        self._save = button("primary", "circle-check")
        self.texts.bind(self._save, "setText", N_("Guardar decisión (Ctrl+Enter)"))
        self._save.clicked.connect(self.begun)
        self._save.clicked.connect(self._settle)
        keys = QShortcut(QKeySequence("Ctrl+Return"), self)
        keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        keys.activated.connect(self._save.click)
        foot.addWidget(self._later)
        foot.addWidget(self._ficha)
        foot.addStretch()
        foot.addWidget(self._save)
        return foot

    def _show_shell(self, *, is_open: bool) -> None:
        for one in (self._what, self._area, self._later, self._ficha, self._save):
            one.setVisible(is_open)
        self._explained.setVisible(is_open and self._left.isHidden())  # there is room for one
        for one in (self._before, self._reopened):
            one.setVisible(is_open and bool(one.text()))
        self._both.setVisible(is_open and self._row is not None and self._row.can_keep_both)
        self._both.button.setChecked(False)
        self._both.setEnabled(False)
        self._none.setVisible(not is_open)
        self._filler.setVisible(not is_open)
        self._save.setEnabled(False)
        self._later.setEnabled(self.presenter.count > 1)

    def _card_of(self, row: ConflictRow, choice: Choice) -> QWidget:
        told = told_of(self.texts, self._when, lambda one: self._words(row, one), row, choice)
        made = ChoiceCard(self.texts, told)
        self._add_option(made.button)
        return made

    def _add_option(self, option: QAbstractButton) -> None:
        self._group.addButton(option, len(self._options))
        option.toggled.connect(self._chosen)
        self._options.append(option)

    def _own_card(self, draft: Draft | None) -> QWidget | None:
        """Return the card of another answer than those that met, where there can be one."""
        field = self.presenter.field
        self._own = None
        if field is None or is_every_answer(field, {one.value.value for one in self._choices}):
            return None
        desk = self.context.workplace.desk
        editor = editor_of(field, desk.definitions, self.texts, desk.clock.today())
        own = self._own = OwnAnswer(self.texts, editor)
        own.edited.connect(lambda: own.button.setChecked(True))
        own.typing.connect(self.typing)
        own.rested.connect(self.flush)
        self._add_option(own.button)
        if draft is None:
            editor.show_value(self._choices[0].value.value)
        else:
            own.show_draft(draft.text, is_stale=not self.presenter.is_of_now(draft))
        return own

    def _stop_for(self, row: ConflictRow) -> int | None:
        """Return which option shall have the keyboard when this question shows; None where it is
        elsewhere: on another page, or beside the question that shows already."""
        here = holds_focus(self) and self.isVisible()
        shown = self._row if not self._comes else None
        is_same = shown and (shown.record_id, shown.field) == (row.record_id, row.field)
        self._comes = False
        if not here or (is_same and not holds_focus(self._area)):
            return None
        if is_same and self._own is not None and holds_focus(self._own):
            return len(self._options) - 1
        at = (n for n, one in enumerate(self._options) if one.hasFocus())
        return next(at, 0) if is_same else 0

    def _chosen(self) -> None:
        number = self._group.checkedId()
        self._save.setEnabled(number >= 0)
        self._both.setEnabled(0 <= number < len(self._choices))

    def _settle(self) -> None:
        number = self._group.checkedId()
        if 0 <= number < len(self._choices):
            chosen = self._choices[number].value
            if self._both.button.isChecked() and self._both.isVisibleTo(self):
                self.presenter.settle_both(chosen.change_id)
            else:
                self.presenter.settle(chosen.value)
        elif number == len(self._choices) and self._own is not None:
            self.flush()  # somebody else may have settled it meanwhile
            self.presenter.settle(self._own.editor.value())

    def _postpone(self) -> None:
        self.flush()
        self.presenter.later()

    def _retranslate(self) -> None:
        self.flush()
        self.presenter.look()

    def _open_ficha(self) -> None:
        if self._row is not None:
            self.navigate.emit("ficha", {"case_id": self._row.case_id})
