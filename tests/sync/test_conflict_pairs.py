"""Every pair of operations that two laptops can do without seeing each other: ``docs/conflicts.md``.

Real laptops, real sealed batches through the real server. Each laptop gets the other's operation
after its own, so both orders of arrival are in every test. B reaches the region first, and with
``QISPI_EVERY=1`` each of them in turn. At the end both show the same, and nothing that anybody wrote is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.change import ChangeId, RecordId
from app.domain.errors import DomainError
from app.domain.folio import check_code
from app.domain.pathway import TaskState
from app.domain.records import Kind, Name
from app.domain.referral import ReferralState
from app.domain.value import Value
from app.domain.work_calendar import DaySort
from app.services import (
    attachments,
    case_records,
    casework,
    conflicts,
    handover,
    intake,
    joined,
    people,
    referral_answers,
    referrals,
    risk,
    tasks,
    teams,
    transfers,
    work_calendar,
)
from app.services.agenda import agenda, refresh
from app.services.conflict_models import ConflictRow, JoinedRow
from app.services.forms import change_fields, set_field
from app.services.intake import Intake
from app.services.people_models import PersonProbe
from app.services.ports import FieldKey, UnitOfWork
from app.services.read_models import CaseFilter, ReferralRow
from app.services.work_ports import AgendaFilter
from tests.support.every import EVERY
from tests.support.stations import RegionPlace

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
DOCUMENT = Path(__file__).parents[2] / "docs" / "conflicts.md"

Work = Callable[[UnitOfWork], object]


@dataclass
class Two:
    """Two laptops of a centre, and which of them reaches the region first."""

    a: Typist
    b: Typist
    first: str

    def together(self) -> tuple[Typist, Typist]:
        """Return both."""
        return self.a, self.b

    def level(self) -> None:
        """Let both exchange what they have, in the order of this test."""
        one, other = (self.a, self.b) if self.first == "a" else (self.b, self.a)
        for typist in (one, other, one):
            assert typist.sync().failure is None
        assert self.a.digest() == self.b.digest()

    def hand_over(self) -> None:
        """Let B have what was done on A."""
        for typist in (self.a, self.b):
            assert typist.sync().failure is None
        assert self.a.digest() == self.b.digest()

    def case_of_a(self, **values: Value) -> RecordId:
        """Register a case on A, of which B knows nothing yet."""
        case_id, _ = self.a.register({"names": "Inventada", **values})
        return case_id

    def new_case(self, **values: Value) -> RecordId:
        """Register a case on A that both hold."""
        case_id = self.case_of_a(**values)
        self.hand_over()
        return case_id

    def apart(self, on_a: Work, on_b: Work) -> None:
        """Let each do its work without seeing the other's; then let them meet."""
        self.a.run(on_a)
        self.b.run(on_b)
        self.level()
        assert seen_on(self.a) == seen_on(self.b)

    def both(self, look: Callable[[Typist], object]) -> object:
        """Return what both laptops show, which has to be the same."""
        one, other = look(self.a), look(self.b)
        assert one == other
        return one


@pytest.fixture(scope="module")
def laptops(region: RegionPlace) -> Iterator[tuple[Typist, Typist]]:
    """Two laptops for all these tests: each works on a case of its own."""
    made = region.pair()
    for one in (*made, *made):
        assert one.sync().failure is None
    yield made
    for one in made:
        before = seen_on(one)
        one.rebuild()
        assert seen_on(one) == before, "derived again from the log it is the same"
        one.laptop.close()


@pytest.fixture(params=["a", "b"] if EVERY else ["b"])
def two(laptops: tuple[Typist, Typist], request: pytest.FixtureRequest) -> Two:
    """Both laptops; each test brings them level before it parts them."""
    return Two(*laptops, request.param)


def seen_on(typist: Typist) -> object:
    """Return every derived value and list of a laptop."""

    def look(uow: UnitOfWork) -> object:
        kinds = (Kind.CASE, Kind.SURVIVOR, Kind.REFERRAL, Kind.TASK, Kind.NOTE)
        named = [(kind, record_id) for kind in kinds for record_id in uow.records.ids(kind)]
        with uow.records.reading_ahead([record_id for _, record_id in named]):
            fields = [
                (kind, record_id, sorted((n, f.value, f.is_conflict) for n, f in held.items()))
                for kind, record_id in named
                for held in [uow.records.fields(record_id)]
            ]
        rows = casework.list_cases(uow, CaseFilter(), 0, 200)
        return repr((fields, [(row.code, row.has_conflict, row.risk_level) for row in rows]))

    return typist.run(look)


def open_rows(typist: Typist) -> tuple[ConflictRow, ...]:
    return typist.run(lambda uow: conflicts.list_conflicts(uow, typist.laptop.desk))


def questions(typist: Typist, *records: RecordId) -> dict[str, list[Value]]:
    """Return the open questions of these records: the values of each field, sorted."""
    return {
        row.field: sorted((one.value for one in row.values), key=str)
        for row in open_rows(typist)
        if row.record_id in records or row.case_id in records
    }


def answers(typist: Typist, *records: RecordId) -> dict[str, list[Value]]:
    """Return the open questions with each value once, as the page shows them."""
    found = questions(typist, *records)
    return {field: sorted(set(values), key=str) for field, values in found.items()}


def by_itself(typist: Typist, *records: RecordId) -> dict[str, list[Value]]:
    """Return what joined by itself in these records: what shows, then the others."""
    rows: tuple[JoinedRow, ...] = typist.run(
        lambda uow: joined.list_joined(uow, typist.laptop.desk)
    )
    return {
        row.field: [row.value, *(one.value for one in row.others)]
        for row in rows
        if row.record_id in records or row.case_id in records
    }


def ficha(typist: Typist, case_id: RecordId, **values: Value) -> Work:
    """Return the work of typing fields of a ficha."""

    def work(uow: UnitOfWork) -> None:
        for field_id, value in values.items():
            set_field(uow, typist.laptop.desk, "ficha", case_id, field_id, value)

    return work


def shown(typist: Typist, case_id: RecordId, field_id: str) -> Value:
    view = typist.ficha(case_id).fields.get(field_id)
    return view.value if view else None


def history(typist: Typist, kind: str, record_id: RecordId, field: str) -> set[Value]:
    key = FieldKey(kind, record_id, field)
    return typist.run(lambda uow: {one.value for one in uow.changes.history(key)})


def new_referral(typist: Typist, case_id: RecordId, **values: Value) -> RecordId:
    """Open a referral that she agreed to, ready to leave."""
    ready: Mapping[str, Value] = {
        "institution": "pnp_comisaria",
        "institution_name": "Comisaría Inventada",
        "reason": "Motivo inventado",
        "urgency": "hoy",
        "consent_given": "1",
        "consent_given_by": "usuaria",
        "consent_form": "firma",
        "consent_language": "1",
    }
    return typist.refer(case_id, {**ready, **values})


def issue(typist: Typist, referral_id: RecordId) -> Work:
    desk, centre = typist.laptop.desk, typist.laptop.centre
    return lambda uow: referrals.issue(uow, desk, referral_id, "print", centre, ("es",))


def typed(typist: Typist, referral_id: RecordId, **values: Value) -> Work:
    """Return the work of typing fields of a referral's form."""

    def work(uow: UnitOfWork) -> None:
        for field_id, value in values.items():
            referrals.set_field(uow, typist.laptop.desk, referral_id, field_id, value)

    return work


