"""A case that goes on in another CEM: the linked ficha there, and the number that comes back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.domain.errors import DomainError
from app.domain.folio import check_code
from app.domain.value import Value
from app.services import casework, transfers
from app.services.ports import Desk
from app.services.transfers import Origin
from tests.services.test_referrals import ACCEPTS, fill, issue, refer, sheet
from tests.support.laptops import Laptop, definitions

FOLIO = "2026-B0007-DB2"
PAPER = Origin("CEM Inventado de Origen", FOLIO, check_code(FOLIO), "2026-B0007", "123")


def open_linked(laptop: Laptop, origin: Origin = PAPER):
    return laptop.run(lambda uow: transfers.open_linked(uow, laptop.desk, origin))


def refused(laptop: Laptop, origin: Origin) -> str:
    before = laptop.run(lambda uow: uow.changes.count())
    with pytest.raises(DomainError) as refusal:
        open_linked(laptop, origin)
    assert laptop.run(lambda uow: uow.changes.count()) == before
    return refusal.value.message_id


def test_the_ficha_is_linked_and_the_condition_is_proposed_not_set(laptop: Laptop) -> None:
    file = laptop.ficha(open_linked(laptop))
    assert {
        name: file.values.get(name)
        for name in ("origin_centre", "origin_folio", "origin_case_code", "origin_ficha")
    } == {
        "origin_centre": "CEM Inventado de Origen",
        "origin_folio": FOLIO,
        "origin_case_code": "2026-B0007",
        "origin_ficha": "123",
    }
    assert file.values["FORMA_INGRESO"] == "23"
    assert file.values.get("CONDICION") is None
    assert file.values.get("ACUDE_SOLA") is None
    proposed = {one.field_id: one.value for one in transfers.proposals(laptop.desk, file)}
    assert proposed == {"CONDICION": "4", "ACUDE_SOLA": "3"}
    catalogues = definitions().catalogues
    assert "Derivado" in catalogues["condicion"].label("4")
    assert "Derivado" in catalogues["acude_sola"].label("3")
    assert "CEM" in catalogues["forma_ingreso"].label("23")


def test_what_a_person_answered_is_proposed_no_more(laptop: Laptop) -> None:
    case_id = open_linked(laptop)
    laptop.fill(case_id, CONDICION="1")
    left = [one.field_id for one in transfers.proposals(laptop.desk, laptop.ficha(case_id))]
    assert left == ["ACUDE_SOLA"]
    assert transfers.proposals(laptop.desk, laptop.ficha(laptop.open_case())) == ()


def test_the_code_is_read_however_it_is_typed_and_the_case_is_in_the_folio(laptop: Laptop) -> None:
    typed = Origin(" CEM  Uno ", "2026 b0007 db2", check_code(FOLIO).lower())
    values = laptop.ficha(open_linked(laptop, typed)).values
    assert values["origin_folio"] == FOLIO
    assert values["origin_case_code"] == "2026-B0007"
    assert values["origin_centre"] == "CEM Uno"
    assert values.get("origin_ficha") is None


@pytest.mark.parametrize(
    ("origin", "reason"),
    [
        (Origin("", FOLIO, check_code(FOLIO)), "origin_needs_centre"),
        (Origin("CEM Uno", "hola", "7K"), "slip_no_code"),
        (Origin("CEM Uno", "2026-B0007-DB3", check_code(FOLIO)), "slip_check_wrong"),
        (Origin("CEM Uno", FOLIO, check_code(FOLIO), "2026-B0008"), "origin_case_differs"),
        (Origin("C" * 200, FOLIO, check_code(FOLIO)), "text_too_long"),
    ],
)
def test_what_does_not_fit_opens_nothing(laptop: Laptop, origin: Origin, reason: str) -> None:
    assert refused(laptop, origin) == reason


def test_one_paper_opens_one_ficha(laptop: Laptop) -> None:
    open_linked(laptop)
    assert refused(laptop, PAPER) == "origin_open_already"
    open_linked(laptop, Origin("Otro CEM Inventado", FOLIO, check_code(FOLIO)))


def test_a_linked_ficha_is_found_by_the_number_on_the_paper(laptop: Laptop) -> None:
    case_id = open_linked(laptop)
    found = laptop.run(lambda uow: casework.search_cases(uow, FOLIO, 5))
    assert [one.case_id for one in found] == [case_id]


def transferred(laptop: Laptop, **values: Value):
    return refer(
        laptop, institution="otro_cem", institution_name="CEM Inventado Dos", **ACCEPTS, **values
    )


def test_the_paper_says_that_the_attention_goes_on_there(laptop: Laptop) -> None:
    assert sheet(laptop, transferred(laptop, is_transfer="1")).is_transfer
    assert not sheet(laptop, transferred(laptop)).is_transfer
    elsewhere = transferred(laptop, is_transfer="1")
    fill(laptop, elsewhere, institution="eess")
    assert not sheet(laptop, elsewhere).is_transfer


def test_the_origin_notes_the_number_of_the_ficha_there_where_nothing_is_written(
    laptop: Laptop,
) -> None:
    referral = transferred(laptop, is_transfer="1")
    issue(laptop, referral)
    fill(laptop, referral, receiving_ficha=" 000456 ")
    case_id = laptop.run(lambda uow: str(uow.records.fields(referral)["case"].value))
    values = laptop.ficha(case_id).values
    assert values["derived_to_centre"] == "CEM Inventado Dos"
    assert values["derived_to_ficha"] == "000456"
    fill(laptop, referral, receiving_ficha="999")
    assert laptop.ficha(case_id).values["derived_to_ficha"] == "000456", "what stands there stands"


def test_two_centres_share_nothing_but_the_paper(new_laptop: Callable[..., Laptop]) -> None:
    origin, other = new_laptop("B"), new_laptop("C")
    referral = transferred(origin, is_transfer="1")
    paper = issue(origin, referral)
    desk: Desk = other.desk
    case_id = other.run(
        lambda uow: transfers.open_linked(
            uow, desk, Origin("CEM B", paper.folio, paper.check_code, paper.case_code)
        )
    )
    assert other.ficha(case_id).values["origin_folio"] == paper.folio
    fill(origin, referral, receiving_ficha=other.ficha(case_id).case_code)
