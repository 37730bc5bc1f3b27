"""The batch as anyone may see it: a fixed header, its signature, and a body nobody here can open.

``docs/protocol.md`` gives every byte. A batch is named by the BLAKE2b-256 hash of all its bytes;
that name is its idempotency key everywhere.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Final

from sync.protocol.errors import CodecError, ProtocolError
from sync.protocol.limits import BATCH_MAX
from sync.protocol.signature import SIGNATURE_BYTES, Purpose, is_signed
from sync.protocol.version import BATCH_VERSIONS, SUITES

__all__ = [
    "BATCH_ID_BYTES",
    "BODY_MAX",
    "BOUND_BYTES",
    "CASE_KEY_ID_BYTES",
    "CENTRE_BYTES",
    "DEVICE_BYTES",
    "EPOCH_TAG_BYTES",
    "HEADER_BYTES",
    "NO_BATCH",
    "NO_CASE_KEY",
    "SALT_BYTES",
    "SESSION_BYTES",
    "Batch",
    "BatchHeader",
    "Seen",
    "batch_id",
    "body_hash",
    "check_signature",
    "encode_header",
    "join_batch",
    "parse_batch",
    "parse_header",
]

MAGIC: Final = b"QSPB"
CENTRE_BYTES: Final = 16
DEVICE_BYTES: Final = 16
SESSION_BYTES: Final = 8
EPOCH_TAG_BYTES: Final = 8
CASE_KEY_ID_BYTES: Final = 8
SALT_BYTES: Final = 16
BATCH_ID_BYTES: Final = 32
NO_BATCH: Final = bytes(BATCH_ID_BYTES)
"""In place of the previous batch, in the first of a session."""
NO_CASE_KEY: Final = bytes(CASE_KEY_ID_BYTES)
"""Version 1 seals no case apart; another value is refused when opened, and carried on."""

_LAYOUT: Final = struct.Struct(">4sBB16s16s8sI32s8s8s16s16sQ32s32sI")
HEADER_BYTES: Final = _LAYOUT.size
BODY_MAX: Final = BATCH_MAX - HEADER_BYTES - SIGNATURE_BYTES
BOUND_BYTES: Final = HEADER_BYTES - 36
"""The front of the header, up to the body's hash: sealing binds the body to these bytes."""
_POSITION_MAX: Final = 2**63 - 1
_NO_LOG: Final = bytes(16)
_NO_CHAIN: Final = bytes(32)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a device had verified of its centre's log when it sealed: log id, position, chain."""

    log_id: bytes
    position: int
    chain: bytes


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """Everything of a batch that is not sealed. Byte strings have the lengths named above.

    ``number`` counts the session's batches from 1; ``previous`` is the id of the one before, and
    :data:`NO_BATCH` exactly when the number is 1. ``seen`` is None before the first contact.
    """

    version: int
    suite: int
    centre: bytes
    device: bytes
    session: bytes
    number: int
    previous: bytes
    epoch_tag: bytes
    case_key_id: bytes
    salt: bytes
    seen: Seen | None
    body_hash: bytes
    body_size: int


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch taken apart, with its name. ``head`` are the signed bytes."""

    id: bytes
    header: BatchHeader
    head: bytes
    signature: bytes
    body: bytes


def batch_id(content: bytes) -> bytes:
    """Return the name of a batch: BLAKE2b-256 of all its bytes."""
    return hashlib.blake2b(content, digest_size=BATCH_ID_BYTES).digest()


def body_hash(body: bytes) -> bytes:
    """Return the hash by which the signed header holds on to the body."""
    return hashlib.blake2b(body, digest_size=32, person=b"qispi-body-1").digest()


def encode_header(header: BatchHeader) -> bytes:
    """Return the header's bytes. Raises CodecError when a value has no place in it."""
    seen = header.seen or Seen(_NO_LOG, 0, _NO_CHAIN)
    try:
        content = _LAYOUT.pack(
            MAGIC,
            header.version,
            header.suite,
            header.centre,
            header.device,
            header.session,
            header.number,
            header.previous,
            header.epoch_tag,
            header.case_key_id,
            header.salt,
            seen.log_id,
            seen.position,
            seen.chain,
            header.body_hash,
            header.body_size,
        )
    except struct.error:
        raise CodecError("batch_malformed") from None
    # Reading it back refuses what packs but means something else: a short id, padded by struct.
    if parse_header(content) != header:
        raise CodecError("batch_malformed")
    return content


def parse_header(content: bytes) -> BatchHeader:
    """Return the header that ``content`` starts with, without checking any signature.

    Raises CodecError: ``batch_truncated``, ``batch_malformed``, ``batch_unknown_version``,
    ``batch_over_limit``.
    """
    if content[: len(MAGIC)] != MAGIC[: len(content)]:
        raise CodecError("batch_malformed")
    if len(content) < len(MAGIC) + 2:
        raise CodecError("batch_truncated")
    if content[4] not in BATCH_VERSIONS or content[5] not in SUITES:
        raise CodecError("batch_unknown_version")
    if len(content) < HEADER_BYTES:
        raise CodecError("batch_truncated")
    (
        _,
        version,
        suite,
        centre,
        device,
        session,
        number,
        previous,
        epoch_tag,
        case_key_id,
        salt,
        log_id,
        position,
        chain,
        hashed,
        size,
    ) = _LAYOUT.unpack_from(content)
    if number < 1 or (number == 1) != (previous == NO_BATCH) or size < 1:
        raise CodecError("batch_malformed")
    if size > BODY_MAX:
        raise CodecError("batch_over_limit")
    return BatchHeader(
        version,
        suite,
        centre,
        device,
        session,
        number,
        previous,
        epoch_tag,
        case_key_id,
        salt,
        _seen(log_id, position, chain),
        hashed,
        size,
    )


def _seen(log_id: bytes, position: int, chain: bytes) -> Seen | None:
    if log_id == _NO_LOG:
        if position or chain != _NO_CHAIN:
            raise CodecError("batch_malformed")
        return None
    if position > _POSITION_MAX:
        raise CodecError("batch_malformed")
    return Seen(log_id, position, chain)


def join_batch(head: bytes, signature: bytes, body: bytes) -> bytes:
    """Return the bytes of a batch. Raises CodecError as :func:`parse_batch` does."""
    content = head + signature + body
    parse_batch(content)
    return content


def parse_batch(content: bytes) -> Batch:
    """Return the batch of these bytes, all of them; its body is the one that the header names.

    The signature is not checked here: see :func:`check_signature`. Raises CodecError:
    ``batch_over_limit``, ``batch_truncated``, ``batch_malformed``, ``batch_unknown_version``,
    ``batch_altered``.
    """
    if len(content) > BATCH_MAX:
        raise CodecError("batch_over_limit")
    header = parse_header(content)
    body_at = HEADER_BYTES + SIGNATURE_BYTES
    if len(content) < body_at + header.body_size:
        raise CodecError("batch_truncated")
    if len(content) > body_at + header.body_size:
        raise CodecError("batch_malformed")
    body = content[body_at:]
    if body_hash(body) != header.body_hash:
        raise CodecError("batch_altered")
    return Batch(
        batch_id(content), header, content[:HEADER_BYTES], content[HEADER_BYTES:body_at], body
    )


def check_signature(batch: Batch, sign_key: bytes) -> None:
    """Return when the holder of ``sign_key`` signed the batch.

    With the body's hash in the header this covers every byte. Raises ProtocolError
    ``batch_altered``.
    """
    if not is_signed(sign_key, Purpose.BATCH, batch.head, batch.signature):
        raise ProtocolError("batch_altered")
