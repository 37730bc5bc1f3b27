"""What stands above every page: what went wrong, and what happened to this laptop while it was off.

None of it stops anybody: the page below goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.i18n import N_
from app.services.messages import sentence
from app.services.read_models import SyncView
from ui.runtime.page import Page
from ui.runtime.text import Texts
from ui.widgets.pieces import Box, button

__all__ = ["Notices"]

_MARKED_ONLY: Final = frozenset({"other_history_seen", "log_short", "receipt_broken"})
"""Nothing of one's own work changes by them: the mark at the menu leads to where they are told."""

_AT_ONCE: Final = 3
"""How much of what failed is said at once: more would not be read whole above a page on a small
screen. Where there is more, how much waits takes the place of one."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """What failed, in words; ``page``: the one whose case it is about, as long as it shows;
    ``is_kept``: it failed before the program was locked."""

    said: str
    page: Page | None = None
    is_kept: bool = False

    @property
    def named(self) -> str:
        """What is said of it where no case shows."""
        return self.said if self.page is None else self.page.of_case(self.said)


class Notices(QWidget):
    """The alert and the notice; nothing shows while there is nothing to say.

    Signals:
        more_wanted: go to where the notice is told whole.
        fitted: whether anything shows now: what presses less gives way to it.
        unread: what failed and was not seen is this now, in words, once it is known what was kept
            of it before.
    """

    more_wanted = Signal()
    fitted = Signal(bool)
    unread = Signal(object)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self.setObjectName("page")
        self._texts = texts
        self._news: tuple[str, ...] = ()
        self._unsaved = ""
        self._failed: tuple[_Failed, ...] = ()
        """What failed and was not seen yet, the last of it at the end: what is said next takes none
        of it away."""
        self._kept: tuple[str, ...] | None = None
        """As much of it as is kept for after a lock; None while that is not known."""
        self._bug = ""
        """The last fault of the program, of which no page told yet what was not done by it."""
        self._alert = Box("danger", is_row=True)
        self._alert.hide()
        self.failed_seen = button("link")
        texts.bind(self.failed_seen, "setText", N_("Visto"))
        self.failed_seen.clicked.connect(self.forget_failed)
        self._alert.buttons.addWidget(self.failed_seen)
        self._notice = Box("warning", is_row=True)
        self._notice.hide()
        more = button("link", "refresh-cw")
        texts.bind(more, "setText", N_("Ver qué hacer"))
        more.clicked.connect(self.more_wanted)
        self._notice.buttons.addWidget(more)
        self._tried: tuple[int, int] | None = None
        self._tries = Box("warning", is_row=True)
        self._tries.hide()
        self.tries_seen = button("link")
        texts.bind(self.tries_seen, "setText", N_("Visto"))
        self.tries_seen.clicked.connect(self._forget_tries)
        self._tries.buttons.addWidget(self.tries_seen)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 4, 16, 0)
        column.setSpacing(6)
        column.addWidget(self._alert)
        column.addWidget(self._notice)
        column.addWidget(self._tries)
        self.hide()
        texts.changed.connect(self._say_alert)  # of which only how much waits is ours to say anew
        texts.changed.connect(self._say_news)
        texts.changed.connect(self._say_tries)

    @property
    def alert_words(self) -> str:
        """What the alert says; empty when none shows."""
        return "" if self._alert.isHidden() else self._alert.accessibleName()

    @property
    def notice_words(self) -> str:
        """What the notice says; empty when none shows."""
        return "" if self._notice.isHidden() else self._notice.accessibleName()

    @property
    def tries_words(self) -> str:
        """What is said of words that opened nothing; empty when nothing is."""
        return "" if self._tries.isHidden() else self._tries.accessibleName()

    @property
    def is_unsaved(self) -> bool:
        """Whether it says that something is not on the disk."""
        return bool(self._unsaved)

    def follow(self, page: Page) -> None:
        """Say what fails on a page. It stays until she has seen it: until she goes to another
        page, says so, or begins something else. That something is saved says nothing of it:
        several things may be under way."""
        page.failed.connect(lambda said: self._hear(page, said))
        page.leaves.connect(lambda: self._leave(page))
        page.begun.connect(self.forget_failed)

    def say_failed(self, said: str, page: Page | None = None) -> None:
        """Say what could not be done: it stays until she has seen it, and takes nothing of what is
        not on the disk away. Where it is that by a fault of the program, it says the fault, too.
        ``page``: where it is known without its number of which case it is."""
        said_before = {said, self._bug} if self._bug and self._bug in said else {said}
        others = (one for one in self._failed if one.said not in said_before)
        self._failed = (*others, _Failed(said, page))
        self._say_alert()

    def _hear(self, page: Page, said: str) -> None:
        if page.isVisible():
            self.say_failed(said, page)
        else:
            self.say_failed(page.of_case(said))

    def _leave(self, page: Page) -> None:
        """What stands of the case that a page shows no more is said of it: she may not have seen
        it, and above the next case it would be said of that one."""
        if all(one.page is not page for one in self._failed):
            return
        named = (_Failed(one.named) if one.page is page else one for one in self._failed)
        self._failed = tuple({one.said: one for one in named}.values())
        self._say_alert()

    def say_bug(self, place: str) -> None:
        """Say a fault of the program at this place in the code, once: a page that tells what was
        not done by it says the fault, too."""
        self._bug = sentence("bug", {"place": place}, self._texts)
        told = (one for one in self._failed if self._bug in one.said)
        found = next(told, _Failed(self._bug))
        self.say_failed(found.said, found.page)  # of now, also if it was met before a lock, too

    def forget_failed(self) -> None:
        """What is said of what failed was seen, or something else is being done: it is over. What
        waits to be said comes up then; what is not on the disk stays."""
        self._failed = self._failed[: len(self._failed) - len(self._told)]
        self._say_alert()

    def say_kept(self, kept: Sequence[str]) -> None:
        """Say what failed before the program was locked, and was not seen then."""
        self._kept = tuple(kept)
        now = {one.named for one in self._failed}
        before = (_Failed(one, is_kept=True) for one in kept if one not in now)
        self._failed = (*before, *self._failed)
        self._say_alert()

    def say_alert(self, said: str) -> None:
        """Say that something is not on the disk: until it is, and nobody ticks it off. It takes
        nothing of what failed away."""
        self._unsaved = said
        self._say_alert()

    def forget_unsaved(self) -> None:
        """All is on the disk; what failed before is not done by that, nor is a fault of the program
        over."""
        self._unsaved = ""
        self._say_alert()

    def show_news(self, view: SyncView | None, *, with_refused: bool = False) -> None:
        """Tell, in a line, what nobody has looked at yet; perhaps that the region refused a batch,
        for as long as it does. None: nothing."""
        news = view.unseen if view is not None else ()
        is_refused = with_refused and view is not None and view.refused > 0
        told = tuple(one for one in news if one not in _MARKED_ONLY)
        self._news = (*told, "batches_refused") if is_refused else told
        self._say_news()

    def show_tries(self, count: int, last_ms: int) -> None:
        """Tell that somebody tried to open the laptop, until it is seen; 0: nothing."""
        self._tried = (count, last_ms) if count else None
        self._say_tries()

    @property
    def _told(self) -> tuple[_Failed, ...]:
        is_whole = len(self._failed) <= _AT_ONCE
        return self._failed if is_whole else self._failed[1 - _AT_ONCE :]

    def _say_alert(self) -> None:
        failed = [self._words_of(one) for one in self._told]
        # A line each: whoever reads them in a row takes the number of one case for the other's.
        said = "\n".join(dict.fromkeys(one for one in (self._unsaved, *failed) if one))
        self._alert.say(said, self._waiting_words(len(self._failed) - len(failed)))
        self.failed_seen.setVisible(any(one != self._unsaved for one in failed))
        self._alert.setVisible(bool(said))
        self._fit()
        unread = tuple(one.named for one in self._failed)
        if self._kept not in (None, unread):
            self._kept = unread
            self.unread.emit(unread)

    def _words_of(self, failed: _Failed) -> str:
        before = N_("De la última vez: {said}")
        return self._texts(before, said=failed.said) if failed.is_kept else failed.said

    def _waiting_words(self, count: int) -> str:
        said = N_("Hay {count} avisos más. Presione «Visto» para leerlos.")  # never one alone
        return self._texts(said, count=count) if count else ""

    def _forget_tries(self) -> None:
        self.show_tries(0, 0)

    def _say_tries(self) -> None:
        if self._tried is not None:
            count, last_ms = self._tried
            said = self._texts.plural(
                N_(
                    "{count} intento fallido de abrir este equipo, el {time}. Si no fue usted, "
                    "avise a su coordinación."
                ),
                N_(
                    "{count} intentos fallidos de abrir este equipo, el último el {time}. Si no "
                    "fue usted, avise a su coordinación."
                ),
                count,
                time=self._texts.language.format_datetime_ms(last_ms),
            )
            self._tries.say("", said)
        self._tries.setVisible(self._tried is not None)
        self._fit()

    def _say_news(self) -> None:
        said = [sentence(f"{one}_news", {}, self._texts) for one in self._news]
        self._notice.say("", " ".join(said))
        self._notice.setVisible(bool(said))
        self._fit()

    def _fit(self) -> None:
        boxes = (self._alert, self._notice, self._tries)
        shows = not all(one.isHidden() for one in boxes)
        self.setVisible(shows)
        self.fitted.emit(shows)
