"""What of an answer continues the verified log, and what else stands in it."""

from __future__ import annotations

from app.services.ports import Cursor
from sync.client.proof import prove
from sync.client.requests import Exchanged
from sync.protocol.batch import batch_id
from sync.protocol.chain import chain_after
from sync.protocol.messages import LogEntry, Receipt, Verdict

LOG = b"l" * 16
AT = Cursor(LOG, 16, b"c" * 32)
NEXT, LATER, OURS = b"the next batch", b"one more", b"a batch of ours"


def _answer(*entries: tuple[int, bytes, bytes], receipt: tuple[int, bytes]) -> Exchanged:
    position, chain = receipt
    return Exchanged(
        Verdict.AGREES,
        LOG,
        18,
        receipts=(Receipt(batch_id(OURS), LOG, position, chain, bytes(64)),),
        entries=tuple(LogEntry(*one) for one in entries),
    )


def _proven(answer: Exchanged) -> list[tuple[int | None, bytes]]:
    proven = prove(answer, {batch_id(OURS): OURS}, AT, None)
    assert proven.is_right
    return [(one.position, one.content) for one in proven.arrived]


def test_what_was_offered_and_stands_before_the_cursor_holds_nothing_up() -> None:
    """A laptop that began at a snapshot's place offers what stands before it."""
    chain = chain_after(AT.chain, batch_id(NEXT))
    answer = _answer((17, chain, NEXT), receipt=(3, b"x" * 32))
    assert _proven(answer) == [(17, NEXT)]


def test_what_was_offered_takes_its_place_among_what_came() -> None:
    first = chain_after(AT.chain, batch_id(OURS))
    second = chain_after(first, batch_id(LATER))
    answer = _answer((18, second, LATER), receipt=(17, first))
    assert _proven(answer) == [(17, OURS), (18, LATER)]


def test_nothing_is_proven_across_a_gap() -> None:
    answer = _answer((18, b"y" * 32, LATER), receipt=(3, b"x" * 32))
    assert _proven(answer) == []
