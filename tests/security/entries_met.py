"""What becomes of values that two laptops wrote without seeing each other.

The other laptop is there until both hold what was written; the one that is measured decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from app.services import conflict_drafts, conflicts, joined
from app.services.conflict_models import ConflictRow
from app.services.ports import Desk, FieldKey, UnitOfWork
from db.store import memory_store
from tests.security.entries_left import Recipe, Work
from tests.support.laptops import Laptop, definitions, exchange, make_desk

__all__ = ["MET"]

OURS: Final = "Lunes Inventado"
THEIRS: Final = "Martes Inventado"
BOTH: Final = "Lunes o martes Inventado"


def _meet(laptop: Laptop, field_id: str) -> None:
    """Let another laptop of the centre write something else into a field of a case."""
    other = Laptop(memory_store(definitions().registry), make_desk(seed=2, letter="B", author="b0"))
    case_id = laptop.open_case()
    exchange(laptop, other)
    for one, value in ((laptop, OURS), (other, THEIRS)):
        assert not one.fill(case_id, **{field_id: value})
    exchange(laptop, other)
    other.store.close()


def _asked(laptop: Laptop) -> tuple[FieldKey, ConflictRow]:
    """Return a field about whose text somebody is asked, and what is shown to her."""
    _meet(laptop, "safe_hours")
    (row,) = laptop.run(lambda uow: conflicts.list_conflicts(uow, laptop.desk))
    return FieldKey(row.kind, row.record_id, row.field), row


def _of_question(do: Callable[[UnitOfWork, Desk, FieldKey, ConflictRow], object]) -> Recipe:
    def recipe(laptop: Laptop, _: Path) -> Work:
        key, row = _asked(laptop)
        return lambda uow: do(uow, laptop.desk, key, row)

    return recipe


def _undo(laptop: Laptop, _: Path) -> Work:
    key, row = _asked(laptop)
    decision = laptop.run(lambda uow: conflicts.settle(uow, laptop.desk, key, BOTH, row.heads))
    return lambda uow: conflicts.undo_settlement(uow, laptop.desk, key, decision)


def _bring_back(laptop: Laptop, _: Path) -> Work:
    _meet(laptop, "names")
    (row,) = laptop.run(lambda uow: joined.list_joined(uow, laptop.desk))
    key, lost = FieldKey(row.kind, row.record_id, row.field), row.others[0].change_id
    return lambda uow: joined.bring_back(uow, laptop.desk, key, lost)


def _note_left(laptop: Laptop, _: Path) -> Work:
    """It was settled while somebody was still writing to join both texts."""
    key, row = _asked(laptop)
    laptop.run(lambda uow: conflicts.settle(uow, laptop.desk, key, OURS, row.heads))
    laptop.run(lambda uow: conflict_drafts.keep_draft(uow, key, BOTH, row.heads))
    return lambda uow: conflict_drafts.note_left(uow, laptop.desk, key)


MET: Final[Mapping[str, Recipe]] = {
    "conflicts.settle": _of_question(
        lambda uow, desk, key, row: conflicts.settle(uow, desk, key, BOTH, row.heads)
    ),
    "conflicts.settle_both": _of_question(
        lambda uow, desk, key, row: conflicts.settle_both(
            uow, desk, key, row.values[0].change_id, row.heads
        )
    ),
    "conflicts.undo_settlement": _undo,
    "joined.bring_back": _bring_back,
    "conflict_drafts.note_left": _note_left,
}
