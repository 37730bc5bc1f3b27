"""What became of a referral as a shape and words, never a colour alone; and when it is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.definitions import Definitions
from app.domain.referral import ReferralState
from app.i18n import N_
from app.services.read_models import ReferralRow
from ui.runtime.text import Texts

__all__ = ["LOOKS", "StateLook", "due_words", "look_of", "state_words"]

_STATES: Final = "estado_derivacion"


@dataclass(frozen=True, slots=True)
class StateLook:
    """How a state looks: its shape and the colour of the theme; its word stands in the data."""

    shape: str
    tone: str

    @property
    def soft(self) -> str:
        """The colour behind the words."""
        return f"{self.tone}_soft"


LOOKS: Final = {
    ReferralState.DRAFT: StateLook("○", "info"),
    ReferralState.SENT: StateLook("●", "info"),
    ReferralState.RECEIVED: StateLook("●", "info"),
    ReferralState.APPOINTMENT: StateLook("●", "info"),
    ReferralState.OVERDUE: StateLook("▲", "danger"),
    ReferralState.NOT_ARRIVED: StateLook("▲", "danger"),
    ReferralState.REFUSED: StateLook("◆", "warning"),
    ReferralState.NO_ANSWER: StateLook("◆", "warning"),
    ReferralState.ATTENDED: StateLook("✓", "ok"),
}
_WAITED_FOR: Final = frozenset({ReferralState.SENT, ReferralState.RECEIVED})
_REVOKED: Final = StateLook("▲", "danger")


def look_of(row: ReferralRow) -> StateLook:
    """Return how a referral looks: a consent taken back stands before everything else."""
    if row.revoked:
        return _REVOKED
    look = LOOKS[row.state]
    return StateLook("▲", "danger") if _has_passed(row) else look


def state_words(texts: Texts, definitions: Definitions, row: ReferralRow) -> str:
    """Return shape and words of what became of a referral."""
    shape = look_of(row).shape
    if row.revoked:
        return f"{shape} {texts(N_('Avisar: retiró'))}"
    if _has_passed(row):
        return f"{shape} {texts(N_('Pasó su cita'))}"
    return f"{shape} {texts(definitions.catalogues[_STATES].label(row.state.value))}"


def due_words(texts: Texts, row: ReferralRow, today: date) -> str:
    """Return until when something is waited for, in words: the answer, the appointment, or telling
    the receiver that she took her consent back."""
    if row.revoked:
        return _day(texts, row.stop_by, today)
    if row.state is ReferralState.APPOINTMENT:
        return _day(texts, row.appointment_on, today)
    if row.is_due_unknown:
        return texts(N_("no se sabe"))
    if row.due is None:
        return texts(N_("sin plazo")) if row.state in _WAITED_FOR else "—"
    if row.due.date() == today:
        return texts(N_("hoy, {time}"), time=row.due.strftime("%H:%M"))
    return _day(texts, row.due.date(), today)


def _day(texts: Texts, day: date | None, today: date) -> str:
    if day is None:
        return texts(N_("no se sabe"))
    distance = (day - today).days
    if distance == 0:
        return texts(N_("hoy"))
    if distance == -1:
        return texts(N_("ayer"))
    if distance == 1:
        return texts(N_("mañana"))
    if distance < 0:
        return texts.plural(N_("hace {count} día"), N_("hace {count} días"), -distance)
    return texts.language.format_date(day)


def _has_passed(row: ReferralRow) -> bool:
    """Whether her appointment has passed and nobody knows whether she was seen."""
    return row.state is ReferralState.APPOINTMENT and row.needs_action
