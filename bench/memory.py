"""How much memory a process has held at most."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

__all__ = ["forget_peak", "peak_mb"]


def peak_mb(process: str = "self") -> float:
    """Return the most that a process ever held, in MB; that of another than this one only on
    Linux, by its number."""
    found = _status(process, "VmHWM")
    if found is not None:
        return found
    # On Linux the high-water mark is of the very process image; ru_maxrss keeps its parent's.
    unit = 1_000_000 if sys.platform == "darwin" else 1_000
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def forget_peak(process: str = "self") -> float:
    """Let the mark begin anew, where the system can, and return what is held now, in MB."""
    try:
        Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return peak_mb(process)
    return _status(process, "VmRSS") or 0.0


def _status(process: str, name: str) -> float | None:
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((int(one.split()[1]) / 1_000 for one in lines if one.startswith(name)), None)
