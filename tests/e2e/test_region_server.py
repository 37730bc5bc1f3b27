"""The server that a demo starts: its port is its own before it listens."""

from __future__ import annotations

import socket
import sys

import pytest

from app.demo.region_server import kept_port


@pytest.mark.skipif(sys.platform == "win32", reason="two cannot hold one port there")
def test_a_port_is_given_to_nobody_else_before_its_server_listens() -> None:
    with kept_port() as port, socket.socket() as thief, socket.socket() as server:
        with pytest.raises(OSError, match="in use"):
            thief.bind(("127.0.0.1", port))
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port))
        server.listen()
        with socket.create_connection(("127.0.0.1", port)) as asking:
            assert asking.getpeername()[1] == port
