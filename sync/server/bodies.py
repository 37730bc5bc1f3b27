"""Messages in and out of HTTP bodies: limits before anything is read, refusals by their reason."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from sync.protocol import codec, paths
from sync.protocol.compact import TOKEN_BYTES, encode_short, split_token
from sync.protocol.errors import ProtocolError
from sync.protocol.messages import ErrorReply, Message
from sync.server.auth import REFUSED
from sync.server.throttle import BUSY

__all__ = ["Endpoint", "guarded", "read_body", "read_message", "read_with_token", "reply", "short"]

M = TypeVar("M", bound=Message)

Endpoint = Callable[[Request], Awaitable[Response]]

_STATUS: Final = {REFUSED: 401, BUSY: 429, "message_over_limit": 413, "batch_over_limit": 413}
RETRY_AFTER_SECONDS: Final = 60


def guarded(endpoint: Endpoint) -> Endpoint:
    """Return the endpoint, which answers a refusal by its reason."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except ProtocolError as refusal:
            status = _STATUS.get(refusal.reason, 400)
            retry = RETRY_AFTER_SECONDS if status == 429 else 0
            return reply(ErrorReply(refusal.reason, retry), status)

    return answer


async def read_body(request: Request, most: int) -> bytes:
    """Return a body of at most so many bytes. Raises ProtocolError."""
    content = bytearray()  # whoever sends byte by byte costs no square of it
    try:
        async for piece in request.stream():
            content += piece
            if len(content) > most:
                raise ProtocolError("message_over_limit")
    except ClientDisconnect:
        raise ProtocolError("message_truncated") from None
    return bytes(content)


async def read_message(request: Request, kind: type[M]) -> M:
    """Return the message that a body is. Raises ProtocolError."""
    return codec.decode(kind, await read_body(request, kind.MAX_BYTES))


async def read_with_token(request: Request, kind: type[M]) -> tuple[bytes, bytes]:
    """Return the token in front of a body, and the undecoded message behind it: who speaks is to be
    known first. Raises ProtocolError.
    """
    return split_token(await read_body(request, TOKEN_BYTES + kind.MAX_BYTES))


def reply(message: Message, status: int = 200) -> Response:
    """Return the answer that a message is."""
    return Response(codec.encode(message), status, media_type=paths.MEDIA_TYPE)


def short(message: Message) -> Response:
    """Return the answer that a message is, without what it says by default."""
    return Response(encode_short(message), media_type=paths.MEDIA_TYPE)
