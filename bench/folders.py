"""Where a measurement works: on a disk, in a folder of its own that is gone afterwards."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

__all__ = ["remark", "work_folder"]


def remark() -> str:
    """Return what to say of the machine's load beside the figures."""
    said = "Times are on the wall."
    if hasattr(os, "getloadavg"):
        load, cores = os.getloadavg()[1], os.cpu_count() or 1
        said += f" Load over five minutes: {load:.1f} on {cores} cores"
        # This measurement is itself one busy process at a time.
        said += "; other work disturbed it, repeat it at a quiet moment." if load > 1.5 else "."
    return said


@contextmanager
def work_folder(folder: Path | None, size: int) -> Iterator[Path]:
    """Give a folder with room for ``size`` bytes, and remove it with everything in it."""
    # In memory a commit waits for no disk, and would look better than it is.
    with tempfile.TemporaryDirectory(prefix="qispi-bench-", dir=folder or _on_disk()) as name:
        if shutil.disk_usage(name).free < size:
            raise click.ClickException("too little room on this disk")
        yield Path(name)


def _on_disk() -> Path:
    """Return a folder for temporary files that lies on a disk, as far as the system tells."""
    candidates = (Path(tempfile.gettempdir()), Path("/var/tmp"), Path.home())
    return next((one for one in candidates if one.is_dir() and not _is_memory(one)), candidates[0])


def _is_memory(folder: Path) -> bool:
    try:
        mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    kinds = {Path(line.split()[1]): line.split()[2] for line in mounts}
    found = next((kinds[one] for one in (folder, *folder.parents) if one in kinds), "")
    return found in ("tmpfs", "ramfs")
