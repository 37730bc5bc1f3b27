"""Checks Ed25519 signatures (RFC 8032) with the domain of each kind of message in front.

Only checks: private keys live in ``app.crypto.signing``, and the server's own in the server.
"""

from __future__ import annotations

import enum

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

__all__ = ["SIGNATURE_BYTES", "SIGN_KEY_BYTES", "Purpose", "is_signed", "signed_bytes"]

SIGNATURE_BYTES = 64
SIGN_KEY_BYTES = 32


class Purpose(enum.Enum):
    """What a signature is for. One made for a purpose never counts for another."""

    BATCH = b"qispi/v1/batch"
    BLOB = b"qispi/v1/blob"
    RECEIPT = b"qispi/v1/receipt"
    LOGIN = b"qispi/v1/login"
    STATEMENT = b"qispi/v1/statement"
    ENROLMENT_REQUEST = b"qispi/v1/enrolment-request"
    ENROLMENT_REPLY = b"qispi/v1/enrolment-reply"
    DEFINITIONS = b"qispi/v1/definitions"


def signed_bytes(purpose: Purpose, message: bytes) -> bytes:
    """Return what is really signed: the purpose, a zero byte, the message."""
    return purpose.value + b"\0" + message


def is_signed(public_key: bytes, purpose: Purpose, message: bytes, signature: bytes) -> bool:
    """Return whether the holder of ``public_key`` (32 bytes) signed this for this purpose."""
    try:
        key = Ed25519PublicKey.from_public_bytes(public_key)
        key.verify(signature, signed_bytes(purpose, message))
    except (InvalidSignature, ValueError):
        return False
    return True
