"""Checks Ed25519 signatures (RFC 8032) with the domain of each kind of message in front.

Only checks: private keys live in ``app.crypto.signing``, and the server's own in the server.
"""

from __future__ import annotations

import enum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

__all__ = ["SIGNATURE_BYTES", "SIGN_KEY_BYTES", "Purpose", "is_signed", "signed_bytes"]

SIGNATURE_BYTES = 64
SIGN_KEY_BYTES = 32


class Purpose(enum.Enum):
    """What a signature is for. One made for a purpose never counts for another."""

    BATCH = b"qispi/v1/batch"
    BLOB = b"qispi/v1/blob"
    HOLDING = b"qispi/v1/holding"
    RECEIPT = b"qispi/v1/receipt"
    LOGIN = b"qispi/v1/login"
    STATEMENT = b"qispi/v1/statement"
    ENROLMENT_REQUEST = b"qispi/v1/enrolment-request"
    ENROLMENT_REPLY = b"qispi/v1/enrolment-reply"
    DEFINITIONS = b"qispi/v1/definitions"
    AUDIT = b"qispi/v1/audit"
    RELEASE = b"qispi/v1/release"


_P: Final = 2**255 - 19
_OF_SMALL_ORDER: Final = frozenset(
    y.to_bytes(SIGN_KEY_BYTES, "little")
    for y in (
        *(0, 1, _P - 1, _P, _P + 1),
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    )
)
"""The points of order 1, 2, 4 and 8 in every encoding, without the sign of x: whatever a key like
that "signed", anybody could have. The list is libsodium's (``ge25519_has_small_order``)."""


def signed_bytes(purpose: Purpose, message: bytes) -> bytes:
    """Return what is really signed: the purpose, a zero byte, the message."""
    return purpose.value + b"\0" + message


def is_signed(public_key: bytes, purpose: Purpose, message: bytes, signature: bytes) -> bool:
    """Return whether the holder of ``public_key`` (32 bytes) signed this for this purpose.

    A key of small order is nobody's, and OpenSSL accepts it.
    """
    if public_key[:-1] + bytes(one & 0x7F for one in public_key[-1:]) in _OF_SMALL_ORDER:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(public_key)
        key.verify(signature, signed_bytes(purpose, message))
    except (InvalidSignature, ValueError):
        return False
    return True
