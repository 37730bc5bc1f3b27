"""What to do, in words, with the name by which whoever is told of it knows what it is."""

from __future__ import annotations

from app.i18n import N_
from app.services.sync_advice import PROCEDURES, Advice
from ui.runtime.text import Texts

__all__ = ["advice_words", "told_words"]


def advice_words(texts: Texts, advice: Advice) -> str:
    """Return what to do."""
    return f"{texts(advice.what_to_do)} {told_words(texts, advice.procedure)}".strip()


def told_words(texts: Texts, number: int | None) -> str:
    """Return what to call it when telling of it; empty when nobody needs to be told."""
    if number is None:
        return ""
    return texts(N_("Al avisar, diga: «{title}»."), title=texts(PROCEDURES[number]))
