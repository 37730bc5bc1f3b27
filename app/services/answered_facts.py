"""What of the facts of *Sincronización* people answered: they told the region of it, or read it.

What was answered gives its room to what is new, and shows again when somebody asks for it or when
its number rises. Storage thread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from app.domain.marks import N_
from app.services.access import act, worker
from app.services.ports import UnitOfWork
from app.services.read_models import SyncFact

__all__ = ["ANSWERS", "answered", "forget_fallen", "note_answered"]

_TOLD: Final = N_("Ya avisé")
_READ: Final = N_("Ya lo leí")

ANSWERS: Final[Mapping[str, str]] = {
    "other_history_seen": _TOLD,
    "log_short": _TOLD,
    "receipt_broken": _TOLD,
    "two_servers": _TOLD,
    "laptops_copied": _TOLD,
    "audit_contradicted": _TOLD,
    "case_numbers_twice": _TOLD,
    "folder_moved": _TOLD,
    "put_back_or_copied": _TOLD,
    "snapshot_unproven": _TOLD,
    "snapshot_false": _TOLD,
    "attachments_no_room": _TOLD,
    "attachments_refused": _TOLD,
    "made_of_backup": _TOLD,
    "end_lost": _TOLD,
    "backup_restored": _READ,
    "batches_missing": _READ,
}
"""What one answers to a fact, by its message id; the others only say how far something is, and go
by themselves."""

_NAME: Final = "sync/answered/{fact}"


def answered(uow: UnitOfWork, facts: Sequence[SyncFact]) -> frozenset[str]:
    """Return the message ids of those facts that were answered, and whose number did not rise
    since."""
    return frozenset(one.message_id for one in facts if _is_answered(uow, one))


@act("see_sync")
def note_answered(uow: UnitOfWork, facts: Sequence[SyncFact]) -> None:
    """Note that these facts were answered as they were shown, in the audit, too: who quiets a
    warning says so. Commits."""
    answered_now = [one for one in facts if one.message_id in ANSWERS]
    for one in answered_now:
        _put(uow, one)
    if answered_now:
        desk = worker(uow)
        uow.audit.append(
            actor=desk.actor.id,
            action="warning_answered",
            object_id="",
            at_ms=desk.clock.now_ms(),
            detail=" ".join(one.message_id for one in answered_now),
        )
    uow.commit()


@act("see_sync")
def forget_fallen(uow: UnitOfWork, facts: Sequence[SyncFact]) -> None:
    """Note that numbers fell: what rises again is news, however high it stood once. ``facts`` are
    all that are true now. Commits."""
    now = {one.message_id: one for one in facts}
    has_fallen = False
    for fact in ANSWERS:
        was = _get(uow, fact)
        if was is None:
            continue
        one = now.get(fact)
        if one is None:
            uow.local.put(_NAME.format(fact=fact), None)
            has_fallen = True
        elif _is_answered(uow, one) and _number(one) < was[0]:
            _put(uow, one)
            has_fallen = True
    if has_fallen:
        uow.commit()


def _is_answered(uow: UnitOfWork, fact: SyncFact) -> bool:
    was = _get(uow, fact.message_id)
    return was is not None and _number(fact) <= was[0] and set(fact.named) <= was[1]


def _number(fact: SyncFact) -> int:
    return max(fact.count, fact.times)


def _get(uow: UnitOfWork, fact: str) -> tuple[int, frozenset[str]] | None:
    """Return the number and the names that were answered, or None."""
    noted = uow.local.get(_NAME.format(fact=fact))
    if noted is None:
        return None
    try:
        said = json.loads(noted)
    except ValueError:
        # A former version parted the names by blanks: people are told once more.
        return None
    number, *named = said if isinstance(said, list) else (said,)
    return int(number), frozenset(named)


def _put(uow: UnitOfWork, fact: SyncFact) -> None:
    said = json.dumps((_number(fact), *fact.named))
    uow.local.put(_NAME.format(fact=fact.message_id), said.encode())
