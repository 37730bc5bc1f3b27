"""Whether two persons on file may be one: what is compared, what it weighs, and why.

It suggests and never decides (dossier 10 #1): a score from 0 to 100 with its reasons, those that
speak against it among them. How alike two spellings are comes in as an argument, so that nothing
here depends on a library. The score is symmetric, and the order of the surnames does not count.
The weights are ours (``docs/adr/0013``): no norm gives any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.domain.name_matching import NAMES_MAX, Alike, compare_names
from app.domain.traits import Likeness, Reason, Traits

__all__ = ["SHOWN_FROM", "STRONG_FROM", "Comparison", "Score", "compare", "shown_from"]

SHOWN_FROM: Final = 64
"""Whoever scores less is not suggested."""
_SHOWN_BY_NAME_FROM: Final = 52
"""The same while nothing but names is known."""
STRONG_FROM: Final = 80
"""From here on two records count as possibly one person where nobody is asked: the alert."""
_SAME_DOCUMENT: Final = 40
_DOCUMENT_FLOOR: Final = 80
_DOCUMENT_FLOOR_OTHER_NAME: Final = 70
_ALMOST_DOCUMENT: Final = 8
_OTHER_DOCUMENT: Final = -25
_SAME_AGE: Final = 10
_NEAR_AGE: Final = 8
_OTHER_AGE: Final = -8
_FAR_AGE: Final = -20
_SAME_COMMUNITY: Final = 8
_SAME_WORKPLACE: Final = 8
_SAME_DISTRICT: Final = 4
_OTHER_SEX: Final = -15
_PLACE_ALIKE_FROM: Final = 0.85
_DOCUMENT_ALIKE_FROM: Final = 0.87
_DOCUMENT_LENGTH: Final = 8
_YEAR_DAYS: Final = 366


def shown_from(probe: Traits) -> int:
    """Return from how many points on somebody is shown to who looks for this person.

    Who knows no age, no document and no place yet cannot gather their points: a name that is
    spelt otherwise, with one surname, must be seen all the same.
    """
    knows_more = probe.born or probe.document or probe.community or probe.workplace
    return SHOWN_FROM if knows_more or probe.district else _SHOWN_BY_NAME_FROM


@dataclass(frozen=True, slots=True)
class Score:
    """From 0 to 100, with the reasons in the order of their weight, those against at the end."""

    points: int
    reasons: tuple[Reason, ...]


def compare(one: Traits, other: Traits, likeness: Likeness) -> Score:
    """Return how much speaks for these two being one person; see :class:`Comparison`."""
    return Comparison(one, likeness).score(other)


class Comparison:
    """Compares one person with many.

    The same document carries a score to a level that is always shown; everything else adds up:
    names and surnames up to 70, age, community, workplace and district up to 30.
    """

    def __init__(self, one: Traits, likeness: Likeness) -> None:
        self._one = one
        self._likeness = likeness
        self._alike = Alike(likeness)

    def score(self, other: Traits, least: int = 0) -> Score:
        """Return how much speaks for these two being one person. Whoever cannot reach ``least``
        scores 0 without a reason: the dearest part, the names, is not looked at."""
        one, likeness = self._one, self._likeness
        document, of_document = _compare_documents(one.document, other.document, likeness)
        points: float = document
        reasons = of_document
        for more, said in (
            _compare_ages(one.born, other.born),
            *_compare_places(one, other, likeness),
        ):
            points += more
            reasons += said
        if one.sex and other.sex and one.sex != other.sex:
            points += _OTHER_SEX
            reasons.append(Reason("match_other_sex", speaks_against=True))
        is_same_document = document == _SAME_DOCUMENT
        if not is_same_document and points + NAMES_MAX < least:
            return _NOTHING
        name = compare_names(one, other, self._alike)
        points += name.points
        if is_same_document:
            floor = _DOCUMENT_FLOOR if name.points > 0 else _DOCUMENT_FLOOR_OTHER_NAME
            points = max(points, floor)
        # What is the same document stands first, then names, then the rest; what speaks against
        # it at the end.
        ordered = [*name.reasons, *reasons]
        ordered.sort(key=lambda reason: (reason.speaks_against, reason.message_id != _DOCUMENT))
        return Score(max(0, min(100, round(points))), tuple(ordered))


_DOCUMENT: Final = "match_document"
_NOTHING: Final = Score(0, ())


def _compare_documents(one: str, other: str, likeness: Likeness) -> tuple[int, list[Reason]]:
    if not one or not other:
        return 0, []
    if one == other:
        return _SAME_DOCUMENT, [Reason(_DOCUMENT)]
    if min(len(one), len(other)) >= _DOCUMENT_LENGTH - 1:
        if likeness(one, other) >= _DOCUMENT_ALIKE_FROM:
            return _ALMOST_DOCUMENT, [Reason("match_almost_document")]
        return _OTHER_DOCUMENT, [Reason("match_other_document", speaks_against=True)]
    # A number that is still being typed, or was noted in part, says nothing yet.
    return 0, []


def _compare_ages(
    one: tuple[int, int] | None, other: tuple[int, int] | None
) -> tuple[int, list[Reason]]:
    if one is None or other is None:
        return 0, []
    gap = max(0, one[0] - other[1], other[0] - one[1])
    if gap <= _YEAR_DAYS // 2:
        return _SAME_AGE, [Reason("match_age")]
    if gap <= 3 * _YEAR_DAYS:
        return _NEAR_AGE, [Reason("match_near_age")]
    if gap <= 6 * _YEAR_DAYS:
        return 0, []
    years = (("years", str(round(gap / 365.25))),)
    weight = _OTHER_AGE if gap <= 12 * _YEAR_DAYS else _FAR_AGE
    return weight, [Reason("match_other_age", years, speaks_against=True)]


def _compare_places(
    one: Traits, other: Traits, likeness: Likeness
) -> list[tuple[int, list[Reason]]]:
    found: list[tuple[int, list[Reason]]] = []
    if _is_same_place(one.community, other.community, likeness):
        found.append((_SAME_COMMUNITY, [Reason("match_community")]))
    if _is_same_place(one.workplace, other.workplace, likeness):
        found.append((_SAME_WORKPLACE, [Reason("match_workplace")]))
    if one.district and one.district == other.district:
        found.append((_SAME_DISTRICT, [Reason("match_district")]))
    return found


def _is_same_place(one: str, other: str, likeness: Likeness) -> bool:
    if not one or not other:
        return False
    return one == other or (
        one[-1:].isdigit() == other[-1:].isdigit() is False
        and likeness(one, other) >= _PLACE_ALIKE_FROM
    )
