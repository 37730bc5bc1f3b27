"""Who speaks: a device of a centre by its token, or a stranger, who is counted by network.

The one place for it. Unknown, ended, revoked and forbidden get one answer. Whoever is not known yet
is looked at as soon as the token came, and what strangers bring has little room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from sync.protocol import paths
from sync.protocol.batch import CENTRE_BYTES
from sync.protocol.compact import TOKEN_BYTES, LoginRequest
from sync.protocol.errors import ProtocolError
from sync.protocol.messages import ChallengeRequest, SessionRequest
from sync.protocol.roster import Roster
from sync.server import services
from sync.server.auth import REFUSED, Gate, Speaker
from sync.server.bodies import Body, known_as
from sync.server.services import Region
from sync.server.store import Store
from sync.server.throttle import Throttle, Waiting, network_of

__all__ = ["Reception"]


@dataclass(frozen=True, slots=True)
class Reception:
    """Lets devices in, and counts whoever asks. Every method raises ProtocolError.

    ``seconds`` is a monotonic counter.
    """

    store: Store
    region: Region
    gate: Gate
    throttle: Throttle
    seconds: Callable[[], float]
    waiting: Waiting = field(default_factory=Waiting)

    @contextmanager
    def stranger(self, request: Request) -> Iterator[Body]:
        """Count whoever has not signed in, and give what it sends: checking signatures costs
        something, and so do bodies, until the block ends."""
        self.count_stranger(request)
        network = network_of(_host(request))
        body = Body(request, self.seconds, lambda size: self.waiting.take(network, size))
        try:
            yield body
        finally:
            self.waiting.leave(network, body.came)

    def count_stranger(self, request: Request) -> None:
        """Count a request of whoever has not signed in."""
        self.throttle.count_stranger(_host(request))

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

    async def spoken(self, request: Request, most: int) -> tuple[Speaker, bytes]:
        """Return who holds the token in front of a body, and the at most so many bytes behind it.

        Nothing more is read than came with the token before it is known who speaks.
        """
        body, content = self.body(request), bytearray()
        speaker: Speaker | None = None
        try:
            async for piece in body.pieces():
                content += piece
                if speaker is None:
                    if len(content) < TOKEN_BYTES:
                        continue
                    speaker, _ = await self.holder(request, bytes(content[:TOKEN_BYTES]))
                    body.is_known = True
                self.count_bytes(speaker, len(piece))
                if len(content) > TOKEN_BYTES + most:
                    raise ProtocolError("message_over_limit")
        except ClientDisconnect:
            raise ProtocolError("message_truncated") from None
        if speaker is None:
            self.count_stranger(request)
            raise ProtocolError("message_truncated")
        return speaker, bytes(content[TOKEN_BYTES:])

    def body(self, request: Request, *, is_known: bool = False) -> Body:
        """Return what a request brings, of a device that is known, or will be before long."""
        return Body(request, self.seconds, is_known=is_known)

    async def holder(self, request: Request, token: bytes) -> tuple[Speaker, Roster]:
        """Return who holds a token, and who belongs to that centre."""
        return await self._member(request, self._held(request, token, None))

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
            self.count_stranger(request)
            raise ProtocolError(REFUSED)
        return await self._member(request, self._held(request, token, centre))

    def count_bytes(self, speaker: Speaker, size: int) -> None:
        """Count what a device sends or fetches."""
        self.throttle.count_bytes(speaker.device, size)

    def _held(self, request: Request, token: bytes, centre: bytes | None) -> Speaker:
        try:
            speaker = self.gate.speaker(token, centre)
        except ProtocolError:
            # Whoever tries tokens is counted like any stranger.
            self.count_stranger(request)
            raise
        self.throttle.count_request(speaker.device)
        return speaker

    async def _member(self, request: Request, speaker: Speaker) -> tuple[Speaker, Roster]:
        roster = await run_in_threadpool(
            services.member_roster, self.store, self.region, speaker.centre, speaker.device
        )
        known_as(request, speaker.device)
        return speaker, roster


def _host(request: Request) -> str:
    return request.client.host if request.client else ""
