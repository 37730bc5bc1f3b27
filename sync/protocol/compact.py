"""The messages of version 2: few bytes, the token in front, defaults at the end left out.

What version 1 says in a header, a path or a name stands here in a number, or is known already:
the centre belongs to the token, and the log's id is bound into every chain.
"""

from __future__ import annotations

import enum
import functools
from typing import Annotated, ClassVar, Final

import msgspec

from sync.protocol import limits
from sync.protocol.errors import CodecError
from sync.protocol.messages import (
    Hash32,
    Id16,
    Message,
    Position,
    Refusal,
    Signature64,
    Statements,
    Verdict,
)
from sync.protocol.statements import ROSTER_MARK_BYTES
from sync.protocol.version import COMPACT_VERSION

__all__ = [
    "CHAIN_PREFIX_BYTES",
    "IN_THE_LOG",
    "TOKEN_BYTES",
    "HaveReply",
    "HaveRequest",
    "LoginReply",
    "LoginRequest",
    "PullHead",
    "PushHead",
    "ShortReceipt",
    "Standing",
    "encode_short",
]

TOKEN_BYTES: Final = 16
"""In front of every body but the login's; never in a header, which proxies write down."""
CHAIN_PREFIX_BYTES: Final = 16
"""So much of a chain hash is enough for a device to say where it stands."""
IN_THE_LOG: Final = -1
"""In place of a count of bytes: the batch has its position already."""

Token16 = Annotated[bytes, msgspec.Meta(min_length=TOKEN_BYTES, max_length=TOKEN_BYTES)]
Version = Annotated[int, msgspec.Meta(ge=1, le=255)]
Size = Annotated[int, msgspec.Meta(ge=0, le=limits.BATCH_MAX)]
Count = Annotated[int, msgspec.Meta(ge=0, le=limits.EXCHANGE_BATCHES_MAX)]


class Standing(enum.IntEnum):
    """What the server says of the position and chain that the device came with.

    It cannot tell another log from another history, since no log id comes up:
    :meth:`PullHead.verdict` can.
    """

    AGREES = 0
    """The same chain there; entries start after that position."""
    FIRST = 1
    """The device came with none; entries start at position 1."""
    SHORTER = 2
    """The log does not reach that position. No entries."""
    DIFFERS = 3
    """Another chain there. No entries."""


class LoginRequest(Message, frozen=True, array_like=True):
    """A device proves its key by signing the same bytes as in version 1 (``login_bytes``).

    ``newest`` is the newest version of messages that it speaks.
    """

    MAX_BYTES: ClassVar[int] = limits.ROSTER_MAX
    centre: Id16
    device: Id16
    nonce: Hash32
    signature: Signature64
    statements: Statements = ()
    newest: Version = COMPACT_VERSION


class LoginReply(Message, frozen=True, array_like=True):
    """A token of 16 bytes, the seconds that it lives, and the version that both sides speak."""

    token: Token16
    lives_seconds: Annotated[int, msgspec.Meta(ge=1, le=86400)] = limits.TOKEN_SECONDS
    version: Version = COMPACT_VERSION


class PushHead(Message, frozen=True, array_like=True):
    """The head of an exchange on its way up. ``offered`` frames follow.

    ``chain`` is the first 16 bytes of the chain hash at ``position``; empty, with position 0,
    before the first contact. ``skip`` bytes of the entry after that position are held already and
    need not come again. ``behind`` > 0 asks for the entries before that position instead, the
    newest first (version 3); then ``skip`` is of the entry just before it. ``wanted_bytes`` limits
    the batches in the answer; at least one entry always comes, if there is any.
    """

    MAX_BYTES: ClassVar[int] = limits.REQUEST_HEAD_MAX
    position: Position = 0
    chain: Annotated[bytes, msgspec.Meta(max_length=CHAIN_PREFIX_BYTES)] = b""
    offered: Count = 0
    skip: Size = 0
    behind: Position = 0
    wanted_bytes: Annotated[int, msgspec.Meta(ge=0, le=limits.EXCHANGE_BYTES_MAX)] = 1 << 20

    def __post_init__(self) -> None:
        if self.chain == b"" and self.position == 0:
            return
        if len(self.chain) != CHAIN_PREFIX_BYTES:
            raise ValueError("position and chain come together")


class ShortReceipt(Message, frozen=True, array_like=True):
    """A receipt without the log's id, which the head says once: see ``messages.Receipt``."""

    batch: Hash32
    position: Position
    chain: Hash32
    signature: Signature64


class PullHead(Message, frozen=True, array_like=True):
    """The head of the answer. ``entries`` frames follow.

    ``skipped`` bytes of the first entry were left out, as they were asked to be, or 0. ``more``
    says that entries remain: after those given, or before them when they were asked for backwards.
    ``roster`` is the mark of the statements that the server holds (``Roster.mark``): a device that
    holds others asks for them, so that who was revoked is known with the next exchange.
    """

    MAX_BYTES: ClassVar[int] = limits.REPLY_HEAD_MAX
    standing: Standing
    log_id: Id16
    top: Position = 0
    entries: Count = 0
    more: bool = False
    refused: Annotated[
        tuple[Refusal, ...], msgspec.Meta(max_length=limits.EXCHANGE_BATCHES_MAX)
    ] = ()
    receipts: Annotated[
        tuple[ShortReceipt, ...], msgspec.Meta(max_length=limits.EXCHANGE_BATCHES_MAX)
    ] = ()
    skipped: Size = 0
    roster: Annotated[bytes, msgspec.Meta(max_length=ROSTER_MARK_BYTES)] = b""

    def verdict(self, log_id: bytes) -> Verdict:
        """Return the verdict as version 1 has it, for a device that knows the log ``log_id``
        (empty before the first contact).
        """
        if not log_id or self.standing is Standing.FIRST:
            return Verdict.FIRST
        if log_id != self.log_id:
            return Verdict.OTHER_LOG
        return _VERDICTS[self.standing]


_VERDICTS: Final = {
    Standing.AGREES: Verdict.AGREES,
    Standing.SHORTER: Verdict.SHORTER,
    Standing.DIFFERS: Verdict.DIFFERS,
}


class HaveRequest(Message, frozen=True, array_like=True):
    """A question: what does the server hold of these batches (ids of 32 bytes, joined)."""

    MAX_BYTES: ClassVar[int] = limits.HAVE_MAX
    ids: Annotated[bytes, msgspec.Meta(max_length=32 * limits.HAVE_IDS_MAX)] = b""


class HaveReply(Message, frozen=True, array_like=True):
    """One number a batch, in the order of the question: :data:`IN_THE_LOG`, or bytes held of it."""

    MAX_BYTES: ClassVar[int] = limits.HAVE_MAX
    held: Annotated[
        tuple[Annotated[int, msgspec.Meta(ge=IN_THE_LOG, le=limits.BATCH_MAX)], ...],
        msgspec.Meta(max_length=limits.HAVE_IDS_MAX),
    ] = ()


_fields_of = functools.cache(msgspec.structs.fields)
"""Looking at the annotations of a class costs more than writing a message."""


def encode_short(message: Message) -> bytes:
    """Return a message's bytes without the items at its end that are what they are by default.

    ``codec.decode`` reads them. Raises CodecError when they are over the message's limit.
    """
    values = list(msgspec.structs.astuple(message))
    for field in reversed(_fields_of(type(message))):
        if field.required or values[-1] != field.default:
            break
        values.pop()
    content = msgspec.msgpack.encode(values)
    if len(content) > message.MAX_BYTES:
        raise CodecError("message_over_limit")
    return content
