"""The application, and the routes of version 1: bytes to services and back.

No SQL, no rule; limits before anything is read.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sync.protocol import codec, paths
from sync.protocol.limits import TOKEN_SECONDS
from sync.protocol.messages import (
    Challenge,
    ChallengeRequest,
    Hello,
    Receipt,
    Refusal,
    RosterRequest,
    SessionReply,
    SessionRequest,
)
from sync.protocol.roster import Roster
from sync.protocol.version import VERSIONS
from sync.server import services
from sync.server.auth import Gate, Speaker
from sync.server.bodies import guarded, reply
from sync.server.compact_routes import CompactRoutes
from sync.server.lane_routes import LaneRoutes
from sync.server.outgoing import evenly
from sync.server.reception import Reception
from sync.server.services import Region
from sync.server.store import Store
from sync.server.throttle import Throttle

__all__ = ["create_app"]

log = logging.getLogger("qispi.server")


def create_app(store: Store, region: Region, seconds: Callable[[], float]) -> Starlette:
    """Return the application over a store. ``seconds`` is a monotonic counter."""
    gate, throttle = Gate(region.public, seconds), Throttle(seconds)
    reception = Reception(store, region, gate, throttle, seconds)
    server = _Server(store, region, reception)
    compact = CompactRoutes(store, region, reception, seconds)
    lane = LaneRoutes(store, reception, seconds)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        store.close()

    routes = [
        Route(paths.HELLO, guarded(server.hello), methods=["GET"]),
        Route(paths.CHALLENGE, guarded(server.challenge), methods=["POST"]),
        Route(paths.SESSION, guarded(server.session), methods=["POST"]),
        Route(paths.EXCHANGE, guarded(server.exchange), methods=["POST"]),
        Route(paths.ROSTER, guarded(server.roster), methods=["POST"]),
        *compact.routes(),
        *lane.routes(),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


@dataclass(frozen=True, slots=True)
class _Server:
    store: Store
    region: Region
    reception: Reception

    async def hello(self, request: Request) -> Response:
        self.reception.count_stranger(request)
        return reply(Hello(min(VERSIONS), max(VERSIONS), self.region.public, self.region.name))

    async def challenge(self, request: Request) -> Response:
        with self.reception.stranger(request) as body:
            asked = await body.message(ChallengeRequest)
        return reply(Challenge(self.reception.challenge(asked)))

    async def session(self, request: Request) -> Response:
        with self.reception.stranger(request) as body:
            token = await self.reception.sign_in(await body.message(SessionRequest))
        return reply(SessionReply(token, TOKEN_SECONDS))

    async def exchange(self, request: Request) -> Response:
        """Take each batch as soon as it is whole: a cut loses one frame at the most."""
        speaker, roster = await self.reception.bearer(request)
        reader = codec.RequestReader()
        outcomes: list[Receipt | Refusal] = []
        try:
            async for piece in self.reception.body(request, is_known=True).pieces():
                self.reception.count_bytes(speaker, len(piece))
                for content in reader.feed(piece):
                    outcomes.append(await run_in_threadpool(self._accept, speaker, roster, content))
        except ClientDisconnect:
            return Response(status_code=400)
        reader.close()
        head = reader.head
        assert head is not None
        said, entries = await run_in_threadpool(
            services.answer_exchange, self.store, speaker.centre, head, outcomes
        )
        self.reception.count_bytes(speaker, sum(row.size for row, _ in entries.fronts))
        log.info("exchange", extra={"count": len(outcomes), "size": len(entries)})
        return StreamingResponse(
            evenly(codec.encode_reply(said, entries)), media_type=paths.MEDIA_TYPE
        )

    async def roster(self, request: Request) -> Response:
        speaker, _ = await self.reception.bearer(request)
        asked = await self.reception.body(request, is_known=True).message(RosterRequest)
        said = await run_in_threadpool(
            services.answer_roster, self.store, self.region, speaker.centre, asked
        )
        self.reception.count_bytes(speaker, sum(map(len, said.statements)))
        return reply(said)

    def _accept(self, speaker: Speaker, roster: Roster, content: bytes) -> Receipt | Refusal:
        return services.accept_batch(self.store, self.region, roster, speaker.centre, content)
