"""What the search for somebody on file is asked, and what it answers: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.domain.change import RecordId
from app.domain.traits import Reason

__all__ = ["ConditionProposal", "Match", "MatchCase", "PersonProbe", "RepeatAlert"]


@dataclass(frozen=True, slots=True)
class PersonProbe:
    """What is known of somebody who is looked for; empty and None are *not known*.

    ``age`` is that on the day of the search; a ``birth_date`` counts before it. ``sex`` is the
    official code, ``district`` an INEI code.
    """

    names: str = ""
    surname_1: str = ""
    surname_2: str = ""
    alias: str = ""
    document: str = ""
    age: int | None = None
    birth_date: date | None = None
    sex: str = ""
    district: str = ""
    community: str = ""
    workplace: str = ""


@dataclass(frozen=True, slots=True)
class MatchCase:
    """A case in which somebody appears; ``other_party`` are the initials of whoever stands on the
    other side of it, empty when they are not known or not for the role that asks."""

    case_id: RecordId
    code: str
    entered_on: date | None
    centre: str
    other_party: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody on file who may be the one who is looked for. A person decides.

    ``kind`` is that of her record, and so her part in ``cases`` (newest first): person served or
    alleged perpetrator. ``age`` is that on the day of the search, as far as it is known.
    ``score`` goes from 0 to 100; ``reasons`` are what speaks for it and then what speaks against.
    """

    record_id: RecordId
    kind: str
    name: str
    age: int | None
    community: str
    district: str
    cases: tuple[MatchCase, ...]
    score: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ConditionProposal:
    """Which condition a new ficha seems to have, and why; a person chooses.

    ``code`` is that of the catalogue *condicion*, None when it cannot be told; ``possible`` are the
    codes that remain then. ``reasons`` are what it rests on, ``missing`` what would have to be
    known or confirmed; ``rules`` the official rule of each code named.
    """

    code: str | None
    possible: tuple[str, ...]
    reasons: tuple[Reason, ...]
    missing: tuple[Reason, ...]
    rules: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class RepeatAlert:
    """One alleged perpetrator, several persons served.

    ``survivors`` counts the persons served, by their records; ``cases`` are those in which he is
    named, newest first. ``is_certain`` when people said that it is one person (one record), not
    when records merely match strongly.
    """

    survivors: int
    cases: tuple[MatchCase, ...]
    is_certain: bool
