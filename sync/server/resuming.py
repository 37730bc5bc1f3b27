"""What the compact exchange adds to the services: frames gone on with, and the log backwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sync.protocol import limits
from sync.protocol.batch import batch_id
from sync.protocol.codec import split_ids
from sync.protocol.compact import (
    CHAIN_PREFIX_BYTES,
    IN_THE_LOG,
    HaveReply,
    HaveRequest,
    PullHead,
    PushHead,
    ShortReceipt,
    Standing,
)
from sync.protocol.frames import Entry, Frame
from sync.protocol.messages import Receipt, Refusal
from sync.protocol.roster import Roster
from sync.server.outgoing import Outgoing
from sync.server.services import Region, accept_batch, receipt_for
from sync.server.store import LogHead, LogRow, Partial, Store

__all__ = ["accept_frame", "answer_have", "answer_pull", "keep_unfinished"]


def accept_frame(
    store: Store, region: Region, roster: Roster, centre: bytes, frame: Frame
) -> Receipt | Refusal:
    """Take the batch of a whole frame into the centre's log, exactly as ``accept_batch`` does.

    A frame that goes on with what is not held is refused as ``frame_gap``, one whose whole has not
    the name that it said as ``frame_altered``: the batch is well, and is to be sent from its
    beginning. Nothing else is disturbed.
    """
    if not frame.id:
        return accept_batch(store, region, roster, centre, frame.content)
    if known := store.positions_of(centre, [frame.id]).get(frame.id):
        return receipt_for(region, store.head(centre).log_id, known)
    content = _joined(store, centre, frame)
    if content is None:
        return Refusal(frame.id, "frame_gap")
    if batch_id(content) != frame.id:
        store.drop_partial(centre, frame.id)
        return Refusal(frame.id, "frame_altered")
    outcome = accept_batch(store, region, roster, centre, content)
    if isinstance(outcome, Refusal):
        store.drop_partial(centre, frame.id)
    return outcome


def keep_unfinished(store: Store, centre: bytes, frame: Frame) -> None:
    """Keep what arrived of a frame that said its name, so that any device can go on with it."""
    if not (frame.id and frame.content) or store.positions_of(centre, [frame.id]):
        return
    content = _joined(store, centre, frame)
    if content is not None:
        room = limits.PARTIAL_BYTES_MAX
        store.put_partial(centre, frame.id, Partial(frame.size, content), room=room)


def answer_have(store: Store, centre: bytes, request: HaveRequest) -> HaveReply:
    """Say of each batch asked about that it is in the log, or how many bytes of it are held."""
    ids = split_ids(request.ids)
    placed = store.positions_of(centre, ids)
    held = store.partial_sizes(centre, ids)
    return HaveReply(tuple(IN_THE_LOG if one in placed else held.get(one, 0) for one in ids))


def answer_pull(
    store: Store, centre: bytes, head: PushHead, outcomes: Sequence[Receipt | Refusal]
) -> tuple[PullHead, Outgoing[Entry]]:
    """Return what follows the device's position, or what is behind, after its batches were taken.
    The batches are read from the store when the entries are gone through.

    What the device offered in this very request is not sent back: its receipt gives its place.
    """
    receipts = [one for one in outcomes if isinstance(one, Receipt)]
    end = store.head(centre)
    standing = _standing(store, centre, head, end)
    entries: list[tuple[LogRow, Entry]] = []
    has_more = False
    if standing in (Standing.FIRST, Standing.AGREES):
        if head.behind:
            entries, has_more = _behind(store, centre, head)
        else:
            offered = frozenset(one.batch for one in receipts)
            entries, has_more = _following(store, centre, head, end, offered)
    reply = PullHead(
        standing=standing,
        log_id=end.log_id,
        top=end.position,
        entries=len(entries),
        more=has_more,
        refused=tuple(one for one in outcomes if isinstance(one, Refusal)),
        receipts=tuple(
            ShortReceipt(one.batch, one.position, one.chain, one.signature) for one in receipts
        ),
        skipped=entries[0][1].start if entries else 0,
    )
    return reply, Outgoing(store, centre, tuple(entries), _filled)


def _joined(store: Store, centre: bytes, frame: Frame) -> bytes | None:
    """Return a batch's bytes from its beginning to the end of the frame; None across a gap."""
    if frame.start == 0:
        return frame.content
    held = store.partial(centre, frame.id, size=frame.size, start=frame.start)
    return None if held is None else held + frame.content


def _standing(store: Store, centre: bytes, head: PushHead, end: LogHead) -> Standing:
    if not head.chain:
        return Standing.FIRST
    if head.position > end.position:
        return Standing.SHORTER
    chain = store.chain_at(centre, head.position)
    is_same = chain is not None and chain[:CHAIN_PREFIX_BYTES] == head.chain
    return Standing.AGREES if is_same else Standing.DIFFERS


def _following(
    store: Store, centre: bytes, head: PushHead, end: LogHead, offered: frozenset[bytes]
) -> tuple[list[tuple[LogRow, Entry]], bool]:
    rows = store.after(
        centre,
        head.position,
        bytes_max=head.wanted_bytes,
        rows_max=limits.EXCHANGE_BATCHES_MAX,
    )
    entries = [
        (row, _front(row, row.chain, head.skip if row.position == head.position + 1 else 0))
        for row in rows
        if row.batch_id not in offered
    ]
    return entries, bool(rows) and rows[-1].position < end.position


def _behind(store: Store, centre: bytes, head: PushHead) -> tuple[list[tuple[LogRow, Entry]], bool]:
    """Return the entries before a position, the last first, each with the chain before it."""
    rows = store.before(
        centre,
        head.behind,
        bytes_max=head.wanted_bytes,
        rows_max=limits.EXCHANGE_BATCHES_MAX,
    )
    if not rows:
        return [], False
    chains = [row.chain for row in rows[1:]]
    first = store.chain_at(centre, rows[-1].position - 1)
    assert first is not None
    entries = [
        (row, _front(row, before, head.skip if row.position == head.behind - 1 else 0))
        for row, before in zip(rows, [*chains, first], strict=True)
    ]
    return entries, rows[-1].position > 1


def _front(row: LogRow, chain: bytes, skip: int) -> Entry:
    # What a device holds more than there is was of another batch: it gets the whole of this one.
    return Entry(row.position, chain, row.size, b"", skip if skip <= row.size else 0)


def _filled(front: Entry, content: bytes) -> Entry:
    return replace(front, content=content[front.start :])
