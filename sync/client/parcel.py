"""One exchange as bytes, in the version that both sides speak, whichever way it travels.

A parcel outlives the tries in which it is carried: what the other side holds of it already is not
sent again. The readers give what arrived whole before a cut, and what came of the entry in which it
was. No input or output here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Protocol

from app.services.ports import SealedBatch
from sync.client.requests import Exchange, Exchanged
from sync.client.unfinished import Unfinished
from sync.protocol import codec, limits
from sync.protocol.compact import (
    CHAIN_PREFIX_BYTES,
    IN_THE_LOG,
    HaveReply,
    HaveRequest,
    PushHead,
)
from sync.protocol.errors import CodecError
from sync.protocol.frames import Entry, Frame, PullReader, encode_push
from sync.protocol.messages import ExchangeRequest, LogEntry, Receipt

__all__ = ["ASKED_FROM", "AnswerReader", "CompactReader", "FirstReader", "Parcel"]

ASKED_FROM: Final = 64 << 10
"""From so many offered bytes on, a short question what of them is there is worth its round trip."""


@dataclass(slots=True)
class Parcel:
    """What one exchange carries, and how much of it the other side is known to hold."""

    ask: Exchange
    held: dict[bytes, int] = field(default_factory=dict)
    is_doubtful: bool = False
    """The other side may hold more than is known: ask before the next try."""

    def __post_init__(self) -> None:
        sizes = [len(one.content) for one in self.ask.batches if one.id not in self.ask.promised]
        is_resumed = self.ask.is_after_cut and max(sizes, default=0) >= limits.RESUMABLE_MIN
        self.is_doubtful = sum(sizes) >= ASKED_FROM or is_resumed
        self.held = {
            one.id: len(one.content) for one in self.ask.batches if one.id in self.ask.promised
        }

    @property
    def bytes_held(self) -> int:
        """How many bytes of it the other side is known to hold."""
        return sum(self.held.values())

    def doubt(self) -> None:
        """A try broke off: some of it may have arrived."""
        self.is_doubtful = any(one.id not in self.ask.promised for one in self.ask.batches)

    def question(self) -> HaveRequest:
        """Return what to ask the other side before anything is sent."""
        return HaveRequest(b"".join(one.id for one in self._asked_about()))

    def learn(self, reply: HaveReply) -> None:
        """Take the answer in. Raises CodecError ``message_malformed`` when it is none."""
        asked = self._asked_about()
        if len(reply.held) != len(asked):
            raise CodecError("message_malformed")
        for one, held in zip(asked, reply.held, strict=True):
            size = len(one.content)
            self.held[one.id] = size if held == IN_THE_LOG else held if held < size else 0
        self.is_doubtful = False

    def compact_body(self, token: bytes) -> bytes:
        """Return the body of version 2 and later: of each batch what the other side lacks."""
        ask = self.ask
        frames = [Frame.of(one.id, one.content, self.held.get(one.id, 0)) for one in ask.batches]
        head = PushHead(
            position=ask.cursor.position if ask.cursor else 0,
            chain=ask.cursor.chain[:CHAIN_PREFIX_BYTES] if ask.cursor else b"",
            offered=len(frames),
            skip=len(ask.kept.content) if ask.kept else 0,
            behind=ask.behind,
            wanted_bytes=ask.wanted_bytes,
        )
        return b"".join(encode_push(token, head, frames))

    def first_body(self) -> bytes:
        """Return the body of version 1, which resumes nothing: every batch whole."""
        ask = self.ask
        contents = [one.content for one in ask.batches if one.id not in ask.promised]
        head = ExchangeRequest(
            log_id=ask.cursor.log_id if ask.cursor else b"",
            position=ask.cursor.position if ask.cursor else 0,
            chain=ask.cursor.chain if ask.cursor else b"",
            wanted_bytes=ask.wanted_bytes,
            offered=len(contents),
        )
        return b"".join(codec.encode_request(head, contents))

    def _asked_about(self) -> list[SealedBatch]:
        return [one for one in self.ask.batches if one.id not in self.ask.promised]


class AnswerReader(Protocol):
    """Reads the answer to an exchange as it arrives, in pieces cut anywhere."""

    @property
    def has_head(self) -> bool:
        """Whether enough came for :meth:`read`."""

    def feed(self, piece: bytes) -> None:
        """Take a piece. Raises CodecError when nothing usable comes any more."""

    def close(self) -> None:
        """Raise CodecError when the answer was bad or was cut."""

    def read(self, failure: str | None = None) -> Exchanged:
        """Return what came, once the head did; ``failure`` says why that is not all."""


class FirstReader:
    """:class:`AnswerReader` of version 1."""

    def __init__(self) -> None:
        self._reader = codec.ReplyReader()
        self._entries: list[LogEntry] = []

    @property
    def has_head(self) -> bool:
        """Whether the head came."""
        return self._reader.head is not None

    def feed(self, piece: bytes) -> None:
        """Take a piece. Raises CodecError."""
        self._entries += self._reader.feed(piece)

    def close(self) -> None:
        """Raise CodecError when the answer was bad or was cut."""
        self._reader.close()

    def read(self, failure: str | None = None) -> Exchanged:
        """Return what came."""
        head = self._reader.head
        assert head is not None, "asked for before the head came"
        return Exchanged(
            verdict=head.verdict,
            log_id=head.log_id,
            top=head.top,
            more=head.more,
            refused=head.refused,
            receipts=head.receipts,
            entries=tuple(self._entries),
            failure=failure,
            can_resume=False,
        )


class CompactReader:
    """:class:`AnswerReader` of version 2 and later: joins the first entry to what is kept of it."""

    def __init__(self, ask: Exchange) -> None:
        self._ask = ask
        self._reader = PullReader()
        self._entries: list[Entry] = []

    @property
    def has_head(self) -> bool:
        """Whether the head came."""
        return self._reader.head is not None

    def feed(self, piece: bytes) -> None:
        """Take a piece. Raises CodecError."""
        self._entries += self._reader.feed(piece)

    def close(self) -> None:
        """Raise CodecError when the answer was bad or was cut."""
        self._reader.close()

    def read(self, failure: str | None = None) -> Exchanged:
        """Return what came; an entry that does not go on from what is kept ends it."""
        head = self._reader.head
        assert head is not None, "asked for before the head came"
        receipts = tuple(
            Receipt(one.batch, head.log_id, one.position, one.chain, one.signature)
            for one in head.receipts
        )
        return Exchanged(
            verdict=head.verdict(self._ask.cursor.log_id if self._ask.cursor else b""),
            log_id=head.log_id,
            top=head.top,
            more=head.more,
            refused=head.refused,
            receipts=receipts,
            entries=tuple(self._joined(self._entries, head.log_id)),
            unfinished=self._unfinished(head.log_id) if failure else None,
            failure=failure,
            roster=head.roster,
        )

    def _joined(self, entries: Iterable[Entry], log_id: bytes) -> Iterable[LogEntry]:
        for entry in entries:
            before = self._before(entry, log_id)
            if before is None:
                return
            yield LogEntry(entry.position, entry.chain, before + entry.content)

    def _unfinished(self, log_id: bytes) -> Unfinished | None:
        opened = self._reader.unfinished
        if opened is None:
            # Cut before the first entry began: what is kept of it is still right.
            return self._ask.kept if not self._entries else None
        before = self._before(opened, log_id)
        if before is None:
            return None
        content = before + opened.content
        return Unfinished(log_id, opened.position, opened.chain, opened.size, content)

    def _before(self, entry: Entry, log_id: bytes) -> bytes | None:
        """Return the bytes that this entry left out, or None when they are not those kept."""
        if entry.start == 0:
            return b""
        kept = self._ask.kept
        if kept is None or entry.start > len(kept.content):
            return None
        is_same = (kept.log_id, kept.position, kept.chain, kept.size) == (
            log_id,
            entry.position,
            entry.chain,
            entry.size,
        )
        return kept.content[: entry.start] if is_same else None
