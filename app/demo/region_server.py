"""A real regional server in a process of its own, for the demo and for end-to-end tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.domain.errors import EnvironmentFault
from app.region import PUBLIC_NAME, ServerFolder

__all__ = ["RunningServer", "kept_port", "running_server", "wait_until_it_listens"]

START_SECONDS: Final = 20.0
_STOP_SECONDS: Final = 30.0
"""The server gives those who ask twenty."""
_MODULE: Final = (sys.executable, "-m", "sync.server")


@dataclass(frozen=True, slots=True)
class RunningServer:
    """Where the server's public files lie, and its address."""

    folder: ServerFolder
    process: subprocess.Popen[bytes]
    port: int


@contextmanager
def running_server(
    data: Path, root: Path, *, name: str, database: str | None = None
) -> Iterator[RunningServer]:
    """Set a server up under ``data`` for the region whose root's public key lies in ``root``, and
    run it on a free port of this machine until the block ends."""
    subprocess.run(  # our own module
        [*_MODULE, "init", "--data", str(data), "--region-root", str(root / PUBLIC_NAME)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    with kept_port() as port:
        command = [*_MODULE, "serve", "--data", str(data), "--port", str(port), "--name", name]
        if database:
            command += ["--database", database]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        try:
            wait_until_it_listens(process, port)
            yield RunningServer(ServerFolder(data, f"https://127.0.0.1:{port}"), process, port)
        finally:
            process.terminate()
            process.wait(_STOP_SECONDS)
            if process.stdout:
                process.stdout.close()


@contextmanager
def kept_port() -> Iterator[int]:
    """Give a port of this machine on which nobody listens; nobody else is given it until the block
    ends, and a server may listen on it. On Windows two cannot hold one: there it is only looked
    for."""
    with socket.socket() as kept:
        if os.name == "posix":  # as the server's own socket, or the two could not share it
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        port = int(kept.getsockname()[1])
        if os.name != "posix":
            kept.close()
        yield port


def wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    """Return once the port answers. The kernel refuses at once until then, so each try is short.

    Raises EnvironmentFault ``server_unreachable``.
    """
    for _ in range(int(START_SECONDS / 0.05)):
        if process.poll() is not None:
            raise EnvironmentFault("server_unreachable")
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    raise EnvironmentFault("server_unreachable")
