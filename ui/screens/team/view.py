"""*Equipo*: who attends a case, who came in, and the door for whoever must go in and says why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.change import RecordId
from app.domain.errors import EnvironmentFault, QispiError
from app.domain.permission import Role
from app.i18n import N_
from app.services.teams import Came, CasePeople
from ui.runtime.page import Page, ScreenContext
from ui.screens.team.panels import BlockPanel, TeamPanel
from ui.screens.team.presenter import TeamPresenter
from ui.widgets.ask_panel import AskPanel
from ui.widgets.case_bar import CaseBar
from ui.widgets.pieces import button, card, label, scrolling
from ui.widgets.refusals import pressed_words

__all__ = ["TeamPage"]

_RESERVED: Final = N_(
    "En reserva: fuera del equipo solo se ve su número y quién lo atiende. Lo urgente nunca se "
    "cierra: quien lo necesite entra con un motivo."
)
_OPEN: Final = N_(
    "Póngalo en reserva cuando hay una colega o una autoridad de por medio: lo ve solo su equipo."
)
_TOLD: Final = N_("Se abre al momento y por un turno. El equipo del caso ve quién entró y por qué.")
_TICKED: Final = ("open_file", "see_section", "see_narrative")
"""What whoever stands in for a colleague needs; the rest she ticks herself."""
_LEFT_ALONE: Final = ("assign_team", *_TICKED)
"""Where nobody attends it any more, somebody has to be found who does."""


class TeamPage(Page):
    """The page of one case's people."""

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        desk = context.workplace.desk
        self._roles: Mapping[str, Role] = desk.definitions.authorisation.roles
        self._found: CasePeople | None = None
        self.presenter = TeamPresenter(context.runner, desk, self)
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        self._title = label("title", wraps=False)
        page.addWidget(self._title)
        self._bar = CaseBar(self.texts, "team")
        self._bar.chosen.connect(self._go)
        page.addWidget(self._bar)
        body = QHBoxLayout()
        body.setSpacing(10)
        body.addWidget(scrolling(self._make_left()), 1)
        body.addWidget(scrolling(self._make_right()), 1)
        page.addLayout(body, 1)
        self._say_title()
        self.texts.changed.connect(self._show)

    @property
    def first_stop(self) -> QWidget | None:
        """The reason, where the case opens with one; else the team."""
        return self.ask.reason if self.ask.isVisible() else self.team.save

    def open(self, **arguments: object) -> None:
        """Show the people of ``case_id``."""
        if "case_id" not in arguments:
            return
        case_id = RecordId(str(arguments["case_id"]))
        self.name_case(self._bar, case_id, shows_file=False)
        # What was ticked or chosen and not written before she left would look as if it were.
        self.team.show_nothing()
        self.block.show_nothing()
        self.presenter.open(case_id)

    def refresh(self) -> None:
        """Records changed elsewhere."""
        self.presenter.look()

    # What the presenter shows.

    def show_nothing(self) -> None:
        """Another case is on its way."""
        self._found = None
        self._say_title()
        self.team.show_nothing()
        self.block.show_nothing()
        self.ask.begin(_TICKED)
        self.ask.hide()
        self.reserve.setEnabled(False)
        for one in (self._reserve_words, self.came):
            one.clear()

    def show_people(self, found: CasePeople) -> None:
        """Show who attends the case, and what of it opens with a reason."""
        self._found = found
        self._show()

    def show_done(self) -> None:
        """What was asked for is on the disk. Of what else was refused meanwhile that says
        nothing."""
        self.show_done_elsewhere()

    def show_done_elsewhere(self) -> None:
        """What was asked for in a case that shows no more is on the disk."""
        self.saved.emit(self.context.workplace.desk.clock.now_ms())

    def show_closed(self) -> None:
        """To who works now the case is not there any more."""
        self.show_done()
        self.lead("cases", {})

    def show_opened(self) -> None:
        """What opens with a reason is open now: the reason is written."""
        self.ask.begin(_TICKED)
        self.show_done()
        if self.presenter.case_id is not None:
            self.lead("ficha", {"case_id": self.presenter.case_id})

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be read, or asked for."""
        self.failed.emit(pressed_words(self.texts, fault))

    def show_not_done(self, fault: QispiError, code: str, *, shows: bool) -> None:
        """What was asked for was refused. Who went on meanwhile would think that somebody is kept
        out who is not: nothing of it waits for the disk."""
        said = pressed_words(self.texts, fault)
        if isinstance(fault, EnvironmentFault):
            said = f"{self.texts(N_('No se anotó.'))} {said}"
        self.failed.emit(said if shows and self.isVisible() else f"{code} · {said}")

    # The frame.

    def _make_left(self) -> QWidget:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(8)
        self.team = TeamPanel(self.texts, self._roles)
        self.team.wanted.connect(self.begun)
        self.team.wanted.connect(self.presenter.set_team)
        column.addWidget(self.team)
        frame, inner = card()
        self._reserve_words = label()
        inner.addWidget(self._reserve_words)
        self.reserve = button("")
        self.reserve.setText(self.texts(N_("Poner en reserva")))
        self.reserve.setEnabled(False)
        self.reserve.clicked.connect(self.begun)
        self.reserve.clicked.connect(self._reserve)
        inner.addWidget(self.reserve)
        column.addWidget(frame)
        own = self.context.workplace.desk.actor.id
        self.block = BlockPanel(self.texts, self._roles, own)
        self.block.wanted.connect(self.begun)
        self.block.wanted.connect(self.presenter.block)
        column.addWidget(self.block)
        column.addStretch()
        return left

    def _make_right(self) -> QWidget:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(8)
        self.ask = AskPanel(self.texts, _TOLD, _TICKED)
        self.ask.wanted.connect(self.begun)
        self.ask.wanted.connect(self.presenter.ask)
        column.addWidget(self.ask)
        frame, inner = card()
        heading = label("heading")
        self.texts.bind(heading, "setText", N_("Quién entró sin ser del equipo"))
        inner.addWidget(heading)
        self.came = label()
        inner.addWidget(self.came)
        column.addWidget(frame)
        column.addStretch()
        return right

    def _show(self) -> None:
        self._say_title()
        found = self._found
        if found is None:
            return
        self.team.show_people(found)
        self.block.show_people(found)
        self.ask.ticks_at_first(_LEFT_ALONE if found.is_left_alone else _TICKED)
        self.ask.show_asked(found.asked, opens_urgent=found.opens_urgent)
        is_reserved = found.is_reserved
        self._reserve_words.setText(self.texts(_RESERVED if is_reserved else _OPEN))
        words = N_("Levantar la reserva") if is_reserved else N_("Poner en reserva")
        self.reserve.setText(self.texts(words))
        act = "open_reserve" if is_reserved else "reserve_case"
        self.reserve.setEnabled(act not in found.closed)
        lines = [self._line(one) for one in found.came or ()]
        nobody = N_("Lo ve el equipo del caso.") if found.came is None else N_("Nadie.")
        self.came.setText("\n".join(lines) or self.texts(nobody))

    def _say_title(self) -> None:
        """Say of which case, also of one of which she sees no more than its number."""
        code = self._found.code if self._found is not None else ""
        said = N_("Equipo del caso · {code}") if code else N_("Equipo del caso")
        self._title.setText(self.texts(said, code=code))

    def _line(self, came: Came) -> str:
        when = self.texts.language.format_datetime_ms(came.at_ms)
        acts = "; ".join(self.texts(one) for one in came.acts)
        # Why comes first: what it opened is a long list.
        said = f"«{came.reason}» {acts}" if came.reason else acts
        return f"{when} · {came.name}: {said}."

    def _reserve(self) -> None:
        if self._found is not None:
            self.presenter.reserve(not self._found.is_reserved)

    def _go(self, name: str) -> None:
        if name == "sync":
            self.navigate.emit("sync", {})
        elif self.presenter.case_id is not None:
            self.navigate.emit(name, {"case_id": self.presenter.case_id})
