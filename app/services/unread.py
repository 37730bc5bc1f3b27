"""What was refused to somebody and she had not seen when the program ended: kept for her on this
laptop, within the vault, until she has. Storage thread.

It bears numbers of cases and names of colleagues, and of no case a word: nobody else is told it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from app.services.access import act
from app.services.ports import Desk, UnitOfWork

__all__ = ["keep_refusals", "refusals"]

_REFUSALS: Final = "unread_refusals/{person}"
_KEPT_MAX: Final = 20
"""The last ones: nobody reads more."""


@act("own_screen", noted=False)
def keep_refusals(uow: UnitOfWork, desk: Desk, said: Sequence[str]) -> None:
    """Keep these sentences for who works here, in place of those kept before. Commits."""
    content = json.dumps(list(said[-_KEPT_MAX:])).encode() if said else None
    uow.local.put(_REFUSALS.format(person=desk.actor.id), content)
    uow.commit()


@act("own_screen", noted=False)
def refusals(uow: UnitOfWork, desk: Desk) -> tuple[str, ...]:
    """Return the sentences that are kept for who works here, the last at the end. Reads only."""
    content = uow.local.get(_REFUSALS.format(person=desk.actor.id))
    try:
        kept = json.loads(content) if content else []
    except ValueError:
        return ()
    return tuple(one for one in kept if isinstance(one, str)) if isinstance(kept, list) else ()
