"""The columns of the list of referrals: no name of anybody, each state a word. Whose a referral is
is said only of those that share a number, by the initials that a screen may show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from app.domain.definitions import Definitions
from app.i18n import N_
from app.services.read_models import AgeingRow
from ui.runtime.text import Texts
from ui.screens.cases.columns import risk_words
from ui.widgets.referral_state import due_words, state_words
from ui.widgets.table import Column

__all__ = ["columns_of"]

_URGENCY = "urgencia"


def columns_of(
    texts: Texts, definitions: Definitions, today: Callable[[], date]
) -> tuple[Column[AgeingRow], ...]:
    """Return the columns of the list of open referrals."""
    urgencies = definitions.catalogues[_URGENCY]

    def age(row: AgeingRow) -> str:
        days = row.referral.days
        return "—" if days is None else str(days)

    def age_spoken(row: AgeingRow) -> str:
        days = row.referral.days
        if days is None:
            return texts(N_("sin fecha"))
        return texts.plural(N_("enviada hace {count} día"), N_("enviada hace {count} días"), days)

    def number(row: AgeingRow) -> str:
        folio = row.referral.folio
        return folio if row.person is None else f"{folio} ×2"

    def number_spoken(row: AgeingRow) -> str:
        folio = row.referral.folio
        if row.person is None:
            return folio
        return f"{folio}. {texts(N_('Otra derivación lleva el mismo número'))}"

    return (
        Column(
            lambda: texts(N_("Estado")),
            lambda row: state_words(texts, definitions, row.referral),
        ),
        Column(lambda: texts(N_("Plazo")), lambda row: due_words(texts, row.referral, today())),
        Column(
            lambda: texts(N_("Urgencia")),
            lambda row: (
                texts(urgencies.label(row.referral.urgency)) if row.referral.urgency else "—"
            ),
        ),
        Column(
            lambda: texts(N_("Institución")), lambda row: texts(row.referral.institution) or "—"
        ),
        Column(lambda: texts(N_("Riesgo")), lambda row: risk_words(texts, row.risk_level or None)),
        Column(lambda: texts(N_("Derivación")), number, number_spoken),
        Column(lambda: texts(N_("Persona")), lambda row: row.person or "—"),
        Column(lambda: texts(N_("Días")), age, age_spoken),
    )