def rows_of(typist: Typist, case_id: RecordId) -> tuple[ReferralRow, ...]:
    return typist.run(lambda uow: referral_answers.of_case(uow, typist.laptop.desk, case_id))


def note(typist: Typist, case_id: RecordId, text: str) -> RecordId:
    desk = typist.laptop.desk
    return typist.run(lambda uow: case_records.begin(uow, desk, "nota", case_id, {"text": text}))


def listed(typist: Typist, form: str, case_id: RecordId, *, taken: bool = False) -> list[RecordId]:
    desk = typist.laptop.desk
    rows = typist.run(
        lambda uow: case_records.list_records(uow, desk, form, case_id, is_discarded=taken)
    )
    return [row.id for row in rows]


# Edits.


def test_edit_edit_of_what_a_person_must_choose(two: Two) -> None:
    case_id = two.new_case(safe_hours="lunes")
    two.apart(
        ficha(two.a, case_id, safe_hours="martes"), ficha(two.b, case_id, safe_hours="viernes")
    )
    assert two.both(lambda one: questions(one, case_id)) == {"safe_hours": ["martes", "viernes"]}


def test_edit_edit_where_the_later_one_shows(two: Two) -> None:
    case_id = two.new_case(OCUPACION_AGRESOR=None, perpetrator_alias="Uno")
    two.apart(
        ficha(two.a, case_id, perpetrator_alias="Dos"),
        ficha(two.b, case_id, perpetrator_alias="Tres"),
    )
    assert two.both(lambda one: questions(one, case_id)) == {}
    assert two.both(lambda one: by_itself(one, case_id)) == {"alias": ["Tres", "Dos"]}


def test_edit_edit_of_a_set_keeps_what_both_ticked(two: Two) -> None:
    case_id = two.new_case()
    two.apart(
        ficha(two.a, case_id, health_insurance=("sis",)),
        ficha(two.b, case_id, health_insurance=("essalud",)),
    )
    assert two.both(lambda one: shown(one, case_id, "health_insurance")) == ("essalud", "sis")


def test_edit_edit_of_different_fields_keeps_both(two: Two) -> None:
    case_id = two.new_case()
    two.apart(
        ficha(two.a, case_id, safe_hours="martes"), ficha(two.b, case_id, relato="Relato inventado")
    )
    assert two.both(lambda one: shown(one, case_id, "safe_hours")) == "martes"
    assert two.both(lambda one: shown(one, case_id, "relato")) == "Relato inventado"
    assert two.both(lambda one: questions(one, case_id)) == {}


# Taking out.


def taking_out(typist: Typist, record_id: RecordId) -> Work:
    return lambda uow: case_records.discard(uow, typist.laptop.desk, record_id)


def rewriting(typist: Typist, note_id: RecordId, text: str) -> Work:
    desk = typist.laptop.desk
    return lambda uow: set_field(uow, desk, "nota", note_id, "note_text", text)


def test_delete_edit_the_record_stands_with_the_edit_in_it(two: Two) -> None:
    """Who took it out had not seen what was written, and may take it out again."""
    case_id = two.case_of_a()
    one = note(two.a, case_id, "Primera")
    two.hand_over()
    two.apart(taking_out(two.a, one), rewriting(two.b, one, "Primera, corregida"))
    assert two.both(lambda typist: listed(typist, "nota", case_id)) == [one]
    assert two.both(lambda typist: notes(typist, case_id)) == ["Primera, corregida"]
    two.a.run(taking_out(two.a, one))
    two.level()
    assert two.both(lambda typist: listed(typist, "nota", case_id)) == []
    assert two.both(lambda typist: listed(typist, "nota", case_id, taken=True)) == [one]


def test_delete_delete_of_what_one_had_corrected_is_out(two: Two) -> None:
    case_id = two.case_of_a()
    one = note(two.a, case_id, "Primera")
    two.hand_over()

    def corrected_and_out(uow: UnitOfWork) -> None:
        rewriting(two.b, one, "Primera, corregida")(uow)
        taking_out(two.b, one)(uow)

    two.apart(taking_out(two.a, one), corrected_and_out)
    assert two.both(lambda typist: listed(typist, "nota", case_id)) == []
    assert two.both(lambda typist: by_itself(typist, case_id)) == {}
    two.a.run(lambda uow: case_records.restore(uow, two.a.laptop.desk, one))
    two.level()
    assert two.both(lambda typist: notes(typist, case_id)) == ["Primera, corregida"]


def test_delete_settle_the_record_stands_with_the_decision_in_it(two: Two) -> None:
    case_id = two.case_of_a()
    one = note(two.a, case_id, "Primera")
    two.hand_over()
    two.apart(rewriting(two.a, one, "Segunda"), rewriting(two.b, one, "Tercera"))
    (row,) = [each for each in open_rows(two.b) if each.record_id == one]
    two.apart(taking_out(two.a, one), deciding(two.b, row, "Segunda"))
    assert two.both(lambda typist: notes(typist, case_id)) == ["Segunda"]
    assert two.both(lambda typist: questions(typist, case_id)) == {}


def test_restore_edit_both_hold(two: Two) -> None:
    case_id = two.case_of_a()
    one = note(two.a, case_id, "Primera")
    two.a.run(taking_out(two.a, one))
    two.hand_over()
    two.apart(
        lambda uow: case_records.restore(uow, two.a.laptop.desk, one),
        rewriting(two.b, one, "Primera, corregida"),
    )
    assert two.both(lambda typist: notes(typist, case_id)) == ["Primera, corregida"]


def test_delete_attach_the_record_is_out_and_the_scan_stays_with_the_case(two: Two) -> None:
    case_id = two.case_of_a()
    one = note(two.a, case_id, "Primera")
    two.hand_over()
    content = PNG + b"of a note" + two.first.encode()
    desk_b = two.b.laptop.desk
    two.apart(
        taking_out(two.a, one),
        lambda uow: attachments.attach(uow, desk_b, one, case_id, content),
    )
    assert two.both(lambda typist: listed(typist, "nota", case_id)) == []
    rows = two.both(lambda typist: len(typist.run(lambda uow: attachments.list_of(uow, case_id))))
    assert rows == 1


def test_delete_delete_is_one_taking_out(two: Two) -> None:
    case_id = two.case_of_a()
    one = note(two.a, case_id, "Primera")
    two.hand_over()
    two.apart(
        lambda uow: case_records.discard(uow, two.a.laptop.desk, one),
        lambda uow: case_records.discard(uow, two.b.laptop.desk, one),
    )
    assert two.both(lambda typist: listed(typist, "nota", case_id)) == []
    assert two.both(lambda typist: questions(typist, one)) == {}
    two.a.run(lambda uow: case_records.restore(uow, two.a.laptop.desk, one))
    two.level()
    assert two.both(lambda typist: listed(typist, "nota", case_id)) == [one]


def test_delete_restore_shows_the_record_and_asks(two: Two) -> None:
    case_id = two.case_of_a()
    one = note(two.a, case_id, "Primera")
    two.a.run(lambda uow: case_records.discard(uow, two.a.laptop.desk, one))
    two.hand_over()

    def out_again(uow: UnitOfWork) -> None:
        case_records.restore(uow, two.a.laptop.desk, one)
        case_records.discard(uow, two.a.laptop.desk, one)

    two.apart(out_again, lambda uow: case_records.restore(uow, two.b.laptop.desk, one))
    assert two.both(lambda typist: listed(typist, "nota", case_id)) == [one]
    assert two.both(lambda typist: questions(typist, one)) == {Name.TOMBSTONE: [None, True]}


