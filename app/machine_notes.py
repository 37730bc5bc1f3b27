"""What a copy of the data folder does not carry: the name of the computer, and a note in the
profile of its user. Nothing personal: a random tag and a number.
"""

from __future__ import annotations

import contextlib
import struct
import sys
from pathlib import Path
from typing import Final

from app.atomic_file import write_atomically
from app.services.machine_watch import STARTS_MAX

__all__ = ["ProfileMachine", "read_note", "system_name"]

_NOTE: Final = struct.Struct(">4sBQ")
"""``QSPM``, version, starts."""
_MAGIC: Final = b"QSPM"
_VERSION: Final = 1
_MACHINE_ID: Final = Path("/etc/machine-id")
_NAME_BYTES_MAX: Final = 256
_REGISTRY_KEY: Final = r"SOFTWARE\Microsoft\Cryptography"


class ProfileMachine:
    """:class:`app.services.machine_watch.Machine` by files in one folder; ``name`` is that of the
    computer (:func:`system_name`). Storage thread."""

    def __init__(self, folder: Path, name: bytes | None) -> None:
        self._folder = folder
        self._name = name

    def name(self) -> bytes | None:
        """Return what the system calls this computer, or None when it does not say."""
        return self._name

    def starts(self, tag: bytes) -> int | None:
        """Return how many starts are noted under a tag, or None when there is no readable note."""
        try:
            with self._path(tag).open("rb") as file:
                return read_note(file.read(_NOTE.size + 1))
        except OSError:
            return None

    def note(self, tag: bytes, starts: int) -> None:
        """Note the starts under a tag; a profile that cannot be written stays without a note."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self._path(tag), _NOTE.pack(_MAGIC, _VERSION, starts))

    def _path(self, tag: bytes) -> Path:
        return self._folder / f"{tag.hex()}.marca"


def read_note(content: bytes) -> int | None:
    """Return the starts that a note holds, or None for anything else."""
    if len(content) != _NOTE.size:
        return None
    magic, version, starts = _NOTE.unpack(content)
    is_ours = (magic, version) == (_MAGIC, _VERSION) and starts <= STARTS_MAX
    return int(starts) if is_ours else None


def system_name() -> bytes | None:
    """Return what the system calls this computer since it was installed, or None: the machine id
    of Linux (machine-id(5)), the ``MachineGuid`` of Windows. Never leaves the computer."""
    try:
        if sys.platform == "win32":
            import winreg  # no other system has it

            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _REGISTRY_KEY) as key:
                found = str(winreg.QueryValueEx(key, "MachineGuid")[0]).encode()
        else:
            with _MACHINE_ID.open("rb") as file:
                found = file.read(_NAME_BYTES_MAX).strip()
    except OSError:
        return None
    return found or None
