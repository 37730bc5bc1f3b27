"""The fields with two values, one after the other, and what a person chose. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.domain.change import ChangeId
from app.domain.definitions import Definitions
from app.domain.errors import QispiError
from app.domain.form import Field
from app.domain.value import Value
from app.services import conflicts
from app.services.display import shown_value
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.read_models import ConflictRow, ConflictValue
from app.services.workplace import StorageRunner

__all__ = ["Choice", "ConflictsPresenter", "ConflictsView"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values, in words."""

    value: ConflictValue
    words: str
    is_shown: bool


class ConflictsView(Protocol):
    """What the page can show."""

    def show_conflict(self, row: ConflictRow, choices: tuple[Choice, ...]) -> None:
        """Show one field with its values."""

    def show_none(self) -> None:
        """Nothing is open."""

    def show_draft(self, row: ConflictRow, text: str) -> None:
        """Show what someone began to write before, if that conflict still shows."""

    def show_kept(self) -> None:
        """What is being written is on the disk."""

    def show_settled(self) -> None:
        """A choice was saved."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


class ConflictsPresenter:
    """Goes through the open conflicts. GUI thread only."""

    def __init__(self, runner: StorageRunner, desk: Desk, view: ConflictsView) -> None:
        self._runner = runner
        self._desk = desk
        self._view = view
        self._rows: tuple[ConflictRow, ...] = ()
        self._at = 0

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self._rows)

    @property
    def number(self) -> int:
        """Which one shows, from 1."""
        return self._at + 1

    @property
    def row(self) -> ConflictRow | None:
        """The one that shows."""
        return self._rows[self._at] if self._at < len(self._rows) else None

    @property
    def field(self) -> Field | None:
        """The definition of its field; None for one that only a newer version knows."""
        row = self.row
        return self._desk.definitions.field_of(row.kind, row.field) if row else None

    def look(self) -> None:
        """Ask the disk what is open."""
        self._runner.on_storage(self._list, self._show, self._view.show_fault)

    def later(self) -> None:
        """Leave this one open and show the next."""
        if self._rows:
            self._at = (self._at + 1) % len(self._rows)
            self._show(self._rows)

    def settle(self, value: Value) -> None:
        """Save the choice: it replaces exactly the values that were on the screen."""
        row = self.row
        if row is None:
            return
        key = FieldKey(row.kind, row.record_id, row.field)
        seen: tuple[ChangeId, ...] = tuple(one.change_id for one in row.values)

        def settle(uow: UnitOfWork) -> tuple[ConflictRow, ...]:
            conflicts.settle(uow, self._desk, key, value, seen)
            return self._list(uow)

        def settled(rows: tuple[ConflictRow, ...]) -> None:
            self._view.show_settled()
            self._show(rows)

        def failed(fault: QispiError) -> None:
            self._view.show_fault(fault)
            if fault.message_id == "conflict_gone":
                self.look()

        self._runner.on_storage(settle, settled, failed)

    def keep(self, text: str) -> None:
        """Keep what is being written, for after a lock, another page or a power cut."""
        row = self.row
        if row is not None:
            key = FieldKey(row.kind, row.record_id, row.field)
            self._runner.on_storage(
                lambda uow: conflicts.keep_draft(uow, key, text),
                lambda _: self._view.show_kept(),
                self._view.show_fault,
            )

    def _list(self, uow: UnitOfWork) -> tuple[ConflictRow, ...]:
        return conflicts.list_conflicts(uow, self._desk)

    def _show(self, rows: tuple[ConflictRow, ...]) -> None:
        self._rows = rows
        self._at = min(self._at, max(0, len(rows) - 1))
        row = self.row
        if row is None:
            self._view.show_none()
            return
        key = FieldKey(row.kind, row.record_id, row.field)

        def found(text: str | None) -> None:
            if text is not None:
                self._view.show_draft(row, text)

        words = _words_of(self._desk.definitions, row)
        self._view.show_conflict(
            row,
            tuple(
                Choice(one, said, one.change_id == row.shown)
                for one, said in zip(row.values, words, strict=True)
            ),
        )
        self._runner.on_storage(lambda uow: conflicts.draft(uow, key), found, self._view.show_fault)


def _words_of(definitions: Definitions, row: ConflictRow) -> list[str]:
    for form in definitions.forms.values():
        for field in form.fields():
            if (field.kind, field.field) == (row.kind, row.field):
                return [
                    shown_value(definitions, form.id, field.id, one.value) for one in row.values
                ]
    return [str(one.value or "") for one in row.values]
