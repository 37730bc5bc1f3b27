"""How far it is tried again what was set aside: cut anywhere, it goes on where it was.

Storage thread.
"""

from __future__ import annotations

import struct
from typing import Final

from app.services.ports import UnitOfWork

__all__ = ["ASIDE_TRIED", "note_sweep", "sweep_of"]

ASIDE_TRIED: Final = "sync/aside_tried"
"""With what the last round was tried."""
_ASIDE_TRYING: Final = "sync/aside_trying"
"""How far the trying went: the number of the last one tried, that of the last one of all, and with
what."""
_SWEEP: Final = struct.Struct(">QQ")


def sweep_of(uow: UnitOfWork, tried_with: bytes) -> tuple[int, int] | None:
    """Return behind which number, and up to which, what is set aside was not tried with this; None
    when all of it was."""
    if uow.local.get(ASIDE_TRIED) == tried_with:
        return None
    stored = uow.local.get(_ASIDE_TRYING) or b""
    if stored[_SWEEP.size :] == tried_with and len(stored) >= _SWEEP.size:
        after, last = _SWEEP.unpack_from(stored)
        return after, last
    return 0, uow.aside.last()


def note_sweep(uow: UnitOfWork, after: int, last: int, tried_with: bytes) -> None:
    """Note that up to ``after`` of ``last`` all was tried with this. The caller commits."""
    is_done = after >= last
    uow.local.put(_ASIDE_TRYING, None if is_done else _SWEEP.pack(after, last) + tried_with)
    if is_done:
        uow.local.put(ASIDE_TRIED, tried_with)
