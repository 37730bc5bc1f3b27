"""A release key as a file: its seed, sealed by a phrase (Argon2id), as the region's root key is.

It is made and used offline, one person a key. Laptops only ever see the public half.
"""

from __future__ import annotations

import struct
from typing import Final

from app.crypto.passphrase import Argon2Bounds, Argon2Cost, check_new_passphrase, derive_key
from app.crypto.recipient import SealError
from app.crypto.sealing import TAG_BYTES, open_sealed, seal_under
from app.crypto.secret import KEY_BYTES, SecretKey
from app.crypto.signing import SigningKey
from app.domain.errors import DomainError
from app.release_manifest import PURPOSE
from sync.protocol.signature import signed_bytes

__all__ = ["ReleaseKey", "read_key", "write_key"]

_MAGIC: Final = b"QSPV"
_VERSION: Final = 1
_FRONT: Final = struct.Struct(">4sBIHB16s")
_KIND: Final = "release-key"
_SEALED_BYTES: Final = KEY_BYTES + TAG_BYTES


class ReleaseKey:
    """One of the three keys that sign releases. Shows nothing of its secret."""

    __slots__ = ("_signing", "public", "seed")

    def __init__(self, seed: SecretKey) -> None:
        self.seed = seed
        self._signing = SigningKey(seed)
        self.public: bytes = self._signing.public

    def sign(self, manifest: bytes) -> bytes:
        """Return the signature of a manifest (64 bytes); nothing else can be signed with it."""
        return self._signing.sign(signed_bytes(PURPOSE, manifest))

    def __repr__(self) -> str:
        return f"ReleaseKey({self.public.hex()[:16]}…)"


def write_key(key: ReleaseKey, phrase: str, *, salt: bytes, cost: Argon2Cost) -> bytes:
    """Return the file of a key. Slow (Argon2id).

    Raises DomainError ``passphrase_too_short``, ``passphrase_repeats``, ``passphrase_too_long``.
    """
    check_new_passphrase(phrase)
    front = _FRONT.pack(_MAGIC, _VERSION, cost.memory_kib, cost.passes, cost.lanes, salt)
    derived = derive_key(phrase, salt=salt, cost=cost)
    return front + seal_under(derived, _KIND, key.seed.reveal(), salt=salt, bound=front)


def read_key(content: bytes, phrase: str, *, bounds: Argon2Bounds | None = None) -> ReleaseKey:
    """Return the key of a file. Slow (Argon2id).

    Raises DomainError ``file_not_ours``, ``file_newer``, ``file_damaged``, ``passphrase_wrong``.
    """
    if content[: len(_MAGIC)] != _MAGIC:
        raise DomainError("file_not_ours")
    if len(content) > len(_MAGIC) and content[len(_MAGIC)] > _VERSION:
        raise DomainError("file_newer")
    if len(content) != _FRONT.size + _SEALED_BYTES or content[len(_MAGIC)] != _VERSION:
        raise DomainError("file_damaged")
    front = content[: _FRONT.size]
    _, _, memory_kib, passes, lanes, salt = _FRONT.unpack(front)
    cost = Argon2Cost(memory_kib=memory_kib, passes=passes, lanes=lanes)
    if not (bounds or Argon2Bounds()).allow(cost):
        raise DomainError("file_damaged")
    derived = derive_key(phrase, salt=salt, cost=cost)
    try:
        seed = open_sealed(derived, _KIND, content[_FRONT.size :], salt=salt, bound=front)
    except SealError:
        raise DomainError("passphrase_wrong") from None
    return ReleaseKey(SecretKey(seed))
