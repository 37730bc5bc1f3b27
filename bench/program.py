"""The whole program in processes of its own: how soon it shows, and what memory it holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.figures import Figure, measure

__all__ = ["Memory", "cold_start", "locking", "memory", "start"]

_CHECKOUT: Final = Path(__file__).parent.parent
_ROOMS: Final = ("app", "db", "sync", "ui", "locales")
_SECONDS_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident memory of the window's process, in MB, and how many rows its list showed."""

    listed_mb: float
    peak_mb: float
    rows: int


def start(data: Path, runs: int) -> Figure:
    """Return how long it takes from the command to a drawn lock screen; the end of the process is
    part of it. The program's files are in the disk's cache."""
    _start(data)
    return measure(lambda: _start(data) for _ in range(runs))


def cold_start(data: Path, runs: int) -> Figure | None:
    """Return the same without the program's files in the cache, or None where that cannot be
    asked for. What other processes have mapped stays in it."""
    if not hasattr(os, "posix_fadvise"):
        return None

    def starts() -> Iterator[Callable[[], object]]:
        for _ in range(runs):
            _forget_files()
            yield lambda: _start(data)

    return measure(starts())


def memory(data: Path, passphrase: str) -> Memory | None:
    """Return what the window's process holds once the vault is open and the list shows, or None
    where the system does not tell."""
    if not Path("/proc/self/status").exists():
        return None
    answer = _run("-m", "bench.window", str(data), typed=passphrase)
    return Memory(**json.loads(answer))


def locking(data: Path, passphrase: str) -> str:
    """Return what :mod:`bench.locking` says of one unlock and one lock."""
    return _run("-m", "bench.locking", str(data), typed=passphrase)


def _start(data: Path) -> None:
    _run("-m", "app", "--data", str(data), "desk", "--until-first-paint")


def _run(*arguments: str, typed: str = "") -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        input=typed,
        # The platform without a screen remarks on each window that it has none: only for faults.
        capture_output=True,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        cwd=_CHECKOUT,
        timeout=_SECONDS_MAX,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def _forget_files() -> None:
    paths = sysconfig.get_paths()
    folders = {Path(paths["stdlib"]), Path(paths["purelib"]), *(_CHECKOUT / one for one in _ROOMS)}
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                with path.open("rb") as file:
                    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
