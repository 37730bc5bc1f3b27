"""A seed in a file, sealed by a phrase: the keys that are kept offline, one person a key.

Four letters that name the kind, version (1), memory in KiB (4), passes (2), lanes (1) and salt (16)
of Argon2id (RFC 9106), then the seed as :mod:`app.crypto.sealing` seals it, all that stands before
as associated data. Numbers with the highest byte first.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from app.crypto.passphrase import Argon2Bounds, Argon2Cost, check_new_passphrase, derive_key
from app.crypto.recipient import SealError
from app.crypto.sealing import TAG_BYTES, open_sealed, seal_under
from app.crypto.secret import KEY_BYTES, SecretKey
from app.domain.errors import DomainError

__all__ = ["SeedFile"]

_VERSION: Final = 1
_FRONT: Final = struct.Struct(">4sBIHB16s")
_FILE_BYTES: Final = _FRONT.size + KEY_BYTES + TAG_BYTES


@dataclass(frozen=True, slots=True)
class SeedFile:
    """One kind of such a file. ``magic``: its four letters; ``kind``: what the seal is bound to."""

    magic: bytes
    kind: str

    def write(self, seed: SecretKey, phrase: str, *, salt: bytes, cost: Argon2Cost) -> bytes:
        """Return the file of a seed. Slow (Argon2id).

        Raises DomainError ``passphrase_too_short``, ``passphrase_repeats`` or
        ``passphrase_too_long``.
        """
        check_new_passphrase(phrase)
        front = _FRONT.pack(self.magic, _VERSION, cost.memory_kib, cost.passes, cost.lanes, salt)
        key = derive_key(phrase, salt=salt, cost=cost)
        try:
            return front + seal_under(key, self.kind, seed.reveal(), salt=salt, bound=front)
        finally:
            key.wipe()

    def read(self, content: bytes, phrase: str, *, bounds: Argon2Bounds | None = None) -> SecretKey:
        """Return the seed of a file. Slow (Argon2id).

        Raises DomainError ``file_not_ours``, ``file_newer``, ``file_damaged`` or
        ``passphrase_wrong``.
        """
        place = len(self.magic)
        if content[:place] != self.magic:
            raise DomainError("file_not_ours")
        if len(content) > place and content[place] > _VERSION:
            raise DomainError("file_newer")
        if len(content) != _FILE_BYTES or content[place] != _VERSION:
            raise DomainError("file_damaged")
        front = content[: _FRONT.size]
        _, _, memory_kib, passes, lanes, salt = _FRONT.unpack(front)
        cost = Argon2Cost(memory_kib=memory_kib, passes=passes, lanes=lanes)
        if not (bounds or Argon2Bounds()).allow(cost):
            raise DomainError("file_damaged")
        key = derive_key(phrase, salt=salt, cost=cost)
        try:
            seed = open_sealed(key, self.kind, content[_FRONT.size :], salt=salt, bound=front)
        except SealError:
            raise DomainError("passphrase_wrong") from None
        finally:
            key.wipe()
        return SecretKey(seed)
