"""The bounds of a worker on Windows: a job object, laid on it before it runs.

Written from the documentation of the Windows API and not yet tried on a Windows machine
(``docs/security.md`` says so where it counts). Elsewhere nothing happens here: a worker lays its
limits on itself (:mod:`app.apart.limits`). The network is not taken from it on Windows.
"""

from __future__ import annotations

import struct
import subprocess
import sys
from typing import Any, Final

from app.apart.requests import Bounds

__all__ = ["WindowsJob", "extended_limits"]

_CREATE_SUSPENDED: Final = 0x00000004
_CREATE_NO_WINDOW: Final = 0x08000000

_LIMIT_PROCESS_TIME: Final = 0x0002
_LIMIT_ACTIVE_PROCESS: Final = 0x0008
_LIMIT_PROCESS_MEMORY: Final = 0x0100
_LIMIT_JOB_MEMORY: Final = 0x0200
_LIMIT_DIE_ON_UNHANDLED_EXCEPTION: Final = 0x0400
_LIMIT_KILL_ON_JOB_CLOSE: Final = 0x2000
_EXTENDED_LIMIT_INFORMATION: Final = 9
_UI_RESTRICTIONS: Final = 4
_NO_DESKTOP_OF_OTHERS: Final = 0xFF
_TICKS_A_SECOND: Final = 10_000_000

# JOBOBJECT_BASIC_LIMIT_INFORMATION, IO_COUNTERS and four sizes, as they lie on 64 bits: two times,
# the flags, two sizes of the working set, the number of processes, affinity, priority, scheduling.
_EXTENDED: Final = struct.Struct("<qqI4xQQI4xQII6Q4Q")


def extended_limits(bounds: Bounds, processes: int) -> bytes:
    """Return ``JOBOBJECT_EXTENDED_LIMIT_INFORMATION`` for a worker of these bounds."""
    flags = (
        _LIMIT_PROCESS_TIME
        | _LIMIT_ACTIVE_PROCESS
        | _LIMIT_PROCESS_MEMORY
        | _LIMIT_JOB_MEMORY
        | _LIMIT_DIE_ON_UNHANDLED_EXCEPTION
        | _LIMIT_KILL_ON_JOB_CLOSE
    )
    times = (bounds.cpu_seconds * _TICKS_A_SECOND, 0)
    memory = (bounds.memory_bytes, bounds.memory_bytes, 0, 0)
    return _EXTENDED.pack(*times, flags, 0, 0, processes, 0, 0, 0, *(0,) * 6, *memory)


class WindowsJob:
    """What holds one process on Windows; anywhere else, nothing. Raises OSError when Windows does
    not put the process into it: then it has not run yet, and must not."""

    CREATION_FLAGS: Final = _CREATE_SUSPENDED | _CREATE_NO_WINDOW if sys.platform == "win32" else 0

    def __init__(self, process: subprocess.Popen[bytes], bounds: Bounds) -> None:
        self._handle: Any = None
        if sys.platform == "win32":
            self._hold(process, bounds)

    def close(self) -> None:
        """End whatever of it still runs."""
        if sys.platform == "win32" and self._handle is not None:
            import ctypes  # the other systems do not need it

            ctypes.WinDLL("kernel32").CloseHandle(ctypes.c_void_p(self._handle))
            self._handle = None

    def _hold(self, process: subprocess.Popen[bytes], bounds: Bounds) -> None:
        if sys.platform != "win32":
            return
        import ctypes  # the other systems do not need it

        system = ctypes.WinDLL("kernel32", use_last_error=True)
        system.CreateJobObjectW.restype = ctypes.c_void_p
        self._handle = system.CreateJobObjectW(None, None)
        job = ctypes.c_void_p(self._handle)
        # In an environment of its own, python.exe is a starter of the true one.
        limits = extended_limits(bounds, 1 if sys.prefix == sys.base_prefix else 2)
        restrictions = struct.pack("<I", _NO_DESKTOP_OF_OTHERS)
        running = ctypes.c_void_p(int(process._handle))  # type: ignore[attr-defined, unused-ignore]  # noqa: SLF001
        is_held = (
            bool(self._handle)
            and system.SetInformationJobObject(
                job, _EXTENDED_LIMIT_INFORMATION, limits, len(limits)
            )
            and system.SetInformationJobObject(
                job, _UI_RESTRICTIONS, restrictions, len(restrictions)
            )
            and system.AssignProcessToJobObject(job, running)
        )
        if not is_held or ctypes.WinDLL("ntdll").NtResumeProcess(running):
            fault = ctypes.get_last_error()
            self.close()
            raise OSError(fault, "no job object")
