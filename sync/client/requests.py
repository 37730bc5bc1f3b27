"""What a session may ask for: an exchange with the other side, or one transaction of storage."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.services.ports import UnitOfWork
from app.services.read_models import SyncStep
from sync.protocol.messages import (
    ExchangeReply,
    ExchangeRequest,
    LogEntry,
    RosterReply,
    RosterRequest,
)

__all__ = ["Ask", "Exchange", "Exchanged", "Note", "RosterExchange", "RosterReply", "Store"]


@dataclass(frozen=True, slots=True)
class Store:
    """Run this in one unit of work on the storage thread; the answer is what it returns."""

    work: Callable[[UnitOfWork], Any]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One round trip: these batches out, log entries in. The answer is an :class:`Exchanged`."""

    head: ExchangeRequest
    batches: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The answer to an exchange. When the link broke on the way, what had arrived whole."""

    head: ExchangeReply
    entries: tuple[LogEntry, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class RosterExchange:
    """Statements out and in. The answer is a :class:`RosterReply`."""

    request: RosterRequest


@dataclass(frozen=True, slots=True)
class Note:
    """Tell the person how far it is; the answer is None."""

    step: SyncStep
    done_bytes: int = 0
    total_bytes: int = 0


Ask = Store | Exchange | RosterExchange | Note
