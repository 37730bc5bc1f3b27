"""Whether two persons on file may be one: what is compared, what it weighs, and why.

It suggests and never decides (dossier 10 #1): a score from 0 to 100 with its reasons, those that
speak against it among them. How alike two spellings are comes in as an argument, so that nothing
here depends on a library. The score is symmetric, and the order of the surnames does not count.
The weights are ours (``docs/adr/0013``): no norm gives any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final, NamedTuple

from app.domain.folding import fold, loosest

__all__ = [
    "SHOWN_FROM",
    "STRONG_FROM",
    "Likeness",
    "Reason",
    "Score",
    "Traits",
    "Word",
    "compare",
    "document_of",
    "words_of",
]

Likeness = Callable[[str, str], float]
"""How alike two words are, from 0 (nothing in common) to 1 (the same); symmetric."""

SHOWN_FROM: Final = 64
"""Whoever scores less is not suggested."""
STRONG_FROM: Final = 80
"""From here on two records count as possibly one person where nobody is asked: the alert."""

WORDS_MAX: Final = 4
"""Of surnames, and as many of names: nobody is compared by a fifth."""

WORD_LENGTH_MAX: Final = 40
DOCUMENT_LENGTH_MAX: Final = 20

_PARTICLES: Final = frozenset({"de", "del", "la", "las", "los", "y", "da", "do", "dos", "vda"})

_SURNAMES: Final = 45
_NAMES: Final = 25
_ONLY_SURNAMES: Final = 55
_ONLY_NAMES: Final = 50
_ALL_WORDS: Final = 66
"""When names and surnames stand in each other's field."""
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
_OTHER_NAMES: Final = -18
_OTHER_SURNAMES: Final = -10
_ONE_OTHER_SURNAME: Final = -8

_SOUNDS_ALIKE: Final = 0.97
_ALIKE_FROM: Final = 0.72
"""Below, two words are two names: one letter in four may differ, in a longer word two."""
_ONE_LACKS_A_WORD: Final = 0.9
_PLACE_ALIKE_FROM: Final = 0.85
_DOCUMENT_ALIKE_FROM: Final = 0.87
_DOCUMENT_LENGTH: Final = 8
_YEAR_DAYS: Final = 366


class Word(NamedTuple):
    """One word of a name: as written, folded, and with every variant spelling taken for one."""

    written: str
    folded: str
    loose: str


@dataclass(frozen=True, slots=True)
class Traits:
    """What is known of a person, as it is compared; empty or None is *not known*.

    ``born`` are the first and the last day on which she may have been born, as ordinals of
    :class:`datetime.date`: an age is a year wide. ``sex`` is the official code; ``district`` an
    INEI code; ``community`` and ``workplace`` are folded.
    """

    names: tuple[Word, ...] = ()
    surnames: tuple[Word, ...] = ()
    alias: tuple[Word, ...] = ()
    document: str = ""
    born: tuple[int, int] | None = None
    sex: str = ""
    district: str = ""
    community: str = ""
    workplace: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why two persons may be one, or may not: a message id with its parameters."""

    message_id: str
    parameters: tuple[tuple[str, str], ...] = ()
    speaks_against: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """From 0 to 100, with the reasons in the order of their weight, those against at the end."""

    points: int
    reasons: tuple[Reason, ...]


def words_of(*texts: str) -> tuple[Word, ...]:
    """Return the words of names; particles (*de la*) count for nothing."""
    found: list[Word] = []
    for text in texts:
        for written in text.split():
            kept = written[:WORD_LENGTH_MAX]
            folded = fold(kept).replace(" ", "")
            if folded and folded not in _PARTICLES:
                found.append(Word(kept, folded, loosest(folded)))
    return tuple(found[:WORDS_MAX])


def document_of(text: str) -> str:
    """Return the letters and digits of a document's number: however it was grouped, one text."""
    return fold(text[: 2 * DOCUMENT_LENGTH_MAX]).replace(" ", "").upper()[:DOCUMENT_LENGTH_MAX]


