"""One secret to many keys: HKDF-SHA256 (RFC 5869), with what the key is for in its label."""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.crypto.secret import SecretKey

__all__ = ["LABEL_PREFIX", "derive_bytes", "derive_bytes_of"]

LABEL_PREFIX = b"qispi/v1/"


def derive_bytes(secret: SecretKey, kind: str, length: int, *, salt: bytes = b"") -> bytes:
    """Return ``length`` bytes for one use. ``kind`` names it: equal kinds give equal bytes."""
    return derive_bytes_of(secret.reveal(), kind, length, salt=salt)


def derive_bytes_of(content: bytes, kind: str, length: int, *, salt: bytes = b"") -> bytes:
    """Return the same of secret bytes that are no key yet: as random as one, of any length."""
    hkdf = HKDF(hashes.SHA256(), length, salt or None, LABEL_PREFIX + kind.encode("ascii"))
    return hkdf.derive(content)
