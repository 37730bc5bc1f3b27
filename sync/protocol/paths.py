"""Where each message goes over HTTP, and its media type. All but ``HELLO`` are ``POST``."""

from __future__ import annotations

from typing import Final

__all__ = [
    "AUTH_SCHEME",
    "BLOB_GET",
    "BLOB_HAVE",
    "BLOB_PUT",
    "CHALLENGE",
    "COMPACT_EXCHANGE",
    "COMPACT_HAVE",
    "COMPACT_LOGIN",
    "COMPACT_ROSTER",
    "EXCHANGE",
    "HELLO",
    "MEDIA_TYPE",
    "ROSTER",
    "SESSION",
    "SNAPSHOT",
    "exchange_path",
    "roster_path",
]

MEDIA_TYPE: Final = "application/vnd.qispi.v1"
"""Of every answer, and of every request of version 1; a compact request says no type.

A reply of another type (a captive portal's page) is not ours.
"""

AUTH_SCHEME: Final = "Qispi"
"""``Authorization: Qispi <token as 64 hexadecimal digits>``."""

HELLO: Final = "/v1/hello"
CHALLENGE: Final = "/v1/challenge"
SESSION: Final = "/v1/session"
EXCHANGE: Final = "/v1/centres/{centre}/exchange"
ROSTER: Final = "/v1/centres/{centre}/roster"

COMPACT_LOGIN: Final = "/v2/login"
COMPACT_EXCHANGE: Final = "/v2/x"
COMPACT_HAVE: Final = "/v2/have"
COMPACT_ROSTER: Final = "/v2/roster"

BLOB_HAVE: Final = "/v3/blob/have"
BLOB_PUT: Final = "/v3/blob/put"
BLOB_GET: Final = "/v3/blob/get"
SNAPSHOT: Final = "/v3/snapshot"


def exchange_path(centre: bytes) -> str:
    """Return where the exchange of a centre (16 bytes) goes."""
    return EXCHANGE.format(centre=centre.hex())


def roster_path(centre: bytes) -> str:
    """Return where a centre's statements are given and taken."""
    return ROSTER.format(centre=centre.hex())
