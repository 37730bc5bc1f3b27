"""Seals small secrets to a device: HPKE (RFC 9180), ML-KEM-768 with X25519, ChaCha20-Poly1305.

The hybrid keeps what was recorded today closed when either of the two is broken later.
The key pair grows from 32 bytes as X-Wing's does, so the same seed serves an ``age`` file.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey,
    MLKEM768PublicKey,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey,
    X25519PublicKey,
)
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from app.crypto.derive import derive_bytes
from app.crypto.secret import SecretKey

__all__ = ["OVERHEAD_BYTES", "PUBLIC_BYTES", "RecipientKey", "SealError", "seal_to"]

_MLKEM_PUBLIC_BYTES = 1184
PUBLIC_BYTES = _MLKEM_PUBLIC_BYTES + 32
OVERHEAD_BYTES = 1088 + 32 + 16
"""What sealing adds: both encapsulations and the tag."""

_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class SealError(Exception):
    """What was sealed does not open, or a public key is none. One failure for every cause."""


class RecipientKey:
    """A key pair that receives. Shows nothing of its secret."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: SecretKey) -> None:
        expanded = hashlib.shake_256(derive_bytes(seed, "receive", 32)).digest(96)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
        self._key = MLKEM768X25519PrivateKey(mlkem, x25519)
        self.public: bytes = (
            mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
        )

    def open(self, sealed: bytes, *, context: bytes) -> bytes:
        """Return what was sealed to this key for this context. Raises SealError."""
        if len(sealed) < OVERHEAD_BYTES:
            raise SealError
        try:
            return _SUITE.decrypt(sealed, self._key, info=context)
        except (InvalidTag, ValueError):
            raise SealError from None

    def __repr__(self) -> str:
        return f"RecipientKey({self.public.hex()[:16]}…)"


def seal_to(public: bytes, content: bytes, *, context: bytes) -> bytes:
    """Return ``content`` sealed to a public key (1216 bytes). Raises SealError for a bad key."""
    try:
        # Either refuses a part that is not of its length.
        key = MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC_BYTES]),
            X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC_BYTES:]),
        )
        return _SUITE.encrypt(content, key, info=context)
    except ValueError:
        raise SealError from None
