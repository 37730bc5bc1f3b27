"""Seals and opens blobs: an attachment, or a snapshot of everything that a centre's log says.

The content is sealed in pieces of 64 KiB, each under a key and nonce of its own, from the epoch's
secret and a salt that is made of the blob's salt, the piece's place and whether it is the last:
none can be moved, repeated or left out. Each is bound to the head. The true size of the content is
sealed with it; outside, only the padded one shows.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from app.crypto.derive import derive_bytes
from app.crypto.recipient import SealError
from app.crypto.sealing import SALT_BYTES, TAG_BYTES, open_sealed, seal_under
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from app.services.ports import Cursor
from sync.envelope.keyring import Keyring
from sync.envelope.padding import padme
from sync.protocol.blob import (
    BLOB_HEAD_BYTES,
    BOUND_BYTES,
    NO_LABEL,
    BlobHead,
    BlobKind,
    blob_id,
    body_hash,
    check_body,
    check_head_signature,
    encode_head,
)
from sync.protocol.errors import ProtocolError
from sync.protocol.signature import Purpose

__all__ = ["SealedBlob", "attachment_label", "open_blob", "seal_attachment", "seal_snapshot"]

_KIND: Final = "blob"
_LABEL: Final = "blob-label"
_PIECE_BYTES: Final = 1 << 16
_LENGTH: Final = struct.Struct(">Q")
_PLACE: Final = struct.Struct(">I?")
_NOWHERE: Final = Cursor(bytes(16), 0, bytes(32))


@dataclass(frozen=True, slots=True)
class SealedBlob:
    """A blob as it travels, and its name."""

    id: bytes
    content: bytes


def attachment_label(secret: SecretKey, sha256: bytes) -> bytes:
    """Return by what the server is asked for the attachment of this hash, in one epoch."""
    return derive_bytes(secret, _LABEL, len(NO_LABEL), salt=sha256)


def seal_attachment(
    keyring: Keyring, content: bytes, draw: Callable[[int], bytes] = os.urandom
) -> SealedBlob:
    """Return the blob of an attachment. Raises DomainError ``blob_over_limit``."""
    secret = keyring.epochs[keyring.current]
    label = attachment_label(secret, hashlib.sha256(content).digest())
    return _seal(keyring, content, BlobKind.ATTACHMENT, label, _NOWHERE, draw)


def seal_snapshot(
    keyring: Keyring, content: bytes, at: Cursor, draw: Callable[[int], bytes] = os.urandom
) -> SealedBlob:
    """Return the blob of a snapshot of the log up to ``at``. Raises DomainError
    ``blob_over_limit``."""
    return _seal(keyring, content, BlobKind.SNAPSHOT, NO_LABEL, at, draw)


def open_blob(keyring: Keyring, content: bytes) -> tuple[BlobHead, bytes]:
    """Return head and content of a blob that a device of the centre sealed.

    Raises DomainError ``blob_truncated``, ``blob_malformed``, ``blob_unknown_version``,
    ``blob_over_limit``, ``blob_altered``, ``blob_wrong_centre``, ``blob_unknown_device``,
    ``blob_unknown_key``.
    """
    try:
        head = check_body(content)
        if head.centre != keyring.centre:
            raise ProtocolError("blob_wrong_centre")
        device = keyring.roster.devices.get(head.device)
        if device is None or device.centre != head.centre:
            raise ProtocolError("blob_unknown_device")
        check_head_signature(content[:BLOB_HEAD_BYTES], device.sign_key)
    except ProtocolError as failure:
        raise DomainError(failure.reason) from None
    secret = keyring.epochs.get(head.epoch_tag)
    if secret is None:
        raise DomainError("blob_unknown_key")
    try:
        padded = b"".join(_opened(secret, head.salt, content))
    except SealError:
        raise DomainError("blob_altered") from None
    return head, _unpadded(padded)


def _seal(
    keyring: Keyring,
    content: bytes,
    kind: BlobKind,
    label: bytes,
    at: Cursor,
    draw: Callable[[int], bytes],
) -> SealedBlob:
    size = _LENGTH.size + len(content)
    padded = _LENGTH.pack(len(content)) + content + bytes(padme(size) - size)
    salt = draw(SALT_BYTES)
    front = BlobHead(
        centre=keyring.centre,
        device=keyring.device.id,
        kind=kind,
        epoch_tag=keyring.current,
        salt=salt,
        label=label,
        log_id=at.log_id,
        position=at.position,
        chain=at.chain,
        body_size=len(padded) + TAG_BYTES * _pieces(len(padded)),
        body_hash=bytes(32),
    )
    try:
        bound = encode_head(front)[:BOUND_BYTES]
    except ProtocolError as failure:
        raise DomainError(failure.reason) from None
    secret = keyring.epochs[keyring.current]
    body = b"".join(
        seal_under(secret, _KIND, piece, salt=_piece_salt(salt, place), bound=bound)
        for place, piece in _placed(padded, _PIECE_BYTES)
    )
    head = bound + struct.pack(">Q", len(body)) + body_hash(body)
    signed = head + keyring.keys.sign(Purpose.BLOB, head)
    return SealedBlob(blob_id(signed), signed + body)


def _opened(secret: SecretKey, salt: bytes, content: bytes) -> Iterator[bytes]:
    bound, body = content[:BOUND_BYTES], content[BLOB_HEAD_BYTES:]
    for place, piece in _placed(body, _PIECE_BYTES + TAG_BYTES):
        yield open_sealed(secret, _KIND, piece, salt=_piece_salt(salt, place), bound=bound)


def _placed(content: bytes, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the pieces, each with the bytes that say its place and whether it is the last."""
    last = (len(content) - 1) // size
    for number in range(last + 1):
        piece = content[number * size : (number + 1) * size]
        yield _PLACE.pack(number, number == last), piece


def _piece_salt(salt: bytes, place: bytes) -> bytes:
    """Return the salt of one piece: two pieces never share a key and nonce."""
    return hashlib.blake2b(salt + place, digest_size=SALT_BYTES, person=b"qispi-piece-1").digest()


def _pieces(size: int) -> int:
    return -(-size // _PIECE_BYTES)


def _unpadded(padded: bytes) -> bytes:
    if len(padded) < _LENGTH.size:
        raise DomainError("blob_malformed")
    (size,) = _LENGTH.unpack_from(padded)
    end = _LENGTH.size + size
    if end > len(padded) or len(padded) != padme(end) or padded[end:].strip(b"\0"):
        raise DomainError("blob_malformed")
    return padded[_LENGTH.size : end]
