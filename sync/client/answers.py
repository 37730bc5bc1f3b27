"""What an answer over HTTP means that is not the one that was asked for.

Everything here ends as a reason for people, or as another try.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Final, NoReturn

from app.domain.errors import EnvironmentFault
from sync.protocol.errors import ProtocolError

__all__ = [
    "Again",
    "collect",
    "limited",
    "named",
    "no_answer",
    "not_ours",
    "refuse",
    "seconds_of",
    "without_head",
]

RETRY_AFTER_MAX: Final = 86_400


class Again(Exception):
    """No answer came, or not the whole of it: worth another try within this run.

    ``is_stale``: the connection was left by the run before, and the other side had closed it: this
    try says nothing of the network, and is not counted.
    """

    def __init__(self, reason: str, *, is_stale: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_stale = is_stale


def refuse(reason: str, seconds: int) -> NoReturn:
    """Raise the fault of this reason; a busy server says after how long to ask again."""
    if reason == "server_busy":
        raise EnvironmentFault(reason, seconds=seconds)
    raise EnvironmentFault(reason)


def seconds_of(said: str) -> int:
    """Return what a Retry-After header says in seconds, 0 for anything else: dates need a clock."""
    return min(int(said), RETRY_AFTER_MAX) if said.isascii() and said.isdigit() else 0


def not_ours(status: int, kind: str) -> str:
    """Name what answers with something else than a message of ours."""
    if status >= 500 and status != 511:
        # The region's own proxy or framework, while the server behind it is down.
        return "server_busy"
    if kind == "text/html" or 300 <= status < 400 or status in (407, 511):
        # The page by which somebody's network lets people in.
        return "captive_portal"
    return "answer_not_ours"


def no_answer(error: Exception, *, has_begun: bool) -> Exception:
    """Return what a broken connection means: another try, or another machine in between."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return EnvironmentFault("server_not_known")
        cause = cause.__cause__ or cause.__context__
    return Again("answer_cut" if has_begun else "server_unreachable")


def limited(pieces: Iterator[bytes], most: int) -> bytes:
    """Return what comes, at most so many bytes. Raises EnvironmentFault ``answer_not_ours``."""
    content = bytearray()
    collect(pieces, most, content)
    return bytes(content)


def collect(pieces: Iterator[bytes], most: int, into: bytearray) -> None:
    """Add what comes to ``into``, which keeps it when the link breaks. Raises as
    :func:`limited`."""
    for piece in pieces:
        into += piece
        if len(into) > most:
            raise EnvironmentFault("answer_not_ours")


def named(refusal: ProtocolError) -> str:
    """Name what an answer that cannot be read is: cut on the way, or not ours."""
    return "answer_cut" if refusal.reason == "message_truncated" else "answer_not_ours"


def without_head(refusal: ProtocolError) -> Exception:
    """Return what an answer means of which not even the head can be read."""
    reason = named(refusal)
    return Again(reason) if reason == "answer_cut" else EnvironmentFault(reason)
