"""Somebody on the way, or a server that lies: without keys, but with all that ever passed by."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Sequence

import msgspec

from sync.protocol.compact import PullHead, Standing
from sync.protocol.errors import ProtocolError
from sync.protocol.frames import Entry, PullReader, encode_pull

__all__ = ["Attacker", "altered"]

KEPT_MAX = 12


def altered(chance: random.Random, content: bytes, other: bytes = b"") -> bytes:
    """Return a content that somebody changed: a bit turned, cut, spliced with another, doubled."""
    if not content:
        return chance.randbytes(40)
    at = chance.randrange(len(content))
    match chance.randrange(4):
        case 0 | 1:
            return (
                content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]
            )
        case 2:
            return content[:at] + other[chance.randrange(len(other) + 1) :]
        case _:
            return content[:at] + content[chance.randrange(len(content)) :]


class Attacker:
    """Alters, replays, splices, reorders, and lies in heads, receipts and chains."""

    def __init__(self, chance: random.Random, strange: Sequence[bytes]) -> None:
        """``strange`` are batches of another centre."""
        self._chance = chance
        self._strange = strange
        self._answers: deque[bytes] = deque(maxlen=KEPT_MAX)
        self._bodies: deque[bytes] = deque(maxlen=KEPT_MAX)
        self._receipts: deque[object] = deque(maxlen=KEPT_MAX)

    def request(self, body: bytes, *, is_forged: bool) -> bytes:
        """Return what the server gets in the place of a body."""
        old = list(self._bodies)
        self._bodies.append(body)
        if not is_forged:
            return body
        other = self._chance.choice(old) if old else b""
        return (
            other if other and self._chance.random() < 0.3 else altered(self._chance, body, other)
        )

    def answer(self, answer: bytes, *, is_forged: bool) -> bytes:
        """Return what the laptop gets in the place of an answer."""
        old = list(self._answers)
        self._answers.append(answer)
        if not is_forged:
            return answer
        other = self._chance.choice(old) if old else b""
        match self._chance.randrange(6):
            case 0:
                return altered(self._chance, answer, other)
            case 1 if other:
                return other
            case _:
                return self._lie(answer) or altered(self._chance, answer, other)

    def _lie(self, answer: bytes) -> bytes | None:
        """Return a compact answer that is well made and untrue, or None where there is none."""
        reader = PullReader()
        try:
            entries = reader.feed(answer)
            reader.close()
        except ProtocolError:
            return None
        assert reader.head is not None
        self._receipts.extend(reader.head.receipts)
        head, entries = self._changed(reader.head, list(entries))
        head = msgspec.structs.replace(head, entries=len(entries))
        try:
            return b"".join(encode_pull(head, entries))
        except ProtocolError:
            return None  # too untrue to be well made

    def _changed(self, head: PullHead, entries: list[Entry]) -> tuple[PullHead, list[Entry]]:
        chance, replace = self._chance, msgspec.structs.replace
        if head.receipts and chance.random() < 0.4:
            return self._with_false_receipts(head), entries
        match chance.randrange(7):
            case 0 if len(entries) > 1:
                chance.shuffle(entries)
            case 1 if entries:
                del entries[chance.randrange(len(entries))]
            case 2 if entries:
                at = chance.randrange(len(entries))
                one, strange = entries[at], chance.choice(self._strange)
                entries[at] = Entry(one.position, one.chain, len(strange), strange)
            case 3 if entries:
                at = chance.randrange(len(entries))
                one = entries[at]
                entries[at] = Entry(
                    one.position + chance.choice((0, 1, 5)),
                    chance.randbytes(32),
                    one.size,
                    one.content,
                    one.start,
                )
            case 4:
                return replace(
                    head, top=max(0, head.top + chance.choice((-5, -1, 1, 1_000)))
                ), entries
            case 5:
                standing = chance.choice(list(Standing))
                log_id = chance.choice((head.log_id, chance.randbytes(16)))
                return replace(head, standing=standing, log_id=log_id), entries
            case _:
                # Nothing came, and nothing was taken.
                place = min((one.position for one in entries), default=head.top + 1) - 1
                return replace(head, receipts=(), refused=(), top=place, more=False, skipped=0), []
        return head, entries

    def _with_false_receipts(self, head: PullHead) -> PullHead:
        chance, replace = self._chance, msgspec.structs.replace
        at = chance.randrange(len(head.receipts))
        one = head.receipts[at]
        false = chance.choice(
            (
                replace(one, position=one.position + 1),
                replace(one, chain=chance.randbytes(32)),
                replace(one, signature=chance.randbytes(64)),
                chance.choice(list(self._receipts)),
            )
        )
        given = (*head.receipts[:at], false, *head.receipts[at + 1 :])
        return replace(head, receipts=given)
