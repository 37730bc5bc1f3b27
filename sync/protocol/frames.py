"""The bodies of the compact exchange: frames that can be cut at any byte and gone on with.

Whatever the bytes, a reader gives every whole frame before the cut, and what came of the one that
was under way; it raises CodecError at worst, and never takes more memory than the limits.
"""

from __future__ import annotations

import abc
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Generic, TypeVar

from sync.protocol import limits
from sync.protocol.chain import CHAIN_BYTES
from sync.protocol.codec import decode
from sync.protocol.compact import TOKEN_BYTES, PullHead, PushHead, encode_short
from sync.protocol.errors import CodecError
from sync.protocol.messages import Message

__all__ = [
    "Entry",
    "Frame",
    "PullReader",
    "PushReader",
    "encode_pull",
    "encode_push",
    "pull_size",
]

_LENGTH: Final = struct.Struct(">I")
_NAMED: Final = struct.Struct(">I32sI")
_ENTRY: Final = struct.Struct(">Q32sI")
_IS_NAMED: Final = 1 << 31
_ID_BYTES: Final = 32
_POSITION_MAX: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Frame:
    """A batch on its way up, or what of it has to travel.

    ``size`` is the whole batch's, ``content`` its bytes from ``start`` on: all the rest in a whole
    frame. ``id`` is empty in a plain frame, which starts at 0 and cannot be gone on with.
    """

    size: int
    content: bytes
    id: bytes = b""
    start: int = 0

    @classmethod
    def of(cls, batch_id: bytes, content: bytes, start: int = 0) -> Frame:
        """Return the frame of a batch, of which the server said to hold ``start`` bytes.

        A small one goes plain. ``start`` is the whole length when the server has it in its log and
        only the receipt is wanted. Raises CodecError ``message_malformed``.
        """
        if not 0 <= start <= len(content):
            raise CodecError("message_malformed")
        if start == 0 and len(content) < limits.RESUMABLE_MIN:
            return cls(len(content), content)
        return cls(len(content), content[start:], batch_id, start)


@dataclass(frozen=True, slots=True)
class Entry:
    """A place in the log on its way down, or what of its batch has to travel.

    ``chain`` is the chain hash at ``position``; in an answer that goes backwards it is the one
    *before* the entry, at ``position - 1``, so that each entry proves itself at once. ``size`` is
    the whole batch's, ``content`` its bytes from ``start`` on: all the rest in a whole frame.
    """

    position: int
    chain: bytes
    size: int
    content: bytes
    start: int = 0


def encode_push(token: bytes, head: PushHead, frames: Sequence[Frame]) -> Iterator[bytes]:
    """Yield the body of an exchange: token, head, then each frame.

    Raises CodecError when the head counts otherwise or something is over a limit.
    """
    if head.offered != len(frames) or len(token) != TOKEN_BYTES:
        raise CodecError("message_malformed")
    yield token + _sized(encode_short(head))
    for frame in frames:
        _check(frame)
        if frame.id:
            yield _NAMED.pack(frame.size | _IS_NAMED, frame.id, frame.start) + frame.content
        else:
            yield _LENGTH.pack(frame.size) + frame.content


def encode_pull(head: PullHead, entries: Iterable[Entry]) -> Iterator[bytes]:
    """Yield the answer of an exchange: the head, then each entry; one after the other is taken.

    Raises CodecError as soon as the head says otherwise or something is over a limit.
    """
    yield _sized(encode_short(head))
    left, skipped = head.entries, head.skipped
    for entry in entries:
        _check(entry)
        if left == 0 or entry.start != skipped or len(entry.chain) != CHAIN_BYTES:
            raise CodecError("message_malformed")
        left, skipped = left - 1, 0
        yield _ENTRY.pack(entry.position, entry.chain, entry.size) + entry.content
    if left or skipped:
        raise CodecError("message_malformed")


def pull_size(head: PullHead, entries: Iterable[Entry]) -> int:
    """Return how many bytes :func:`encode_pull` yields: what Content-Length says. Of the entries
    the content is not looked at."""
    rest = sum(_ENTRY.size + entry.size - entry.start for entry in entries)
    return _LENGTH.size + len(encode_short(head)) + rest


def _sized(content: bytes) -> bytes:
    return _LENGTH.pack(len(content)) + content


def _check(frame: Frame | Entry) -> None:
    if not 1 <= frame.size <= limits.BATCH_MAX:
        raise CodecError("batch_over_limit")
    if frame.start + len(frame.content) != frame.size:
        raise CodecError("message_malformed")
    if isinstance(frame, Frame) and len(frame.id) != (_ID_BYTES if frame.id or frame.start else 0):
        raise CodecError("message_malformed")


H = TypeVar("H", bound=Message)
F = TypeVar("F", Frame, Entry)


