"""What could not be done before a ficha is there, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.errors import QispiError
from app.i18n import N_
from ui.runtime.text import Texts
from ui.screens.intake.drafts import Wanted
from ui.widgets.refusals import pressed_words

__all__ = ["not_done_words"]


_NOT_DONE: Final[Mapping[Wanted, str]] = {
    Wanted.FICHA: N_("Nueva atención: no se abrió ninguna ficha."),
    Wanted.FORGET: N_("Nueva atención: lo escrito no se quitó; aparecerá al volver."),
    Wanted.SEARCH: N_("Nueva atención: no se pudo buscar si ya figura."),
}


def not_done_words(texts: Texts, fault: QispiError, wanted: Wanted) -> str:
    """Return that this was refused, and why. It stands above whatever page she goes to, and of
    whom it speaks stays on her own page: nobody's name does."""
    return f"{texts(_NOT_DONE[wanted])} {pressed_words(texts, fault)}"
