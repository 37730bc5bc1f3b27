"""An attachment being looked at: its pages come from a process apart, as pixels. No Qt.

Its bytes are here only while it shows; nothing of it is written anywhere but that it was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.services import attachments
from app.services.apart_ports import SIDE_MAX, FilesApart, ShownPage
from app.services.attachments import AttachmentRow
from app.services.ports import Desk, UnitOfWork
from app.services.workplace import ApartRunner

__all__ = ["AttachmentPresenter", "AttachmentView", "Seen"]

_SIDE: Final = 1600
"""Pixels of the longest side, unless somebody looks closer."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An attachment as it is looked at; ``row`` says what it is."""

    row: AttachmentRow
    content: bytes


class AttachmentView(Protocol):
    """What the page can show."""

    def show_nothing(self) -> None:
        """Another attachment is on its way, or none."""

    def show_what(self, row: AttachmentRow) -> None:
        """Say what it is; its first page is on its way."""

    def show_page(self, page: int, shown: ShownPage) -> None:
        """Show a page, from 0."""

    def show_why_not(self, fault: QispiError) -> None:
        """It cannot be shown, and why."""


class AttachmentPresenter:
    """The page that shows an attachment. GUI thread only."""

    def __init__(
        self, runner: ApartRunner, desk: Desk, files: FilesApart, view: AttachmentView
    ) -> None:
        self._runner = runner
        self._desk = desk
        self._files = files
        self._view = view
        self._seen: Seen | None = None
        self._asked = 0
        """Counts what was asked for: only the answer to the last one shows."""
        self._side = _SIDE
        self.page = 0
        self.count = 0
        self.is_waiting = False
        """Whether a page is on its way."""

    def open(self, case_id: RecordId, attachment_id: RecordId) -> None:
        """Show an attachment of a case; that it was seen stands in the audit."""
        self.close()
        asked = self._ask()

        def read(uow: UnitOfWork) -> Seen:
            rows = attachments.list_of(uow, case_id)
            content = attachments.content_of(uow, self._desk, attachment_id)
            row = next((one for one in rows if one.attachment_id == attachment_id), None)
            if row is None:
                raise QispiError("record_unknown")
            return Seen(row, content)

        def came(seen: Seen) -> None:
            if asked == self._asked:
                self._seen = seen
                self._view.show_what(seen.row)
                self.turn_to(0)

        self._runner.on_storage(read, came, lambda fault: self._failed(asked, fault))

    def turn_to(self, page: int) -> None:
        """Show another page."""
        seen = self._seen
        is_there = page == 0 or 0 <= page < self.count
        if seen is None or not is_there:
            return
        asked, side = self._ask(), self._side

        def came(shown: ShownPage) -> None:
            if asked == self._asked:
                self.is_waiting = False
                self.page, self.count = page, shown.count
                self._view.show_page(page, shown)

        self._runner.on_apart(
            lambda: self._files.shown(seen.content, page, side),
            came,
            lambda fault: self._failed(asked, fault),
        )

    def look_closer(self, *, is_close: bool) -> None:
        """Draw the page with as many pixels as there may be, or with fewer."""
        side = SIDE_MAX if is_close else _SIDE
        if side > self._side:
            self._side = side
            self.turn_to(self.page)
        self._side = side

    def close(self) -> None:
        """Let go of the bytes: nobody looks any more."""
        self._asked += 1
        self.is_waiting = False
        self._seen = None
        self._side = _SIDE
        self.page = self.count = 0
        self._view.show_nothing()

    def _ask(self) -> int:
        self._asked += 1
        self.is_waiting = True
        return self._asked

    def _failed(self, asked: int, fault: QispiError) -> None:
        if asked == self._asked:
            self.is_waiting = False
            self._view.show_why_not(fault)
