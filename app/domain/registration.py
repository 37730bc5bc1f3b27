"""Which condition a new ficha has: Nuevo, Reingreso, Reincidente, Derivado, Continuador.

The unit of the registry is the pair of a person served and an alleged perpetrator, and the episode
(official dictionary of the RA CEM, variable CONDICION). What the rules ask and the records do not
say is named; nothing is chosen here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.domain.traits import Reason

__all__ = [
    "CONTINUED",
    "NEW",
    "RECURRENT",
    "REENTRY",
    "REFERRED",
    "SOURCE",
    "EarlierCase",
    "Proposal",
    "propose",
]

NEW: Final = "1"
REENTRY: Final = "2"
RECURRENT: Final = "3"
REFERRED: Final = "4"
CONTINUED: Final = "5"
"""Codes of the catalogue *condicion*."""

SOURCE: Final = "Diccionario de variables RA CEM, CONDICION"


@dataclass(frozen=True, slots=True)
class EarlierCase:
    """A case of the person served that is on file.

    ``last_attention`` is the last day on which she was attended in it, None when it is not known;
    ``same_perpetrator`` whether it is against the one whom the new ficha names.
    """

    code: str
    last_attention: date | None
    is_of_this_centre: bool
    same_perpetrator: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """A code, or None with the codes that remain; why, and what is still to be known."""

    code: str | None
    possible: tuple[str, ...]
    reasons: tuple[Reason, ...]
    missing: tuple[Reason, ...] = ()


def propose(earlier: Sequence[EarlierCase], day: date, *, perpetrator_is_named: bool) -> Proposal:
    """Return what the rules say of a ficha opened on ``day`` for somebody with these cases.

    ``perpetrator_is_named`` is false while nothing is known of the alleged perpetrator: then no
    rule about the same or another one can be applied.
    """
    if not earlier:
        # «A nivel nacional»: other centres' records are not on this laptop.
        return Proposal(
            NEW, (), (Reason("condition_no_earlier"),), (Reason("condition_ask_other_centres"),)
        )
    newest = max(earlier, key=lambda case: (case.last_attention or date.min, case.code))
    if not perpetrator_is_named:
        return Proposal(
            None,
            (REENTRY, RECURRENT, REFERRED, CONTINUED),
            (Reason("condition_has_earlier", _named(newest)),),
            (Reason("condition_who_is_perpetrator"),),
        )
    same = [case for case in earlier if case.same_perpetrator]
    if not same:
        return Proposal(
            REENTRY,
            (),
            (Reason("condition_other_perpetrator", _named(newest)),),
            (Reason("condition_confirm_other_perpetrator"),),
        )
    return _same_pair(max(same, key=lambda case: (case.last_attention or date.min, case.code)), day)


def _same_pair(case: EarlierCase, day: date) -> Proposal:
    because = Reason("condition_same_perpetrator", _named(case))
    if not case.is_of_this_centre:
        return Proposal(
            REFERRED,
            (RECURRENT,),
            (because, Reason("condition_other_centre", _named(case))),
            (Reason("condition_confirm_referred"),),
        )
    if case.last_attention is None:
        return Proposal(
            None,
            (RECURRENT, CONTINUED),
            (because,),
            (Reason("condition_last_attention_unknown"), Reason("condition_new_event")),
        )
    since = (("day", case.last_attention.strftime("%d/%m/%Y")),)
    if _a_year_after(case.last_attention) < day:
        return Proposal(
            None,
            (RECURRENT, CONTINUED),
            (because, Reason("condition_over_a_year", since)),
            (Reason("condition_new_event"), Reason("condition_two_services")),
        )
    return Proposal(
        RECURRENT,
        (),
        (because, Reason("condition_within_a_year", since)),
        (Reason("condition_new_event"), Reason("condition_else_same_file", _named(case))),
    )


def _a_year_after(day: date) -> date:
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February: the year is over with the 28th
        return day.replace(year=day.year + 1, day=28)


def _named(case: EarlierCase) -> tuple[tuple[str, str], ...]:
    return (("code", case.code),)
