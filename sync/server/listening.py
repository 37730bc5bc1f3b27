"""How the server listens: TLS 1.3 and nothing older, links that may be slow, no log of who asks."""

from __future__ import annotations

import logging
import ssl
import sys
import time
from collections.abc import Callable
from typing import Final

import uvicorn
from starlette.applications import Starlette

from sync.server.identity import ServerFiles
from sync.server.links import Bounds, Link

if sys.platform != "win32":
    import resource

__all__ = ["NoRoomRarely", "listen", "listener"]

KEEP_ALIVE_SECONDS: Final = 150
"""Longer than laptops let it stand: the usual 5 s close thin links."""
OTHER_FILES: Final = 128
"""Files that a server has open beside its links: the database, the program."""
WAITING_LINKS: Final = 128
"""So many wait at the system to be accepted. Where no file is left for one, Python tries as often
at once, and says so each time."""
TOLD_SECONDS: Final = 60.0
GREETING: Final = 2
"""So many times the links that stand may be open, with those that did not greet yet."""
SHUTDOWN_SECONDS: Final = 20
"""A stopped server waits so long for requests under way: a vanished laptop's never end."""


def listener(
    app: Starlette, files: ServerFiles, host: str, port: int, bounds: Bounds | None = None
) -> uvicorn.Server:
    """Return the server, ready to run with the certificate that lies in ``files``. ``bounds`` are
    those of the links that stand at once."""
    given = bounds or Bounds()

    class BoundedLink(Link):
        bounds = given

    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=BoundedLink,
            backlog=WAITING_LINKS,
            ssl_keyfile=files.tls_key,
            ssl_certfile=files.tls_certificate,
            ssl_context_factory=_tls_1_3,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
            # TLS ends here, so nobody in between adds a header: one that says who asks is forged.
            proxy_headers=False,
            access_log=False,
            server_header=False,
            log_config=None,
        )
    )


def listen(app: Starlette, files: ServerFiles, host: str, port: int, of_network: int) -> None:
    """Serve until stopped, with as many links as this process may hold, and at most ``of_network``
    of one network."""
    bounds = Bounds(links=_possible(Bounds().links), of_network=of_network)
    logging.getLogger("asyncio").addFilter(NoRoomRarely(time.monotonic))
    listener(app, files, host, port, bounds).run()


class NoRoomRarely(logging.Filter):
    """Lets what is said of a link for which no file is left pass once a minute: bare connections,
    which cost nobody anything, must not fill the disk that takes the batches in."""

    def __init__(self, seconds: Callable[[], float]) -> None:
        super().__init__()
        self._seconds = seconds
        self._told: float | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether it is to be written. Any thread."""
        if "out of system resource" not in record.getMessage():
            return True
        now = self._seconds()
        if self._told is not None and now - self._told < TOLD_SECONDS:
            return False
        self._told = now
        return True


def _possible(links: int) -> int:
    """Return how many links find room among the files that this process may open, at most so many;
    ask for room first, as far as it is ours to ask: links that did not greet yet need some, too.
    But no more: nobody counts those, and each holds a third of a megabyte."""
    if sys.platform == "win32":
        return links
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = GREETING * links + OTHER_FILES
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(links, soft - OTHER_FILES))


def _tls_1_3(
    _config: uvicorn.Config, made_as_usual: Callable[[], ssl.SSLContext]
) -> ssl.SSLContext:
    context = made_as_usual()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context
