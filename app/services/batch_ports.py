"""What the use cases need of batches: the keys that seal and open them, and where they are kept.

Part of :mod:`app.services.ports`, which gives these names with the others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from app.domain.change import Change, ChangeId
from app.domain.errors import DomainError
from app.services.audit_ports import AuditHead
from app.services.origin_ports import Origins
from app.services.read_models import SetAsideRow

__all__ = [
    "REVOKED_DEVICE",
    "AsideBatch",
    "AsideBatches",
    "BatchLog",
    "BatchOutline",
    "Cursor",
    "Envelope",
    "FurtherWord",
    "KeptReceipt",
    "MissingBatch",
    "Offer",
    "OpenedBatch",
    "Receipts",
    "SealedBatch",
    "StoredBatch",
    "UnusableBatch",
    "WaitingBatch",
    "Witness",
]

REVOKED_DEVICE: Final = "batch_revoked_device"
"""Why a batch is set aside whose laptop was taken out of the centre, and that is not in the log:
whoever has that laptop now may have written it, whether it opens here or not. It is kept, carried
to nobody, and taken in when it is seen in the log."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far this device has verified the centre's log: which log, position, chain hash."""

    log_id: bytes
    position: int
    chain: bytes


@dataclass(frozen=True, slots=True)
class BatchOutline:
    """What a new batch says beside the device: run, number, predecessor, view, audit."""

    session: bytes
    number: int
    previous: bytes
    seen: Cursor | None
    audit: AuditHead | None = None
    """Where the audit of this laptop ends; it travels inside."""


@dataclass(frozen=True, slots=True)
class SealedBatch:
    """A batch as it travels: its hash is its name."""

    id: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class OpenedBatch:
    """A batch that verified and opened."""

    id: bytes
    device: bytes
    session: bytes
    number: int
    previous: bytes
    seen: Cursor | None
    changes: tuple[Change, ...]
    format: int = 1
    """The newest format that the program which sealed it knows."""
    is_revoked: bool = False
    """Its device was taken out of the centre, before or after it sealed this."""
    audit: AuditHead | None = None
    """Where it says that the audit of its laptop ended."""


class UnusableBatch(DomainError):
    """A batch cannot be used; the message id is the reason.

    ``is_signed`` says that a device of the centre signed exactly these bytes: whoever carries
    batches carries it on, and another key or program may open it. ``is_revoked``: that device was
    taken out of the centre, before or after it sealed this.
    """

    def __init__(self, reason: str, *, is_signed: bool, is_revoked: bool = False) -> None:
        super().__init__(reason)
        self.is_signed = is_signed
        self.is_revoked = is_revoked


class WaitingBatch(UnusableBatch):
    """A batch names changes of an earlier one that is not here yet; ``awaits`` begins that one's
    id. It is whole and signed, and nothing is wrong with it."""

    REASON: Final = "batch_awaits_earlier"

    def __init__(self, awaits: bytes, *, is_revoked: bool = False) -> None:
        super().__init__(self.REASON, is_signed=True, is_revoked=is_revoked)
        self.awaits = awaits


