"""A risk instrument as data (FVR): its questions, what each answer scores, and which level follows.

The police, the prosecutor or the court apply it (DS 009-2016-MIMP, art. 4.8 and 18); here it is
copied from their paper, or rehearsed. Only a scoring answer counts: *does not know* and blank are
never *no*, they stay open, and the score says how high it can still rise. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from app.domain.catalogue import Source
from app.domain.value import Absent, Value

__all__ = ["Band", "Instrument", "Item", "Part", "Score", "ScoredItem", "score"]


@dataclass(frozen=True, slots=True)
class Band:
    """The totals from ``low`` to ``high``, both inclusive, and their level (``nivel_fvr``)."""

    low: int
    high: int
    level: str


@dataclass(frozen=True, slots=True)
class Item:
    """One question of an instrument.

    ``number`` is the one on the paper (``5``, ``5a``); ``field`` the name under which the answer is
    stored; ``answers`` the codes that may be given, ``scoring`` those that give ``points``.
    ``skips`` says with which number to go on after an answer. ``catalogue`` holds the answers of a
    question that is no yes or no. ``parent`` is the number of the question that a sub-question
    belongs to; it is asked after one of ``asked_after``, never scores and is never missing.
    """

    number: str
    field: str
    text: str
    points: int
    answers: tuple[str, ...]
    scoring: tuple[str, ...]
    source: Source
    catalogue: str | None = None
    absent: tuple[Absent, ...] = ()
    skips: Mapping[str, str] | None = None
    parent: str | None = None
    asked_after: tuple[str, ...] = ()

    def scores(self, answer: Value) -> bool:
        """Return whether this answer gives the points."""
        return self.points > 0 and isinstance(answer, str) and answer in self.scoring


@dataclass(frozen=True, slots=True)
class Part:
    """Some questions that are shown and printed together."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Instrument:
    """One instrument in one version.

    With items it is scored; without them its result is copied by hand from the paper; with
    ``applies`` false it stands for *no instrument applies*, and ``levels`` holds the one level
    that follows.
    """

    code: str
    version: str
    name: str
    source: Source
    valid_from: date | None
    valid_to: date | None
    levels: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    bands: tuple[Band, ...] = ()
    maximum: int = 0
    applies: bool = True
    notice: str = ""

    @property
    def is_scored(self) -> bool:
        """Whether a score follows from its items."""
        return bool(self.parts)

    @property
    def only_level(self) -> str:
        """The level that follows from no instrument being there; else empty."""
        return "" if self.applies else self.levels[0]

    def items(self) -> Iterator[Item]:
        """Yield every question with its sub-questions, in the order of the paper."""
        for part in self.parts:
            yield from part.items

    def questions(self) -> Iterator[Item]:
        """Yield the questions that can score, in the order of the paper."""
        return (one for one in self.items() if one.parent is None)

    def level_of(self, points: int) -> str:
        """Return the level of a total. Raises ValueError outside the bands."""
        for band in self.bands:
            if band.low <= points <= band.high:
                return band.level
        raise ValueError("no band holds this total")


@dataclass(frozen=True, slots=True)
class ScoredItem:
    """A question that gave points."""

    number: str
    text: str
    points: int


@dataclass(frozen=True, slots=True)
class Score:
    """How far the answers lead, and how far those that are open still could.

    ``points`` and ``level`` are certain by now; ``highest`` and ``highest_level`` are reached if
    every open question were answered with what scores. ``unanswered`` are the numbers that nobody
    answered, ``not_known`` those answered with *does not know* or *declined*: both are open.
    ``skipped`` were passed over because of another answer; ``answered_anyway`` are skipped by an
    answer and yet answered, and count: the paper is copied as it is.
    """

    points: int
    highest: int
    maximum: int
    level: str
    highest_level: str
    reasons: tuple[ScoredItem, ...]
    unanswered: tuple[str, ...]
    not_known: tuple[str, ...]
    skipped: tuple[str, ...]
    answered_anyway: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is open, so that the score cannot rise any more."""
        return not self.unanswered and not self.not_known

    @property
    def may_reach_another_level(self) -> bool:
        """Whether what is open could lead to a graver level."""
        return self.level != self.highest_level


def score(instrument: Instrument, answers: Mapping[str, Value]) -> Score:
    """Return the score of these answers, by the items' ``field``.

    Raises ValueError for an instrument without items. Monotone: answering an open question never
    lowers ``points`` and never passes ``highest``.
    """
    if not instrument.is_scored:
        raise ValueError("this instrument has no items")
    passed_over = _skipped(instrument, answers)
    reasons: list[ScoredItem] = []
    unanswered: list[str] = []
    not_known: list[str] = []
    skipped: list[str] = []
    anyway: list[str] = []
    open_points = 0
    for item in instrument.questions():
        answer = answers.get(item.field)
        is_blank = answer is None or answer == "" or answer is Absent.NOT_ASKED
        if item.number in passed_over:
            (skipped if is_blank else anyway).append(item.number)
            if is_blank:
                continue
        if item.scores(answer):
            reasons.append(ScoredItem(item.number, item.text, item.points))
        elif is_blank:
            unanswered.append(item.number)
            open_points += item.points
        elif answer not in item.answers:  # a reason for no answer, or what a newer version wrote
            not_known.append(item.number)
            open_points += item.points
    points = sum(one.points for one in reasons)
    return Score(
        points=points,
        highest=points + open_points,
        maximum=instrument.maximum,
        level=instrument.level_of(points),
        highest_level=instrument.level_of(points + open_points),
        reasons=tuple(reasons),
        unanswered=tuple(unanswered),
        not_known=tuple(not_known),
        skipped=tuple(skipped),
        answered_anyway=tuple(anyway),
    )


def _skipped(instrument: Instrument, answers: Mapping[str, Value]) -> frozenset[str]:
    """Return the numbers between a question whose answer skips and the one that it goes on with."""
    found: set[str] = set()
    go_on_with: str | None = None
    for item in instrument.questions():
        if go_on_with == item.number:
            go_on_with = None
        if go_on_with is not None:
            found.add(item.number)
            continue
        answer = answers.get(item.field)
        if item.skips and isinstance(answer, str):
            go_on_with = item.skips.get(answer)
    return frozenset(found)
