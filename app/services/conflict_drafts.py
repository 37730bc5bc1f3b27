"""What somebody began to write to join several values: kept on this laptop alone, until it is used.

Somebody else may decide first. The text is then no answer any more, and stands nowhere else: it is
shown until a person puts it into a note of the case or has no use for it. Storage thread.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.change import ChangeId, RecordId
from app.domain.errors import DomainError
from app.domain.records import Name
from app.services import case_records
from app.services.access import act, refuse_locked, refuse_unreadable, seen_by, worker
from app.services.case_file import cases_of
from app.services.conflict_words import label_of
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.reach import read_as
from app.services.readable import Readable
from app.services.values import stored_text

__all__ = [
    "Draft",
    "LeftText",
    "draft",
    "forget_left",
    "keep_draft",
    "left_texts",
    "note_left",
    "put_draft",
]

_DRAFT: Final = "conflict_draft/{key.record_id}/{key.kind}/{key.field}"
_LISTED: Final = "conflict_drafts"
"""Of which fields there are drafts, each with the changes that were on the screen: JSON."""

_NOTE: Final = "nota"


@dataclass(frozen=True, slots=True)
class Draft:
    """A text half written to settle a conflict. ``seen`` are the changes that were on the screen;
    empty when nobody noted them."""

    text: str
    seen: frozenset[ChangeId]


@dataclass(frozen=True, slots=True)
class LeftText:
    """A draft of a field about which there is no question any more. ``label`` is a message id;
    ``can_note``: it is of a case, whose notes can take it."""

    key: FieldKey
    case_code: str
    label: str
    text: str
    can_note: bool


@act("settle_conflict", key="key")
def keep_draft(uow: UnitOfWork, key: FieldKey, text: str, seen: Iterable[ChangeId]) -> None:
    """Keep what someone is writing to settle a conflict, until it is settled; a blank text takes
    away what was kept. ``seen`` are the changes between which she chooses. Commits."""
    refuse_locked(uow, worker(uow), (key.record_id, key.kind), key)
    put_draft(uow, key, text, seen)
    uow.commit()


def put_draft(
    uow: UnitOfWork, key: FieldKey, text: str | None, seen: Iterable[ChangeId] = ()
) -> None:
    """Keep a draft, or none any more (None, or a blank one). Does not commit."""
    listed = _listed(uow)
    had = listed.pop(key, None) is not None
    if text is not None and text.strip():
        uow.local.put(_DRAFT.format(key=key), text.encode())
        listed[key] = frozenset(seen)
    else:
        uow.local.put(_DRAFT.format(key=key), None)
        if not had:
            return
    rows = [
        [one.record_id, one.kind, one.field, sorted(each.hex() for each in changes)]
        for one, changes in listed.items()
    ]
    uow.local.put(_LISTED, json.dumps(rows).encode() if rows else None)


@act("see_conflicts", key="key")
def draft(uow: UnitOfWork, key: FieldKey) -> Draft | None:
    """Return what someone began to write to settle a conflict, or None. Raises what closes the
    field to her."""
    refuse_unreadable(uow, worker(uow), key)
    content = uow.local.get(_DRAFT.format(key=key))
    text = content.decode() if content is not None else ""
    return Draft(text, _listed(uow).get(key, frozenset())) if text.strip() else None


@act("see_conflicts")
def left_texts(uow: UnitOfWork, desk: Desk) -> tuple[LeftText, ...]:
    """Return the drafts of fields about which there is no question any more, the oldest first. One
    that says just what the field holds now is none: nothing of it is missing. Reads only."""
    listed = _listed(uow)
    if not listed:
        return ()
    still_open = set(uow.records.conflicts())
    readable = Readable(uow, desk, "see_conflicts")
    left = (key for key in listed if key not in still_open and readable(key))
    found = (_left(uow, desk, key, readable.hidden) for key in left)
    return tuple(one for one in found if one is not None)


@act("settle_conflict", key="key")
def note_left(uow: UnitOfWork, desk: Desk, key: FieldKey) -> RecordId:
    """Put a draft into a note of the case, with what it is about, and keep it no longer; return the
    note's id. Commits.

    Raises DomainError ``both_needs_case`` for a field of no case, ``conflict_gone`` when there is
    no such draft, and what :func:`app.services.case_records.begin` raises.
    """
    refuse_unreadable(uow, desk, key)
    kept = draft(uow, key)
    hidden = seen_by(uow, desk, "see_conflicts").hidden
    cases = [one for one in cases_of(uow, key.record_id, key.kind) if one not in hidden]
    if kept is None:
        raise DomainError("conflict_gone")
    if not cases:
        raise DomainError("both_needs_case")
    put_draft(uow, key, None)
    values = {
        "text": kept.text,
        "about": label_of(desk.definitions, key),
        Name.READ_AS: read_as(key, uow.records.fields(key.record_id)),
        "written_by": stored_text(uow.records.fields(RecordId(desk.actor.id)), "name") or None,
        "written_on": desk.clock.today().isoformat(),
    }
    return case_records.begin(uow, desk, _NOTE, cases[0], values)


@act("settle_conflict", key="key")
def forget_left(uow: UnitOfWork, key: FieldKey) -> None:
    """Keep a draft no longer: somebody has no use for it. Commits."""
    refuse_unreadable(uow, worker(uow), key)
    put_draft(uow, key, None)
    uow.commit()


def _left(
    uow: UnitOfWork, desk: Desk, key: FieldKey, hidden: Collection[RecordId]
) -> LeftText | None:
    kept = draft(uow, key)
    held = uow.records.fields(key.record_id).get(key.field)
    stands = held.value if held is not None else None
    if kept is None or (isinstance(stands, str) and stands.strip() == kept.text.strip()):
        return None
    cases = [one for one in cases_of(uow, key.record_id, key.kind) if one not in hidden]
    code = stored_text(uow.records.fields(cases[0]), Name.CODE) if cases else ""
    return LeftText(key, code, label_of(desk.definitions, key), kept.text, bool(cases))


def _listed(uow: UnitOfWork) -> dict[FieldKey, frozenset[ChangeId]]:
    rows = json.loads(uow.local.get(_LISTED) or b"[]")
    found: Mapping[FieldKey, frozenset[ChangeId]] = {
        FieldKey(kind, RecordId(record_id), field): frozenset(
            ChangeId(bytes.fromhex(one)) for one in seen
        )
        for record_id, kind, field, seen in rows
    }
    return dict(found)
