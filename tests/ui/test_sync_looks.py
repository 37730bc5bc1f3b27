"""The page *Sincronización* looks again once it noted that somebody looks, and not for ever."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from app.domain.errors import QispiError
from app.services import evidence
from app.services.ports import UnitOfWork
from app.services.sync_facts import sync_view
from tests.support.windows import Screen
from ui.screens.sync.presenter import SyncPresenter

T = TypeVar("T")


class Restless:
    """Runs work at once; before each piece of it the laptop finds the same news again."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self.is_restless = True
        self.runs = 0

    def on_storage(
        self,
        work: Callable[[UnitOfWork], T],
        done: Callable[[T], None],
        failed: Callable[[QispiError], None],
    ) -> None:
        del failed
        self.runs += 1
        assert self.runs < 20, "it looks for ever"
        done(self._screen.run(lambda uow: self._happen(uow) or work(uow)))  # type: ignore[func-returns-value]

    def _happen(self, uow: UnitOfWork) -> None:
        if self.is_restless:
            evidence.note_machine(uow, self._screen.desk, "folder_moved", b"tag")
            uow.commit()


def test_news_that_never_end_are_not_looked_for_without_end(screen: Screen) -> None:
    screen.go("sync")
    runner = Restless(screen)
    shell = screen.shell
    presenter = SyncPresenter(runner, shell.workplace, shell.sync)
    presenter.look()
    assert runner.runs <= 4

    runner.is_restless = False
    presenter.look()
    assert screen.run(lambda uow: sync_view(uow)).unseen == (), "who looks again has seen it"
