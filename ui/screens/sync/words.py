"""What to do, in words, with the procedure of the operator's manual that says how."""

from __future__ import annotations

from app.i18n import N_
from app.services.sync_advice import PROCEDURES, Advice
from ui.runtime.text import Texts

__all__ = ["advice_words", "procedure_words"]


def advice_words(texts: Texts, advice: Advice) -> str:
    """Return what to do."""
    return f"{texts(advice.what_to_do)} {procedure_words(texts, advice.procedure)}".strip()


def procedure_words(texts: Texts, number: int | None) -> str:
    """Return the name of a procedure; empty when there is none."""
    if number is None:
        return ""
    title = texts(PROCEDURES[number])
    return texts(N_("Procedimiento {number} del manual: {title}."), number=number, title=title)
