"""The columns of the list: each a word, never a colour alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from app.domain.definitions import Definitions
from app.i18n import N_
from app.services.read_models import CaseRow
from ui.runtime.text import Texts
from ui.widgets.place import place_short, place_told
from ui.widgets.risk import RISKS
from ui.widgets.table import Column

__all__ = ["CONFLICT", "ONLY_KNOWN", "OTHER_HAS_NUMBER", "columns_of", "place_name", "risk_words"]

CONFLICT: Final = N_("dos valores")
ONLY_KNOWN: Final = N_("Lo atiende su equipo")
"""Instead of the person of a case of which somebody sees no more than that it is there."""
OTHER_HAS_NUMBER: Final = N_("Otro caso lleva el mismo número")

_TYPES: Final = {"0": N_("Eco"), "1": N_("Psi"), "2": N_("Fís"), "3": N_("Sex")}
"""Short words of TIPO_VIOLENCIA for a narrow column; the whole one is said and in the tool tip."""


def columns_of(
    texts: Texts, definitions: Definitions, is_twice: Callable[[str], bool]
) -> tuple[Column[CaseRow], ...]:
    """Return the columns of the list of cases; ``is_twice`` says whether two of those listed bear
    a number."""
    types = definitions.catalogues["tipo_violencia"]

    def violence(row: CaseRow) -> str:
        if row.violence_type is None:
            return "—"
        short = _TYPES.get(row.violence_type)
        return texts(short) if short else texts(types.label(row.violence_type))

    def violence_whole(row: CaseRow) -> str:
        return texts(types.label(row.violence_type)) if row.violence_type else "—"

    def person(row: CaseRow) -> str:
        return texts(ONLY_KNOWN) if row.is_only_known else row.person or "—"

    def risk(row: CaseRow) -> str:
        return "—" if row.is_only_known else risk_words(texts, row.risk_level)

    def number(row: CaseRow) -> str:
        return f"{row.code} ×2" if is_twice(row.code) else row.code

    def number_whole(row: CaseRow) -> str:
        return f"{row.code}. {texts(OTHER_HAS_NUMBER)}" if is_twice(row.code) else row.code

    def where(row: CaseRow) -> str:
        if row.has_conflict:
            return texts(CONFLICT)
        return place_short(texts, row.place) if row.place is not None else ""

    def where_whole(row: CaseRow) -> str:
        told = place_told(texts, row.place) if row.place is not None else ""
        return f"{texts(CONFLICT)}. {told}" if row.has_conflict else told

    return (
        Column(lambda: texts(N_("Riesgo")), risk),
        Column(lambda: texts(N_("Caso")), number, number_whole),
        Column(lambda: texts(N_("Persona usuaria")), person),
        Column(lambda: texts(N_("Edad")), lambda row: "—" if row.age is None else str(row.age)),
        Column(lambda: texts(N_("Distrito")), lambda row: place_name(definitions, row.district)),
        Column(lambda: texts(N_("Tipo")), violence, violence_whole),
        Column(lambda: texts(N_("Dónde está")), where, where_whole),
    )


def risk_words(texts: Texts, level: str | None) -> str:
    """Return the level of risk as shape and word; a case not valued yet says so."""
    look = RISKS.get(level or "")
    return f"{look.shape} {texts(look.word)}" if look else texts(N_("sin valorar"))


def place_name(definitions: Definitions, code: str | None) -> str:
    """Return the name of a district, or a dash."""
    found = definitions.places.get(code or "")
    return found.district if found else "—"
