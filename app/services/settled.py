"""*Decidido*: the conflicts that somebody settled, and what became of each decision."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import islice
from typing import Final

from app.domain.change import Change, RecordId
from app.domain.lineage import Lineage, said
from app.domain.merge import MergeRule
from app.services import ledger
from app.services.access import act, seen_by
from app.services.conflict_models import SettledRow
from app.services.conflict_values import TOLD_MAX, name_of, undone_of, value_rows
from app.services.conflict_words import label_of
from app.services.conflicts import case_and_code
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.readable import Readable
from app.services.turns import Turns

__all__ = ["list_settled"]

ROWS_MAX: Final = 200

LOOKED_AT: Final = 2_000
"""So many changes that replaced several in a field that is asked about are looked at: nearly all of
them are decisions, unless a malicious laptop makes them."""

_SEVERAL: Final = 2


@act("see_conflicts")
def list_settled(
    uow: UnitOfWork,
    desk: Desk,
    letters: Mapping[bytes, str] | None = None,
    *,
    limit: int = ROWS_MAX,
) -> tuple[SettledRow, ...]:
    """Return at most ``limit`` conflicts that were settled on any laptop, the last to arrive first.
    ``letters`` gives the letter of each laptop of the centre by its device id. Reads only."""
    asked = (
        one
        for one in uow.changes.joining()
        if ledger.rule_of(desk.definitions, _key(one)) is MergeRule.ASK
    )
    readable = Readable(uow, desk, "see_conflicts")
    fields: dict[FieldKey, Turns] = {}
    hers = (one for one in islice(asked, LOOKED_AT) if readable(_key(one)))
    hidden = seen_by(uow, desk, "see_conflicts").hidden
    rows = (_row(uow, desk, one, fields, letters or {}, hidden) for one in hers)
    return tuple(islice((row for row in rows if row is not None), limit))


def _row(
    uow: UnitOfWork,
    desk: Desk,
    decision: Change,
    fields: dict[FieldKey, Turns],
    letters: Mapping[bytes, str],
    hidden: Collection[RecordId],
) -> SettledRow | None:
    """Return a decision, None for a change that chose between nothing. ``fields`` are those that
    were looked at already."""
    key = _key(decision)
    turns = fields.get(key)
    if turns is None:
        turns = fields[key] = Turns(uow, Lineage(uow.changes.history(key)))
    lineage = turns.lineage
    known = lineage.known(decision.bases)
    told = turns.values(known, TOLD_MAX)
    if len(told) < _SEVERAL:
        return None
    case_id, code = case_and_code(uow, key, hidden)
    stands, is_partial = lineage.is_head(decision.id), len(known) < len(decision.bases)
    return SettledRow(
        case_id=case_id,
        case_code=code,
        record_id=key.record_id,
        kind=key.kind,
        field=key.field,
        label=label_of(desk.definitions, key),
        decision=decision.id,
        value=decision.value,
        author_name=name_of(uow, decision),
        at_ms=decision.stamp.wall_ms,
        replaced=value_rows(uow, desk, told, lineage, letters),
        can_undo=stands and not is_partial,
        undone=undone_of(uow, decision, lineage),
        is_partial=stands and is_partial,
        more=len({said(one.value) for one in known}) - len(told),
    )


def _key(one: Change) -> FieldKey:
    return FieldKey(one.kind, one.record_id, one.field)
