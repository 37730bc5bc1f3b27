"""One synchronisation as a generator of requests: no input or output, no clock, no chance.

The engine drives it over HTTPS; the simulator drives the very same code with faults at any yield
and inside any transaction. Stopping it anywhere loses nothing: every step is one transaction or one
idempotent exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeVar

from app.domain.errors import EnvironmentFault
from app.services import evidence, refusals, replication
from app.services.behind import Behind, behind_of
from app.services.ports import (
    Cursor,
    Desk,
    Envelope,
    KeptReceipt,
    UnitOfWork,
)
from app.services.read_models import SyncStep
from app.services.replication import Arrived, Outbox, Taken
from sync.client.aside import take_ready, try_set_aside_again
from sync.client.introductions import Introductions
from sync.client.keys import CentreKeys
from sync.client.offer import Offered, next_offer
from sync.client.outcome import Outcome
from sync.client.proof import Proven, prove
from sync.client.requests import Ask, Exchange, Exchanged, Note, Store
from sync.client.retreat import Retreat
from sync.client.unfinished import Unfinished, keep_unfinished
from sync.protocol.batch import parse_header
from sync.protocol.chain import chain_start
from sync.protocol.errors import ProtocolError
from sync.protocol.messages import Receipt, Verdict

__all__ = ["sync_session"]

ROUNDS_MAX: Final = 10_000
CUTS_MAX: Final = 3
"""Answers in a row that were cut and brought nothing; one that brought something is gone on from.
"""

PROGRESS_MIN: Final = 1 << 10
"""More of an entry that was cut: less is nothing."""

LOG_WRONG: Final = "server_log_wrong"
UNKNOWN_DEVICE: Final = "batch_unknown_device"
SEND_AGAIN: Final = frozenset({"frame_gap", "frame_altered"})
"""Nothing is wrong with the batch: what the server held of it before was not its beginning."""


T = TypeVar("T")
Session = Generator[Ask, Any, T]


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
    outcome.is_level = False
    yield Note(SyncStep.PREPARE)
    while (yield Store(lambda uow: replication.seal_pending(uow, desk, envelope))):
        pass
    start: Outbox = yield Store(replication.outbox)
    run = _Run(desk, envelope, keys, outcome, start)
    yield Note(SyncStep.CONNECT, 0, start.size)
    yield from try_set_aside_again(desk, envelope, keys, outcome)
    if keys.has_news():
        yield from run.introductions.give_and_take()
    try:
        yield from run.rounds()
    except EnvironmentFault as fault:
        if fault.message_id == LOG_WRONG:
            # It may say so at every run: what it said beside that is noted all the same.
            yield Store(lambda uow: refusals.note_also_refused(uow, desk, outcome.refused))
            yield Store(lambda uow: evidence.tell_broken_receipts(uow, desk))
        raise
    yield Note(SyncStep.VERIFY, run.sent_bytes, max(start.size, run.sent_bytes))
    yield Store(lambda uow: refusals.note_refused(uow, desk, outcome.refused))
    yield Store(lambda uow: evidence.tell_missing(uow, desk))
    yield Store(lambda uow: evidence.tell_broken_receipts(uow, desk))
    if outcome.refused:
        raise EnvironmentFault("batches_refused")
    outcome.is_level = yield Store(run.is_level)
    if not outcome.is_level:
        raise EnvironmentFault("batches_not_seen")


@dataclass(slots=True)
class _Run:
    desk: Desk
    envelope: Envelope
    keys: CentreKeys
    outcome: Outcome
    start: Outbox
    sent_bytes: int = 0
    offered: set[bytes] = field(default_factory=set)
    promised: set[bytes] = field(default_factory=set)
    """Of what was offered: the server gave a receipt, and the verified log does not reach there."""
    not_kept: set[bytes] = field(default_factory=set)
    """Held there once, in part or with a place, and unknown to the server later."""
    cursor: Cursor | None = None
    unfinished: Unfinished | None = None
    """What came of the entry in which the last answer was cut, also when it is too little to be
    worth a write to the disk."""
    top: int = 0
    """The last position of the log, as the server said."""
    cuts: int = 0
    kept_in_vain: int = 0
    """How often what was kept of a cut entry was of no use: a server may do so for ever."""
    has_offered_anew: bool = False
    retreat: Retreat = field(init=False)
    introductions: Introductions = field(init=False)

    def __post_init__(self) -> None:
        self.cursor = self.start.cursor
        self.retreat = Retreat(self.desk)
        self.introductions = Introductions(self.desk, self.envelope, self.keys, self.outcome)

    def rounds(self) -> Session[None]:
        """Exchange until all is level. Raises EnvironmentFault."""
        for _ in range(ROUNDS_MAX):
            is_done = yield from self.round()
            if is_done:
                return
        raise EnvironmentFault("sync_not_finished")

    def round(self) -> Session[bool]:
        """One exchange and the transaction that takes its answer in; True when all is level."""
        offer: Offered = yield Store(self._next_offer)
        yield self._note(SyncStep.SEND)
        said: Exchanged = yield Exchange(
            cursor=self.cursor,
            batches=offer.batches,
            promised=offer.promised,
            kept=offer.kept,
            is_after_cut=offer.is_after_cut,
        )
        answer = replace(said, receipts=self._believed(said.receipts))
        self.sent_bytes += sum(len(one.content) for one in offer.new)
        yield from self._hear_refusals(answer)
        yield from self.introductions.hear(answer.roster)
        before = self.cursor
        if answer.verdict is Verdict.FIRST and before is not None:
            raise EnvironmentFault(LOG_WRONG)
        if answer.verdict not in (Verdict.FIRST, Verdict.AGREES):
            yield from self._fall_back(answer)
            return False
        if before is not None and answer.log_id != before.log_id:
            raise EnvironmentFault(LOG_WRONG)
        self._hear_promises(answer, offer)
        self.top = answer.top
        yield self._note(SyncStep.RECEIVE)
        sent = {one.id: one.content for one in offer.batches}
        is_right = yield from self._take(answer, sent, offer.kept)
        if not answer.is_whole:
            self._count_cut(answer, offer.kept, is_further=self.cursor != before)
            return False
        if not is_right:
            return False
        at = self.cursor.position if self.cursor else 0
        is_level = not answer.more and at >= answer.top
        is_in_vain = not offer.new and offer.kept is None and self.cursor == before
        if not is_level and is_in_vain:
            raise EnvironmentFault(LOG_WRONG)
        if not is_level:
            return False
        has_more: bool = yield Store(self._has_more_to_offer)
        return not has_more

    def _note(self, step: SyncStep) -> Note:
        """Return how far it is: bytes that wait here, and entries that come."""
        began = self.start.cursor.position if self.start.cursor else 0
        at = self.cursor.position if self.cursor else 0
        return Note(
            step,
            self.sent_bytes,
            max(self.start.size, self.sent_bytes),
            max(0, at - began),
            max(0, self.top - began),
        )

    def _believed(self, receipts: Iterable[Receipt]) -> tuple[Receipt, ...]:
        """Return those about our offers that the pinned server signed: others are nobody's word."""
        ours = (one for one in receipts if one.batch in self.offered)
        return tuple(one for one in ours if self.keys.holds(one))

    def _hear_refusals(self, answer: Exchanged) -> Session[None]:
        """Note what the server did not take; one that lacks a grant is told of all, once."""
        refused = {one.batch: one.reason for one in answer.refused if one.batch in self.offered}
        gaps = {name for name, reason in refused.items() if reason in SEND_AGAIN}
        self._offer_again(gaps)
        self.outcome.refused |= {name: refused[name] for name in refused.keys() - gaps}
        for receipt in answer.receipts:
            self.outcome.refused.pop(receipt.batch, None)
        unknown = {name for name, reason in refused.items() if reason == UNKNOWN_DEVICE}
        if unknown and not self.has_offered_anew:
            # It may have had them once: a server put back to an old state lost statements, too.
            self.has_offered_anew = True
            self.keys.forget_other_side()
            yield from self.introductions.give_and_take()
            self.offered -= unknown

    def _hear_promises(self, answer: Exchanged, offer: Offered) -> None:
        """Note which batches were given a place, and which of those are unknown there now."""
        if not answer.can_resume:
            return
        given = {one.batch for one in answer.receipts if one.log_id == answer.log_id}
        self.promised |= given & self.offered
        self._offer_again(offer.promised - given)

    def _offer_again(self, batches: AbstractSet[bytes]) -> None:
        """The server holds less of them than it said: send them from their beginning, once."""
        self.promised -= batches
        self.offered -= batches - self.not_kept
        self.not_kept |= batches

    def _count_cut(self, answer: Exchanged, kept: Unfinished | None, *, is_further: bool) -> None:
        """Go on after a cut as long as something came; raise ``answer_cut`` when nothing does."""
        had = len(kept.content) if kept else 0
        has = len(self.unfinished.content) if self.unfinished else 0
        self.cuts = 0 if is_further or has >= had + PROGRESS_MIN else self.cuts + 1
        if self.cuts >= CUTS_MAX:
            raise EnvironmentFault(answer.failure or "answer_cut")

    def is_level(self, uow: UnitOfWork) -> bool:
        """Return whether everything offered in this session was seen in the log, and note it."""
        is_level = not self.has_unseen(uow)
        if is_level and self.outcome.note_level is not None:
            self.outcome.note_level(uow)
        return is_level

    def has_unseen(self, uow: UnitOfWork) -> bool:
        """Return whether something that was offered in this session was not seen in the log. What
        the server says to stand before a snapshot is seen when the log behind it is read."""
        lacking = behind_of(uow)
        return any(
            one.id in self.offered and not (lacking and self._stands_before(uow, one.id, lacking))
            for one in uow.batches.to_offer()
        )

    def _stands_before(self, uow: UnitOfWork, batch: bytes, lacking: Behind) -> bool:
        receipt = uow.receipts.get(batch, self.cursor.log_id) if self.cursor else None
        return receipt is not None and receipt.position < lacking.position

    def _has_more_to_offer(self, uow: UnitOfWork) -> bool:
        return any(one.id not in self.offered for one in uow.batches.to_offer())

    def _next_offer(self, uow: UnitOfWork) -> Offered:
        offer = next_offer(
            uow,
            self.cursor,
            offered=self.offered,
            promised=self.promised,
            unfinished=self.unfinished,
        )
        self.offered |= {one.id for one in offer.new}
        return offer

    def _fall_back(self, answer: Exchanged) -> Session[None]:
        """Go back to the newest earlier point that can still agree, and offer the rest anew."""
        back = yield from self.retreat.place(answer, self.cursor)
        self.offered.clear()
        self.promised.clear()
        start = Cursor(back.log_id, 0, chain_start(back.log_id))

        def work(uow: UnitOfWork) -> Cursor:
            self._keep(uow, answer.receipts, None)
            return replication.fall_back(uow, back, start)

        self.cursor = yield Store(work)

    def _take(
        self, answer: Exchanged, sent: Mapping[bytes, bytes], kept: Unfinished | None = None
    ) -> Session[bool]:
        """Take in what continues the chain, with the cursor behind it; return whether all that came
        does. What does not is asked for once more: raises when nothing stands before it.
        """
        at = self.cursor or Cursor(answer.log_id, 0, chain_start(answer.log_id))
        proven = prove(answer, sent, at, kept)
        if not proven.arrived and (self.cursor is not None or not proven.is_right):
            if answer.receipts or proven.unfinished != kept:
                yield Store(self._keeping(answer.receipts, proven.unfinished))
            self.kept_in_vain += kept is not None and proven.unfinished is None
            if not proven.is_right or self.kept_in_vain > CUTS_MAX:
                raise EnvironmentFault(LOG_WRONG)
            return True
        yield from self._learn_devices(one.content for one in proven.arrived)
        arrived = proven.arrived
        while True:
            taken: Taken = yield Store(self._taking(answer, proven, arrived))
            self.cursor = taken.cursor
            done, arrived = arrived[: taken.done], arrived[taken.done :]
            self.promised -= {one.id for one in done}
            self.outcome.batches_sent += sum(one.id in self.offered for one in done)
            self.outcome.add(taken)
            if taken.has_more:
                yield from take_ready(self.desk, self.envelope, self.outcome)
            if not arrived:
                return proven.is_right
            yield self._note(SyncStep.RECEIVE)

    def _taking(
        self, answer: Exchanged, proven: Proven, arrived: tuple[Arrived, ...]
    ) -> Callable[[UnitOfWork], Taken]:
        """Take in some of what arrived; the first time keep what else the answer brought."""

        def work(uow: UnitOfWork) -> Taken:
            if arrived == proven.arrived:
                self._keep(uow, answer.receipts, proven.unfinished)
            return replication.take(uow, self.desk, self.envelope, arrived, proven.at)

        return work

    def _keeping(
        self, receipts: tuple[Receipt, ...], unfinished: Unfinished | None
    ) -> Callable[[UnitOfWork], None]:
        def keep(uow: UnitOfWork) -> None:
            self._keep(uow, receipts, unfinished)
            uow.commit()

        return keep

    def _keep(
        self, uow: UnitOfWork, receipts: tuple[Receipt, ...], unfinished: Unfinished | None
    ) -> None:
        """Keep the server's word and what came of a cut entry. The caller commits."""
        kept = [
            KeptReceipt(one.batch, one.log_id, one.position, one.chain, one.signature)
            for one in receipts
        ]
        evidence.keep_receipts(uow, self.desk, kept)
        keep_unfinished(uow, unfinished)
        self.unfinished = unfinished

    def _learn_devices(self, contents: Iterable[bytes]) -> Session[None]:
        """Ask for the roster once more when a batch comes from a laptop not known yet."""
        for content in contents:
            try:
                device = parse_header(content).device
            except ProtocolError:
                continue
            if not self.keys.knows(device):
                yield from self.introductions.give_and_take()
                return
