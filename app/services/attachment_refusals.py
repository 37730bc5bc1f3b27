"""Attachments that the region's server did not take, each for a reason of its own. Storage thread.

Such a one stays here, is counted for people, and holds no other up. It is not sent at every
synchronisation again: only when the server, the program or the keys are others.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from app.services import attachment_lane
from app.services.attachment_wishes import HASH_BYTES
from app.services.ports import UnitOfWork

__all__ = ["TRIES_MAX", "count", "given_up", "note", "note_no_room", "note_room", "without_room"]

TRIES_MAX: Final = 2
"""So often it is sent, sealed anew each time: what was spoilt once, here or there, need not be."""

_REFUSED: Final = "sync/attachments_refused"
"""The hashes, one after the other, each as often as it was refused."""
_TRIED_WITH: Final = "sync/attachments_tried"

_NO_ROOM: Final = "sync/lane_quota"
"""How many attachments the region has no room for."""


def note(uow: UnitOfWork, sha256: bytes, tried_with: bytes) -> None:
    """Note that the server did not take an attachment. ``tried_with`` names the server's log and
    what seals here: of another one nothing is remembered. The caller commits."""
    before = _refused(uow) if uow.local.get(_TRIED_WITH) == tried_with else b""
    uow.local.put(_REFUSED, before + sha256)
    uow.local.put(_TRIED_WITH, tried_with)


def given_up(uow: UnitOfWork, tried_with: bytes) -> frozenset[bytes]:
    """Return the hashes of those that were refused often enough with the same."""
    return _often(uow) if uow.local.get(_TRIED_WITH) == tried_with else frozenset()


def count(uow: UnitOfWork) -> int:
    """Return how many were refused often enough and are still not there."""
    often = _often(uow)
    return len(often.intersection(_unsent(uow))) if often else 0


def note_no_room(uow: UnitOfWork, log_id: bytes) -> None:
    """Note that the region has no room for those that it lacks beside this log. Commits."""
    count = len(attachment_lane.unsent(uow, log_id))
    uow.local.put(_NO_ROOM, str(count).encode())
    uow.commit()


def note_room(uow: UnitOfWork) -> None:
    """Note that the region took one: it has room. The caller commits."""
    uow.local.put(_NO_ROOM, None)


def without_room(uow: UnitOfWork) -> int:
    """Return for how many the region has no room: those it lacks still, which may have been taken
    back, or gone up from another laptop, since."""
    told = int(uow.local.get(_NO_ROOM) or b"0")
    return min(told, len(_unsent(uow))) if told else 0


def _unsent(uow: UnitOfWork) -> tuple[bytes, ...]:
    cursor = uow.batches.cursor()
    return () if cursor is None else attachment_lane.unsent(uow, cursor.log_id)


def _often(uow: UnitOfWork) -> frozenset[bytes]:
    stored = _refused(uow)
    times = Counter(stored[at : at + HASH_BYTES] for at in range(0, len(stored), HASH_BYTES))
    return frozenset(one for one, often in times.items() if often >= TRIES_MAX)


def _refused(uow: UnitOfWork) -> bytes:
    return uow.local.get(_REFUSED) or b""
