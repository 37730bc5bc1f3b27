"""Challenges that cost no memory: each is a sealed note of the server to itself.

What would be kept of a challenge travels in it: its place among all that were given, and until when
it is good. Whoever asks for a million of them, from however many networks, fills nothing and pushes
out nobody's; what is kept is one bit for each of the latest ``AT_ONCE_MAX``: whether it was spent.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

__all__ = ["CHALLENGE_SECONDS", "Challenges"]

CHALLENGE_SECONDS: Final = 60
AT_ONCE_MAX: Final = 1 << 22
"""70,000 a second for a minute: more than one process can answer. The bits take 512 KiB."""

_KEY_BITS: Final = 256
_NOTE: Final = struct.Struct(">Qd")  # sealed, it has the 32 bytes of a nonce


@dataclass(slots=True)
class Challenges:
    """The challenges of one process, under a key that is drawn at its start.

    ``seconds`` is a monotonic counter. AES-SIV (RFC 5297) is made for notes without a random part:
    no two are alike, since no two have one place; nobody can tell the place from outside, and so
    nobody learns how many others sign in.
    """

    seconds: Callable[[], float]
    _given: int = 0
    _seal: AESSIV = field(default_factory=lambda: AESSIV(AESSIV.generate_key(_KEY_BITS)))
    _spent: bytearray = field(default_factory=lambda: bytearray((AT_ONCE_MAX + 7) // 8))

    def give(self, centre: bytes, device: bytes) -> bytes:
        """Return a nonce of 32 bytes for whoever says to be this device, good once and for a
        minute."""
        place, self._given = self._given, self._given + 1
        byte, bit = _bit(place)
        self._spent[byte] &= ~bit
        note = _NOTE.pack(place, self.seconds() + CHALLENGE_SECONDS)
        return self._seal.encrypt(note, [centre, device])

    def spend(self, nonce: bytes, centre: bytes, device: bytes) -> bool:
        """Return whether the nonce was given to this device and is good; it is good no longer."""
        try:
            note = self._seal.decrypt(nonce, [centre, device])
        except InvalidTag:
            return False
        place, until = _NOTE.unpack(note)
        if until < self.seconds() or self._given - place > AT_ONCE_MAX:
            return False
        byte, bit = _bit(place)
        was_spent = bool(self._spent[byte] & bit)
        self._spent[byte] |= bit
        return not was_spent


def _bit(place: int) -> tuple[int, int]:
    byte, bit = divmod(place % AT_ONCE_MAX, 8)
    return byte, 1 << bit
