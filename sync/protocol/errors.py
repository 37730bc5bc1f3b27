"""The one failure of this package: something that arrived is not what the protocol allows."""

from __future__ import annotations

__all__ = ["CodecError", "ProtocolError"]


class ProtocolError(Exception):
    """What arrived breaks the protocol. ``reason`` is an id, also sent to the other side."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CodecError(ProtocolError):
    """Bytes that do not decode, or decode to something over a limit."""
