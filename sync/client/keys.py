"""What a session needs of the keyring: whom it knows, and how it learns of more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, Protocol

from app.services.ports import UnitOfWork
from sync.envelope.keyring import Keyring
from sync.protocol import limits
from sync.protocol.codec import join_ids
from sync.protocol.messages import RosterRequest
from sync.protocol.roster import statement_id

__all__ = ["KEYRING", "CentreKeys", "HeldKeys"]

KEYRING: Final = "sync/keyring"
"""Where the keyring lies, inside the encrypted database only."""


class CentreKeys(Protocol):
    """The roster's side of a keyring."""

    def knows(self, device: bytes) -> bool:
        """Return whether the roster holds this device."""

    def roster_request(self) -> RosterRequest:
        """Return the statements to offer and the ids of all that are held."""

    def learns(self, statements: Iterable[bytes]) -> bool:
        """Take statements in; return whether any was new and held."""

    def keep(self, uow: UnitOfWork) -> None:
        """Store the keyring. Commits."""


class HeldKeys:
    """The keyring in use, replaced as statements arrive.

    ``on_change`` hands the new keyring to the envelope. The keyring is replaced as a whole, so the
    network thread may read it while the storage thread seals.
    """

    def __init__(self, keyring: Keyring, on_change: Callable[[Keyring], None]) -> None:
        self.keyring = keyring
        self._on_change = on_change

    def knows(self, device: bytes) -> bool:
        """Return whether the roster holds this device."""
        return device in self.keyring.roster.devices

    def roster_request(self) -> RosterRequest:
        """Return the statements to offer and the ids of all that are held."""
        held = self.keyring.statements
        ids = [statement_id(one) for one in held][: limits.HAVE_IDS_MAX]
        return RosterRequest(offered=held[: limits.STATEMENTS_MAX], held=join_ids(ids))

    def learns(self, statements: Iterable[bytes]) -> bool:
        """Take statements in; return whether any was new and held."""
        wider = self.keyring.with_statements(statements)
        if wider.statements == self.keyring.statements:
            return False
        self.keyring = wider
        self._on_change(wider)
        return True

    def keep(self, uow: UnitOfWork) -> None:
        """Store the keyring. Commits."""
        uow.local.put(KEYRING, self.keyring.to_bytes())
        uow.commit()
