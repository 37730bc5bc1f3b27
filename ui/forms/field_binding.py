"""One field between the screen and the disk: what is typed, what is saved, what arrived meanwhile.

No Qt in here. The rule that everything serves: what the screen calls saved is on disk, and what was
typed never leaves the screen before it is.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from app.domain.change import ChangeId
from app.domain.form import Field, Problem
from app.domain.value import Value
from app.services.read_models import FieldView

__all__ = ["FieldBinding", "FieldState"]


class FieldState(enum.Enum):
    """How far what stands on the screen is on its way to the disk."""

    CLEAN = "clean"
    TYPING = "typing"
    SAVING = "saving"
    SAVED = "saved"
    NOT_SAVED = "not_saved"


_QUIET: Final = frozenset({FieldState.CLEAN, FieldState.SAVED})


@dataclass(slots=True)
class FieldBinding:
    """One field of an open form. GUI thread only."""

    definition: Field
    stored: FieldView
    typed: Value
    state: FieldState = FieldState.CLEAN
    remark: Problem | None = None
    other_arrived: bool = False
    """Another laptop's value came while this one was being typed: both will be kept."""
    _handed_over: Value = None
    _is_in_flight: bool = False

    @classmethod
    def of(cls, definition: Field, stored: FieldView) -> FieldBinding:
        """Return a binding that shows what is stored."""
        return cls(definition, stored, stored.value, _handed_over=stored.value)

    @property
    def is_unsaved(self) -> bool:
        """Whether something stands on the screen that is not on the disk."""
        return self.state not in _QUIET

    def show(self, stored: FieldView) -> bool:
        """Take in what the disk holds now; return whether the editor must show another value.

        While someone types, the typed text stays and the newcomer is only noted: the change that
        will be saved names what stood there when typing began, so neither is lost.
        """
        if self.is_unsaved:
            self.other_arrived = self.other_arrived or stored.shown != self.stored.shown
            return False
        if _same(self.stored.value, stored.value):
            # The editor may hold the same value in another spelling (a blank at the end).
            self.stored = stored
            return False
        differs = not _same(stored.value, self.typed)
        self.stored, self.typed, self._handed_over = stored, stored.value, stored.value
        return differs

    def type(self, value: Value) -> None:
        """Note what stands in the editor now."""
        self.typed = value
        if not _same(value, self._handed_over):
            self.state = FieldState.TYPING
        elif self._is_in_flight:
            self.state = FieldState.SAVING
        elif self.is_unsaved:
            self.state = FieldState.SAVED

    def begin_save(self) -> tuple[Value, ChangeId | None] | None:
        """Return the value to save and the change it replaces, or None when nothing waits.

        One save of a field at a time: a second one would not know yet what the first one wrote,
        and would stand beside it as if another laptop had made it.
        """
        if self._is_in_flight or self.state not in (FieldState.TYPING, FieldState.NOT_SAVED):
            return None
        self.state = FieldState.SAVING
        self._is_in_flight = True
        self._handed_over = self.typed
        return self.typed, self.stored.shown

    def saved(self, value: Value, stored: FieldView, remark: Problem | None) -> None:
        """The commit of ``value`` returned: it is on disk. More may have been typed since."""
        self._is_in_flight = False
        self.stored = stored
        self.remark = remark
        self.other_arrived = stored.is_conflict
        self.state = FieldState.SAVED if _same(self.typed, value) else FieldState.TYPING

    def failed(self) -> None:
        """The disk refused: the text stays, and is tried again."""
        self._is_in_flight = False
        self._handed_over = self.stored.value
        self.state = FieldState.NOT_SAVED


def _same(first: Value, second: Value) -> bool:
    return type(first) is type(second) and first == second
