"""What to do, in words, with the procedure of the operator's manual that says how."""

from __future__ import annotations

from app.i18n import N_
from app.services.sync_advice import PROCEDURES, Advice
from ui.runtime.text import Texts

__all__ = ["advice_words"]


def advice_words(texts: Texts, advice: Advice | None) -> str:
    """Return what to do; empty when there is nothing to be said."""
    if advice is None:
        return ""
    said = texts(advice.what_to_do)
    if advice.procedure is None:
        return said
    title = texts(PROCEDURES[advice.procedure])
    return f"{said} " + texts(
        N_("Procedimiento {number}: {title}."), number=advice.procedure, title=title
    )
