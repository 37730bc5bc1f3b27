"""Says that questions must be read out by an interpreter: no approved translation stands there."""

from __future__ import annotations

from app.domain.form import Section
from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.pieces import Box

__all__ = ["interpreter_prompt"]


def interpreter_prompt(texts: Texts, section: Section) -> Box | None:
    """Return the box to stand above a section whose questions on consent, safety or rights lack an
    approved translation in the language on the screen; None where nothing has to be said."""
    if texts.is_understood(section):
        return None
    box = Box("info")
    box.say(
        texts(N_("Con intérprete")),
        texts(
            N_(
                "Estas preguntas no tienen traducción aprobada. Léalas en castellano con "
                "intérprete."
            )
        ),
    )
    return box