# Erasing, which only a newer version could do.

ERASED = "#4001"
ERASURE = "#901"
"""A field and a kind of record that this version does not know."""


def erasing(typist: Typist, record_id: RecordId, text: str) -> Work:
    """Return what a newer version might write to erase a note: a mark on it, and a record."""
    desk = typist.laptop.desk
    order = RecordId("90" + record_id[2:])

    def work(uow: UnitOfWork) -> None:
        change_fields(
            uow,
            desk,
            {
                FieldKey(Kind.NOTE, record_id, ERASED): text,
                FieldKey(ERASURE, order, "#1"): record_id,
            },
        )
        uow.commit()

    return work


def marks(typist: Typist, record_id: RecordId) -> list[set[Value]]:
    """Return what is there of an erasure: the mark, and what its record names."""
    order = RecordId("90" + record_id[2:])
    return [
        history(typist, Kind.NOTE, record_id, ERASED),
        history(typist, ERASURE, order, "#1"),
    ]


def test_erase_of_a_newer_version_edit_both_are_kept_and_passed_on(
    two: Two, region: RegionPlace, tmp_path: Path
) -> None:
    case_id = two.case_of_a()
    one = note(two.a, case_id, "Primera")
    two.hand_over()
    two.apart(erasing(two.a, one, "R. 1"), rewriting(two.b, one, "Primera, corregida"))
    assert two.both(lambda typist: notes(typist, case_id)) == ["Primera, corregida"]
    assert two.both(lambda typist: questions(typist, case_id)) == {}
    assert two.both(lambda typist: marks(typist, one)) == [{"R. 1"}, {one}]
    # B does not know what it is; whoever gets it from B has it all the same.
    third = region.joining(two.a)
    for typist in (two.b, third):
        assert typist.use_stick(tmp_path).failure is None
    assert marks(third, one) == [{"R. 1"}, {one}]
    assert notes(third, case_id) == ["Primera, corregida"]
    third.laptop.close()


def test_erase_erase_of_newer_versions_is_read_only(two: Two) -> None:
    case_id = two.case_of_a()
    one = note(two.a, case_id, "Primera")
    two.hand_over()
    two.apart(erasing(two.a, one, "R. 1"), erasing(two.b, one, "R. 2"))
    assert two.both(lambda typist: notes(typist, case_id)) == ["Primera"]
    assert two.both(lambda typist: marks(typist, one)) == [{"R. 1", "R. 2"}, {one}]
    rows = two.a.run(lambda uow: joined.list_joined(uow, two.a.laptop.desk))
    (row,) = [each for each in rows if each.record_id == one]
    assert not row.can_bring_back
    with pytest.raises(DomainError, match="field_unknown"):
        two.a.run(bringing_back(two.a, row))


# Cases.


def test_close_edit_closes_with_the_edit_in_it(two: Two) -> None:
    case_id = two.new_case(relato="Relato")
    today = two.a.laptop.desk.clock.today().isoformat()
    two.apart(
        ficha(two.a, case_id, closing_reason="plan_cumplido", closed_on=today),
        ficha(two.b, case_id, relato="Relato con lo de hoy"),
    )
    assert two.both(lambda one: shown(one, case_id, "closed_on")) == today
    assert two.both(lambda one: shown(one, case_id, "relato")) == "Relato con lo de hoy"


def test_close_close_with_two_reasons_is_asked(two: Two) -> None:
    case_id = two.new_case()
    today = two.a.laptop.desk.clock.today().isoformat()
    two.apart(
        ficha(two.a, case_id, closing_reason="plan_cumplido", closed_on=today),
        ficha(two.b, case_id, closing_reason="otro_cem", closed_on=today),
    )
    assert two.both(lambda one: questions(one, case_id)) == {
        "closing_reason": ["otro_cem", "plan_cumplido"]
    }


def people_of_the_centre(two: Two) -> tuple[RecordId, RecordId]:
    return tuple(RecordId(one.laptop.desk.actor.id) for one in two.together())  # type: ignore[return-value]


def held(typist: Typist, case_id: RecordId, name: str) -> Value:
    fields = typist.run(lambda uow: uow.records.fields(case_id))
    return fields[name].value if name in fields else None


def test_team_team_both_are_in_it(two: Two) -> None:
    case_id = two.new_case()
    ana, luis = people_of_the_centre(two)
    two.apart(
        lambda uow: teams.set_team(uow, two.a.laptop.desk, case_id, [ana], None),
        lambda uow: teams.set_team(uow, two.b.laptop.desk, case_id, [luis], None),
    )
    assert two.both(lambda one: held(one, case_id, Name.TEAM)) == tuple(sorted((ana, luis)))


def test_block_lift_both_stay_blocked(two: Two) -> None:
    case_id = two.new_case()
    others = [RecordId(f"{number:02x}" * 16) for number in (0xC1, 0xC2)]

    def introduce(uow: UnitOfWork) -> None:
        for one in others:
            said = {"name": "Persona Inventada", "role": "social"}
            keys = {FieldKey(Kind.PERSON, one, name): value for name, value in said.items()}
            change_fields(uow, two.a.laptop.desk, keys)
        teams.block(uow, two.a.laptop.desk, case_id, others[0])

    two.a.run(introduce)
    two.hand_over()
    two.apart(
        lambda uow: teams.block(uow, two.a.laptop.desk, case_id, others[1]),
        lambda uow: teams.lift_block(uow, two.b.laptop.desk, case_id, others[0]),
    )
    assert two.both(lambda one: held(one, case_id, Name.BLOCKED)) == tuple(sorted(others))


def test_reserve_open_is_in_reserve_until_a_person_chose(two: Two) -> None:
    case_id = two.new_case()
    ana, luis = people_of_the_centre(two)

    def both_attend(uow: UnitOfWork) -> None:
        teams.set_team(uow, two.a.laptop.desk, case_id, [ana, luis], None)
        teams.reserve(uow, two.a.laptop.desk, case_id)
        teams.open_reserve(uow, two.a.laptop.desk, case_id)

    two.a.run(both_attend)
    two.hand_over()

    def close_again(uow: UnitOfWork) -> None:
        teams.reserve(uow, two.a.laptop.desk, case_id)

    def leave_open(uow: UnitOfWork) -> None:
        teams.reserve(uow, two.b.laptop.desk, case_id)
        teams.open_reserve(uow, two.b.laptop.desk, case_id)

    two.apart(close_again, leave_open)
    assert two.both(lambda one: held(one, case_id, Name.RESERVED)) is True
    assert two.both(lambda one: questions(one, case_id)) == {Name.RESERVED: [False, True]}


def test_close_reopen_is_open_until_a_person_chose(two: Two) -> None:
    today = two.a.laptop.desk.clock.today()
    earlier = (today - timedelta(days=3)).isoformat()
    case_id = two.new_case(closing_reason="plan_cumplido", closed_on=earlier)
    two.apart(
        ficha(two.a, case_id, closing_reason="otro_cem", closed_on=today.isoformat()),
        ficha(two.b, case_id, closing_reason=None, closed_on=None),
    )
    found = two.both(lambda one: questions(one, case_id))
    assert set(found) == {"closing_reason", "closed_on"}
    # A case that is wrongly open is looked at; one that is wrongly closed is forgotten.
    assert two.both(lambda one: shown(one, case_id, "closed_on")) is None
    assert two.both(lambda one: shown(one, case_id, "closing_reason")) is None


