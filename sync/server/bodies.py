"""Messages in and out of HTTP bodies: limits before anything is read, refusals by their reason."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from sync.protocol import codec, paths
from sync.protocol.compact import encode_short
from sync.protocol.errors import ProtocolError
from sync.protocol.messages import ErrorReply, Message
from sync.server.auth import REFUSED
from sync.server.throttle import BUSY

__all__ = [
    "LATE",
    "Body",
    "Endpoint",
    "Late",
    "guarded",
    "known_as",
    "reply",
    "short",
    "speaker_of",
]

M = TypeVar("M", bound=Message)

Endpoint = Callable[[Request], Awaitable[Response]]

LATE: Final = "message_late"
_STATUS: Final = {
    REFUSED: 401,
    BUSY: 429,
    # A laptop takes it for what it is: to be tried again.
    LATE: 503,
    "message_over_limit": 413,
    "batch_over_limit": 413,
}
RETRY_AFTER_SECONDS: Final = 60

SILENCE_SECONDS: Final = 30.0
"""So long nothing may come of a body while nobody knows who sends it."""
DEVICE_SILENCE_SECONDS: Final = 120.0
"""So long nothing may come of a device that is known: a thin link stands still at times, and the
laptop, which waits for 90 seconds, is the one to give up first."""
STRANGER_BYTES_PER_SECOND: Final = 256
"""Behind the first seconds, a stranger's body comes at least so fast: no byte keeps it open."""


class Late(ProtocolError):
    """Nothing came for too long, or too little."""

    def __init__(self) -> None:
        super().__init__(LATE)


@dataclass(slots=True)
class Body:
    """What one request carries, as it comes. ``seconds`` is a monotonic counter.

    ``count`` is told of the bytes of each piece before it is used, and may raise. ``is_known``:
    whether a device that the server knows sends it; strangers are waited for less.
    """

    request: Request
    seconds: Callable[[], float]
    count: Callable[[int], None] = lambda _size: None
    is_known: bool = False
    came: int = 0
    """Bytes that came so far."""
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        """Begin to measure."""
        self._began = self.seconds()

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes. Raises ClientDisconnect, and :class:`Late`."""
        coming = self.request.stream()
        while True:
            patience = DEVICE_SILENCE_SECONDS if self.is_known else SILENCE_SECONDS
            try:
                async with asyncio.timeout(patience):
                    piece = await anext(coming)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise Late from None
            self.came += len(piece)
            self.count(len(piece))
            since = self.seconds() - self._began
            if not self.is_known and since > SILENCE_SECONDS + (
                self.came / STRANGER_BYTES_PER_SECOND
            ):
                raise Late
            yield piece

    async def read(self, most: int) -> bytes:
        """Return the whole body, of at most so many bytes. Raises ProtocolError."""
        content = bytearray()  # whoever sends byte by byte costs no square of it
        try:
            async for piece in self.pieces():
                content += piece
                if len(content) > most:
                    raise ProtocolError("message_over_limit")
        except ClientDisconnect:
            raise ProtocolError("message_truncated") from None
        return bytes(content)

    async def message(self, kind: type[M]) -> M:
        """Return the message that the body is. Raises ProtocolError."""
        return codec.decode(kind, await self.read(kind.MAX_BYTES))


def known_as(request: Request, device: bytes) -> None:
    """Note which device is known to ask."""
    request.state.device = device


def speaker_of(scope: Mapping[str, Any]) -> bytes | None:
    """Return which device is known to ask, by what a request is at its link; None of a stranger."""
    device = scope["state"].get("device")
    assert device is None or isinstance(device, bytes)
    return device


def guarded(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint, which answers a refusal by its reason."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ProtocolError as refusal:
            status = _STATUS.get(refusal.reason, 400)
            retry = RETRY_AFTER_SECONDS if status == 429 else 0
            said = reply(ErrorReply(refusal.reason, retry), status)
            if isinstance(refusal, Late):
                said.headers["connection"] = "close"  # what else comes is not waited for
            return said

    return answer


def reply(message: Message, status: int = 200) -> Response:
    """Return the answer that a message is."""
    return Response(codec.encode(message), status, media_type=paths.MEDIA_TYPE)


def short(message: Message) -> Response:
    """Return the answer that a message is, without what it says by default."""
    return Response(encode_short(message), media_type=paths.MEDIA_TYPE)
