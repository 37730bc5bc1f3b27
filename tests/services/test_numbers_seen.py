"""Numbers that two cases bear are news until somebody looks, whatever signs they have."""

from __future__ import annotations

import pytest

from app.domain.records import Kind, Name
from app.services import evidence, forms
from app.services.ports import FieldKey, UnitOfWork
from tests.support.laptops import Laptop


def _bear(laptop: Laptop, code: str) -> None:
    case_id = laptop.open_case()

    def write(uow: UnitOfWork) -> None:
        forms.change_fields(uow, laptop.desk, {FieldKey(Kind.CASE, case_id, Name.CODE): code})
        uow.commit()

    laptop.run(write)


def _unseen(laptop: Laptop) -> tuple[str, ...]:
    return laptop.run(lambda uow: evidence.unseen(uow, uow.cases.numbers_borne_twice()))


@pytest.mark.parametrize("code", ["2026-A0001", "2026\0A0001", "2026 A0001", "\0", "2026-Ñ1\n"])
def test_a_number_that_was_looked_at_is_no_news_and_another_one_is(
    laptop: Laptop, code: str
) -> None:
    """A malicious laptop gives its cases whatever numbers it likes."""
    for _ in range(2):
        _bear(laptop, code)
    assert _unseen(laptop) == ("case_numbers_twice",)
    laptop.run(evidence.note_seen)
    assert _unseen(laptop) == ()
    for _ in range(2):
        _bear(laptop, code + "9")
    assert _unseen(laptop) == ("case_numbers_twice",)
    laptop.run(evidence.note_seen)
    assert _unseen(laptop) == ()
