"""*Personas*: who opens this laptop, with which roles; who comes, forgets her words, and goes."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.i18n import N_
from app.services.staff import StaffMember
from ui.runtime.page import Page, ScreenContext
from ui.screens.staff.panels import (
    ELSEWHERE,
    LeavePanel,
    OwnWordsPanel,
    PersonPanel,
    RolesPanel,
    titles,
)
from ui.screens.staff.presenter import Found, Given, StaffPresenter
from ui.widgets.gate import Gate
from ui.widgets.pieces import Box, button, label
from ui.widgets.refusals import pressed_words
from ui.widgets.row_table import RowTable
from ui.widgets.side_panels import SidePanels
from ui.widgets.table import Column, TableModel
from ui.widgets.told_box import ToldBox

__all__ = ["StaffPage"]

_TITLE: Final = N_("Personas")
_PANEL_WIDTH: Final = 330
_MANAGE, _RESET, _REVIEW = "manage_people", "reset_words", "review_roles"

_TWICE: Final = N_(
    "Hay dos personas con este nombre. Si es una sola: dele palabras a la de «En otro equipo», que "
    "entre con ellas, y desde ahí dé de baja a la otra."
)


class StaffPage(Page):
    """The page of the people."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        desk = context.workplace.desk
        self._roles = desk.definitions.authorisation.roles
        self.presenter = StaffPresenter(context.runner, desk, context.workplace.people, self)
        self._chosen: StaffMember | None = None
        self._administers: bool | None = None
        self._namesakes: frozenset[RecordId] = frozenset()
        self.people: tuple[StaffMember, ...] = ()
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        page.addLayout(self._make_head())
        self._review = Box("info", is_row=True)
        self._reviewed = button("", "check")
        self.texts.bind(self._reviewed, "setText", N_("Los revisé: están bien"))
        self._reviewed.clicked.connect(self.begun)
        self._reviewed.clicked.connect(self.presenter.review)
        self._review.buttons.addWidget(self._reviewed)
        self._review.hide()
        page.addWidget(self._review)
        self._told = ToldBox(self.texts)
        self._told.lock_wanted.connect(self.lock_wanted)
        page.addWidget(self._told)
        self.gate = Gate(self, "staff", (_MANAGE, _RESET, _REVIEW))
        page.addWidget(self.gate)
        body = QHBoxLayout()
        body.setSpacing(12)
        self._model: TableModel[StaffMember] = TableModel(self._columns())
        self.table = RowTable(self._model, wide=0)
        self.texts.bind(self.table, "setAccessibleName", N_("Personas del centro"))
        # What somebody may do is what the half-yearly review reads: it shares the room with names.
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(2, 176)
        self.table.selectionModel().currentRowChanged.connect(self._row_changed)
        self.table.clicked.connect(self._row_changed)
        body.addWidget(self.table, 1)
        self._side = self._make_side()
        body.addWidget(self._side)
        page.addLayout(body, 1)
        self.gate.guard(_MANAGE, self._add, self._edit, self._go)
        self.gate.turned.connect(self._gate_turned)
        self.texts.changed.connect(self._retranslate)

    @property
    def first_stop(self) -> QWidget:
        """Override Page.first_stop."""
        line = self.own_panel.current.line
        return line if line.isVisibleTo(self) else self.table

    def open(self, **arguments: object) -> None:
        """Show everybody; ``own_words`` begins to change those of whoever works now."""
        self._told.forget_read()
        self._side.show_panel(self._detail)
        self.refresh()
        self.presenter.look()
        if arguments.get("own_words"):
            self._begin_own_words()

    def refresh(self) -> None:
        """Records changed: roles, or what is open with a reason; what is typed stays."""
        self.gate.look()

    def flush(self) -> None:
        """Words that were shown do not stay on a page that goes away."""
        for panel in (self.person_panel, self.own_panel):
            panel.five.forget()
        self.own_panel.current.forget()
        self._side.show_panel(self._detail)

    # What the presenter shows.

    def show_found(self, found: Found) -> None:
        """Show everybody."""
        was = self._chosen.id if self._chosen else None
        self._model.show(found.people)
        self.people = found.people
        self._administers, self._namesakes = found.administers, found.namesakes
        at = next((n for n, one in enumerate(found.people) if one.id == was), 0)
        # What is being typed beside the list goes on.
        with QSignalBlocker(self.table.selectionModel()):
            self.table.selectRow(at)
        self._describe(at)
        review = found.review
        if review.on is None:
            said = self.texts(N_("Los roles se revisan cada seis meses. Todavía no se hizo aquí."))
        else:
            said = self.texts(
                N_("Los roles se revisan cada seis meses. La última vez: {day}, {name}."),
                day=self.texts.language.format_date(review.on),
                name=review.by,
            )
        self._review.say(self.texts(N_("Toca revisar los roles")) if review.is_due else "", said)
        self._review.setVisible(self.gate.allows(_REVIEW))

    def show_words(self, words: str) -> None:
        """Show words that were drawn."""
        for panel in (self.person_panel, self.own_panel):
            if self._side.is_shown(panel):
                panel.five.show_words(words)

    def show_busy(self) -> None:
        """A key is being made."""
        self.begun.emit()
        self._told.hide()
        self._side.setEnabled(False)

    def show_given(self, given: Given) -> None:
        """Somebody has a way in."""
        self._end_panel()
        self._told.tell(
            N_(
                "{name} entra con las letras {tag} y sus cinco palabras. Muéstrele cómo bloquear "
                "(Ctrl+L) y la salida rápida, y lean juntas la hoja de riesgos."
            ),
            name=given.name,
            tag=given.tag,
        )

    def show_chosen(self) -> None:
        """Whoever works now has words of her own."""
        self._end_panel()
        self._told.tell(N_("Desde ahora entra con sus palabras nuevas. Nadie más las sabe."))

    def show_ended(self, name: str, *, left: bool) -> None:
        """Somebody opens this laptop no longer."""
        self._end_panel()
        said = [
            N_(
                "{name} ya no abre este equipo. Bloquee ahora y vuelva a entrar: entonces el "
                "equipo cambia su llave."
            )
        ]
        if left and self._administers is False:
            said.append(ELSEWHERE)
        self._told.tell(*said, asks_lock=True, name=name)

    def show_changed(self) -> None:
        """Roles were written."""
        self._end_panel()
        self._told.tell(
            N_("Guardado. Los roles nuevos valen desde ahora; en otro equipo, cuando le lleguen.")
        )

    def show_reviewed(self) -> None:
        """Everybody's roles were looked at."""
        self._told.tell(N_("Anotado: los roles se revisaron hoy. No cambió ninguno."))

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done. Nothing typed here waits for the disk: she tries again or
        not. Above another page it says where it comes from."""
        self._side.setEnabled(True)
        if self._side.is_shown(self.own_panel):
            self.own_panel.current.line.setFocus()
        elif self._side.is_shown(self.person_panel):
            self.person_panel.five.line.setFocus()
        said = pressed_words(self.texts, fault)
        here = self.texts(_TITLE)
        self.failed.emit(said if self.isVisible() else f"{here} · {said}")

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        title = label("title")
        self.texts.bind(title, "setText", _TITLE)
        row.addWidget(title, 1)
        own = button()
        self.texts.bind(own, "setText", N_("Cambiar mis palabras"))
        own.clicked.connect(self._begin_own_words)
        row.addWidget(own)
        self._add = button("primary", "plus")
        self.texts.bind(self._add, "setText", N_("Agregar persona"))
        self._add.clicked.connect(lambda: self._begin_person(None))
        row.addWidget(self._add)
        return row

    def _make_side(self) -> SidePanels:
        self._detail = self._make_detail()
        accounts = [one for one in self._roles.values() if one.has_account]
        self.person_panel = PersonPanel(self.texts, accounts)
        self.person_panel.drawn.connect(self.presenter.draw)
        self.person_panel.added.connect(self.presenter.add)
        self.person_panel.given.connect(self.presenter.give_words)
        self.own_panel = OwnWordsPanel(self.texts)
        self.own_panel.drawn.connect(self.presenter.draw)
        self.own_panel.done.connect(self.presenter.choose_words)
        self.leave_panel = LeavePanel(self.texts)
        self.leave_panel.done.connect(self._end)
        self.roles_panel = RolesPanel(self.texts, accounts)
        self.roles_panel.done.connect(self.begun)
        self.roles_panel.done.connect(self.presenter.set_roles)
        return SidePanels(
            _PANEL_WIDTH,
            self._detail,
            self.person_panel,
            self.own_panel,
            self.leave_panel,
            self.roles_panel,
        )

    def _make_detail(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        self._name, self._what, self._state = label("heading"), label(), label("muted")
        self._twice = label("muted")
        self.texts.bind(self._twice, "setText", _TWICE)
        self._edit, self._words = button("", "pencil"), button("", "refresh-cw")
        self._go = button("danger", "log-out")
        self.texts.bind(self._edit, "setText", N_("Cambiar servicio y roles"))
        self.texts.bind(self._go, "setText", N_("Dar de baja…"))
        self._edit.clicked.connect(self._begin_roles)
        self._words.clicked.connect(self._begin_words)
        self._go.clicked.connect(self._begin_leaving)
        buttons = (self._edit, self._words, self._go)
        for one in (self._name, self._what, self._state, self._twice, *buttons):
            one.hide()  # until somebody is chosen
            column.addWidget(one)
        column.addStretch()
        return made

    def _columns(self) -> tuple[Column[StaffMember], ...]:
        texts = self.texts
        return (
            Column(lambda: texts(N_("Nombre")), lambda one: one.name),
            Column(
                lambda: texts(N_("Servicio y roles")),
                lambda one: titles(self._roles, one.roles, texts),
            ),
            Column(lambda: texts(N_("Estado")), self._state_of),
        )

    def _state_of(self, one: StaffMember) -> str:
        if one.left_on and one.is_here:
            return self.texts(N_("Se fue · todavía entra con {tag}"), tag=one.tag)
        if one.left_on:
            return self.texts(N_("Se fue"))
        if one.is_unfinished:
            return self.texts(N_("Sin palabras: dele otras"))
        if one.is_provisional:
            return self.texts(N_("{tag} · por elegir palabras"), tag=one.tag)
        if one.is_here:
            return self.texts(N_("Entra con {tag}"), tag=one.tag)
        return self.texts(N_("En otro equipo"))

    def _row_changed(self, now: QModelIndex) -> None:
        self._side.show_panel(self._detail)
        self._describe(now.row())

    def _gate_turned(self) -> None:
        self._review.setVisible(self.gate.allows(_REVIEW) and bool(self.people))
        self._describe(self.table.currentIndex().row())

    def _describe(self, row: int) -> None:
        self._chosen = self._model.row(row)
        one = self._chosen
        if one is None:
            return
        self._name.setText(one.name)
        self._what.setText(titles(self._roles, one.roles, self.texts))
        self._state.setText(self._state_of(one))
        has_account = one.is_here or one.is_unfinished
        self._words.setText(
            self.texts(N_("Darle palabras nuevas") if has_account else N_("Darle palabras aquí"))
        )
        self._words.setEnabled(self.gate.allows(_RESET if has_account else _MANAGE))
        for each in (self._name, self._what, self._state, self._edit):
            each.show()
        self._twice.setVisible(one.id in self._namesakes)
        self._words.setVisible(not one.is_self)
        self._go.setVisible(has_account and not one.is_self)

    def _begin_person(self, person: StaffMember | None) -> None:
        self._told.hide()
        self._side.show_panel(self.person_panel)
        self.person_panel.begin(person)
        (self.person_panel.name if person is None else self.person_panel.five.line).setFocus()

    def _begin_words(self) -> None:
        one = self._chosen
        if one is None:
            return
        if one.is_here or one.is_unfinished:
            self._told.hide()
            self._side.show_panel(self.person_panel)
            self.person_panel.begin(one, forgot=True)
            self.person_panel.five.line.setFocus()
        else:
            self._begin_person(one)

    def _begin_own_words(self) -> None:
        self._told.hide()
        self._side.show_panel(self.own_panel)
        self.own_panel.begin()
        self.own_panel.current.line.setFocus()

    def _begin_leaving(self) -> None:
        if self._chosen is not None:
            self.leave_panel.begin(self._chosen, is_renewed_here=self._administers is not False)
            self._side.show_panel(self.leave_panel)

    def _begin_roles(self) -> None:
        if self._chosen is not None:
            self.roles_panel.begin(self._chosen)
            self._side.show_panel(self.roles_panel)
            self.roles_panel.editor.service.setFocus()

    def _end(self, person: StaffMember, leaves_centre: bool) -> None:
        self.presenter.end(person, leaves_centre=leaves_centre)

    def _end_panel(self) -> None:
        self._side.setEnabled(True)
        self.flush()
        if self.window().focusWidget() is None:  # the panel that had the keyboard was shut
            self.table.setFocus()
        self.saved.emit(self.context.workplace.desk.clock.now_ms())

    def _retranslate(self) -> None:
        self._model.retranslate()
        self.person_panel.roles.retranslate()
        self.roles_panel.editor.retranslate()
        self.presenter.look()
