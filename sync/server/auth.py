"""Who speaks: a challenge signed by the device's key, bound to this server; then an opaque token.

No clock of the wall is used: challenges and tokens live by the monotonic counter of this process.
Unknown devices are challenged like known ones, and refused in the same words.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sync.protocol.compact import TOKEN_BYTES, LoginRequest
from sync.protocol.errors import ProtocolError
from sync.protocol.limits import TOKEN_SECONDS
from sync.protocol.messages import SessionRequest, login_bytes
from sync.protocol.roster import Roster
from sync.protocol.signature import Purpose, is_signed

__all__ = ["REFUSED", "Gate", "Speaker"]

REFUSED: Final = "unauthorized"
CHALLENGE_SECONDS: Final = 60
HELD_MAX: Final = 100_000
NONCE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Speaker:
    """A device that proved its key, and its centre."""

    centre: bytes
    device: bytes


@dataclass(slots=True)
class Gate:
    """Challenges and tokens of one process. ``seconds`` is a monotonic counter."""

    server_key: bytes
    seconds: Callable[[], float]
    _challenges: OrderedDict[bytes, tuple[Speaker, float]] = field(default_factory=OrderedDict)
    _tokens: OrderedDict[bytes, tuple[Speaker, float]] = field(default_factory=OrderedDict)

    def challenge(self, speaker: Speaker) -> bytes:
        """Return a nonce, good once and for a minute, for whoever asks."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        _put(self._challenges, nonce, speaker, self.seconds() + CHALLENGE_SECONDS)
        return nonce

    def spend(self, request: SessionRequest | LoginRequest) -> Speaker:
        """Return who was given the challenge that is answered here; from now on it is spent.

        Costs nothing: to be asked before anything that a stranger brings is looked at. Raises
        ProtocolError.
        """
        asked = _take(self._challenges, request.nonce, self.seconds())
        if asked is None or asked != Speaker(request.centre, request.device):
            raise ProtocolError(REFUSED)
        return asked

    def sign_in(
        self, speaker: Speaker, request: SessionRequest | LoginRequest, roster: Roster
    ) -> bytes:
        """Return a token for a device that signed the challenge which :meth:`spend` found given:
        16 bytes for the compact exchange, else 32. Raises ProtocolError.
        """
        device = roster.devices.get(speaker.device)
        if device is None or not roster.is_member(speaker.device, speaker.centre):
            raise ProtocolError(REFUSED)
        message = login_bytes(self.server_key, speaker.centre, speaker.device, request.nonce)
        if not is_signed(device.sign_key, Purpose.LOGIN, message, request.signature):
            raise ProtocolError(REFUSED)
        size = TOKEN_BYTES if isinstance(request, LoginRequest) else NONCE_BYTES
        token = secrets.token_bytes(size)
        _put(self._tokens, _digest(token), speaker, self.seconds() + TOKEN_SECONDS)
        return token

    def speaker(self, token: bytes, centre: bytes | None = None) -> Speaker:
        """Return who holds a token, for this centre if one is said. Raises ProtocolError for
        anything else.
        """
        held = self._tokens.get(_digest(token))
        if held is None or held[1] < self.seconds() or centre not in (None, held[0].centre):
            raise ProtocolError(REFUSED)
        return held[0]


def _put(
    held: OrderedDict[bytes, tuple[Speaker, float]], name: bytes, speaker: Speaker, until: float
) -> None:
    held[name] = (speaker, until)
    while len(held) > HELD_MAX:
        held.popitem(last=False)


def _take(
    held: OrderedDict[bytes, tuple[Speaker, float]], name: bytes, now: float
) -> Speaker | None:
    found = held.pop(name, None)
    return found[0] if found is not None and found[1] >= now else None


def _digest(token: bytes) -> bytes:
    # What lies in memory is no key to anything.
    return hashlib.blake2b(token, digest_size=32).digest()
