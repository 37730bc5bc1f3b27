"""What a session may ask for: an exchange with the other side, or one transaction of storage.

Nothing here says how it travels: the transport speaks whatever version the other side knows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from app.services.ports import Cursor, SealedBatch, UnitOfWork
from app.services.read_models import SyncStep
from sync.client.lane_asks import LaneAsk
from sync.client.unfinished import Unfinished
from sync.protocol.messages import (
    LogEntry,
    Receipt,
    Refusal,
    RosterReply,
    RosterRequest,
    Verdict,
)

__all__ = [
    "WANTED_BYTES",
    "Ask",
    "Exchange",
    "Exchanged",
    "Note",
    "RosterExchange",
    "RosterReply",
    "Store",
]

WANTED_BYTES: Final = 1 << 20
"""Batches of one answer, all together."""


@dataclass(frozen=True, slots=True)
class Store:
    """Run this in one unit of work on the storage thread; the answer is what it returns."""

    work: Callable[[UnitOfWork], Any]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One round trip: these batches out, log entries in. The answer is an :class:`Exchanged`.

    ``cursor`` is how far the log was verified, None before the first contact. Of the batches in
    ``promised`` the server gave its receipt before: where the protocol allows, they do not travel
    again. ``kept`` is what came of the next entry before a cut, so that the rest alone comes.
    ``behind`` > 0 asks for the newest entries before that position instead of those after the
    cursor. After ``is_after_cut`` the other side may hold a part of what is offered.
    """

    cursor: Cursor | None
    batches: tuple[SealedBatch, ...] = ()
    promised: frozenset[bytes] = frozenset()
    wanted_bytes: int = WANTED_BYTES
    kept: Unfinished | None = None
    behind: int = 0
    is_after_cut: bool = False


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The answer to an exchange. When the link broke on the way, what had arrived whole, and why
    that is not all (``failure``, a message id).

    ``top`` is the log's last position, ``more`` says that entries remain after those given (before
    them, when they were asked for backwards; then each one's ``chain`` is the one before it).
    ``unfinished`` is what is held now of the entry in which the link broke. ``can_resume`` says
    that the other side can be told what it holds already; one of version 1 cannot. ``roster`` is
    the mark of the statements that it holds, empty when it does not say.
    """

    verdict: Verdict
    log_id: bytes
    top: int
    more: bool = False
    refused: tuple[Refusal, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    entries: tuple[LogEntry, ...] = ()
    unfinished: Unfinished | None = None
    failure: str | None = None
    can_resume: bool = True
    roster: bytes = b""

    @property
    def is_whole(self) -> bool:
        """Whether all of it arrived."""
        return self.failure is None


@dataclass(frozen=True, slots=True)
class RosterExchange:
    """Statements out and in. The answer is a :class:`RosterReply`."""

    request: RosterRequest


@dataclass(frozen=True, slots=True)
class Note:
    """Tell the person how far it is; the answer is None.

    ``done`` and ``total`` bytes are of what this side sends; entries are those of the log that
    come, as far as the other side said how long it is; in the lane, with bytes, which of how many
    attachments is on its way. On a stick the bytes are those that are read, or written, and the
    entries the files that they are of.
    """

    step: SyncStep
    done_bytes: int = 0
    total_bytes: int = 0
    done_entries: int = 0
    total_entries: int = 0


Ask = Store | Exchange | RosterExchange | LaneAsk | Note
