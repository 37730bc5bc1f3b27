"""Files that no device of the centre signed and no log holds: other people's, damaged, or of a
laptop that is not known yet. They come with sticks, a whole bunch at a time.

Nothing is known of them but why each was set aside. They are counted by reason, below what somebody
of the centre wrote, and can be put away: nothing is deleted, and a reason comes back with the next
file. Storage thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.services.access import act
from app.services.ports import UnitOfWork
from app.services.whereabouts_ports import StrayCount

__all__ = ["Spoilt", "StrayRow", "list_strays", "note_spoilt", "put_strays_away", "strays_beside"]

_PUT_AWAY: Final = "sync/strays_put_away"
"""By reason: the number of the last of them, how many there were, and when the last one came."""

_SPOILT: Final = "sync/strays_spoilt"
"""Pairs of ids, joined: what a spoilt file holds, and what it should hold."""

_SPOILT_MAX: Final = 500
_ID_BYTES: Final = 32
_NEVER_OPEN: Final = frozenset({"batch_truncated", "batch_altered", "batch_malformed"})

_BESIDE_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class StrayRow:
    """All strays of a reason: how many, when the last of them came (``at_ms``), which one that is,
    and whether somebody put them away since."""

    reason: str
    count: int
    at_ms: int
    last_id: bytes
    is_put_away: bool


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A file that came cut short or altered: the id of what it holds (``held``), and that of the
    batch whose name it bears (``wanted``)."""

    held: bytes
    wanted: bytes


def list_strays(uow: UnitOfWork) -> tuple[StrayRow, ...]:
    """Return a row for each reason, the newest first."""
    put_away = _put_away(uow)
    return tuple(
        StrayRow(
            reason=one.reason,
            count=one.count,
            at_ms=one.at_ms,
            last_id=one.last_id,
            is_put_away=_is_put_away(one, put_away),
        )
        for one in uow.refusals.strays()
    )


@act("see_sync")
def put_strays_away(uow: UnitOfWork) -> None:
    """Remember that what is there now need not be shown first. Commits."""
    noted = {one.reason: _marks(one) for one in uow.refusals.strays()}
    uow.local.put(_PUT_AWAY, json.dumps(noted).encode() if noted else None)
    uow.commit()


def note_spoilt(uow: UnitOfWork, found: Sequence[Spoilt] = ()) -> int:
    """Note of files of the centre that came spoilt which batch each should hold, and list those no
    longer whose batch is here by now. Return of how many batches among ``found`` no copy is here.
    Commits when anything changes.
    """
    noted = _spoilt(uow)
    lacking, left = set[bytes](), list[Spoilt]()
    for one in dict.fromkeys((*noted, *found)):
        if uow.batches.content(one.wanted) is None:
            lacking.add(one.wanted)
            left.append(one)
    waiting = {one.held for one in left}
    done = {one.held for one in (*noted, *found)} - waiting
    of_no_use = [held for held in done if _is_of_no_use(uow, held)]
    for held in of_no_use:
        uow.aside.take_back(held)
    kept = left[-_SPOILT_MAX:]
    if kept != noted:
        stored = b"".join(one.held + one.wanted for one in kept)
        uow.local.put(_SPOILT, stored or None)
    if of_no_use or kept != noted:
        uow.commit()
    return len({one.wanted for one in found if not uow.batches.is_held(one.held)} & lacking)


def strays_beside(uow: UnitOfWork, batch_id: bytes) -> tuple[bytes, ...]:
    """Return the ids of the strays of the same reason, its own among them, the newest first; none
    when it is no stray, or there are too many that came after it."""
    found = uow.refusals.strays_beside(batch_id, _BESIDE_MAX)
    return found if batch_id in found else ()


def _marks(one: StrayCount) -> list[int]:
    # All three: of a number that was freed another one may be born again.
    return [one.last_number, one.count, one.at_ms]


def _is_put_away(one: StrayCount, put_away: Mapping[str, list[int]]) -> bool:
    noted = put_away.get(one.reason)
    return noted is not None and all(
        now <= then for now, then in zip(_marks(one), noted, strict=True)
    )


def _spoilt(uow: UnitOfWork) -> list[Spoilt]:
    stored = uow.local.get(_SPOILT) or b""
    ids = [stored[at : at + _ID_BYTES] for at in range(0, len(stored), _ID_BYTES)]
    return [Spoilt(*pair) for pair in zip(ids[::2], ids[1::2], strict=True)]


def _is_of_no_use(uow: UnitOfWork, batch_id: bytes) -> bool:
    """Whether it is nothing but a spoilt file, which no key and no program will ever open."""
    one = uow.refusals.get(batch_id)
    return (
        one is not None
        and one.reason in _NEVER_OPEN
        and not (one.is_signed or one.is_kept or one.position)
    )


def _put_away(uow: UnitOfWork) -> Mapping[str, list[int]]:
    noted: dict[str, list[int]] = json.loads(uow.local.get(_PUT_AWAY) or b"{}")
    return noted
