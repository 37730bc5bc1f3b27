"""Risk in a case over a real store: history, the level that holds, scores, warnings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.domain.records import Kind
from app.domain.risk import Evolution
from app.domain.value import Absent, Value
from app.services import casework, forms, ledger, referrals, risk
from app.services.ports import FieldKey
from app.services.read_models import CaseFilter, CentreProfile, ReferralSheet
from app.services.risk_levels import current_level, gravest_instrument
from app.services.risk_models import RiskHistory
from tests.support.laptops import Laptop, exchange

CENTRE = CentreProfile(
    "CEM Inventado", "Programa", "Ministerio", "Jr. Inventado 1", "000", "010404"
)
SEVERE_SHEET = {"pareja_2": "1", "pareja_5": "1", "pareja_6": "1", "pareja_7": "1"}  # 14 points


def value_again(laptop: Laptop, case_id: RecordId, **values: Value) -> RecordId:
    """Begin a further valuation and fill it in."""
    record_id = laptop.run(lambda uow: risk.open_valuation(uow, laptop.desk, case_id))
    for name, value in values.items():
        laptop.run(
            lambda uow, n=name, v=value: forms.set_field(  # type: ignore[misc]
                uow, laptop.desk, risk.VALUATION_FORM, record_id, n, v
            )
        )
    return record_id


def transcribe(laptop: Laptop, case_id: RecordId, **values: Value) -> RecordId:
    """Begin a transcription and fill it in."""
    record_id = laptop.run(lambda uow: risk.open_fvr(uow, laptop.desk, case_id))
    write(laptop, record_id, **values)
    return record_id


def write(laptop: Laptop, record_id: RecordId, **values: Value) -> None:
    for name, value in values.items():
        laptop.run(
            lambda uow, n=name, v=value: risk.set_fvr_field(uow, laptop.desk, record_id, n, v)  # type: ignore[misc]
        )


def history(laptop: Laptop, case_id: RecordId) -> RiskHistory:
    return laptop.run(lambda uow: risk.risk_history(uow, laptop.desk, case_id))


def warned(laptop: Laptop, record_id: RecordId) -> list[str]:
    found = laptop.run(lambda uow: risk.warnings_of(uow, laptop.desk, record_id))
    return [one.code for one in found]


def level_of(laptop: Laptop, case_id: RecordId) -> str:
    return laptop.run(lambda uow: current_level(uow, laptop.desk.definitions, case_id))


def listed_level(laptop: Laptop) -> str | None:
    (row,) = laptop.run(lambda uow: casework.list_cases(uow, CaseFilter(), 0, 10))
    return row.risk_level


def test_the_first_valuation_is_that_of_the_ficha(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, NIVEL_DE_RIESGO_VICTIMA="2", risk_reason="Motivo inventado.")

    found = history(laptop, case_id)

    (first,) = found.valuations
    assert (first.is_first, first.level, first.has_reason) == (True, "2", True)
    assert first.is_current
    assert first.evolution is None
    assert found.current == "2"
    assert found.instruments == ()


def test_a_case_without_a_level_has_none(laptop: Laptop) -> None:
    case_id = laptop.open_case()

    assert history(laptop, case_id).current == ""
    assert level_of(laptop, case_id) == ""
    assert listed_level(laptop) is None


def test_a_later_valuation_holds_and_the_list_shows_it(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, NIVEL_DE_RIESGO_VICTIMA="1")
    value_again(laptop, case_id, level="3", moment="hecho_nuevo", reason="Motivo inventado.")

    found = history(laptop, case_id)

    assert [one.level for one in found.valuations] == ["3", "1"]
    assert found.valuations[0].evolution is Evolution.UP
    assert found.current == level_of(laptop, case_id) == "3"
    assert listed_level(laptop) == "3"


def test_a_referral_takes_the_level_that_holds_and_its_day(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, NIVEL_DE_RIESGO_VICTIMA="1")
    referral_id = laptop.run(lambda uow: referrals.open_referral(uow, laptop.desk, case_id))

    def sheet() -> ReferralSheet:
        return laptop.run(
            lambda uow: referrals.sheet(uow, laptop.desk, referral_id, CENTRE, ("es",))
        )

    assert (sheet().risk_level, sheet().risk_valued_on) == ("1", None)  # no day was written
    value_again(laptop, case_id, level="3", reason="Motivo inventado.")

    assert (sheet().risk_level, sheet().risk_valued_on) == ("3", date(2026, 11, 26))


def test_the_list_is_the_same_after_a_rebuild(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, NIVEL_DE_RIESGO_VICTIMA="1")
    value_again(laptop, case_id, level="3")

    def rebuilt(uow: object) -> None:
        ledger.rebuild(uow, laptop.desk.definitions)  # type: ignore[arg-type]
        uow.commit()  # type: ignore[attr-defined]

    laptop.run(rebuilt)

    assert listed_level(laptop) == "3"


def test_an_earlier_day_entered_later_does_not_hold(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, NIVEL_DE_RIESGO_VICTIMA="2")  # entered today
    value_again(laptop, case_id, valued_on="2026-10-01", level="1")

    assert level_of(laptop, case_id) == "2"
    assert [one.level for one in history(laptop, case_id).valuations] == ["2", "1"]


def test_of_two_valuations_of_one_day_the_graver_holds(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    value_again(laptop, case_id, level="3")
    value_again(laptop, case_id, level="1")

    assert level_of(laptop, case_id) == "3"


def test_a_valuation_that_was_opened_and_left_empty_hides_none(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, NIVEL_DE_RIESGO_VICTIMA="3")
    first = value_again(laptop, case_id)

    assert level_of(laptop, case_id) == "3"
    assert value_again(laptop, case_id) == first  # it is gone on with, not piled up


def test_a_valuation_taken_back_counts_no_longer(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, NIVEL_DE_RIESGO_VICTIMA="2")
    record_id = value_again(laptop, case_id, level="1", valued_on="2026-11-26")
    laptop.run(lambda uow: risk.withdraw(uow, laptop.desk, record_id))

    assert level_of(laptop, case_id) == "2"
    assert len(history(laptop, case_id).valuations) == 1


def test_two_laptops_that_differ_show_the_graver_level_until_settled(
    two: tuple[Laptop, Laptop],
) -> None:
    first, second = two
    case_id = first.open_case()
    record_id = value_again(first, case_id, reason="Motivo inventado.")
    exchange(first, second)
    for one, level in ((first, "3"), (second, "1")):
        one.run(
            lambda uow, o=one, v=level: forms.set_field(  # type: ignore[misc]
                uow, o.desk, risk.VALUATION_FORM, record_id, "level", v
            )
        )
    exchange(first, second)

    for one in two:
        assert level_of(one, case_id) == "3"
        assert history(one, case_id).valuations[0].is_conflict
        assert listed_level(one) == "3"


def test_a_transcription_has_its_score_and_who_applied_it(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    fvr_id = transcribe(
        laptop,
        case_id,
        instrument="FVR-PAREJA",
        applied_by="pnp",
        applied_on="2026-11-20",
        document_number="0001-INVENTADO",
        **SEVERE_SHEET,
    )

    found = laptop.run(lambda uow: risk.score_of(uow, laptop.desk, fvr_id))
    (row,) = history(laptop, case_id).instruments

    assert found is not None
    assert (found.points, found.level, len(found.unanswered)) == (14, "severo", 15)
    assert (row.applied_by, row.level, row.document_number) == ("pnp", "severo", "0001-INVENTADO")
    assert not row.reading.is_rehearsal


def test_an_empty_transcription_gives_no_level(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    fvr_id = transcribe(laptop, case_id, instrument="FVR-PAREJA", pareja_1="1")

    reading = laptop.run(lambda uow: risk.reading_of(uow, laptop.desk, fvr_id))

    assert reading.score is not None
    assert reading.score.points == 1
    assert reading.computed == reading.gravest == ""


def test_paper_and_answers_that_differ_are_both_kept_and_it_is_said(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    fvr_id = transcribe(
        laptop,
        case_id,
        instrument="FVR-PAREJA",
        fvr_paper_level="leve",
        points_on_paper=6,
        **SEVERE_SHEET,
    )

    reading = laptop.run(lambda uow: risk.reading_of(uow, laptop.desk, fvr_id))

    assert (reading.written, reading.points_written) == ("leve", 6)
    assert reading.computed == reading.gravest == "severo"
    assert risk.remarks_of(reading) == ("fvr_paper_differs",)


@pytest.mark.parametrize(
    ("level", "points", "differs"),
    [
        ("severo", None, False),  # it may still be: questions are open
        ("severo_extremo", 18, False),
        (None, 14, False),
        (None, 13, True),  # already beyond
        ("moderado", None, True),
    ],
)
def test_a_paper_differs_only_when_no_open_question_explains_it(
    laptop: Laptop, level: str | None, points: int | None, *, differs: bool
) -> None:
    case_id = laptop.open_case()
    fvr_id = transcribe(laptop, case_id, instrument="FVR-PAREJA", **SEVERE_SHEET)
    write(laptop, fvr_id, fvr_paper_level=level, points_on_paper=points)

    reading = laptop.run(lambda uow: risk.reading_of(uow, laptop.desk, fvr_id))

    assert reading.differs is differs


def test_a_manual_instrument_has_the_level_of_its_paper_alone(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    fvr_id = transcribe(laptop, case_id, instrument="FVR-NNA", fvr_paper_level="moderado")

    reading = laptop.run(lambda uow: risk.reading_of(uow, laptop.desk, fvr_id))

    assert reading.score is None
    assert (reading.gravest, risk.remarks_of(reading)) == ("moderado", ())
    write(laptop, fvr_id, fvr_paper_level="severo_extremo")
    reading = laptop.run(lambda uow: risk.reading_of(uow, laptop.desk, fvr_id))
    assert risk.remarks_of(reading) == ("fvr_level_of_another",)


def test_no_instrument_is_undetermined_not_mild(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    transcribe(laptop, case_id, instrument="FVR-NINGUNA")

    assert gravest(laptop, case_id) == "no_determinado"


def gravest(laptop: Laptop, case_id: RecordId) -> str:
    return laptop.run(lambda uow: gravest_instrument(uow, laptop.desk.definitions, case_id))


def test_a_rehearsal_is_no_fvr(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, NIVEL_DE_RIESGO_VICTIMA="1")
    transcribe(laptop, case_id, instrument="FVR-PAREJA", purpose="ensayo", **SEVERE_SHEET)

    assert gravest(laptop, case_id) == ""
    assert warned(laptop, case_id) == ["instrument_above"]  # and yet it makes one think
    assert history(laptop, case_id).instruments[0].reading.is_rehearsal


def test_the_result_that_the_ficha_notes_counts_too(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, fvr_level="severo")
    transcribe(laptop, case_id, instrument="FVR-NNA", fvr_paper_level="leve")

    assert gravest(laptop, case_id) == "severo"


def test_a_paper_of_another_version_is_not_scored_here(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    fvr_id = transcribe(
        laptop, case_id, instrument="FVR-PAREJA", fvr_paper_level="moderado", **SEVERE_SHEET
    )

    def of_another_version(uow: object) -> None:
        key = FieldKey(Kind.FVR, fvr_id, "version")
        forms.change_fields(uow, laptop.desk, {key: "2031"})  # type: ignore[arg-type]
        uow.commit()  # type: ignore[attr-defined]

    laptop.run(of_another_version)
    reading = laptop.run(lambda uow: risk.reading_of(uow, laptop.desk, fvr_id))

    assert (reading.score, reading.gravest) == (None, "moderado")
    assert risk.remarks_of(reading) == ("fvr_other_version",)


def test_a_scoring_answer_shows_where_two_laptops_differ(two: tuple[Laptop, Laptop]) -> None:
    first, second = two
    case_id = first.open_case()
    fvr_id = transcribe(first, case_id, instrument="FVR-PAREJA")
    exchange(first, second)
    write(first, fvr_id, pareja_9="1", pareja_4="0", pareja_8=Absent.UNKNOWN)
    write(second, fvr_id, pareja_9="0", pareja_4="1", pareja_8="0")
    exchange(first, second)

    for one in two:
        found = one.run(lambda uow, o=one: risk.score_of(uow, o.desk, fvr_id))  # type: ignore[misc]
        assert found is not None
        assert found.points == 2 + 4
        assert found.not_known == ("8",)


def test_the_evolution_of_an_instrument_is_against_the_same_one_before(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    transcribe(
        laptop, case_id, instrument="FVR-NNA", fvr_paper_level="leve", applied_on="2026-10-01"
    )
    transcribe(
        laptop, case_id, instrument="FVR-PAM", fvr_paper_level="severo", applied_on="2026-10-02"
    )
    transcribe(
        laptop, case_id, instrument="FVR-NNA", fvr_paper_level="moderado", applied_on="2026-10-03"
    )

    rows = history(laptop, case_id).instruments

    assert [one.reading.instrument for one in rows] == ["FVR-NNA", "FVR-PAM", "FVR-NNA"]
    assert [one.evolution for one in rows] == [Evolution.UP, None, None]


def test_the_ficha_is_warned_of_and_its_level_stays(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(
        case_id,
        NIVEL_DE_RIESGO_VICTIMA="1",
        perpetrator_factors=("amenaza_muerte",),
        physical_acts=("AHORCAMIENTO",),
        risk_probability="alta",
        risk_impact="alto",
        risk_time="corto_plazo",
    )

    assert warned(laptop, case_id) == ["red_factor", "red_act", "high_high_short"]
    found = laptop.run(lambda uow: risk.warnings_of(uow, laptop.desk, case_id))
    assert found[0].because == ("Amenazas de muerte",)
    assert level_of(laptop, case_id) == "1"


def test_a_later_valuation_is_warned_of_by_what_it_says_and_else_by_the_ficha(
    laptop: Laptop,
) -> None:
    case_id = laptop.open_case()
    laptop.fill(
        case_id,
        NIVEL_DE_RIESGO_VICTIMA="3",
        risk_valued_on="2026-11-01",
        perpetrator_factors=("amenaza_muerte",),
    )
    record_id = value_again(laptop, case_id, level="2", reason="Motivo inventado.")

    assert warned(laptop, record_id) == ["red_factor"]
    of_its_own = ("celos",)
    laptop.run(
        lambda uow: forms.set_field(
            uow,
            laptop.desk,
            risk.VALUATION_FORM,
            record_id,
            "perpetrator_factors",
            of_its_own,
        )
    )
    assert warned(laptop, record_id) == []


def test_a_lower_level_asks_for_a_reason(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, NIVEL_DE_RIESGO_VICTIMA="3", risk_valued_on="2026-11-01")
    record_id = value_again(laptop, case_id, level="2")

    assert warned(laptop, record_id) == ["lower_without_reason"]
    laptop.run(
        lambda uow: forms.set_field(
            uow, laptop.desk, risk.VALUATION_FORM, record_id, "reason", "Motivo inventado."
        )
    )
    assert warned(laptop, record_id) == []
    assert history(laptop, case_id).valuations[0].evolution is Evolution.DOWN


@pytest.mark.parametrize(
    "work",
    [
        lambda uow, desk, one: risk.warnings_of(uow, desk, one),
        lambda uow, desk, one: risk.reading_of(uow, desk, one),
        lambda uow, desk, one: risk.risk_history(uow, desk, one),
        lambda uow, desk, one: risk.withdraw(uow, desk, one),
        lambda uow, desk, one: risk.open_fvr(uow, desk, one),
    ],
)
def test_what_is_no_such_record_is_refused(laptop: Laptop, work: Callable[..., object]) -> None:
    with pytest.raises(DomainError, match="record_unknown"):
        laptop.run(lambda uow: work(uow, laptop.desk, RecordId("0" * 32)))
