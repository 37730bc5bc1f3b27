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
    NOT_SAVED = "not_saved"  # the machine refused: it is tried again
    REFUSED = "refused"  # a rule refused: it waits until something else is typed


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
    _is_held: bool = False
    _seen: tuple[ChangeId, ...] = ()
    _waiting: FieldView | None = None

    @classmethod
    def of(cls, definition: Field, stored: FieldView) -> FieldBinding:
        """Return a binding that shows what is stored."""
        return cls(
            definition, stored, stored.value, _handed_over=stored.value, _seen=stored.replaces
        )

    @property
    def is_unsaved(self) -> bool:
        """Whether something stands on the screen that is not on the disk."""
        return self.state not in _QUIET

    def show(self, stored: FieldView) -> bool:
        """Take in what the disk holds now; return whether the editor must show another value.

        While someone types, and until they leave the field, the typed text stays and the newcomer
        is only noted: the change that will be saved names what stood on the screen and nothing
        else, so neither is lost.
        """
        if self.is_unsaved or (self._is_held and not _reads_alike(stored.value, self.typed)):
            self.other_arrived = self.other_arrived or stored.shown != self.stored.shown
            self._waiting = stored
            return False
        return self._take(stored)

    def left(self) -> bool:
        """The focus went elsewhere; return whether the editor must show another value: one that
        arrived while the person was in the field."""
        self._is_held = False
        if self._waiting is None or self.is_unsaved:
            return False
        return self._take(self._waiting)

    def type(self, value: Value) -> None:
        """Note what stands in the editor now."""
        self.typed = value
        self._is_held = True
        if not _same(value, self._handed_over):
            self.state = FieldState.TYPING
        elif self._is_in_flight:
            self.state = FieldState.SAVING
        elif self.is_unsaved:
            # What was there is typed back: nothing has to be saved.
            self.remark = None if self.state is FieldState.REFUSED else self.remark
            self.state = FieldState.SAVED

    def begin_save(self) -> tuple[Value, tuple[ChangeId, ...]] | None:
        """Return the value to save and the changes it replaces, or None when nothing waits.

        One save of a field at a time: a second one would not know yet what the first one wrote,
        and would stand beside it as if another laptop had made it.
        """
        if self._is_in_flight or self.state not in (FieldState.TYPING, FieldState.NOT_SAVED):
            return None
        self.state = FieldState.SAVING
        self._is_in_flight = True
        self._handed_over = self.typed
        return self.typed, self._seen

    def try_anew(self) -> None:
        """What a rule refused is to be saved again: the rule may have gone."""
        if self.state is FieldState.REFUSED:
            self.state, self.remark = FieldState.TYPING, None

    def saved(self, value: Value, stored: FieldView, remark: Problem | None) -> None:
        """The commit of ``value`` returned: it is on disk. More may have been typed since.

        Where another laptop's value met it and shows instead (a later clock, more caution), the
        text on the screen stays until the field is left; it replaces its own change only.
        """
        self._is_in_flight = False
        is_shown = _reads_alike(stored.value, value)
        self.stored = stored
        self.remark = remark
        self.other_arrived = stored.is_conflict or not is_shown
        if is_shown or stored.mine is None:
            self._seen, self._waiting = stored.replaces, None
        else:
            self._seen, self._waiting = (stored.mine,), stored
        self.state = FieldState.SAVED if _same(self.typed, value) else FieldState.TYPING

    def failed(self, remark: Problem | None = None) -> None:
        """It could not be saved and the text stays: the machine refused, and it is tried again; or
        a rule did, and ``remark`` says which."""
        self._is_in_flight = False
        refused, self._handed_over = self._handed_over, self.stored.value
        if _same(self.typed, self.stored.value):
            self.state = FieldState.SAVED
        elif remark is None:
            self.state = FieldState.NOT_SAVED
        elif _same(self.typed, refused):
            self.state, self.remark = FieldState.REFUSED, remark
        else:
            self.state = FieldState.TYPING

    def _take(self, stored: FieldView) -> bool:
        self._waiting = None
        self._seen = stored.replaces
        self.other_arrived = stored.is_conflict
        if _same(self.stored.value, stored.value) and _reads_alike(self.typed, stored.value):
            # The editor may hold the same value in another spelling (a blank at the end).
            self.stored = stored
            return False
        differs = not _same(stored.value, self.typed)
        self.stored, self.typed, self._handed_over = stored, stored.value, stored.value
        return differs


def _reads_alike(first: Value, second: Value) -> bool:
    """Whether two values differ in blanks around a text at most: the disk keeps none."""
    return _same(_bare(first), _bare(second))


def _bare(value: Value) -> Value:
    if isinstance(value, str):
        return value.strip() or None
    return None if value == () else value


def _same(first: Value, second: Value) -> bool:
    return type(first) is type(second) and first == second
