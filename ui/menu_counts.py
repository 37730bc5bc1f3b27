"""How much waits behind the lines of the rail, whatever page shows."""

from __future__ import annotations

from app.services.read_models import SyncView
from ui.navigation import Navigation
from ui.runtime.page import Page
from ui.screens.referrals.view import ReferralsPage
from ui.screens.today.view import TodayPage

__all__ = ["MenuCounts"]


class MenuCounts:
    """Has the pages count, and the rail show it. GUI thread only."""

    def __init__(self, rail: Navigation, today: TodayPage, referrals: ReferralsPage) -> None:
        self._rail = rail
        self._today = today
        self._referrals = referrals
        today.counted.connect(lambda count: rail.show_count("today", count))
        referrals.counted.connect(lambda count: rail.show_count("referrals", count))
        today.upkeep.counted.connect(lambda count: rail.show_count("machine", count))

    def show_view(self, view: SyncView) -> None:
        """Show how much waits to be sent and to be settled."""
        self._rail.show_count("sync", view.waiting_of_all, is_noted=bool(view.unseen))
        self._rail.show_count("conflicts", view.conflicts)

    def count(self, page: Page) -> None:
        """Count anew what the page that shows does not count itself."""
        self._referrals.presenter.count()
        if page is not self._today:  # there the list itself tells it
            self._today.presenter.count()
            self._today.look_at_upkeep()

    def count_due(self, page: Page) -> None:
        """Another page shows: what was due may have been seen to on the one before."""
        if page is not self._today:
            self._today.look_at_upkeep()
