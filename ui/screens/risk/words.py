"""The words of levels, days and evolutions on the page of risk: never a colour alone."""

from __future__ import annotations

from datetime import date
from typing import Final

from app.domain.definitions import Definitions
from app.domain.risk import Evolution
from app.i18n import N_, NC_
from ui.runtime.text import Texts
from ui.widgets.risk import RISKS

__all__ = ["EVOLUTIONS", "day_words", "instrument_level", "own_level"]

_UNDETERMINED: Final = "○"

EVOLUTIONS: Final = {
    Evolution.UP: N_("↑ subió"),
    Evolution.SAME: N_("= sigue igual"),
    Evolution.DOWN: N_("↓ bajó"),
}


def own_level(texts: Texts, level: str) -> str:
    """Return a level of the centre's valuation as a shape and a word."""
    look = RISKS.get(level)
    return f"{look.shape} {texts(look.word)}" if look else texts(NC_("safety", "Sin nivel todavía"))


def instrument_level(texts: Texts, definitions: Definitions, level: str) -> str:
    """Return a level of an instrument as a shape and its label."""
    if not level:
        return texts(NC_("safety", "Sin nivel todavía"))
    look = RISKS.get(definitions.risk.counts_as(level))
    label = texts(definitions.catalogues["nivel_fvr"].label(level))
    return f"{look.shape if look else _UNDETERMINED} {label}"


def day_words(texts: Texts, day: date | None) -> str:
    """Return a day as people write it."""
    return texts.language.format_date(day) if day else texts(N_("sin fecha"))
