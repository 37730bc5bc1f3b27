"""What the page *Sincronización* shows beside the facts of the status sentence. Storage thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.domain.change import RecordId
from app.services import whereabouts
from app.services.ports import Desk, UnitOfWork
from app.services.read_models import SyncFact, SyncView
from app.services.refusals import RefusedRow, list_refused
from app.services.strays import StrayRow, list_strays
from app.services.sync_facts import sync_view, unsent_attachments
from app.services.urgent import urgent_first
from app.services.whereabouts_ports import (
    CentreLaptops,
    ShareKind,
    WaitingShare,
    Whereabouts,
)

__all__ = ["SyncPage", "sync_page"]

_LOOKED_AT: Final = 4_000
"""Changes not sealed yet that are told apart by urgency; behind them all count as others."""


@dataclass(frozen=True, slots=True)
class SyncPage:
    """The facts of the status sentence; what waits by urgency; what could not be used; and what
    people are told of."""

    view: SyncView
    places: Mapping[RecordId, Whereabouts]
    """Where each case is of which something waits."""
    shares: tuple[WaitingShare, ...]
    refused: tuple[RefusedRow, ...]
    facts: tuple[SyncFact, ...]
    strays: tuple[StrayRow, ...] = ()
    """What came that nobody of the centre signed, by reason."""


def sync_page(uow: UnitOfWork, desk: Desk, laptops: CentreLaptops) -> SyncPage:
    """Return what the page shows."""
    view = sync_view(uow)
    cases = [row.case_id for row in view.waiting if row.case_id is not None]
    return SyncPage(
        view=view,
        places=whereabouts.of_cases(uow, laptops, cases) if cases else {},
        shares=_shares(uow, desk),
        refused=list_refused(uow, laptops),
        facts=view.facts,
        strays=list_strays(uow),
    )


def _shares(uow: UnitOfWork, desk: Desk) -> tuple[WaitingShare, ...]:
    """Return what waits by urgency: what is not sealed yet counts where it will be sealed."""
    shares = {one.kind: one for one in uow.traces.shares()}
    unsealed = shares.pop(ShareKind.UNSEALED, None)
    if unsealed is not None:
        changes, urgent = urgent_first(desk.definitions, uow.changes.pending(_LOOKED_AT))
        first = min((one.stamp.wall_ms for one in changes[:urgent]), default=None)
        rest = min((one.stamp.wall_ms for one in changes[urgent:]), default=None)
        for kind, count, since in (
            (ShareKind.URGENT, urgent, first),
            (ShareKind.OTHER, unsealed.count - urgent, rest),
        ):
            if count:
                shares[kind] = _with(shares.get(kind), kind, count, since)
    if scans := unsent_attachments(uow):
        weight = uow.attachments.weight([one.hex() for one in scans])
        shares[ShareKind.ATTACHMENT] = WaitingShare(ShareKind.ATTACHMENT, len(scans), weight, None)
    return tuple(shares[kind] for kind in ShareKind if kind in shares)


def _with(
    share: WaitingShare | None, kind: ShareKind, count: int, since_ms: int | None
) -> WaitingShare:
    if share is None:
        return WaitingShare(kind, count, None, since_ms)
    times = [one for one in (share.since_ms, since_ms) if one is not None]
    return replace(share, count=share.count + count, since_ms=min(times, default=None))
