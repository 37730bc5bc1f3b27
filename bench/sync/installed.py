"""The peers put in place: in a folder of the bench, by locked versions and hashes, once.

Only ``./run bench sync`` calls this; the tests and the program know nothing of the peers.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.sync.link_process import CHECKOUT

__all__ = ["NotInstalled", "Tools", "node_tools", "python_tools"]

PLACE: Final = CHECKOUT / "out" / "bench-peers"
_HERE: Final = Path(__file__).parent
_LOCK: Final = _HERE / "peers.lock"
_PACKAGES: Final = (_HERE / "peers" / "package.json", _HERE / "peers" / "package-lock.json")
_SECONDS_MAX: Final = 1_200


class NotInstalled(Exception):
    """A peer's environment could not be made here; the text says why, and stands in its row."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What runs a peer: the command before its script, and the folder that it is run in."""

    command: tuple[str, ...]
    folder: Path


def python_tools() -> Tools:
    """Return the peers' Python, with what ``peers.lock`` names. Raises :class:`NotInstalled`."""
    folder = PLACE / "python"
    python = folder / "bin" / "python"
    if not _is_there(folder, (_LOCK,)):
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)], PLACE)
        _run(
            [
                *(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
                *("--only-binary", ":all:", "--require-hashes", "-r", str(_LOCK)),
            ],
            PLACE,
        )
        _note(folder, (_LOCK,))
    return Tools((str(python), "-m"), CHECKOUT)


def node_tools() -> Tools:
    """Return Node with what ``package-lock.json`` names. Raises :class:`NotInstalled`."""
    folder = PLACE / "node"
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NotInstalled("node and npm are not installed")
    if not _is_there(folder, _PACKAGES):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for one in _PACKAGES:
            shutil.copy(one, folder)
        # The compiled store lies ready in its package: no script of any package has to run.
        _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
        _note(folder, _PACKAGES)
    for one in sorted((_HERE / "peers").glob("*.js")):
        shutil.copy(one, folder)
    return Tools((node,), folder)


def _run(command: list[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=_SECONDS_MAX
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        raise NotInstalled(f"{Path(command[0]).name}: {type(fault).__name__}") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["no reason given"]
        raise NotInstalled(f"{Path(command[0]).name}: {said[-1][:160]}")


def _stamp(folder: Path) -> Path:
    return folder / "installed.sha256"


def _sum(files: tuple[Path, ...]) -> str:
    return hashlib.sha256(b"".join(one.read_bytes() for one in files)).hexdigest()


def _is_there(folder: Path, files: tuple[Path, ...]) -> bool:
    stamp = _stamp(folder)
    return stamp.exists() and stamp.read_text() == _sum(files)


def _note(folder: Path, files: tuple[Path, ...]) -> None:
    _stamp(folder).write_text(_sum(files))
