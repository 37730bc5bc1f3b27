"""What the answers to several questions deserve to have said is said, and nothing is set by it."""

from __future__ import annotations

from app.domain.value import Value
from tests.support.laptops import Laptop


def _left(laptop: Laptop, case_id: str) -> set[str]:
    return {one.id for one in laptop.ficha(case_id).missing}  # type: ignore[arg-type]


def _value(laptop: Laptop, case_id: str, field_id: str) -> Value:
    return laptop.ficha(case_id).values.get(field_id)  # type: ignore[arg-type]


def test_a_type_of_violence_without_an_act_is_saved_and_remarked_on(laptop: Laptop) -> None:
    case_id = laptop.open_case()

    (remark,) = laptop.fill(case_id, TIPO_VIOLENCIA="2")

    assert "violencia física" in remark.message_id
    assert _value(laptop, case_id, "TIPO_VIOLENCIA") == "2"
    assert "TIPO_VIOLENCIA" in _left(laptop, case_id)


def test_ticking_an_act_settles_the_remark_and_sets_no_type(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    assert laptop.fill(case_id, physical_acts=("PUNTAPIES_PATADAS",)) == []
    assert _value(laptop, case_id, "TIPO_VIOLENCIA") is None

    assert laptop.fill(case_id, TIPO_VIOLENCIA="2") == []
    assert "TIPO_VIOLENCIA" not in _left(laptop, case_id)

    assert len(laptop.fill(case_id, TIPO_VIOLENCIA="1")) == 1
    assert _value(laptop, case_id, "physical_acts") == ("PUNTAPIES_PATADAS",)


def test_an_age_that_the_dates_do_not_give_is_remarked_on_and_kept(laptop: Laptop) -> None:
    case_id = laptop.open_case()  # on 26 November 2026
    laptop.fill(case_id, birth_date="1990-11-27")

    (remark,) = laptop.fill(case_id, EDAD_VICTIMA=36)

    assert (remark.message_id, remark.parameters) == ("years_differ", {"years": 35})
    assert _value(laptop, case_id, "EDAD_VICTIMA") == 36
    assert laptop.fill(case_id, EDAD_VICTIMA=35) == []


def test_a_birth_date_sets_no_age(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, birth_date="1990-11-27")

    assert _value(laptop, case_id, "EDAD_VICTIMA") is None


def test_who_comes_by_the_police_has_a_report_and_the_answer_stays_hers(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, FORMA_INGRESO="15")

    assert len(laptop.fill(case_id, INTERPUSO_DENUNCIA="0")) == 1
    assert _value(laptop, case_id, "INTERPUSO_DENUNCIA") == "0"
    assert laptop.fill(case_id, INTERPUSO_DENUNCIA="1") == []
