"""How alike the names of two people are, however they are written and in whichever order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Final, NamedTuple

from app.domain.traits import Likeness, Reason, Traits, Word

__all__ = ["NAMES_MAX", "Alike", "NamePoints", "compare_names"]

_SURNAMES: Final = 45
_NAMES: Final = 25
NAMES_MAX: Final = _SURNAMES + _NAMES
"""Points that names can give at most."""
_ONLY_SURNAMES: Final = 55
_ONLY_NAMES: Final = 50
_ALL_WORDS: Final = 66
"""When names and surnames stand in each other's field."""
_OTHER_NAMES: Final = -18
_OTHER_SURNAMES: Final = -10
_ONE_OTHER_SURNAME: Final = -8
_SOUNDS_ALIKE: Final = 0.97
_ALIKE_FROM: Final = 0.72
"""Below, two words are two names: one letter in four may differ, in a longer word two."""
_ONE_LACKS_A_WORD: Final = 0.9


class Alike:
    """How alike two words are, below a limit not at all; each pair is looked at once, as the names
    of those who are compared repeat themselves."""

    def __init__(self, likeness: Likeness) -> None:
        self._likeness = likeness
        self._known: dict[tuple[str, str], float] = {}

    def __call__(self, one: Word, other: Word) -> float:
        """Return it, from 0 to 1."""
        if one.folded == other.folded:
            return 1.0
        pair = (one.folded, other.folded)
        known = self._known.get(pair)
        if known is None:
            known = self._known[pair] = self._compared(one, other)
        return known

    def _compared(self, one: Word, other: Word) -> float:
        if one.loose == other.loose:
            return _SOUNDS_ALIKE
        found = 0.0
        for here, there in ((one.folded, other.folded), (one.loose, other.loose)):
            shorter, longer = sorted((len(here), len(there)))
            # Each letter that one lacks is a change: most pairs are told apart by their lengths.
            if shorter >= longer * _ALIKE_FROM:
                found = max(found, self._likeness(here, there))
        return found if found >= _ALIKE_FROM else 0.0


class NamePoints(NamedTuple):
    """What names say for or against two people being one."""

    points: float
    reasons: tuple[Reason, ...]


class _Pairs(NamedTuple):
    """The best way to pair the words of two lists: which with which, and how alike in all."""

    total: float
    pairs: tuple[tuple[int, int, float], ...]


_NO_PAIRS: Final = _Pairs(0.0, ())


def compare_names(one: Traits, other: Traits, alike: Alike) -> NamePoints:
    """Return what the names, surnames and aliases of two people say, at most :data:`NAMES_MAX`;
    the same whichever comes first, and in whichever order the surnames stand."""
    surnames = _pair(one.surnames, other.surnames, alike)
    names = _pair(one.names, other.names, alike)
    alias = _alias_likeness(one, other, alike)
    by_field = _points_by_field(one, other, surnames, names, alias)
    all_words = _points_of_all_words(one, other, alike) if by_field.points < _ALL_WORDS else None
    return all_words if all_words and all_words.points > by_field.points else by_field


def _points_by_field(
    one: Traits, other: Traits, surnames: _Pairs, names: _Pairs, alias: float
) -> NamePoints:
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
    return NamePoints(points, tuple(reasons))


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


def _points_of_all_words(one: Traits, other: Traits, alike: Alike) -> NamePoints | None:
    """Return the points when every word is compared with every word, in whichever field it is."""
    left, right = one.names[:2] + one.surnames[:2], other.names[:2] + other.surnames[:2]
    if min(len(left), len(right)) < 2 or not _are_crossed(one, other, alike):
        return None
    pairs = _pair(left, right, alike)
    share = _share(pairs, left, right)
    if len(pairs.pairs) < min(len(left), len(right)):
        return None
    return NamePoints(share * _ALL_WORDS, (Reason("match_mixed_words"),))


def _are_crossed(one: Traits, other: Traits, alike: Alike) -> bool:
    """Return whether a name of one is like a surname of the other."""
    return any(
        alike(name, surname)
        for here, there in ((one, other), (other, one))
        for name in here.names[:2]
        for surname in there.surnames[:2]
    )


def _share(pairs: _Pairs, one: Sequence[Word], other: Sequence[Word]) -> float:
    fewest, most = min(len(one), len(other)), max(len(one), len(other))
    if fewest == 0:
        return 0.0
    return pairs.total / fewest * (1.0 if fewest == most else _ONE_LACKS_A_WORD)


def _alias_likeness(one: Traits, other: Traits, alike: Alike) -> float:
    """Return how alike an alias of one is to an alias or name of the other."""
    found = 0.0
    for here, there in ((one, other), (other, one)):
        for alias in here.alias:
            for word in there.alias + there.names:
                found = max(found, alike(alias, word))
    return found * _SOUNDS_ALIKE


def _pair(one: Sequence[Word], other: Sequence[Word], alike: Alike) -> _Pairs:
    """Return the pairing with the highest total; the same whichever list comes first."""
    if len(one) > len(other):
        turned = _pair(other, one, alike)
        return _Pairs(turned.total, tuple((b, a, found) for a, b, found in turned.pairs))
    table = [[alike(first, second) for second in other] for first in one]
    if not any(map(any, table)):
        return _NO_PAIRS
    best = 0.0
    pairs: tuple[int, ...] = ()
    for chosen in permutations(range(len(other)), len(one)):
        total = 0.0
        for row, to in zip(table, chosen, strict=True):
            total += row[to]
        if total > best:
            best, pairs = total, chosen
    return _Pairs(
        best, tuple((at, to, table[at][to]) for at, to in enumerate(pairs) if table[at][to])
    )


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
