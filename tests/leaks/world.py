"""Processes whose whole world is one disk: home, profile, temporary files, working folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

__all__ = ["CHECKOUT", "ENVIRONMENT", "dumps_lie_beside", "killed_at_the_end", "run_to_the_end"]

CHECKOUT: Final = Path(__file__).parents[2]
ENVIRONMENT: Final = {
    "HOME": "home",
    "XDG_CACHE_HOME": "home/.cache",
    "XDG_CONFIG_HOME": "home/.config",
    "XDG_DATA_HOME": "home/.local/share",
    "XDG_STATE_HOME": "home/.local/state",
    "XDG_RUNTIME_DIR": "run",
    "TMPDIR": "tmp",
    "SQLITE_TMPDIR": "tmp",
}
"""Where a program's world tells it to write, below the disk."""

_READY: Final = b"ready\n"


@contextmanager
def killed_at_the_end(
    world: Path, sent: signal.Signals, module: str, *arguments: str
) -> Iterator[None]:
    """Run a module until it says ``ready``; behind the block it meets a signal, as it stands.

    It may dump its core: what a laptop allows is not asked here.
    """
    unbounded = 'ulimit -c unlimited; exec "$0" -m "$@"'
    with subprocess.Popen(
        ["/bin/sh", "-c", unbounded, sys.executable, module, *arguments],
        cwd=_home(world),
        env=_environment(world),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            if said != _READY:
                raise RuntimeError(f"{module} ended before its day did: {said!r}")
            yield
        finally:
            process.send_signal(sent)
            process.wait()


def run_to_the_end(world: Path, *command: str, typed: str = "") -> str:
    """Run a module with ``typed`` on its standard input, and return what it says. Raises
    RuntimeError when it fails."""
    ended = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=_home(world),
        env=_environment(world),
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {ended.returncode}\n{ended.stderr[-2_000:]}")
    return ended.stdout


def dumps_lie_beside() -> bool:
    """Whether this system writes a core dump into the working folder of the process."""
    pattern = Path("/proc/sys/kernel/core_pattern").read_text(encoding="ascii").strip()
    return not pattern.startswith(("|", "/"))


def _home(world: Path) -> Path:
    for name in ("home", "tmp", "run"):
        (world / name).mkdir(mode=0o700, exist_ok=True)
    return world / "home"


def _environment(world: Path) -> dict[str, str]:
    own = {name: world / place for name, place in ENVIRONMENT.items()} | {"PYTHONPATH": CHECKOUT}
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    still = {"PYTHONDONTWRITEBYTECODE": "1", "QT_QPA_PLATFORM": "offscreen"}
    return kept | still | {name: str(place) for name, place in own.items()}
