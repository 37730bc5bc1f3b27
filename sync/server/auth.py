"""Who speaks: a challenge signed by the device's key, bound to this server; then an opaque token.

No clock of the wall is used: challenges and tokens live by the monotonic counter of this process.
Unknown devices are challenged like known ones, and refused in the same words.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from sync.protocol.compact import TOKEN_BYTES, LoginRequest
from sync.protocol.errors import ProtocolError
from sync.protocol.limits import TOKEN_SECONDS
from sync.protocol.messages import SessionRequest, login_bytes
from sync.protocol.roster import Roster
from sync.protocol.signature import Purpose, is_signed
from sync.server.challenges import Challenges

__all__ = ["REFUSED", "Gate", "Speaker"]

REFUSED: Final = "unauthorized"
TOKEN_BYTES_FIRST_VERSION: Final = 32
TOKENS_OF_DEVICE_MAX: Final = 16
"""At once: a device uses one, and a copied laptop is two of one name. The oldest goes."""
TOKENS_MAX: Final = 100_000


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
    _challenges: Challenges = field(init=False)
    _tokens: OrderedDict[bytes, tuple[Speaker, float]] = field(default_factory=OrderedDict)
    _held: dict[Speaker, deque[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin with no challenge given."""
        self._challenges = Challenges(self.seconds)

    def challenge(self, speaker: Speaker) -> bytes:
        """Return a nonce, good once and for a minute, for whoever asks."""
        return self._challenges.give(speaker.centre, speaker.device)

    def spend(self, request: SessionRequest | LoginRequest) -> Speaker:
        """Return who was given the challenge that is answered here; from now on it is spent.

        Costs nothing: to be asked before anything that a stranger brings is looked at. Raises
        ProtocolError.
        """
        if not self._challenges.spend(request.nonce, request.centre, request.device):
            raise ProtocolError(REFUSED)
        return Speaker(request.centre, request.device)

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
        is_compact = isinstance(request, LoginRequest)
        token = secrets.token_bytes(TOKEN_BYTES if is_compact else TOKEN_BYTES_FIRST_VERSION)
        self._keep(speaker, _digest(token))
        return token

    def speaker(self, token: bytes, centre: bytes | None = None) -> Speaker:
        """Return who holds a token, for this centre if one is said. Raises ProtocolError for
        anything else.
        """
        held = self._tokens.get(_digest(token))
        if held is None or held[1] < self.seconds() or centre not in (None, held[0].centre):
            raise ProtocolError(REFUSED)
        return held[0]

    def _keep(self, speaker: Speaker, name: bytes) -> None:
        """Keep a token: no device has so many that those of others go."""
        now = self.seconds()
        self._tokens[name] = (speaker, now + TOKEN_SECONDS)
        held = self._held.setdefault(speaker, deque())
        held.append(name)
        if len(held) > TOKENS_OF_DEVICE_MAX:
            self._let_go(held[0])
        # All live equally long, so those that ended come first.
        oldest = next(iter(self._tokens))
        while len(self._tokens) > TOKENS_MAX or self._tokens[oldest][1] < now:
            self._let_go(oldest)
            oldest = next(iter(self._tokens))

    def _let_go(self, name: bytes) -> None:
        speaker, _ = self._tokens.pop(name)
        held = self._held[speaker]
        held.remove(name)
        if not held:
            del self._held[speaker]


def _digest(token: bytes) -> bytes:
    # What lies in memory is no key to anything.
    return hashlib.blake2b(token, digest_size=32).digest()
