"""Which step of the ficha shows, what is missing, and where someone was typing. No Qt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from app.domain.change import ChangeId, RecordId
from app.domain.condition import holds
from app.domain.definitions import Definitions
from app.domain.errors import QispiError
from app.domain.form import Field, Problem, Section
from app.domain.referral import ReferralState
from app.domain.safety import must_not_call
from app.domain.value import Value, is_answered
from app.services import casework, forms, referral_answers, referrals, transfers
from app.services.ports import Desk, UnitOfWork
from app.services.read_models import FormFile, ReferralRow, ResumePoint
from app.services.transfers import Proposal
from app.services.workplace import StorageRunner
from ui.forms.open_form import FormView, OpenForm

__all__ = ["FichaPresenter", "FichaView", "Missing"]

_CONSENT: Final = "attention_consent"
_REFUSED: Final = "0"


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that is missing or does not fit, and the number of its step from 1."""

    step: int
    section: Section
    field: Field


class FichaView(FormView, Protocol):
    """What the page can show."""

    def show_step(self, field_id: str | None) -> None:
        """Show the current step; put the focus into this field, or into its first."""

    def show_referrals(self, rows: tuple[ReferralRow, ...]) -> None:
        """Show the referrals of the case."""

    def open_referral(self, referral_id: RecordId) -> None:
        """Go to a referral."""


