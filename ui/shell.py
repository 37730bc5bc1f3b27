"""The window behind the lock: navigation, search, pages, the status sentence, the lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.i18n import LANGUAGES, N_
from app.services import casework, preferences
from app.services.read_models import ResumePoint, SyncView
from app.services.sync_status import is_due
from app.services.workplace import Workplace
from ui.menu_counts import MenuCounts
from ui.navigation import Navigation
from ui.notices import Notices
from ui.page_set import PAGES
from ui.runtime.page import Page, ScreenContext
from ui.runtime.shortcuts import SHORTCUTS
from ui.runtime.task_runner import TaskRunner
from ui.runtime.text import Texts
from ui.screens.cases.view import CasesPage
from ui.screens.conflicts.view import ConflictsPage
from ui.screens.ficha.view import FichaPage
from ui.screens.intake.view import IntakePage
from ui.screens.referral.view import ReferralPage
from ui.screens.referrals.view import ReferralsPage
from ui.screens.sync.view import SyncPage
from ui.screens.today.view import TodayPage
from ui.status_bar import StatusBar
from ui.top_bar import TopBar
from ui.unread import Unread
from ui.widgets.pages import Pages

__all__ = ["Shell"]

P = TypeVar("P", bound=Page)

_KEEP_THE_PLACE: Final = frozenset(
    {"ficha", "plan", "records", "risk", "referral", "papers", "conflicts"}
)
"""From these pages of the same case one goes back to the field in which one was typing."""

_FIRST_SYNC_MS: Final = 5_000
_LOOK_MS: Final = 20_000
"""How often the shell looks whether a synchronisation is due, and what the sentence says."""

_SOON_MS: Final = 700
"""How long after a save the sentence says that it waits."""


class Shell(QWidget):
    """Everything that shows while the laptop is open.

    Signals:
        lock_wanted: lock now.
        exit_wanted: leave in haste.
        closing_wanted: the same, and two recovery sheets alone open this laptop again.
        all_saved: everything on the screens is on the disk again.
    """

    lock_wanted = Signal()
    exit_wanted = Signal()
    closing_wanted = Signal()
    all_saved = Signal()

    def __init__(
        self, workplace: Workplace, runner: TaskRunner, texts: Texts, *, syncs_alone: bool = True
    ) -> None:
        super().__init__()
        self.setObjectName("page")
        self.workplace = workplace
        self.texts = texts
        self._runner = runner
        self._may_sync = syncs_alone
        self._view: SyncView | None = None
        self._saved_ms: int | None = None
        self._language: str | None = None  # to be spoken from the next page on
        self._context = ScreenContext(
            workplace, runner, texts, self.records_changed, lambda: self.sync.sync_now()
        )
        self._pages: dict[str, Page] = {}
        self._stack = Pages()
        self._foot = StatusBar(texts)
        self._build()
        # The first page made shows at once: on that of the synchronisation news counts as read.
        self._counts = MenuCounts(self._navigation, self.today, self.referrals)
        self._unread = Unread(runner, workplace.desk, self.notices)
        self.sync.looked.connect(self._show_view)
        self.notices.fitted.connect(self.today.upkeep.give_way)
        self.sync.synchronised.connect(self.records_changed)
        runner.refused.connect(self._context.damage.note)
        runner.bug.connect(self.notices.say_bug)
        texts.changed.connect(self._retranslate)
        self._timer, self._soon, self._first = QTimer(self), QTimer(self), QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(_LOOK_MS)
        soon, first = self.sync.presenter.look, self._look
        for one, ms, due in ((self._soon, _SOON_MS, soon), (self._first, _FIRST_SYNC_MS, first)):
            one.setSingleShot(True)
            one.setInterval(ms)
            one.timeout.connect(due)

    def stop(self) -> None:
        """Begin nothing more: the vault is about to close."""
        self._may_sync = False
        for one in (self._timer, self._first, self._soon):
            one.stop()
        self._unread.keep_again()

    def start(self) -> None:
        """Show the agenda, or the field in which someone was typing when the power went."""
        self._runner.on_storage(
            lambda uow: (preferences.language(uow), casework.resume_place(uow)),
            self._started,
            lambda _: self._started((None, None)),
        )
        self._unread.look()  # behind it: whoever is led to a field has not seen it yet
        self.sync.presenter.look()

    def go(self, name: str, arguments: dict[str, object], *, is_led: bool = False) -> None:
        """Go to a page; what is typed is saved before. ``is_led``: an answer takes her there."""
        current = self.page
        current.flush()
        if self._language in LANGUAGES:
            self.texts.switch(str(self._language))
        self._language = None
        if isinstance(current, FichaPage) and name not in _KEEP_THE_PLACE:
            current.presenter.leave()
        page = self._page(name, PAGES[name])
        if page is not current:
            current.leaves.emit()
            if not is_led:  # else she may not have seen what stands
                self.notices.forget_failed()
        is_searching = self.search.hasFocus()
        self._stack.setCurrentWidget(page)
        self._navigation.mark(name)
        self._show_news()
        page.open(**arguments)
        if page is not current:
            self._counts.count_due(page)
        # The page of before took the focus with it, to wherever Qt finds the next widget.
        if page.first_stop is not None and page is not current and not is_searching:
            page.first_stop.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def search(self) -> QLineEdit:
        """The search box."""
        return self._bar.search

    @property
    def saved_words(self) -> str:
        """What the status bar says of saving."""
        return self._foot.saved_words

    @property
    def alert_words(self) -> str:
        """What the alert says; empty when none shows."""
        return self.notices.alert_words

    @property
    def page(self) -> Page:
        """The page that shows."""
        page = self._stack.currentWidget()
        assert isinstance(page, Page)
        return page

    @property
    def page_names(self) -> tuple[str, ...]:
        """The names of all pages."""
        return tuple(PAGES)

    @property
    def today(self) -> TodayPage:
        """The agenda."""
        return self._page("today", TodayPage)

    @property
    def cases(self) -> CasesPage:
        """The list of cases."""
        return self._page("cases", CasesPage)

    @property
    def intake(self) -> IntakePage:
        """The search before a new ficha."""
        return self._page("intake", IntakePage)

    @property
    def ficha(self) -> FichaPage:
        """The ficha of a case."""
        return self._page("ficha", FichaPage)

    @property
    def referral(self) -> ReferralPage:
        """A referral."""
        return self._page("referral", ReferralPage)

    @property
    def referrals(self) -> ReferralsPage:
        """The referrals that wait."""
        return self._page("referrals", ReferralsPage)

    @property
    def sync(self) -> SyncPage:
        """The synchronisation."""
        return self._page("sync", SyncPage)

    @property
    def conflicts(self) -> ConflictsPage:
        """What has two values."""
        return self._page("conflicts", ConflictsPage)

    def _page(self, name: str, kind: type[P]) -> P:
        """Return a page, made when it is wanted for the first time: the window opens sooner."""
        page = self._pages.get(name)
        if page is None:
            page = self._pages[name] = kind(self._context)
            self._stack.addWidget(page)
            page.navigate.connect(self.go)
            page.led.connect(lambda name, arguments: self.go(name, arguments, is_led=True))
            page.saved.connect(self._say_saved)
            page.typing.connect(self._say_typing)
            page.not_saved.connect(self._say_not_saved)
            self.notices.follow(page)
            page.lock_wanted.connect(self.lock_wanted)
            page.closing_wanted.connect(self.closing_wanted)
        assert isinstance(page, kind)
        return page

    def flush(self) -> None:
        """Commit what is typed anywhere."""
        for page in self._pages.values():
            page.flush()

    @property
    def is_busy(self) -> bool:
        """Whether something on a screen is not on the disk."""
        return any(page.is_busy for page in self._pages.values())

    def records_changed(self) -> None:
        """Records changed: every page that shows shows what is true now."""
        current = self.page
        current.refresh()
        current.look_where()
        if current is not self.sync:
            self.sync.presenter.look()

    def show_minutes_left(self, minutes: int) -> None:
        """Say when the program locks itself."""
        self._foot.show_minutes(minutes)

    def warn_unsaved(self) -> None:
        """Say that leaving now would lose what the disk refused."""
        said = N_(
            "Hay texto que no se pudo guardar. Si sale ahora, se pierde. Para salir de todos "
            "modos, hágalo otra vez."
        )
        self._say_not_saved(self.texts(said))

    # The frame.

    def _build(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._make_bar())
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self._make_nav())
        right = QVBoxLayout()
        right.setSpacing(0)
        self.notices = Notices(self.texts)
        self.notices.more_wanted.connect(lambda: self.go("sync", {}))
        right.addWidget(self.notices)
        right.addWidget(self._stack, 1)
        body.addLayout(right, 1)
        whole.addLayout(body, 1)
        whole.addWidget(self._foot)
        self._make_shortcuts()

    def _make_bar(self) -> TopBar:
        place = self.workplace
        self._bar = bar = TopBar(self.texts, place.centre.name, is_practice=place.is_practice)
        bar.searched.connect(self._search)
        bar.results_wanted.connect(lambda: self.cases.focus_table())
        bar.language_chosen.connect(self._choose_language)
        bar.lock_wanted.connect(self.lock_wanted)
        bar.exit_wanted.connect(self.exit_wanted)
        return bar

    def _make_nav(self) -> Navigation:
        self._navigation = rail = Navigation(self.texts, self.workplace.desk)
        rail.chosen.connect(lambda name: self.go(name, {}))
        rail.new_case.connect(lambda: self.go("intake", {}))
        return rail

    def _make_shortcuts(self) -> None:
        acts: dict[str, Callable[[], object]] = {
            "new_case": lambda: self.go("intake", {}),
            "search": self._bar.focus_search,
            "today": lambda: self.go("today", {}),
            "cases": lambda: self.go("cases", {}),
            "sync_page": lambda: self.go("sync", {}),
            "sync_now": self._sync_now,
            "lock": self.lock_wanted.emit,
            "quick_exit": self.exit_wanted.emit,
        }
        for name, act in acts.items():
            keys = QShortcut(QKeySequence(SHORTCUTS[name].keys), self)
            keys.setContext(Qt.ShortcutContext.WindowShortcut)
            keys.activated.connect(act)

    # What happens.

    def _started(self, found: tuple[str | None, ResumePoint | None]) -> None:
        self._language, place = self._language or found[0], found[1]
        self._first.start()
        if self.page is not self.today:
            return  # whoever went on meanwhile stays there, in the line as it is
        if place is not None:
            self.go("ficha", {"case_id": place.case_id, "place": place})
            return
        self.go("today", {})
        self.today.table.setFocus()

    def _search(self, text: str) -> None:
        if self.page is not self.cases:
            self.go("cases", {"query": text})
        else:
            self.cases.search(text)

    def _sync_now(self) -> None:
        self.go("sync", {})
        self.sync.sync_now()

    def _choose_language(self, code: str) -> None:
        self.flush()
        self._language = code  # also if the start answers only now
        self.texts.switch(code)
        self._runner.on_storage(
            lambda uow: preferences.remember_language(uow, code), lambda _: None, lambda _: None
        )

    def _look(self) -> None:
        view, workplace = self._view, self.workplace
        may_sync = self._may_sync and workplace.sync.is_enrolled
        is_time = view is not None and is_due(view, workplace.desk.clock.now_ms())
        if may_sync and is_time and not self.sync.presenter.is_running:
            self.sync.sync_now(is_automatic=True)
            return
        if may_sync and view is not None:
            workplace.sync.watch_network(view)
        self.sync.presenter.look()

    def _show_view(self, view: SyncView) -> None:
        self._view = view
        self._show_news()
        self._counts.show_view(view)
        if self._timer.isActive():  # nothing is begun while the vault closes
            self._counts.count(self.page)
        self._foot.show_status(self.sync.said)

    def _show_news(self) -> None:
        """On the page *Sincronización* it is told whole; of a refusal where the day begins."""
        view = None if self.page is self.sync else self._view
        self.notices.show_news(view, with_refused=self.page is self.today)

    def _say_saved(self, at_ms: object) -> None:
        assert isinstance(at_ms, int)
        if self._timer.isActive():
            self._soon.start()
        if self.is_busy:  # this is on the disk; what stands on another page is not
            if not self.page.is_busy:
                self._foot.show_saved(self.texts(N_("No está guardado")))
            return
        self._saved_ms = at_ms
        self.notices.forget_unsaved()
        self.all_saved.emit()
        time = self.texts.language.format_datetime_ms(at_ms)[-5:]
        self._foot.show_all_saved(time, is_practice=self.workplace.is_practice)

    def _say_not_saved(self, said: str) -> None:
        if said or not self.is_busy:  # else what stands on another page still waits
            self._foot.show_saved(self.texts(N_("No está guardado")) if said else "")
            self.notices.say_alert(said)

    def _say_typing(self) -> None:
        self._foot.show_saved(self.texts(N_("Escribiendo…")))

    def _retranslate(self) -> None:
        if self._view is not None:
            self._show_view(self._view)
        if self._saved_ms is not None and not self.notices.is_unsaved:
            self._say_saved(self._saved_ms)
