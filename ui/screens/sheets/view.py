"""*Hojas de recuperación*: how they stand, a new set, who keeps them, and the yearly drill."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.errors import QispiError
from app.i18n import N_
from app.services.messages import sentence
from app.services.recovery_sheets import Drill, Making, SheetsState
from ui.runtime.page import Page, ScreenContext
from ui.screens.sheets.custody_part import CustodyPart
from ui.screens.sheets.making_part import MakingPart
from ui.screens.sheets.pair_part import PairPart
from ui.screens.sheets.presenter import SheetsPresenter
from ui.widgets.gate import Gate
from ui.widgets.pages import Pages
from ui.widgets.pieces import Box, button, card, label, scrolling, set_tone
from ui.widgets.practice import NO_SHEETS_HERE
from ui.widgets.refusals import pressed_words

__all__ = ["SheetsPage"]

_STATE, _MAKING, _PAIR = range(3)
_DRILLS_SHOWN: Final = 3
_KEEP, _TRY = "keep_sheets", "try_sheets"


class SheetsPage(Page):
    """The page of the recovery sheets: one of three parts shows."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self.presenter = SheetsPresenter(context.runner, context.workplace, self)
        self._state: SheetsState | None = None
        self._waits = False
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        title = label("title")
        self.texts.bind(title, "setText", N_("Hojas de recuperación"))
        page.addWidget(title)
        self._message = Box("ok")
        self._message.hide()
        page.addWidget(self._message)
        self.gate = Gate(self, "sheets", (_KEEP, _TRY))
        page.addWidget(self.gate)
        self._parts = Pages()
        self.custody = CustodyPart(self.texts)
        self.making = MakingPart(self.texts)
        self.pair = PairPart(self.texts)
        self._parts.addWidget(scrolling(self._make_state()))
        self._parts.addWidget(self.making)
        self._parts.addWidget(self.pair)
        page.addWidget(self._parts, 1)
        self.gate.guard(_KEEP, self.make_button, self.adopt_button, self.custody)
        self.gate.turned.connect(self._begin)
        self.custody.noted.connect(self.presenter.note_custody)
        self.making.sheet_wanted.connect(self.presenter.show_sheet)
        self.making.typed.connect(self.presenter.keep)
        self.making.said.connect(self._say)
        self.making.left.connect(self.presenter.give_up)
        self.pair.looked.connect(self._message.hide)
        self.pair.tried.connect(self._try)
        self.pair.left.connect(self._leave_pair)
        self.texts.changed.connect(self._say_state)

    @property
    def first_stop(self) -> QWidget:
        """Where the keyboard begins."""
        return self.drill_button if self.drill_button.isEnabled() else self.make_button

    @property
    def message(self) -> str:
        """What is said at the top; empty while nothing is."""
        return "" if self._message.isHidden() else self._message.accessibleName()

    def open(self, **arguments: object) -> None:
        """Show how it stands; what was begun before is given up."""
        del arguments
        self._message.hide()
        self.presenter.give_up()
        self.pair.clear()
        self._message.hide()
        self._show(_STATE)
        self._waits = True
        self.gate.look()

    def refresh(self) -> None:
        """Records changed: roles, or what is open with a reason."""
        self.gate.look()

    def flush(self) -> None:
        """Who keeps the sheets is noted: the page may go away now."""
        if self.custody.is_written:
            self.custody.note()

    @property
    def is_busy(self) -> bool:
        """Whether something that was typed here is not on the disk."""
        return self.custody.is_written

    # What the presenter shows.

    def show_state(self, state: SheetsState) -> None:
        """Show what is known of the sheets."""
        self._state = state
        self.custody.show_custody(state.custody, is_open=bool(state.set_name))
        self._fit()
        self._say_state()

    def show_making(self, making: Making) -> None:
        """Three sheets were drawn."""
        self._message.hide()
        self.making.begin(making, replaces=bool(self._state and self._state.set_name))
        self._show(_MAKING)

    def show_sheet(self, number: int, pdf: bytes) -> None:
        """Show one sheet as it will print."""
        self.making.show_sheet(number, pdf)

    def show_kept(self, name: str, *, is_here: bool) -> None:
        """The new set opens this laptop from now on."""
        self.making.clear()
        self._back(is_here=is_here)
        said = N_(
            "El juego {name} ya abre este equipo. Ponga cada hoja en su sobre y anote aquí abajo "
            "quién la guarda."
        )
        self._say("ok", self.texts(said, name=name))

    def show_given_up(self) -> None:
        """Nothing changed."""
        self._back(is_here=True)
        said = N_("No cambió nada. Destruya las hojas que haya impreso: no abren nada.")
        self._say("info", self.texts(said))

    def show_drilled(self, done: Drill, *, is_here: bool) -> None:
        """The two sheets open this laptop."""
        self._back(is_here=is_here)
        said = N_(
            "Las hojas {pair} abren este equipo. No se abrió ni se cambió nada, y quedó anotado. "
            "Vuelva a ponerlas en sus sobres. La próxima vez pruebe con la otra."
        )
        self._say("ok", self.texts(said, pair=done.pair))

    def show_adopted(self, name: str, *, is_here: bool) -> None:
        """The set of the centre opens this laptop, too."""
        self._back(is_here=is_here)
        self._say("ok", self.texts(N_("El juego {name} también abre este equipo."), name=name))

    def show_custody_noted(self, *, together: bool) -> None:
        """Who keeps the sheets was noted."""
        self.custody.show_noted()
        if not self.custody.is_written:
            self.saved.emit(self.context.workplace.desk.clock.now_ms())
        said = (
            N_(
                "Anotado. Pero dos hojas están con la misma persona o en el mismo lugar: quien las "
                "tome abre este equipo. Pase una a otra persona, en otro lugar."
            )
            if together
            else N_("Anotado.")
        )
        self._say("warning" if together else "ok", self.texts(said))

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done. Who went on would take sheets for good that open nothing."""
        self.pair.show_busy(is_busy=False)
        if self.hasFocus():
            self.pair.first_stop.setFocus(Qt.FocusReason.OtherFocusReason)
        said = pressed_words(self.texts, fault)
        self._say("warning", said)
        if not self.isVisible():
            self.failed.emit(said)

    # The frame.

    def _make_state(self) -> QWidget:
        content = QWidget()
        content.setObjectName("page")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(10)
        frame, inside = card()
        self._what = label()
        self.texts.bind(
            self._what,
            "setText",
            N_(
                "Son tres hojas de papel. Dos cualesquiera abren este equipo cuando nadie recuerda "
                "sus palabras; una sola no abre nada. Cada una la guarda otra persona, en otro "
                "lugar."
            ),
        )
        inside.addWidget(self._what)
        self._facts = label("strong")
        inside.addWidget(self._facts)
        self._due = Box("warning")
        self._due.hide()
        inside.addWidget(self._due)
        row = QHBoxLayout()
        self.drill_button = button("primary", "list-checks")
        self.texts.bind(self.drill_button, "setText", N_("Ensayo de las hojas"))
        self.drill_button.clicked.connect(lambda: self._begin_pair(adopts=False))
        self.make_button = button("", "printer")
        self.texts.bind(self.make_button, "setText", N_("Hacer un juego nuevo"))
        self.make_button.clicked.connect(self.presenter.make)
        self.adopt_button = button("link")
        self.texts.bind(
            self.adopt_button, "setText", N_("Usar las hojas de otro equipo del centro")
        )
        self.adopt_button.clicked.connect(lambda: self._begin_pair(adopts=True))
        for one in (self.drill_button, self.make_button):
            row.addWidget(one)
        if self.context.workplace.is_practice:  # of which nothing is kept, so nothing opens it
            for one in (self.drill_button, self.make_button, self.adopt_button):
                one.hide()
        row.addStretch()
        inside.addLayout(row)
        below = QHBoxLayout()
        below.addWidget(self.adopt_button)
        below.addStretch()
        inside.addLayout(below)
        column.addWidget(frame)
        column.addWidget(self.custody)
        column.addStretch()
        return content

    # What happens.

    def _leave_pair(self) -> None:
        self.presenter.turn()
        self._back(is_here=True)

    def _begin_pair(self, *, adopts: bool) -> None:
        self.presenter.turn()
        self._message.hide()
        self.pair.begin(adopts=adopts)
        self._show(_PAIR)

    def _try(self, one: tuple[str, ...], other: tuple[str, ...]) -> None:
        self._message.hide()
        # Its button is shut meanwhile: what is typed on would go into the search, and show there.
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.pair.show_busy(is_busy=True)
        (self.presenter.adopt if self.pair.adopts else self.presenter.drill)(one, other)

    def _back(self, *, is_here: bool) -> None:
        """Show the state again, of who did not go on to something else: nothing that was typed or
        printed is left on the screen."""
        if is_here:
            self.making.clear()
            self.pair.clear()
            self._show(_STATE)
            if self.hasFocus():
                self.first_stop.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show(self, part: int) -> None:
        self._parts.setCurrentIndex(part)
        begin = (None, self.making.first_stop, self.pair.first_stop)[part]
        if begin is not None:
            begin.setFocus(Qt.FocusReason.OtherFocusReason)

    def _begin(self) -> None:
        """Show how it stands, once, to whoever may know."""
        if self._waits:
            if self.gate.allows(_TRY):
                self.presenter.open()
            else:
                self.custody.hide()
        self._waits = False
        self._fit()

    def _fit(self) -> None:
        has_sheets = self._state is not None and bool(self._state.set_name)
        self.drill_button.setEnabled(has_sheets and self.gate.allows(_TRY))

    def _say(self, tone: str, said: str) -> None:
        set_tone(self._message, tone)
        self._message.say("", said)
        self._message.setVisible(bool(said))

    def _say_state(self) -> None:
        state, texts = self._state, self.texts
        if state is None:
            return
        self._facts.setText("\n".join(self._lines(state)))
        due = None if self.context.workplace.is_practice else state.reminder
        self._due.say("", sentence(due, {}, texts) if due else "")
        self._due.setVisible(bool(due))

    def _lines(self, state: SheetsState) -> list[str]:
        texts = self.texts
        if self.context.workplace.is_practice:
            return [texts(NO_SHEETS_HERE)]
        if not state.set_name:
            return [texts(N_("Este equipo todavía no tiene hojas de recuperación."))]
        lines = [texts(N_("Juego que abre este equipo: {name}"), name=state.set_name)]
        if state.made_ms:
            when = texts.language.format_datetime_ms(state.made_ms)
            lines.append(texts(N_("Hecho el {time}"), time=when))
        if state.former:
            said = N_(
                "El juego {name} ya no abre este equipo. De las hojas, solo las de él abren las "
                "copias de antes: haga una copia nueva y después destruya sus tres hojas."
            )
            lines.append(texts(said, name=state.former))
        for one in reversed(state.drills[-_DRILLS_SHOWN:]):
            when = texts.language.format_datetime_ms(one.at_ms)
            lines.append(texts(N_("Ensayo: {time}, hojas {pair}"), time=when, pair=one.pair))
        if not state.drills:
            lines.append(texts(N_("Todavía no se hizo ningún ensayo con este juego.")))
        return lines
