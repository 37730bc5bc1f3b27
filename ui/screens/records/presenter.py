"""Which list of a case's records shows, and which record of it is open. No Qt.

The lists are those that the ficha names (:attr:`app.domain.form.Section.many`): a new kind of
record is a form file and a line there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Protocol

from app.domain.change import ChangeId, RecordId
from app.domain.errors import QispiError
from app.domain.form import Field, FieldType, Form, Problem, Section
from app.domain.records import Name
from app.domain.value import Value
from app.services import case_records, forms
from app.services.ports import Desk, UnitOfWork
from app.services.read_models import RecordRow
from app.services.values import stored_text
from app.services.workplace import StorageRunner
from ui.forms.open_form import FormView, OpenForm, Save
from ui.forms.settling import once_saved

__all__ = ["RecordsPresenter", "RecordsView"]

_BEGINNING_MAX: Final = 120
"""Characters of a long text that the list shows and a screen reader says."""
_WRITTEN: Final = frozenset({FieldType.TEXT, FieldType.NARRATIVE})


class RecordsView(FormView, Protocol):
    """What the page can show."""

    def show_whose(self, case_id: RecordId) -> None:
        """From now on the records of this case show."""

    def show_case(self, code: str) -> None:
        """Say whose records these are; an empty code while that is not known: nothing of the case
        before is left in the list then."""

    def show_rows(self, section: Section, rows: tuple[RecordRow, ...]) -> None:
        """Show the records of this list; the open one is chosen."""

    def show_form(self) -> None:
        """A record was opened: show its fields."""

    def show_none(self) -> None:
        """No record is open."""


class RecordsPresenter:
    """The records of one case. GUI thread only."""

    def __init__(self, runner: StorageRunner, desk: Desk, view: RecordsView) -> None:
        self._runner = runner
        self._desk = desk
        self._view = view
        ficha = desk.definitions.form(forms.FICHA)
        self.sections: tuple[Section, ...] = tuple(one for one in ficha.sections if one.many)
        self.section: Section = self.sections[0]
        self.case_id: RecordId | None = None
        self.record_id: RecordId | None = None
        self.discarded: RecordId | None = None
        """What was taken out of this list last, and is out."""
        self._open: dict[str, OpenForm] = {}
        self._shown: RecordId | None = None
        """The record whose form shows: another one that is chosen may not come."""

    @property
    def form(self) -> OpenForm:
        """The form of the list that shows."""
        name = self.section.many
        if name not in self._open:
            self._open[name] = OpenForm(self._runner, self._desk, name, self._view, _saver(name))
        return self._open[name]

    @property
    def definition(self) -> Form:
        """The definition of that form."""
        return self._desk.definitions.form(self.section.many)

    @property
    def columns(self) -> tuple[Field, ...]:
        """The fields that the list shows."""
        return case_records.columns_of(self.definition)

    @property
    def is_busy(self) -> bool:
        """Whether anything typed is not on the disk yet."""
        return any(one.is_busy for one in self._open.values())

    def flush(self) -> None:
        """Commit what is typed."""
        for one in self._open.values():
            one.commit_all()

    def open(
        self, case_id: RecordId, section: Section | None, values: Mapping[str, Value] | None
    ) -> None:
        """Show the records of a case; with ``values`` begin one that holds them. Where something
        typed could not be saved, the record with it stays."""

        def go() -> None:
            if case_id != self.case_id:
                self.discarded = None
                self._view.show_case("")
            self.case_id = case_id
            self._view.show_whose(case_id)
            self._show_list(section or self.section)
            if values is not None:
                self.add(values)

        self._when_saved(go)

    def let_go(self) -> None:
        """The case is closed to who looks: keep nothing of it."""
        self.case_id = self.discarded = None
        self._view.show_case("")
        self._show_none()
        for one in self._open.values():
            one.let_go()  # once its lines are gone: until then they note what stands in them

    def choose_list(self, section: Section) -> None:
        """Show another list of the same case. Where something typed could not be saved, the record
        with it stays."""
        self._when_saved(lambda: self._show_list(section))

    def list_for(self, form_id: str) -> Section | None:
        """Return the first list whose records are made with a form, or None."""
        return next((one for one in self.sections if one.many == form_id), None)

    def look(self) -> None:
        """Ask the disk for the list."""
        case_id, section = self.case_id, self.section
        if case_id is None:
            return

        def work(uow: UnitOfWork) -> tuple[str, tuple[RecordRow, ...]]:
            code = stored_text(uow.records.fields(case_id), Name.CODE)
            rows = case_records.list_section(uow, self._desk, section, case_id)
            return code, tuple(_telling(uow, self._desk, section.many, row) for row in rows)

        def shown(found: tuple[str, tuple[RecordRow, ...]]) -> None:
            if (case_id, section) == (self.case_id, self.section):
                self._view.show_case(found[0])
                if any(row.id == self.discarded for row in found[1]):
                    self.discarded = None
                self._view.show_rows(section, found[1])

        def failed(fault: QispiError) -> None:
            if case_id == self.case_id:
                self._view.show_fault(fault)

        self._runner.on_storage(work, shown, failed)

    def add(self, values: Mapping[str, Value] | None = None) -> None:
        """Begin a record and open it."""
        case_id, section = self.case_id, self.section
        if case_id is None:
            return
        known = dict(section.many_with) | dict(values or {})

        def begun(record_id: RecordId) -> None:
            self.look()
            if (case_id, section) == (self.case_id, self.section):
                self.choose(record_id)

        self._runner.on_storage(
            lambda uow: case_records.begin(uow, self._desk, section.many, case_id, known),
            begun,
            self._view.show_fault,
        )

    def choose(self, record_id: RecordId) -> None:
        """Open a record of the list."""
        if record_id == self.record_id:
            return

        def opened() -> None:
            self._shown = record_id
            self._view.show_form()

        def blocked() -> None:
            self.record_id = self._shown
            if self._shown is not None:
                self._view.show_form()
            self.look()

        self.record_id = record_id
        self.form.open(record_id, opened, blocked)

    def discard(self) -> None:
        """Take the open record out of the list; it can be put back."""
        record_id, case_id, section = self.record_id, self.case_id, self.section
        if record_id is None:
            return
        self.flush()

        def gone(_: None) -> None:
            if (case_id, section) == (self.case_id, self.section):
                self.discarded = record_id
            if record_id == self.record_id:  # else another one was chosen meanwhile
                self._show_none()
            self.look()

        self._runner.on_storage(
            lambda uow: case_records.discard(uow, self._desk, record_id),
            gone,
            self._view.show_fault,
        )

    def restore(self) -> None:
        """Put back what was taken out last."""
        record_id = self.discarded
        if record_id is None:
            return

        def back(_: None) -> None:
            self.discarded = None
            self.look()

        self._runner.on_storage(
            lambda uow: case_records.restore(uow, self._desk, record_id),
            back,
            self._view.show_fault,
        )

    def reload(self) -> None:
        """Records changed elsewhere."""
        if self.record_id is not None:
            self.form.reload()
        self.look()

    def _show_list(self, section: Section) -> None:
        if section != self.section:
            self.discarded = None
        self.section = section
        self._show_none()
        self.look()

    def _show_none(self) -> None:
        for one in self._open.values():
            one.open_no_more()
        self.record_id = self._shown = None
        self._view.show_none()

    def _when_saved(self, go: Callable[[], None]) -> None:
        def stay(fault: QispiError) -> None:
            self._view.show_fault(fault)
            self.look()  # the list that shows is chosen again

        once_saved(self._runner, tuple(self._open.values()), go, stay)


def _telling(uow: UnitOfWork, desk: Desk, form_id: str, row: RecordRow) -> RecordRow:
    """Return the row; of a record whose columns are all empty with what was written elsewhere in
    it, a note perhaps, in the first one: nobody can choose among dashes."""
    if not row.columns or any(row.columns):
        return row
    form = desk.definitions.form(form_id)
    held = uow.records.fields(row.id)
    for one in form.fields():
        if one.type in _WRITTEN and one.kind == form.anchor:
            words = stored_text(held, one.field)
            if words:
                return replace(row, columns=(_beginning(words), *row.columns[1:]))
    return row


def _beginning(words: str) -> str:
    """Return how a text begins, in one line, up to a gap between two words."""
    line = " ".join(words.split())
    if len(line) <= _BEGINNING_MAX:
        return line
    kept = line[: _BEGINNING_MAX + 1].rpartition(" ")[0]
    # Where there is no gap for long, it is cut through.
    return (kept if len(kept) >= _BEGINNING_MAX // 2 else line[:_BEGINNING_MAX]) + "…"


def _saver(form_id: str) -> Save:
    def save(
        uow: UnitOfWork,
        desk: Desk,
        anchor_id: RecordId,
        field_id: str,
        value: Value,
        *,
        seen: tuple[ChangeId, ...],
    ) -> Problem | None:
        return forms.set_field(uow, desk, form_id, anchor_id, field_id, value, seen=seen)

    return save
