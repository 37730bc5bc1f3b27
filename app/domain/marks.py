"""Marks for the texts that the languages' catalogues are made from.

They stand here, below everything that has something to say: the services may not know the
languages (``app.i18n``), and the languages not the services.
"""

from __future__ import annotations

from app.domain.catalogue import GATES

__all__ = ["NC_", "N_"]


def N_(msgid: str) -> str:
    """Mark a text for the catalogues and return it as it is; it is translated where it is shown."""
    return msgid


def NC_(context: str, msgid: str) -> str:
    """Mark a text of a context for the catalogues, and return it as it is.

    The context is one of :data:`app.domain.catalogue.GATES`, written out: the extraction reads the
    source.
    """
    assert context in GATES
    return msgid
