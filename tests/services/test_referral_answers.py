"""What became of a referral follows from dated facts; what waits too long stands first."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.folio import check_code, qr_text, read_code
from app.domain.records import Kind, Name
from app.domain.referral import ReferralState
from app.domain.value import Value
from app.domain.work_calendar import DaySort
from app.services import conflicts, forms, ledger, referral_answers, referrals, work_calendar
from app.services.ports import FieldKey
from app.services.read_models import AgeingRow, ReferralRow
from tests.services.test_referrals import ACCEPTS, fill, form, issue, open_for, refer, why_not
from tests.support.laptops import NOON_MS, Laptop, exchange, make_desk

HOUR_MS = 3_600_000
TODAY = "2026-11-26"  # a Thursday


def later(laptop: Laptop, *, hours: float) -> Laptop:
    """The same laptop, some hours after noon of that Thursday."""
    return Laptop(laptop.store, make_desk(seed=7, ms=NOON_MS + int(hours * HOUR_MS)))


def sent(laptop: Laptop, *, of: dict[str, Value] | None = None, **values: Value) -> RecordId:
    """Refer to a health centre and let it leave now, at noon of that Thursday."""
    referral = refer(laptop, of=of, **{"institution": "eess", **ACCEPTS, **values})
    issue(laptop, referral)
    return referral


def row(laptop: Laptop, referral_id: RecordId) -> ReferralRow:
    def look(uow):
        held = uow.records.fields(referral_id)
        rows = referral_answers.of_case(uow, laptop.desk, RecordId(str(held["case"].value)))
        return next(one for one in rows if one.referral_id == referral_id)

    return laptop.run(look)


def state(laptop: Laptop, referral_id: RecordId) -> ReferralState:
    return row(laptop, referral_id).state


def aged(laptop: Laptop, now: datetime | None = None) -> tuple[AgeingRow, ...]:
    return laptop.run(lambda uow: referral_answers.ageing(uow, laptop.desk, now))


# The states.


def test_until_it_left_it_is_a_draft_and_nobody_waits_for_it(laptop: Laptop) -> None:
    referral = refer(laptop, institution="eess", reply_within="h24", **ACCEPTS)
    assert state(later(laptop, hours=1000), referral) is ReferralState.DRAFT
    assert aged(later(laptop, hours=1000)) == ()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ReferralState.SENT),
        ({"received_on": TODAY}, ReferralState.RECEIVED),
        ({"outcome": "appointment", "appointment_on": "2026-12-02"}, ReferralState.APPOINTMENT),
        ({"outcome": "attended", "attended_on": TODAY}, ReferralState.ATTENDED),
        ({"outcome": "attended"}, ReferralState.ATTENDED),
        ({"outcome": "not_arrived"}, ReferralState.NOT_ARRIVED),
        ({"outcome": "refused", "refusal_reason": "sin_personal"}, ReferralState.REFUSED),
        ({"no_answer_on": TODAY}, ReferralState.NO_ANSWER),
        ({"no_answer_on": TODAY, "outcome": "attended"}, ReferralState.ATTENDED),
        ({"attended_on": TODAY}, ReferralState.ATTENDED),
        ({"attended_on": TODAY, "refused_on": TODAY}, ReferralState.REFUSED),
        ({"outcome": "codigo_de_otra_version"}, ReferralState.RECEIVED),
    ],
)
def test_the_state_follows_from_what_was_recorded(
    laptop: Laptop, values: dict[str, Value], expected: ReferralState
) -> None:
    referral = sent(laptop)
    fill(laptop, referral, **values)
    assert state(laptop, referral) is expected
    assert laptop.run(lambda uow: referrals.state_of(uow, referral)) == referrals.ISSUED


@pytest.mark.parametrize(
    ("within", "last_hour"),
    [
        ("h24", 24),  # hours run on
        ("h48", 48),
        ("d3", 5 * 24 + 11),  # Friday, Monday, Tuesday 1 December, to the end of the day
        ("d5", 7 * 24 + 11),  # … Wednesday, Thursday 3 December
        ("d10", 18 * 24 + 11),  # 8 and 9 December are holidays of the nation: Monday 14
    ],
)
def test_overdue_is_what_was_not_answered_in_the_term_that_was_asked(
    laptop: Laptop, within: str, last_hour: int
) -> None:
    referral = sent(laptop, reply_within=within)
    assert state(later(laptop, hours=last_hour), referral) is ReferralState.SENT
    late = later(laptop, hours=last_hour + 1.1)
    assert state(late, referral) is ReferralState.OVERDUE
    fill(late, referral, received_on="2026-11-27")
    assert state(late, referral) is ReferralState.OVERDUE, "that it was received is no answer"
    fill(late, referral, outcome="attended")
    assert state(late, referral) is ReferralState.ATTENDED


def test_without_a_term_nothing_is_overdue_and_it_stays_in_the_list(laptop: Laptop) -> None:
    referral = sent(laptop)
    late = later(laptop, hours=24 * 90)
    assert state(late, referral) is ReferralState.SENT
    (one,) = aged(late)
    assert (one.referral.days, one.referral.due) == (90, None)


def test_a_local_holiday_gives_the_receiver_another_day(laptop: Laptop) -> None:
    referral = sent(laptop, reply_within="d3")
    case_id = row(laptop, referral).case_id
    laptop.fill(case_id, district="010401")
    laptop.run(
        lambda uow: work_calendar.add_day(
            uow, laptop.desk, date(2026, 11, 30), DaySort.HOLIDAY, district="010401"
        )
    )
    (one,) = aged(later(laptop, hours=5 * 24 + 13))
    assert one.referral.state is ReferralState.SENT
    assert state(later(laptop, hours=5 * 24 + 13), referral) is ReferralState.SENT
    assert state(later(laptop, hours=6 * 24 + 13), referral) is ReferralState.OVERDUE


def test_two_laptops_that_registered_different_answers_ask_a_person(
    two: tuple[Laptop, Laptop],
) -> None:
    a, b = two
    referral = sent(a)
    exchange(a, b)
    fill(a, referral, outcome="attended", attended_on=TODAY)
    fill(b, referral, outcome="not_arrived")
    exchange(a, b)
    for laptop in two:
        shown = row(laptop, referral)
        assert (shown.state, shown.has_conflict) == (ReferralState.NOT_ARRIVED, True)
        assert why_not(laptop, referral) is None, "the paper that left is not altered by it"
    key = FieldKey(Kind.REFERRAL, referral, "outcome")
    heads = tuple(one.id for one in a.run(lambda uow: uow.changes.heads(key)))
    a.run(lambda uow: conflicts.settle(uow, a.desk, key, "attended", heads))
    exchange(a, b)
    for laptop in two:
        assert state(laptop, referral) is ReferralState.ATTENDED


# What is filled in after it left, and what is not.


def test_only_what_comes_after_is_filled_in_once_it_left(laptop: Laptop) -> None:
    referral = refer(laptop, institution="eess", **ACCEPTS)
    for name in ("outcome", "no_answer_on", "revoked_on"):
        with pytest.raises(DomainError, match="referral_not_issued"):
            fill(laptop, referral, **{name: TODAY})
    issue(laptop, referral)
    fill(laptop, referral, outcome="attended", attention_given="Atención inventada")
    for name in ("institution", "reason", "consent_given", "entry_accepted", "urgency"):
        with pytest.raises(DomainError, match="referral_issued"):
            fill(laptop, referral, **{name: "otro"})


def test_an_answer_is_not_copied_into_a_new_referral(laptop: Laptop) -> None:
    referral = sent(laptop, reason="Motivo")
    fill(laptop, referral, outcome="refused", refusal_reason="sin_personal", observations="Nada")
    new = laptop.run(lambda uow: referrals.open_like(uow, laptop.desk, referral))
    assert not {"outcome", "refusal_reason", "observations"} & form(laptop, new).keys()
    assert form(laptop, new)["reason"] == "Motivo"


# The return slip.


@pytest.mark.parametrize(
    "typed",
    [
        "{folio} · {check}",
        "{folio} {check}",
        "{folio}{check}",
        "N.° {folio} · {check}",
        "n° {folio}-{check}",
        "{compact} {check}",
        "  {folio}   {check}  ",
        "{qr}",
    ],
)
def test_a_slip_is_found_however_its_code_is_typed(laptop: Laptop, typed: str) -> None:
    referral = sent(laptop)
    folio = row(laptop, referral).folio
    code = typed.format(
        folio=folio,
        compact=folio.replace("-", " "),
        check=check_code(folio),
        qr=qr_text(folio),
    )
    for written in (code, code.lower()):
        found = laptop.run(
            lambda uow, c=written: referral_answers.register_slip(uow, laptop.desk, c)
        )
        assert found.referral_id == referral


def test_letters_that_the_check_code_does_not_have_are_figures() -> None:
    assert read_code("2026-A0001-DA1 oi") == ("2026-A0001-DA1", "01")
    assert read_code("2026-0412-D3 7K") == ("2026-0412-D3", "7K")


def test_a_mistyped_slip_is_refused_with_the_reason(laptop: Laptop) -> None:
    referral = sent(laptop)
    folio = row(laptop, referral).folio
    check = check_code(folio)
    other = f"{folio[:-1]}2"
    draft = open_for(laptop, row(laptop, referral).case_id)
    unsent = row(laptop, draft).folio

    def refused(code: str) -> str:
        with pytest.raises(DomainError) as refusal:
            laptop.run(lambda uow: referral_answers.register_slip(uow, laptop.desk, code))
        return refusal.value.message_id

    assert refused("hola") == "slip_no_code"
    assert refused("") == "slip_no_code"
    assert refused(f"{folio} {'0' if check[0] != '0' else '1'}{check[1]}") == "slip_check_wrong"
    assert refused(f"{other} {check}") == "slip_check_wrong"
    assert refused(f"2026-B0009-DB1 {check_code('2026-B0009-DB1')}") == "slip_unknown"
    assert refused(f"{unsent} {check_code(unsent)}") == "slip_not_issued"


def give_folio_of(laptop: Laptop, one: RecordId, other: RecordId) -> str:
    """Let the second referral bear the number of the first: two copies of a laptop that did not see
    each other give one twice."""
    folio = row(laptop, one).folio
    key = FieldKey(Kind.REFERRAL, other, Name.FOLIO)

    def write(uow):
        forms.change_fields(uow, laptop.desk, {key: folio})
        uow.commit()

    laptop.run(write)
    return folio


def test_referrals_that_share_a_number_say_whose_they_are_and_no_others_do(
    laptop: Laptop,
) -> None:
    first = sent(laptop)
    second = sent(laptop, of={"names": "Sol", "alias": "Estrella"})
    sent(laptop)
    folio = give_folio_of(laptop, first, second)
    with pytest.raises(DomainError, match="slip_twice"):
        code = f"{folio} {check_code(folio)}"
        laptop.run(lambda uow: referral_answers.register_slip(uow, laptop.desk, code))
    told = {one.referral.referral_id: one.person for one in aged(laptop)}
    assert {told.pop(first), told.pop(second)} == {"N. I.", "Estrella"}
    assert set(told.values()) == {None}


def test_one_of_two_that_is_still_open_says_whose_it_is(laptop: Laptop) -> None:
    first, second = sent(laptop), sent(laptop)
    give_folio_of(laptop, first, second)
    fill(laptop, second, outcome="attended")
    assert [one.person for one in aged(laptop)] == ["N. I."]


# The list that ages.


def test_what_asks_for_action_stands_first_then_the_more_urgent(laptop: Laptop) -> None:
    late = sent(laptop, reply_within="h24", urgency="programada")
    immediate = sent(laptop, reply_within="d10", urgency="inmediata")
    sent_today = sent(laptop, reply_within="d10", urgency="hoy")
    unsaid = sent(laptop)
    planned = sent(laptop, reply_within="d10", urgency="programada")
    answered = sent(laptop)
    fill(laptop, answered, outcome="attended")
    given_up = sent(laptop)
    fill(laptop, given_up, no_answer_on=TODAY)
    rows = aged(later(laptop, hours=30))
    assert [one.referral.referral_id for one in rows] == [
        late, immediate, sent_today, unsaid, planned,
    ]  # fmt: skip
    assert rows[0].referral.state is ReferralState.OVERDUE
    assert (rows[0].case_code, rows[0].risk_level) == ("2026-A0001", "3")
    assert laptop.run(referral_answers.count_open) == 5


def test_whoever_did_not_arrive_stays_open_until_somebody_decided_what_comes_next(
    laptop: Laptop,
) -> None:
    referral = sent(laptop)
    for answer in ("not_arrived", "refused"):
        fill(laptop, referral, outcome=answer)
        (one,) = aged(laptop)
        assert one.referral.needs_action
    fill(laptop, referral, followed_up_on=TODAY)
    assert aged(laptop) == ()


def test_an_appointment_that_passed_without_a_word_asks_for_action(laptop: Laptop) -> None:
    referral = sent(laptop)
    fill(laptop, referral, outcome="appointment", appointment_on="2026-11-27")
    assert [one.referral.needs_action for one in aged(laptop)] == [False]
    assert [one.referral.needs_action for one in aged(later(laptop, hours=40))] == [True]
    assert row(laptop, referral).is_open


def test_the_list_is_the_same_after_a_rebuild(two: tuple[Laptop, Laptop]) -> None:
    a, b = two
    first, second = sent(a, reply_within="h24"), sent(a)
    fill(a, first, outcome="not_arrived")
    fill(a, second, revoked_on=TODAY)
    exchange(a, b)
    before = aged(a)
    assert len(before) == 2
    assert aged(b) == before

    def rebuild(uow):
        ledger.rebuild(uow, a.desk.definitions)
        uow.commit()

    a.run(rebuild)
    assert aged(a) == before


def test_a_clock_that_runs_behind_shows_no_negative_age(laptop: Laptop) -> None:
    sent(laptop, reply_within="h24")
    past = datetime.fromtimestamp(NOON_MS / 1000, laptop.desk.clock.zone()) - timedelta(days=400)
    (one,) = aged(laptop, past)
    assert (one.referral.days, one.referral.state) == (0, ReferralState.SENT)


# A consent taken back after it left.


def test_a_consent_taken_back_after_it_left_stops_another_print_and_tells_by_when(
    laptop: Laptop,
) -> None:
    referral = sent(laptop)
    fill(laptop, referral, outcome="attended")
    assert aged(laptop) == ()
    fill(laptop, referral, revoked_on=TODAY, revoked_form="verbal")
    assert why_not(laptop, referral) == "referral_consent_withdrawn"
    (one,) = aged(laptop)
    assert one.referral.revoked
    assert one.referral.needs_action
    assert one.referral.stop_by == date(2026, 12, 7), "the tenth day is a Sunday"
    fill(laptop, referral, told_on=TODAY, told_how="oficio")
    assert aged(laptop) == ()
    assert why_not(laptop, referral) == "referral_consent_withdrawn"


def test_what_the_law_obliges_to_report_does_not_rest_on_her_consent(laptop: Laptop) -> None:
    referral = refer(
        laptop, institution="pnp_comisaria", legal_basis="reg30364_15_1", informed="1", **ACCEPTS
    )
    issue(laptop, referral)
    fill(laptop, referral, revoked_on=TODAY)
    assert why_not(laptop, referral) is None
