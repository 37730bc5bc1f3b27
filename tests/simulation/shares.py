"""Epoch secrets sealed to a laptop without chance of the system's own, so that a seed replays.

HPKE draws its ephemeral key by itself: the bytes of a statement, and with them its name and its
place among others, would differ at every run. Here the bytes follow from key, secret and context;
only the holder of the key opens them, as ever. The real sealing has its tests elsewhere.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from typing import Any

from app.crypto.recipient import OVERHEAD_BYTES, RecipientKey, SealError
from sync.envelope import enrolment, leaving
from tests.simulation.swapped import swapped

__all__ = ["repeatable_shares"]

_sealed: dict[bytes, tuple[bytes, bytes, bytes]] = {}


@contextlib.contextmanager
def repeatable_shares() -> Iterator[None]:
    """Seal and open so, for a while."""
    with (
        swapped(leaving, "seal_to", lambda _real: _seal_to),
        swapped(enrolment, "seal_to", lambda _real: _seal_to),
        swapped(RecipientKey, "open", lambda _real: _open),
    ):
        yield


def _seal_to(public: bytes, content: bytes, *, context: bytes) -> bytes:
    name = hashlib.shake_256(b"\0".join((public, content, context)))
    sealed = name.digest(OVERHEAD_BYTES + len(content))
    _sealed[sealed] = (public, context, content)
    return sealed


def _open(self: Any, sealed: bytes, *, context: bytes) -> bytes:
    public, for_context, content = _sealed.get(sealed, (b"", b"", b""))
    if (public, for_context) != (self.public, context):
        raise SealError
    return content
