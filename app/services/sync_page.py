"""What the page *Sincronización* shows beside the facts of the status sentence. Storage thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.change import RecordId
from app.services import whereabouts
from app.services.access import act
from app.services.answered_facts import answered
from app.services.ports import Desk, UnitOfWork
from app.services.read_models import SyncFact, SyncView
from app.services.refusals import RefusedRow, list_refused
from app.services.sealing import too_large
from app.services.strays import StrayRow, list_strays
from app.services.sync_facts import sync_view, unsent_attachments
from app.services.unsent_statements import unsent_statements
from app.services.urgent import urgent_marks
from app.services.whereabouts_ports import (
    CentreLaptops,
    ShareKind,
    WaitingShare,
    Whereabouts,
)

__all__ = ["SyncPage", "sync_page"]


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
    answered: frozenset[str] = frozenset()
    """Of which facts somebody told the region, or read them, as they are now: message ids."""

    @property
    def size(self) -> int:
        """The bytes of all that waits."""
        return sum(one.size for one in self.shares)

    @property
    def has_region_all(self) -> bool:
        """Whether the region had all that this laptop keeps when they last met, and no other laptop
        of the centre read more of it."""
        view = self.view
        is_short = any(one.message_id == "log_short" for one in self.facts)
        return view.last_success_ms is not None and not (
            view.last_failure or view.waiting_of_all or is_short
        )

    @property
    def is_estimated(self) -> bool:
        """Whether a part of it is not sealed yet, and its size no more than near."""
        return any(one.is_estimated for one in self.shares)


@act("see_sync")
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
        answered=answered(uow, view.facts),
    )


def _shares(uow: UnitOfWork, desk: Desk) -> tuple[WaitingShare, ...]:
    """Return what waits by urgency, the attachments, what tells of the centre's laptops, and what
    cannot leave."""
    large = too_large(uow)
    shares = list(uow.traces.shares(urgent_marks(desk.definitions), [one.id for one in large]))
    scans = unsent_attachments(uow)
    if scans:
        weight = uow.attachments.weight([one.hex() for one in scans])
        shares.append(WaitingShare(ShareKind.ATTACHMENT, len(scans), weight, None))
    told = unsent_statements(uow)
    if told.count:
        shares.append(WaitingShare(ShareKind.STATEMENT, told.count, told.size, None, told.on_stick))
    if large:
        oldest_ms = min(one.stamp.wall_ms for one in large)
        shares.append(WaitingShare(ShareKind.TOO_LARGE, len(large), 0, oldest_ms))
    return tuple(shares)
