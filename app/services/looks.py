"""What somebody did that changes nothing and is noted all the same: that she entered, that she
looked for a case or read a list with what people wrote. The kind of look alone, never what was
typed or found. Storage thread."""

from __future__ import annotations

from typing import Final

from app.domain.signing_keys import PRESENTED_FROM
from app.services.ports import Desk, UnitOfWork

__all__ = [
    "NOTED_FOR_MS",
    "READ_AUDIT",
    "SEARCH_CASES",
    "VIEW_CONFLICTS",
    "note_entered",
    "note_keys",
    "note_look",
]

SEARCH_CASES: Final = "search_cases"
VIEW_CONFLICTS: Final = "view_conflicts"
READ_AUDIT: Final = "read_audit"

NOTED_FOR_MS: Final = 15 * 60 * 1000
"""A further look of the same kind within this time is the same look."""


def note_look(uow: UnitOfWork, desk: Desk, look: str) -> None:
    """Write to the audit that who works now looked, once in fifteen minutes. Commits."""
    now_ms = desk.clock.now_ms()
    name = f"looked/{look}/{desk.actor.id}"
    last = uow.local.get(name)
    if last is not None and 0 <= now_ms - int(last) < NOTED_FOR_MS:
        return
    uow.audit.append(actor=desk.actor.id, action=look, object_id="", at_ms=now_ms)
    uow.local.put(name, str(now_ms).encode())
    uow.commit()


def note_entered(uow: UnitOfWork, desk: Desk, *, failed: int, last_ms: int) -> None:
    """Write to the audit that who works now entered, behind how many times somebody tried words
    that opened nothing (the last of them ``last_ms``). Commits."""
    if failed:
        uow.audit.append(
            actor=desk.actor.id,
            action="unlock_failed",
            object_id="",
            at_ms=last_ms,
            detail=f"times={failed}",
        )
    uow.audit.append(actor=desk.actor.id, action="unlock", object_id="", at_ms=desk.clock.now_ms())
    uow.commit()


def note_keys(uow: UnitOfWork, desk: Desk, *, is_of_copy: bool) -> None:
    """Write to the audit that from now on each key is presented by who lets somebody in, once; and
    where who works now entered a database that is older than her words (``is_of_copy``), that she
    presents her own. Commits what it writes."""
    who, at_ms = desk.actor.id, desk.clock.now_ms()
    has_begun = bool(uow.audit.details(PRESENTED_FROM, "", 1))
    if is_of_copy:
        uow.audit.append(actor=who, action="key_of_copy", object_id=who, at_ms=at_ms)
    if not has_begun:
        uow.audit.append(actor=who, action="keys_presented", object_id="", at_ms=at_ms)
    if is_of_copy or not has_begun:
        uow.commit()