class FichaPresenter:
    """The ficha of one case. GUI thread only."""

    def __init__(self, runner: StorageRunner, desk: Desk, view: FichaView) -> None:
        self._runner = runner
        self._desk = desk
        self._view = view
        self.form = OpenForm(runner, desk, forms.FICHA, view, _save)
        self._section_id = self.form.form.sections[0].id
        self._case_id: RecordId | None = None
        self.wanted: RecordId | None = None
        """The case that is being opened, and has not been yet."""

    @property
    def steps(self) -> tuple[Section, ...]:
        """The steps that show for what was answered."""
        values = self.form.values()
        return tuple(
            one
            for one in self.form.form.sections
            if one.shown_when is None or holds(one.shown_when, values)
        )

    @property
    def step(self) -> int:
        """The number of the current step, from 0."""
        return next((n for n, one in enumerate(self.steps) if one.id == self._section_id), 0)

    @property
    def section(self) -> Section:
        """The section of the current step."""
        return self.steps[self.step]

    @property
    def file(self) -> FormFile | None:
        """What the disk holds."""
        return self.form.file

    def open(self, case_id: RecordId, place: ResumePoint | None = None) -> None:
        """Open the ficha of a case at its first step, or where someone was typing."""
        is_place = place is not None and place.case_id == case_id
        self.wanted = case_id

        def opened() -> None:
            self._case_id, self.wanted = case_id, None
            self._section_id = self.form.form.sections[0].id
            if place is not None and is_place:
                self._section_id = place.section_id
            self._view.show_step(place.field_id if place is not None and is_place else None)
            self.look_at_referrals()

        def blocked() -> None:
            self.wanted = None
            if self.file is not None:
                self._view.show_step(None)
                self.look_at_referrals()

        self.form.open(case_id, opened, blocked)

    def let_go(self) -> None:
        """It is closed to who looks: keep nothing of it."""
        self.form.let_go()
        self._case_id = self.wanted = None

    def go(self, step: int, field_id: str | None = None) -> None:
        """Go to a step; what is typed is saved on the way."""
        steps = self.steps
        if self.wanted is not None or not 0 <= step < len(steps):
            return
        self.form.commit_all()
        self._section_id = steps[step].id
        self._view.show_step(field_id)

    def go_to_field(self, field_id: str) -> None:
        """Go to the step of a field, and into it."""
        for number, section in enumerate(self.steps):
            if any(one.id == field_id for one in section.fields):
                self.go(number, field_id)
                return

    def entered(self, field_id: str) -> None:
        """Remember where someone types, for after a power cut."""
        if self._case_id is not None:
            place = ResumePoint(self._case_id, forms.FICHA, self._section_id, field_id)
            self._remember(place)

    def leave(self) -> None:
        """The ficha was left on purpose: the next start shows the list."""
        self.form.commit_all()
        self._remember(None)

    def missing(self) -> Iterator[Missing]:
        """Yield what is still missing to validate, by what stands on the screen."""
        if self.file is None:
            return
        place = {
            field.id: (number, section)
            for number, section in enumerate(self.steps, start=1)
            for field in section.fields
        }
        for field in forms.to_validate(self._desk, self.form.form, self.form.values()):
            if field.id in place:
                yield Missing(*place[field.id], field)

    def answered(self) -> frozenset[int]:
        """Return the numbers, from 0, of the steps in which anything is written."""
        values = self.form.values()
        return frozenset(
            number
            for number, section in enumerate(self.steps)
            if any(is_answered(values.get(one.id)) for one in section.fields)
        )

    def warns_of_calls(self) -> bool:
        """Whether someone else may answer or see the telephone."""
        return must_not_call(self.form.values())

    @property
    def is_refused(self) -> bool:
        """Whether she said no to being attended and registered."""
        return self.form.values().get(_CONSENT) == _REFUSED

    @property
    def definitions(self) -> Definitions:
        """The forms and lists of this release."""
        return self._desk.definitions

    def proposals(self) -> tuple[Proposal, ...]:
        """Return what a case that another CEM sent proposes and nobody answered yet."""
        if self.file is None:
            return ()
        waiting = self.form.values()
        found = transfers.proposals(self._desk, self.file)
        return tuple(one for one in found if not is_answered(waiting.get(one.field_id)))

    def take_proposals(self) -> None:
        """Answer as it is proposed: somebody pressed for it."""
        case_id, proposed = self._case_id, self.proposals()
        if case_id is None or not proposed:
            return

        def save(uow: UnitOfWork) -> None:
            for one in proposed:
                forms.set_field(uow, self._desk, forms.FICHA, case_id, one.field_id, one.value)

        self.form.commit_all()
        self._runner.on_storage(save, lambda _: self.form.reload(), self._view.show_fault)

    def look_at_referrals(self) -> None:
        """Ask for the referrals of the case."""
        case_id = self._case_id
        if case_id is None:
            return

        def found(rows: tuple[ReferralRow, ...]) -> None:
            if case_id == self._case_id:
                self._view.show_referrals(rows)

        def failed(fault: QispiError) -> None:
            if case_id == self._case_id:
                self._view.show_fault(fault)

        self._runner.on_storage(
            lambda uow: referral_answers.of_case(uow, self._desk, case_id), found, failed
        )

    def refer(self) -> None:
        """Go on with a draft that names no institution yet, or open a new referral of the case: no
        referral is ever taken out, so pressed twice it is one."""
        case_id = self._case_id
        if case_id is None or self.wanted is not None:
            return

        def untouched_or_new(uow: UnitOfWork) -> RecordId:
            for row in referral_answers.of_case(uow, self._desk, case_id):
                if row.state is ReferralState.DRAFT and not row.institution:
                    return row.referral_id
            return referrals.open_referral(uow, self._desk, case_id)

        def found(referral_id: RecordId) -> None:
            if case_id == self._case_id and self.wanted is None:
                self._view.open_referral(referral_id)

        self.form.commit_all()
        self._runner.on_storage(untouched_or_new, found, self._view.show_fault)

    def _remember(self, place: ResumePoint | None) -> None:
        def failed(fault: QispiError) -> None:
            # The place could not be noted; what was typed is told by its own save.
            del fault

        self._runner.on_storage(
            lambda uow: casework.remember_place(uow, place), lambda _: None, failed
        )


def _save(
    uow: UnitOfWork,
    desk: Desk,
    anchor_id: RecordId,
    field_id: str,
    value: Value,
    *,
    seen: tuple[ChangeId, ...],
) -> Problem | None:
    return forms.set_field(uow, desk, forms.FICHA, anchor_id, field_id, value, seen=seen)
