"""What was decided about a task, or was refused, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.errors import QispiError
from app.domain.pathway import TaskState
from app.i18n import N_
from app.services.task_view import TaskView
from ui.runtime.text import Texts
from ui.widgets.refusals import pressed_words

__all__ = ["decision_words", "refusal_words"]

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


def refusal_words(texts: Texts, fault: QispiError, code: str, task: TaskView) -> str:
    """Return that a decision about a task of the case of this number was refused, and why. It is
    named always: the sentence stands while she goes on to other tasks, and to other cases. That
    nothing was noted is said first: the foot says meanwhile that all is saved."""
    named = " · ".join(one for one in (code, texts(task.title)) if one)
    nothing = texts(N_("No se anotó."))
    return f"{named}: {nothing} {pressed_words(texts, fault)}"