def test_one_person_registered_twice_is_two_files_that_find_each_other(two: Two) -> None:
    surname = {"a": "Quispichaua", "b": "Wampagkit"}[two.first]
    who = {"surname_1": surname, "surname_2": "Inventado", "names": "Zunilda"}
    probe = PersonProbe(**who)
    two.a.register(who)
    two.b.register(who)
    two.level()
    for one in two.together():
        rows = one.run(lambda uow: casework.search_cases(uow, surname, 9))
        assert len({row.code for row in rows}) == 2
        found = one.run(lambda uow, one=one: people.find_people(uow, one.laptop.desk, probe))
        same = [match for match in found if surname in match.name]
        assert len([match for match in same if match.kind == Kind.SURVIVOR]) == 2


def test_one_transferred_paper_opened_twice_is_two_files_and_no_third(two: Two) -> None:
    folio = f"2026-{'CD'[two.first == 'b']}0001-D1"
    origin = transfers.Origin("CEM Lejano", folio, check_code(folio))
    two.apart(
        lambda uow: transfers.open_linked(uow, two.a.laptop.desk, origin),
        lambda uow: transfers.open_linked(uow, two.b.laptop.desk, origin),
    )
    for one in two.together():
        rows = one.run(lambda uow: casework.search_cases(uow, folio, 9))
        assert len(rows) == 2
        with pytest.raises(DomainError, match="origin_open_already"):
            one.run(lambda uow, one=one: transfers.open_linked(uow, one.laptop.desk, origin))


def test_a_case_more_for_somebody_whose_data_a_colleague_corrects(two: Two) -> None:
    case_id = two.new_case(safe_hours="lunes")
    survivor = two.a.ficha(case_id).records[Kind.SURVIVOR]
    made: list[RecordId] = []
    two.apart(
        lambda uow: made.append(casework.open_case(uow, two.a.laptop.desk, survivor=survivor)),
        ficha(two.b, case_id, safe_hours="viernes"),
    )
    for one in (case_id, made[0]):
        assert two.both(lambda typist, one=one: shown(typist, one, "safe_hours")) == "viernes"


def test_intake_edit_of_the_same_blank_is_asked(two: Two) -> None:
    """A opens a case more and fills in what was blank; B writes it, too."""
    case_id = two.new_case(safe_hours=None)
    survivor = two.a.ficha(case_id).records[Kind.SURVIVOR]
    known = Intake(typed={"safe_hours": "lunes"}, survivor=survivor)
    two.apart(
        lambda uow: intake.open_ficha(uow, two.a.laptop.desk, known),
        ficha(two.b, case_id, safe_hours="viernes"),
    )
    assert two.both(lambda one: questions(one, survivor)) == {"safe_hours": ["lunes", "viernes"]}


def closing(typist: Typist, case_id: RecordId) -> Work:
    """Return the work of closing a case today."""
    today = typist.laptop.desk.clock.today().isoformat()
    return ficha(typist, case_id, closing_reason="plan_cumplido", closed_on=today)


def test_close_refer_closes_and_the_paper_is_out(two: Two) -> None:
    case_id = two.case_of_a()
    referral_id = new_referral(two.a, case_id)
    two.hand_over()
    two.apart(closing(two.a, case_id), issue(two.b, referral_id))
    assert two.both(lambda one: shown(one, case_id, "closed_on"))
    for one in two.together():
        rows = one.run(lambda uow, one=one: referral_answers.ageing(uow, one.laptop.desk))
        assert [row.referral.state for row in rows if row.referral.case_id == case_id] == [
            ReferralState.SENT
        ]


def test_close_value_closes_with_the_new_level(two: Two) -> None:
    case_id = two.new_case(NIVEL_DE_RIESGO_VICTIMA="1")
    two.apart(closing(two.a, case_id), valued(two.b, case_id, "3"))
    assert two.both(lambda one: shown(one, case_id, "closed_on"))
    assert two.both(lambda one: level_of(one, case_id)) == "3"


# Referrals.


def test_transfer_refer_are_two_papers(two: Two) -> None:
    case_id = two.new_case()
    there = new_referral(
        two.a,
        case_id,
        institution="otro_cem",
        institution_name="CEM Lejano",
        is_transfer="1",
    )
    here = new_referral(two.b, case_id)
    two.apart(issue(two.a, there), issue(two.b, here))
    folios = two.both(lambda one: [(row.folio, row.state) for row in rows_of(one, case_id)])
    assert isinstance(folios, list)
    assert len({folio for folio, _ in folios}) == 2
    assert {state for _, state in folios} == {ReferralState.SENT}


def test_transfer_edit_the_paper_says_what_left_and_the_ficha_goes_on(two: Two) -> None:
    case_id = two.new_case(relato="Relato")
    there = new_referral(
        two.a,
        case_id,
        institution="otro_cem",
        institution_name="CEM Lejano",
        is_transfer="1",
    )
    two.apart(issue(two.a, there), ficha(two.b, case_id, safe_hours="viernes"))
    assert two.both(lambda one: shown(one, case_id, "safe_hours")) == "viernes"
    assert two.both(lambda one: [row.state for row in rows_of(one, case_id)]) == [
        ReferralState.SENT
    ]


def sheet_of(typist: Typist, referral_id: RecordId) -> object:
    desk, centre = typist.laptop.desk, typist.laptop.centre
    return typist.run(lambda uow: referrals.sheet(uow, desk, referral_id, centre, ("es",)))


def test_issue_edit_the_paper_stays_as_it_left_and_the_edit_is_kept(two: Two) -> None:
    case_id = two.case_of_a()
    referral_id = new_referral(two.a, case_id, reason="Motivo primero")
    two.hand_over()
    two.apart(issue(two.a, referral_id), typed(two.b, referral_id, reason="Motivo segundo"))
    sheet = two.both(lambda one: sheet_of(one, referral_id))
    assert sheet.reason == "Motivo primero"  # type: ignore[attr-defined]
    assert history(two.a, Kind.REFERRAL, referral_id, "reason") >= {
        "Motivo primero",
        "Motivo segundo",
    }


def test_open_like_edit_the_new_one_says_what_stood_there(two: Two) -> None:
    case_id = two.case_of_a()
    referral_id = new_referral(two.a, case_id, reason="Motivo primero")
    two.hand_over()
    made: list[RecordId] = []
    two.apart(
        lambda uow: made.append(referrals.open_like(uow, two.a.laptop.desk, referral_id)),
        typed(two.b, referral_id, reason="Motivo segundo"),
    )
    reasons = [
        two.both(lambda one, of=of: sheet_of(one, of).reason)  # type: ignore[attr-defined,misc]
        for of in (referral_id, *made)
    ]
    assert reasons == ["Motivo segundo", "Motivo primero"]


def test_delete_of_a_referral_there_is_none(two: Two) -> None:
    """What was not printed stays a draft, with whatever a colleague writes in it."""
    case_id = two.case_of_a()
    referral_id = new_referral(two.a, case_id)
    two.hand_over()
    with pytest.raises(DomainError, match="record_unknown"):
        two.a.run(taking_out(two.a, referral_id))
    two.apart(lambda _: None, typed(two.b, referral_id, reason="Motivo segundo"))
    assert two.both(lambda one: [row.state for row in rows_of(one, case_id)]) == [
        ReferralState.DRAFT
    ]


