"""Servers as processes of this machine, on ports that are free."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.sync.orders import Fell

__all__ = ["Ports", "end", "serving", "start_server"]

_FIRST: Final = 20_000
_SPREAD: Final = 8_000
_LAST: Final = 32_000
_TRIES: Final = 1_200
_PAUSE_SECONDS: Final = 0.05
_END_SECONDS: Final = 30


class Ports:
    """Hands out ports of this machine that nobody listens on, each once: below those that the
    system gives to connections, so that none of them takes one in between. Any thread."""

    def __init__(self) -> None:
        first = _FIRST + os.getpid() % _SPREAD
        self._left = iter(range(first, _LAST))
        self._lock = threading.Lock()

    def take(self) -> int:
        """Return the next free one. Raises :class:`bench.sync.orders.Fell` when there is none."""
        with self._lock:
            for port in self._left:
                with socket.socket() as probe, contextlib.suppress(OSError):
                    probe.bind(("127.0.0.1", port))
                    return port
        raise Fell("no port of this machine is free")


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
