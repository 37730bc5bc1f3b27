"""What a laptop holds, in its own signed word: how a stick tells whoever wrote that it came.

A batch that lies on a stick says nothing of who took it in. So each laptop leaves, beside what it
carries, how far it had verified the region's log and which batches it holds that this log lacks.
It is a laptop's word at some time: put back to a backup afterwards, it may hold less.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from sync.protocol.batch import BATCH_ID_BYTES, CENTRE_BYTES, DEVICE_BYTES, Seen
from sync.protocol.chain import CHAIN_BYTES, LOG_ID_BYTES
from sync.protocol.errors import CodecError
from sync.protocol.signature import SIGNATURE_BYTES, Purpose, is_signed

__all__ = [
    "HOLDING_IDS_MAX",
    "HOLDING_MAX",
    "HOLDING_MIN",
    "Holding",
    "holding_name",
    "holding_said",
    "is_holding_signed",
    "parse_holding",
]

MAGIC: Final = b"QSPH"
VERSION: Final = 1
_LAYOUT: Final = struct.Struct(">4sB16s16sB16sQ32s")
HOLDING_IDS_MAX: Final = 32_768
"""Batches of one word. A centre that never reached the region writes so many in fifteen years."""
HOLDING_MIN: Final = _LAYOUT.size + SIGNATURE_BYTES
HOLDING_MAX: Final = HOLDING_MIN + HOLDING_IDS_MAX * BATCH_ID_BYTES
_NO_LOG: Final = Seen(bytes(LOG_ID_BYTES), 0, bytes(CHAIN_BYTES))


@dataclass(frozen=True, slots=True)
class Holding:
    """What a device of a centre holds.

    ``format`` is the newest one of a batch's content that its program knows; ``seen`` how far it
    had verified the region's log, None before its first contact; ``ids`` are the batches that it
    took in and that this log lacks, rising.
    """

    centre: bytes
    device: bytes
    format: int
    seen: Seen | None
    ids: tuple[bytes, ...]


def holding_name(centre: bytes, device: bytes) -> bytes:
    """Return the name of a device's word: a newer one takes the place of the older."""
    named = centre + device
    return hashlib.blake2b(named, digest_size=32, person=b"qispi-holding-1").digest()


def holding_said(holding: Holding) -> bytes:
    """Return the bytes that a device signs, for :data:`Purpose.HOLDING`; its signature goes behind
    them. Raises CodecError when there is no place for something in it."""
    seen = holding.seen or _NO_LOG
    try:
        front = _LAYOUT.pack(
            MAGIC,
            VERSION,
            holding.centre,
            holding.device,
            holding.format,
            seen.log_id,
            seen.position,
            seen.chain,
        )
    except struct.error:
        raise CodecError("holding_malformed") from None
    content = front + b"".join(holding.ids)
    if parse_holding(content + bytes(SIGNATURE_BYTES)) != holding:
        raise CodecError("holding_malformed")
    return content


def parse_holding(content: bytes) -> Holding:
    """Return the word of these bytes, all of them; its signature is not checked here.

    Raises CodecError ``holding_over_limit``, ``holding_unknown_version``, ``holding_malformed``.
    """
    if len(content) > HOLDING_MAX:
        raise CodecError("holding_over_limit")
    if content[: len(MAGIC)] != MAGIC or len(content) < HOLDING_MIN:
        raise CodecError("holding_malformed")
    _, version, centre, device, format_, log_id, position, chain = _LAYOUT.unpack_from(content)
    if version != VERSION:
        raise CodecError("holding_unknown_version")
    seen = None if log_id == _NO_LOG.log_id else Seen(log_id, position, chain)
    said = content[_LAYOUT.size : -SIGNATURE_BYTES]
    if len(said) % BATCH_ID_BYTES or position >= 2**63:
        raise CodecError("holding_malformed")
    if seen is None and (position, chain) != (_NO_LOG.position, _NO_LOG.chain):
        raise CodecError("holding_malformed")
    ids = tuple(said[at : at + BATCH_ID_BYTES] for at in range(0, len(said), BATCH_ID_BYTES))
    if any(one >= other for one, other in pairwise(ids)):
        raise CodecError("holding_malformed")
    return Holding(centre, device, format_, seen, ids)


def is_holding_signed(content: bytes, sign_key: bytes) -> bool:
    """Return whether the holder of ``sign_key`` (32 bytes) signed the word of these bytes."""
    said, signature = content[:-SIGNATURE_BYTES], content[-SIGNATURE_BYTES:]
    return is_signed(sign_key, Purpose.HOLDING, said, signature)


assert _LAYOUT.size == 6 + CENTRE_BYTES + DEVICE_BYTES + LOG_ID_BYTES + 8 + CHAIN_BYTES
