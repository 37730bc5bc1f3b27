"""What batches and the server prove of copied laptops, of gaps and of another history.

None of it holds anything up or is a reason to refuse data: merging needs no order. It is noted once
in the audit, and stays a fact of the page *Sincronización*, so that people can ask what happened.
"""

from __future__ import annotations

from typing import Final

from app.services.ports import Desk, OpenedBatch, UnitOfWork
from app.services.read_models import SyncFact

__all__ = ["facts", "note_batch", "note_fork", "note_other_history", "tell_missing"]

_COPIED: Final = "sync/copied_devices"
_OTHER_HISTORY: Final = "sync/other_history_times"
_DEVICE_BYTES: Final = 16
_FIRST: Final = 1


def note_fork(uow: UnitOfWork, desk: Desk, opened: OpenedBatch) -> None:
    """Note when another batch of the same session bears the number of this one: a copied laptop or
    a restored backup went on writing. Both are kept and applied."""
    if not uow.batches.by_number(opened.session, opened.number):
        return
    _audit(uow, desk, "fork_seen", opened.device, f"{opened.session.hex()}/{opened.number}")
    copied = uow.local.get(_COPIED) or b""
    steps = range(0, len(copied), _DEVICE_BYTES)
    if opened.device not in {copied[at : at + _DEVICE_BYTES] for at in steps}:
        uow.local.put(_COPIED, copied + opened.device)


def note_batch(uow: UnitOfWork, opened: OpenedBatch) -> None:
    """Note what a batch names: the one before it, and what its device had seen of the log."""
    if opened.number > _FIRST:
        uow.witness.await_batch(
            opened.previous,
            device=opened.device,
            session=opened.session,
            number=opened.number - 1,
        )
    if opened.seen is not None:
        uow.witness.note_seen(opened.id, opened.seen)


def note_other_history(uow: UnitOfWork, desk: Desk, proof: bytes) -> None:
    """Two histories were shown under one log id. ``proof`` is the batch whose device had seen the
    other one, or the chain that this laptop had verified."""
    times = int(uow.local.get(_OTHER_HISTORY) or b"0")
    uow.local.put(_OTHER_HISTORY, str(times + 1).encode())
    _audit(uow, desk, "other_history_seen", proof, "")


def tell_missing(uow: UnitOfWork, desk: Desk) -> None:
    """Note the batches that others name and that did not come with them, once each. Commits."""
    missing = uow.witness.newly_missing()
    for one in missing:
        _audit(uow, desk, "gap_seen", one.device, f"{one.session.hex()}/{one.number}")
    if missing:
        uow.commit()


def facts(uow: UnitOfWork) -> tuple[SyncFact, ...]:
    """Return what people are told of, each with its number; nothing where there is nothing."""
    counts = {
        "other_history_seen": int(uow.local.get(_OTHER_HISTORY) or b"0"),
        "laptops_copied": len(uow.local.get(_COPIED) or b"") // _DEVICE_BYTES,
        "batches_missing": uow.witness.missing(),
    }
    return tuple(SyncFact(name, count) for name, count in counts.items() if count)


def _audit(uow: UnitOfWork, desk: Desk, action: str, about: bytes, detail: str) -> None:
    uow.audit.append(
        actor=desk.actor.id,
        action=action,
        object_id=about.hex(),
        at_ms=desk.clock.now_ms(),
        detail=detail,
    )
