"""Signs with Ed25519 (RFC 8032). Servers check, and so checking is in ``sync.protocol``."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.crypto.derive import derive_bytes
from app.crypto.secret import SecretKey

__all__ = ["SigningKey"]


class SigningKey:
    """An Ed25519 key derived from a seed. Shows nothing of its secret."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: SecretKey) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(derive_bytes(seed, "sign", 32))
        self.public: bytes = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """Return the signature (64 bytes). The caller puts the purpose in front of the message."""
        return self._key.sign(message)

    def __repr__(self) -> str:
        return f"SigningKey({self.public.hex()[:16]}…)"
