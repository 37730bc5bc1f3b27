"""Every pair of operations that two laptops can do without seeing each other: ``docs/conflicts.md``.

Real laptops, real sealed batches through the real server. Each laptop gets the other's operation
after its own, so both orders of arrival are in every test; which of the two reaches the region
first is a parameter. At the end both show the same, and nothing that anybody wrote is lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.folio import check_code
from app.domain.pathway import TaskState
from app.domain.records import Kind, Name
from app.domain.referral import ReferralState
from app.domain.value import Value
from app.services import (
    attachments,
    case_records,
    casework,
    conflicts,
    handover,
    joined,
    people,
    referral_answers,
    referrals,
    risk,
    tasks,
    transfers,
    work_calendar,
)
from app.services.agenda import agenda, refresh
from app.services.conflict_models import ConflictRow, JoinedRow
from app.services.forms import set_field
from app.services.people_models import PersonProbe
from app.services.ports import FieldKey, UnitOfWork
from app.services.read_models import CaseFilter, ReferralRow
from app.services.work_ports import AgendaFilter
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


@pytest.fixture(params=["a", "b"])
def two(laptops: tuple[Typist, Typist], request: pytest.FixtureRequest) -> Two:
    """Both laptops; each test brings them level before it parts them."""
    return Two(*laptops, request.param)


def seen_on(typist: Typist) -> object:
    """Return every derived value and list of a laptop."""

    def look(uow: UnitOfWork) -> object:
        fields = [
            (kind, record_id, sorted((n, f.value, f.is_conflict) for n, f in held.items()))
            for kind in (Kind.CASE, Kind.SURVIVOR, Kind.REFERRAL, Kind.TASK, Kind.NOTE)
            for record_id in uow.records.ids(kind)
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


def test_delete_edit_the_record_is_out_and_the_edit_is_in_it(two: Two) -> None:
    case_id = two.case_of_a()
    one = note(two.a, case_id, "Primera")
    two.hand_over()
    desk_b = two.b.laptop.desk
    two.apart(
        lambda uow: case_records.discard(uow, two.a.laptop.desk, one),
        lambda uow: set_field(uow, desk_b, "nota", one, "note_text", "Primera, corregida"),
    )
    assert two.both(lambda typist: listed(typist, "nota", case_id)) == []
    assert two.both(lambda typist: listed(typist, "nota", case_id, taken=True)) == [one]
    two.b.run(lambda uow: case_records.restore(uow, desk_b, one))
    two.level()
    assert two.both(lambda typist: listed(typist, "nota", case_id)) == [one]
    text = two.both(lambda typist: typist.run(lambda uow: uow.records.fields(one)["text"].value))
    assert text == "Primera, corregida"


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
    two.a.run(deciding(two.a, row, "martes"))
    two.hand_over()
    key = FieldKey(row.kind, row.record_id, row.field)
    (decided,) = two.a.run(lambda uow: uow.changes.heads(key))
    two.apart(
        lambda uow: conflicts.undo_settlement(uow, two.a.laptop.desk, key, decided.id),
        ficha(two.b, case_id, safe_hours="domingo"),
    )
    assert two.both(lambda one: questions(one, case_id)) == {
        "safe_hours": ["domingo", "martes", "viernes"]
    }


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

    def valued(typist: Typist, level: str) -> Work:
        desk = typist.laptop.desk

        def work(uow: UnitOfWork) -> None:
            record_id = risk.open_valuation(uow, desk, case_id)
            set_field(uow, desk, risk.VALUATION_FORM, record_id, "level", level)

        return work

    two.apart(valued(two.a, "3"), valued(two.b, "2"))

    def level(typist: Typist) -> str:
        desk = typist.laptop.desk
        return typist.run(lambda uow: risk.current_level(uow, desk.definitions, case_id))

    assert two.both(level) == "3"


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


# The table.


def test_every_row_of_the_table_names_a_test_of_this_file_and_every_test_has_a_row() -> None:
    named = set(re.findall(r"`(test_\w+)`", DOCUMENT.read_text(encoding="utf-8")))
    here = {name for name in globals() if name.startswith("test_")}
    here -= {"test_every_row_of_the_table_names_a_test_of_this_file_and_every_test_has_a_row"}
    assert named == here