def compare(one: Traits, other: Traits, likeness: Likeness) -> Score:
    """Return how much speaks for these two being one person.

    The same document carries the score to a level that is always shown; everything else adds up:
    names and surnames up to 70, age, community, workplace and district up to 22.
    """
    name = _compare_names(one, other, likeness)
    reasons = list(name.reasons)
    points = name.points
    document, said = _compare_documents(one.document, other.document, likeness)
    points += document
    reasons += said
    for more, said in (_compare_ages(one.born, other.born), *_compare_places(one, other, likeness)):
        points += more
        reasons += said
    if one.sex and other.sex and one.sex != other.sex:
        points += _OTHER_SEX
        reasons.append(Reason("match_other_sex", speaks_against=True))
    if document == _SAME_DOCUMENT:
        floor = _DOCUMENT_FLOOR if name.points > 0 else _DOCUMENT_FLOOR_OTHER_NAME
        points = max(points, floor)
    reasons.sort(key=lambda reason: reason.speaks_against)
    return Score(max(0, min(100, round(points))), tuple(reasons))


class _Names(NamedTuple):
    points: float
    reasons: tuple[Reason, ...]


class _Pairs(NamedTuple):
    """The best way to pair the words of two lists: which with which, and how alike in all."""

    total: float
    pairs: tuple[tuple[int, int, float], ...]


_NO_PAIRS: Final = _Pairs(0.0, ())


def _compare_names(one: Traits, other: Traits, likeness: Likeness) -> _Names:
    surnames = _pair(one.surnames, other.surnames, likeness)
    names = _pair(one.names, other.names, likeness)
    alias = _alias_likeness(one, other, likeness)
    by_field = _points_by_field(one, other, surnames, names, alias)
    all_words = _points_of_all_words(one, other, likeness) if by_field.points < _ALL_WORDS else None
    return all_words if all_words and all_words.points > by_field.points else by_field


def _points_by_field(
    one: Traits, other: Traits, surnames: _Pairs, names: _Pairs, alias: float
) -> _Names:
    has_surnames = bool(one.surnames and other.surnames)
    has_names = bool(one.names and other.names)
    of_surnames = _share(surnames, one.surnames, other.surnames)
    of_names = _share(names, one.names, other.names)
    reasons: list[Reason] = []
    points = 0.0
    if has_surnames:
        is_only = not has_names and alias == 0
        points += of_surnames * (_ONLY_SURNAMES if is_only else _SURNAMES)
        more, said = _of_surnames(one, other, surnames)
        points += more
        reasons += said
    called = max(of_names, alias)
    if has_names or alias:
        points += called * (_NAMES if has_surnames else _ONLY_NAMES)
    if alias > of_names:
        reasons.append(Reason("match_alias"))
    elif has_names and of_names == 0:
        points += _OTHER_NAMES
        reasons.append(_differ("match_other_names", one.names, other.names))
    else:
        reasons += _spelling_reasons("match_names", one.names, other.names, names)
    return _Names(points, tuple(reasons))


def _of_surnames(one: Traits, other: Traits, pairs: _Pairs) -> tuple[float, list[Reason]]:
    if not pairs.pairs:
        return _OTHER_SURNAMES, [_differ("match_other_surnames", one.surnames, other.surnames)]
    reasons = _spelling_reasons("match_surnames", one.surnames, other.surnames, pairs)
    are_crossed = any(first != second for first, second, _ in pairs.pairs)
    if are_crossed and len(one.surnames) == len(other.surnames):
        reasons.append(Reason("match_order"))
    fewest = min(len(one.surnames), len(other.surnames))
    if len(one.surnames) != len(other.surnames):
        reasons.append(Reason("match_one_surname"))
    if len(pairs.pairs) < fewest:
        paired_one = {first for first, _, _ in pairs.pairs}
        paired_other = {second for _, second, _ in pairs.pairs}
        left = [word for at, word in enumerate(one.surnames) if at not in paired_one]
        right = [word for at, word in enumerate(other.surnames) if at not in paired_other]
        return _ONE_OTHER_SURNAME, [*reasons, _differ("match_other_surname", left, right)]
    return 0.0, reasons


