"""Risk in a case: what is being filled in, its live score, warnings and history. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.domain.change import ChangeId, RecordId
from app.domain.errors import QispiError
from app.domain.form import Problem
from app.domain.instrument import Instrument
from app.domain.records import Kind, Name
from app.domain.risk import RiskWarning
from app.domain.value import Value
from app.services import access, attachment_lane, attachments, forms, risk
from app.services.apart_ports import FilesApart, KeptFile
from app.services.attachments import AttachmentRow
from app.services.ports import Desk, UnitOfWork
from app.services.risk_levels import fvr_reading
from app.services.risk_models import FvrReading, RiskHistory
from app.services.values import stored_text
from app.services.whereabouts_ports import CentreLaptops
from app.services.workplace import ApartRunner
from ui.forms.open_form import FormView, OpenForm
from ui.forms.settling import once_saved

__all__ = ["RiskPicture", "RiskPresenter", "RiskView"]


@dataclass(frozen=True, slots=True)
class RiskPicture:
    """What the disk holds on risk in a case. ``warnings`` are of the valuation that is open, or of
    the one that holds now."""

    case_code: str
    history: RiskHistory
    attachments: tuple[AttachmentRow, ...]
    warnings: tuple[RiskWarning, ...]
    is_history_closed: bool = False
    are_attachments_closed: bool = False
    """They are not hers who looks: nothing of them is here, whether or not there is something."""


class RiskView(FormView, Protocol):
    """What the page can show."""

    def show_case(self, case_id: RecordId) -> None:
        """From now on this case shows; the one before does no longer."""

    def show_editor(self) -> None:
        """Show the form that is open, or that none is."""

    def show_risk(self, picture: RiskPicture) -> None:
        """Show history, warnings and attachments."""

    def show_asked_for(self) -> None:
        """The bytes of an attachment were asked for."""

    def show_attaching(self, *, is_so: bool) -> None:
        """Whether a picture or PDF is being looked at, before it is kept."""

    def show_attached(self, remarks: tuple[str, ...]) -> None:
        """A picture or PDF was attached; message ids of what one should know of it."""

    def show_not_attached(self, fault: QispiError, code: str, *, shows: bool) -> None:
        """It was not attached to the case of this number, and why; ``shows``: it is still the one
        on the page."""

    def show_not_done(self, fault: QispiError, code: str, *, shows: bool) -> None:
        """Something else that was asked for in the case of this number was refused."""


class RiskPresenter:
    """The page of risk of one case. GUI thread only."""

    def __init__(
        self,
        runner: ApartRunner,
        desk: Desk,
        view: RiskView,
        laptops: CentreLaptops,
        files: FilesApart,
    ) -> None:
        self._laptops = laptops
        self._files = files
        self.is_attaching = False
        self._runner = runner
        self._desk = desk
        self._view = view
        self.valuation = OpenForm(runner, desk, risk.VALUATION_FORM, view, _save_valuation)
        self.fvr = OpenForm(runner, desk, risk.FVR_FORM, view, risk.set_fvr_field)
        self.form: OpenForm | None = None
        """The form that shows: one of both, or none."""
        self.picture: RiskPicture | None = None
        self.case_id: RecordId | None = None

    @property
    def record_id(self) -> RecordId | None:
        """The record whose form shows."""
        return self.form.file.anchor_id if self.form is not None and self.form.file else None

    @property
    def is_busy(self) -> bool:
        """Whether something on the screen is not on the disk."""
        return self.valuation.is_busy or self.fvr.is_busy

    @property
    def unsaved(self) -> bool:
        """Whether something could not be saved."""
        return bool(self.valuation.unsaved or self.fvr.unsaved)

    @property
    def may_be_retried(self) -> bool:
        """Whether the machine refused something, so that it may go better the next time."""
        return self.valuation.may_be_retried or self.fvr.may_be_retried

    def commit_all(self) -> None:
        """Save whatever waits."""
        self.valuation.commit_all()
        self.fvr.commit_all()

    def retry(self) -> None:
        """Try again what the machine refused."""
        self.valuation.retry()
        self.fvr.retry()

    def open(self, case_id: RecordId) -> None:
        """Open the page of a case; nothing is being filled in yet."""

        def opened() -> None:
            self.case_id = case_id
            self.form = self.picture = None
            for one in (self.valuation, self.fvr):
                one.open_no_more()
            self._view.show_case(case_id)
            self._view.show_editor()
            self.look()

        self._when_saved(opened)

    def let_go(self) -> None:
        """The case is closed to who looks: keep nothing of it."""
        self.case_id = self.form = self.picture = None
        self._view.show_editor()
        for one in (self.valuation, self.fvr):
            one.let_go()  # once its lines are gone: until then they note what stands in them

    def new_valuation(self) -> None:
        """Begin a further valuation by the centre."""
        self._begin(self.valuation, risk.open_valuation)

    def new_fvr(self) -> None:
        """Begin to copy an instrument."""
        self._begin(self.fvr, risk.open_fvr)

    def show_valuation(self, record_id: RecordId) -> None:
        """Open a valuation of the history."""
        self._show(self.valuation, record_id)

    def show_fvr(self, record_id: RecordId) -> None:
        """Open a transcription of the history."""
        self._show(self.fvr, record_id)

    def withdraw(self) -> None:
        """Take back what is open: it should not be in this case."""
        record_id = self.record_id
        if record_id is None:
            return

        def closed(_: None) -> None:
            if record_id == self.record_id:  # else another one shows by now
                self.form = None
                self._view.show_editor()
            self._view.show_saved()
            self.look()

        refused = self._refused()

        def again() -> None:
            self._runner.on_storage(
                lambda uow: risk.withdraw(uow, self._desk, record_id), closed, refused
            )

        self._when_saved(again)

    def attach(self, path: Path, description: str) -> None:
        """Attach a picture or PDF to what is open, or to the case. What is kept of it is made
        apart, without where it was taken, and that may take a while."""
        case_id = self.case_id
        if case_id is None or self.is_attaching:
            return
        record_id = self.record_id or case_id
        self.is_attaching = True
        self._view.show_attaching(is_so=True)
        code = self._code

        def ended(told: Callable[[], None]) -> None:
            self.is_attaching = False
            self._view.show_attaching(is_so=False)
            told()
            self.look()

        def failed(fault: QispiError) -> None:
            shows = self.case_id == case_id
            ended(lambda: self._view.show_not_attached(fault, code, shows=shows))

        def attached(remarks: tuple[str, ...]) -> None:
            view, shows = self._view, self.case_id == case_id
            ended((lambda: view.show_attached(remarks)) if shows else view.show_saved)

        def kept(one: KeptFile) -> None:
            self._runner.on_storage(
                lambda uow: attachments.attach(
                    uow, self._desk, record_id, case_id, one.content, description
                ),
                lambda _: attached(one.remarks),
                failed,
            )

        self._runner.on_apart(lambda: self._files.kept(attachments.read_chosen(path)), kept, failed)

    def want_attachment(self, attachment_id: RecordId) -> None:
        """Ask for the bytes of an attachment that another laptop holds: they come with the next
        synchronisation, which is to start now."""
        self._after(lambda uow: attachment_lane.want(uow, attachment_id), self._view.show_asked_for)

    def withdraw_attachment(self, attachment_id: RecordId) -> None:
        """Take back an attachment that should not be in this case."""
        self._after(
            lambda uow: attachments.withdraw(uow, self._desk, attachment_id),
            self._view.show_saved,
        )

    def look(self) -> None:
        """Ask the disk for history, warnings and attachments."""
        case_id, record_id = self.case_id, self.record_id
        if case_id is None:
            return

        def shown(picture: RiskPicture) -> None:
            if self.case_id == case_id:
                self.picture = picture
                self._view.show_risk(picture)

        def failed(fault: QispiError) -> None:
            if self.case_id == case_id:
                self._view.show_fault(fault)

        self._runner.on_storage(lambda uow: self._picture(uow, case_id, record_id), shown, failed)

    def reload(self) -> None:
        """Records changed elsewhere."""
        if self.form is not None:
            self.form.reload()
        self.look()

    @property
    def instrument(self) -> Instrument | None:
        """The instrument that is being copied, or None."""
        if self.form is not self.fvr or self.fvr.file is None:
            return None
        code = self.fvr.values().get("instrument")
        return self._desk.definitions.instruments.get(code) if isinstance(code, str) else None

    def reading(self) -> FvrReading | None:
        """Return what the transcription says by what stands on the screen, letter by letter."""
        if self.form is not self.fvr or self.fvr.file is None:
            return None
        values = self.fvr.values()
        held = {one.field: values.get(one.id) for one in self.fvr.form.fields()}
        for row in self.picture.history.instruments if self.picture else ():
            if row.record_id == self.record_id and row.reading.instrument == held["instrument"]:
                held["version"] = row.version
        return fvr_reading(self._desk.definitions, held)

    def _begin(
        self, form: OpenForm, begin: Callable[[UnitOfWork, Desk, RecordId], RecordId]
    ) -> None:
        case_id, refused = self.case_id, self._refused()
        if case_id is None:
            return

        def begun(record_id: RecordId) -> None:
            if case_id == self.case_id:  # else another case was opened meanwhile
                self._open(form, record_id)

        def saved() -> None:
            if case_id != self.case_id:
                return
            self._runner.on_storage(lambda uow: begin(uow, self._desk, case_id), begun, refused)

        self._when_saved(saved)

    def _show(self, form: OpenForm, record_id: RecordId) -> None:
        case_id = self.case_id

        def saved() -> None:
            if case_id == self.case_id:
                self._open(form, record_id)

        self._when_saved(saved)

    def _open(self, form: OpenForm, record_id: RecordId) -> None:
        def opened() -> None:
            self.form = form
            self._view.show_editor()
            self.look()

        form.open(record_id, opened, self._view.show_editor)

    def _when_saved(self, go: Callable[[], None]) -> None:
        """Go on once everything typed is on the disk; else it stays on the screen."""
        once_saved(self._runner, (self.valuation, self.fvr), go, self._view.show_fault)

    def _after(self, work: Callable[[UnitOfWork], None], done: Callable[[], None]) -> None:
        def finished(_: None) -> None:
            done()
            self.look()

        self._runner.on_storage(work, finished, self._refused())

    @property
    def _code(self) -> str:
        """The number of the case, once it is known."""
        return self.picture.case_code if self.picture is not None else ""

    def _refused(self) -> Callable[[QispiError], None]:
        """Return what says that something was refused in the case that shows now: she may be at
        another by then."""
        case_id, code = self.case_id, self._code

        def refused(fault: QispiError) -> None:
            self._view.show_not_done(fault, code, shows=case_id == self.case_id)

        return refused

    def _picture(
        self, uow: UnitOfWork, case_id: RecordId, record_id: RecordId | None
    ) -> RiskPicture:
        code = stored_text(uow.records.fields(case_id), Name.CODE)
        are_closed = access.may(uow, self._desk, "see_attachment", case_id) is not None
        rows = () if are_closed else attachments.list_of(uow, case_id, self._laptops)
        if access.may(uow, self._desk, "see_risk", case_id) is not None:
            # Who may not see how it went values it all the same.
            nothing = RiskHistory("", (), ())
            return RiskPicture(code, nothing, rows, (), True, are_closed)
        history = risk.risk_history(uow, self._desk, case_id)
        current = next((one.record_id for one in history.valuations if one.is_current), case_id)
        is_valuation = record_id and uow.records.kind_of(record_id) == Kind.RISK_VALUATION
        return RiskPicture(
            case_code=code,
            history=history,
            attachments=rows,
            are_attachments_closed=are_closed,
            warnings=risk.warnings_of(
                uow, self._desk, record_id if record_id and is_valuation else current
            ),
        )


def _save_valuation(
    uow: UnitOfWork,
    desk: Desk,
    anchor_id: RecordId,
    field_id: str,
    value: Value,
    *,
    seen: tuple[ChangeId, ...],
) -> Problem | None:
    return forms.set_field(uow, desk, risk.VALUATION_FORM, anchor_id, field_id, value, seen=seen)
