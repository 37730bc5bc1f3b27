"""One synchronisation as a generator of requests: no input or output, no clock, no chance.

The engine drives it over HTTPS; the simulator drives the very same code with faults at any yield
and inside any transaction. Stopping it anywhere loses nothing: every step is one transaction or one
idempotent exchange.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec

from app.domain.errors import EnvironmentFault
from app.logs import log_bug
from app.services import evidence, replication
from app.services.ports import Cursor, Desk, Envelope, UnitOfWork
from app.services.read_models import SyncStep
from app.services.replication import Arrived, Outbox, Taken
from sync.client.keys import CentreKeys
from sync.client.requests import Ask, Exchange, Exchanged, Note, RosterExchange, Store
from sync.protocol import limits
from sync.protocol.batch import batch_id, parse_header
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.errors import ProtocolError
from sync.protocol.messages import (
    ExchangeReply,
    ExchangeRequest,
    RosterReply,
    Verdict,
)

__all__ = ["Outcome", "sync_session", "try_set_aside_again"]

OFFERED_BYTES: Final = 1 << 20
WANTED_BYTES: Final = 1 << 20
ROUNDS_MAX: Final = 10_000
FALLS_MAX: Final = 100
OTHER_LOGS_MAX: Final = 5
"""A server that names another log at every contact would keep a laptop busy for ever, and make it
send everything again each time."""

AT_ONCE: Final = limits.EXCHANGE_BATCHES_MAX // 2
"""Batches looked at for one offer, beside those that were offered already."""

UNKNOWN_DEVICE: Final = "batch_unknown_device"

T = TypeVar("T")
Session = Generator[Ask, Any, T]


@dataclass(slots=True)
class Outcome:
    """What a session did so far."""

    batches_sent: int = 0
    batches_received: int = 0
    changes_received: int = 0
    set_aside: int = 0
    refused: dict[bytes, str] = field(default_factory=dict)

    def add(self, taken: Taken) -> None:
        """Count what one transaction took in; what nobody expected goes to the log."""
        self.batches_received += taken.batches
        self.changes_received += taken.changes
        self.set_aside += taken.set_aside
        for bug in taken.bugs:
            log_bug(bug)


def sync_session(
    desk: Desk, envelope: Envelope, keys: CentreKeys, outcome: Outcome
) -> Session[None]:
    """Seal what waits, then push and pull until neither side has anything for the other.

    ``outcome`` is kept up to date as it goes, so that a broken link still tells what it did.

    Raises EnvironmentFault ``answer_cut`` when the link broke in an answer, ``server_log_wrong``
    when the server's log contradicts its own chain, ``batches_refused`` when all is level but the
    server did not take some of ours, ``batches_not_seen`` when it neither took nor refused them,
    ``sync_not_finished`` when there was no end to it; everything taken before that stays.
    """
    yield Note(SyncStep.PREPARE)
    while (yield Store(lambda uow: replication.seal_pending(uow, desk, envelope))):
        pass
    start: Outbox = yield Store(replication.outbox)
    run = _Run(desk, envelope, keys, outcome, start)
    yield Note(SyncStep.CONNECT, 0, start.size)
    yield from try_set_aside_again(desk, envelope, keys, outcome)
    if keys.has_news():
        yield from run.statements()
    for _ in range(ROUNDS_MAX):
        is_done = yield from run.round()
        if is_done:
            break
    else:
        raise EnvironmentFault("sync_not_finished")
    yield Note(SyncStep.VERIFY, run.sent_bytes, max(start.size, run.sent_bytes))
    yield Store(lambda uow: evidence.tell_missing(uow, desk))
    if outcome.refused:
        raise EnvironmentFault("batches_refused")
    if (yield Store(run.has_unseen)):
        raise EnvironmentFault("batches_not_seen")


def try_set_aside_again(
    desk: Desk, envelope: Envelope, keys: CentreKeys, outcome: Outcome
) -> Session[None]:
    """Take in what was set aside and opens now; costs one look when nothing came since."""
    mark = keys.mark()
    outcome.add((yield Store(lambda uow: replication.retry_set_aside(uow, desk, envelope, mark))))


@dataclass(slots=True)
class _Run:
    desk: Desk
    envelope: Envelope
    keys: CentreKeys
    outcome: Outcome
    start: Outbox
    sent_bytes: int = 0
    offered: set[bytes] = field(default_factory=set)
    cursor: Cursor | None = None
    falls: int = 0
    other_logs: int = 0
    has_offered_anew: bool = False
    has_told: bool = False

    def __post_init__(self) -> None:
        self.cursor = self.start.cursor

    def statements(self) -> Session[None]:
        """Give and take roster statements, so that colleagues' laptops are known before batches."""
        request = self.keys.roster_request()
        reply: RosterReply = yield RosterExchange(request)
        if self.keys.agrees(request, reply):
            yield Store(self.keys.keep)
            yield from try_set_aside_again(self.desk, self.envelope, self.keys, self.outcome)

    def round(self) -> Session[bool]:
        """One exchange and the transaction that takes its answer in; True when all is level."""
        batches = yield Store(self._next_offer)
        head = ExchangeRequest(
            log_id=self.cursor.log_id if self.cursor else b"",
            position=self.cursor.position if self.cursor else 0,
            chain=self.cursor.chain if self.cursor else b"",
            wanted_bytes=WANTED_BYTES,
            offered=len(batches),
        )
        yield Note(SyncStep.SEND, self.sent_bytes, max(self.start.size, self.sent_bytes))
        answer: Exchanged = yield Exchange(head, tuple(content for _, content in batches))
        # What the pinned server did not sign is nobody's word.
        receipts = tuple(one for one in answer.head.receipts if self.keys.holds(one))
        answer = Exchanged(
            msgspec.structs.replace(answer.head, receipts=receipts), answer.entries, answer.is_whole
        )
        self.sent_bytes += sum(len(content) for _, content in batches)
        yield from self._hear_refusals(answer.head)
        if answer.head.verdict not in (Verdict.FIRST, Verdict.AGREES):
            yield from self._fall_back(answer.head)
            return False
        before = self.cursor
        if before is not None and answer.head.log_id != before.log_id:
            raise EnvironmentFault("server_log_wrong")
        yield Note(SyncStep.RECEIVE, self.sent_bytes, max(self.start.size, self.sent_bytes))
        yield from self._take(answer, dict(batches))
        if not answer.is_whole:
            raise EnvironmentFault("answer_cut")
        at = self.cursor.position if self.cursor else 0
        is_level = not answer.head.more and at >= answer.head.top
        if not is_level and not batches and self.cursor == before:
            raise EnvironmentFault("server_log_wrong")
        if not is_level:
            return False
        has_more: bool = yield Store(self._has_more_to_offer)
        return not has_more

    def _hear_refusals(self, head: ExchangeReply) -> Session[None]:
        """Note what the server did not take; one that lacks a grant is told of all, once."""
        self.outcome.refused |= {one.batch: one.reason for one in head.refused}
        for receipt in head.receipts:
            self.outcome.refused.pop(receipt.batch, None)
        unknown = {one.batch for one in head.refused if one.reason == UNKNOWN_DEVICE}
        if unknown and not self.has_offered_anew:
            # It may have had them once: a server put back to an old state lost statements, too.
            self.has_offered_anew = True
            self.keys.forget_other_side()
            yield from self.statements()
            self.offered -= unknown

    def has_unseen(self, uow: UnitOfWork) -> bool:
        """Return whether something that was offered in this session was not seen in the log."""
        waiting = uow.batches.to_offer(limit=AT_ONCE + len(self.offered))
        return any(one.id in self.offered for one in waiting)

    def _has_more_to_offer(self, uow: UnitOfWork) -> bool:
        waiting = uow.batches.to_offer(limit=AT_ONCE + len(self.offered))
        return any(one.id not in self.offered for one in waiting)

    def _next_offer(self, uow: UnitOfWork) -> list[tuple[bytes, bytes]]:
        chosen: list[tuple[bytes, bytes]] = []
        size = 0
        for one in uow.batches.to_offer(limit=AT_ONCE + len(self.offered)):
            if one.id in self.offered:
                continue
            if chosen and size + len(one.content) > OFFERED_BYTES:
                break
            chosen.append((one.id, one.content))
            size += len(one.content)
        self.offered |= {name for name, _ in chosen}
        return chosen

    def _fall_back(self, head: ExchangeReply) -> Session[None]:
        """Go back to the newest earlier point that can still agree, and offer the rest anew."""
        self.falls += 1
        self.other_logs += head.verdict is Verdict.OTHER_LOG
        if self.falls > FALLS_MAX or self.other_logs > OTHER_LOGS_MAX:
            raise EnvironmentFault("server_log_wrong")
        if head.verdict is Verdict.DIFFERS:
            yield Store(self._note_other_history)
        self.offered.clear()
        known: tuple[Cursor, ...] = ()
        if head.verdict is not Verdict.OTHER_LOG:
            known = yield Store(lambda uow: uow.batches.checkpoints())
        reachable = [one for one in known if one.position <= head.top]
        back = reachable[0] if reachable else Cursor(head.log_id, 0, chain_start(head.log_id))
        if self.cursor == back:
            raise EnvironmentFault("server_log_wrong")
        yield Store(lambda uow: replication.fall_back(uow, back))
        self.cursor = back

    def _note_other_history(self, uow: UnitOfWork) -> None:
        """Tell once in a session that the server shows another history than it did."""
        if self.cursor is not None and not self.has_told:
            self.has_told = True
            evidence.note_other_history(uow, self.desk, self.cursor.chain)
            uow.commit()

    def _take(self, answer: Exchanged, sent: dict[bytes, bytes]) -> Session[None]:
        """Verify that what came continues the chain, and take it in with the cursor behind it."""
        head = answer.head
        at = self.cursor or Cursor(head.log_id, 0, chain_start(head.log_id))
        arrived: list[Arrived] = []
        for position, chain, content in _in_order(answer, sent):
            if position != at.position + 1:
                break
            name = batch_id(content)
            if chain_after(at.chain, name) != chain:
                raise EnvironmentFault("server_log_wrong")
            at = Cursor(head.log_id, position, chain)
            arrived.append(Arrived(name, content, position, chain))
        if not arrived and self.cursor is not None:
            return
        yield from self._learn_devices(one.content for one in arrived)
        taken: Taken = yield Store(
            lambda uow: replication.take(uow, self.desk, self.envelope, arrived, at)
        )
        self.cursor = at
        self.outcome.batches_sent += sum(one.id in self.offered for one in arrived)
        self.outcome.add(taken)

    def _learn_devices(self, contents: Iterable[bytes]) -> Session[None]:
        """Ask for the roster once more when a batch comes from a laptop not known yet."""
        for content in contents:
            try:
                device = parse_header(content).device
            except ProtocolError:
                continue
            if not self.keys.knows(device):
                yield from self.statements()
                return


def _in_order(answer: Exchanged, sent: dict[bytes, bytes]) -> list[tuple[int, bytes, bytes]]:
    """Return position, chain and content of entries, and of what we sent and got receipts for."""
    found = {entry.position: (entry.chain, entry.content) for entry in answer.entries}
    for receipt in answer.head.receipts:
        if receipt.batch in sent and receipt.log_id == answer.head.log_id:
            # The server need not send back what we just sent; the chain proves its place.
            found.setdefault(receipt.position, (receipt.chain, sent[receipt.batch]))
    return [(position, *found[position]) for position in sorted(found)]
