"""The routes of the own lane: pieces of attachments and snapshots, behind everything else."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from sync.protocol import codec, limits, paths
from sync.protocol.lane import BlobGet, BlobHave, BlobPutReply, PutReader
from sync.protocol.roster import Roster
from sync.server import lane
from sync.server.auth import Speaker
from sync.server.bodies import Late, guarded, short
from sync.server.reception import Reception
from sync.server.store import Store

__all__ = ["LaneRoutes"]

log = logging.getLogger("qispi.server")

KEEP_EVERY_SECONDS: Final = 2.0
"""A thin link that dies does not say so: what came is kept meanwhile, at the latest after this."""


@dataclass(frozen=True, slots=True)
class LaneRoutes:
    """The endpoints of version 3 for blobs. ``seconds`` is a monotonic counter."""

    store: Store
    reception: Reception
    seconds: Callable[[], float]

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(paths.BLOB_HAVE, guarded(self.have), methods=["POST"]),
            Route(paths.BLOB_PUT, guarded(self.put), methods=["POST"]),
            Route(paths.BLOB_GET, guarded(self.get), methods=["POST"]),
            Route(paths.SNAPSHOT, guarded(self.snapshot), methods=["POST"]),
        ]

    async def have(self, request: Request) -> Response:
        """Say what of some blobs is there."""
        speaker, content = await self.reception.spoken(request, BlobHave.MAX_BYTES)
        asked = codec.decode(BlobHave, content)
        return short(await run_in_threadpool(lane.answer_have, self.store, speaker.centre, asked))

    async def put(self, request: Request) -> Response:
        """Take a piece; what came of it is kept also when it is cut."""
        reader, kept_at, body = PutReader(), self.seconds(), self.reception.body(request)
        speaker: Speaker | None = None
        roster: Roster | None = None
        try:
            async for data in body.pieces():
                reader.feed(data)
                if reader.token is not None and speaker is None:
                    speaker, roster = await self.reception.holder(request, reader.token)
                    body.is_known = True
                if speaker is not None:
                    self.reception.count_bytes(speaker, len(data))
                if self.seconds() - kept_at >= KEEP_EVERY_SECONDS:
                    kept_at = self.seconds()
                    await self._keep(speaker, roster, reader)
        except ClientDisconnect:
            await self._keep(speaker, roster, reader)
            return Response(status_code=400)
        except Late:
            await self._keep(speaker, roster, reader)
            raise
        finally:
            if reader.token is None:
                self.reception.count_stranger(request)
        reader.close()
        assert speaker is not None
        assert roster is not None
        held = await self._take(speaker, roster, reader)
        log.info("blob", extra={"size": held})
        return short(BlobPutReply(held))

    async def get(self, request: Request) -> Response:
        """Give a piece of a whole blob."""
        speaker, content = await self.reception.spoken(request, BlobGet.MAX_BYTES)
        asked = codec.decode(BlobGet, content)
        piece = await run_in_threadpool(lane.give_piece, self.store, speaker.centre, asked)
        self.reception.count_bytes(speaker, len(piece))
        return Response(piece, media_type=paths.MEDIA_TYPE)

    async def snapshot(self, request: Request) -> Response:
        """Say which snapshots there are."""
        speaker, _ = await self.reception.spoken(request, 0)
        return short(await run_in_threadpool(lane.answer_snapshot, self.store, speaker.centre))

    async def _keep(
        self, speaker: Speaker | None, roster: Roster | None, reader: PutReader
    ) -> None:
        """Keep what came so far, if it is worth a row; what is wrong is said at the end."""
        if speaker is None or roster is None or len(reader.waiting) < limits.BLOB_HELD_MIN:
            return
        await self._take(speaker, roster, reader)

    async def _take(self, speaker: Speaker, roster: Roster, reader: PutReader) -> int:
        start, content = reader.take()
        return await run_in_threadpool(
            lane.take_piece, self.store, roster, speaker.centre, reader.name, start, content
        )
