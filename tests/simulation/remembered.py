"""Pure functions whose answers are kept for a process: the same bytes are verified again and again."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import db.wal
from sync.envelope import keyring
from sync.protocol import batch, roster
from tests.simulation.swapped import swapped

__all__ = ["remembering"]

SIGNATURES: Callable[..., Any] = lru_cache(20_000)(roster.is_signed)
SUMS: Callable[..., Any] = lru_cache(4_000)(db.wal._sums)


@lru_cache(2_000)
def _evaluated(statements: frozenset[bytes], root_key: bytes) -> Any:
    return roster.evaluate(statements, root_key)


@contextlib.contextmanager
def remembering() -> Iterator[None]:
    """Answer from memory what was answered before: signatures, rosters, sums of a log's frames."""
    _evaluated.cache_clear()  # with a bug in it the answers are others
    with (
        swapped(roster, "is_signed", lambda _real: SIGNATURES),
        swapped(batch, "is_signed", lambda _real: SIGNATURES),
        swapped(db.wal, "_sums", lambda _real: SUMS),
        swapped(
            keyring, "evaluate", lambda _real: lambda said, root: _evaluated(frozenset(said), root)
        ),
    ):
        yield
