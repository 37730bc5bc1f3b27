"""What of an answer continues the verified log: each entry proves itself by the chain.

No input or output here. What stands before a wrong entry is proven and is worth taking in; what
stands behind it is nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.services.ports import Cursor
from app.services.replication import Arrived
from sync.client.requests import Exchanged
from sync.client.unfinished import Unfinished
from sync.protocol.batch import batch_id
from sync.protocol.chain import chain_after

__all__ = ["Proven", "prove"]


@dataclass(frozen=True, slots=True)
class Proven:
    """The batches that continue the log, in its order, and where it stands behind them.

    ``unfinished`` is what is worth keeping of the entry in which the answer was cut. ``is_right``
    is False when an entry contradicts the chain: that one, and all behind it, is left out.
    """

    at: Cursor
    arrived: tuple[Arrived, ...]
    unfinished: Unfinished | None
    is_right: bool = True


def prove(
    answer: Exchanged, sent: Mapping[bytes, bytes], at: Cursor, kept: Unfinished | None
) -> Proven:
    """Walk the chain from ``at`` through what came, as far as it holds and without a gap.

    ``sent`` are the batches of the offer by their ids: one that was given a receipt need not come
    back, since the chain proves its place. ``kept`` is what was held of the next entry: when the
    whole of it does not fit, what was kept is of another batch, and that is nobody's lie.
    """
    arrived: list[Arrived] = []
    for position, chain, content in _in_order(answer, sent):
        if position <= at.position:
            continue  # We offered what stands before a snapshot's place: its receipt says where.
        if position != at.position + 1:
            break
        name = batch_id(content)
        if chain_after(at.chain, name) != chain:
            is_of_another = kept is not None and kept.position == position
            return Proven(at, tuple(arrived), None, is_right=is_of_another)
        at = Cursor(answer.log_id, position, chain)
        arrived.append(Arrived(name, content, position, chain))
    return Proven(at, tuple(arrived), answer.unfinished)


def _in_order(answer: Exchanged, sent: Mapping[bytes, bytes]) -> list[tuple[int, bytes, bytes]]:
    """Return position, chain and content of entries, and of what we sent and got receipts for."""
    found = {entry.position: (entry.chain, entry.content) for entry in answer.entries}
    for receipt in answer.receipts:
        if receipt.batch in sent and receipt.log_id == answer.log_id:
            # The server need not send back what we just sent; the chain proves its place.
            found.setdefault(receipt.position, (receipt.chain, sent[receipt.batch]))
    return [(position, *found[position]) for position in sorted(found)]
