"""A form being filled in: every field its own change, saved when it is left and after a rest.

No Qt in here. The view shows; this decides what is saved, when, and what the screen may say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from app.domain.change import ChangeId, RecordId
from app.domain.errors import DomainError, QispiError
from app.domain.form import Field, Form, Problem
from app.domain.value import Value
from app.services import forms
from app.services.ports import Desk, UnitOfWork
from app.services.read_models import FieldView, FormFile
from app.services.workplace import StorageRunner
from ui.forms.field_binding import FieldBinding, FieldState

__all__ = ["FormView", "OpenForm", "Save"]

_CLOSED: Final = "access_"
"""So the reasons begin for which a right is refused."""


class Save(Protocol):
    """A use case that saves one field and commits."""

    def __call__(
        self,
        uow: UnitOfWork,
        desk: Desk,
        anchor_id: RecordId,
        field_id: str,
        value: Value,
        *,
        seen: tuple[ChangeId, ...],
    ) -> Problem | None:
        """Save the field; return a remark to show beside it."""


class FormView(Protocol):
    """What the widgets of a form can show."""

    def show_opening(self) -> None:
        """Another form is on its way: nothing may be typed into the one before."""

    def show_file(self, file: FormFile) -> None:
        """A form was opened, saved to or reloaded."""

    def show_field(self, field_id: str, *, replaces: bool) -> None:
        """The state of a field changed; with ``replaces`` its editor must show another value."""

    def show_visible(self) -> None:
        """An answer changed which fields show."""

    def show_saved(self) -> None:
        """A commit returned, or something waits to be saved again: look at ``unsaved``."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


@dataclass(frozen=True, slots=True)
class _Saved:
    remark: Problem | None
    file: FormFile


