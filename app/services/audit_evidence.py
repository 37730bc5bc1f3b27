"""What batches tell of the audits of the centre's laptops, noted here, so that none can be cut or
made anew unseen.

Each batch says where the audit of its laptop ended. A laptop that tells another entry of a number
that it told before, or a shorter audit, was put back, copied, or its audit was tampered with: that
holds nothing up, is noted in the audit here, and told on the page *Sincronización*. Storage thread.
"""

from __future__ import annotations

from typing import Final

from app.services.ports import Anchor, BatchOutline, Desk, OpenedBatch, SealedBatch, UnitOfWork

__all__ = ["CONTRADICTED", "NOTED_MAX", "contradicting", "note_own_head", "note_told_head"]

CONTRADICTED: Final = "audit_contradicted"
"""The fact, and the action of the entries: a message id."""

NOTED_MAX: Final = 32
"""Entries about one device; what it contradicts further is the same news."""

_DEVICES: Final = "sync/audit_contradicted"
_DEVICE_BYTES: Final = 16


def note_own_head(
    uow: UnitOfWork, device: bytes, sealed: SealedBatch, outline: BatchOutline
) -> None:
    """Note what this laptop told of its own audit. After the batch is stored; the caller
    commits."""
    if outline.audit is not None:
        seen = outline.seen
        uow.anchors.note(
            Anchor(
                batch=sealed.id,
                device=device,
                head=outline.audit,
                session=outline.session,
                number=outline.number,
                log_id=seen.log_id if seen else None,
                log_position=seen.position if seen else 0,
            )
        )


def note_told_head(uow: UnitOfWork, desk: Desk, opened: OpenedBatch, own: bytes) -> None:
    """Note what a batch tells of the audit of its laptop, and when that contradicts another of its
    batches; of the ``own`` device that is told already, as a laptop that was put back or copied.
    After the batch is stored; the caller commits."""
    if opened.audit is None:
        return
    seen = opened.seen
    other = uow.anchors.note(
        Anchor(
            batch=opened.id,
            device=opened.device,
            head=opened.audit,
            session=opened.session,
            number=opened.number,
            log_id=seen.log_id if seen else None,
            log_position=seen.position if seen else 0,
        )
    )
    if other is None or opened.device == own:
        return
    devices = uow.local.get(_DEVICES) or b""
    if opened.device not in _parted(devices):
        uow.local.put(_DEVICES, devices + opened.device)
    about = opened.device.hex()
    rows = uow.audit.details(CONTRADICTED, about, NOTED_MAX)
    if len(rows) < NOTED_MAX and opened.id.hex() not in {one.partition("/")[0] for one in rows}:
        uow.audit.append(
            actor=desk.actor.id,
            action=CONTRADICTED,
            object_id=about,
            at_ms=desk.clock.now_ms(),
            detail=f"{opened.id.hex()}/{other.hex()}",
        )


def contradicting(uow: UnitOfWork) -> tuple[bytes, ...]:
    """Return the devices whose words of their audits contradict each other."""
    return _parted(uow.local.get(_DEVICES) or b"")


def _parted(devices: bytes) -> tuple[bytes, ...]:
    steps = range(0, len(devices), _DEVICE_BYTES)
    return tuple(devices[at : at + _DEVICE_BYTES] for at in steps)
