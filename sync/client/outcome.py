"""What a session did so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.logs import log_bug
from app.services.ports import UnitOfWork
from app.services.replication import Taken

__all__ = ["Outcome"]


@dataclass(slots=True)
class Outcome:
    """What a session did so far."""

    batches_sent: int = 0
    batches_received: int = 0
    changes_received: int = 0
    set_aside: int = 0
    spoilt: int = 0
    """Files of the centre on a stick that are cut short or altered, while what they should hold is
    not here."""
    attachments_left: int = 0
    """Attachments for which one visit of a stick had no room, and that the next one takes."""
    refused: dict[bytes, str] = field(default_factory=dict)
    note_level: Callable[[UnitOfWork], None] | None = None
    """Notes that both sides are level, in the transaction that finds it, and commits."""
    is_level: bool = False
    """Whether every record is verified on both sides; what travels behind them does not matter."""
    is_lane_cut: bool = False
    """Whether what travels behind the records ended before its end."""

    def add(self, taken: Taken) -> None:
        """Count what one transaction took in; what nobody expected goes to the log."""
        self.batches_received += taken.batches
        self.changes_received += taken.changes
        self.set_aside += taken.set_aside
        self.tell(taken.bugs)

    def tell(self, bugs: Iterable[Exception]) -> None:
        """Write what nobody expected to the log."""
        for bug in bugs:
            log_bug(bug)
