"""Going on from forms, to another case, list or record: once everything typed in them is saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.domain.errors import DomainError, QispiError
from app.services.workplace import StorageRunner
from ui.forms.open_form import OpenForm

__all__ = ["once_saved"]


def once_saved(
    runner: StorageRunner,
    forms: Sequence[OpenForm],
    go: Callable[[], None],
    stay: Callable[[QispiError], None],
) -> None:
    """Save what waits in these forms, then ``go``: at once where nothing does. Where something
    could not be saved, ``stay`` and say why: off the screen nobody could mend it. GUI thread."""
    for one in forms:
        one.commit_all(anew=True)

    def look(_: None) -> None:
        if any(one.unsaved for one in forms):
            stay(DomainError("unsaved_before"))
        elif any(one.is_busy for one in forms):
            runner.on_storage(lambda _: None, look, stay)
        else:
            go()

    look(None)
