"""The small structured messages, as MessagePack arrays. Batches never travel inside them.

A later version may only add fields with defaults at the end: an older reader skips them.
Nothing here is trusted for being well formed; signatures are checked where it matters.
"""

from __future__ import annotations

import enum
import struct
from typing import Annotated, ClassVar

import msgspec

from sync.protocol import limits
from sync.protocol.version import FIRST_VERSION

__all__ = [
    "Challenge",
    "ChallengeRequest",
    "ErrorReply",
    "ExchangeReply",
    "ExchangeRequest",
    "Hello",
    "LogEntry",
    "Message",
    "Receipt",
    "Refusal",
    "RosterReply",
    "RosterRequest",
    "SessionReply",
    "SessionRequest",
    "Verdict",
    "login_bytes",
    "receipt_bytes",
]

Id16 = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
Hash32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Key32 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Signature64 = Annotated[bytes, msgspec.Meta(min_length=64, max_length=64)]
Position = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Reason = Annotated[
    str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*\Z", max_length=limits.REASON_LENGTH_MAX)
]
Statements = Annotated[
    tuple[Annotated[bytes, msgspec.Meta(max_length=limits.STATEMENT_MAX)], ...],
    msgspec.Meta(max_length=limits.STATEMENTS_MAX),
]


class Message(msgspec.Struct, frozen=True, array_like=True):
    """What every message shares: an upper limit of its encoded size, in bytes."""

    MAX_BYTES: ClassVar[int] = limits.HELLO_MAX


class Hello(Message, frozen=True, array_like=True):
    """The server presents itself: versions it speaks, its public key, the name of the region."""

    oldest_version: Annotated[int, msgspec.Meta(ge=1, le=255)]
    newest_version: Annotated[int, msgspec.Meta(ge=1, le=255)]
    server_key: Key32
    name: Annotated[str, msgspec.Meta(max_length=80)] = ""


class ChallengeRequest(Message, frozen=True, array_like=True):
    """A device asks for a challenge. Answered alike for known and unknown devices."""

    centre: Id16
    device: Id16


class Challenge(Message, frozen=True, array_like=True):
    """A nonce, good once and for a minute by the server's monotonic clock."""

    nonce: Hash32


class SessionRequest(Message, frozen=True, array_like=True):
    """A device proves its key by signing :func:`login_bytes`.

    ``statements`` bring the roster along at the first contact, when the server may not know
    the device's grant yet; they prove themselves.
    """

    MAX_BYTES: ClassVar[int] = limits.ROSTER_MAX
    centre: Id16
    device: Id16
    nonce: Hash32
    signature: Signature64
    statements: Statements = ()


class SessionReply(Message, frozen=True, array_like=True):
    """An opaque token and the seconds that it lives."""

    token: Hash32
    lives_seconds: Annotated[int, msgspec.Meta(ge=1, le=86400)] = limits.TOKEN_SECONDS


class RosterRequest(Message, frozen=True, array_like=True):
    """Statements that the device offers, and the ids (32 bytes each, joined) of all it holds."""

    MAX_BYTES: ClassVar[int] = limits.ROSTER_MAX
    offered: Statements = ()
    held: Annotated[bytes, msgspec.Meta(max_length=32 * limits.HELD_IDS_MAX)] = b""


class RosterReply(Message, frozen=True, array_like=True):
    """The centre's statements that the device did not hold."""

    MAX_BYTES: ClassVar[int] = limits.ROSTER_MAX
    statements: Statements = ()


class Verdict(enum.Enum):
    """What the server says of the log id, position and chain that the device came with."""

    FIRST = "first"
    """The device came with none; entries start at position 1."""
    AGREES = "agrees"
    """The same log, the same chain there; entries start after that position."""
    OTHER_LOG = "other_log"
    """Another log: the server was set up or restored anew. No entries; start again."""
    SHORTER = "shorter"
    """The same log id, but it does not reach that position. No entries."""
    DIFFERS = "differs"
    """The same log id, another chain at that position. No entries; people are told."""


class ExchangeRequest(Message, frozen=True, array_like=True):
    """The head of an exchange. ``offered`` batches follow as frames.

    ``log_id`` is empty before the first contact; then position is 0 and ``chain`` empty.
    ``wanted_bytes`` limits the batches in the reply (at least one entry always comes, if any).
    """

    MAX_BYTES: ClassVar[int] = limits.REQUEST_HEAD_MAX
    version: Annotated[int, msgspec.Meta(ge=1, le=255)] = FIRST_VERSION
    log_id: Annotated[bytes, msgspec.Meta(max_length=16)] = b""
    position: Position = 0
    chain: Annotated[bytes, msgspec.Meta(max_length=32)] = b""
    wanted_bytes: Annotated[int, msgspec.Meta(ge=0, le=limits.EXCHANGE_BYTES_MAX)] = 1 << 20
    offered: Annotated[int, msgspec.Meta(ge=0, le=limits.EXCHANGE_BATCHES_MAX)] = 0

    def __post_init__(self) -> None:
        has_none = self.log_id == b"" and self.position == 0 and self.chain == b""
        if not has_none and (len(self.log_id), len(self.chain)) != (16, 32):
            raise ValueError("log id, position and chain come together")


class Receipt(Message, frozen=True, array_like=True):
    """The server's signed word that a batch stands in its log at a position.

    Not proof enough to clear an outbox: that takes seeing it in the verified chain.
    """

    batch: Hash32
    log_id: Id16
    position: Position
    chain: Hash32
    signature: Signature64


class Refusal(Message, frozen=True, array_like=True):
    """A batch that the server did not take, and why (a reason id)."""

    batch: Hash32
    reason: Reason


class ExchangeReply(Message, frozen=True, array_like=True):
    """The head of the answer. ``entries`` log entries follow as frames.

    ``top`` is the log's last position when the answer was made; ``more`` says that entries after
    those given remain.
    """

    MAX_BYTES: ClassVar[int] = limits.REPLY_HEAD_MAX
    version: Annotated[int, msgspec.Meta(ge=1, le=255)]
    log_id: Id16
    verdict: Verdict
    refused: Annotated[tuple[Refusal, ...], msgspec.Meta(max_length=limits.EXCHANGE_BATCHES_MAX)]
    receipts: Annotated[tuple[Receipt, ...], msgspec.Meta(max_length=limits.EXCHANGE_BATCHES_MAX)]
    entries: Annotated[int, msgspec.Meta(ge=0, le=limits.EXCHANGE_BATCHES_MAX)]
    top: Position
    more: bool


class LogEntry(msgspec.Struct, frozen=True):
    """A batch in the log: its position, the chain hash there, its bytes. Travels as a raw frame."""

    position: int
    chain: bytes
    content: bytes


class ErrorReply(Message, frozen=True, array_like=True):
    """Why a request was not answered; after how many seconds to ask again, 0 for as one likes.

    Unknown and forbidden give the same answer.
    """

    MAX_BYTES: ClassVar[int] = limits.ERROR_MAX
    reason: Reason
    retry_after_seconds: Annotated[int, msgspec.Meta(ge=0, le=86400)] = 0


def login_bytes(server_key: bytes, centre: bytes, device: bytes, nonce: bytes) -> bytes:
    """Return what a device signs to prove itself, bound to this server (purpose ``LOGIN``)."""
    return server_key + centre + device + nonce


def receipt_bytes(batch: bytes, log_id: bytes, position: int, chain: bytes) -> bytes:
    """Return what the server signs in a receipt (purpose ``RECEIPT``)."""
    return batch + log_id + struct.pack(">Q", position) + chain
