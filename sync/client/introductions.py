"""How a session gives and takes roster statements, so that colleagues' laptops are known before
their batches; and what it hears of those that the region's server holds.

Part of the session: no input or output. Stopping it anywhere loses nothing.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final

from app.services.ports import Desk, Envelope
from sync.client.aside import try_set_aside_again
from sync.client.keys import CentreKeys
from sync.client.outcome import Outcome
from sync.client.requests import Ask, RosterExchange, Store
from sync.protocol import limits
from sync.protocol.messages import RosterReply
from sync.protocol.roster import statement_id

__all__ = ["Introductions"]

PAGES_MAX: Final = limits.HELD_IDS_MAX // limits.STATEMENTS_MAX
"""Messages of statements in a row: as many as a device may say that it holds."""

Session = Generator[Ask, Any, None]


@dataclass(slots=True)
class Introductions:
    """The statements' side of one session."""

    desk: Desk
    envelope: Envelope
    keys: CentreKeys
    outcome: Outcome
    asked_about: bytes = b""
    """The mark about which the server was asked: once a run. What it said may have been a lie."""

    def give_and_take(self) -> Session:
        """Offer what the server may lack and take what it has."""
        for _ in range(PAGES_MAX):
            request = self.keys.roster_request()
            reply: RosterReply = yield RosterExchange(request)
            if self.keys.agrees(request, reply):
                yield from self._keep()
            # More than one message holds; or what an admin heard made it renew the epoch: the
            # others need that with its batches.
            if not self.keys.has_news():
                return

    def hear(self, mark: bytes) -> Session:
        """Hear by their mark which statements the server holds: what it is not known to hold waits,
        also if the link breaks before it is given."""
        if mark != self.asked_about and self.keys.lacks_any(mark):
            self.asked_about = mark
            yield from self._note()
            yield from self._compare(mark)
        yield from self._note()

    def _compare(self, mark: bytes) -> Session:
        """Hear what the server holds, whose mark differs; give it everything unless that explains
        the mark. What it takes no more, of a speaker that was cut off or said too much, makes the
        marks differ for good: that is found out once, and not at every synchronisation."""
        told: set[bytes] = set()
        for _ in range(PAGES_MAX):
            reply: RosterReply = yield RosterExchange(self.keys.question(told))
            news = {statement_id(one) for one in reply.statements} - told
            told |= news
            must_keep = self.keys.learns(reply.statements)
            is_explained = self.keys.explains(mark, told)
            if must_keep:
                yield from self._keep()
            if is_explained or not news:
                break
        if self.keys.has_news():
            yield from self.give_and_take()

    def _keep(self) -> Session:
        yield Store(self.keys.keep)
        yield from try_set_aside_again(self.desk, self.envelope, self.keys, self.outcome)

    def _note(self) -> Session:
        if self.keys.has_heard():
            yield Store(self.keys.note_there)
