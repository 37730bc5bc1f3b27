"""The level of risk as a shape and a word, never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.i18n import N_

__all__ = ["RISKS", "RiskLook"]


@dataclass(frozen=True, slots=True)
class RiskLook:
    """How a level of risk looks: shape, word, colour and soft colour of the theme."""

    shape: str
    word: str
    colour: str
    soft: str


RISKS: Final = {
    "3": RiskLook("▲", N_("SEVERO"), "danger", "danger_soft"),
    "2": RiskLook("◆", N_("MODERADO"), "warning", "warning_soft"),
    "1": RiskLook("●", N_("LEVE"), "ok", "ok_soft"),
}
"""By the official code of NIVEL_DE_RIESGO_VICTIMA."""
