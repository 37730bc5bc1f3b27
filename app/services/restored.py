"""A laptop that was made of a backup: what is another's from now on, and what is told. Storage
thread.

It is the laptop of that day, and the one that the backup was made of may still be at work. So it
leaves that one's numbers of cases, waits for what that one sealed meanwhile without taking it for a
twin's, and tells, until somebody answers, that it was restored and has to join its centre anew.
"""

from __future__ import annotations

from typing import Final

from app.services import accounts, casework, evidence, machine_watch, twin_watch
from app.services.ports import Desk, UnitOfWork
from app.services.sync_facts import SyncTimes

__all__ = ["RESTORED", "note_restored"]

RESTORED: Final = "laptop/restored"
"""When, in milliseconds, and from the backup of when; a copy of the laptop takes it along."""

_DRAWN_BYTES: Final = 8


def note_restored(uow: UnitOfWork, desk: Desk, *, name: str, made_ms: int) -> None:
    """Note that this laptop was made of the backup of this name, of that time. Commits."""
    now_ms = desk.clock.now_ms()
    uow.local.put(RESTORED, f"{now_ms}/{made_ms}".encode())
    uow.local.put(accounts.RESTORED, b"1")
    machine_watch.forget_machine(uow)
    evidence.note_machine(uow, desk, "made_of_backup", name.encode(), str(made_ms))
    chance = int.from_bytes(desk.ids.random_bytes(_DRAWN_BYTES), "big")
    casework.leave_numbers(uow, desk, chance, chance >> 32)
    twin_watch.expect_own(uow)
    # The wait was planned at another time, at another place.
    uow.local.put(SyncTimes.NEXT_ATTEMPT, None)
    uow.commit()
