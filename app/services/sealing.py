"""Own changes out: what waits is sealed into batches, each before it is first tried.

A repeat is then the same batch. Storage thread.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from app.domain.change import CHANGE_ID_BYTES, Change, ChangeId
from app.domain.errors import DomainError
from app.services.audit_evidence import note_own_head
from app.services.former_places import note_former_places
from app.services.ports import BatchOutline, Desk, Envelope, SealedBatch, UnitOfWork
from app.services.urgent import urgent_first

__all__ = ["CHANGES_AT_ONCE", "TOO_LARGE", "note_too_large", "seal_pending", "too_large"]

BATCH_BYTES_WANTED: Final = (1 << 18) + 286
"""What surrounds a padded content, and the largest one of 256 KiB: from there on the steps of the
padding are twice as wide. A cut costs no more than the bytes on the air, however large a batch is,
and a small one compresses badly: 64 kB weigh a fifth more a change."""

CHANGES_AT_ONCE: Final = 32_000
"""About what fills a batch. Nothing else is done meanwhile: some two seconds, for a thousand files
that were registered or imported without a network; a day's work is sealed in no time."""

NO_BATCH: Final = bytes(32)

_OVER_LIMIT: Final = "batch_over_limit"

TOO_LARGE: Final = "change_too_large"
"""Why a change waits that no batch can hold: a message id."""

_NOTED: Final = "sync/too_large"
"""The ids of those that were found to be so."""
_NOTED_MAX: Final = 1_000

WITH_ORIGINS: Final = 2
"""The format that names what a change replaces by its place in the log."""


_LOG = logging.getLogger(__name__)


def seal_pending(uow: UnitOfWork, desk: Desk, envelope: Envelope) -> int:
    """Seal waiting changes into one batch, those of urgent records first, then the oldest; return
    how many, or 0. One that no batch can hold stays here, is noted (:func:`too_large`), and holds
    no other up. Commits."""
    note_former_places(uow, envelope)
    changes, urgent = urgent_first(desk.definitions, uow.changes.pending(CHANGES_AT_ONCE))
    if not changes:
        return 0
    device, session = envelope.device(), desk.stamper.session
    number, previous = uow.batches.last_of_session(device, session) or (0, NO_BATCH)
    seen, head = uow.batches.cursor(), uow.audit.head()
    outline = BatchOutline(session, number + 1, previous, seen, head)
    large: list[ChangeId] = []
    while True:
        try:
            sealed, changes = _seal(uow, envelope, outline, changes)
            break
        except DomainError as refusal:
            if refusal.message_id != _OVER_LIMIT:
                raise
            _LOG.error("a change is too large for any batch")
            large.append(changes[0].id)
            changes, urgent = changes[1:], max(0, urgent - 1)
            if not changes:
                note_too_large(uow, large)
                uow.commit()
                return 0
    if large:
        note_too_large(uow, large)
    uow.batches.add(
        sealed,
        device=device,
        session=session,
        number=number + 1,
        is_own=True,
        change_ids=[change.id for change in changes],
        at_ms=desk.clock.now_ms(),
        is_urgent=urgent > 0,
    )
    note_own_head(uow, device, sealed, outline)
    uow.commit()
    return len(changes)


def too_large(uow: UnitOfWork) -> tuple[Change, ...]:
    """Return the changes of this laptop that were found to fit into no batch and are in none."""
    noted = _noted(uow)
    if not noted:
        return ()
    return tuple(one for one in uow.changes.pending(CHANGES_AT_ONCE) if one.id in noted)


def note_too_large(uow: UnitOfWork, ids: Sequence[ChangeId]) -> None:
    """Note that no batch can hold these. The caller commits."""
    noted = _noted(uow)
    new = [one for one in ids if one not in noted]
    if new:
        uow.local.put(_NOTED, b"".join([*noted, *new][:_NOTED_MAX]))


def _noted(uow: UnitOfWork) -> tuple[bytes, ...]:
    held = uow.local.get(_NOTED) or b""
    steps = range(0, len(held), CHANGE_ID_BYTES)
    return tuple(held[at : at + CHANGE_ID_BYTES] for at in steps)


def _seal(
    uow: UnitOfWork, envelope: Envelope, outline: BatchOutline, changes: tuple[Change, ...]
) -> tuple[SealedBatch, tuple[Change, ...]]:
    """Seal as many of the first changes as make a batch of about the wanted size, in the most
    compact format that every other laptop of the centre was heard to know."""
    formats = uow.devices.format_of_all(envelope.readers())
    origins = uow.origins if formats is None or formats >= WITH_ORIGINS else None
    while True:
        try:
            sealed = envelope.seal(outline, changes, origins)
        except DomainError as refusal:
            if refusal.message_id != _OVER_LIMIT or len(changes) == 1:
                raise
            share = 0.5
        else:
            if len(sealed.content) <= BATCH_BYTES_WANTED or len(changes) == 1:
                return sealed, changes
            share = 0.98 * BATCH_BYTES_WANTED / len(sealed.content)
        changes = changes[: max(1, int(len(changes) * share))]