def test_issue_issue_both_papers_left_under_one_folio_and_people_are_told(two: Two) -> None:
    case_id = two.case_of_a()
    referral_id = new_referral(two.a, case_id)
    two.hand_over()

    def other_paper(uow: UnitOfWork) -> None:
        referrals.set_field(uow, two.b.laptop.desk, referral_id, "area", "Familia")
        issue(two.b, referral_id)(uow)

    two.apart(issue(two.a, referral_id), other_paper)
    assert two.both(lambda one: rows_of(one, case_id)[0].state) is ReferralState.SENT
    told = two.both(lambda one: by_itself(one, referral_id))
    assert isinstance(told, dict)
    assert len(told[Name.ISSUED_SHEET]) == 2
    assert len(history(two.b, Kind.REFERRAL, referral_id, Name.ISSUED_SHEET)) == 2


def test_revoke_accept_it_stays_open_until_the_receiver_was_told(two: Two) -> None:
    case_id = two.case_of_a()
    referral_id = new_referral(two.a, case_id)
    two.a.run(issue(two.a, referral_id))
    two.hand_over()
    today = two.a.laptop.desk.clock.today().isoformat()
    two.apart(
        typed(two.a, referral_id, revoked_on=today),
        typed(two.b, referral_id, outcome="attended", attended_on=today),
    )
    (row,) = two.both(lambda one: rows_of(one, case_id))  # type: ignore[misc]
    assert (row.state, row.revoked, row.is_open, row.needs_action) == (
        ReferralState.ATTENDED,
        True,
        True,
        True,
    )


def test_revoke_revoke_on_two_days_is_asked_and_revoked_meanwhile(two: Two) -> None:
    case_id = two.case_of_a()
    referral_id = new_referral(two.a, case_id)
    two.a.run(issue(two.a, referral_id))
    two.hand_over()
    today = two.a.laptop.desk.clock.today()
    days = [(today - timedelta(days=n)).isoformat() for n in (1, 0)]
    two.apart(
        typed(two.a, referral_id, revoked_on=days[0]), typed(two.b, referral_id, revoked_on=days[1])
    )
    assert two.both(lambda one: questions(one, case_id)) == {"revoked_on": days}
    assert two.both(lambda one: rows_of(one, case_id)[0].revoked) is True


def test_answer_edit_of_the_number_that_came_back_the_later_one_shows(two: Two) -> None:
    """The slip brings the number of the other centre's ficha, which B types into ours, too."""
    case_id = two.case_of_a()
    referral_id = new_referral(
        two.a, case_id, institution="otro_cem", institution_name="CEM Lejano", is_transfer="1"
    )
    two.a.run(issue(two.a, referral_id))
    two.hand_over()
    two.apart(
        typed(two.a, referral_id, receiving_ficha="77-A"),
        ficha(two.b, case_id, derived_to_centre="CEM Lejano", derived_to_ficha="77-B"),
    )
    assert two.both(lambda one: by_itself(one, case_id)) == {"derived_to_ficha": ["77-B", "77-A"]}
    assert history(two.b, Kind.REFERRAL, referral_id, "receiving_ficha") == {"77-A"}


def test_revoke_print_no_further_paper_leaves_anywhere(two: Two) -> None:
    case_id = two.case_of_a()
    referral_id = new_referral(two.a, case_id)
    two.a.run(issue(two.a, referral_id))
    two.hand_over()
    today = two.a.laptop.desk.clock.today().isoformat()
    two.apart(typed(two.a, referral_id, revoked_on=today), issue(two.b, referral_id))
    for one in two.together():
        with pytest.raises(DomainError, match="referral_consent_withdrawn"):
            one.run(issue(one, referral_id))
    assert two.both(lambda one: rows_of(one, case_id)[0].revoked) is True


def test_refuse_issue_no_further_paper_leaves_anywhere(two: Two) -> None:
    """She says no to one person while another prints what she had agreed to."""
    case_id = two.case_of_a()
    referral_id = new_referral(two.a, case_id)
    two.hand_over()
    two.apart(typed(two.a, referral_id, consent_given="0"), issue(two.b, referral_id))
    for one in two.together():
        with pytest.raises(DomainError, match="referral_consent_withdrawn"):
            one.run(issue(one, referral_id))
    (row,) = two.both(lambda one: rows_of(one, case_id))  # type: ignore[misc]
    assert (row.revoked, row.needs_action, row.is_open) == (True, True, True)


def test_consent_yes_no_is_no_until_a_person_chose(two: Two) -> None:
    case_id = two.case_of_a()
    referral_id = new_referral(two.a, case_id, consent_given=None)
    two.hand_over()
    two.apart(
        typed(two.a, referral_id, consent_given="1"), typed(two.b, referral_id, consent_given="0")
    )
    for one in two.together():
        with pytest.raises(DomainError, match="referral_has_conflict"):
            one.run(issue(one, referral_id))
        assert questions(one, case_id)["given"] == ["0", "1"]


def test_two_consents_asked_anew_leave_the_answer_of_the_one_that_holds(two: Two) -> None:
    """Each laptop changes the institution, so each asks for a consent of its own."""
    case_id = two.case_of_a()
    referral_id = new_referral(two.a, case_id)
    two.hand_over()
    two.apart(
        typed(two.a, referral_id, institution="fiscalia_familia"),
        typed(two.b, referral_id, institution="eess"),
    )
    assert "institution" in two.both(lambda one: questions(one, referral_id))  # type: ignore[operator]
    assert Name.CONSENT in two.both(lambda one: by_itself(one, referral_id))  # type: ignore[operator]
    for one in two.together():
        with pytest.raises(DomainError, match="referral_has_conflict"):
            one.run(issue(one, referral_id))


def test_a_referral_answered_twice_asks_which_answer_holds(two: Two) -> None:
    case_id = two.case_of_a()
    referral_id = new_referral(two.a, case_id)
    two.a.run(issue(two.a, referral_id))
    two.hand_over()
    two.apart(
        typed(two.a, referral_id, outcome="attended"),
        typed(two.b, referral_id, outcome="not_arrived"),
    )
    (row,) = two.both(lambda one: rows_of(one, case_id))  # type: ignore[misc]
    assert (row.state, row.has_conflict) == (ReferralState.NOT_ARRIVED, True)


# Decisions.


def disputed(two: Two) -> tuple[RecordId, ConflictRow]:
    case_id = two.new_case(safe_hours="lunes")
    two.apart(
        ficha(two.a, case_id, safe_hours="martes"), ficha(two.b, case_id, safe_hours="viernes")
    )
    (row,) = [one for one in open_rows(two.a) if one.case_id == case_id]
    return case_id, row


def deciding(typist: Typist, row: ConflictRow, value: Value) -> Work:
    key = FieldKey(row.kind, row.record_id, row.field)
    seen = tuple(one.change_id for one in row.values)
    return lambda uow: conflicts.settle(uow, typist.laptop.desk, key, value, seen)


def test_settle_settle_alike_is_settled(two: Two) -> None:
    case_id, row = disputed(two)
    two.apart(deciding(two.a, row, "martes"), deciding(two.b, row, "martes"))
    assert two.both(lambda one: questions(one, case_id)) == {}
    assert two.both(lambda one: shown(one, case_id, "safe_hours")) == "martes"


def test_settle_settle_differently_is_a_question_again(two: Two) -> None:
    case_id, row = disputed(two)
    two.apart(deciding(two.a, row, "martes"), deciding(two.b, row, "viernes"))
    assert two.both(lambda one: questions(one, case_id)) == {"safe_hours": ["martes", "viernes"]}


def test_settle_edit_is_a_question_again(two: Two) -> None:
    case_id, row = disputed(two)
    two.apart(deciding(two.a, row, "martes"), ficha(two.b, case_id, safe_hours="domingo"))
    assert two.both(lambda one: questions(one, case_id)) == {"safe_hours": ["domingo", "martes"]}


