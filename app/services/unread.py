"""What was refused to somebody and she had not seen when the program ended: kept for her on this
laptop, within the vault, until she has. Storage thread.

It bears numbers of cases, what a task or a field is called, and names of colleagues; nothing that
was written in a case. Nobody else is told it, nor is she of a case that she is kept from since.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

from app.domain.folding import query_text
from app.services.access import act, seen_by
from app.services.ports import Desk, UnitOfWork

__all__ = ["keep_refusals", "refusals"]

_REFUSALS: Final = "unread_refusals/{person}"
_KEPT_MAX: Final = 20
"""The last ones: nobody reads more."""
_BEHIND_A_NUMBER: Final = " · "
_BEARERS_MAX: Final = 100
"""Of the cases in which the words of a number stand; there is mostly one."""


@act("own_screen", noted=False)
def keep_refusals(uow: UnitOfWork, desk: Desk, said: Sequence[str]) -> None:
    """Keep these sentences for who works here, in place of those kept before. Commits."""
    content = json.dumps(list(said[-_KEPT_MAX:])).encode() if said else None
    uow.local.put(_REFUSALS.format(person=desk.actor.id), content)
    uow.commit()


@act("own_screen", noted=False)
def refusals(uow: UnitOfWork, desk: Desk) -> tuple[str, ...]:
    """Return the sentences that are kept for who works here, the last at the end; without those of
    a case of which she may not even know that it is there. Reads only."""
    content = uow.local.get(_REFUSALS.format(person=desk.actor.id))
    try:
        kept = json.loads(content) if content else []
    except ValueError:
        return ()
    said = (one for one in kept if isinstance(one, str)) if isinstance(kept, list) else ()
    return tuple(one for one in said if _is_hers(uow, desk, one))


def _is_hers(uow: UnitOfWork, desk: Desk, said: str) -> bool:
    """Return whether a sentence begins with the number of no case, or of one that she may know."""
    number, between, _ = said.partition(_BEHIND_A_NUMBER)
    if not between or not uow.cases.bearers(number):
        return True
    seen = seen_by(uow, desk, "list_cases")
    found = uow.cases.search(query_text(number), limit=_BEARERS_MAX, seen=seen)
    return any(one.code == number for one in found)
