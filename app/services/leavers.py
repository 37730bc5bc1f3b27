"""Whoever left the centre, and whether its secret was renewed since. Storage thread.

Where somebody leaves, the laptop that writes it renews the secret, if it administers the centre.
Another one cannot: that she left comes to the administering ones by synchronising, like everything
of her record, and each of them renews it once, at its next opening. Until then it says so.
"""

from __future__ import annotations

import json
from typing import Final

from app.domain.records import Kind
from app.services import accounts
from app.services.ports import UnitOfWork

__all__ = ["is_renewal_due", "note_renewed"]

_COVERED: Final = "laptop/epoch_covers"
"""Who had left, and when, as this laptop last renewed the secret."""


def is_renewal_due(uow: UnitOfWork) -> bool:
    """Return whether somebody left of whom the secret of the centre was not renewed here. It says
    nothing of whether this laptop can: only an administering one does."""
    if uow.local.get(accounts.EPOCH) is not None:
        return True
    return not _left(uow) <= _covered(uow)


def note_renewed(uow: UnitOfWork) -> None:
    """Note that the secret is one that nobody knows who left until now. The caller commits."""
    uow.local.put(_COVERED, json.dumps(sorted(_left(uow))).encode())
    uow.local.put(accounts.EPOCH, None)


def _left(uow: UnitOfWork) -> set[str]:
    """Return who left, with the day: who comes back and leaves again, leaves another time."""
    people = (accounts.named(uow, record) for record in uow.records.ids(Kind.PERSON))
    return {f"{one.id} {one.left_on}" for one in people if one is not None and one.left_on}


def _covered(uow: UnitOfWork) -> set[str]:
    content = uow.local.get(_COVERED)
    return set() if content is None else set(json.loads(content))
