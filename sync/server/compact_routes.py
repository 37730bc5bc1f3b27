"""The routes of the compact exchange: the token in front of the body, frames gone on with."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from sync.protocol import codec, paths
from sync.protocol.compact import HaveRequest, LoginReply, LoginRequest
from sync.protocol.frames import Frame, PushReader, encode_pull, pull_size
from sync.protocol.limits import TOKEN_SECONDS
from sync.protocol.messages import Receipt, Refusal, RosterRequest
from sync.protocol.roster import Roster
from sync.protocol.version import PROTOCOL_VERSION
from sync.server import resuming, services
from sync.server.auth import Speaker
from sync.server.bodies import guarded, reply, short
from sync.server.outgoing import evenly
from sync.server.reception import Reception
from sync.server.services import Region
from sync.server.store import Store

__all__ = ["CompactRoutes"]

log = logging.getLogger("qispi.server")

KEEP_EVERY_SECONDS: Final = 2.0
"""A thin link that dies does not say so: what came is kept meanwhile, at the latest after this."""


@dataclass(slots=True)
class _Intake:
    """One request under way: who speaks, and what became of its frames so far."""

    reader: PushReader
    kept_at: float
    speaker: Speaker | None = None
    roster: Roster | None = None
    outcomes: list[Receipt | Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CompactRoutes:
    """The endpoints of version 2 and later. ``seconds`` is a monotonic counter."""

    store: Store
    region: Region
    reception: Reception
    seconds: Callable[[], float]

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(paths.COMPACT_LOGIN, guarded(self.login), methods=["POST"]),
            Route(paths.COMPACT_EXCHANGE, guarded(self.exchange), methods=["POST"]),
            Route(paths.COMPACT_HAVE, guarded(self.have), methods=["POST"]),
            Route(paths.COMPACT_ROSTER, guarded(self.roster), methods=["POST"]),
        ]

    async def login(self, request: Request) -> Response:
        """Give a token of 16 bytes to a device that signed its challenge."""
        with self.reception.stranger(request) as body:
            asked = await body.message(LoginRequest)
            token = await self.reception.sign_in(asked)
        return short(LoginReply(token, TOKEN_SECONDS, min(asked.newest, PROTOCOL_VERSION)))

    async def exchange(self, request: Request) -> Response:
        """Take each batch as soon as it is whole, and keep what came of one that is cut."""
        intake, body = _Intake(PushReader(), self.seconds()), self.reception.body(request)
        try:
            async for piece in body.pieces():
                await self._take(request, intake, piece)
                body.is_known = intake.speaker is not None
            intake.reader.close()
        except ClientDisconnect:
            return Response(status_code=400)
        finally:
            await self._keep(intake)
            if intake.reader.token is None:
                self.reception.count_stranger(request)
        head, speaker = intake.reader.head, intake.speaker
        assert head is not None
        assert speaker is not None
        assert intake.roster is not None
        answer, entries = await run_in_threadpool(
            resuming.answer_pull, self.store, speaker.centre, head, intake.outcomes
        )
        answer = msgspec.structs.replace(answer, roster=intake.roster.mark)
        size = pull_size(answer, (front for _, front in entries.fronts))
        self.reception.count_bytes(speaker, size)
        log.info("exchange", extra={"count": len(intake.outcomes), "size": len(entries)})
        return StreamingResponse(
            evenly(encode_pull(answer, entries)),
            media_type=paths.MEDIA_TYPE,
            headers={"content-length": str(size)},
        )

    async def have(self, request: Request) -> Response:
        """Say what of some batches is held."""
        speaker, content = await self.reception.spoken(request, HaveRequest.MAX_BYTES)
        asked = codec.decode(HaveRequest, content)
        return short(
            await run_in_threadpool(resuming.answer_have, self.store, speaker.centre, asked)
        )

    async def roster(self, request: Request) -> Response:
        """Take statements, and give those that the device lacks."""
        speaker, content = await self.reception.spoken(request, RosterRequest.MAX_BYTES)
        asked = codec.decode(RosterRequest, content)
        said = await run_in_threadpool(
            services.answer_roster, self.store, self.region, speaker.centre, asked
        )
        self.reception.count_bytes(speaker, sum(map(len, said.statements)))
        return reply(said)

    async def _take(self, request: Request, intake: _Intake, piece: bytes) -> None:
        try:
            frames = intake.reader.feed(piece)
        finally:
            # Who speaks comes before what is said, be it good or bad.
            if intake.speaker is None and intake.reader.token is not None:
                token = intake.reader.token
                intake.speaker, intake.roster = await self.reception.holder(request, token)
        if intake.speaker is None or intake.roster is None:
            return
        self.reception.count_bytes(intake.speaker, len(piece))
        for frame in frames:
            intake.outcomes.append(
                await run_in_threadpool(self._accept, intake.speaker, intake.roster, frame)
            )
        if self.seconds() - intake.kept_at >= KEEP_EVERY_SECONDS:
            await self._keep(intake)

    async def _keep(self, intake: _Intake) -> None:
        intake.kept_at = self.seconds()
        unfinished = intake.reader.unfinished
        if unfinished is not None and intake.speaker is not None:
            await run_in_threadpool(
                resuming.keep_unfinished, self.store, intake.speaker.centre, unfinished
            )

    def _accept(self, speaker: Speaker, roster: Roster, frame: Frame) -> Receipt | Refusal:
        return resuming.accept_frame(self.store, self.region, roster, speaker.centre, frame)