class Envelope(Protocol):
    """Seals and opens batches with the centre's keys; the only place that can."""

    def device(self) -> bytes:
        """Return this device, which signs what is sealed."""

    def readers(self) -> frozenset[bytes]:
        """Return the other devices of the centre, which read what is sealed."""

    def seal(
        self, outline: BatchOutline, changes: Sequence[Change], origins: Origins | None = None
    ) -> SealedBatch:
        """Return the sealed batch. With ``origins`` it is as compact as readers of format 2 allow.
        Raises DomainError when it is over a limit."""

    def open(self, content: bytes, origins: Origins | None = None) -> OpenedBatch:
        """Return the opened batch. Raises UnusableBatch when it is truncated, altered, for another
        centre, by an unknown device, of an unknown version or over a limit; WaitingBatch when it
        names a batch that ``origins`` do not know."""


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """A sealed batch kept on this device; ``position`` once it was seen in the verified log."""

    id: bytes
    content: bytes
    is_own: bool
    position: int | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A batch that the verified log lacks, without its bytes; ``size`` is their number."""

    id: bytes
    size: int
    is_own: bool
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class KeptReceipt:
    """The server's signed word that a batch stands at a position of a log; ``chain`` is the chain
    there. It is evidence of what was promised, never proof that the promise is kept."""

    batch: bytes
    log_id: bytes
    position: int
    chain: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class MissingBatch:
    """A batch that another one names as the one before it, and that is not here."""

    device: bytes
    session: bytes
    number: int


@dataclass(frozen=True, slots=True)
class AsideBatch:
    """A batch that was set aside and whose bytes are kept, and why."""

    id: bytes
    reason: str
    is_signed: bool
    position: int | None
    number: int = field(default=0, compare=False)
    """Rises in the order in which they were set aside."""


class BatchLog(Protocol):
    """Every sealed batch, own and received: what is offered to whoever lacks it."""

    def add(
        self,
        batch: SealedBatch,
        *,
        device: bytes,
        session: bytes,
        number: int,
        is_own: bool,
        change_ids: Sequence[ChangeId],
        at_ms: int,
        is_urgent: bool = False,
        position: int | None = None,
    ) -> None:
        """Store a batch; its changes no longer wait to be sealed. A known one changes nothing.
        ``position`` when it was seen in the verified log: none of its changes waits then."""

    def get(self, batch_id: bytes) -> StoredBatch | None:
        """Return a batch by its hash, or None."""

    def is_held(self, batch_id: bytes) -> bool:
        """Return whether a batch was taken in here; what is set aside was not. Reads no content."""

    def ids(self) -> Iterator[bytes]:
        """Yield the ids of every batch that a stick may carry, oldest first: those kept, and those
        set aside that a device of the centre signed."""

    def sizes(self) -> Mapping[bytes, int]:
        """Return the bytes of each of :meth:`ids`, in that order."""

    def content(self, batch_id: bytes) -> bytes | None:
        """Return the bytes of a batch that is kept or set aside, or None."""

    def last_of_session(self, device: bytes, session: bytes) -> tuple[int, bytes] | None:
        """Return number and id of the last batch in a session of a device, or None. A session is
        one of a device: nothing keeps another from using the same eight bytes."""

    def by_number(self, device: bytes, session: bytes, number: int) -> tuple[bytes, ...]:
        """Return the ids of the batches with this number in a session of a device (two are a
        fork)."""

    def to_offer(self) -> tuple[Offer, ...]:
        """Return batches that the verified log lacks, the urgent first, then the oldest; behind
        them those set aside that a device of the centre signed. Their bytes are
        :meth:`content`."""

    def mark_seen(self, batch_id: bytes, position: int) -> None:
        """Note that the batch was seen in the verified log, at this position."""

    def forget_positions_after(self, position: int) -> None:
        """The log turned out shorter or other: what stood later is offered again."""

    def waiting(self) -> tuple[int, int]:
        """Return the number and the bytes of batches that the verified log lacks."""

    def cursor(self) -> Cursor | None:
        """Return how far the log was verified, or None before the first contact."""

    def set_cursor(self, cursor: Cursor) -> None:
        """Move the cursor, in the transaction that applied what lies before it."""

    def checkpoints(self) -> tuple[Cursor, ...]:
        """Return earlier cursors of this log, newest first (sparse)."""


class AsideBatches(Protocol):
    """Batches that cannot be used: listed with the reason, never in the way of the others."""

    def put(
        self,
        batch: SealedBatch,
        *,
        reason: str,
        at_ms: int,
        is_signed: bool,
        may_open_later: bool,
        position: int | None = None,
    ) -> bool:
        """List a batch, once; return whether it was not listed yet. ``position`` is its place in
        the verified log, if any.

        Its bytes are kept when a device of the centre signed them, or when they may open later. Of
        what has neither that signature nor a place in the log only so much is kept, and listed.
        """

    def wait(
        self, batch: SealedBatch, *, awaits: bytes, at_ms: int, position: int | None = None
    ) -> None:
        """Keep a batch that names another one, whose id begins with ``awaits`` and which is not
        here; of one that waits already, only what it awaits changes."""

    def waiting_for(self, batch_ids: Sequence[bytes]) -> tuple[AsideBatch, ...]:
        """Return the batches that wait for one of these, oldest first."""

    def ready(self, most: int) -> tuple[AsideBatch, ...]:
        """Return at most so many of the batches that wait for one that is here by now, in the order
        of the log."""

    def count_waiting(self) -> int:
        """Return how many batches wait for an earlier one."""

    def kept(
        self,
        *,
        after: int = 0,
        up_to: int | None = None,
        most: int | None = None,
        with_waiting: bool = False,
    ) -> tuple[AsideBatch, ...]:
        """Return those whose bytes are kept, oldest first: they may be used later. Those that wait
        for an earlier one only ``with_waiting``; perhaps only so many, with numbers behind and up
        to these."""

    def last(self) -> int:
        """Return the number of the one that was set aside last, or 0."""

    def place(self, batch_id: bytes) -> int | None:
        """Return the place in the verified log of a batch that is set aside, or None."""

    def take_back(self, batch_id: bytes) -> int | None:
        """It can be used now: it is no longer listed. Return its place in the verified log, if it
        came from there."""

    def rows(self) -> tuple[SetAsideRow, ...]:
        """Return what is listed, a row for each reason, the newest first; without what waits for an
        earlier batch, of which nothing is wrong."""


@dataclass(frozen=True, slots=True)
class FurtherWord:
    """How far a device says to have read the log, and the batch in which it says so."""

    position: int
    batch: bytes
    device: bytes


class Witness(Protocol):
    """What batches prove of each other, and of the log that the server shows."""

    def note_places(self, places: Sequence[tuple[int, bytes]]) -> None:
        """Note positions of the verified log, with the chain at each."""

    def note_seen(self, batch_id: bytes, seen: Cursor) -> None:
        """Note what a batch says that its device had seen of the log."""

    def contradicted(self) -> tuple[bytes, ...]:
        """Return the batches whose devices had seen another chain than the verified log has at that
        position. What was compared once is not compared again."""

    def beyond(self, most: int, gone: Collection[bytes]) -> FurtherWord | None:
        """Return what another laptop says to have read of the log that the cursor stands in, when
        that is further than the cursor, and ``most`` further at the most; of several the furthest.
        The devices of ``gone`` are not asked."""

    def await_batch(self, batch_id: bytes, *, device: bytes, session: bytes, number: int) -> None:
        """Another batch names this one as the one before it: note it, unless it is here, or too
        many of that device are awaited already."""

    def missing(self) -> int:
        """Return how many batches are awaited."""

    def newly_missing(self) -> tuple[MissingBatch, ...]:
        """Return the batches that are awaited and were not returned by this before."""


class Receipts(Protocol):
    """What the server signed about places in its log."""

    def put(self, receipts: Sequence[KeptReceipt]) -> tuple[KeptReceipt, ...]:
        """Keep receipts whose signature was verified; return those that contradict one of the same
        batch and log that is kept. The first stays, and is contradicted once."""

    def get(self, batch_id: bytes, log_id: bytes) -> KeptReceipt | None:
        """Return the receipt of a batch in a log, or None."""

    def of_batch(self, batch_id: bytes) -> tuple[KeptReceipt, ...]:
        """Return every receipt of a batch, one for each log."""

    def newly_broken(self) -> tuple[KeptReceipt, ...]:
        """Return the receipts whose place in the verified log has another chain, and that were not
        returned by this before."""

    def broken(self) -> int:
        """Return how many receipts the server did not keep."""