def test_undo_edit_asks_about_all_three(two: Two) -> None:
    case_id, row = disputed(two)
    key, decided = decided_on_a(two, row, "martes")
    two.apart(
        lambda uow: conflicts.undo_settlement(uow, two.a.laptop.desk, key, decided),
        ficha(two.b, case_id, safe_hours="domingo"),
    )
    assert two.both(lambda one: questions(one, case_id)) == {
        "safe_hours": ["domingo", "martes", "viernes"]
    }


def test_undo_undo_is_one_question(two: Two) -> None:
    case_id, row = disputed(two)
    key, decided = decided_on_a(two, row, "martes")
    undone = [
        lambda uow, one=one: conflicts.undo_settlement(uow, one.laptop.desk, key, decided)
        for one in two.together()
    ]
    two.apart(*undone)
    assert two.both(lambda one: answers(one, case_id)) == {"safe_hours": ["martes", "viernes"]}


def test_settle_undo_is_a_question_again(two: Two) -> None:
    """One laptop undoes a decision and decides anew; the other only undoes it."""
    case_id, row = disputed(two)
    key, decided = decided_on_a(two, row, "martes")
    desk_a, desk_b = two.a.laptop.desk, two.b.laptop.desk

    def decide_anew(uow: UnitOfWork) -> None:
        opened = conflicts.undo_settlement(uow, desk_a, key, decided)
        conflicts.settle(uow, desk_a, key, "viernes", opened)

    two.apart(decide_anew, lambda uow: conflicts.undo_settlement(uow, desk_b, key, decided))
    assert two.both(lambda one: answers(one, case_id)) == {"safe_hours": ["martes", "viernes"]}


def keeping_both(typist: Typist, row: ConflictRow, value: Value) -> Work:
    """Return the work of letting a value stay, and the others become notes."""
    key, seen = FieldKey(row.kind, row.record_id, row.field), row.heads
    keep = next(one.change_id for one in row.values if one.value == value)
    return lambda uow: conflicts.settle_both(uow, typist.laptop.desk, key, keep, seen)


def notes(typist: Typist, case_id: RecordId) -> list[Value]:
    """Return what the notes of a case say, sorted."""
    found = listed(typist, "nota", case_id)
    return typist.run(
        lambda uow: sorted(str(uow.records.fields(one)["text"].value) for one in found)
    )


def test_both_both_alike_is_one_note(two: Two) -> None:
    case_id, row = disputed(two)
    two.apart(keeping_both(two.a, row, "martes"), keeping_both(two.b, row, "martes"))
    assert two.both(lambda one: questions(one, case_id)) == {}
    assert two.both(lambda one: notes(one, case_id)) == ["viernes"]


def test_both_both_differently_is_a_question_again_and_two_notes(two: Two) -> None:
    case_id, row = disputed(two)
    two.apart(keeping_both(two.a, row, "martes"), keeping_both(two.b, row, "viernes"))
    assert two.both(lambda one: questions(one, case_id)) == {"safe_hours": ["martes", "viernes"]}
    assert two.both(lambda one: notes(one, case_id)) == ["martes", "viernes"]


def test_both_edit_is_a_question_again_and_the_note_stands(two: Two) -> None:
    case_id, row = disputed(two)
    two.apart(keeping_both(two.a, row, "martes"), ficha(two.b, case_id, safe_hours="domingo"))
    assert two.both(lambda one: len(questions(one, case_id)["safe_hours"])) == 2
    assert two.both(lambda one: notes(one, case_id)) == ["viernes"]


def decided_on_a(two: Two, row: ConflictRow, value: Value) -> tuple[FieldKey, ChangeId]:
    """Let A decide, and both hold the decision."""
    two.a.run(deciding(two.a, row, value))
    two.hand_over()
    key = FieldKey(row.kind, row.record_id, row.field)
    (decided,) = two.a.run(lambda uow: uow.changes.heads(key))
    return key, decided.id


def bringing_back(typist: Typist, row: JoinedRow) -> Work:
    """Return the work of writing the value that lost its place over the one that shows."""
    key = FieldKey(row.kind, row.record_id, row.field)
    (lost,) = row.others
    return lambda uow: joined.bring_back(uow, typist.laptop.desk, key, lost.change_id)


def test_bring_back_edit_the_later_one_shows(two: Two) -> None:
    case_id = two.new_case(perpetrator_alias="Uno")
    two.apart(
        ficha(two.a, case_id, perpetrator_alias="Dos"),
        ficha(two.b, case_id, perpetrator_alias="Tres"),
    )
    rows = two.a.run(lambda uow: joined.list_joined(uow, two.a.laptop.desk))
    (row,) = [one for one in rows if one.case_id == case_id]
    two.apart(bringing_back(two.a, row), ficha(two.b, case_id, perpetrator_alias="Cuatro"))
    assert two.both(lambda one: by_itself(one, case_id)) == {"alias": ["Cuatro", "Dos"]}


# Work.


def a_task(two: Two, case_id: RecordId) -> str:
    plan = two.a.run(lambda uow: tasks.case_plan(uow, two.a.laptop.desk, case_id))
    return next(one.key for one in plan.tasks if not one.is_settled)


def state_of(typist: Typist, case_id: RecordId, key: str) -> TaskState:
    plan = typist.run(lambda uow: tasks.case_plan(uow, typist.laptop.desk, case_id))
    found = plan.task(key)
    assert found is not None
    return found.state


def test_postpone_done_is_open_until_a_person_chose(two: Two) -> None:
    case_id = two.new_case(NIVEL_DE_RIESGO_VICTIMA="3")
    key, today = a_task(two, case_id), two.a.laptop.desk.clock.today()
    until = today + timedelta(days=2)
    two.apart(
        lambda uow: tasks.postpone(uow, two.a.laptop.desk, case_id, key, until, "Sin bote"),
        lambda uow: tasks.mark_done(uow, two.b.laptop.desk, case_id, key, today),
    )
    assert two.both(lambda one: state_of(one, case_id, key)) is not TaskState.DONE
    record = tasks.task_record_id(case_id, key)
    assert two.both(lambda one: questions(one, record)["state"]) == ["hecha", "pospuesta"]


def decided_task(two: Two) -> tuple[RecordId, str, RecordId]:
    """Return a case with a task that both hold, and the record of its decisions."""
    case_id = two.new_case(NIVEL_DE_RIESGO_VICTIMA="3")
    key = a_task(two, case_id)
    return case_id, key, tasks.task_record_id(case_id, key)


def done(typist: Typist, case_id: RecordId, key: str, days_ago: int = 0) -> Work:
    desk = typist.laptop.desk
    day = desk.clock.today() - timedelta(days=days_ago)
    return lambda uow: tasks.mark_done(uow, desk, case_id, key, day)


def test_not_needed_done_is_not_needed_until_a_person_chose(two: Two) -> None:
    case_id, key, record = decided_task(two)
    desk = two.a.laptop.desk
    two.apart(
        lambda uow: tasks.not_needed(uow, desk, case_id, key, "Se mudó"),
        done(two.b, case_id, key),
    )
    assert two.both(lambda one: state_of(one, case_id, key)) is TaskState.NOT_NEEDED
    assert two.both(lambda one: questions(one, record)) == {"state": ["hecha", "no_corresponde"]}


