"""What a record is, in words: by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.definitions import Definitions
from app.domain.marks import N_
from app.domain.records import Kind

__all__ = ["kind_title"]

_OF_NO_FORM: Final[Mapping[str, str]] = {
    Kind.CASE: N_("Caso"),
    Kind.SURVIVOR: N_("Persona usuaria"),
    Kind.ALLEGED_PERPETRATOR: N_("Presunta persona agresora"),
    Kind.CONSENT: N_("Consentimiento"),
    Kind.PERSON: N_("Persona del centro"),
    Kind.ATTACHMENT: N_("Archivo adjunto"),
    Kind.ACCESS: N_("Acceso pedido"),
}
"""Kinds of record that no form is about; the others are called as their form."""


def kind_title(definitions: Definitions, kind: str) -> str:
    """Return the Spanish message id of what records of a kind are; empty for a kind that this
    version does not know."""
    of_form = (one.title for one in definitions.forms.values() if one.anchor == kind)
    return _OF_NO_FORM.get(kind) or next(of_form, "")
