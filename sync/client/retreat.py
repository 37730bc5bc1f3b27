"""Where a laptop goes back to when the server shows another log than it did.

A server that was restored, set up anew or doubled is nothing unusual; one that shows something else
at every contact would keep a laptop busy for ever, and is left.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Final

from app.domain.errors import EnvironmentFault
from app.services import evidence
from app.services.ports import Cursor, Desk, UnitOfWork
from sync.client.requests import Ask, Exchanged, Store
from sync.protocol.chain import chain_start
from sync.protocol.messages import Verdict

__all__ = ["Retreat", "noting_other_history", "shows_other_history"]

FALLS_MAX: Final = 100
OTHER_LOGS_MAX: Final = 5
"""A server that names another log at every contact would keep a laptop busy for ever, and make it
send everything again each time."""


@dataclass(slots=True)
class Retreat:
    """The retreats of one run: how often it went back, and what was told of it."""

    desk: Desk
    falls: int = 0
    other_logs: int = 0
    has_told: bool = False

    def place(self, answer: Exchanged, cursor: Cursor | None) -> Generator[Ask, Any, Cursor]:
        """Return the newest earlier place that can still agree with what the server said to be at
        ``cursor``; that it shows another history, or less of it than was verified, is noted.

        Raises EnvironmentFault ``server_log_wrong`` when there is none, or no end to it.
        """
        self.falls += 1
        self.other_logs += answer.verdict is Verdict.OTHER_LOG
        if self.falls > FALLS_MAX or self.other_logs > OTHER_LOGS_MAX:
            raise EnvironmentFault("server_log_wrong")
        is_other = shows_other_history(answer.verdict)
        if is_other and cursor is not None and not self.has_told:
            self.has_told = True
            yield Store(noting_other_history(self.desk, cursor.chain))
        known: tuple[Cursor, ...] = ()
        if answer.verdict is not Verdict.OTHER_LOG:
            known = yield Store(lambda uow: uow.batches.checkpoints())
        reachable = [one for one in known if one.position <= answer.top]
        start = Cursor(answer.log_id, 0, chain_start(answer.log_id))
        back = reachable[0] if reachable else start
        if cursor == back:
            raise EnvironmentFault("server_log_wrong")
        return back


def shows_other_history(verdict: Verdict) -> bool:
    """Return whether the server shows less of the log than was verified, or something else."""
    return verdict in (Verdict.DIFFERS, Verdict.SHORTER)


def noting_other_history(desk: Desk, proof: bytes) -> Callable[[UnitOfWork], None]:
    """Return a transaction that notes it. ``proof``: the chain that this laptop had verified."""

    def note(uow: UnitOfWork) -> None:
        evidence.note_other_history(uow, desk, proof)
        uow.commit()

    return note
