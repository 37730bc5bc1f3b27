"""Whom to compare with: keys that a person shares with those who may be her.

A key names what two spellings of one person have in common: the skeletons of her words, in
whichever field and order they stand, her document, her age and community. Every key that a great
many people would share stands only joined with another (*Quispe* with a name, with an initial, with
an age): in the valleys that the program is for, such a surname is borne by one in twelve. Pure,
and the same on every machine; changing it needs a rebuild of the derived tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from app.domain.folding import skeleton
from app.domain.traits import Traits

__all__ = ["keys_of", "probe_keys"]

_MAIN_WORDS: Final = 2
"""Names, and as many surnames, that keys are made of."""
_ALIAS_WORDS: Final = 2
_BAND_DAYS: Final = 5 * 365
_SLACK_DAYS: Final = 4 * 366
"""How far the day of birth may lie off: an age known to three years, an age is a year wide."""


def keys_of(traits: Traits) -> frozenset[str]:
    """Return the keys under which a person is kept."""
    middle = None if traits.born is None else (traits.born[0] + traits.born[1]) // 2
    bands = () if middle is None else (middle // _BAND_DAYS,)
    return frozenset(_keys(traits, bands))


def probe_keys(traits: Traits) -> frozenset[str]:
    """Return the keys under which somebody who may be this person is kept."""
    bands: Sequence[int] = ()
    if traits.born is not None:
        middle = (traits.born[0] + traits.born[1]) // 2
        first, last = middle - _SLACK_DAYS, middle + _SLACK_DAYS
        bands = range(first // _BAND_DAYS, last // _BAND_DAYS + 1)
    return frozenset(_keys(traits, bands))


def _keys(traits: Traits, bands: Sequence[int]) -> Iterator[str]:
    main = [
        skeleton(word.folded) for word in traits.names[:_MAIN_WORDS] + traits.surnames[:_MAIN_WORDS]
    ]
    alias = [skeleton(word.folded) for word in traits.alias[:_ALIAS_WORDS]]
    if traits.document:
        yield f"d:{traits.document}"
    every = [*main, *alias]
    places = [one.replace(" ", "") for one in (traits.community, traits.workplace) if one]
    for at, one in enumerate(every):
        yield f"w:{one}"
        for place in places:
            yield f"p:{one}:{place}"
        for other in every[at + 1 :]:
            yield "b:" + ":".join(sorted((one, other)))
    yield from _joined(main, bands)


def _joined(main: Sequence[str], bands: Sequence[int]) -> Iterator[str]:
    for at, one in enumerate(main):
        for to, other in enumerate(main):
            if to == at:
                continue
            for band in bands:
                yield f"a:{one}:{other[:1]}:{band}"
            for third_at in range(len(main)):
                if to > at and third_at not in (at, to):
                    pair = ":".join(sorted((one, other)))
                    yield f"i:{pair}:{main[third_at][:1]}"