def _points_of_all_words(one: Traits, other: Traits, likeness: Likeness) -> _Names | None:
    """Return the points when every word is compared with every word, in whichever field it is."""
    left, right = one.names[:2] + one.surnames[:2], other.names[:2] + other.surnames[:2]
    if min(len(left), len(right)) < 2 or not _are_crossed(one, other, likeness):
        return None
    pairs = _pair(left, right, likeness)
    share = _share(pairs, left, right)
    if len(pairs.pairs) < min(len(left), len(right)):
        return None
    return _Names(share * _ALL_WORDS, (Reason("match_mixed_words"),))


def _are_crossed(one: Traits, other: Traits, likeness: Likeness) -> bool:
    """Return whether a name of one is like a surname of the other."""
    return any(
        _alike(name, surname, likeness)
        for here, there in ((one, other), (other, one))
        for name in here.names[:2]
        for surname in there.surnames[:2]
    )


def _share(pairs: _Pairs, one: Sequence[Word], other: Sequence[Word]) -> float:
    fewest, most = min(len(one), len(other)), max(len(one), len(other))
    if fewest == 0:
        return 0.0
    return pairs.total / fewest * (1.0 if fewest == most else _ONE_LACKS_A_WORD)


def _alias_likeness(one: Traits, other: Traits, likeness: Likeness) -> float:
    """Return how alike an alias of one is to an alias or name of the other."""
    found = 0.0
    for here, there in ((one, other), (other, one)):
        for alias in here.alias:
            for word in there.alias + there.names:
                found = max(found, _alike(alias, word, likeness))
    return found * _SOUNDS_ALIKE


def _pair(one: Sequence[Word], other: Sequence[Word], likeness: Likeness) -> _Pairs:
    """Return the pairing with the highest total; the same whichever list comes first."""
    if len(one) > len(other):
        turned = _pair(other, one, likeness)
        return _Pairs(turned.total, tuple((b, a, alike) for a, b, alike in turned.pairs))
    alike = [[_alike(first, second, likeness) for second in other] for first in one]
    if not any(map(any, alike)):
        return _NO_PAIRS
    best = 0.0
    pairs: tuple[int, ...] = ()
    for chosen in permutations(range(len(other)), len(one)):
        total = 0.0
        for row, to in zip(alike, chosen, strict=True):
            total += row[to]
        if total > best:
            best, pairs = total, chosen
    return _Pairs(
        best, tuple((at, to, alike[at][to]) for at, to in enumerate(pairs) if alike[at][to])
    )


def _alike(one: Word, other: Word, likeness: Likeness) -> float:
    if one.folded == other.folded:
        return 1.0
    if one.loose == other.loose:
        return _SOUNDS_ALIKE
    found = 0.0
    for here, there in ((one.folded, other.folded), (one.loose, other.loose)):
        shorter, longer = sorted((len(here), len(there)))
        # Each letter that one lacks is a change: most pairs are told apart by their lengths.
        if shorter >= longer * _ALIKE_FROM:
            found = max(found, likeness(here, there))
    return found if found >= _ALIKE_FROM else 0.0


def _spelling_reasons(
    message_id: str, one: Sequence[Word], other: Sequence[Word], pairs: _Pairs
) -> list[Reason]:
    """Return that the words are the same, or which are only written or sound alike."""
    if not pairs.pairs:
        return []
    reasons = [
        Reason(
            "match_sounds_alike" if one[at].loose == other[to].loose else "match_written_alike",
            (("one", one[at].written), ("other", other[to].written)),
        )
        for at, to, alike in pairs.pairs
        if alike < 1
    ]
    if any(alike == 1 for _, _, alike in pairs.pairs):
        same = " ".join(one[at].written for at, _, alike in pairs.pairs if alike == 1)
        reasons.insert(0, Reason(message_id, (("words", same),)))
    return reasons


def _differ(message_id: str, one: Sequence[Word], other: Sequence[Word]) -> Reason:
    said = (
        ("one", " ".join(word.written for word in one)),
        ("other", " ".join(word.written for word in other)),
    )
    return Reason(message_id, said, speaks_against=True)


def _compare_documents(one: str, other: str, likeness: Likeness) -> tuple[int, list[Reason]]:
    if not one or not other:
        return 0, []
    if one == other:
        return _SAME_DOCUMENT, [Reason("match_document")]
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