@dataclass(slots=True)
class _Reader(abc.ABC, Generic[H, F]):
    """What both directions share. Not shared between threads."""

    head: H | None = None
    _waiting: bytearray = field(default_factory=bytearray)
    _carried: int = 0
    _read: int = 0
    _open: F | None = None
    _failure: CodecError | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything that the head announced has arrived."""
        return self.head is not None and self._read == self._announced()

    @property
    def unfinished(self) -> F | None:
        """What came of the frame that is under way, or None between two frames."""
        if self._open is None:
            return None
        return replace(self._open, content=bytes(self._waiting))

    def feed(self, data: bytes) -> list[F]:
        """Return the frames that these bytes complete.

        Raises CodecError when nothing usable comes any more, at the call after the last frames.
        """
        frames: list[F] = []
        try:
            if self._failure:
                raise self._failure
            self._waiting += data
            self._take(frames)
        except CodecError as failure:
            self._failure = failure
            self._waiting.clear()
            if not frames:
                raise
        return frames

    def close(self) -> None:
        """Raise CodecError when the body was bad, or ``message_truncated`` when it was cut."""
        if self._failure or not self.is_complete:
            raise self._failure or CodecError("message_truncated")

    def _take(self, frames: list[F]) -> None:
        if self.head is None:
            self.head = self._read_head()
        while self.head is not None and self._read < self._announced():
            if self._open is None:
                self._open = self._read_front()
            opened = self._open
            if opened is None or len(self._waiting) < opened.size - opened.start:
                return
            frames.append(replace(opened, content=self._cut(opened.size - opened.start)))
            self._open = None
            self._read += 1
        if self.head is not None and self._waiting:
            raise CodecError("message_malformed")

    def _cut(self, count: int) -> bytes:
        taken = bytes(memoryview(self._waiting)[:count])
        del self._waiting[:count]
        return taken

    def _message(self, kind: type[H]) -> H | None:
        if len(self._waiting) < _LENGTH.size:
            return None
        (size,) = _LENGTH.unpack_from(self._waiting)
        if size > kind.MAX_BYTES:
            raise CodecError("message_over_limit")
        if len(self._waiting) < _LENGTH.size + size:
            return None
        return decode(kind, self._cut(_LENGTH.size + size)[_LENGTH.size :])

    def _make_room(self, size: int, start: int) -> None:
        if not 1 <= size <= limits.BATCH_MAX:
            raise CodecError("batch_over_limit")
        if start > size:
            raise CodecError("message_malformed")
        self._carried += size - start
        if self._carried > limits.EXCHANGE_BYTES_MAX:
            raise CodecError("message_over_limit")

    @abc.abstractmethod
    def _announced(self) -> int: ...

    @abc.abstractmethod
    def _read_head(self) -> H | None: ...

    @abc.abstractmethod
    def _read_front(self) -> F | None: ...


@dataclass(slots=True)
class PushReader(_Reader[PushHead, Frame]):
    """Reads the body of an exchange on the server, in pieces cut anywhere.

    ``token`` is there as soon as it came: look at it before you use a frame of the same piece.
    """

    token: bytes | None = None

    def _announced(self) -> int:
        return self.head.offered if self.head else 0

    def _read_head(self) -> PushHead | None:
        if self.token is None:
            if len(self._waiting) < TOKEN_BYTES:
                return None
            self.token = self._cut(TOKEN_BYTES)
        return self._message(PushHead)

    def _read_front(self) -> Frame | None:
        if len(self._waiting) < _LENGTH.size:
            return None
        (said,) = _LENGTH.unpack_from(self._waiting)
        if not said & _IS_NAMED:
            self._make_room(said, 0)
            del self._waiting[: _LENGTH.size]
            return Frame(said, b"")
        if len(self._waiting) < _NAMED.size:
            return None
        said, name, start = _NAMED.unpack_from(self._waiting)
        self._make_room(said & ~_IS_NAMED, start)
        del self._waiting[: _NAMED.size]
        return Frame(said & ~_IS_NAMED, b"", name, start)


@dataclass(slots=True)
class PullReader(_Reader[PullHead, Entry]):
    """Reads the answer of an exchange on the device, in pieces cut anywhere.

    The entries may be used even when the answer ends early or goes bad: their chain proves them.
    """

    def _announced(self) -> int:
        return self.head.entries if self.head else 0

    def _read_head(self) -> PullHead | None:
        return self._message(PullHead)

    def _read_front(self) -> Entry | None:
        if len(self._waiting) < _ENTRY.size:
            return None
        position, chain, size = _ENTRY.unpack_from(self._waiting)
        if not 1 <= position <= _POSITION_MAX:
            raise CodecError("message_malformed")
        start = self.head.skipped if self.head and self._read == 0 else 0
        self._make_room(size, start)
        del self._waiting[: _ENTRY.size]
        return Entry(position, chain, size, b"", start)
