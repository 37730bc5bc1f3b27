"""Who speaks: a device of a centre by its token, or a stranger, who is counted by network.

The one place for it. Unknown, ended, revoked and forbidden get one answer.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from sync.protocol import paths
from sync.protocol.batch import CENTRE_BYTES
from sync.protocol.compact import LoginRequest
from sync.protocol.errors import ProtocolError
from sync.protocol.messages import ChallengeRequest, SessionRequest
from sync.protocol.roster import Roster
from sync.server import services
from sync.server.auth import REFUSED, Gate, Speaker
from sync.server.services import Region
from sync.server.store import Store
from sync.server.throttle import Throttle

__all__ = ["Reception"]


@dataclass(frozen=True, slots=True)
class Reception:
    """Lets devices in, and counts whoever asks. Every method raises ProtocolError."""

    store: Store
    region: Region
    gate: Gate
    throttle: Throttle

    def stranger(self, request: Request) -> None:
        """Count whoever has not signed in: checking signatures costs something."""
        self.throttle.count_stranger(request.client.host if request.client else "")

    def challenge(self, asked: ChallengeRequest) -> bytes:
        """Return a nonce for whoever asks."""
        return self.gate.challenge(Speaker(asked.centre, asked.device))

    async def sign_in(self, asked: SessionRequest | LoginRequest) -> bytes:
        """Return a token for a device that signed its challenge."""
        # Before the statements: each costs a signature, and a stranger may bring hundreds.
        speaker = self.gate.spend(asked)
        roster = await run_in_threadpool(
            services.learn, self.store, self.region, asked.centre, asked.statements
        )
        return self.gate.sign_in(speaker, asked, roster)

    async def holder(self, request: Request, token: bytes) -> tuple[Speaker, Roster]:
        """Return who holds a token, and who belongs to that centre."""
        return await self._member(self._held(request, token, None))

    async def bearer(self, request: Request) -> tuple[Speaker, Roster]:
        """Return who holds the token of a header (version 1), for the centre that the path names,
        and who belongs there.
        """
        scheme, _, said = request.headers.get("authorization", "").partition(" ")
        try:
            token, centre = bytes.fromhex(said), bytes.fromhex(request.path_params["centre"])
        except ValueError:
            token, centre = b"", b""
        if scheme != paths.AUTH_SCHEME or len(centre) != CENTRE_BYTES:
            self.stranger(request)
            raise ProtocolError(REFUSED)
        return await self._member(self._held(request, token, centre))

    def count_bytes(self, speaker: Speaker, size: int) -> None:
        """Count what a device sends or fetches."""
        self.throttle.count_bytes(speaker.device, size)

    def _held(self, request: Request, token: bytes, centre: bytes | None) -> Speaker:
        try:
            speaker = self.gate.speaker(token, centre)
        except ProtocolError:
            # Whoever tries tokens is counted like any stranger.
            self.stranger(request)
            raise
        self.throttle.count_request(speaker.device)
        return speaker

    async def _member(self, speaker: Speaker) -> tuple[Speaker, Roster]:
        return speaker, await run_in_threadpool(
            services.member_roster, self.store, self.region, speaker.centre, speaker.device
        )
