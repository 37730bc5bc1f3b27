"""What the machine is: how much memory it has."""

from __future__ import annotations

import os
import struct
import sys
from typing import Final

__all__ = ["total_memory"]

_MEMORY_STATUS: Final = struct.Struct("<II7Q")
"""``MEMORYSTATUSEX`` of the Windows API: its own size, the load, the total, and more."""


def total_memory() -> int | None:
    """Return the bytes of memory that the system can use, or None when it does not say."""
    if sys.platform == "win32":
        import ctypes  # no other system needs it

        status = bytearray(_MEMORY_STATUS.pack(_MEMORY_STATUS.size, *(0,) * 8))
        place = (ctypes.c_char * len(status)).from_buffer(status)
        is_told = ctypes.windll.kernel32.GlobalMemoryStatusEx(place)
        return int(_MEMORY_STATUS.unpack(status)[2]) if is_told else None
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None
