"""Which attachments people asked for though their bytes are not here yet. Storage thread."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.services.ports import UnitOfWork

__all__ = ["HASH_BYTES", "WANTED_MAX", "put_wanted", "wanted"]

WANTED_MAX: Final = 400
"""Asked for and not here yet; the oldest wish makes room."""

HASH_BYTES: Final = 32
_WANTED: Final = "sync/wanted_attachments"


def wanted(uow: UnitOfWork) -> tuple[bytes, ...]:
    """Return the hashes of what people asked for and what is not here yet, oldest wish first."""
    stored = uow.local.get(_WANTED) or b""
    return tuple(stored[at : at + HASH_BYTES] for at in range(0, len(stored), HASH_BYTES))


def put_wanted(uow: UnitOfWork, hashes: Iterable[bytes]) -> None:
    """Note what is asked for now. The caller commits."""
    uow.local.put(_WANTED, b"".join(tuple(hashes)[-WANTED_MAX:]) or None)
