"""*Sincronización*: the state in a sentence, what waits, five named steps, and the stick."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.domain.errors import QispiError
from app.i18n import N_
from app.services.messages import sentence
from app.services.read_models import SyncProgress, SyncReport, SyncStep, SyncView
from app.services.sync_page import SyncPage as Facts
from app.services.sync_status import LONGEST_WAIT_MS, status_sentence
from ui.runtime.page import Page, ScreenContext
from ui.screens.sync.left_panel import LeftPanel
from ui.screens.sync.presenter import SyncPresenter
from ui.screens.sync.run_panel import RunPanel
from ui.widgets.pieces import Box, button, label, set_tone
from ui.widgets.refusals import pressed_words

__all__ = ["SyncPage"]

_DAY_MS: Final = 24 * 3_600_000
"""A synchronisation that is older is nothing to be at ease about."""

_SOON_MS: Final = 60_000
"""So soon the next try is told without the hour, which is that of the last one."""


class SyncPage(Page):
    """The page *Sincronización*.

    Signals:
        looked: carries a :class:`SyncView`: what is true now.
        synchronised: a run ended that may have brought changes.
    """

    looked = Signal(object)
    synchronised = Signal()

    def __init__(self, context: ScreenContext) -> None:
        super().__init__(context)
        self.presenter = SyncPresenter(context.runner, context.workplace, self)
        self._view: SyncView | None = None
        self.said = ""
        """The status sentence as it stands."""
        self._step: SyncStep | None = None
        self._comes_back = False
        self._until_next = QTimer(self)
        self._until_next.setSingleShot(True)
        self._until_next.timeout.connect(self._say_state)
        self._left = LeftPanel(self.texts)
        self._left.refused_wanted.connect(
            lambda batch_id: self.navigate.emit("refused", {"batch_id": batch_id})
        )
        self._left.put_away_wanted.connect(self.presenter.put_strays_away)
        self._left.answered.connect(self.presenter.answer)
        self._panel = RunPanel(self.texts, is_practice=self.context.workplace.is_practice)
        self._panel.stop_wanted.connect(self.presenter.cancel)
        self._panel.stick_wanted.connect(self.want_stick)
        self._panel.stick_chosen.connect(self.use_stick)
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        page.addLayout(self._make_head())
        self._state = Box("info")
        self._state.hide()
        page.addWidget(self._state)
        self._conflicts = self._make_conflicts()
        page.addWidget(self._conflicts)
        body = QHBoxLayout()
        body.setSpacing(10)
        body.addWidget(self._left, 1)
        body.addWidget(self._panel, 1)
        page.addLayout(body, 1)
        self.texts.changed.connect(self._retranslate)

    def open(self, **arguments: object) -> None:
        """Show what is true now. ``from_refused``: one comes back to the list of what could not be
        used."""
        self._comes_back = bool(arguments.get("from_refused"))
        self.presenter.look()

    @property
    def first_stop(self) -> QWidget:
        """The button that synchronises; for who comes back, the list."""
        table = self._left.refused_table
        return table if self._comes_back and table.isVisible() else self._now

    def refresh(self) -> None:
        """Records changed: look again."""
        self.presenter.look()

    def sync_now(self, *, is_automatic: bool = False) -> None:
        """Synchronise by network; while such a run goes on, say so. ``is_automatic``: nobody
        asked."""
        self.presenter.sync_now(is_automatic=is_automatic)

    def use_stick(self, folder: Path) -> None:
        """Exchange batches with a folder on a stick; while a run goes on, behind it."""
        self.presenter.use_stick(folder)

    def want_stick(self) -> None:
        """Ask where the stick is, unless this laptop has nobody to exchange with."""
        if self.presenter.is_enrolled:
            self._panel.choose_stick()
        else:
            self.sync_now()

    # What the presenter shows.

    @property
    def is_looked_at(self) -> bool:
        """Whether the page shows."""
        return self.isVisible()

    def show_view(self, view: SyncView) -> None:
        """Say what is true now, in the status sentence."""
        if self.context.workplace.is_practice:
            view = dataclasses.replace(
                view,
                waiting_changes=0,
                waiting_attachments=0,
                waiting_closed=0,
                waiting_statements=0,
            )
        self._view = view
        self._conflicts.setVisible(view.conflicts > 0)
        self._conflicts.say(
            self.texts.plural(
                N_("{count} dato con dos valores por revisar"),
                N_("{count} datos con dos valores por revisar"),
                view.conflicts,
            )
        )
        self._say_state()
        self._panel.leave_out(view.last_failure)
        self.looked.emit(view)

    def show_whole(self, page: Facts) -> None:
        """Show what is true now. In practice nothing is ever sent."""
        self._left.show_page(page)
        self._left.setVisible(not self.context.workplace.is_practice)

    def show_begun(self, *, is_stick: bool) -> None:
        """A run begins: what the try before met is not the state of now any more."""
        self._step = None
        if self.presenter.is_enrolled:
            self._panel.begin(is_stick=is_stick)
        self._say_state()
        if self._view is not None:
            self.looked.emit(self._view)

    def show_going(self) -> None:
        """Such a run goes on already, or waits."""
        self._panel.say_running()

    def show_queued(self, *, is_stick: bool) -> None:
        """A run waits behind the one that goes on."""
        self._panel.say_queued(is_stick=is_stick)

    def show_progress(self, progress: SyncProgress) -> None:
        """A run goes on; behind every step less waits, or more is here."""
        self._panel.show_progress(progress)
        if progress.step is not self._step:
            self._step = progress.step
            self.presenter.look()

    def show_report(self, report: SyncReport) -> None:
        """A run ended."""
        damage = self.context.damage
        if report.failure is not None:
            damage.note(report.failure)
        now_ms = self.context.workplace.desk.clock.now_ms()
        self._panel.show_report(report, now_ms, is_damage_known=damage.is_known)
        self.synchronised.emit()

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done. Of what was never read there is nothing to show."""
        self._left.setVisible(self._left.has_page)
        self._say_state()
        if self._view is not None:  # of a run that ended meanwhile nobody says that it goes on
            self.looked.emit(self._view)
        self.failed.emit(pressed_words(self.texts, fault))

    # The frame.

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        title = label("title", wraps=False)
        self.texts.bind(title, "setText", N_("Sincronización"))
        self._now = button("primary", "refresh-cw")
        self.texts.bind(self._now, "setText", N_("Sincronizar ahora (F5)"))
        self._now.clicked.connect(lambda: self.sync_now())
        head.addWidget(title)
        head.addStretch()
        head.addWidget(self._now)
        return head

    def _make_conflicts(self) -> Box:
        box = Box("warning", is_row=True)
        look = button("", "git-merge")
        self.texts.bind(look, "setText", N_("Revisar"))
        look.clicked.connect(lambda: self.navigate.emit("conflicts", {}))
        box.buttons.addWidget(look)
        box.hide()
        return box

    def _say_state(self) -> None:
        view = self._view
        if view is None:
            return
        now_ms = self.context.workplace.desk.clock.now_ms()
        self._state.show()
        self._until_next.stop()
        if self.context.workplace.is_practice:
            self.said = self.texts(N_("Práctica: nada se guarda ni se envía."))
            set_tone(self._state, "info")
            self._state.say(self.said)
            return
        if self.presenter.is_running and self.presenter.is_enrolled:
            going = dataclasses.replace(view, last_failure=None)
            last = status_sentence(going, now_ms, self.texts.language)
            self.said = f"{self.texts(N_('Sincronizando…'))} {last}"
            set_tone(self._state, "info")
            self._state.say(self.said)
            return
        self.said = status_sentence(view, now_ms, self.texts.language)
        set_tone(self._state, _tone(view, now_ms))
        self._state.say(self.said, " ".join(self._attempts(view, now_ms)))

    def _attempts(self, view: SyncView, now_ms: int) -> list[str]:
        """Return why the last try failed, when it was and when the next is due."""
        why = [sentence(view.last_failure, {}, self.texts)] if view.last_failure else []
        if view.last_attempt_ms is not None:
            time = self.texts.language.format_datetime_ms(view.last_attempt_ms)
            why.append(self.texts(N_("Último intento: {time}."), time=time))
        next_ms = view.next_attempt_ms or 0
        wait_ms = next_ms - now_ms
        if 0 < wait_ms <= LONGEST_WAIT_MS:
            self._until_next.start(wait_ms)
            if wait_ms <= _SOON_MS:
                why.append(self.texts(N_("Próximo intento: en menos de un minuto.")))
            else:
                time = self.texts.language.format_datetime_ms(next_ms)
                why.append(self.texts(N_("Próximo intento: {time}."), time=time))
        return why

    def _retranslate(self) -> None:
        if self._view is not None:
            self.show_view(self._view)


def _tone(view: SyncView, now_ms: int) -> str:
    """Return how much at ease one may be: a stick of today is no word of the region."""
    if view.last_failure is not None:
        return "warning"
    if abs(now_ms - (view.last_success_ms or 0)) <= _DAY_MS:
        return "ok"
    return "info" if abs(now_ms - (view.last_stick_ms or 0)) <= _DAY_MS else "warning"
