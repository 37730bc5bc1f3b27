"""The fields with two values, what was decided about them, and what joined by itself. No Qt."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from app.domain.change import ChangeId, RecordId
from app.domain.definitions import Definitions
from app.domain.errors import QispiError
from app.domain.form import Field
from app.domain.lineage import Said, said
from app.domain.value import Value
from app.services import conflicts, joined
from app.services.conflict_drafts import (
    Draft,
    LeftText,
    draft,
    forget_left,
    keep_draft,
    left_texts,
    note_left,
)
from app.services.conflict_models import ConflictRow, ConflictValue, JoinedRow, SettledRow
from app.services.conflict_words import names_of_people, words_of
from app.services.looks import VIEW_CONFLICTS, note_look
from app.services.ports import FieldKey, UnitOfWork
from app.services.settled import list_settled
from app.services.workplace import StorageRunner, Workplace

__all__ = ["Choice", "ConflictsPresenter", "ConflictsView", "Part"]

LISTED_MAX = 50
"""Of what was decided and of what joined: the last ones, each with its buttons."""


T = TypeVar("T")


class Part(enum.Enum):
    """The three parts of the page."""

    OPEN = "open"
    SETTLED = "settled"
    JOINED = "joined"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values, with every change that says it."""

    value: ConflictValue
    is_shown: bool
    others: tuple[ConflictValue, ...] = ()
    """Who else wrote the very same."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What is open: some ``rows`` of the ``count``, what somebody began to write about them, and
    what is left of questions that somebody else settled."""

    rows: tuple[ConflictRow, ...] = ()
    count: int = 0
    drafts: Mapping[FieldKey, Draft] = field(default_factory=dict)
    left: tuple[LeftText, ...] = ()


class ConflictsView(Protocol):
    """What the page can show."""

    @property
    def is_busy(self) -> bool:
        """Whether something that was written there is not on the disk."""

    @property
    def is_choosing(self) -> bool:
        """Whether a choice is being made there, which nobody saved yet."""

    def show_left(self, left: tuple[LeftText, ...]) -> None:
        """Show what was written about questions that somebody else settled meanwhile."""

    def show_conflict(
        self, row: ConflictRow, choices: tuple[Choice, ...], draft: Draft | None
    ) -> None:
        """Show one field with its values, and what someone began to write before."""

    def show_none(self) -> None:
        """Nothing is open."""

    def show_settled_rows(self, rows: tuple[SettledRow, ...]) -> None:
        """Show what was decided."""

    def show_joined_rows(self, rows: tuple[JoinedRow, ...]) -> None:
        """Show what joined by itself."""

    def show_turned(self) -> None:
        """Another part comes: of the one that was left nothing shows."""

    def show_kept(self) -> None:
        """What is being written is on the disk."""

    def show_settled(self) -> None:
        """A choice was saved."""

    def show_not_kept(self, fault: QispiError) -> None:
        """What is being written is not on the disk; the next save takes it along."""

    def show_not_noted(self, fault: QispiError, code: str, label: str) -> None:
        """What was pressed about this field of the case of this number was refused."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be read."""