class OpenForm:
    """The presenter of one form of one record. GUI thread only."""

    def __init__(
        self, runner: StorageRunner, desk: Desk, form_id: str, view: FormView, save: Save
    ) -> None:
        self._runner = runner
        self._desk = desk
        self._view = view
        self._save = save
        self.form: Form = desk.definitions.form(form_id)
        self.file: FormFile | None = None
        self._leaning = self.form.leaning()
        self._asked = 0
        """Counts what was opened: only the last one shows."""
        self._bindings: dict[str, FieldBinding] = {}

    def open(
        self,
        anchor_id: RecordId,
        then: Callable[[], None],
        blocked: Callable[[], None],
    ) -> None:
        """Save what waits and load the form of a record; ``then`` runs once it shows.

        ``blocked`` runs instead when something typed in the form before could not be saved: that
        form stays, with its text, for the only other way would be to lose it. Behind it nothing is
        being opened any more.
        """
        self.commit_all(anew=True)
        self._view.show_opening()
        self._asked += 1
        asked = self._asked

        def shown(file: FormFile) -> None:
            if asked != self._asked:
                return  # another one was opened meanwhile
            # The saves that were queued before have answered by now.
            if self.unsaved:
                failed(DomainError("unsaved_before"))
                return
            if self.is_busy:
                # What was typed during such a save went out in a second one.
                self._runner.on_storage(lambda uow: self._load(uow, anchor_id), shown, failed)
                return
            self._bindings = {
                one.id: FieldBinding.of(one, file.fields.get(one.id, FieldView(None)))
                for one in self.form.fields()
            }
            self.file = file
            for one in self._bindings.values():
                one.remark = self._remark(one)
            self._view.show_file(file)
            then()

        def failed(fault: QispiError) -> None:
            if asked == self._asked:
                # What keeps the other one closed, said above this one, would be read of this one.
                self._fault(DomainError("unsaved_before") if self.unsaved else fault)
                blocked()

        self._runner.on_storage(lambda uow: self._load(uow, anchor_id), shown, failed)

    def open_no_more(self) -> None:
        """What is being opened is not wanted any more: its answer, which may be late, shows
        nothing, and the form of before stays."""
        self._asked += 1

    def let_go(self) -> None:
        """It is closed to who looks: nothing of it stays here, nor what she typed in it last, which
        could be saved no more."""
        self.open_no_more()
        self.file = None
        self._bindings = {}

    def reload(self) -> None:
        """Records changed elsewhere: show what is true now, keep what is being typed."""
        if self.file is None:
            return
        anchor_id = self.file.anchor_id

        def shown(file: FormFile) -> None:
            if self.file is None or self.file.anchor_id != anchor_id:
                return
            self._take(file)

        def failed(fault: QispiError) -> None:
            if self.file is not None and self.file.anchor_id == anchor_id:
                self._fault(fault)

        self._runner.on_storage(lambda uow: self._load(uow, anchor_id), shown, failed)

    def binding(self, field_id: str) -> FieldBinding:
        """Return the state of a field."""
        return self._bindings[field_id]

    def values(self) -> dict[str, Value]:
        """Return what stands on the screen, by field id, for conditions."""
        return {name: one.typed for name, one in self._bindings.items()}

    def visible(self) -> Iterator[Field]:
        """Yield the fields that show for what stands on the screen."""
        for _, one in self.form.shown(self.values()):
            yield one

    @property
    def unsaved(self) -> tuple[str, ...]:
        """The fields whose text could not be saved."""
        return self._in(FieldState.NOT_SAVED, FieldState.REFUSED)

    @property
    def may_be_retried(self) -> bool:
        """Whether the machine refused something, so that it may go better the next time."""
        return bool(self._in(FieldState.NOT_SAVED))

    @property
    def is_busy(self) -> bool:
        """Whether anything stands on the screen that is not on the disk yet."""
        return any(one.is_unsaved for one in self._bindings.values())

    def edit(self, field_id: str, value: Value) -> None:
        """Note what stands in an editor now."""
        binding = self._bindings[field_id]
        binding.type(value)
        self._view.show_field(field_id, replaces=False)
        self._view.show_visible()

    def commit(self, field_id: str) -> None:
        """Save a field if something waits in it."""
        binding = self._bindings.get(field_id)
        if binding is None or self.file is None:
            return
        handed_over = binding.begin_save()
        if handed_over is None:
            return
        value, seen = handed_over
        anchor_id = self.file.anchor_id

        def save(uow: UnitOfWork) -> _Saved:
            remark = self._save(uow, self._desk, anchor_id, field_id, value, seen=seen)
            return _Saved(remark, self._load(uow, anchor_id))

        def saved(answer: _Saved) -> None:
            stored = answer.file.fields.get(field_id, FieldView(None))
            binding.saved(value, stored, answer.remark)
            self._show(field_id, binding)
            if self.file is not None and self.file.anchor_id == anchor_id:
                self._take(answer.file)
            self._view.show_saved()
            if binding.state is FieldState.TYPING:
                self.commit(field_id)
            self.retry()

        def failed(fault: QispiError) -> None:
            is_rule = isinstance(fault, DomainError)
            binding.failed(Problem(fault.message_id, fault.parameters) if is_rule else None)
            if not self._show(field_id, binding):
                return  # let go of meanwhile: that it is lost was said
            self._view.show_saved()
            self._fault(fault)
            if binding.state is FieldState.TYPING:
                self.commit(field_id)

        self._runner.on_storage(save, saved, failed)

    def commit_all(self, *, anew: bool = False) -> None:
        """Save whatever waits in any field. ``anew``: also what was refused because it was closed
        to who typed it; she may have said since why she must go in."""
        for field_id, binding in self._bindings.items():
            is_closed = binding.remark and binding.remark.message_id.startswith(_CLOSED)
            if anew and is_closed:
                binding.try_anew()
            self.commit(field_id)

    def leave(self, field_id: str) -> None:
        """The focus left a field: save it; what arrived for it meanwhile may show now."""
        self.commit(field_id)
        binding = self._bindings.get(field_id)
        if binding is not None and binding.left():
            self._view.show_field(field_id, replaces=True)

    def retry(self) -> None:
        """Try again what the machine refused."""
        for field_id in self._in(FieldState.NOT_SAVED):
            self.commit(field_id)

    def _take(self, file: FormFile) -> None:
        self.file = file
        for name, binding in self._bindings.items():
            before = _told(binding)
            replaces = binding.show(file.fields.get(name, FieldView(None)))
            if replaces:
                binding.remark = self._remark(binding)
            if replaces or before != _told(binding):
                self._view.show_field(name, replaces=replaces)
        self._look_again()
        self._view.show_file(file)

    def _look_again(self) -> None:
        """What is said of a field may follow from what another one holds now."""
        for name in self._leaning:
            binding = self._bindings[name]
            if binding.state is FieldState.REFUSED:
                continue
            remark = self._remark(binding)
            if remark != binding.remark:
                binding.remark = remark
                self._view.show_field(name, replaces=False)

    def _remark(self, binding: FieldBinding) -> Problem | None:
        return forms.remark_on(
            self._desk, self.form, binding.definition, binding.typed, self.values()
        )

    def _in(self, *states: FieldState) -> tuple[str, ...]:
        return tuple(name for name, one in self._bindings.items() if one.state in states)

    def _show(self, field_id: str, binding: FieldBinding) -> bool:
        """Show the state of a field, and return whether it still is one of this form."""
        is_here = self._bindings.get(field_id) is binding
        if is_here:
            self._view.show_field(field_id, replaces=False)
        return is_here

    def _load(self, uow: UnitOfWork, anchor_id: RecordId) -> FormFile:
        return forms.form_file(uow, self._desk, self.form.id, anchor_id)

    def _fault(self, fault: QispiError) -> None:
        self._view.show_fault(fault)


def _told(binding: FieldBinding) -> tuple[object, ...]:
    """Return what a screen tells of a field beside its value."""
    stored = binding.stored
    of_value = (stored.is_conflict, stored.is_sent, binding.other_arrived)
    return (*of_value, stored.closed, stored.locked)
