"""Large sealed things in a lane of their own, as anyone may see them: scans and snapshots.

A *blob* has a fixed head with its signature, and a body sealed in pieces. It is named by the hash
of its signed head, which names the body's hash: whoever carries one can resume it at any byte, and
knows it whole when the body has that hash. ``docs/protocol.md`` gives every byte.
"""

from __future__ import annotations

import enum
import hashlib
import struct
from dataclasses import dataclass
from typing import Final

from sync.protocol.errors import CodecError, ProtocolError
from sync.protocol.signature import SIGNATURE_BYTES, Purpose, is_signed
from sync.protocol.version import SUITES

__all__ = [
    "ATTACHMENT_BODY_MAX",
    "BLOB_HEAD_BYTES",
    "BLOB_ID_BYTES",
    "BLOB_VERSION",
    "BODY_PERSON",
    "BOUND_BYTES",
    "LABEL_BYTES",
    "NO_LABEL",
    "SNAPSHOT_BODY_MAX",
    "BlobHead",
    "BlobKind",
    "blob_id",
    "body_hash",
    "check_body",
    "check_head_signature",
    "encode_head",
    "parse_head",
    "size_of",
]

BLOB_VERSION: Final = 1
BLOB_ID_BYTES: Final = 32
LABEL_BYTES: Final = 32
NO_LABEL: Final = bytes(LABEL_BYTES)
ATTACHMENT_BODY_MAX: Final = 6 << 20
SNAPSHOT_BODY_MAX: Final = 48 << 20

BODY_PERSON: Final = b"qispi-blob-1"
"""Personalises the hash of a body: whoever has it in pieces hashes them one by one."""

_MAGIC: Final = b"QSPF"
_LAYOUT: Final = struct.Struct(">4sBB16s16sB8s16s32s16sQ32sQ32s")
_HEAD_BYTES: Final = _LAYOUT.size
BOUND_BYTES: Final = _HEAD_BYTES - 40
"""The front of the head, up to the body's size and hash: sealing binds each piece to it."""
BLOB_HEAD_BYTES: Final = _HEAD_BYTES + SIGNATURE_BYTES
_POSITION_MAX: Final = 2**63 - 1
_NO_LOG: Final = bytes(16)
_NO_CHAIN: Final = bytes(32)


class BlobKind(enum.IntEnum):
    """What a blob is. Numbers that are not known here are carried, not opened."""

    ATTACHMENT = 1
    SNAPSHOT = 2


@dataclass(frozen=True, slots=True)
class BlobHead:
    """Everything of a blob that is not sealed.

    ``label`` is by what an attachment is asked for: only who holds the centre's secrets can work
    it out from the attachment's hash; zeros in a snapshot. ``log_id``, ``position`` and ``chain``
    say up to where of which log a snapshot holds everything; zeros in an attachment.
    """

    centre: bytes
    device: bytes
    kind: int
    epoch_tag: bytes
    salt: bytes
    label: bytes
    log_id: bytes
    position: int
    chain: bytes
    body_size: int
    body_hash: bytes
    version: int = BLOB_VERSION
    suite: int = 1


def blob_id(head: bytes) -> bytes:
    """Return the name of a blob: BLAKE2b-256 of its head with the signature."""
    return hashlib.blake2b(head[:BLOB_HEAD_BYTES], digest_size=BLOB_ID_BYTES).digest()


def body_hash(body: bytes) -> bytes:
    """Return the hash by which the signed head holds on to the body."""
    return hashlib.blake2b(body, digest_size=32, person=BODY_PERSON).digest()


def size_of(head: BlobHead) -> int:
    """Return the bytes of the whole blob."""
    return BLOB_HEAD_BYTES + head.body_size


def encode_head(head: BlobHead) -> bytes:
    """Return the signed part of a head. Raises CodecError when a value has no place in it."""
    try:
        content = _LAYOUT.pack(
            _MAGIC,
            head.version,
            head.suite,
            head.centre,
            head.device,
            head.kind,
            head.epoch_tag,
            head.salt,
            head.label,
            head.log_id,
            head.position,
            head.chain,
            head.body_size,
            head.body_hash,
        )
    except struct.error:
        raise CodecError("blob_malformed") from None
    # Reading it back refuses what packs but means something else: a short id, padded by struct.
    if parse_head(content) != head:
        raise CodecError("blob_malformed")
    return content


def parse_head(content: bytes) -> BlobHead:
    """Return the head that ``content`` starts with, without checking any signature.

    Raises CodecError: ``blob_truncated``, ``blob_malformed``, ``blob_unknown_version``,
    ``blob_over_limit``.
    """
    if content[: len(_MAGIC)] != _MAGIC[: len(content)]:
        raise CodecError("blob_malformed")
    if len(content) < len(_MAGIC) + 2:
        raise CodecError("blob_truncated")
    if content[4] != BLOB_VERSION or content[5] not in SUITES:
        raise CodecError("blob_unknown_version")
    if len(content) < _HEAD_BYTES:
        raise CodecError("blob_truncated")
    (
        _,
        version,
        suite,
        centre,
        device,
        kind,
        epoch_tag,
        salt,
        label,
        log_id,
        position,
        chain,
        size,
        hashed,
    ) = _LAYOUT.unpack_from(content)
    is_snapshot = kind == BlobKind.SNAPSHOT
    has_place = log_id != _NO_LOG and 0 < position <= _POSITION_MAX and label == NO_LABEL
    has_none = (log_id, position, chain) == (_NO_LOG, 0, _NO_CHAIN)
    if size < 1 or kind < 1 or not (has_place if is_snapshot else has_none):
        raise CodecError("blob_malformed")
    if size > (SNAPSHOT_BODY_MAX if is_snapshot else ATTACHMENT_BODY_MAX):
        raise CodecError("blob_over_limit")
    return BlobHead(
        centre,
        device,
        kind,
        epoch_tag,
        salt,
        label,
        log_id,
        position,
        chain,
        size,
        hashed,
        version,
        suite,
    )


def check_head_signature(head: bytes, sign_key: bytes) -> None:
    """Return when the holder of ``sign_key`` signed this head (with its signature behind it).

    With the body's hash in the head this covers every byte. Raises ProtocolError
    ``blob_truncated``, ``blob_altered``.
    """
    if len(head) < BLOB_HEAD_BYTES:
        raise ProtocolError("blob_truncated")
    signature = head[_HEAD_BYTES:BLOB_HEAD_BYTES]
    if not is_signed(sign_key, Purpose.BLOB, head[:_HEAD_BYTES], signature):
        raise ProtocolError("blob_altered")


def check_body(content: bytes) -> BlobHead:
    """Return the head of a whole blob, whose body is the one that the head names.

    Raises CodecError as :func:`parse_head` does, and ``blob_truncated``, ``blob_malformed``
    (something behind it), ``blob_altered``.
    """
    head = parse_head(content)
    if len(content) < size_of(head):
        raise CodecError("blob_truncated")
    if len(content) > size_of(head):
        raise CodecError("blob_malformed")
    if body_hash(content[BLOB_HEAD_BYTES:]) != head.body_hash:
        raise CodecError("blob_altered")
    return head
