"""Noticing what this very laptop signed and does not have: it was put back whole, or has a twin.

A disk, a virtual machine or a restore point that brings the profile of the user with it, and an
image of a whole disk, look at the start of the program like nothing (:mod:`machine_watch`). But a
batch that this device signed and that is not here was sealed by another state of it. It is told
once for each run of that program, and case numbers go on in another stretch, which twins do not
share. Nothing is refused for it: merging needs no order. Storage thread.
"""

from __future__ import annotations

import hashlib
from typing import Final

from app.services import casework, evidence
from app.services.behind import behind_of
from app.services.ports import Desk, OpenedBatch, UnitOfWork

__all__ = ["expect_own", "note_all_came", "note_arrived"]

_EXPECTED: Final = "sync/own_expected"
_DRAWN_BYTES: Final = 8
_BITS: Final = 32


def expect_own(uow: UnitOfWork) -> None:
    """It is told already, or about to be, that this laptop lacks what it had: its own batches come
    back, and are no news until the region's whole log was read. The caller commits."""
    uow.local.put(_EXPECTED, b"1")


def note_all_came(uow: UnitOfWork) -> None:
    """The region's log was verified up to its end: of what comes later on of this device nothing is
    told yet. While the log before a snapshot lacks, not all of it came. The caller commits."""
    if uow.local.get(_EXPECTED) is not None and behind_of(uow) is None:
        uow.local.put(_EXPECTED, None)


def note_arrived(
    uow: UnitOfWork, desk: Desk, own: bytes, opened: OpenedBatch, position: int | None
) -> None:
    """Note a batch that came from outside and was not here, when the ``own`` device signed it;
    ``position`` is its place in the log, if it came from there. The caller commits."""
    if opened.device != own or uow.local.get(_EXPECTED) is not None:
        return
    if evidence.note_elsewhere(uow, desk, opened):
        drawn = hashlib.blake2b(desk.stamper.session + opened.id, digest_size=_DRAWN_BYTES)
        chance = int.from_bytes(drawn.digest(), "big")
        # Each of two twins hears of the other by that one's batch, with its own place in the log.
        place = chance >> _BITS if position is None else position
        casework.leave_numbers(uow, desk, chance, place)