class ConflictsPresenter:
    """Goes through the open conflicts, and the two lists beside them. GUI thread only."""

    def __init__(self, runner: StorageRunner, workplace: Workplace, view: ConflictsView) -> None:
        self._runner = runner
        self._desk = workplace.desk
        self._letters = workplace.laptops.letters
        self._view = view
        self._found = _Found()
        self._people: Mapping[str, str] = {}
        self._at = 0
        self._drawn: tuple[ConflictRow, int, int] | None = None
        """What stands on the screen, with its number and how many there are."""
        self.part = Part.OPEN

    @property
    def definitions(self) -> Definitions:
        """The definitions of the release."""
        return self._desk.definitions

    @property
    def count(self) -> int:
        """How many are open; no more than the first two hundred are gone through at once."""
        return self._found.count

    @property
    def number(self) -> int:
        """Which one shows, from 1."""
        return self._at + 1

    @property
    def row(self) -> ConflictRow | None:
        """The one that shows."""
        rows = self._found.rows
        return rows[self._at] if self._at < len(rows) else None

    @property
    def field(self) -> Field | None:
        """The definition of its field; None for one that only a newer version knows."""
        row = self.row
        return self.definitions.field_of(row.kind, row.field) if row else None

    def look(self) -> None:
        """Ask the disk for the part that shows; what is written and not saved meanwhile stays. That
        somebody reads what others wrote is noted; a full disk keeps nobody from it."""
        self._runner.on_storage(
            lambda uow: note_look(uow, self._desk, VIEW_CONFLICTS), lambda _: None, lambda _: None
        )
        self._look(self._looked)

    def refresh(self) -> None:
        """Records changed: look again; a choice that is being made when the answer comes stays."""
        self._look(self._refreshed)

    def _look(self, answered: Callable[[_Found], None]) -> None:
        self._runner.on_storage(names_of_people, self._know, self._view.show_fault)
        match self.part:
            case Part.OPEN:
                self._runner.on_storage(self._list, answered, self._view.show_fault)
            case Part.SETTLED:
                self._ask(self._settled, self._view.show_settled_rows)
            case Part.JOINED:
                self._ask(self._joined, self._view.show_joined_rows)

    def _know(self, people: Mapping[str, str]) -> None:
        self._people = people

    def _ask(self, work: Callable[[UnitOfWork], T], shown: Callable[[T], None]) -> None:
        """Show what the disk answers, while the part for which it was asked shows."""
        part = self.part

        def answered(rows: T) -> None:
            if part is self.part:
                shown(rows)

        self._runner.on_storage(work, answered, self._view.show_fault)

    def turn_to(self, part: Part) -> None:
        """Show another part of the page."""
        self.part = part
        self._drawn = None
        if not self._view.is_busy:  # what is not on the disk yet stays on the screen
            self._view.show_turned()
        self.look()

    def later(self) -> None:
        """Leave this one open and show the next."""
        if self._found.rows:
            self._at = (self._at + 1) % len(self._found.rows)
            self._show(self._found)

    def settle(self, value: Value) -> None:
        """Save the choice: it replaces exactly the values that were on the screen."""
        row = self.row
        if row is not None:
            key, seen = _key(row), _seen(row)
            self._decide(row, lambda uow: conflicts.settle(uow, self._desk, key, value, seen))

    def settle_both(self, keep: ChangeId) -> None:
        """Save that both were right: one stays, every other one becomes a note of the case."""
        row = self.row
        if row is not None:
            key, seen = _key(row), _seen(row)
            self._decide(row, lambda uow: conflicts.settle_both(uow, self._desk, key, keep, seen))

    def undo(self, row: SettledRow) -> None:
        """Open again what was decided."""
        key = FieldKey(row.kind, row.record_id, row.field)
        self._change(row, lambda uow: conflicts.undo_settlement(uow, self._desk, key, row.decision))

    def bring_back(self, row: JoinedRow, value: ConflictValue) -> None:
        """Write a value that lost its place over the one that shows."""
        key = FieldKey(row.kind, row.record_id, row.field)
        self._change(row, lambda uow: joined.bring_back(uow, self._desk, key, value.change_id))

    def keep(self, text: str) -> None:
        """Keep what is being written, for after a lock, another page or a power cut; blank: what
        was kept of it holds no more."""
        row = self.row
        if row is None:
            return
        key, seen = _key(row), _seen(row)
        drafts = {one: kept for one, kept in self._found.drafts.items() if one != key}
        if text.strip():
            drafts[key] = Draft(text, frozenset(seen))
        self._found = dataclasses.replace(self._found, drafts=drafts)
        self._runner.on_storage(
            lambda uow: keep_draft(uow, key, text, seen),
            lambda _: self._view.show_kept(),
            self._view.show_not_kept,
        )

    def note_left(self, left: LeftText) -> None:
        """Put what was written about a settled question into a note of its case."""
        self._put_away(left, lambda uow: note_left(uow, self._desk, left.key))

    def forget_left(self, left: LeftText) -> None:
        """Keep what was written about a settled question no longer."""
        self._put_away(left, lambda uow: forget_left(uow, left.key))

    def is_of_now(self, draft: Draft) -> bool:
        """Whether the values that show are those between which it was written."""
        return self.row is not None and draft.seen == frozenset(_seen(self.row))

    def in_words(self, kind: str, name: str, value: Value, translate: Callable[[str], str]) -> str:
        """Return a value in words; what a person typed is never translated."""
        words = words_of(self.definitions, FieldKey(kind, RecordId(""), name), value, self._people)
        definition = self.definitions.field_of(kind, name)
        is_typed = isinstance(value, str) and (definition is None or definition.catalogue is None)
        return words if is_typed or not words else translate(words)

    def _decide(self, row: ConflictRow, decision: Callable[[UnitOfWork], object]) -> None:
        def decide(uow: UnitOfWork) -> _Found:
            decision(uow)
            return self._list(uow)

        def decided(found: _Found) -> None:
            self._view.show_settled()
            self._show(found)

        self._runner.on_storage(decide, decided, self._refused(row))

    def _change(self, row: SettledRow | JoinedRow, work: Callable[[UnitOfWork], object]) -> None:
        def changed(_: object) -> None:
            self._view.show_settled()
            self.look()

        self._runner.on_storage(work, changed, self._refused(row))

    def _put_away(self, left: LeftText, work: Callable[[UnitOfWork], object]) -> None:
        """Do something with a text that was left; a choice that is being made beside it stays."""
        done, refused = self._view.show_settled, self._refused(left)
        self._runner.on_storage(work, lambda _: done(), refused)

    def _refused(
        self, about: ConflictRow | SettledRow | JoinedRow | LeftText
    ) -> Callable[[QispiError], None]:
        """Return what says that something about this field was refused: by then another may show,
        or another page."""

        def refused(fault: QispiError) -> None:
            self._view.show_not_noted(fault, about.case_code, about.label)
            if fault.message_id in ("conflict_gone", "settlement_passed", "change_unknown"):
                self.look()

        return refused

    def _list(self, uow: UnitOfWork) -> _Found:
        rows = conflicts.list_conflicts(uow, self._desk, self._letters())
        kept = {_key(row): draft(uow, _key(row)) for row in rows}
        drafts = {key: one for key, one in kept.items() if one is not None}
        return _Found(rows, conflicts.count(uow), drafts, left_texts(uow, self._desk))

    def _settled(self, uow: UnitOfWork) -> tuple[SettledRow, ...]:
        return list_settled(uow, self._desk, self._letters(), limit=LISTED_MAX)

    def _joined(self, uow: UnitOfWork) -> tuple[JoinedRow, ...]:
        return joined.list_joined(uow, self._desk, self._letters(), limit=LISTED_MAX)

    def _looked(self, found: _Found) -> None:
        self._show_unless(found, is_kept=self._view.is_busy)

    def _refreshed(self, found: _Found) -> None:
        self._show_unless(found, is_kept=self._view.is_choosing, keeps_same=True)

    def _show_unless(self, found: _Found, *, is_kept: bool, keeps_same: bool = False) -> None:
        if not is_kept:
            self._show(found, keeps_same=keeps_same)
        elif self.part is Part.OPEN:
            self._view.show_left(found.left)

    def _show(self, found: _Found, *, keeps_same: bool = False) -> None:
        """Show the question that shows already, wherever it stands now; else the one that stands
        in its place. ``keeps_same``: of what is as it was, nothing is drawn anew."""
        before, self._found = self.row, found
        if self.part is not Part.OPEN:
            return
        keys = [_key(one) for one in found.rows]
        if before is not None and _key(before) in keys:
            self._at = keys.index(_key(before))
        self._at = min(self._at, max(0, len(keys) - 1))
        self._view.show_left(found.left)
        row = self.row
        if row is None:
            self._drawn = None
            self._view.show_none()
            return
        drawn = (row, self.number, self.count)
        if not keeps_same or drawn != self._drawn:
            self._drawn = drawn
            self._view.show_conflict(row, self._choices(row), found.drafts.get(_key(row)))

    def _choices(self, row: ConflictRow) -> tuple[Choice, ...]:
        """Return one choice for each different value, the latest first."""
        groups: dict[Said, list[ConflictValue]] = {}
        for one in row.values:
            groups.setdefault(said(one.value), []).append(one)
        return tuple(
            Choice(
                group[0],
                any(one.change_id == row.shown for one in group),
                tuple(group[1:]),
            )
            for group in groups.values()
        )


def _key(row: ConflictRow) -> FieldKey:
    return FieldKey(row.kind, row.record_id, row.field)


def _seen(row: ConflictRow) -> tuple[ChangeId, ...]:
    return row.heads
