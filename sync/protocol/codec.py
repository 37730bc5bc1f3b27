"""Messages and frames to bytes and back.

Whatever the bytes, reading them returns or raises CodecError, and never takes more memory than
the limits.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec

from sync.protocol import limits
from sync.protocol.errors import CodecError
from sync.protocol.messages import ExchangeReply, ExchangeRequest, LogEntry, Message

__all__ = [
    "ReplyReader",
    "RequestReader",
    "decode",
    "encode",
    "encode_reply",
    "encode_request",
    "fitting",
    "join_ids",
    "split_ids",
]

M = TypeVar("M", bound=Message)

_LENGTH: Final = struct.Struct(">I")
_ENTRY: Final = struct.Struct(">Q32sI")
_BYTES_OVERHEAD: Final = 5
"""What MessagePack puts before a byte string, at the most."""
_MESSAGE_OVERHEAD: Final = 512
"""Everything else in a message that carries statements: ids, a nonce, a signature, lengths."""


def encode(message: Message) -> bytes:
    """Return the bytes of a message. Raises CodecError when it is over its limit."""
    content = msgspec.msgpack.encode(message)
    if len(content) > message.MAX_BYTES:
        raise CodecError("message_over_limit")
    return content


def decode(kind: type[M], content: bytes) -> M:
    """Return the message of that kind in these bytes.

    Raises CodecError ``message_over_limit`` or ``message_malformed``.
    """
    if len(content) > kind.MAX_BYTES:
        raise CodecError("message_over_limit")
    try:
        message: M = _decoder(kind).decode(content)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise CodecError("message_malformed") from None
    return message


@functools.cache
def _decoder(kind: type[M]) -> msgspec.msgpack.Decoder[M]:
    return msgspec.msgpack.Decoder(kind)


def encode_request(head: ExchangeRequest, batches: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the body of an exchange: the head, then each batch as a frame.

    Raises CodecError when the head counts otherwise or something is over a limit.
    """
    if head.offered != len(batches):
        raise CodecError("message_malformed")
    yield _sized(encode(head))
    for content in batches:
        yield _frame(content)


def encode_reply(head: ExchangeReply, entries: Iterable[LogEntry]) -> Iterator[bytes]:
    """Yield the answer of an exchange: the head, then each log entry as a frame; one after the
    other is taken. Raises CodecError as soon as the head counts otherwise or something is over a
    limit."""
    yield _sized(encode(head))
    left = head.entries
    for entry in entries:
        if left == 0:
            raise CodecError("message_malformed")
        left -= 1
        if not 1 <= len(entry.content) <= limits.BATCH_MAX or len(entry.chain) != 32:
            raise CodecError("batch_over_limit")
        yield _ENTRY.pack(entry.position, entry.chain, len(entry.content)) + entry.content
    if left:
        raise CodecError("message_malformed")


def _sized(content: bytes) -> bytes:
    return _LENGTH.pack(len(content)) + content


def _frame(content: bytes) -> bytes:
    if not 1 <= len(content) <= limits.BATCH_MAX:
        raise CodecError("batch_over_limit")
    return _sized(content)


@dataclass(slots=True)
class _Frames:
    """Bytes that arrived and were not taken yet, and what was taken altogether."""

    waiting: bytearray = field(default_factory=bytearray)
    body_bytes: int = 0

    def take(self, count: int) -> bytes | None:
        """Return and drop the next ``count`` bytes, or None while they are not all there."""
        if len(self.waiting) < count:
            return None
        taken = bytes(memoryview(self.waiting)[:count])
        del self.waiting[:count]
        return taken

    def head(self, kind: type[M]) -> M | None:
        """Return the sized message at the front, or None while it is not all there."""
        if len(self.waiting) < _LENGTH.size:
            return None
        (size,) = _LENGTH.unpack_from(self.waiting)
        if size > kind.MAX_BYTES:
            raise CodecError("message_over_limit")
        content = self.take(_LENGTH.size + size)
        return None if content is None else decode(kind, content[_LENGTH.size :])

    def batch(self) -> bytes | None:
        """Return the batch of the frame at the front, or None while it is not all there."""
        if len(self.waiting) < _LENGTH.size:
            return None
        (size,) = _LENGTH.unpack_from(self.waiting)
        content = self._framed(_LENGTH.size, size)
        return None if content is None else content[_LENGTH.size :]

    def entry(self) -> LogEntry | None:
        """Return the log entry at the front, or None while it is not all there."""
        if len(self.waiting) < _ENTRY.size:
            return None
        position, chain, size = _ENTRY.unpack_from(self.waiting)
        if not 1 <= position < 2**63:
            raise CodecError("message_malformed")
        content = self._framed(_ENTRY.size, size)
        return None if content is None else LogEntry(position, chain, content[_ENTRY.size :])

    def _framed(self, before: int, size: int) -> bytes | None:
        if not 1 <= size <= limits.BATCH_MAX:
            raise CodecError("batch_over_limit")
        if self.body_bytes + size > limits.EXCHANGE_BYTES_MAX:
            raise CodecError("message_over_limit")
        content = self.take(before + size)
        if content is not None:
            self.body_bytes += size
        return content


