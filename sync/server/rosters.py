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

_HELD_MAX: Final = 64
_STATEMENTS_BYTES_MAX: Final = 1 << 20
"""A centre whose statements weigh more is worked out anew each time: memory stays bounded."""


@dataclass(slots=True)
class Rosters:
    """What the statements of some centres amount to, by the very bytes. Any thread."""

    root_key: bytes
    _held: OrderedDict[bytes, Roster] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, statements: Sequence[bytes]) -> Roster:
        """Return what these statements amount to: ``evaluate``, remembered."""
        name = hashlib.blake2b(digest_size=32)
        for content in statements:
            name.update(len(content).to_bytes(4) + content)
        digest = name.digest()
        with self._lock:
            known = self._held.get(digest)
            if known is not None:
                self._held.move_to_end(digest)
                return known
        roster = evaluate(statements, self.root_key)
        if sum(map(len, statements)) <= _STATEMENTS_BYTES_MAX:
            with self._lock:
                self._held[digest] = roster
                while len(self._held) > _HELD_MAX:
                    self._held.popitem(last=False)
        return roster
