"""Z4: whatever happens in whatever order, no door gives a marked text that the matrix denies to
whoever stands before it at that moment. Roles come and go, also from another laptop while she works;
people leave and come back; teams, reserve, blocks, reasons, the end of a shift."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from app.domain.change import AuthorId, RecordId
from app.domain.errors import DomainError
from app.domain.permission import Access, Relation, allowed
from app.domain.records import Kind, Name
from app.domain.value import Value, set_value
from app.services import access, accounts, agenda, casework, forms, ledger, people, teams
from app.services.access_records import GRANTED_FOR_MS
from app.services.people_models import PersonProbe
from app.services.ports import Actor, Desk, FieldKey, StoredField, UnitOfWork
from app.services.read_models import CaseFilter
from app.services.work_ports import AgendaFilter
from db.store import memory_store
from tests.support.every import some
from tests.support.laptops import Laptop, definitions, make_desk

T = TypeVar("T")

ROLES: Final = ("admision", "psicologia", "social", "legal", "coordinacion", "sar", "soporte")
PEOPLE: Final = MappingProxyType(
    {
        "Beto": ("social",),
        "Carla": ("psicologia",),
        "Dora": ("admision",),
        "Elsa": ("coordinacion",),
    }
)
PERSON: Final = MappingProxyType(
    {name: RecordId(f"{n + 1:02x}" * 16) for n, name in enumerate(PEOPLE)}
)
TEXTS: Final = ("names", "relato", "psychological_assessment")
ASKED: Final = ("open_file", "see_section", "see_narrative", "see_psychological")
LISTS: Final = MappingProxyType(
    {"list": "list_cases", "search": "list_cases", "agenda": "see_agenda"}
)
STEPS: Final = 40

names = st.sampled_from(sorted(PEOPLE))
which = st.integers(0, 1)
held_roles = st.lists(st.sampled_from(ROLES), min_size=1, max_size=2, unique=True)


@dataclasses.dataclass
class Case:
    """What the centre knows of a case, as the test keeps it."""

    id: RecordId
    code: str
    texts: dict[str, str]
    writers: dict[str, str] = dataclasses.field(default_factory=dict)
    team: set[str] = dataclasses.field(default_factory=set)
    responsible: str | None = None
    is_reserved: bool = False
    blocked: set[str] = dataclasses.field(default_factory=set)

    def relation_of(self, name: str) -> Relation:
        """Return how somebody stands to it, in the words of docs/authorisation.md."""
        if name in self.blocked:
            return Relation.BLOCKED
        if name == self.responsible:
            return Relation.OWN
        if name in self.team:
            return Relation.ASSIGNED
        if self.is_reserved:
            return Relation.RESERVED
        has_team = bool(self.team or self.responsible)
        return Relation.CENTRE if has_team else Relation.ASSIGNED


class Sequences(RuleBasedStateMachine):
    """One laptop at which four people work in turn, and another one of the same centre."""

    @initialize()
    def begin(self) -> None:
        registry = definitions().registry
        self.here = Laptop(memory_store(registry), make_desk(author="f0"))
        self.other = Laptop(memory_store(registry), make_desk(seed=2, letter="B", author="e0"))
        self.roles: dict[str, tuple[str, ...]] = dict(PEOPLE)
        self.left: set[str] = set()
        self.granted: dict[tuple[str, RecordId, str], int] = {}
        self.waiting: list[Callable[[], None]] = []
        self.sent: dict[int, int] = {id(self.here): 0, id(self.other): 0}
        for name, roles in PEOPLE.items():
            write(self.here, Kind.PERSON, PERSON[name], person_of(name, roles))
        self.cases = [self._case(number) for number in range(2)]

    def _case(self, number: int) -> Case:
        case_id = self.here.open_case()
        texts = {one: f"Marca{'xyz'[at]}{'pq'[number]}" for at, one in enumerate(TEXTS)}
        self.here.fill(case_id, surname_1="Inventada", NIVEL_DE_RIESGO_VICTIMA="3", **texts)
        fields = self.here.run(lambda uow: uow.records.fields(case_id))
        return Case(case_id, str(fields[Name.CODE].value), texts)

    # --- what colleagues do on another laptop, and that it comes ----------------------------------

    @rule(name=names, roles=held_roles)
    def roles_change_elsewhere(self, name: str, roles: list[str]) -> None:
        said = tuple(roles)
        self._elsewhere(Kind.PERSON, PERSON[name], person_of(name, said))
        self.waiting.append(lambda: self.roles.update({name: said}))

    @rule(name=names)
    def somebody_leaves_elsewhere(self, name: str) -> None:
        """She does nothing more here, though her words may not be ended yet."""
        self._elsewhere(Kind.PERSON, PERSON[name], {accounts.LEFT_ON: "2026-11-20"})
        self.waiting.append(lambda: self.left.add(name))

    @rule(name=names)
    def somebody_comes_back_elsewhere(self, name: str) -> None:
        self._elsewhere(Kind.PERSON, PERSON[name], {accounts.LEFT_ON: None})
        self.waiting.append(lambda: self.left.discard(name))

    @rule(at=which, blocked=st.sets(names, max_size=2))
    def blocked_elsewhere(self, at: int, blocked: set[str]) -> None:
        case = self.cases[at]
        said = set_value([PERSON[one] for one in sorted(blocked)])
        self._elsewhere(Kind.CASE, case.id, {Name.BLOCKED: said})
        self.waiting.append(lambda: setattr(case, "blocked", set(blocked)))

    @rule(at=which, is_reserved=st.booleans())
    def reserved_elsewhere(self, at: int, is_reserved: bool) -> None:
        case = self.cases[at]
        self._elsewhere(Kind.CASE, case.id, {Name.RESERVED: is_reserved})
        self.waiting.append(lambda: setattr(case, "is_reserved", is_reserved))

    @rule()
    def sync(self) -> None:
        """What was done elsewhere comes, in the middle of whatever people do here."""
        self._carry(self.other, self.here)
        for one in self.waiting:
            one()
        self.waiting.clear()

    def _elsewhere(self, kind: str, record_id: RecordId, values: dict[str, Value]) -> None:
        self._carry(self.here, self.other)
        write(self.other, kind, record_id, values)

    def _carry(self, source: Laptop, target: Laptop) -> None:
        made = source.run(lambda uow: uow.changes.pending(100_000))
        new = made[self.sent[id(source)] :]
        self.sent[id(source)] = len(made)
        if new:

            def take(uow: UnitOfWork) -> None:
                ledger.record(uow, target.desk.definitions, new, is_own=False)
                uow.commit()

            target.run(take)

    # --- what people do here ----------------------------------------------------------------------

    @rule(name=names, at=which, team=st.sets(names, max_size=2), responsible=st.none() | names)
    def team_is_set(self, name: str, at: int, team: set[str], responsible: str | None) -> None:
        self.sync()
        case = self.cases[at]
        ids = [PERSON[one] for one in team]
        answers = PERSON[responsible] if responsible else None
        if self._does(
            name, case, "assign_team", lambda *given: teams.set_team(*given, case.id, ids, answers)
        ):
            assert case.blocked.isdisjoint({*team, responsible})
            case.team, case.responsible = team | ({responsible} - {None}), responsible  # type: ignore[operator]

    @rule(name=names, at=which)
    def case_is_reserved(self, name: str, at: int) -> None:
        self.sync()
        case = self.cases[at]
        joins = self._joins(name, case)
        if self._does(name, case, "reserve_case", lambda *given: teams.reserve(*given, case.id)):
            case.is_reserved = True
            self._is_attended(case, name, joins=joins)

    @rule(name=names, at=which)
    def reserve_is_opened(self, name: str, at: int) -> None:
        self.sync()
        case = self.cases[at]
        if self._does(
            name, case, "open_reserve", lambda *given: teams.open_reserve(*given, case.id)
        ):
            case.is_reserved = False

    @rule(name=names, at=which, whom=names)
    def somebody_is_blocked(self, name: str, at: int, whom: str) -> None:
        self.sync()
        case = self.cases[at]
        joins = self._joins(name, case)
        if self._does(
            name, case, "block_person", lambda *given: teams.block(*given, case.id, PERSON[whom])
        ):
            case.blocked.add(whom)
            if not case.blocked.isdisjoint({*case.team, case.responsible}):
                case.team -= case.blocked
                case.responsible = None if case.responsible in case.blocked else case.responsible
                self._is_attended(case, name, joins=joins)

    def _joins(self, name: str, case: Case) -> bool:
        attends = case.relation_of(name) in (Relation.OWN, Relation.ASSIGNED)
        return attends or self.may(name, case, "assign_team")

    def _is_attended(self, case: Case, name: str, *, joins: bool) -> None:
        """Where nobody would attend a case who is there, may know of it and does such work, whoever
        closed the door does, or the coordination where she may not form the team, or admission."""
        roles = definitions().authorisation.roles
        there = {
            one for one, held in self.roles.items() if any(roles[each].attends for each in held)
        }
        there -= self.left | case.blocked
        if there.isdisjoint({*case.team, case.responsible}):
            heads = {one for one in there if "coordinacion" in self.roles[one]}
            heads = heads or {one for one in there if "admision" in self.roles[one]} - {name}
            case.team |= {name} if joins or not heads else heads

    @rule(name=names, at=which, whom=names)
    def a_block_is_lifted(self, name: str, at: int, whom: str) -> None:
        self.sync()
        case = self.cases[at]
        if self._does(
            name, case, "lift_block", lambda *given: teams.lift_block(*given, case.id, PERSON[whom])
        ):
            case.blocked.discard(whom)

    @rule(name=names, at=which, acts=st.sets(st.sampled_from(ASKED), min_size=1))
    def access_is_asked_for(self, name: str, at: int, acts: set[str]) -> None:
        case = self.cases[at]
        matrix = definitions().authorisation
        urgent = {one.id for one in matrix.acts.values() if one.is_urgent and one.is_about_case}
        opened = {one for one in acts | urgent if self.level(name, case, one) is Access.EXCEPTIONAL}
        if self._does(
            name,
            case,
            "ask_access",
            lambda *given: teams.open_access(*given, case.id, sorted(acts), "Motivo inventado"),
        ):
            until = self.here.desk.clock.now_ms() + GRANTED_FOR_MS
            self.granted.update({(name, case.id, one): until for one in opened})

    @rule(name=names, at=which, field_id=st.sampled_from(TEXTS))
    def somebody_writes(self, name: str, at: int, field_id: str) -> None:
        """What she may not read she does not write over either."""
        self.sync()
        case = self.cases[at]
        could_read = self.reads(name, case, field_id)
        text = f"{case.texts[field_id]}n"
        if self._does(
            name,
            case,
            "write_file",
            lambda *given: forms.set_field(*given, forms.FICHA, case.id, field_id, text),
        ):
            assert could_read, f"{name} wrote over {field_id}"
            case.texts[field_id], case.writers[field_id] = text, name

    @rule()
    def a_shift_ends(self) -> None:
        for laptop in (self.here, self.other):
            laptop.desk.clock.ms += GRANTED_FOR_MS  # type: ignore[attr-defined]

    @rule(name=names)
    def somebody_looks(self, name: str) -> None:
        self._everywhere(name)

    def teardown(self) -> None:
        """In the end everybody looks everywhere."""
        if hasattr(self, "cases"):
            for name in PEOPLE:
                self._everywhere(name)
            self.here.store.close()
            self.other.store.close()

    # --- what the matrix says, and the doors ------------------------------------------------------

    def level(self, name: str, case: Case, act: str) -> Access:
        """Return how far an act goes for somebody now, without what a shift opened."""
        roles = () if name in self.left else self.roles[name]
        return allowed(definitions().authorisation, roles, act, case.relation_of(name)).access

    def may(self, name: str, case: Case, act: str) -> bool:
        """Return whether she may, with what a shift opened."""
        found = self.level(name, case, act)
        until = self.granted.get((name, case.id, act), 0)
        is_open = self.here.desk.clock.now_ms() < until
        return found is Access.YES or (found is Access.EXCEPTIONAL and is_open)

    def reads(self, name: str, case: Case, field_id: str) -> bool:
        """Return whether she reads a field of the ficha."""
        one = next(one for one in definitions().form(forms.FICHA).fields() if one.id == field_id)
        if not self.may(name, case, "open_file"):
            return False
        if case.writers.get(field_id) == name and name not in self.left:
            return True
        return all(
            self.may(name, case, act) for act in definitions().acts_to_read(one.kind, one.field)
        )

    def _at(self, name: str, work: Callable[[UnitOfWork, Desk], T]) -> T:
        """Let somebody do something, with the roles that she entered with."""
        entered = Actor(AuthorId(PERSON[name]), name, PEOPLE[name][0], PEOPLE[name])
        desk = dataclasses.replace(self.here.desk, actor=entered)
        self.here.store.work_at(desk)
        try:
            with self.here.store.unit() as uow:
                return work(uow, desk)
        finally:
            self.here.store.work_at(self.here.desk)

    def _does(
        self, name: str, case: Case, act: str, work: Callable[[UnitOfWork, Desk], object]
    ) -> bool:
        """Let her try; return whether she did. What was done the matrix allowed."""
        is_open = self.may(name, case, act)

        def all_of_it(uow: UnitOfWork, desk: Desk) -> None:
            work(uow, desk)
            uow.commit()

        try:
            self._at(name, all_of_it)
        except DomainError as error:
            assert error.message_id != "access_nobody"
            return False
        assert is_open, f"{name} did {act}"
        return True

    def _everywhere(self, name: str) -> None:
        lists = self._lists(name)
        for case in self.cases:
            for door, act in LISTS.items():
                shown = self.may(name, case, act)
                assert shown or case.texts["names"] not in lists[door], f"{name}: {door}"
                if self.level(name, case, act) is Access.NO:
                    assert case.code not in lists[door], f"{name}: {door}"
            if self.may(name, case, "list_cases"):
                assert case.texts["names"] in lists["list"], f"{name}: the list hides what is hers"
            if not self.may(name, case, "find_person"):
                assert case.texts["names"] not in lists["people"], name
            for text in ("relato", "psychological_assessment"):
                assert case.texts[text] not in "".join(lists.values()), name
            self._opens(name, case)

    def _lists(self, name: str) -> dict[str, str]:
        # Like both names and neither: what she types comes back in the reasons.
        probe = PersonProbe(names="Marcaxo", surname_1="Inventada")
        doors: dict[str, Callable[[UnitOfWork, Desk], Any]] = {
            "list": lambda uow, _: casework.list_cases(uow, CaseFilter(), 0, 9),
            "search": lambda uow, _: casework.search_cases(uow, "inventada", 9),
            "agenda": lambda uow, desk: agenda.agenda(uow, desk, AgendaFilter()),
            "people": lambda uow, desk: people.find_people(uow, desk, probe),
        }
        return {door: self._given(name, look) for door, look in doors.items()}

    def _given(self, name: str, look: Callable[[UnitOfWork, Desk], object]) -> str:
        try:
            return repr(self._at(name, look))
        except DomainError:
            return ""

    def _opens(self, name: str, case: Case) -> None:
        given = self._given(
            name, lambda uow, desk: forms.form_file(uow, desk, forms.FICHA, case.id)
        )
        shown = {one: f"'{case.texts[one]}'" in given for one in TEXTS}
        may = {one: self.reads(name, case, one) for one in TEXTS}
        assert shown == may, f"{name}, {case.relation_of(name)}, {self.roles[name]}"


def person_of(name: str, roles: Sequence[str]) -> dict[str, Value]:
    """Return the record of somebody."""
    return {accounts.NAME: name, accounts.ROLE: roles[0], accounts.ROLES: set_value(roles)}


def write(at: Laptop, kind: str, record_id: RecordId, values: dict[str, Value]) -> None:
    """Write fields as another program of the centre may, whoever is asked or not."""

    def all_of_them(uow: UnitOfWork) -> None:
        keys = {FieldKey(kind, record_id, one): said for one, said in values.items()}
        forms.change_fields(uow, at.desk, keys)
        uow.commit()

    at.run(all_of_them)


def test_no_sequence_opens_a_door_that_the_matrix_closes() -> None:
    """(Z4) Control: what the matrix opens at that moment is given, in the list and in the ficha."""
    run_state_machine_as_test(
        Sequences,
        settings=settings(
            max_examples=some(12, 100),
            stateful_step_count=STEPS,
            phases=(Phase.explicit, Phase.reuse, Phase.generate),
        ),
    )


def of_entering(uow: UnitOfWork, desk: Desk | None = None) -> Desk:
    """The roles of entering, however they changed since."""
    found = desk or uow.access.desk
    assert found is not None
    return found


def unblocked(held: dict[str, StoredField], person: AuthorId) -> Relation:
    """A block that only lists heed."""
    return whole_relation({one: held[one] for one in held if one != Name.BLOCKED}, person)


whole_relation = access.relation_to


@pytest.mark.parametrize(
    ("where", "name", "planted"),
    [
        (access, "worker", of_entering),
        (access, "relation_to", unblocked),
        (access, "cases_granted", lambda uow, _desk, _act: frozenset(uow.records.ids(Kind.CASE))),
        (access, "granted", lambda *_: frozenset(definitions().authorisation.acts)),
        (access, "refuse_locked", lambda *_: None),
    ],
)
def test_a_planted_fault_is_found(
    monkeypatch: pytest.MonkeyPatch, where: object, name: str, planted: object
) -> None:
    """(control of Z4)"""
    for module in (where, forms):
        if hasattr(module, name):
            monkeypatch.setattr(module, name, planted)
    found = settings(
        max_examples=60, stateful_step_count=STEPS, phases=[Phase.generate], derandomize=True
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Sequences, settings=found)
