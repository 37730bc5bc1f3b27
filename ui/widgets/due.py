"""When something is due, in words with a shape: never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.i18n import N_
from ui.runtime.text import Texts
from ui.widgets.chip_delegate import ChipLook

__all__ = ["DueWords", "due_words"]


@dataclass(frozen=True, slots=True)
class DueWords:
    """The words of a term, and the colours of their chip."""

    text: str
    look: ChipLook


_OVER = ChipLook("danger", "danger_soft")
_SOON = ChipLook("warning", "warning_soft")
_LATER = ChipLook("ok", "ok_soft")
_OPEN = ChipLook("info", "info_soft")


def due_words(
    texts: Texts,
    due_at: datetime | None,
    now: datetime,
    *,
    is_unknown: bool,
    is_urgent: bool = False,
) -> DueWords:
    """Return how a term is said on the day of ``now``; both with a time zone, Lima's.

    ``is_urgent`` marks one that must be treated as running out now although it cannot be told.
    """
    if is_urgent and (due_at is None or due_at >= now):
        return DueWords(texts(N_("▲ Urgente")), _OVER)
    if due_at is None:
        return DueWords(texts(N_("? No se sabe") if is_unknown else N_("Sin plazo")), _OPEN)
    day, today = due_at.date(), now.date()
    date, time = texts.language.format_date(day), f"{due_at:%H:%M}"
    if due_at < now:
        if day == today:
            return DueWords(texts(N_("▲ Venció hoy {time}"), time=time), _OVER)
        if day == today - timedelta(days=1):
            return DueWords(texts(N_("▲ Venció ayer")), _OVER)
        return DueWords(texts(N_("▲ Venció {date}"), date=date), _OVER)
    if day == today:
        return DueWords(texts(N_("◆ Hoy {time}"), time=time), _SOON)
    if day == today + timedelta(days=1):
        return DueWords(texts(N_("◆ Mañana {time}"), time=time), _SOON)
    return DueWords(texts(N_("● {date}"), date=date), _LATER)
