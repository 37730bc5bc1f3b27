"""The laptops of the centre as the roster has them, and what batches tell of them."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.change import Change
from app.domain.errors import DomainError
from app.services.origin_ports import Origins
from app.services.ports import Envelope
from sync.client.keys import HeldKeys
from sync.protocol.batch import parse_header
from sync.protocol.errors import ProtocolError

__all__ = ["RosterLaptops"]


class RosterLaptops:
    """:class:`app.services.whereabouts_ports.CentreLaptops` of a laptop with keys. Any thread."""

    def __init__(self, keys: HeldKeys, envelope: Envelope) -> None:
        self._keys = keys
        self._envelope = envelope

    @property
    def own(self) -> bytes | None:
        """The id of this laptop."""
        return self._keys.keyring.device.id

    def letters(self) -> Mapping[bytes, str]:
        """Return the letter of each laptop of the roster, by its id."""
        roster = self._keys.keyring.roster
        return {one.id: one.letter for one in roster.of_centre(self._keys.centre)}

    def gone(self) -> frozenset[bytes]:
        """Return the ids of the laptops of the roster that were taken out."""
        return self._keys.keyring.roster.revoked

    def writer(self, front: bytes) -> bytes | None:
        """Return which device a batch that begins so says that it is of, or None."""
        try:
            return parse_header(front).device
        except ProtocolError:
            return None

    def opened(self, content: bytes, origins: Origins) -> tuple[Change, ...]:
        """Return the changes of a batch; nothing when it does not open here."""
        try:
            return self._envelope.open(content, origins).changes
        except DomainError:
            return ()
