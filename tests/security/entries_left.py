"""What one use case leaves in the audit of a laptop, measured around the one call.

A recipe gets a laptop in memory and an empty folder, prepares what its use case needs, and returns
that call. Whatever stands beside the laptop (another laptop, a vault in the folder, the keys of a
centre) it makes there; what is measured is always the audit of the laptop that it got.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.services.ports import UnitOfWork
from tests.support.laptops import Laptop

__all__ = ["EDIT", "Entry", "Left", "Recipe", "Work", "left_by"]

Work = Callable[[UnitOfWork], object]
Recipe = Callable[[Laptop, Path], Work]
EDIT: Final = "edit"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the audit: its act, and what it is about, as :class:`Left` names a field."""

    action: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """What one call left: entries, and the fields that it wrote, each by its record and name."""

    entries: tuple[Entry, ...]
    fields: frozenset[str] = frozenset()

    @property
    def sort(self) -> str:
        """The place of ``entries.yaml`` in which such a use case stands; or what it is."""
        edited = Counter(one.about for one in self.entries if one.action == EDIT)
        others = [one for one in self.entries if one.action != EDIT]
        named = {one.about for one in others} & self.fields
        records = {one.partition(" ")[0] for one in self.fields}
        if len(records) == len(self.entries) == len(others) == 1 and not named:
            return "whole_record"
        if edited != Counter(self.fields - named):
            return f"{edited.total()} edits of {len(self.fields - named)} fields"
        known = {
            (False, 0, 0): "none",
            (False, 1, 0): "once",
            (False, 2, 0): "before_and_after",
            (True, 0, 0): "fields",
            (True, 1, 0): "fields_and_once",
            (False, 1, 1): "decides",
            (True, 1, 1): "decides",
        }
        found = known.get((bool(edited), len(others), len(named)))
        if found is None or len({one.action for one in others}) < len(others):
            return f"{len(others)} entries beside {edited.total()} edits"
        return found


def left_by(laptop: Laptop, work: Work) -> Left:
    """Do it, and return what it left."""
    count, written = laptop.run(_state)
    laptop.run(work)

    def look(uow: Any) -> Left:
        rows = uow._connection.exec_driver_sql(  # below the port
            "SELECT action, object_id, detail FROM audit ORDER BY number DESC LIMIT ?",
            (uow.audit.count() - count,),
        )
        entries = tuple(Entry(action, f"{about} {detail}") for action, about, detail in rows)
        _, now = _state(uow)
        return Left(entries, frozenset(now[one] for one in now.keys() - written.keys()))

    return laptop.run(look)


def _state(uow: UnitOfWork) -> tuple[int, dict[bytes, str]]:
    """Return how many entries there are, and the field of each own change that waits."""
    changes = uow.changes.pending(100_000)
    return uow.audit.count(), {one.id: f"{one.record_id} {one.kind}.{one.field}" for one in changes}
