"""The list of open referrals, the slip that came back, a case that another CEM sends. No Qt."""

from __future__ import annotations

from typing import Protocol

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.services import referral_answers, transfers
from app.services.ports import Desk
from app.services.read_models import AgeingRow, ReferralRow
from app.services.transfers import Origin
from app.services.workplace import StorageRunner

__all__ = ["ReferralsPresenter", "ReferralsView"]


class ReferralsView(Protocol):
    """What the page can show."""

    def show_ageing(self, rows: tuple[AgeingRow, ...]) -> None:
        """Show these referrals, in this order."""

    def show_count(self, count: int) -> None:
        """So many are open."""

    def open_answer(self, row: ReferralRow) -> None:
        """The slip is of this referral: go to where its answer is filled in."""

    def show_refused_slip(self, fault: QispiError) -> None:
        """The code that was typed names no referral, or not that one."""

    def open_ficha(self, case_id: RecordId) -> None:
        """The linked ficha was opened: go to it."""

    def show_refused_origin(self, fault: QispiError) -> None:
        """What was typed of the other centre's paper does not fit."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


class ReferralsPresenter:
    """Decides what the page of referrals shows. GUI thread only."""

    def __init__(self, runner: StorageRunner, desk: Desk, view: ReferralsView) -> None:
        self._runner = runner
        self._desk = desk
        self._view = view
        self._is_looking = False
        self._is_stale = False
        self._is_asking = False

    def look(self) -> None:
        """Read the open referrals; while the disk answers, one more look follows, not several."""
        if self._is_looking:
            self._is_stale = True
            return
        self._is_looking, self._is_stale = True, False
        self._runner.on_storage(
            lambda uow: referral_answers.ageing(uow, self._desk), self._found, self._failed
        )

    def count(self) -> None:
        """Ask how many are open."""
        self._runner.on_storage(
            referral_answers.count_open, self._view.show_count, self._view.show_fault
        )

    def register(self, code: str) -> None:
        """Look for the referral of a slip by its code."""
        if self._is_asking or not code.strip():
            return
        self._is_asking = True

        def found(row: ReferralRow) -> None:
            self._is_asking = False
            self._view.open_answer(row)

        def refused(fault: QispiError) -> None:
            self._is_asking = False
            self._view.show_refused_slip(fault)

        self._runner.on_storage(
            lambda uow: referral_answers.register_slip(uow, self._desk, code), found, refused
        )

    def open_linked(self, origin: Origin) -> None:
        """Open the ficha of a case that another CEM transferred. One press opens one."""
        if self._is_asking:
            return
        self._is_asking = True

        def opened(case_id: RecordId) -> None:
            self._is_asking = False
            self._view.open_ficha(case_id)

        def refused(fault: QispiError) -> None:
            self._is_asking = False
            self._view.show_refused_origin(fault)

        self._runner.on_storage(
            lambda uow: transfers.open_linked(uow, self._desk, origin), opened, refused
        )

    def _found(self, rows: tuple[AgeingRow, ...]) -> None:
        self._is_looking = False
        if self._is_stale:
            self.look()
            return
        self._view.show_ageing(rows)
        self._view.show_count(len(rows))

    def _failed(self, fault: QispiError) -> None:
        self._is_looking = False
        self._view.show_fault(fault)
