"""What stands above the pages and was not seen, kept for the same person until she was told it."""

from __future__ import annotations

from collections.abc import Sequence

from app.services import unread
from app.services.ports import Desk
from app.services.workplace import StorageRunner
from ui.notices import Notices

__all__ = ["Unread"]


class Unread:
    """Says after a lock, or a power cut, what was refused before it. Where the disk refuses this,
    too, nothing is kept: nowhere outside the vault may it stand. GUI thread."""

    def __init__(self, runner: StorageRunner, desk: Desk, notices: Notices) -> None:
        self._runner = runner
        self._desk = desk
        self._notices = notices
        self._untaken: Sequence[str] | None = None
        """What the disk did not take, or not yet: the last of it, which replaces the others."""
        notices.unread.connect(self._keep)

    def look(self) -> None:
        """Say what is kept for who works here. Where it cannot be read, what is refused from now on
        is kept all the same."""
        self._runner.on_storage(
            lambda uow: unread.refusals(uow, self._desk),
            self._notices.say_kept,
            lambda _: self._notices.say_kept(()),
        )

    def keep_again(self) -> None:
        """The vault is about to close: keep what the disk did not take before."""
        if self._untaken is not None:
            self._keep(self._untaken)

    def _keep(self, said: Sequence[str]) -> None:
        def taken(_: None) -> None:
            if self._untaken is said:
                self._untaken = None

        self._untaken = said
        self._runner.on_storage(
            lambda uow: unread.keep_refusals(uow, self._desk, said), taken, lambda _: None
        )