def test_no_professional_done_is_open_until_a_person_chose(two: Two) -> None:
    case_id, key, record = decided_task(two)
    desk = two.a.laptop.desk
    two.apart(
        lambda uow: tasks.no_professional(uow, desk, case_id, key, "De licencia"),
        done(two.b, case_id, key),
    )
    assert two.both(lambda one: state_of(one, case_id, key)) is TaskState.NO_PROFESSIONAL
    assert two.both(lambda one: questions(one, record)) == {"state": ["hecha", "sin_profesional"]}


def test_reopen_done_is_open(two: Two) -> None:
    """It was done already: who marks it done once more, on another day, writes but the day."""
    case_id, key, record = decided_task(two)
    two.a.run(done(two.a, case_id, key, 1))
    two.hand_over()
    desk = two.a.laptop.desk
    two.apart(
        lambda uow: tasks.reopen(uow, desk, case_id, key, "No se hizo"), done(two.b, case_id, key)
    )
    assert two.both(lambda one: state_of(one, case_id, key)) is TaskState.OPEN
    today = two.b.laptop.desk.clock.today().isoformat()
    assert today in history(two.a, Kind.TASK, record, "done_on")


def test_postpone_postpone_the_later_one_holds_and_the_reasons_are_asked(two: Two) -> None:
    case_id, key, record = decided_task(two)
    today = two.a.laptop.desk.clock.today()
    near, far = today + timedelta(days=2), today + timedelta(days=5)
    two.apart(
        lambda uow: tasks.postpone(uow, two.a.laptop.desk, case_id, key, far, "Sin bote"),
        lambda uow: tasks.postpone(uow, two.b.laptop.desk, case_id, key, near, "Sin luz"),
    )
    days = [near.isoformat(), far.isoformat()]
    assert two.both(lambda one: by_itself(one, record)) == {"postponed_until": days}
    assert two.both(lambda one: questions(one, record)) == {"reason": ["Sin bote", "Sin luz"]}


def test_done_done_on_two_days_the_later_one_holds_and_the_other_is_listed(two: Two) -> None:
    case_id, key, record = decided_task(two)
    days = [(two.a.laptop.desk.clock.today() - timedelta(days=n)).isoformat() for n in (3, 1)]
    two.apart(done(two.a, case_id, key, 1), done(two.b, case_id, key, 3))
    assert two.both(lambda one: state_of(one, case_id, key)) is TaskState.DONE
    assert two.both(lambda one: by_itself(one, record)) == {"done_on": days}


def test_assign_done_both_hold(two: Two) -> None:
    case_id, key, record = decided_task(two)
    two.apart(
        lambda uow: tasks.assign(uow, two.a.laptop.desk, case_id, key, "legal"),
        done(two.b, case_id, key),
    )
    assert two.both(lambda one: state_of(one, case_id, key)) is TaskState.DONE
    assert history(two.b, Kind.TASK, record, "role") == {"legal"}


def test_close_done_both_hold(two: Two) -> None:
    case_id, key, _ = decided_task(two)
    two.apart(closing(two.a, case_id), done(two.b, case_id, key))
    assert two.both(lambda one: state_of(one, case_id, key)) is TaskState.DONE
    assert two.both(lambda one: shown(one, case_id, "closed_on"))


def test_give_give_are_two_hand_overs(two: Two) -> None:
    given: list[RecordId] = []
    give = [
        lambda uow, one=one: given.append(
            handover.give(uow, one.laptop.desk, shift="tarde", note="Inventada")
        )
        for one in two.together()
    ]
    two.apart(*give)
    for one in two.together():
        rows = one.run(lambda uow: handover.handovers(uow, 100))
        assert {row.record_id for row in rows} >= set(given)


def test_hand_over_reassign_both_hold(two: Two) -> None:
    case_id = two.new_case(NIVEL_DE_RIESGO_VICTIMA="3")
    key = a_task(two, case_id)
    given: list[RecordId] = []
    two.apart(
        lambda uow: given.append(handover.give(uow, two.a.laptop.desk, shift="manana", note="")),
        lambda uow: tasks.assign(uow, two.b.laptop.desk, case_id, key, "legal"),
    )

    def role(typist: Typist) -> str:
        plan = typist.run(lambda uow: tasks.case_plan(uow, typist.laptop.desk, case_id))
        found = plan.task(key)
        return found.role if found else ""

    assert two.both(role) == "legal"
    copied = two.both(
        lambda one: next(
            each.items
            for each in one.run(lambda uow: handover.handovers(uow, 50))
            if each.record_id == given[0]
        )
    )
    assert copied, "what was open then stays readable as it was then"


def test_assign_assign_the_later_one_holds_and_the_other_is_listed(two: Two) -> None:
    case_id = two.new_case(NIVEL_DE_RIESGO_VICTIMA="3")
    key = a_task(two, case_id)
    two.apart(
        lambda uow: tasks.assign(uow, two.a.laptop.desk, case_id, key, "legal"),
        lambda uow: tasks.assign(uow, two.b.laptop.desk, case_id, key, "psicologia"),
    )
    record = tasks.task_record_id(case_id, key)
    assert two.both(lambda one: by_itself(one, record)) == {"role": ["psicologia", "legal"]}
    for one in two.together():
        # The cases of the tests before wait for theirs, too.
        while one.run(lambda uow, one=one: refresh(uow, one.laptop.desk, 100)):
            pass
        rows = one.run(
            lambda uow, one=one: agenda(uow, one.laptop.desk, AgendaFilter(), limit=100_000).rows
        )
        assert any(row.task.case_id == case_id for row in rows)


def test_take_take_the_later_one_holds_and_the_other_is_listed(two: Two) -> None:
    given = two.a.run(lambda uow: handover.give(uow, two.a.laptop.desk, shift="noche", note="N"))
    two.hand_over()
    two.apart(
        lambda uow: handover.take(uow, two.a.laptop.desk, given),
        lambda uow: handover.take(uow, two.b.laptop.desk, given),
    )
    for one in two.together():
        with pytest.raises(DomainError, match="handover_taken"):
            one.run(lambda uow, one=one: handover.take(uow, one.laptop.desk, given))


def test_attach_withdraw_is_withdrawn_and_can_be_attached_again(two: Two) -> None:
    case_id = two.case_of_a()
    content = PNG + two.first.encode()
    first = two.a.run(
        lambda uow: attachments.attach(uow, two.a.laptop.desk, case_id, case_id, content)
    )
    two.hand_over()
    two.apart(
        lambda uow: attachments.withdraw(uow, two.a.laptop.desk, first),
        lambda uow: attachments.attach(uow, two.b.laptop.desk, case_id, case_id, content),
    )
    assert two.both(lambda one: one.run(lambda uow: attachments.list_of(uow, case_id))) == ()
    again = two.b.run(
        lambda uow: attachments.attach(uow, two.b.laptop.desk, case_id, case_id, content)
    )
    two.level()
    ids = two.both(
        lambda one: [
            row.attachment_id for row in one.run(lambda uow: attachments.list_of(uow, case_id))
        ]
    )
    assert ids == [again]
    assert two.b.run(lambda uow: attachments.content_of(uow, two.b.laptop.desk, again)) == content


def test_attach_attach_of_one_picture_is_listed_twice(two: Two) -> None:
    case_id = two.new_case()
    content = PNG + b"twice" + two.first.encode()
    two.apart(
        lambda uow: attachments.attach(uow, two.a.laptop.desk, case_id, case_id, content),
        lambda uow: attachments.attach(uow, two.b.laptop.desk, case_id, case_id, content),
    )
    rows = two.both(lambda one: len(one.run(lambda uow: attachments.list_of(uow, case_id))))
    assert rows == 2


