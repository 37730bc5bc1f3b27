"""The routes: bytes to services and back. No SQL, no rule; limits before anything is read."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sync.protocol import codec, paths
from sync.protocol.batch import CENTRE_BYTES
from sync.protocol.errors import ProtocolError
from sync.protocol.limits import TOKEN_SECONDS
from sync.protocol.messages import (
    Challenge,
    ChallengeRequest,
    ErrorReply,
    ExchangeReply,
    Hello,
    LogEntry,
    Message,
    Receipt,
    Refusal,
    RosterRequest,
    SessionReply,
    SessionRequest,
)
from sync.protocol.roster import Roster
from sync.protocol.version import VERSIONS
from sync.server import services
from sync.server.auth import REFUSED, Gate, Speaker
from sync.server.services import Region
from sync.server.store import Store
from sync.server.throttle import BUSY, Throttle

__all__ = ["create_app"]

log = logging.getLogger("qispi.server")

M = TypeVar("M", bound=Message)

_STATUS: Final = {REFUSED: 401, BUSY: 429, "message_over_limit": 413, "batch_over_limit": 413}
RETRY_AFTER_SECONDS: Final = 60


def create_app(store: Store, region: Region, seconds: Callable[[], float]) -> Starlette:
    """Return the application over a store. ``seconds`` is a monotonic counter."""
    server = _Server(store, region, Gate(region.public, seconds), Throttle(seconds))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        store.close()

    routes = [
        Route(paths.HELLO, _guarded(server.hello), methods=["GET"]),
        Route(paths.CHALLENGE, _guarded(server.challenge), methods=["POST"]),
        Route(paths.SESSION, _guarded(server.session), methods=["POST"]),
        Route(paths.EXCHANGE, _guarded(server.exchange), methods=["POST"]),
        Route(paths.ROSTER, _guarded(server.roster), methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def _guarded(
    endpoint: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ProtocolError as refusal:
            status = _STATUS.get(refusal.reason, 400)
            retry = RETRY_AFTER_SECONDS if status == 429 else 0
            return _reply(ErrorReply(refusal.reason, retry), status)

    return answer


@dataclass(frozen=True, slots=True)
class _Server:
    store: Store
    region: Region
    gate: Gate
    throttle: Throttle

    async def hello(self, request: Request) -> Response:
        self._stranger(request)
        return _reply(Hello(min(VERSIONS), max(VERSIONS), self.region.public, self.region.name))

    async def challenge(self, request: Request) -> Response:
        self._stranger(request)
        asked = await _read(request, ChallengeRequest)
        return _reply(Challenge(self.gate.challenge(Speaker(asked.centre, asked.device))))

    async def session(self, request: Request) -> Response:
        self._stranger(request)
        asked = await _read(request, SessionRequest)
        # Before the statements: each costs a signature, and a stranger may bring hundreds.
        speaker = self.gate.spend(asked)
        roster = await run_in_threadpool(self._learn, asked)
        token = self.gate.sign_in(speaker, asked, roster)
        return _reply(SessionReply(token, TOKEN_SECONDS))

    async def exchange(self, request: Request) -> Response:
        """Take each batch as soon as it is whole: a cut loses one frame at the most."""
        speaker = self._speaker(request)
        roster = await run_in_threadpool(self._roster, speaker.centre)
        reader = codec.RequestReader()
        outcomes: list[Receipt | Refusal] = []
        try:
            async for piece in request.stream():
                self.throttle.count_bytes(speaker.device, len(piece))
                for content in reader.feed(piece):
                    outcomes.append(await run_in_threadpool(self._accept, speaker, roster, content))
        except ClientDisconnect:
            return Response(status_code=400)
        reader.close()
        head = reader.head
        assert head is not None
        reply, entries = await run_in_threadpool(
            services.answer_exchange, self.store, speaker.centre, head, outcomes
        )
        log.info("exchange", extra={"count": len(outcomes), "size": len(entries)})
        return _frames(reply, entries)

    async def roster(self, request: Request) -> Response:
        speaker = self._speaker(request)
        asked = await _read(request, RosterRequest)
        return _reply(
            await run_in_threadpool(
                services.answer_roster, self.store, self.region, speaker.centre, asked
            )
        )

    def _learn(self, asked: SessionRequest) -> Roster:
        # At the first contact a device brings its own grant along; it proves itself.
        services.add_statements(self.store, self.region, asked.centre, asked.statements)
        return self._roster(asked.centre)

    def _roster(self, centre: bytes) -> Roster:
        return services.roster_of(self.store, self.region, centre)

    def _accept(self, speaker: Speaker, roster: Roster, content: bytes) -> Receipt | Refusal:
        return services.accept_batch(self.store, self.region, roster, speaker.centre, content)

    def _stranger(self, request: Request) -> None:
        """Count whoever has not signed in by address: checking signatures costs something."""
        host = request.client.host if request.client else ""
        self.throttle.count_request(host.encode())

    def _speaker(self, request: Request) -> Speaker:
        scheme, _, said = request.headers.get("authorization", "").partition(" ")
        try:
            token, centre = bytes.fromhex(said), bytes.fromhex(request.path_params["centre"])
        except ValueError:
            raise ProtocolError(REFUSED) from None
        if scheme != paths.AUTH_SCHEME or len(centre) != CENTRE_BYTES:
            raise ProtocolError(REFUSED)
        speaker = self.gate.speaker(token, centre)
        self.throttle.count_request(speaker.device)
        return speaker


async def _read(request: Request, kind: type[M]) -> M:
    content = b""
    try:
        async for piece in request.stream():
            content += piece
            if len(content) > kind.MAX_BYTES:
                raise ProtocolError("message_over_limit")
    except ClientDisconnect:
        raise ProtocolError("message_truncated") from None
    return codec.decode(kind, content)


def _reply(message: Message, status: int = 200) -> Response:
    return Response(codec.encode(message), status, media_type=paths.MEDIA_TYPE)


def _frames(reply: ExchangeReply, entries: Iterable[LogEntry]) -> Response:
    pieces = codec.encode_reply(reply, tuple(entries))
    return StreamingResponse(pieces, media_type=paths.MEDIA_TYPE)
