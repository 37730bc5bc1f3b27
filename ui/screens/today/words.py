"""What was decided about a task, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.pathway import TaskState
from app.i18n import N_
from app.services.task_view import TaskView
from ui.runtime.text import Texts

__all__ = ["decision_words"]

_STATES: Final[Mapping[TaskState, str]] = {
    TaskState.OPEN: N_("Abierta"),
    TaskState.DONE: N_("Hecha"),
    TaskState.NOT_NEEDED: N_("No corresponde"),
    TaskState.POSTPONED: N_("Pospuesta"),
    TaskState.NO_PROFESSIONAL: N_("No hay profesional disponible"),
}


def decision_words(texts: Texts, task: TaskView) -> str:
    """Return what was decided about a task, in a few words. One whose term ran out shows again
    although it was put off, and still says so."""
    if task.until is not None and not task.is_settled:
        date_words = texts.language.format_date(task.until)
        return texts(N_("Pospuesta hasta el {date}"), date=date_words)
    return texts(_STATES[task.state])