def test_value_value_of_one_day_the_graver_level_holds(two: Two) -> None:
    case_id = two.new_case(NIVEL_DE_RIESGO_VICTIMA="1")

    two.apart(valued(two.a, case_id, "3"), valued(two.b, case_id, "2"))
    assert two.both(lambda one: level_of(one, case_id)) == "3"


def valued(typist: Typist, case_id: RecordId, level: str) -> Work:
    """Return the work of valuing the risk of a case anew."""
    desk = typist.laptop.desk

    def work(uow: UnitOfWork) -> RecordId:
        record_id = risk.open_valuation(uow, desk, case_id)
        set_field(uow, desk, risk.VALUATION_FORM, record_id, "level", level)
        return record_id

    return work


def level_of(typist: Typist, case_id: RecordId) -> str:
    definitions = typist.laptop.desk.definitions
    return typist.run(lambda uow: risk.current_level(uow, definitions, case_id))


def test_withdraw_edit_the_valuation_counts_with_what_was_written(two: Two) -> None:
    case_id = two.case_of_a(NIVEL_DE_RIESGO_VICTIMA="1")
    made = RecordId(str(two.a.run(valued(two.a, case_id, "2"))))
    two.hand_over()
    desk_a, desk_b = two.a.laptop.desk, two.b.laptop.desk
    two.apart(
        lambda uow: risk.withdraw(uow, desk_a, made),
        lambda uow: set_field(uow, desk_b, risk.VALUATION_FORM, made, "level", "3"),
    )
    assert two.both(lambda one: level_of(one, case_id)) == "3"
    two.a.run(lambda uow: risk.withdraw(uow, desk_a, made))
    two.level()
    assert two.both(lambda one: level_of(one, case_id)) == "1"


def fvr(typist: Typist, record_id: RecordId, **values: Value) -> Work:
    """Return the work of typing fields of a transcription."""

    def work(uow: UnitOfWork) -> None:
        for field_id, value in values.items():
            risk.set_fvr_field(uow, typist.laptop.desk, record_id, field_id, value)

    return work


def test_transcribe_transcribe_two_instruments_is_asked_and_the_one_chosen_is_read(
    two: Two,
) -> None:
    case_id = two.case_of_a()
    record_id = two.a.run(lambda uow: risk.open_fvr(uow, two.a.laptop.desk, case_id))
    two.hand_over()
    two.apart(
        fvr(two.a, record_id, instrument="FVR-PAREJA"), fvr(two.b, record_id, instrument="FVR-NNA")
    )
    (row,) = [one for one in open_rows(two.a) if one.record_id == record_id]
    assert row.field == "instrument"
    two.a.run(deciding(two.a, row, "FVR-PAREJA"))
    two.level()
    for one in two.together():
        reading = one.run(lambda uow, one=one: risk.reading_of(uow, one.laptop.desk, record_id))
        assert (reading.instrument, reading.is_other_version) == ("FVR-PAREJA", False)


def test_distance_distance_of_one_district_is_asked(two: Two) -> None:
    district = "010401" if two.first == "a" else "010403"
    today = two.a.laptop.desk.clock.today()

    def written(typist: Typist, days: int) -> Work:
        desk = typist.laptop.desk
        return lambda uow: work_calendar.set_distance(
            uow, desk, district, days, source="Cuadro", valid_from=today
        )

    two.apart(written(two.a, 2), written(two.b, 5))
    (record,) = [
        one.record_id for one in two.a.run(work_calendar.list_distances) if one.district == district
    ]
    assert two.both(lambda one: questions(one, record)) == {"days": [2, 5]}


def local_day(two: Two, number: int) -> RecordId:
    """Write a local holiday on A, which both hold: another one for each order of arrival."""
    day = two.a.laptop.desk.clock.today() + timedelta(days=number + (two.first == "b"))
    made = two.a.run(
        lambda uow: work_calendar.add_day(
            uow, two.a.laptop.desk, day, DaySort.HOLIDAY, district="010401", reason="Aniversario"
        )
    )
    two.hand_over()
    return made


def calendar_days(typist: Typist) -> set[RecordId | None]:
    """Return the days that the centre wrote."""
    year = typist.laptop.desk.clock.today().year
    years = (year, year + 1)
    return {
        row.record_id
        for one in years
        for row in typist.run(
            lambda uow, one=one: work_calendar.list_days(uow, typist.laptop.desk, one)  # type: ignore[misc]
        )
    }


def test_remove_edit_of_a_day_the_day_stands_with_the_edit(two: Two) -> None:
    made = local_day(two, 10)
    desk_b = two.b.laptop.desk
    two.apart(
        lambda uow: work_calendar.remove_day(uow, two.a.laptop.desk, made),
        lambda uow: set_field(
            uow, desk_b, work_calendar.CALENDAR_FORM, made, "calendar_reason", "Huelga"
        ),
    )
    assert two.both(lambda one: made in calendar_days(one))
    assert history(two.a, Kind.CALENDAR_DAY, made, "reason") == {"Aniversario", "Huelga"}
    two.a.run(lambda uow: work_calendar.remove_day(uow, two.a.laptop.desk, made))
    two.level()
    assert not two.both(lambda one: made in calendar_days(one))


def test_remove_remove_of_a_day_is_out_once(two: Two) -> None:
    made = local_day(two, 20)
    two.apart(
        *(
            lambda uow, one=one: work_calendar.remove_day(uow, one.laptop.desk, made)  # type: ignore[misc]
            for one in two.together()
        )
    )
    assert not two.both(lambda one: made in calendar_days(one))
    two.b.run(lambda uow: work_calendar.restore(uow, two.b.laptop.desk, made))
    two.level()
    assert two.both(lambda one: made in calendar_days(one))


def test_add_add_of_one_day_are_two_entries(two: Two) -> None:
    day = two.a.laptop.desk.clock.today() + timedelta(days=30 + (two.first == "b"))
    made: list[RecordId] = []
    two.apart(
        *(
            lambda uow, one=one: made.append(  # type: ignore[misc]
                work_calendar.add_day(uow, one.laptop.desk, day, DaySort.HOLIDAY, reason="Fiesta")
            )
            for one in two.together()
        )
    )
    assert two.both(lambda one: calendar_days(one) >= set(made))


def test_remove_write_of_a_distance_it_stands_as_written(two: Two) -> None:
    district = "010402" if two.first == "a" else "010202"
    today = two.a.laptop.desk.clock.today()

    def written(typist: Typist, days: int) -> Work:
        desk = typist.laptop.desk
        return lambda uow: work_calendar.set_distance(
            uow, desk, district, days, source="Cuadro", valid_from=today
        )

    made = RecordId(str(two.a.run(written(two.a, 2))))
    two.hand_over()
    two.apart(
        lambda uow: work_calendar.remove_distance(uow, two.a.laptop.desk, made), written(two.b, 5)
    )
    assert two.both(
        lambda one: [
            row.days for row in one.run(work_calendar.list_distances) if row.district == district
        ]
    ) == [5]
    assert two.both(lambda one: questions(one, made)) == {}


# The table.


def test_every_row_of_the_table_names_a_test_of_this_file_and_every_test_has_a_row() -> None:
    named = set(re.findall(r"`(test_\w+)`", DOCUMENT.read_text(encoding="utf-8")))
    here = {name for name in globals() if name.startswith("test_")}
    here -= {"test_every_row_of_the_table_names_a_test_of_this_file_and_every_test_has_a_row"}
    assert named == here
