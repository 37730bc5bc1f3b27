"""How the server listens: TLS 1.3 and nothing older, links that may be slow, no log of who asks."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Final

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from sync.server.identity import ServerFiles

__all__ = ["listen", "listener"]

KEEP_ALIVE_SECONDS: Final = 150
"""Longer than laptops let it stand: the usual 5 s close thin links."""
SHUTDOWN_SECONDS: Final = 20
"""A stopped server waits so long for requests under way: a vanished laptop's never end."""


class LettingGo(H11Protocol):
    """A link that ends at once when the server stops and nobody asks anything over it.

    A laptop's link stands for two minutes behind a synchronisation, and nobody at its end says
    goodbye in the manner of TLS; the usual way waits for that.
    """

    def shutdown(self) -> None:
        """Let go of a link that rests; finish the request of one that does not."""
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()
        else:
            super().shutdown()


def listener(app: Starlette, files: ServerFiles, host: str, port: int) -> uvicorn.Server:
    """Return the server, ready to run with the certificate that lies in ``files``."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            http=LettingGo,
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


def listen(app: Starlette, files: ServerFiles, host: str, port: int) -> None:
    """Serve until stopped."""
    listener(app, files, host, port).run()


def _tls_1_3(
    _config: uvicorn.Config, made_as_usual: Callable[[], ssl.SSLContext]
) -> ssl.SSLContext:
    context = made_as_usual()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context
