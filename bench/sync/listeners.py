"""Servers as processes of this machine, on ports that are free."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.sync.orders import Fell

__all__ = ["end", "free_port", "serving", "start_server"]

_TRIES: Final = 1_200
_PAUSE_SECONDS: Final = 0.05
_END_SECONDS: Final = 30


def free_port() -> int:
    """Return a port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(
    command: Sequence[str],
    port: int,
    *,
    cwd: Path,
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends. Raises :class:`bench.sync.orders.Fell`."""
    process = start_server(command, port, cwd=cwd, log=log, environment=environment)
    try:
        yield process
    finally:
        end(process)


def start_server(
    command: Sequence[str],
    port: int,
    *,
    cwd: Path,
    log: Path,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server and return it once it listens. Raises :class:`bench.sync.orders.Fell`."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            list(command),
            cwd=cwd,
            env=None if environment is None else dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
        )
    try:
        _wait_for(port, process)
    except Fell:
        end(process)
        raise
    return process


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, and end it."""
    process.terminate()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(_TRIES):
        if process.poll() is not None:
            raise Fell("the server ended before it listened")
        with socket.socket() as probe:
            probe.settimeout(0.5)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            process.wait(_PAUSE_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    raise Fell("the server did not listen")
