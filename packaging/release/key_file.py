"""A release key as a file: its seed, sealed by a phrase (Argon2id), as the region's root key is.

It is made and used offline, one person a key. Laptops only ever see the public half.
"""

from __future__ import annotations

from typing import Final

from app.crypto.passphrase import Argon2Bounds, Argon2Cost
from app.crypto.secret import SecretKey
from app.crypto.seed_file import SeedFile
from app.crypto.signing import SigningKey
from sync.protocol.signature import Purpose, signed_bytes

__all__ = ["ReleaseKey", "read_key", "write_key"]

_FILE: Final = SeedFile(b"QSPV", "release-key")


class ReleaseKey:
    """One of the three keys that sign releases. Shows nothing of its secret."""

    __slots__ = ("_signing", "public", "seed")

    def __init__(self, seed: SecretKey) -> None:
        self.seed = seed
        self._signing = SigningKey(seed)
        self.public: bytes = self._signing.public

    def sign(self, manifest: bytes) -> bytes:
        """Return the signature of a manifest (64 bytes); nothing else can be signed with it."""
        return self._signing.sign(signed_bytes(Purpose.RELEASE, manifest))

    def __repr__(self) -> str:
        return f"ReleaseKey({self.public.hex()[:16]}…)"


def write_key(key: ReleaseKey, phrase: str, *, salt: bytes, cost: Argon2Cost) -> bytes:
    """Return the file of a key. Slow (Argon2id).

    Raises DomainError ``passphrase_too_short``, ``passphrase_repeats``, ``passphrase_too_long``.
    """
    return _FILE.write(key.seed, phrase, salt=salt, cost=cost)


def read_key(content: bytes, phrase: str, *, bounds: Argon2Bounds | None = None) -> ReleaseKey:
    """Return the key of a file. Slow (Argon2id).

    Raises DomainError ``file_not_ours``, ``file_newer``, ``file_damaged``, ``passphrase_wrong``.
    """
    return ReleaseKey(_FILE.read(content, phrase, bounds=bounds))