@dataclass(slots=True)
class RequestReader:
    """Reads the body of an exchange as it arrives, in pieces cut anywhere.

    A body that ends early, or goes bad, has given every batch before that. Not shared between
    threads.
    """

    head: ExchangeRequest | None = None
    _frames: _Frames = field(default_factory=_Frames)
    _read: int = 0
    _failure: CodecError | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything that the head announced has arrived."""
        return self.head is not None and self._read == self.head.offered

    def feed(self, data: bytes) -> list[bytes]:
        """Return the batches that these bytes complete.

        Raises CodecError when nothing usable comes any more, at the call after the last batches.
        """
        batches: list[bytes] = []
        try:
            self._take(data, batches)
        except CodecError as failure:
            self._failure = failure
            if not batches:
                raise
        return batches

    def close(self) -> None:
        """Raise CodecError when the body was bad, or ``message_truncated`` when it was cut."""
        if self._failure or not self.is_complete:
            raise self._failure or CodecError("message_truncated")

    def _take(self, data: bytes, batches: list[bytes]) -> None:
        if self._failure:
            raise self._failure
        frames = self._frames
        frames.waiting += data
        if self.head is None:
            self.head = frames.head(ExchangeRequest)
        while self.head is not None and self._read < self.head.offered:
            content = frames.batch()
            if content is None:
                return
            self._read += 1
            batches.append(content)
        if self.head is not None and frames.waiting:
            raise CodecError("message_malformed")


@dataclass(slots=True)
class ReplyReader:
    """Reads the answer of an exchange as it arrives, in pieces cut anywhere.

    An answer that ends early, or goes bad, has given every entry before that; they may be used,
    since their chain proves them. Not shared between threads.
    """

    head: ExchangeReply | None = None
    _frames: _Frames = field(default_factory=_Frames)
    _read: int = 0
    _failure: CodecError | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything that the head announced has arrived."""
        return self.head is not None and self._read == self.head.entries

    def feed(self, data: bytes) -> list[LogEntry]:
        """Return the entries that these bytes complete.

        Raises CodecError when nothing usable comes any more, at the call after the last entries.
        """
        entries: list[LogEntry] = []
        try:
            self._take(data, entries)
        except CodecError as failure:
            self._failure = failure
            if not entries:
                raise
        return entries

    def close(self) -> None:
        """Raise CodecError when the answer was bad, or ``message_truncated`` when it was cut."""
        if self._failure or not self.is_complete:
            raise self._failure or CodecError("message_truncated")

    def _take(self, data: bytes, entries: list[LogEntry]) -> None:
        if self._failure:
            raise self._failure
        frames = self._frames
        frames.waiting += data
        if self.head is None:
            self.head = frames.head(ExchangeReply)
        while self.head is not None and self._read < self.head.entries:
            entry = frames.entry()
            if entry is None:
                return
            self._read += 1
            entries.append(entry)
        if self.head is not None and frames.waiting:
            raise CodecError("message_malformed")


def join_ids(ids: Iterable[bytes]) -> bytes:
    """Return ids of 32 bytes joined, as roster messages carry them."""
    return b"".join(ids)


def fitting(
    statements: Sequence[bytes], beside: int = 0, most: int = limits.ROSTER_MAX
) -> tuple[bytes, ...]:
    """Return those of the first statements that one message of ``most`` bytes may carry,
    ``beside`` so many bytes of other things in it.
    """
    room = most - _MESSAGE_OVERHEAD - beside
    chosen = []
    for content in statements[: limits.STATEMENTS_MAX]:
        room -= len(content) + _BYTES_OVERHEAD
        if room < 0:
            break
        chosen.append(content)
    return tuple(chosen)


def split_ids(joined: bytes) -> tuple[bytes, ...]:
    """Return the ids in a joined string. Raises CodecError when it is cut."""
    if len(joined) % 32:
        raise CodecError("message_malformed")
    return tuple(joined[at : at + 32] for at in range(0, len(joined), 32))
