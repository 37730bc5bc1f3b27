"""How many statements of the centre's roster the region is not known to hold: who came to the
centre, who was taken out, and the key that is renewed for it.

They travel beside the batches and live in the database alone, so they wait like whatever was typed:
a revocation that never left protects nobody. Counted where the keyring is stored, which this layer
cannot read. Storage thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.services.ports import UnitOfWork

__all__ = ["UnsentStatements", "put_unsent_statements", "unsent_statements"]

_ROW: Final = "sync/statements_unsent"


@dataclass(frozen=True, slots=True)
class UnsentStatements:
    """How many the region is not known to hold, their bytes together, and how many of them were
    left on a stick: on their way, and received by nobody as far as is known here."""

    count: int = 0
    size: int = 0
    on_stick: int = 0


def put_unsent_statements(uow: UnitOfWork, unsent: UnsentStatements) -> None:
    """Remember what waits now. The caller commits."""
    said = f"{unsent.count} {unsent.size} {unsent.on_stick}".encode() if unsent.count else None
    if uow.local.get(_ROW) != said:
        uow.local.put(_ROW, said)


def unsent_statements(uow: UnitOfWork) -> UnsentStatements:
    """Return what waits: of a laptop that belongs to no centre, nothing."""
    said = uow.local.get(_ROW)
    return UnsentStatements(*map(int, said.split())) if said else UnsentStatements()
