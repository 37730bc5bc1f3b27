"""What is typed of two people, who on file they may be, and what somebody decided. No Qt.

A search never holds anybody up: while the disk answers, further keys only leave a note, and the
ficha can be opened at any moment.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from app.domain.change import RecordId
from app.domain.errors import QispiError
from app.domain.form import Field, Form
from app.domain.matching import STRONG_FROM
from app.domain.records import Kind
from app.domain.value import Value
from app.services import access, intake, people
from app.services.forms import FICHA
from app.services.intake import Difference, Intake
from app.services.people_models import ConditionProposal, Match, PersonProbe, RepeatAlert
from app.services.ports import Desk, UnitOfWork
from app.services.values import day_of
from app.services.workplace import StorageRunner
from ui.screens.intake.drafts import DraftView, IntakeDrafts, Wanted

__all__ = ["FIELDS", "Found", "IntakePresenter", "IntakeView", "Side", "Wanted"]

_SHOWN_MAX: Final = 4


class Side(enum.Enum):
    """Whom a field or a suggestion is about."""

    SURVIVOR = "survivor"
    PERPETRATOR = "perpetrator"


FIELDS: Final[Mapping[Side, Mapping[str, str]]] = {
    Side.SURVIVOR: {
        "names": "names",
        "surname_1": "surname_1",
        "surname_2": "surname_2",
        "alias": "alias",
        "age": "EDAD_VICTIMA",
        "sex": "SEXO_VICTIMA",
        "document": "document_number",
        "community": "community",
        "district": "district",
    },
    Side.PERPETRATOR: {
        "names": "perpetrator_names",
        "surname_1": "perpetrator_surname_1",
        "surname_2": "perpetrator_surname_2",
        "alias": "perpetrator_alias",
        "age": "EDAD_AGRESOR",
        "sex": "SEXO_AGRESOR",
        "document": "perpetrator_document_number",
        "workplace": "perpetrator_workplace",
        "district": "perpetrator_district",
    },
}
"""What is asked of each, in this order: part of a probe, and the field of the ficha."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the disk answers to what is typed."""

    matches: Mapping[Side, tuple[Match, ...]]
    proposal: ConditionProposal
    alert: RepeatAlert | None
    differences: tuple[Difference, ...]


class IntakeView(DraftView, Protocol):
    """What the page can show."""

    def show_found(self, found: Found) -> None:
        """Show who may be on file, the condition proposed, and the alert."""

    def show_opening(self, *, is_opening: bool) -> None:
        """A ficha is being opened with what is typed: nothing more may be, until it is there, or
        could not be opened."""

    def open_case(self, case_id: RecordId) -> None:
        """Go to the new ficha."""


