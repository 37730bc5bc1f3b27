"""Files that no device of the centre signed and no log holds: other people's, damaged, or of a
laptop that is not known yet. They come with sticks, a whole bunch at a time.

Nothing is known of them but why each was set aside. They are counted by reason, below what somebody
of the centre wrote, and can be put away: nothing is deleted, and a reason comes back with the next
file. Storage thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.services.ports import UnitOfWork
from app.services.whereabouts_ports import StrayCount

__all__ = ["StrayRow", "list_strays", "put_strays_away", "strays_beside"]

_PUT_AWAY: Final = "sync/strays_put_away"
"""By reason: the number of the last of them, how many there were, and when the last one came."""

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


def put_strays_away(uow: UnitOfWork) -> None:
    """Remember that what is there now need not be shown first. Commits."""
    noted = {one.reason: _marks(one) for one in uow.refusals.strays()}
    uow.local.put(_PUT_AWAY, json.dumps(noted).encode() if noted else None)
    uow.commit()


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


def _put_away(uow: UnitOfWork) -> Mapping[str, list[int]]:
    noted: dict[str, list[int]] = json.loads(uow.local.get(_PUT_AWAY) or b"{}")
    return noted
