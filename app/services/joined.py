"""*Se unió solo*: what changes of two laptops joined without asking anybody, and getting it back.

By the rule of its field the later change shows (``latest``) or a set holds what all had ticked
(``union``). What lost its place is in the history; here people find it without looking for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Final

from app.domain.change import Change, ChangeId, RecordId
from app.domain.errors import DomainError
from app.domain.lineage import Lineage, by_stamp, same_value
from app.domain.merge import MergeRule
from app.domain.records import Name
from app.services import ledger
from app.services.access import act, refuse_locked, seen_by
from app.services.attending import check_chosen
from app.services.conflict_models import JoinedRow
from app.services.conflict_values import TOLD_MAX, value_rows
from app.services.conflict_words import label_of
from app.services.conflicts import case_and_code
from app.services.forms import change_fields
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.readable import Readable
from app.services.turns import Turns

__all__ = ["bring_back", "list_joined"]

ROWS_MAX: Final = 100

LOOKED_AT: Final = 2_000
"""So many fields in which changes met are looked at, the last first: in most of them the changes
say different things."""


@act("see_conflicts")
def list_joined(
    uow: UnitOfWork,
    desk: Desk,
    letters: Mapping[bytes, str] | None = None,
    *,
    limit: int = ROWS_MAX,
) -> tuple[JoinedRow, ...]:
    """Return at most ``limit`` fields in which changes met and joined by themselves: those that
    still stand beside each other, then those that somebody wrote over since without having chosen.
    What was brought back, or is the very value that shows, is no longer listed. Reads only."""
    readable = Readable(uow, desk, "see_conflicts")
    keys = (key for key in islice(_keys(uow, desk), LOOKED_AT) if readable(key))
    hidden = seen_by(uow, desk, "see_conflicts").hidden
    rows = (_row(uow, desk, key, letters or {}, hidden) for key in keys)
    return tuple(islice((row for row in rows if row is not None), limit))


@act("settle_conflict", key="key")
def bring_back(uow: UnitOfWork, desk: Desk, key: FieldKey, change_id: ChangeId) -> None:
    """Write the value of an earlier change over what the field holds now, as an edit of whoever
    works. Commits. Raises DomainError ``change_unknown`` when that change is not of this field,
    ``field_unknown`` for a field of a newer version: what it holds is shown and no more; and what
    :func:`app.services.attending.check_chosen` raises."""
    refuse_locked(uow, desk, (key.record_id, key.kind), key)
    if not desk.definitions.registry.knows(key.kind, key.field):
        raise DomainError("field_unknown", field=key.field)
    wanted = next((one for one in uow.changes.history(key) if one.id == change_id), None)
    if wanted is None:
        raise DomainError("change_unknown")
    check_chosen(uow, desk, key, wanted.value)
    change_fields(uow, desk, {key: wanted.value})
    uow.commit()


def _keys(uow: UnitOfWork, desk: Desk) -> Iterator[FieldKey]:
    """Yield each field once in which changes met that needed nobody to choose."""
    seen = set[FieldKey]()
    wrote_over = (FieldKey(one.kind, one.record_id, one.field) for one in uow.changes.joining())
    for key in chain(uow.changes.met(LOOKED_AT), wrote_over):
        if key not in seen and key.field != Name.TAKEN_OUT_AS:  # says nothing to anybody
            seen.add(key)
            if ledger.rule_of(desk.definitions, key) is not MergeRule.ASK:
                yield key


def _row(
    uow: UnitOfWork,
    desk: Desk,
    key: FieldKey,
    letters: Mapping[bytes, str],
    hidden: Collection[RecordId],
) -> JoinedRow | None:
    history = uow.changes.history(key)
    looked_at = uow.changes.heads_of((key,), {one.id: one for one in history})[key]
    resolved = ledger.resolve_field(desk.definitions, key, looked_at)
    if resolved.shown is None:
        return None
    lineage = Lineage(history)
    met = _met(lineage.heads(), lineage)
    others = [one for one in met if not same_value(one.value, resolved.value)]
    if not others:
        return None
    case_id, code = case_and_code(uow, key, hidden)
    told = _told(others, Turns(uow, lineage))
    shown, *rest = value_rows(uow, desk, (resolved.shown, *told), lineage, letters)
    return JoinedRow(
        case_id=case_id,
        case_code=code,
        record_id=key.record_id,
        kind=key.kind,
        field=key.field,
        label=label_of(desk.definitions, key),
        value=resolved.value,
        shown=shown,
        others=tuple(rest),
        is_whole=_holds_all(resolved.value, others),
        more=len(others) - len(told),
        can_bring_back=desk.definitions.registry.knows(key.kind, key.field),
    )


def _met(heads: Sequence[Change], lineage: Lineage) -> list[Change]:
    """Return the changes that met last, newest first: the heads, or else those that the newest
    change with several bases replaced, while nobody chose one of them since."""
    if len(heads) > 1:
        return sorted(heads, key=by_stamp, reverse=True)
    behind = {head.id for head in heads}.union(*(lineage.ancestors(head) for head in heads))
    joining = [one for one in lineage.known(behind) if len(one.bases) > 1]
    if not joining:
        return []
    newest = max(joining, key=by_stamp)
    met = lineage.known(newest.bases)
    return sorted(met, key=by_stamp, reverse=True)


def _told(others: Sequence[Change], turns: Turns) -> list[Change]:
    """Return so many of these changes as are told, newest first: before any says what another one
    says, those that say something else."""
    told = turns.values(others, TOLD_MAX)
    there = {one.id for one in told}
    alike = [one for one in others if one.id not in there]
    if room := TOLD_MAX - len(told):
        told += turns.changes(alike, room)
    return sorted(told, key=by_stamp, reverse=True)


def _holds_all(value: object, others: Sequence[Change]) -> bool:
    if not isinstance(value, tuple):
        return False
    return all(isinstance(one.value, tuple) and set(one.value) <= set(value) for one in others)
