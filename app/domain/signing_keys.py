"""Whose signature counts in the audit: a key counts only behind an entry about its person.

Whoever has the key of the database can put a key beside anybody's name. So the chain itself says
whose a key is: who lets somebody in signs the entry of it, with the new key in it, by a key that
counts. The first that signs at a laptop counts by that. A key that nobody presented counts for
nothing, and what it signed is told.

Entries of before keys were presented end at the first :data:`PRESENTED_FROM`: whatever key signed
there counts as it did, and whoever had come by then without having signed brings one key more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

__all__ = [
    "BY_COPY",
    "BY_SHEETS",
    "NEW_DATABASE_KEY",
    "PRESENTED_FROM",
    "UNPRESENTED",
    "KeyFound",
    "KeysSeen",
    "SignedEntry",
    "key_said",
    "keys_after",
]

PRESENTED_FROM: Final = "keys_presented"
"""The action of the entry from which on every key is presented."""

NEW_DATABASE_KEY: Final = "key_of_copy"
"""The action of who enters a database that is older than her words: she presents herself."""

UNPRESENTED: Final = "unpresented"
BY_SHEETS: Final = "sheets"
BY_COPY: Final = "copy"

_PRESENTS: Final = frozenset({"person_added", "words_given"})
_TAKES_BACK: Final = frozenset({"person_not_added", "words_not_given"})
_ENDS: Final = frozenset({"person_left", "person_removed"})
_BY_HERSELF: Final = {"sheets_opened": BY_SHEETS, NEW_DATABASE_KEY: BY_COPY}
_TELLS: Final = _PRESENTS | _TAKES_BACK | _ENDS | {PRESENTED_FROM}

_NOT_YET: Final = b""

_SAID: Final = re.compile(r"(?:^| )key=([0-9a-f]{64})$")


@dataclass(frozen=True, slots=True)
class SignedEntry:
    """An entry that holds, and the key that signed it. ``person`` and ``about`` are ids in hex;
    ``about`` is whatever the entry is about."""

    number: int
    person: str
    action: str
    about: str
    detail: str
    key: bytes


@dataclass(frozen=True, slots=True)
class KeyFound:
    """A key that no colleague presented: since which entry it signs in a person's name, and how
    many. ``how``: :data:`UNPRESENTED`, it counts for nothing; :data:`BY_SHEETS` and
    :data:`BY_COPY`, she presented herself, which only she can confirm."""

    person: str
    key: bytes
    number: int
    how: str
    entries: int = 1


@dataclass(frozen=True, slots=True)
class KeysSeen:
    """What is known of the keys behind the entries so far."""

    counted: frozenset[tuple[str, bytes]] = frozenset()
    former: frozenset[tuple[str, bytes]] = frozenset()
    """What counted until words were given anew, and counts again if that was not finished; with
    :data:`_NOT_YET` for a key, who was awaited then."""
    awaited: frozenset[str] = frozenset()
    """Who had come before keys were presented, and has not signed yet."""
    are_presented: bool = False
    before: int = 0
    """Keys that count since before they were presented, the first of the laptop not among them."""
    found: tuple[KeyFound, ...] = ()

    @property
    def doubtful(self) -> int:
        """How many entries are signed by keys that count for nothing."""
        return sum(one.entries for one in self.found if one.how == UNPRESENTED)


def key_said(detail: str) -> tuple[str, bytes]:
    """Return a detail without the key that stands at its end, and that key, empty where there is
    none."""
    said = _SAID.search(detail)
    return (detail, b"") if said is None else (detail[: said.start()], bytes.fromhex(said[1]))


def keys_after(seen: KeysSeen, entry: SignedEntry) -> KeysSeen:
    """Return what is known of the keys behind one entry more."""
    hers = (entry.person, entry.key)
    if hers not in seen.counted:
        seen = _met(seen, entry)
    if entry.action not in _TELLS or hers not in seen.counted:
        return seen
    if entry.action == PRESENTED_FROM:
        return replace(seen, are_presented=True)
    if entry.action in _PRESENTS:
        return _presented(seen, entry)
    return _ended(seen, entry)


def _met(seen: KeysSeen, entry: SignedEntry) -> KeysSeen:
    """A key signs that does not count yet."""
    hers = (entry.person, entry.key)
    how = _BY_HERSELF.get(entry.action, UNPRESENTED)
    is_first = not seen.counted and not seen.found and not seen.are_presented
    if is_first:
        return replace(seen, counted=frozenset({hers}))
    if how != UNPRESENTED:
        told = KeyFound(entry.person, entry.key, entry.number, how)
        return replace(seen, counted=seen.counted | {hers}, found=(*seen.found, told))
    if not seen.are_presented or entry.person in seen.awaited:
        return replace(
            seen,
            counted=seen.counted | {hers},
            awaited=seen.awaited - {entry.person},
            before=seen.before + 1,
        )
    for at, one in enumerate(seen.found):
        if (one.person, one.key, one.how) == (*hers, UNPRESENTED):
            more = replace(one, entries=one.entries + 1)
            return replace(seen, found=(*seen.found[:at], more, *seen.found[at + 1 :]))
    told = KeyFound(entry.person, entry.key, entry.number, UNPRESENTED)
    return replace(seen, found=(*seen.found, told))


def _presented(seen: KeysSeen, entry: SignedEntry) -> KeysSeen:
    _, key = key_said(entry.detail)
    if not key:
        # A program of before said no key. From the version on that says them, none is taken so.
        more = frozenset() if seen.are_presented else frozenset({entry.about})
        return replace(seen, awaited=seen.awaited | more)
    # Who comes in by sheets presents herself, and goes on by the key with which she does.
    signing = (entry.person, entry.key)
    former = frozenset(one for one in seen.counted if one[0] == entry.about and one != signing)
    others = frozenset(one for one in seen.former if one[0] != entry.about)
    not_yet = {(one, _NOT_YET) for one in seen.awaited if one == entry.about}
    return replace(
        seen,
        counted=(seen.counted - former) | {(entry.about, key)},
        former=others | former | not_yet,
        awaited=seen.awaited - {entry.about},
    )


def _ended(seen: KeysSeen, entry: SignedEntry) -> KeysSeen:
    """Somebody left, or was not let in after all: her keys count no more, or those of before do."""
    hers = frozenset(one for one in seen.counted if one[0] == entry.about)
    former = frozenset(one for one in seen.former if one[0] == entry.about)
    if entry.action == "words_not_given" and not former:
        return seen  # no key was said of what is taken back
    again = former if entry.action in _TAKES_BACK else frozenset()
    not_yet = {person for person, key in again if key == _NOT_YET}
    if entry.about == entry.person:
        again |= {(entry.person, entry.key)}
    return replace(
        seen,
        counted=(seen.counted - hers) | {one for one in again if one[1] != _NOT_YET},
        former=seen.former - former,
        awaited=(seen.awaited - {entry.about}) | not_yet,
    )
