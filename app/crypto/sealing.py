"""Seals many contents under one secret: a fresh salt gives each its own key and nonce.

HKDF-SHA256 (RFC 5869) from secret and salt, then ChaCha20-Poly1305 (RFC 8439). A salt is 16 random
bytes and is used once; two equal ones among 2^48 contents are as likely as one in 2^33.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from app.crypto.derive import derive_bytes
from app.crypto.recipient import SealError
from app.crypto.secret import SecretKey

__all__ = ["SALT_BYTES", "TAG_BYTES", "open_sealed", "seal_under"]

SALT_BYTES = 16
TAG_BYTES = 16
_KEY_BYTES = 32
_NONCE_BYTES = 12


def seal_under(secret: SecretKey, kind: str, content: bytes, *, salt: bytes, bound: bytes) -> bytes:
    """Return the sealed content, with its tag. It opens only together with ``bound``."""
    cipher, nonce = _cipher(secret, kind, salt)
    return cipher.encrypt(nonce, content, bound)


def open_sealed(secret: SecretKey, kind: str, sealed: bytes, *, salt: bytes, bound: bytes) -> bytes:
    """Return what was sealed. Raises SealError when anything at all differs."""
    cipher, nonce = _cipher(secret, kind, salt)
    try:
        return cipher.decrypt(nonce, sealed, bound)
    except InvalidTag:
        raise SealError from None


def _cipher(secret: SecretKey, kind: str, salt: bytes) -> tuple[ChaCha20Poly1305, bytes]:
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    material = derive_bytes(secret, kind, _KEY_BYTES + _NONCE_BYTES, salt=salt)
    return ChaCha20Poly1305(material[:_KEY_BYTES]), material[_KEY_BYTES:]
