"""Rosters worked out once: each costs a signature a statement, and changes when somebody joins."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sync.protocol.roster import Roster, evaluate

__all__ = ["Rosters"]

HELD_BYTES_MAX: Final = 64 << 20
"""Statements of all the centres whose rosters are held, together: memory stays bounded."""
_WEIGHT: Final = 256
"""Counted for each statement beside its bytes."""


@dataclass(frozen=True, slots=True)
class _Held:
    digest: bytes
    weight: int
    roster: Roster


@dataclass(slots=True)
class Rosters:
    """What the statements of some centres amount to, by the very bytes. Any thread.

    Of each centre the latest; over the bound those go that were asked for longest ago, never the
    one that was asked for just now.
    """

    root_key: bytes
    _held: OrderedDict[bytes, _Held] = field(default_factory=OrderedDict)
    _weight: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, centre: bytes, statements: Sequence[bytes]) -> Roster:
        """Return what these statements of a centre amount to: ``evaluate``, remembered."""
        name = hashlib.blake2b(digest_size=32)
        for content in statements:
            name.update(len(content).to_bytes(4))
            name.update(content)
        digest = name.digest()
        with self._lock:
            known = self._held.get(centre)
            if known is not None and known.digest == digest:
                self._held.move_to_end(centre)
                return known.roster
        roster = evaluate(statements, self.root_key)
        weight = sum(map(len, statements)) + _WEIGHT * len(statements)
        with self._lock:
            self._keep(centre, _Held(digest, weight, roster))
        return roster

    def _keep(self, centre: bytes, new: _Held) -> None:
        before = self._held.pop(centre, None)
        self._weight += new.weight - (before.weight if before else 0)
        self._held[centre] = new
        while self._weight > HELD_BYTES_MAX and len(self._held) > 1:
            _, oldest = self._held.popitem(last=False)
            self._weight -= oldest.weight
