"""What arrives, what became of it, and how much of it one transaction should take."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.domain.change import Change
from app.services.ports import Cursor, FieldKey

__all__ = ["Arrived", "Taken", "weight_of"]

_CHANGE_WEIGHT: Final = 400
_CODE_WEIGHT: Final = 60
_BASE_WEIGHT: Final = 60


@dataclass(frozen=True, slots=True)
class Arrived:
    """A batch as it came: its name, its bytes, its position in the log and the chain there (None
    from a stick). ``was_here``: it comes out of the files of this very laptop."""

    id: bytes
    content: bytes
    position: int | None
    chain: bytes | None = None
    was_here: bool = False

    def cursor_in(self, log_id: bytes) -> Cursor | None:
        """Return the cursor behind it, in the log that it came from; None when its place there or
        the chain is not known."""
        if self.position is None or self.chain is None:
            return None
        return Cursor(log_id, self.position, self.chain)


@dataclass(frozen=True, slots=True)
class Taken:
    """What one page did: new batches and changes, what was set aside, fields that changed; and
    what nobody expected, for the log. ``has_more``: of what waited for it some is left to
    :func:`take_ready`. ``done``: so many of what arrived, the rest is left to another call;
    ``cursor``: where the log was verified up to with those."""

    batches: int
    changes: int
    set_aside: int
    touched: tuple[FieldKey, ...]
    bugs: tuple[Exception, ...] = ()
    has_more: bool = False
    done: int = 0
    cursor: Cursor | None = None


def weight_of(changes: Iterable[Change]) -> int:
    """Return about the bytes that changes take in memory."""
    weight = 0
    for one in changes:
        weight += _CHANGE_WEIGHT + _BASE_WEIGHT * len(one.bases)
        value = one.value
        if isinstance(value, str):
            weight += sys.getsizeof(value)
        elif isinstance(value, tuple):
            weight += _CODE_WEIGHT * len(value) + sum(map(len, value))
    return weight
