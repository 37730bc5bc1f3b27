"""Noticing at the start that a backup was put back, or that the folder came to another computer.

Inside the database stand a random tag, how often the program was started, and a hash of which
computer it is; outside, in the profile of the user, the same tag and count. Inside behind outside:
an older state was put back. Another computer: the folder was copied or moved. It is told, once each
time, and is never a reason to refuse anything: merging needs no order, and a copy just works. What
lacks comes by synchronising, so that is due at once; case numbers go on further up.
"""

from __future__ import annotations

import hashlib
from typing import Final, Protocol

from app.services import casework, evidence, twin_watch
from app.services.ports import Desk, UnitOfWork
from app.services.sync_facts import SyncTimes

__all__ = [
    "STARTS_MAX",
    "TAG_BYTES",
    "Machine",
    "forget_machine",
    "note_lost_end",
    "note_start",
]

TAG_BYTES: Final = 16
STARTS_MAX: Final = 2**63 - 1
_TAG: Final = "machine/tag"
_STARTS: Final = "machine/starts"
_COMPUTER: Final = "machine/computer"
_HASH_BYTES: Final = 16


class Machine(Protocol):
    """The computer and the profile of its user: what a copy of the data folder does not carry."""

    def name(self) -> bytes | None:
        """Return what the system calls this computer for good, or None when it does not say."""

    def starts(self, tag: bytes) -> int | None:
        """Return how many starts are noted here under a tag, or None when there is no readable
        note."""

    def note(self, tag: bytes, starts: int) -> None:
        """Note the starts under a tag. What cannot be written is not written; nothing is raised."""


def note_start(uow: UnitOfWork, desk: Desk, machine: Machine) -> None:
    """Compare what stands inside with what stands outside, tell what differs, and count this start
    in both. Commits; the note outside is written behind the commit, so a power cut in between is
    no alarm. Storage thread, once a start."""
    tag = uow.local.get(_TAG)
    inside = _number(uow.local.get(_STARTS))
    outside = machine.starts(tag) if tag is not None else None
    if tag is None:
        tag = desk.ids.random_bytes(TAG_BYTES)
        uow.local.put(_TAG, tag)
    computer = _computer(machine.name(), tag)
    fact, detail = "", ""
    if inside > 0 and _is_moved(uow.local.get(_COMPUTER), computer, outside):
        fact = "folder_moved"
    elif outside is not None and outside > inside:
        fact, detail = "backup_restored", f"{inside}/{outside}"
    if fact:
        evidence.note_machine(uow, desk, fact, tag, detail)
        casework.pass_numbers_over(uow, desk)
        twin_watch.expect_own(uow)
        # The wait was planned at another time, or at another place.
        uow.local.put(SyncTimes.NEXT_ATTEMPT, None)
    starts = min(max(inside, outside or 0) + 1, STARTS_MAX)
    uow.local.put(_STARTS, str(starts).encode())
    uow.local.put(_COMPUTER, computer)
    uow.commit()
    machine.note(tag, starts)


def note_lost_end(uow: UnitOfWork, desk: Desk, how: str) -> None:
    """Tell that the last records of this laptop are gone; ``how`` as the file beside the database
    shows it. Commits."""
    evidence.note_machine(uow, desk, "end_lost", b"", how)
    uow.commit()


def forget_machine(uow: UnitOfWork) -> None:
    """Let the database begin anew, on whatever computer: it was made of a backup, which is told
    apart. The caller commits."""
    for name in (_TAG, _STARTS, _COMPUTER):
        uow.local.put(name, None)


def _is_moved(before: bytes | None, now: bytes | None, outside: int | None) -> bool:
    """Return whether this is another computer; where the system does not say which it is, a
    profile without the note is another one's."""
    if before is not None and now is not None:
        return before != now
    return outside is None


def _computer(name: bytes | None, tag: bytes) -> bytes | None:
    """Return a hash of the computer's name that no other database can be compared by."""
    if name is None:
        return None
    hashed = hashlib.blake2b(name, digest_size=_HASH_BYTES, key=tag, person=b"qispi-machine-1")
    return hashed.digest()


def _number(content: bytes | None) -> int:
    return int(content) if content and content.isdigit() else 0
