"""When the last backup was made and tried, and when the next one is due. Storage thread.

The law asks for one a week at least (DS 016-2024-JUS art. 51.1, as ``BACKUP_SEMANAL`` has it),
unless nothing changed in that week.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Final

from app.services import sync_facts
from app.services.access import act
from app.services.backup_ports import TriedBackup
from app.services.ports import Desk, UnitOfWork
from app.services.read_models import CaseFilter

__all__ = [
    "KEEP",
    "BackupState",
    "last_number",
    "note_joined",
    "note_made",
    "note_tried",
    "state",
]

KEEP: Final = "keep_backup"
"""The act of the matrix; asked before a backup is begun, too."""

_MADE: Final = "backup/made_ms"
_CHANGES: Final = "backup/changes"
_LAST: Final = "backup/number"
_TRIED: Final = "backup/tried_ms"
_JOINED: Final = "backup/joined_ms"
"""When this laptop joined a centre behind its last backup, which has none of what came then."""
_RULE: Final = "BACKUP_SEMANAL"
_WEEK: Final = 7
TRIED_DAYS: Final = 183
"""Twice a year, of this program: a backup that nobody opened is a hope."""


@dataclass(frozen=True, slots=True)
class BackupState:
    """``made_ms``, ``tried_ms``: when the last backup was made here, when one was last opened to
    try it. ``days``: since then, by the calendar; None: there never was one. ``is_due``: more days
    passed than the law allows, and there is something new. ``is_at_region``: what is here is all at
    the region, too, so that nothing is lost with this laptop but what only it keeps.
    ``is_trial_due``: it is long since one was opened. ``is_before_joining``: this laptop joined a
    centre since the last one, which has neither its keys nor what came from it."""

    made_ms: int | None
    tried_ms: int | None
    days: int | None
    is_due: bool
    is_at_region: bool
    is_trial_due: bool
    is_before_joining: bool = False


def state(uow: UnitOfWork, desk: Desk) -> BackupState:
    """Return how it stands with the backups of this laptop."""
    made, tried = _number(uow, _MADE), _number(uow, _TRIED)
    today, zone = desk.clock.today(), desk.clock.zone()
    days = None if made is None else _days(made, today, zone)
    has_cases = uow.cases.count(CaseFilter()) > 0
    is_new = uow.changes.count() > (_number(uow, _CHANGES) or 0)
    is_late = is_new and (days is None or days > _allowed(desk))
    is_before = made is not None and uow.local.get(_JOINED) is not None
    since_tried = None if tried is None else _days(tried, today, zone)
    return BackupState(
        made_ms=made,
        tried_ms=tried,
        days=days,
        is_due=has_cases and (is_before or is_late),
        is_at_region=_is_at_region(uow),
        is_trial_due=made is not None and (since_tried is None or since_tried > TRIED_DAYS),
        is_before_joining=is_before,
    )


def _is_at_region(uow: UnitOfWork) -> bool:
    view = sync_facts.sync_view(uow, with_cases=False)
    return view.last_success_ms is not None and not view.waiting_of_all


def last_number(uow: UnitOfWork) -> int:
    """Return the number of the last backup that was made of this laptop; 0: none."""
    return _number(uow, _LAST) or 0


def note_joined(uow: UnitOfWork, desk: Desk) -> None:
    """Note that this laptop joins a centre: no backup of before can restore what it is and has from
    now on. The caller commits."""
    uow.local.put(_JOINED, str(desk.clock.now_ms()).encode())


@act(KEEP)
def note_made(uow: UnitOfWork, desk: Desk, made: TriedBackup, *, is_apart: bool) -> None:
    """Note that a backup was made, read back and opened. One that does not lie apart from this
    laptop is lost with it: the next is due as if it had not been made. Commits."""
    uow.local.put(_LAST, str(made.number).encode())
    if is_apart:
        uow.local.put(_MADE, str(made.made_ms).encode())
        uow.local.put(_CHANGES, str(made.changes).encode())
        joined_ms = _number(uow, _JOINED) or 0
        # Or its clock ran ahead then.
        if made.made_ms >= joined_ms or desk.clock.now_ms() < joined_ms:
            uow.local.put(_JOINED, None)
    _audit(uow, desk, "backup_made", made)


@act(KEEP)
def note_tried(uow: UnitOfWork, desk: Desk, tried: TriedBackup) -> None:
    """Note that a backup was opened to try it. Commits."""
    uow.local.put(_TRIED, str(desk.clock.now_ms()).encode())
    _audit(uow, desk, "backup_tried", tried)


def _audit(uow: UnitOfWork, desk: Desk, action: str, about: TriedBackup) -> None:
    uow.audit.append(
        actor=desk.actor.id,
        action=action,
        object_id=about.name,
        at_ms=desk.clock.now_ms(),
        detail=f"{about.changes}/{about.attachments}",
    )
    uow.commit()


def _allowed(desk: Desk) -> int:
    """Return how many days may pass, as the rule says that holds last."""
    rules = desk.definitions.deadlines.get(_RULE, ())
    return rules[-1].amount if rules else _WEEK


def _days(at_ms: int, today: date, zone: tzinfo) -> int:
    """Return the days since; a clock that was put back counts as none."""
    return max(0, (today - datetime.fromtimestamp(at_ms / 1000, zone).date()).days)


def _number(uow: UnitOfWork, name: str) -> int | None:
    content = uow.local.get(name)
    return int(content) if content and content.isdigit() else None
