"""Somebody enters a laptop by her words, at the lock screen or at a command: it is noted, and so is
how often somebody tried in vain before. Part of the composition root; storage thread.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from app.crypto.passphrase import Argon2Cost
from app.domain.definitions import Definitions
from app.domain.errors import DomainError, EnvironmentFault
from app.failed_entries import FailedEntries, failed_entries, forget_failed, note_failed
from app.ids import SystemIds
from app.laptop import Laptop
from app.opening import open_laptop
from app.services.looks import note_entered
from app.services.ports import Clock

__all__ = ["enter_laptop", "trying"]

_NOT_LET_IN: Final = ("passphrase_wrong", "account_ended", "account_unknown")


@contextlib.contextmanager
def trying(folder: Path, clock: Clock) -> Iterator[None]:
    """Count whoever is not let in by the words that she tries in here. Raises what is raised."""
    try:
        yield
    except DomainError as refusal:
        if refusal.message_id in _NOT_LET_IN:
            note_failed(folder, clock.now_ms())
        raise


def enter_laptop(
    folder: Path,
    words: str,
    clock: Clock,
    *,
    tag: str | None = None,
    cost: Argon2Cost | None = None,
    definitions: Definitions | None = None,
) -> tuple[Laptop, FailedEntries]:
    """Open a laptop; return it, and what was tried in vain since somebody entered last. Slow.
    ``cost``, ``definitions``, and what it raises, are as in :func:`app.opening.open_laptop`;
    whoever is not let in is counted."""
    ids = SystemIds(clock)
    with trying(folder, clock):
        laptop = open_laptop(folder, words, clock, ids, tag=tag, cost=cost, definitions=definitions)
    failed = failed_entries(folder)
    # A disk that refuses is told of where somebody's work is saved.
    with contextlib.suppress(EnvironmentFault), laptop.store.unit() as uow:
        note_entered(uow, laptop.desk, failed=failed.count, last_ms=failed.last_ms)
        forget_failed(folder)
    return laptop, failed