class IntakePresenter:
    """The page before a new ficha. GUI thread only."""

    def __init__(self, runner: StorageRunner, desk: Desk, view: IntakeView) -> None:
        self._runner = runner
        self._desk = desk
        self._view = view
        self._asked = 0
        """Counts who came in: what is answered of somebody before shows no more."""
        self._drafts = IntakeDrafts(runner, desk, view, self.look)
        self._clear()
        self._is_looking = False
        self._is_stale = False
        self._is_opening = False

    def _clear(self) -> None:
        self._drafts.clear()
        self._clear_choices()

    def _clear_choices(self) -> None:
        """What was found, and decided, was of whoever was typed before."""
        self._asked += 1
        self.chosen: dict[tuple[Side, str], Match] = {}
        self.condition = ""
        self._refused: dict[Side, set[RecordId]] = {side: set() for side in Side}
        self._is_noted = False
        self.is_unsearched = False
        """Whether nobody could be looked for by what is typed now: nothing is known of her."""

    @property
    def typed(self) -> dict[str, Value]:
        """What is typed, by id of the field."""
        return self._drafts.typed

    @property
    def has_other(self) -> bool:
        """Whether somebody else is known to wait her turn."""
        return bool(self._drafts.others)

    @property
    def is_kept(self) -> bool:
        """Whether what is typed is on the disk."""
        return self._drafts.is_kept

    @property
    def form(self) -> Form:
        """The form whose fields are typed."""
        return self._desk.definitions.form(FICHA)

    def fields(self, side: Side) -> tuple[Field, ...]:
        """Return the fields that are asked of one side; one that the form lacks is left out."""
        found = (self.form.get(one) for one in FIELDS[side].values())
        return tuple(one for one in found if one is not None)

    def open(self) -> None:
        """Begin, or go on with what was typed before a lock or a power cut."""
        self._drafts.open()

    def type(self, field_id: str, value: Value) -> None:
        """Something was typed; nothing is asked of the disk yet."""
        self._drafts.type(field_id, value)

    def keep(self) -> None:
        """Keep what is typed, for after a lock or a power cut."""
        if not self._is_opening:
            self._drafts.keep()

    def put_aside(self) -> None:
        """Somebody else came in; who was typed is kept meanwhile."""
        if not self._is_opening:
            self._clear_choices()
            self._drafts.put_aside()

    def go_to_other(self) -> None:
        """Go on with somebody else who was typed before; who was typed now is kept meanwhile."""
        if not self._is_opening:
            self._clear_choices()
            self._drafts.go_to_other()

    def look(self) -> None:
        """Ask the disk who may be on file. While it answers, one more look waits, never more."""
        if self._is_looking:
            self._is_stale = True
            return
        self._is_looking, self._is_stale = True, False
        probes = {side: self._probe(side) for side in Side}
        wanted, refused = self._intake(), {side: set(self._refused[side]) for side in Side}
        chosen, asked = dict(self.chosen), self._asked
        is_first = not self._is_noted and any(probe != PersonProbe() for probe in probes.values())
        self._is_noted = self._is_noted or is_first

        def look(uow: UnitOfWork) -> Found:
            matches = {
                side: tuple(
                    one
                    for one in people.find_people(uow, self._desk, probes[side])
                    if one.record_id not in refused[side] and (side, one.kind) not in chosen
                )[:_SHOWN_MAX]
                for side in Side
            }
            found = self._found(uow, wanted, matches, probes)
            if is_first:
                people.note_search(uow, self._desk)
            return found

        self._runner.on_storage(look, lambda found: self._looked(asked, found), self._failed)

    def choose(self, side: Side, match: Match) -> None:
        """Somebody said that it is this one; the person served may be chosen once as such, and
        once as an alleged perpetrator of other cases."""
        self.chosen[side, match.kind] = match
        self.look()

    def refuse(self, side: Side, record_id: RecordId) -> None:
        """Somebody said that it is not this one."""
        self._refused[side].add(record_id)
        self.look()

    def undo(self, side: Side, kind: str) -> None:
        """It is not the one who was chosen after all."""
        self.chosen.pop((side, kind), None)
        self.look()

    def set_condition(self, code: str) -> None:
        """The professional chose a condition, or left it open again (empty)."""
        self.condition = code

    def open_ficha(self) -> None:
        """Open a new ficha with what is typed and decided, and go to it. Once, however often it is
        pressed."""
        if self._is_opening:
            return
        self._is_opening = True
        self._view.show_opening(is_opening=True)
        wanted = self._intake()
        self._drafts.once_read(lambda: self._open_ficha(wanted), self._not_opened)

    def _open_ficha(self, wanted: Intake) -> None:
        def opened(case_id: RecordId) -> None:
            self._is_opening = False
            self._clear()
            self._view.show_opening(is_opening=False)
            self._view.open_case(case_id)

        self._runner.on_storage(
            lambda uow: intake.open_ficha(uow, self._desk, wanted), opened, self._not_opened
        )

    def _not_opened(self, fault: QispiError) -> None:
        self._is_opening = False
        self._view.show_opening(is_opening=False)
        self._view.show_not_done(fault, Wanted.FICHA)
        self._drafts.keep()  # what was typed just before she pressed

    def cancel(self) -> None:
        """Forget whoever is typed: no ficha is opened, and nothing of her stays."""
        self._clear_choices()
        self._drafts.forget()

    def _found(
        self,
        uow: UnitOfWork,
        wanted: Intake,
        matches: Mapping[Side, tuple[Match, ...]],
        probes: Mapping[Side, PersonProbe],
    ) -> Found:
        desk = self._desk
        suspect = wanted.perpetrator or next(
            (
                one.record_id
                for one in matches[Side.PERPETRATOR]
                if one.kind == Kind.ALLEGED_PERPETRATOR and one.score >= STRONG_FROM
            ),
            None,
        )
        is_named = wanted.perpetrator is not None or probes[Side.PERPETRATOR] != PersonProbe()
        alert = None
        if suspect is not None and access.may(uow, desk, "repeat_alert") is None:
            alert = people.repeat_alert_of(
                uow, desk, suspect, new_survivor=wanted.survivor, is_new_case=True
            )
        if alert is not None and wanted.perpetrator is None:
            # Nobody said yet that it is he.
            alert = dataclasses.replace(alert, is_certain=False)
        return Found(
            matches,
            intake.propose_condition(
                uow,
                desk,
                wanted.survivor,
                wanted.perpetrator,
                desk.clock.today(),
                perpetrator_is_named=is_named,
            ),
            alert,
            intake.differences(uow, desk, wanted),
        )

    def _looked(self, asked: int, found: Found) -> None:
        self._is_looking = False
        if self._is_stale:
            self.look()
        elif asked == self._asked:
            self.is_unsearched = False
            self._view.show_found(found)

    def _failed(self, fault: QispiError) -> None:
        self._is_looking = False
        self.is_unsearched = True
        self._view.show_not_done(fault, Wanted.SEARCH)

    def _intake(self) -> Intake:
        survivor, as_perpetrator, perpetrator = (
            self.chosen.get(one)
            for one in (
                (Side.SURVIVOR, Kind.SURVIVOR),
                (Side.SURVIVOR, Kind.ALLEGED_PERPETRATOR),
                (Side.PERPETRATOR, Kind.ALLEGED_PERPETRATOR),
            )
        )
        return Intake(
            typed=dict(self.typed),
            survivor=survivor.record_id if survivor else None,
            perpetrator=perpetrator.record_id if perpetrator else None,
            survivor_as_perpetrator=as_perpetrator.record_id if as_perpetrator else None,
            condition=self.condition,
        )

    def _probe(self, side: Side) -> PersonProbe:
        named = {part: self.typed.get(field_id) for part, field_id in FIELDS[side].items()}
        age = named.pop("age")
        texts = {part: one for part, one in named.items() if isinstance(one, str)}
        birth = self.typed.get("birth_date") if side is Side.SURVIVOR else None
        born: date | None = day_of(birth) if isinstance(birth, str) else None
        is_age = isinstance(age, int) and not isinstance(age, bool)
        return PersonProbe(
            **texts,
            age=age if is_age and isinstance(age, int) and 0 <= age <= 120 else None,
            birth_date=born,
        )
