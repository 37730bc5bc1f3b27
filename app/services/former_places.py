"""Notes, once, which change stands where in the batches of a file of before that was noted.

Other laptops name changes by batch and place, and may name those of any batch of the log.
"""

from __future__ import annotations

from typing import Final

from app.services.ports import Envelope, UnitOfWork, UnusableBatch

__all__ = ["note_former_places"]

_NOTED: Final = "sync/places_noted"


def note_former_places(uow: UnitOfWork, envelope: Envelope) -> None:
    """Open every batch whose places were not noted and note them. Commits when it did.

    Storage thread; some seconds for a centre's years, once after an update. A batch that does not
    open here is left as it is: none of its changes is here, either.
    """
    if uow.local.get(_NOTED) is not None:
        return
    for batch_id in uow.origins.unplaced():
        content = uow.batches.content(batch_id)
        assert content is not None, "a batch that is kept has its bytes"
        try:
            opened = envelope.open(content, uow.origins)
        except UnusableBatch:
            continue
        uow.origins.note_places(batch_id, [change.id for change in opened.changes])
    uow.local.put(_NOTED, b"1")
    uow.commit()
